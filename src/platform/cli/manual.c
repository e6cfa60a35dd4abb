/* The manual page: commands, flags, settings, environment, files and exit codes, from the rows that
 * the help and the parser read. It is made when `make install` asks for it, so the page cannot be
 * of another version than the program.
 *
 * man(7) and not mdoc(7): the page has a handful of shapes (a section, a term with its prose, an
 * example), which both can say; man's are three macros. Every letter beyond ASCII is written by its
 * number, so that the page means the same whatever a reader's formatter takes the file's encoding
 * for. Hyphens are written as minus signs throughout: what looks like a flag can be copied out of
 * the page, and which hyphen of the prose belongs to a flag nobody needs to know.
 *
 * Rejected: a page written by hand (it was true once), and help2man (it reads what the help prints
 * and guesses what it was). */
#include "platform/cli/manual.h"

#include "platform/cli/command_line.h"
#include "platform/cli/flags.h"
#include "platform/cli/help.h"

enum { LINE_WANTED = 80 };

/* ---- Text as roff ------------------------------------------------------------------------ */

/* The code point of a well-formed sequence of `n` bytes. */
static unsigned code_point(const char *p, size_t n)
{
    const unsigned char *u = (const unsigned char *)p;
    if (n == 1) return u[0];
    unsigned code = u[0] & (0xffU >> (n + 1));
    for (size_t i = 1; i < n; i++) code = code << 6 | (u[i] & 0x3fU);
    return code;
}

static void put_character(Buf *out, Str character)
{
    static const struct {
        char c;
        const char *roff;
    } rows[] = {{'\\', "\\(rs"}, {'-', "\\-"},   {'"', "\\(dq"}, {'\'', "\\(aq"},
                {'`', "\\(ga"},  {'^', "\\(ha"}, {'~', "\\(ti"}};
    if (character.n > 1) {
        buf_format(out, "\\[u%04X]", code_point(character.p, character.n));
        return;
    }
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].c == character.p[0]) {
            buf_put(out, str_from(rows[i].roff));
            return;
        }
    buf_char(out, character.p[0]);
}

/* Characters without a meaning for roff. */
static void put_characters(Buf *out, Str text)
{
    for (size_t n; text.n; text = str_slice(text, n, text.n)) {
        n = str_utf8_step(text);
        put_character(out, str_slice(text, 0, n));
    }
}

/* A word of prose. `code` spans, in backticks, are bold; one may go on in the next word. */
static void put_word(Buf *out, Str word, bool *bold)
{
    while (word.n) {
        size_t tick = str_find_char(word, '`');
        put_characters(out, str_slice(word, 0, tick));
        if (tick == word.n) return;
        *bold = !*bold;
        buf_put(out, *bold ? S("\\fB") : S("\\fR"));
        word = str_slice(word, tick + 1, word.n);
    }
}

/* A paragraph in lines that an editor shows whole. `\&` in front where a first letter would make a
 * request of a line. */
static void put_line(Buf *out, Str text)
{
    bool bold = false;
    for (size_t start = out->n; text.n;) {
        Str word;
        str_cut(text, ' ', &word, &text);
        if (out->n > start && out->n + 2 * word.n - start > LINE_WANTED) {
            buf_char(out, '\n');
            start = out->n;
        } else if (out->n > start) {
            buf_char(out, ' ');
        }
        if (out->n == start && word.n && (word.p[0] == '.' || word.p[0] == '\''))
            buf_lit(out, "\\&");
        put_word(out, word, &bold);
    }
    if (bold) buf_lit(out, "\\fR");
    buf_char(out, '\n');
}

/* Prose as the rows have it: a line feed ends a paragraph, lines that begin with a blank are kept
 * as they are. `between` separates paragraphs: .PP, or .IP below a term. */
static void put_prose(Buf *out, Str text, const char *between)
{
    bool first = true, literal = false;
    while (text.n) {
        Str line;
        str_cut(text, '\n', &line, &text);
        bool kept = line.n && line.p[0] == ' ';
        if (kept != literal) buf_put(out, kept ? S(".EX\n") : S(".EE\n"));
        literal = kept;
        if (!line.n) continue;
        if (!first && !kept) buf_format(out, "%s\n", between);
        put_line(out, line);
        first = false;
    }
    if (literal) buf_lit(out, ".EE\n");
}

static void put_section(Buf *out, const char *name)
{
    buf_format(out, ".SH %s\n", name);
}

/* A term in bold, and its prose. */
static void put_term(Buf *out, Str term, Str doc)
{
    buf_lit(out, ".TP\n\\fB");
    put_characters(out, term);
    buf_lit(out, "\\fR\n");
    put_prose(out, doc, ".IP");
}

/* ---- Sections ---------------------------------------------------------------------------- */

static void put_head(Buf *out, const CommandTable *table)
{
    Arena *arena = out->arena;
    char *title = str_z(arena, str_from(table->program));
    for (char *c = title; *c; c++) *c = *c >= 'a' && *c <= 'z' ? (char)(*c - 32) : *c;
    buf_format(out, ".\\\" Made by `%s man` from the rows of the program.\n", table->program);
    buf_format(out, ".TH %s 1 \"%s\" \"%s %s\" \"User Commands\"\n", title, table->manual.released,
               table->program, table->version);
    buf_lit(out, ".nh\n.ad l\n"); /* names of variables in two halves cannot be searched for */
    put_section(out, "NAME");
    put_line(out, str_format(arena, "%s - %s", table->program, table->summary));
    put_section(out, "SYNOPSIS");
    buf_format(out, "\\fB%s\\fR \\fICOMMAND\\fR [\\fIflags\\fR] [\\fIarguments\\fR]\n",
               table->program);
    put_section(out, "DESCRIPTION");
    put_prose(out, str_from(table->manual.doc), ".PP");
}

static void put_examples(Buf *out, const Command *command)
{
    const CommandExample *examples = command->examples;
    for (size_t i = 0; i < COMMAND_EXAMPLE_ROWS && examples[i].line; i++) {
        buf_lit(out, ".PP\n");
        put_line(out, str_from(examples[i].doc));
        buf_lit(out, ".RS 4\n.EX\n");
        put_characters(out, str_from(examples[i].line));
        buf_lit(out, "\n.EE\n.RE\n");
    }
}

static void put_command(Buf *out, const CommandTable *table, const Command *command)
{
    Arena *arena = out->arena;
    buf_lit(out, ".SS \"");
    put_characters(out, str_format(arena, "%s %s", table->program, command->name));
    buf_lit(out, "\"\n");
    put_characters(out, help_usage(arena, table, command));
    buf_lit(out, "\n.PP\n");
    put_prose(out, str_from(command->doc), ".PP");
    for (size_t i = 0; i < command_argument_rows(command); i++)
        put_term(out, str_from(command->arguments[i].name),
                 help_argument_doc(arena, &command->arguments[i]));
    FlagViewList flags = flags_of_command(arena, command);
    for (size_t i = 0; i < flags.n; i++)
        put_term(out, flag_term(arena, &flags.items[i]), flags.items[i].doc);
    put_examples(out, command);
}

static void put_commands(Buf *out, const CommandTable *table)
{
    const Command *command;
    put_section(out, "COMMANDS");
    for (size_t at = 0; (command = command_next(table, &at));) put_command(out, table, command);
    put_section(out, "FLAGS OF EVERY COMMAND");
    for (size_t i = 0; i < sizeof flags_of_all / sizeof *flags_of_all; i++)
        put_term(out, flag_term(out->arena, &flags_of_all[i]), flags_of_all[i].doc);
    put_term(out, S("--SETTING VALUE"), help_settings_doc(out->arena, table));
}

static void put_setting(Buf *out, const Setting *setting)
{
    Arena *arena = out->arena;
    const char *initial = setting->field->initial;
    put_term(out, setting->name, str_from(setting->field->doc));
    Str more =
        str_format(arena, "Allowed: %.*s. Default: %s. Also `%.*s` and `--%.*s`.%s",
                   STR_ARG(config_allowed(arena, setting->field)), initial ? initial : "not set",
                   STR_ARG(setting->variable), STR_ARG(setting->flag),
                   setting->field->live ? " A running server takes it on SIGHUP." : "");
    buf_lit(out, ".IP\n");
    put_line(out, more);
}

static void put_settings(Buf *out)
{
    SettingList settings = config_settings(out->arena);
    put_section(out, "SETTINGS");
    put_prose(out,
              S("Read from `souk.conf` in the data folder, from the environment, and from flags; "
                "later ones win. `http.idle_timeout_ms` is the line `idle_timeout_ms` in the "
                "section `[http]` of the file."),
              ".PP");
    for (size_t i = 0; i < settings.n; i++) put_setting(out, &settings.items[i]);
}

static void put_rows(Buf *out, const char *section, ManualList rows)
{
    put_section(out, section);
    for (size_t i = 0; i < rows.n; i++)
        put_term(out, str_from(rows.items[i].name), str_from(rows.items[i].doc));
}

static void put_exits(Buf *out)
{
    put_section(out, "EXIT STATUS");
    for (size_t i = 0; i < CLI_EXITS; i++)
        put_term(out, str_format(out->arena, "%d", cli_exits[i].code), str_from(cli_exits[i].doc));
}

void manual_write(Buf *out, const CommandTable *table)
{
    put_head(out, table);
    put_commands(out, table);
    put_settings(out);
    put_rows(out, "ENVIRONMENT", table->manual.environment);
    put_rows(out, "FILES", table->manual.files);
    put_exits(out);
}
