/* From words to a command with its flags and arguments.
 *
 * getopt_long was rejected: it wants its own table of flags beside the rows, prints by itself,
 * keeps its place in globals (a server parses the words of several clients at a time), stops at
 * the first mistake, and suggests nothing. */
#include "platform/cli/command_line.h"

#include "meta/text.h"
#include "platform/cli/run.h"
#include "platform/config/suggest.h"

#include <assert.h>

enum { PROBLEMS_MAX = 20 };

typedef struct Parse {
    Arena *arena;
    const CommandTable *table;
    StrList words;
    size_t next;       /* index of the first word that is not read yet */
    SettingList known; /* settings that are flags of this command */
    bool *given;       /* by field of the command's flags */
    CommandLine *line;
    StrList *problems;
} Parse;

static void complain(Parse *parse, Str text)
{
    if (parse->problems->n < PROBLEMS_MAX) parse->problems->items[parse->problems->n++] = text;
}

/* ---- The table --------------------------------------------------------------------------- */

const Command *command_next(const CommandTable *table, size_t *at)
{
    size_t index = (*at)++;
    for (size_t i = 0; i <= table->list_count; i++) {
        const CommandList *list = i < table->list_count ? &table->lists[i] : &cli_builtins;
        if (index < list->n) return &list->items[index];
        index -= list->n;
    }
    return NULL;
}

const Command *command_find(const CommandTable *table, Str name)
{
    const Command *command;
    for (size_t at = 0; (command = command_next(table, &at));)
        if (str_eq(str_from(command->name), name)) return command;
    return NULL;
}

Str command_flag_name(Arena *arena, const Field *field)
{
    char *name = str_z(arena, (Str){field->name, field->name_length});
    for (char *at = name; *at; at++)
        if (*at == '_') *at = '-';
    return (Str){name, field->name_length};
}

size_t command_argument_rows(const Command *command)
{
    size_t n = 0;
    while (n < COMMAND_ARGUMENT_ROWS && command->arguments[n].name) n++;
    return n;
}

const CommandArgument *command_argument_row(const Command *command, size_t index)
{
    assert(command);
    size_t rows = command_argument_rows(command);
    if (index < rows) return &command->arguments[index];
    return rows && command->arguments[rows - 1].many ? &command->arguments[rows - 1] : NULL;
}

/* ---- Which command ----------------------------------------------------------------------- */

static void complain_of_command(Parse *parse, Str first)
{
    const Command *command;
    Suggestion near = suggest_for(first);
    Buf group = buf_new(parse->arena, 4096);
    for (size_t at = 0; (command = command_next(parse->table, &at));) {
        Str head, tail;
        suggest_consider(&near, str_from(command->name));
        if (str_cut(str_from(command->name), ' ', &head, &tail)) suggest_consider(&near, head);
        if (tail.n == 0 || !str_eq(head, first)) continue;
        buf_format(&group, "%s%.*s", group.n ? ", " : "", STR_ARG(tail));
    }
    if (group.n)
        complain(parse, str_format(parse->arena, "\"%.*s\" needs one of these behind it: %.*s",
                                   STR_ARG(first), STR_ARG(buf_str(&group))));
    else
        complain(parse, str_format(parse->arena, "there is no command \"%.*s\"%.*s",
                                   STR_ARG(violation_quote(parse->arena, first)),
                                   STR_ARG(suggest_text(parse->arena, &near, ""))));
}

/* Reads the command's name: two words when there is such a command, else one. */
static bool read_command(Parse *parse)
{
    Str first = parse->words.items[0];
    if (parse->words.n > 1) {
        Str two =
            str_format(parse->arena, "%.*s %.*s", STR_ARG(first), STR_ARG(parse->words.items[1]));
        parse->line->command = command_find(parse->table, two);
        parse->next = 2;
    }
    if (!parse->line->command) {
        parse->line->command = command_find(parse->table, first);
        parse->next = 1;
    }
    if (!parse->line->command) complain_of_command(parse, first);
    return parse->line->command;
}

/* `souk --help`, `souk --version`, and their short forms. */
static bool read_lone_flag(Parse *parse)
{
    Str word = parse->words.items[0];
    parse->line->help = str_eq(word, S("--help")) || str_eq(word, S("-h"));
    parse->line->version = str_eq(word, S("--version")) || str_eq(word, S("-V"));
    if (parse->words.n == 1 && (parse->line->help || parse->line->version)) return true;
    complain(parse, str_format(parse->arena, "the command comes before its flags: %s COMMAND %.*s",
                               parse->table->program, STR_ARG(word)));
    return false;
}

/* ---- Flags ------------------------------------------------------------------------------- */

/* What a flag is: one of the command's fields, a setting, or one that all commands have. */
typedef struct Flag {
    const Field *field; /* of command or setting */
    const Setting *setting;
    bool *switched; /* --json, --help */
} Flag;

static bool takes_value(const Flag *flag)
{
    return flag->field && flag->field->kind != KIND_BOOL;
}

static Flag find_flag(Parse *parse, Str name)
{
    CommandLine *line = parse->line;
    if (str_eq(name, S("json"))) return (Flag){.switched = &line->json};
    if (str_eq(name, S("help"))) return (Flag){.switched = &line->help};
    const Type *type = line->command->flags;
    for (size_t i = 0; type && i < type->field_count; i++)
        if (str_eq(command_flag_name(parse->arena, &type->fields[i]), name))
            return (Flag){.field = &type->fields[i]};
    for (size_t i = 0; i < parse->known.n; i++)
        if (str_eq(parse->known.items[i].flag, name))
            return (Flag){.field = parse->known.items[i].field, .setting = &parse->known.items[i]};
    return (Flag){0};
}

static Flag find_letter(Parse *parse, char letter)
{
    const Command *command = parse->line->command;
    if (letter == 'h') return (Flag){.switched = &parse->line->help};
    for (size_t i = 0; i < COMMAND_LETTER_ROWS && command->letters[i].letter; i++)
        if (command->letters[i].letter == letter)
            return (Flag){.field = type_field(command->flags, str_from(command->letters[i].field))};
    return (Flag){0};
}

static void complain_of_flag(Parse *parse, Str name)
{
    Suggestion near = suggest_for(name);
    const Type *type = parse->line->command->flags;
    suggest_consider(&near, S("json"));
    suggest_consider(&near, S("help"));
    for (size_t i = 0; type && i < type->field_count; i++)
        suggest_consider(&near, command_flag_name(parse->arena, &type->fields[i]));
    for (size_t i = 0; i < parse->known.n; i++) suggest_consider(&near, parse->known.items[i].flag);
    complain(parse, str_format(parse->arena, "there is no flag \"--%.*s\"%.*s",
                               STR_ARG(violation_quote(parse->arena, name)),
                               STR_ARG(suggest_text(parse->arena, &near, "--"))));
}

static void add_word(Parse *parse, Str word)
{
    parse->line->words.items[parse->line->words.n++] = word;
}

/* Puts the value of one of the command's own flags into its struct. */
static void set_flag(Parse *parse, const Field *field, Str shown, Str value)
{
    const Type *type = parse->line->command->flags;
    void *member = (char *)parse->line->flags + field->offset;
    Violations violations = violations_new(parse->arena);
    bool fine;
    if (field->kind == KIND_STR_LIST) {
        StrList *list = member, longer = {NEW_N(parse->arena, Str, list->n + 1), list->n + 1};
        if (list->n) memcpy(longer.items, list->items, list->n * sizeof *list->items);
        fine = text_read_item(field, value, NULL, &longer.items[list->n], &violations);
        if (fine) *list = longer;
    } else {
        fine = text_read(parse->arena, field, value, NULL, member, &violations);
    }
    if (fine)
        parse->given[field - type->fields] = true;
    else
        complain(parse, str_format(parse->arena, "%.*s %.*s", STR_ARG(shown),
                                   STR_ARG(violations.items[0].message)));
}

/* Finds the value of a flag: joined to it, or the next word; "true" for a switch without one. A
 * `value` whose p is NULL was not joined. */
static bool complete_value(Parse *parse, const Flag *flag, Str shown, Str *value)
{
    bool next = parse->next < parse->words.n;
    if (!takes_value(flag)) {
        if (flag->switched && value->p)
            complain(parse, str_format(parse->arena, "%.*s takes no value", STR_ARG(shown)));
        if (flag->switched) return !value->p;
        if (!value->p) *value = S("true");
        return true;
    }
    if (!value->p && (!next || str_starts(parse->words.items[parse->next], S("--")))) {
        complain(parse, str_format(parse->arena, "%.*s needs a value", STR_ARG(shown)));
        return false;
    }
    if (!value->p) {
        *value = parse->words.items[parse->next++];
        if (!flag->setting) add_word(parse, *value);
    }
    if (str_is_utf8(*value)) return true;
    complain(parse, str_format(parse->arena, "%.*s: the value is no UTF-8", STR_ARG(shown)));
    return false;
}

static void apply_flag(Parse *parse, const Flag *flag, Str shown, Str value)
{
    CommandLine *line = parse->line;
    if (!complete_value(parse, flag, shown, &value)) return;
    if (flag->switched)
        *flag->switched = true;
    else if (flag->setting)
        line->settings.items[line->settings.n++] = (ConfigFlag){flag->setting->flag, value};
    else
        set_flag(parse, flag->field, shown, value);
}

static void read_long_flag(Parse *parse, Str word)
{
    Str name, value, shown;
    bool joined = str_cut(str_slice(word, 2, word.n), '=', &name, &value);
    Flag flag = find_flag(parse, name);
    if (!flag.field && !flag.switched) {
        complain_of_flag(parse, name);
        return;
    }
    if (!flag.setting) add_word(parse, word);
    shown = str_slice(word, 0, name.n + 2);
    apply_flag(parse, &flag, shown, joined ? value : (Str){NULL, 0});
}

/* "-n 5", "-n5", and "-ab" for two switches. */
static void read_letters(Parse *parse, Str word)
{
    add_word(parse, word);
    for (size_t i = 1; i < word.n; i++) {
        Flag flag = find_letter(parse, word.p[i]);
        Str shown = str_format(parse->arena, "-%c", word.p[i]);
        if (!flag.field && !flag.switched) {
            complain(parse, str_format(parse->arena, "there is no flag \"%.*s\"",
                                       STR_ARG(violation_quote(parse->arena, shown))));
            return;
        }
        Str rest = str_slice(word, i + 1, word.n);
        bool joined = takes_value(&flag) && rest.n;
        apply_flag(parse, &flag, shown, joined ? rest : (Str){NULL, 0});
        if (joined) return;
    }
}

/* ---- Arguments, and the whole ------------------------------------------------------------- */

/* A word that is none of those that the row allows. */
static void complain_of_word(Parse *parse, const CommandArgument *row, Str word)
{
    Suggestion near = suggest_for(word);
    for (size_t i = 0; i < row->names->n; i++)
        suggest_consider(&near, str_from(row->names->names[i]));
    complain(parse, str_format(parse->arena, "%s must be one of %.*s%.*s", row->name,
                               STR_ARG(enum_join(parse->arena, row->names, S(", "))),
                               STR_ARG(suggest_text(parse->arena, &near, ""))));
}

static void read_argument(Parse *parse, Str word)
{
    add_word(parse, word);
    size_t index = parse->line->arguments.n;
    unsigned which;
    const CommandArgument *row = command_argument_row(parse->line->command, index);
    if (row && !row->file && !str_is_utf8(word))
        complain(parse, str_format(parse->arena, "%s is no UTF-8", row->name));
    else if (row && row->names && !enum_parse(row->names, word, &which))
        complain_of_word(parse, row, word);
    parse->line->arguments.items[parse->line->arguments.n++] = word;
}

static void check_arguments(Parse *parse)
{
    const Command *command = parse->line->command;
    size_t given = parse->line->arguments.n, rows = command_argument_rows(command);
    for (size_t i = given; i < rows; i++)
        if (!command->arguments[i].optional)
            complain(parse, str_format(parse->arena, "%s is missing: %s",
                                       command->arguments[i].name, command->arguments[i].doc));
    if (given && !command_argument_row(command, given - 1))
        complain(parse, str_format(parse->arena, "\"%.*s\" is one argument too many",
                                   STR_ARG(violation_quote(
                                       parse->arena, parse->line->arguments.items[given - 1]))));
    if (command_files_count(parse->line) > COMMAND_FILES_MAX)
        complain(parse, str_format(parse->arena, "at most %d files at a time", COMMAND_FILES_MAX));
}

/* The struct of the command's own flags, with their defaults. */
static void start_flags(Parse *parse)
{
    const Type *type = parse->line->command->flags;
    if (!type) return;
    parse->given = NEW_N(parse->arena, bool, type->field_count);
    parse->line->flags = arena_zalloc(parse->arena, 1, type->size, type->align);
    Violations violations = violations_new(parse->arena);
    for (size_t i = 0; i < type->field_count; i++) {
        const Field *field = &type->fields[i];
        if (!field->initial) continue;
        bool fine = text_read(parse->arena, field, str_from(field->initial), NULL,
                              (char *)parse->line->flags + field->offset, &violations);
        assert(fine); /* command_table_sound tries all defaults */
        (void)fine;
    }
}

static void check_required(Parse *parse)
{
    const Type *type = parse->line->command->flags;
    for (size_t i = 0; type && i < type->field_count; i++)
        if (type->fields[i].required && !parse->given[i])
            complain(parse, str_format(parse->arena, "--%.*s is missing: %s",
                                       STR_ARG(command_flag_name(parse->arena, &type->fields[i])),
                                       type->fields[i].doc));
}

static void read_words(Parse *parse)
{
    bool only_arguments = false;
    for (size_t i = 0; i < parse->next; i++) add_word(parse, parse->words.items[i]);
    while (parse->next < parse->words.n) {
        Str word = parse->words.items[parse->next++];
        if (only_arguments || word.n < 2 || word.p[0] != '-') {
            read_argument(parse, word);
        } else if (str_eq(word, S("--"))) {
            add_word(parse, word);
            only_arguments = true;
        } else if (word.p[1] == '-') {
            read_long_flag(parse, word);
        } else {
            read_letters(parse, word);
        }
    }
}

CommandNeeds command_line_needs(const CommandLine *line)
{
    bool alone = line->command->alone && line->arguments.n;
    return alone ? COMMAND_NEEDS_NOTHING : line->command->needs;
}

bool command_line_parse(Arena *arena, const CommandTable *table, StrList words, CommandLine *out,
                        StrList *problems)
{
    *out = (CommandLine){
        .settings.items = NEW_N(arena, ConfigFlag, words.n + 1),
        .arguments.items = NEW_N(arena, Str, words.n + 1),
        .words.items = NEW_N(arena, Str, words.n + 1),
    };
    *problems = (StrList){NEW_N(arena, Str, PROBLEMS_MAX), 0};
    Parse parse = {
        .arena = arena, .table = table, .words = words, .line = out, .problems = problems};
    if (words.n == 0) return true;
    if (words.items[0].n && words.items[0].p[0] == '-') return read_lone_flag(&parse);
    if (!read_command(&parse)) return false;
    if (out->command->needs != COMMAND_NEEDS_NOTHING) parse.known = config_settings(arena);
    start_flags(&parse);
    read_words(&parse);
    /* The value of an unknown flag looks like an argument: one complaint is enough. */
    if (!out->help && problems->n == 0) {
        check_required(&parse);
        check_arguments(&parse);
    }
    return problems->n == 0;
}
