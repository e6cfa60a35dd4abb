/* Completion for zsh: a function of the system that `compinit` sets up. _arguments does the work;
 * the script finds the command and gives it the flags' specifications. */
#include "platform/cli/completion.h"

#include "platform/cli/command_line.h"

/* Text inside of [ ] or behind a colon, in a specification that is quoted by ' '. */
static Str escaped(Arena *arena, Str text)
{
    Buf out = buf_new(arena, 1 << 16);
    for (size_t i = 0; i < text.n; i++) {
        if (str_find_char(S("[]:\\"), text.p[i]) < 4) buf_char(&out, '\\');
        buf_char(&out, text.p[i]);
    }
    return buf_str(&out);
}

static void put_action(Buf *out, CompletionSource source, Str what, const EnumNames *names)
{
    buf_format(out, ":%.*s:", STR_ARG(escaped(out->arena, what)));
    if (source == COMPLETION_WORDS)
        buf_format(out, "(%.*s)", STR_ARG(enum_join(out->arena, names, S(" "))));
    else
        buf_put(out, source == COMPLETION_FILES ? S("_files") : S(" "));
}

/* '--name=[prose]:TEXT:_files', or for a flag with a letter '(-n --name)'{-n,--name}'[prose]' */
static void put_flag(Buf *out, const FlagView *flag)
{
    Arena *arena = out->arena;
    CompletionSource source = completion_source(flag);
    bool value = source != COMPLETION_NOTHING;
    bool many = flag->field && flag->field->kind == KIND_STR_LIST;
    Buf spec = buf_new(arena, 1 << 16);
    buf_format(&spec, "[%.*s]", STR_ARG(escaped(arena, completion_summary(flag->doc))));
    if (value) put_action(&spec, source, flag->value, flag->field->names);
    buf_lit(out, "        ");
    if (flag->letter) {
        buf_format(out, "'%s%s-%c --%.*s%s'{-%c%s,--%.*s%s}", many ? "*" : "", many ? "" : "(",
                   flag->letter, STR_ARG(flag->name), many ? "" : ")", flag->letter,
                   value ? "+" : "", STR_ARG(flag->name), value ? "=" : "");
        completion_quote(out, buf_str(&spec), COMPLETION_ZSH);
    } else {
        Str whole = str_format(arena, "%s--%.*s%s%.*s", many ? "*" : "", STR_ARG(flag->name),
                               value ? "=" : "", STR_ARG(buf_str(&spec)));
        completion_quote(out, whole, COMPLETION_ZSH);
    }
    buf_char(out, '\n');
}

static void put_flags(Buf *out, const char *array, const FlagView *flags, size_t n)
{
    buf_format(out, "    %s=(\n", array);
    for (size_t i = 0; i < n; i++) put_flag(out, &flags[i]);
    buf_lit(out, "    )\n");
}

static void put_argument(Buf *out, const CommandArgument *row)
{
    CompletionSource source = row->names  ? COMPLETION_WORDS
                              : row->file ? COMPLETION_FILES
                                          : COMPLETION_FREE;
    Buf spec = buf_new(out->arena, 1 << 16);
    buf_put(&spec, row->many ? S("*") : row->optional ? S(":") : S(""));
    if (row->command)
        buf_format(&spec, ":%s:_souk_commands", row->name);
    else
        put_action(&spec, source, str_from(row->name), row->names);
    buf_char(out, ' ');
    completion_quote(out, buf_str(&spec), COMPLETION_ZSH);
}

static void put_command(Buf *out, const Command *command)
{
    FlagViewList flags = flags_of_command(out->arena, command);
    buf_lit(out, "    ");
    completion_quote(out, str_from(command->name), COMPLETION_ZSH);
    buf_lit(out, ")\n");
    put_flags(out, "own", flags.items, flags.n);
    buf_lit(out, "    _arguments -s -S : $common $own");
    if (command->needs != COMMAND_NEEDS_NOTHING) buf_lit(out, " $settings");
    for (size_t i = 0; i < command_argument_rows(command); i++)
        put_argument(out, &command->arguments[i]);
    buf_lit(out, "\n    ;;\n");
}

/* An array of "word:prose". */
static void put_words(Buf *out, const CommandTable *table, Str group)
{
    Str words = completion_words(out->arena, table, group, " "), word;
    buf_format(out, "    '%.*s') found=(", STR_ARG(group));
    while (words.n) {
        str_cut(words, ' ', &word, &words);
        Str name =
            group.n ? str_format(out->arena, "%.*s %.*s", STR_ARG(group), STR_ARG(word)) : word;
        const Command *command = command_find(table, name);
        Str prose =
            command ? str_from(command->summary) : completion_words(out->arena, table, word, ", ");
        buf_char(out, ' ');
        completion_quote(
            out,
            str_format(out->arena, "%.*s:%.*s", STR_ARG(word), STR_ARG(escaped(out->arena, prose))),
            COMPLETION_ZSH);
    }
    buf_lit(out, " ) ;;\n");
}

static void put_all_words(Buf *out, const CommandTable *table)
{
    Str group;
    buf_lit(out, "# The words of commands that can follow one: sets found.\n"
                 "_souk_words() {\n    found=()\n    case $1 in\n");
    put_words(out, table, S(""));
    for (size_t at = 0; command_group_next(table, &at, &group);) put_words(out, table, group);
    buf_lit(out, "    esac\n}\n\n"
                 "# The name of a command as an argument, word by word.\n"
                 "_souk_commands() {\n"
                 "    local -a found\n"
                 "    if (( CURRENT == 2 )); then _souk_words ''; else _souk_words $words[2]; fi\n"
                 "    _describe -t commands command found\n"
                 "}\n\n");
}

void completion_write_zsh(Buf *out, const CommandTable *table)
{
    const Command *command;
    FlagViewList settings = flags_of_settings(out->arena);
    buf_lit(out, "#compdef souk\n"
                 "# zsh completion for souk, made by `souk completion zsh` from the program's "
                 "table of commands.\n\n");
    put_all_words(out, table);
    buf_lit(out, "_souk() {\n"
                 "    local curcontext=$curcontext command\n"
                 "    local -a found common settings own\n"
                 "    if (( CURRENT == 2 )); then\n"
                 "        _souk_words ''\n"
                 "        found+=( '--help:This text' '--version:Print the version' )\n"
                 "        _describe -t commands command found\n"
                 "        return\n"
                 "    fi\n"
                 "    command=$words[2]\n"
                 "    _souk_words $command\n"
                 "    if (( $#found )); then\n"
                 "        if (( CURRENT == 3 )); then\n"
                 "            _describe -t commands command found\n"
                 "            return\n"
                 "        fi\n"
                 "        command+=\" $words[3]\"\n"
                 "        shift words\n"
                 "        (( CURRENT-- ))\n"
                 "    fi\n"
                 "    shift words\n"
                 "    (( CURRENT-- ))\n");
    put_flags(out, "common", flags_of_all, sizeof flags_of_all / sizeof *flags_of_all);
    put_flags(out, "settings", settings.items, settings.n);
    buf_lit(out, "    case $command in\n");
    for (size_t at = 0; (command = command_next(table, &at));) put_command(out, command);
    buf_lit(out,
            "    esac\n}\n\n"
            "if [[ $funcstack[1] == _souk ]]; then _souk \"$@\"; else compdef _souk souk; fi\n");
}
