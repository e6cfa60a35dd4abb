/* CSV: a state machine over bytes that stops at each record.
 *
 * The text of a record is gathered in one buffer, unescaped on the way, and its fields are offsets
 * into it, since the buffer may move while it grows; they become views when the record is complete.
 * Runs of plain bytes are copied at once, so that the states are only asked at separators, quotes
 * and line ends. Pieces may end anywhere, inside a character or between two quotes: what is known
 * of the past is the state alone. A file that is wrong somewhere is refused from there on rather
 * than guessed at: a lost quote would turn the rest of a catalogue into one text. Only a record that
 * was read to its end, and is wrong by its number of fields or its encoding, can be skipped. */
#include "meta/csv.h"

#include "meta/text.h"

#include <inttypes.h>
#include <stdio.h>

enum { MARK_LENGTH = 3, MESSAGE_MAX = 160 };

/* ---- Reading ---- */

CsvReader csv_reader(Arena *arena)
{
    return (CsvReader){.line = 1, .began = 1, .text = buf_new(arena, CSV_RECORD_MAX)};
}

CsvReader csv_reader_at(Arena *arena, int64_t line, size_t columns)
{
    CsvReader reader = csv_reader(arena);
    reader.line = reader.began = line;
    reader.columns = columns;
    reader.mark = MARK_LENGTH; /* which only begins a file */
    return reader;
}

void csv_push(CsvReader *r, Str bytes)
{
    r->input = bytes;
}

void csv_end(CsvReader *r)
{
    r->ended = true;
}

static bool __attribute__((format(printf, 3, 4)))
fail(CsvReader *r, int64_t line, const char *format, ...)
{
    va_list args;
    if (!r->message) r->message = arena_alloc(r->text.arena, MESSAGE_MAX, 1);
    int n = snprintf(r->message, MESSAGE_MAX, "line %" PRId64 ": ", line);
    va_start(args, format);
    vsnprintf(r->message + n, MESSAGE_MAX - (size_t)n, format, args);
    va_end(args);
    r->error = str_from(r->message);
    return false;
}

/* Begins a field where the text of the record ends now. */
static bool begin_field(CsvReader *r)
{
    if (r->n == CSV_FIELDS_MAX) return fail(r, r->line, "has more than %d fields", CSV_FIELDS_MAX);
    if (r->n == r->capacity) {
        size_t capacity = r->capacity ? r->capacity * 2 : 32;
        r->starts = arena_grow(r->text.arena, r->starts, r->capacity * sizeof(size_t),
                               capacity * sizeof(size_t), alignof(size_t));
        r->fields = arena_grow(r->text.arena, r->fields, r->capacity * sizeof(Str),
                               capacity * sizeof(Str), alignof(Str));
        r->capacity = capacity;
    }
    if (r->n == 0) r->began = r->line;
    r->starts[r->n++] = r->text.n;
    return true;
}

static bool add_bytes(CsvReader *r, const char *p, size_t n)
{
    if (r->text.n - r->starts[r->n - 1] + n > CSV_FIELD_MAX)
        return fail(r, r->line, "a field is longer than %d bytes", CSV_FIELD_MAX);
    buf_bytes(&r->text, p, n);
    return !r->text.full || fail(r, r->line, "the record is longer than %d bytes", CSV_RECORD_MAX);
}

static bool is_plain(char c)
{
    return c && c != ',' && c != '"' && c != '\r' && c != '\n';
}

/* How many bytes from the start of the input have no meaning in this state. */
static size_t run_length(const CsvReader *r)
{
    const char *p = r->input.p, *end = p + r->input.n;
    if (r->state == CSV_QUOTED)
        while (p < end && *p && *p != '"' && *p != '\n') p++;
    else
        while (p < end && is_plain(*p)) p++;
    return (size_t)(p - r->input.p);
}

/* One byte between quotes, at which a run ended. */
static bool step_quoted(CsvReader *r, char c)
{
    if (c == 0) return fail(r, r->line, "NUL is not allowed");
    if (c == '"') {
        r->state = CSV_QUOTE;
        return true;
    }
    r->line += c == '\n';
    return add_bytes(r, &c, 1);
}

/* One byte outside of quotes that is no plain text. *done: it ended the record. */
static bool step_outside(CsvReader *r, char c, bool *done)
{
    switch (c) {
    case ',':
        if (r->n == 0 && !begin_field(r)) return false; /* the record begins with it */
        r->state = CSV_FIELD_START;
        return begin_field(r);
    case '\r':
        r->state = CSV_CR;
        return true;
    case '\n':
        r->line++;
        r->state = CSV_FIELD_START;
        *done = r->n > 0; /* else an empty line */
        return true;
    case '"':
        if (r->state == CSV_PLAIN) return fail(r, r->line, "a quote inside a field without quotes");
        r->state = CSV_QUOTED;
        return r->n > 0 || begin_field(r);
    default:
        return fail(r, r->line, "NUL is not allowed");
    }
}

/* Reads until a record ends (*done) or the input does. */
static bool read_on(CsvReader *r, bool *done)
{
    while (r->input.n && !*done) {
        char c = r->input.p[0];
        if (r->state == CSV_CR && c != '\n') return fail(r, r->line, "a CR without LF");
        if (r->state == CSV_QUOTE && is_plain(c))
            return fail(r, r->line, "text between a closing quote and the separator");
        if (r->state == CSV_QUOTE && c == '"') { /* two quotes are one */
            r->state = CSV_QUOTED;
            r->input = str_slice(r->input, 1, r->input.n);
            if (!add_bytes(r, "\"", 1)) return false;
            continue;
        }
        size_t run = run_length(r);
        if (run) {
            if (r->n == 0 && !begin_field(r)) return false;
            if (r->state == CSV_FIELD_START) r->state = CSV_PLAIN;
            if (!add_bytes(r, r->input.p, run)) return false;
        } else {
            run = 1;
            if (!(r->state == CSV_QUOTED ? step_quoted(r, c) : step_outside(r, c, done)))
                return false;
        }
        r->input = str_slice(r->input, run, r->input.n);
    }
    return true;
}

/* Drops a byte order mark, which may come in pieces; what only begins like one is put back. */
static bool skip_mark(CsvReader *r)
{
    static const char mark[] = "\xEF\xBB\xBF";
    while (r->mark < MARK_LENGTH && r->input.n && r->input.p[0] == mark[r->mark]) {
        r->input = str_slice(r->input, 1, r->input.n);
        r->mark++;
    }
    if (r->mark == MARK_LENGTH || (r->input.n == 0 && !r->ended)) return true;
    size_t seen = r->mark;
    r->mark = MARK_LENGTH;
    if (seen == 0) return true;
    r->state = CSV_PLAIN;
    return begin_field(r) && add_bytes(r, mark, seen);
}

/* Makes views of the fields of the record so far. */
static void set_fields(CsvReader *r)
{
    for (size_t i = 0; i < r->n; i++) {
        size_t end = i + 1 < r->n ? r->starts[i + 1] : r->text.n;
        r->fields[i] = str_slice(buf_str(&r->text), r->starts[i], end);
    }
}

static bool deliver(CsvReader *r, CsvRecord *out)
{
    set_fields(r);
    r->whole = true;
    for (size_t i = 0; i < r->n; i++)
        if (!str_is_utf8(r->fields[i])) return fail(r, r->began, "the text is not UTF-8");
    if (r->columns && r->n != r->columns)
        return fail(r, r->began, "has %zu fields, the first record has %zu", r->n, r->columns);
    r->columns = r->n;
    r->delivered = true;
    *out = (CsvRecord){r->fields, r->n, r->began};
    return true;
}

bool csv_skip(CsvReader *r)
{
    if (!r->whole) return false;
    r->error = S("");
    r->delivered = true;
    return true;
}

CsvRecord csv_begun(CsvReader *r)
{
    set_fields(r);
    size_t complete = r->n && !r->whole ? r->n - 1 : r->n;
    for (size_t i = 0; i < complete; i++)
        if (!str_is_utf8(r->fields[i])) complete = i;
    return (CsvRecord){r->fields, complete, r->began};
}

bool csv_next(CsvReader *r, CsvRecord *out)
{
    bool done = false;
    if (r->delivered) {
        r->n = r->text.n = 0;
        r->delivered = r->whole = false;
    }
    if (r->error.n || (r->mark < MARK_LENGTH && !skip_mark(r)) || !read_on(r, &done)) return false;
    if (done) return deliver(r, out);
    if (!r->ended || r->n == 0) return false;
    if (r->state == CSV_QUOTED) return fail(r, r->line, "a quoted field has no end");
    if (r->state == CSV_CR) return fail(r, r->line, "a CR without LF");
    return deliver(r, out);
}

/* ---- Writing ---- */

static bool is_guarded(char c)
{
    return c == '=' || c == '+' || c == '-' || c == '@' || c == '\t' || c == '\r';
}

/* Apostrophes (perhaps none), then a character that spreadsheets take for the start of a formula.
 */
static bool looks_like_formula(Str text)
{
    size_t i = 0;
    while (i < text.n && text.p[i] == '\'') i++;
    return i < text.n && is_guarded(text.p[i]);
}

Str csv_guard(Arena *arena, Str text)
{
    return looks_like_formula(text) ? str_format(arena, "'%.*s", STR_ARG(text)) : text;
}

Str csv_unguard(Str text)
{
    bool guarded = text.n && text.p[0] == '\'' && looks_like_formula(text);
    return guarded ? str_slice(text, 1, text.n) : text;
}

void csv_write_field(Buf *buf, Str text)
{
    bool quotes = false;
    for (size_t i = 0; i < text.n && !quotes; i++) quotes = !is_plain(text.p[i]);
    if (!quotes) {
        buf_put(buf, text);
        return;
    }
    buf_char(buf, '"');
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '"') buf_char(buf, '"');
        buf_char(buf, text.p[i]);
    }
    buf_char(buf, '"');
}

void csv_write_header(Buf *buf, const Type *type)
{
    const char *separator = "";
    for (size_t i = 0; i < type->field_count; i++) {
        if (type->fields[i].write_only) continue;
        buf_put(buf, str_from(separator));
        csv_write_field(buf, str_from(type->fields[i].name));
        separator = ",";
    }
    buf_lit(buf, "\r\n");
}

static bool is_free_text(Kind kind)
{
    return kind == KIND_STR || kind == KIND_STR_LIST || kind == KIND_JSON;
}

void csv_write_row(Buf *buf, Arena *arena, const Type *type, const void *object)
{
    size_t begin = buf->n, written = 0;
    ArenaMark mark = arena_mark(arena);
    for (size_t i = 0; i < type->field_count; i++) {
        const Field *field = &type->fields[i];
        if (field->write_only) continue;
        bool there = field_is_set(type, field, object) && !field_is_null(type, field, object);
        const void *member = (const char *)object + field->offset;
        Str text = there ? text_write(arena, field, member) : S("");
        if (written++) buf_char(buf, ',');
        csv_write_field(buf, is_free_text(field->kind) ? csv_guard(arena, text) : text);
    }
    if (buf->n == begin) buf_lit(buf, "\"\""); /* one empty field is no empty line */
    buf_lit(buf, "\r\n");
    if (arena != buf->arena) arena_rewind(arena, mark);
}
