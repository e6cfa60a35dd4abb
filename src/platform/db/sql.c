/* The rewriting of SQL, at prepare and in migrations.
 *
 * A tokenizer that knows just enough SQL to tell code from strings and comments, and two passes
 * over its tokens. It is no parser: what it does not understand it copies, so that whatever the
 * databases have in common may be written.
 *
 * Why rewrite at all? SQLite takes `$1` for a name and numbers names in the order in which they
 * occur, so that `select $2, $1` swaps silently; `?1` is what PostgreSQL calls `$1`. Lists of ids
 * have no common form: SQLite scans an array through a table-valued function, PostgreSQL plans best
 * with `= any`. Both are decided here once and not at each call. Rejected: building the text from
 * pieces at each call (no cache by address, and a door for injection), and `in ($1, $2, …)` with
 * one statement for each length (fills the cache, and a plan each). */
#include "platform/db/sql.h"

#include "base/buf.h"

#include <assert.h>

enum {
    SQL_TEXT_MAX = 1 << 20
}; /* a migration with its comments; statements are a thousandth of it */

/* ---- Tokens -------------------------------------------------------------------------- */

typedef enum TokenKind {
    TOKEN_END,
    TOKEN_BLANK, /* white space and comments */
    TOKEN_WORD,
    TOKEN_NUMBER,
    TOKEN_QUOTED, /* '…', "…", $tag$…$tag$ */
    TOKEN_PARAM,  /* $1 */
    TOKEN_NAMED,  /* :name */
    TOKEN_MARK,   /* any other character; also :: */
    TOKEN_OPEN,   /* a string or comment that is never closed */
} TokenKind;

typedef struct Token {
    TokenKind kind;
    Str text;
} Token;

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

static char char_at(Str sql, size_t i)
{
    return i < sql.n ? sql.p[i] : 0;
}

static size_t word_end(Str sql, size_t i)
{
    while (i < sql.n && (is_letter(sql.p[i]) || is_digit(sql.p[i]))) i++;
    return i;
}

/* The place after the quote that closes the one at `i`; 0 when there is none. A doubled quote
 * stands for itself. */
static size_t quoted_end(Str sql, size_t i, bool backslashes)
{
    char quote = sql.p[i++];
    for (; i < sql.n; i++) {
        if (backslashes && sql.p[i] == '\\') {
            i++;
        } else if (sql.p[i] == quote) {
            if (char_at(sql, i + 1) != quote) return i + 1;
            i++;
        }
    }
    return 0;
}

/* The place after the first `end` at or behind `i`; 0 when there is none. */
static size_t place_after(Str sql, size_t i, Str end)
{
    const char *at = i < sql.n ? memmem(sql.p + i, sql.n - i, end.p, end.n) : NULL;
    return at ? (size_t)(at - sql.p) + end.n : 0;
}

/* $1, or the dollar quote of PostgreSQL: $$…$$, $tag$…$tag$ (its manual, §4.1.2.4). */
static TokenKind dollar_token(Str sql, size_t i, size_t *end)
{
    if (is_digit(char_at(sql, i + 1))) {
        for (*end = i + 1; is_digit(char_at(sql, *end));) ++*end;
        return TOKEN_PARAM;
    }
    size_t tag = word_end(sql, i + 1);
    if (char_at(sql, tag) != '$') {
        *end = i + 1;
        return TOKEN_MARK;
    }
    *end = place_after(sql, tag + 1, str_slice(sql, i, tag + 1));
    return *end ? TOKEN_QUOTED : TOKEN_OPEN;
}

static TokenKind colon_token(Str sql, size_t i, size_t *end)
{
    char next = char_at(sql, i + 1);
    *end = next == ':' ? i + 2 : is_letter(next) ? word_end(sql, i + 1) : i + 1;
    return is_letter(next) ? TOKEN_NAMED : TOKEN_MARK;
}

static TokenKind comment_token(Str sql, size_t i, size_t *end)
{
    if (sql.p[i] == '/') {
        *end = place_after(sql, i + 2, S("*/"));
        return *end ? TOKEN_BLANK : TOKEN_OPEN;
    }
    *end = place_after(sql, i, S("\n"));
    if (!*end) *end = sql.n;
    return TOKEN_BLANK;
}

static TokenKind token_at(Str sql, size_t i, size_t *end)
{
    char c = char_at(sql, i), next = char_at(sql, i + 1);
    *end = i + 1;
    if (i >= sql.n) {
        *end = sql.n;
        return TOKEN_END;
    }
    if (is_blank(c)) {
        while (is_blank(char_at(sql, *end))) ++*end;
        return TOKEN_BLANK;
    }
    if ((c == '-' && next == '-') || (c == '/' && next == '*')) return comment_token(sql, i, end);
    if (c == '$') return dollar_token(sql, i, end);
    if (c == ':') return colon_token(sql, i, end);
    bool escapes = (c == 'e' || c == 'E') && next == '\''; /* PostgreSQL's E'it\'s' */
    if (escapes || c == '\'' || c == '"') {
        *end = quoted_end(sql, i + escapes, escapes);
        return *end ? TOKEN_QUOTED : TOKEN_OPEN;
    }
    if (is_letter(c) || is_digit(c)) {
        *end = word_end(sql, i);
        return is_letter(c) ? TOKEN_WORD : TOKEN_NUMBER;
    }
    return TOKEN_MARK;
}

static Token token_next(Str sql, size_t *at)
{
    size_t end;
    TokenKind kind = token_at(sql, *at, &end);
    Token token = {kind, str_slice(sql, *at, kind == TOKEN_OPEN ? sql.n : end)};
    *at += token.text.n;
    return token;
}

static Token token_next_solid(Str sql, size_t *at)
{
    Token token;
    do token = token_next(sql, at);
    while (token.kind == TOKEN_BLANK);
    return token;
}

static bool token_is(Token token, Str word)
{
    return (token.kind == TOKEN_WORD || token.kind == TOKEN_MARK) &&
           str_eq_nocase(token.text, word);
}

/* ---- Statements ---------------------------------------------------------------------- */

typedef struct Rewriter {
    Arena *arena;
    DbDriver driver;
    Str sql;
    size_t at;
    Buf out;
    const Type *type;
    const Field *fields[SQL_PARAMS_MAX];
    int params;
    int row_first; /* parameters of the rows before: not this row's */
    bool numbered, named;
    Token before[2];     /* the last two tokens that are not blank, newest first */
    size_t before_at[2]; /* where they begin in the output */
    Str problem;         /* empty: none */
} Rewriter;

static void problem(Rewriter *rw, const char *what, Str text)
{
    if (!rw->problem.n) rw->problem = str_format(rw->arena, "%s: %.*s", what, STR_ARG(text));
}

static void put_param(Rewriter *rw, int number)
{
    buf_char(&rw->out, rw->driver == DB_SQLITE ? '?' : '$');
    buf_int(&rw->out, number);
}

/* The number of `$N`, 0 (and a problem) when it is out of bounds. */
static int param_number(Rewriter *rw, Str text)
{
    int64_t number;
    if (!str_to_int(str_slice(text, 1, text.n), &number) || number < 1 || number > SQL_PARAMS_MAX) {
        problem(rw, "no such parameter", text);
        return 0;
    }
    rw->numbered = true;
    if (number > rw->params) rw->params = (int)number;
    return (int)number;
}

static void rewrite_named(Rewriter *rw, Token token)
{
    Str name = str_slice(token.text, 1, token.text.n);
    const Field *field = rw->type ? type_field(rw->type, name) : NULL;
    if (!field) return problem(rw, "no field of that name", token.text);
    rw->named = true;
    int i = rw->row_first;
    while (i < rw->params && rw->fields[i] != field) i++;
    if (i == SQL_PARAMS_MAX) return problem(rw, "too many parameters", token.text);
    if (i == rw->params) rw->fields[rw->params++] = field;
    put_param(rw, i + 1);
}

/* `in IDS($1)`, with the reader standing behind IDS. */
static void rewrite_ids(Rewriter *rw, Token ids)
{
    bool negated = token_is(rw->before[1], S("not"));
    Token open = token_next_solid(rw->sql, &rw->at);
    Token param = token_next_solid(rw->sql, &rw->at);
    Token close = token_next_solid(rw->sql, &rw->at);
    if (!token_is(rw->before[0], S("in")) || !token_is(open, S("(")) || param.kind != TOKEN_PARAM ||
        !token_is(close, S(")")))
        return problem(rw, "a list of ids is written in IDS($1)", ids.text);
    int number = param_number(rw, param.text);
    if (rw->driver == DB_SQLITE) {
        buf_lit(&rw->out, "carray(");
        put_param(rw, number);
        buf_lit(&rw->out, ")");
    } else {
        rw->out.n = rw->before_at[negated];
        buf_put(&rw->out, negated ? S("<> all(") : S("= any("));
        put_param(rw, number);
        buf_lit(&rw->out, "::bigint[])");
    }
}

static void rewrite_token(Rewriter *rw, Token token)
{
    size_t begin = rw->out.n;
    if (token.kind == TOKEN_OPEN)
        problem(rw, "never closed", str_slice(token.text, 0, 40));
    else if (token.kind == TOKEN_PARAM)
        put_param(rw, param_number(rw, token.text));
    else if (token.kind == TOKEN_NAMED)
        rewrite_named(rw, token);
    else if (token.kind == TOKEN_WORD && str_eq(token.text, S("IDS")))
        rewrite_ids(rw, token);
    else
        buf_put(&rw->out, token.text);
    if (token.kind == TOKEN_BLANK) return;
    rw->before[1] = rw->before[0];
    rw->before_at[1] = rw->before_at[0];
    rw->before[0] = token;
    rw->before_at[0] = begin;
}

static Rewriter rewriter_of(Arena *arena, DbDriver driver, const char *sql, const Type *type)
{
    return (Rewriter){.arena = arena,
                      .driver = driver,
                      .sql = str_from(sql),
                      .out = buf_new(arena, SQL_TEXT_MAX),
                      .type = type};
}

static void rewrite_until(Rewriter *rw, size_t end)
{
    while (rw->at < end && !rw->problem.n) rewrite_token(rw, token_next(rw->sql, &rw->at));
}

static bool rewrite_end(Rewriter *rw, SqlText *out, Str *problem_out)
{
    if (rw->numbered && rw->named) problem(rw, "both $1 and :name", rw->sql);
    buf_char(&rw->out, 0);
    if (rw->out.full) problem(rw, "too long", str_slice(rw->sql, 0, 40));
    if (rw->problem.n) {
        *problem_out = rw->problem;
        return false;
    }
    const Field **fields = NULL;
    if (rw->named) {
        fields = NEW_N(rw->arena, const Field *, (size_t)rw->params);
        for (int i = 0; i < rw->params; i++) fields[i] = rw->fields[i];
    }
    *out = (SqlText){rw->out.p, rw->params, fields};
    return true;
}

bool sql_rewrite(Arena *arena, DbDriver driver, const char *sql, const Type *type, SqlText *out,
                 Str *problem_out)
{
    Rewriter rw = rewriter_of(arena, driver, sql, type);
    rewrite_until(&rw, rw.sql.n);
    return rewrite_end(&rw, out, problem_out);
}

/* ---- Inserts of several rows --------------------------------------------------------- */

/* Where the tuple stands with which `… values (…)` ends; false: it ends otherwise. */
static bool find_tuple(Str sql, size_t *begin, size_t *end)
{
    Token token, before = {0};
    int depth = 0;
    bool found = false;
    for (size_t at = 0; (token = token_next_solid(sql, &at)).kind != TOKEN_END; before = token) {
        if (token.kind == TOKEN_OPEN || found) return false; /* something behind it */
        if (token_is(token, S("(")) && depth++ == 0)
            *begin = token_is(before, S("values")) ? at - 1 : sql.n;
        if (!token_is(token, S(")"))) continue;
        if (--depth < 0) return false;
        found = depth == 0 && *begin < sql.n;
        *end = at;
    }
    return found;
}

bool sql_rewrite_rows(Arena *arena, DbDriver driver, const char *sql, const Type *type, int rows,
                      SqlText *out, Str *problem_out)
{
    assert(rows > 0 && rows <= SQL_ROWS_MAX);
    Rewriter rw = rewriter_of(arena, driver, sql, type);
    size_t begin = 0, end = 0;
    if (!find_tuple(rw.sql, &begin, &end))
        problem(&rw, "rows are inserted by a statement that ends with one `values (…)`", rw.sql);
    rewrite_until(&rw, begin);
    if (rw.numbered || rw.named) problem(&rw, "a parameter before the values", rw.sql);
    for (int i = 0; i < rows; i++) {
        if (i) buf_lit(&rw.out, ", ");
        rw.at = begin;
        rw.row_first = rw.params;
        rewrite_until(&rw, end);
    }
    if (rw.numbered || !rw.named) problem(&rw, "rows are inserted by :names", rw.sql);
    if (rw.params / rows * SQL_ROWS_MAX > SQL_PARAMS_MAX)
        problem(&rw, "too many parameters", rw.sql);
    return rewrite_end(&rw, out, problem_out);
}

/* ---- Migrations ---------------------------------------------------------------------- */

typedef struct ColumnWord {
    Str word, sqlite, postgres;
} ColumnWord;

static const ColumnWord column_words[] = {
    {S_INIT("ID"), S_INIT("INTEGER"), S_INIT("bigint")}, /* INTEGER PRIMARY KEY is the rowid */
    {S_INIT("MONEY"), S_INIT("INTEGER"), S_INIT("bigint")},
    {S_INIT("INTEGER"), S_INIT("INTEGER"), S_INIT("bigint")},
    {S_INIT("TIME"), S_INIT("INTEGER"), S_INIT("timestamptz")},
    {S_INIT("BOOL"), S_INIT("INTEGER"), S_INIT("boolean")},
    {S_INIT("JSON"), S_INIT("TEXT"), S_INIT("jsonb")},
    {S_INIT("BYTES"), S_INIT("BLOB"), S_INIT("bytea")},
    {S_INIT("TEXT"), S_INIT("TEXT"), S_INIT("text")},
    {S_INIT("REAL"), S_INIT("REAL"), S_INIT("double precision")},
};

static const ColumnWord *column_word(Token token)
{
    if (token.kind != TOKEN_WORD) return NULL;
    for (size_t i = 0; i < sizeof column_words / sizeof *column_words; i++)
        if (str_eq(column_words[i].word, token.text)) return &column_words[i];
    return NULL;
}

/* Does the line say `-- only sqlite`, `-- end`, …? */
static bool line_says(Str line, Str words)
{
    line = str_trim(str_slice(line, 0, str_find_char(line, '\r')));
    return str_starts(line, S("--")) && str_eq(str_trim(str_slice(line, 2, line.n)), words);
}

/* The script without the lines of the other driver. Lines are kept empty, so that the databases'
 * messages have the file's line numbers. */
static bool keep_own_lines(Arena *arena, DbDriver driver, Str script, Str *out, Str *problem_out)
{
    Str mine = driver == DB_SQLITE ? S("only sqlite") : S("only postgres");
    Str theirs = driver == DB_SQLITE ? S("only postgres") : S("only sqlite");
    Buf kept = buf_new(arena, SQL_TEXT_MAX);
    bool inside = false, skipping = false;
    for (Str line, rest = script; rest.n;) {
        str_cut(rest, '\n', &line, &rest);
        bool begins = line_says(line, mine) || line_says(line, theirs),
             ends = line_says(line, S("end"));
        if ((begins && inside) || (ends && !inside)) {
            *problem_out = str_format(arena, "not in pairs: %.*s", STR_ARG(str_trim(line)));
            return false;
        }
        if (begins) skipping = line_says(line, theirs);
        inside = (inside || begins) && !ends;
        if (!skipping || !inside) buf_put(&kept, line);
        buf_lit(&kept, "\n");
    }
    if (inside || kept.full) {
        *problem_out = inside ? S("-- only … without -- end") : S("too long");
        return false;
    }
    *out = buf_str(&kept);
    return true;
}

typedef struct Migrator {
    Rewriter rw;
    bool creating; /* between `create table` and its end */
    bool has_body; /* … and its (…) has been seen */
    bool strict;   /* … and so has STRICT */
    int depth;
} Migrator;

/* Does a type stand behind the tokens read so far? Then a column's TEXT gets its collation, a
 * cast's does not. */
static bool at_column_type(const Rewriter *rw)
{
    const Token *name = &rw->before[0], *lead = &rw->before[1];
    bool named = name->kind == TOKEN_WORD || (name->kind == TOKEN_QUOTED && name->text.p[0] == '"');
    return named && (token_is(*lead, S("(")) || token_is(*lead, S(",")) ||
                     token_is(*lead, S("column")) || token_is(*lead, S("add")));
}

static bool migrate_type(Migrator *m, Token token)
{
    const ColumnWord *word = column_word(token);
    bool column = at_column_type(&m->rw);
    if (!word || (!column && !token_is(m->rw.before[0], S("as")))) return false;
    buf_put(&m->rw.out, m->rw.driver == DB_SQLITE ? word->sqlite : word->postgres);
    if (column && m->rw.driver == DB_POSTGRES && str_eq(word->word, S("TEXT")))
        buf_lit(&m->rw.out, " collate \"C\"");
    return true;
}

/* The end of a `create table`: SQLite's becomes STRICT. */
static void end_table(Migrator *m)
{
    if (m->creating && !m->has_body)
        problem(&m->rw, "a table is written with its columns, so that it can be STRICT",
                m->rw.before[0].text);
    bool needed = m->creating && m->rw.driver == DB_SQLITE && !m->strict;
    if (needed)
        buf_put(&m->rw.out, token_is(m->rw.before[0], S(")")) ? S(" strict") : S(", strict"));
    m->creating = m->has_body = m->strict = false;
    m->depth = 0;
}

/* Follows `create table … ( … ) …`; true when the token is not to be copied. */
static bool follow_table(Migrator *m, Token token)
{
    const Token *before = m->rw.before;
    if (token_is(token, S("table"))) {
        bool temporary = token_is(before[0], S("temp")) || token_is(before[0], S("temporary"));
        if (token_is(before[temporary], S("create"))) m->creating = true;
    }
    if (token_is(token, S(";"))) end_table(m);
    if (!m->creating) return false;
    if (token_is(token, S("("))) m->depth++;
    if (token_is(token, S(")")) && --m->depth == 0) m->has_body = true;
    if (!m->has_body || m->depth || token_is(token, S(")"))) return false;
    if (token_is(token, S("strict"))) m->strict = true;
    return m->rw.driver == DB_POSTGRES &&
           (token_is(token, S("strict")) || token_is(token, S(",")) ||
            token_is(token, S("without")) || token_is(token, S("rowid")));
}

static void migrate_token(Migrator *m, Token token)
{
    Rewriter *rw = &m->rw;
    if (token.kind == TOKEN_OPEN) return problem(rw, "never closed", str_slice(token.text, 0, 40));
    bool blank = token.kind == TOKEN_BLANK;
    if (blank || (!follow_table(m, token) && !migrate_type(m, token)))
        buf_put(&rw->out, token.text);
    if (blank) return;
    rw->before[1] = rw->before[0];
    rw->before[0] = token;
}

bool sql_migration(Arena *arena, DbDriver driver, Str script, char **out, Str *problem_out)
{
    Migrator m = {.rw = {.arena = arena, .driver = driver, .out = buf_new(arena, SQL_TEXT_MAX)}};
    if (!keep_own_lines(arena, driver, script, &m.rw.sql, problem_out)) return false;
    for (Token token;
         (token = token_next(m.rw.sql, &m.rw.at)).kind != TOKEN_END && !m.rw.problem.n;)
        migrate_token(&m, token);
    if (m.creating) end_table(&m);
    buf_char(&m.rw.out, 0);
    if (m.rw.out.full) problem(&m.rw, "too long", str_slice(m.rw.sql, 0, 40));
    if (m.rw.problem.n) {
        *problem_out = m.rw.problem;
        return false;
    }
    *out = m.rw.out.p;
    return true;
}
