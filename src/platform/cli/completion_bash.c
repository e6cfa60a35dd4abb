/* Completion for bash: a function that looks at COMP_WORDS.
 *
 * It needs nothing of the package bash-completion. Bash takes "=" for a word of its own (it is in
 * COMP_WORDBREAKS, unless the user took it out), so "--flag=value" arrives in three words, or in
 * one; both are understood. */
#include "platform/cli/completion.h"

#include "platform/cli/command_line.h"

static void put_flag_names(Buf *out, const FlagView *flags, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (flags[i].letter) buf_format(out, " -%c", flags[i].letter);
        buf_format(out, " --%.*s", STR_ARG(flags[i].name));
    }
}

/* "        'seed' ) flags=…; files=yes ;;" */
static void put_command(Buf *out, const Command *command)
{
    FlagViewList flags = flags_of_command(out->arena, command);
    buf_lit(out, "        ");
    completion_quote(out, str_from(command->name), COMPLETION_BASH);
    buf_lit(out, ")\n            flags='");
    put_flag_names(out, flags.items, flags.n);
    put_flag_names(out, flags_of_all, sizeof flags_of_all / sizeof *flags_of_all);
    buf_lit(out, "'\n");
    if (command->needs != COMMAND_NEEDS_NOTHING) buf_lit(out, "            flags+=$settings\n");
    for (size_t i = 0; i < command_argument_rows(command); i++) {
        const CommandArgument *row = &command->arguments[i];
        if (row->file) buf_lit(out, "            source=files\n");
        if (row->names)
            buf_format(out, "            words='%.*s'\n",
                       STR_ARG(enum_join(out->arena, row->names, S(" "))));
        if (row->command) buf_lit(out, "            source=commands\n");
    }
    buf_lit(out, "            ;;\n");
}

static void put_value(Buf *out, Str command, const FlagView *flag)
{
    static const char *const sources[] = {
        [COMPLETION_WORDS] = "words", [COMPLETION_FILES] = "files", [COMPLETION_FREE] = "nothing"};
    CompletionSource source = completion_source(flag);
    if (source == COMPLETION_NOTHING) return;
    buf_format(out, "        '%.*s --%.*s'", STR_ARG(command), STR_ARG(flag->name));
    if (flag->letter) buf_format(out, " | '%.*s -%c'", STR_ARG(command), flag->letter);
    buf_format(out, ") source=%s", sources[source]);
    if (source == COMPLETION_WORDS)
        buf_format(out, " words='%.*s'",
                   STR_ARG(enum_join(out->arena, flag->field->names, S(" "))));
    buf_lit(out, " ;;\n");
}

/* The flags that take a value, by command; the settings' are the same for all. */
static void put_values(Buf *out, const CommandTable *table)
{
    const Command *command;
    buf_lit(out, "\n# What can be the value of a flag: sets source and words.\n"
                 "_souk_value()\n{\n    source='' words=''\n    case \"$1 $2\" in\n");
    for (size_t at = 0; (command = command_next(table, &at));) {
        FlagViewList flags = flags_of_command(out->arena, command);
        for (size_t i = 0; i < flags.n; i++)
            put_value(out, str_from(command->name), &flags.items[i]);
    }
    FlagViewList settings = flags_of_settings(out->arena);
    for (size_t i = 0; i < settings.n; i++) put_value(out, S("setting"), &settings.items[i]);
    buf_lit(out, "    esac\n}\n");
}

static void put_commands(Buf *out, const CommandTable *table)
{
    const Command *command;
    FlagViewList settings = flags_of_settings(out->arena);
    buf_lit(out, "\n# What a command takes: sets flags, source and words.\n"
                 "_souk_command()\n{\n    local settings='");
    put_flag_names(out, settings.items, settings.n);
    buf_lit(out, "'\n    flags='' source='' words=''\n    case $1 in\n");
    for (size_t at = 0; (command = command_next(table, &at));) put_command(out, command);
    buf_lit(out, "    esac\n}\n");
}

/* _souk_words WORD: what can follow it as a command's next word; nothing when its name is
 * complete. */
static void put_words(Buf *out, const CommandTable *table)
{
    Str group;
    buf_lit(out, "\n# The words of commands that can follow one: sets words.\n"
                 "_souk_words()\n{\n    words=''\n    case $1 in\n");
    buf_format(out, "        '') words='%.*s' ;;\n",
               STR_ARG(completion_words(out->arena, table, S(""), " ")));
    for (size_t at = 0; command_group_next(table, &at, &group);)
        buf_format(out, "        '%.*s') words='%.*s' ;;\n", STR_ARG(group),
                   STR_ARG(completion_words(out->arena, table, group, " ")));
    buf_lit(out, "    esac\n}\n");
}

static const char machinery[] =
    "\n_souk_files()\n"
    "{\n"
    "    compopt -o filenames 2> /dev/null\n"
    "    mapfile -t COMPREPLY < <(compgen -f -P \"$joined\" -- \"$current\")\n"
    "}\n"
    "\n"
    "_souk_offer()\n"
    "{\n"
    "    mapfile -t COMPREPLY < <(compgen -P \"$joined\" -W \"$1\" -- \"$current\")\n"
    "}\n"
    "\n"
    "# Is the word before the cursor a flag that waits for its value? Then offers that.\n"
    "_souk_flag_value()\n"
    "{\n"
    "    local flag=$previous\n"
    "    if [[ $current == = ]]; then\n"
    "        current=''\n"
    "    elif [[ $previous == = ]]; then\n"
    "        flag=${COMP_WORDS[COMP_CWORD - 2]}\n"
    "    elif [[ $current == --*=* ]]; then\n"
    "        flag=${current%%=*} joined=${current%%=*}= current=${current#*=}\n"
    "    fi\n"
    "    _souk_value \"$command\" \"$flag\"\n"
    "    [ -n \"$source\" ] || _souk_value setting \"$flag\"\n"
    "    case $source in\n"
    "        words) _souk_offer \"$words\" ;;\n"
    "        files) _souk_files ;;\n"
    "        nothing) ;;\n"
    "        *) return 1 ;;\n"
    "    esac\n"
    "}\n"
    "\n"
    "_souk()\n"
    "{\n"
    "    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} joined=''\n"
    "    local command=${COMP_WORDS[1]} flags source words i at=2 only_arguments=''\n"
    "    COMPREPLY=()\n"
    "    if ((COMP_CWORD == 1)); then\n"
    "        _souk_words ''\n"
    "        _souk_offer \"$words --help --version\"\n"
    "        return\n"
    "    fi\n"
    "    _souk_words \"$command\"\n"
    "    if [ -n \"$words\" ]; then\n"
    "        if ((COMP_CWORD == 2)); then\n"
    "            _souk_offer \"$words\"\n"
    "            return\n"
    "        fi\n"
    "        command+=\" ${COMP_WORDS[2]}\" at=3\n"
    "    fi\n"
    "    for ((i = at; i < COMP_CWORD; i++)); do\n"
    "        if [ \"${COMP_WORDS[i]}\" = -- ]; then only_arguments=yes; fi\n"
    "    done\n"
    "    if [ -z \"$only_arguments\" ] && _souk_flag_value; then return; fi\n"
    "    _souk_command \"$command\"\n"
    "    if [ -z \"$only_arguments\" ] && [[ $current == -* ]]; then\n"
    "        _souk_offer \"$flags\"\n"
    "    elif [ \"$source\" = files ]; then\n"
    "        _souk_files\n"
    "    elif [ \"$source\" = commands ] && ((COMP_CWORD <= at + 1)); then\n"
    "        if ((COMP_CWORD == at)); then previous=''; fi\n"
    "        _souk_words \"$previous\"\n"
    "        _souk_offer \"$words\"\n"
    "    else\n"
    "        _souk_offer \"$words\"\n"
    "    fi\n"
    "}\n"
    "\n"
    "complete -F _souk souk\n";

void completion_write_bash(Buf *out, const CommandTable *table)
{
    buf_lit(out, "# bash completion for souk, made by `souk completion bash` from the program's "
                 "table of commands.\n");
    put_words(out, table);
    put_commands(out, table);
    put_values(out, table);
    buf_put(out, str_from(machinery));
}
