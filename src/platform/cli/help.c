/* Help from the rows. Nothing here is written for one command: usage, lists and prose are the rows
 * in another order, so that a flag cannot exist without its help. Text for people is wrapped to the
 * terminal; with --json the same rows are data.
 *
 * A pager was rejected: help that fits a screen needs none, and who wants one has a pipe. */
#include "platform/cli/help.h"

#include "platform/cli/command_line.h"
#include "platform/cli/flags.h"

enum { COLUMNS_MAX = 100, COLUMNS_MIN = 40, DOC_COLUMN = 26 };

static int columns_of(const Output *out)
{
    int columns = out->shape.columns;
    return columns > COLUMNS_MAX ? COLUMNS_MAX : columns < COLUMNS_MIN ? COLUMNS_MIN : columns;
}

static void put(Output *out, OutputStream stream, Str text)
{
    output_put(out, stream, text);
}

static void put_blanks(Output *out, OutputStream stream, int n)
{
    while (n-- > 0) put(out, stream, S(" "));
}

/* One paragraph, word by word. */
static void put_paragraph(Output *out, OutputStream stream, Str text, int at, int indent,
                          int columns)
{
    bool first = true;
    while (text.n) {
        Str word;
        str_cut(text, ' ', &word, &text);
        if (word.n == 0) continue;
        int width = (int)str_utf8_length(word);
        if (!first && at + 1 + width > columns) {
            put(out, stream, S("\n"));
            put_blanks(out, stream, indent);
            at = indent;
        } else if (!first) {
            put(out, stream, S(" "));
            at++;
        }
        put(out, stream, word);
        at += width;
        first = false;
    }
    put(out, stream, S("\n"));
}

void help_wrapped(Output *out, OutputStream stream, Str text, int at, int indent, int columns)
{
    for (bool first = true; first || text.n; first = false) {
        Str line;
        str_cut(text, '\n', &line, &text);
        if (!first) put_blanks(out, stream, line.n ? indent : 0);
        if (line.n && line.p[0] == ' ') {
            put(out, stream, line);
            put(out, stream, S("\n"));
        } else {
            put_paragraph(out, stream, line, first ? at : indent, indent, columns);
        }
    }
}

/* A row of a list: the term, and its prose from DOC_COLUMN on. */
static void put_term(Output *out, OutputStream stream, Str term, Str doc)
{
    int at = 2 + (int)str_utf8_length(term);
    put(out, stream, S("  "));
    put(out, stream, term);
    if (at + 2 > DOC_COLUMN) {
        put(out, stream, S("\n"));
        at = 0;
    }
    put_blanks(out, stream, DOC_COLUMN - at);
    help_wrapped(out, stream, doc, DOC_COLUMN, DOC_COLUMN, columns_of(out));
}

/* ---- Rows as text ------------------------------------------------------------------------ */

Str help_usage(Arena *arena, const CommandTable *table, const Command *command)
{
    Buf usage = buf_new(arena, 4096);
    buf_format(&usage, "%s %s", table->program, command->name);
    FlagViewList flags = flags_of_command(arena, command);
    for (size_t i = 0; i < flags.n; i++) {
        const FlagView *flag = &flags.items[i];
        bool must = flag->field->required;
        buf_format(&usage, " %s--%.*s%s%.*s%s", must ? "" : "[", STR_ARG(flag->name),
                   flag->value.n ? " " : "", STR_ARG(flag->value), must ? "" : "]");
    }
    if (command->needs != COMMAND_NEEDS_NOTHING) buf_lit(&usage, " [--SETTING VALUE]…");
    for (size_t i = 0; i < command_argument_rows(command); i++) {
        const CommandArgument *row = &command->arguments[i];
        const char *open = row->optional ? "[" : "", *close = row->optional ? "]" : "";
        buf_format(&usage, " %s%s%s%s", open, row->name, row->many ? "…" : "", close);
    }
    return buf_str(&usage);
}

Str help_argument_doc(Arena *arena, const CommandArgument *row)
{
    if (!row->names) return str_from(row->doc);
    return str_format(arena, "%s One of %.*s.", row->doc,
                      STR_ARG(enum_join(arena, row->names, S(", "))));
}

Str help_settings_doc(Arena *arena, const CommandTable *table)
{
    return str_format(arena,
                      "Any setting, such as --data DIR or --log-level debug; `%s config --list` "
                      "shows them all.",
                      table->program);
}

/* ---- As JSON ----------------------------------------------------------------------------- */

typedef struct HelpRow {
    Str name, summary, usage, doc;
} HelpRow;

typedef struct HelpRowList {
    HelpRow *items;
    size_t n;
} HelpRowList;

static const Type help_row_type =
    TYPE(HelpRow, "A command.", FIELD(HelpRow, name, "Its name, one or two words."),
         FIELD(HelpRow, summary, "What it does, in one line."),
         FIELD(HelpRow, usage, "How it is called."), FIELD(HelpRow, doc, "What it does, in full."));

static HelpRow help_row(Arena *arena, const CommandTable *table, const Command *command)
{
    return (HelpRow){str_from(command->name), str_from(command->summary),
                     help_usage(arena, table, command), str_from(command->doc)};
}

static void overview_as_json(Output *out, const CommandTable *table)
{
    const Command *command;
    size_t count = 0;
    while (command_next(table, &count)) continue;
    HelpRowList list = {NEW_N(out->arena, HelpRow, count), 0};
    for (size_t at = 0; (command = command_next(table, &at));)
        list.items[list.n++] = help_row(out->arena, table, command);
    output_table(out, &help_row_type, (AnyList){list.items, list.n});
}

/* ---- As text ----------------------------------------------------------------------------- */

void help_overview(Output *out, const CommandTable *table, OutputStream stream)
{
    if (out->shape.json && stream == OUTPUT_RESULT) {
        overview_as_json(out, table);
        return;
    }
    Arena *arena = out->arena;
    put(out, stream,
        str_format(arena, "%s: %s\n\nusage: %s COMMAND [flags] [arguments]\n\n", table->program,
                   table->summary, table->program));
    const Command *command;
    for (size_t at = 0; (command = command_next(table, &at));)
        put_term(out, stream, str_from(command->name), str_from(command->summary));
    put(out, stream,
        str_format(arena, "\n%s help COMMAND says more about one of them.\n", table->program));
}

static void put_flags(Output *out, const CommandTable *table, const Command *command)
{
    OutputStream stream = OUTPUT_RESULT;
    FlagViewList flags = flags_of_command(out->arena, command);
    put(out, stream, S("\nflags:\n"));
    for (size_t i = 0; i < flags.n; i++)
        put_term(out, stream, flag_term(out->arena, &flags.items[i]), flags.items[i].doc);
    for (size_t i = 0; i < sizeof flags_of_all / sizeof *flags_of_all; i++)
        put_term(out, stream, flag_term(out->arena, &flags_of_all[i]), flags_of_all[i].doc);
    if (command->needs != COMMAND_NEEDS_NOTHING)
        put_term(out, stream, S("--SETTING VALUE"), help_settings_doc(out->arena, table));
}

static void put_examples(Output *out, const Command *command)
{
    const CommandExample *examples = command->examples;
    if (examples[0].line) put(out, OUTPUT_RESULT, S("\nexamples:\n"));
    for (size_t i = 0; i < COMMAND_EXAMPLE_ROWS && examples[i].line; i++)
        output_print(out, "  %s\n      %s\n", examples[i].line, examples[i].doc);
}

void help_command(Output *out, const CommandTable *table, const Command *command)
{
    if (out->shape.json) {
        HelpRow row = help_row(out->arena, table, command);
        output_object(out, &help_row_type, &row);
        return;
    }
    OutputStream stream = OUTPUT_RESULT;
    int columns = columns_of(out);
    put(out, stream, S("usage: "));
    help_wrapped(out, stream, help_usage(out->arena, table, command), 7, 11, columns);
    put(out, stream, S("\n"));
    help_wrapped(out, stream, str_from(command->doc), 0, 0, columns);
    if (command_argument_rows(command)) put(out, stream, S("\narguments:\n"));
    for (size_t i = 0; i < command_argument_rows(command); i++)
        put_term(out, stream, str_from(command->arguments[i].name),
                 help_argument_doc(out->arena, &command->arguments[i]));
    put_flags(out, table, command);
    put_examples(out, command);
}
