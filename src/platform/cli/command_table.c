/* Is the table of commands sound? Asked by a test, so that the parser and the help may trust it. */
#include "platform/cli/command_line.h"

#include "meta/text.h"

enum { SUMMARY_MAX = 70 };

typedef struct Inspection {
    Arena *arena;
    const CommandTable *table;
    const Command *command;
    SettingList settings;
    Str *problem;
} Inspection;

static bool blame(Inspection *in, const char *what, const char *which)
{
    *in->problem = str_format(in->arena, "%s: %s%s", in->command->name, what, which);
    return false;
}

/* Words of a-z, 0-9 and hyphens: one, or two with a blank between. */
static bool is_name(Str name)
{
    size_t blanks = 0;
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        blanks += c == ' ';
        if (c != ' ' && c != '-' && (c < 'a' || c > 'z') && (c < '0' || c > '9')) return false;
    }
    return blanks <= 1 && name.n && name.p[0] != ' ' && name.p[name.n - 1] != ' ';
}

static bool check_words(Inspection *in)
{
    const Command *c = in->command, *other;
    if (!c->run) return blame(in, "has no function", "");
    if (!is_name(str_from(c->name))) return blame(in, "is no name for a command", "");
    Str summary = str_from(c->summary);
    if (summary.n == 0 || summary.n > SUMMARY_MAX || str_ends(summary, S(".")))
        return blame(in, "needs a summary of one line, without a full stop", "");
    if (!c->doc || !*c->doc) return blame(in, "needs a doc", "");
    if (c->needs == COMMAND_NEEDS_FOLDER && !in->table->world)
        return blame(in, "needs a world, and the table has none", "");
    if (c->anyhow && c->needs != COMMAND_NEEDS_FOLDER)
        return blame(in, "runs anyhow, but needs no folder", "");
    const CommandArgument *file = &c->arguments[0];
    bool may_be_alone = c->needs == COMMAND_NEEDS_FOLDER && !c->anyhow && file->name &&
                        file->file && file->optional && !file->many;
    if (c->alone && !may_be_alone) return blame(in, "runs alone, but not with a file", "");
    for (size_t at = 0; (other = command_next(in->table, &at));) {
        Str group;
        str_cut(str_from(other->name), ' ', &group, &(Str){0});
        if (other == c) continue;
        if (strcmp(other->name, c->name) == 0) return blame(in, "is there twice", "");
        if (str_eq(group, str_from(c->name))) return blame(in, "is also a group: ", other->name);
    }
    return true;
}

static bool check_flag(Inspection *in, const Field *field)
{
    Str name = command_flag_name(in->arena, field);
    if (str_eq(name, S("json")) || str_eq(name, S("help")))
        return blame(in, "redefines a flag of all commands: ", field->name);
    for (size_t i = 0; in->command->needs != COMMAND_NEEDS_NOTHING && i < in->settings.n; i++)
        if (str_eq(in->settings.items[i].flag, name))
            return blame(in, "has a flag that is a setting: ", field->name);
    if (!field->doc || !*field->doc) return blame(in, "has a flag without doc: ", field->name);
    if (!field->initial) return true;
    Violations violations = violations_new(in->arena);
    void *member = arena_zalloc(in->arena, 1, field->size, alignof(max_align_t));
    if (text_read(in->arena, field, str_from(field->initial), NULL, member, &violations))
        return true;
    return blame(in, "has a flag whose default is refused: ", field->name);
}

static bool check_flags(Inspection *in)
{
    const Command *c = in->command;
    for (size_t i = 0; c->flags && i < c->flags->field_count; i++)
        if (!check_flag(in, &c->flags->fields[i])) return false;
    for (size_t i = 0; i < COMMAND_LETTER_ROWS && c->letters[i].letter; i++) {
        const char *field = c->letters[i].field;
        if (c->letters[i].letter == 'h') return blame(in, "-h is taken, by help; not for ", field);
        if (!c->flags || !type_field(c->flags, str_from(field)))
            return blame(in, "has a letter for no flag: ", field);
        for (size_t k = 0; k < i; k++)
            if (c->letters[k].letter == c->letters[i].letter)
                return blame(in, "has a letter twice, for ", field);
    }
    return true;
}

static bool check_writes(Inspection *in)
{
    const Command *c = in->command;
    for (size_t i = 0; i < COMMAND_WRITE_ROWS && c->writes[i].flag; i++) {
        const Field *field = c->flags ? type_field(c->flags, str_from(c->writes[i].flag)) : NULL;
        if (!field || field->kind != KIND_STR || field->initial)
            return blame(in, "writes a file that no flag names: ", c->writes[i].flag);
    }
    return true;
}

static bool check_arguments(Inspection *in)
{
    const Command *c = in->command;
    size_t rows = command_argument_rows(c);
    for (size_t i = 0; i < rows; i++) {
        const CommandArgument *row = &c->arguments[i];
        if (!row->doc) return blame(in, "has an argument without doc: ", row->name);
        if (row->many && i + 1 < rows)
            return blame(in, "more follow, but this takes all: ", row->name);
        if (i && c->arguments[i - 1].optional && !row->optional)
            return blame(in, "must be given, but one before it need not: ", row->name);
    }
    return true;
}

/* The words of an example: those of the command line, without what the shell does with them. Views
 * of `line`. */
static StrList words_of(Arena *arena, Str line)
{
    StrList words = {NEW_N(arena, Str, line.n + 1), 0};
    while (line.n) {
        Str word;
        str_cut(line, ' ', &word, &line);
        if (word.n && str_find_char(S("<>|"), word.p[0]) < 3) break;
        if (word.n) words.items[words.n++] = word;
    }
    return words;
}

/* Is it a line that a reader can type, and of this command? Variables may stand before it. */
static bool check_example(Inspection *in, const CommandExample *example)
{
    if (!example->doc || !str_ends(str_from(example->doc), S(".")))
        return blame(in, "has an example without a sentence: ", example->line);
    StrList words = words_of(in->arena, str_from(example->line)), problems;
    while (words.n && str_find_char(words.items[0], '=') < words.items[0].n)
        words = (StrList){words.items + 1, words.n - 1};
    if (words.n == 0 || !str_eq(words.items[0], str_from(in->table->program)))
        return blame(in, "has an example that does not call the program: ", example->line);
    CommandLine line;
    words = (StrList){words.items + 1, words.n - 1};
    if (command_line_parse(in->arena, in->table, words, &line, &problems) &&
        line.command == in->command)
        return true;
    return blame(in, "has an example that is not understood: ", example->line);
}

static bool check_examples(Inspection *in)
{
    const CommandExample *examples = in->command->examples;
    for (size_t i = 0; i < COMMAND_EXAMPLE_ROWS && examples[i].line; i++)
        if (!check_example(in, &examples[i])) return false;
    return true;
}

bool command_table_sound(const CommandTable *table, Arena *arena, Str *problem)
{
    Inspection in = {
        .arena = arena, .table = table, .settings = config_settings(arena), .problem = problem};
    for (size_t at = 0; (in.command = command_next(table, &at));)
        if (!check_words(&in) || !check_flags(&in) || !check_writes(&in) || !check_arguments(&in) ||
            !check_examples(&in))
            return false;
    return true;
}
