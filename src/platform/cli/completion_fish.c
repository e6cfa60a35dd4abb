/* Completion for fish: one `complete` a command, flag and argument, each under the condition that
 * its command stands on the line. */
#include "platform/cli/completion.h"

#include "platform/cli/command_line.h"

static void put_description(Buf *out, Str doc)
{
    buf_lit(out, " -d ");
    completion_quote(out, completion_summary(doc), COMPLETION_FISH);
    buf_char(out, '\n');
}

/* -n "__souk_is 'key add'" */
static void put_condition(Buf *out, Str command)
{
    buf_lit(out, "complete -c souk -n \"__souk_is ");
    completion_quote(out, command, COMPLETION_FISH);
    buf_lit(out, "\"");
}

static void put_flag(Buf *out, const FlagView *flag)
{
    CompletionSource source = completion_source(flag);
    if (flag->letter) buf_format(out, " -s %c", flag->letter);
    buf_format(out, " -l %.*s", STR_ARG(flag->name));
    if (source == COMPLETION_FILES) buf_lit(out, " -r -F");
    if (source == COMPLETION_FREE || source == COMPLETION_WORDS) buf_lit(out, " -x");
    if (source == COMPLETION_WORDS)
        buf_format(out, " -a '%.*s'", STR_ARG(enum_join(out->arena, flag->field->names, S(" "))));
    put_description(out, flag->doc);
}

/* The words that can follow `before`, each with its prose: a command's summary, or what a group
 * has. */
static void put_words(Buf *out, const CommandTable *table, Str before, Str group)
{
    Str words = completion_words(out->arena, table, group, " "), word;
    while (words.n) {
        str_cut(words, ' ', &word, &words);
        Str name =
            group.n ? str_format(out->arena, "%.*s %.*s", STR_ARG(group), STR_ARG(word)) : word;
        const Command *command = command_find(table, name);
        put_condition(out, before);
        buf_format(out, " -a %.*s", STR_ARG(word));
        put_description(out, command ? str_from(command->summary)
                                     : completion_words(out->arena, table, word, ", "));
    }
}

static void put_argument(Buf *out, const CommandTable *table, const Command *command,
                         const CommandArgument *row)
{
    Str name = str_from(command->name), group;
    if (row->file) {
        put_condition(out, name);
        buf_lit(out, " -F\n");
    }
    if (row->names) {
        put_condition(out, name);
        buf_format(out, " -a '%.*s'", STR_ARG(enum_join(out->arena, row->names, S(" "))));
        put_description(out, str_from(row->doc));
    }
    if (!row->command) return;
    put_words(out, table, name, S(""));
    for (size_t at = 0; command_group_next(table, &at, &group);)
        put_words(out, table, str_format(out->arena, "%.*s %.*s", STR_ARG(name), STR_ARG(group)),
                  group);
}

static void put_command(Buf *out, const CommandTable *table, const Command *command)
{
    FlagViewList flags = flags_of_command(out->arena, command);
    size_t rows = command_argument_rows(command);
    if (!flags.n && !rows) return;
    buf_format(out, "\n# %s %s\n", table->program, command->name);
    for (size_t i = 0; i < flags.n; i++) {
        put_condition(out, str_from(command->name));
        put_flag(out, &flags.items[i]);
    }
    for (size_t i = 0; i < rows; i++) put_argument(out, table, command, &command->arguments[i]);
}

static void put_settings(Buf *out, const CommandTable *table)
{
    const Command *command;
    FlagViewList settings = flags_of_settings(out->arena);
    buf_lit(out, "\n# Settings\nfunction __souk_takes_settings\n    __souk_is");
    for (size_t at = 0; (command = command_next(table, &at));) {
        if (command->needs == COMMAND_NEEDS_NOTHING) continue;
        buf_char(out, ' ');
        completion_quote(out, str_from(command->name), COMPLETION_FISH);
    }
    buf_lit(out, "\nend\n");
    for (size_t i = 0; i < settings.n; i++) {
        buf_lit(out, "complete -c souk -n __souk_takes_settings");
        put_flag(out, &settings.items[i]);
    }
}

/* A command that takes commands as its arguments is followed by all that stands on the line. */
static void put_case(Buf *out, const CommandTable *table)
{
    const Command *command;
    Str group;
    for (size_t at = 0; command_group_next(table, &at, &group);)
        buf_format(out, "        case %.*s\n            set words $words[1..2]\n", STR_ARG(group));
    for (size_t at = 0; (command = command_next(table, &at));)
        if (command->arguments[0].command)
            buf_format(out, "        case %s\n            set words $words\n", command->name);
}

void completion_write_fish(Buf *out, const CommandTable *table)
{
    const Command *command;
    Str group;
    buf_lit(out, "# fish completion for souk, made by `souk completion fish` from the program's "
                 "table of commands.\n\n"
                 "# Is the command before the cursor one of these? '' stands for none yet.\n"
                 "function __souk_is\n"
                 "    set -l words (commandline -opc)\n"
                 "    set -e words[1]\n"
                 "    switch \"$words[1]\"\n");
    put_case(out, table);
    buf_lit(out, "        case '*'\n            set words $words[1]\n    end\n"
                 "    contains -- \"$words\" $argv\nend\n\ncomplete -c souk -f\n");
    put_words(out, table, S(""), S(""));
    for (size_t at = 0; command_group_next(table, &at, &group);)
        put_words(out, table, group, group);
    buf_lit(out, "complete -c souk -l help -s h -d 'This text'\n"
                 "complete -c souk -l json -d 'Results and errors as JSON'\n"
                 "complete -c souk -n \"__souk_is ''\" -l version -s V -d 'Print the version'\n");
    for (size_t at = 0; (command = command_next(table, &at));) put_command(out, table, command);
    put_settings(out, table);
}
