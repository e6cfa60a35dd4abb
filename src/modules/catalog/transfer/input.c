/* Reading on behind what is broken.
 *
 * A record with too many fields ends somewhere, and so does one that is not UTF-8: the next one can be
 * trusted. A stray quote is worse: from there on, what is text and what is between two texts may have
 * changed places. So the reading goes back to the line behind the one on which the broken record
 * began, and tries each line as the beginning of a record, until one has as many fields as the header
 * and looks like a row of a product (`plausible`: its handle is one). A text in the middle of a
 * description does not pass for that, unless the file has hardly any columns; with fewer than
 * COLUMNS_MIN of them nothing is guessed, and the rest of the file stays unread. The lines between are
 * reported as lost.
 *
 * The window holds the bytes from the beginning of the record under way, so that going back is possible
 * for a pipe, too. */
#include "modules/catalog/transfer/input.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>

enum {
    CHUNK = 64 * 1024,
    WINDOW_FIRST = 2 * CHUNK,
    COLUMNS_MIN = 8,
    LINE_BYTES_MAX = 4 * 1024 * 1024, /* bytes of a line of JSON: as many as of a CSV record */
};

/* ---- The window ------------------------------------------------------------------------------ */

Window window_open(Arena *arena, ByteSource source)
{
    return (Window){.source = source,
                    .arena = arena,
                    .bytes = arena_alloc(arena, WINDOW_FIRST, 1),
                    .capacity = WINDOW_FIRST};
}

/* Makes room for a chunk: at first by forgetting what is done with. */
static void make_room(Window *w)
{
    if (w->begin) {
        memmove(w->bytes, w->bytes + w->begin, w->n - w->begin);
        w->n -= w->begin;
        w->begin = 0;
    }
    if (w->capacity - w->n >= CHUNK) return;
    size_t capacity = w->capacity * 2;
    w->bytes = arena_grow(w->arena, w->bytes, w->capacity, capacity, 1);
    w->capacity = capacity;
}

bool window_fill(Window *w)
{
    if (w->ended || w->error) return false;
    make_room(w);
    ssize_t n = w->source.read(w->source.state, w->bytes + w->n, CHUNK);
    if (n < 0) w->error = errno;
    w->ended = n == 0;
    if (n <= 0) return false;
    w->n += (size_t)n;
    w->total += n;
    return true;
}

Str window_text(const Window *w)
{
    return (Str){w->bytes + w->begin, w->n - w->begin};
}

static Str window_rest(const Window *w, size_t from)
{
    assert(from <= w->n);
    return (Str){w->bytes + from, w->n - from};
}

/* Behind the first line end from there; the end of the window when there is none. */
static size_t behind_line(const Window *w, size_t from)
{
    size_t at = from + str_find_char(window_rest(w, from), '\n');
    return at < w->n ? at + 1 : w->n;
}

/* ---- Encodings ------------------------------------------------------------------------------- */

static bool is_utf16(Str text)
{
    if (str_starts(text, S("\xFF\xFE")) || str_starts(text, S("\xFE\xFF"))) return true;
    size_t zeros = 0, seen = text.n < 200 ? text.n : 200;
    for (size_t i = 0; i < seen; i++) zeros += text.p[i] == 0;
    return seen > 3 && zeros * 3 > seen;
}

Str encoding_problem(Arena *arena, Str text, bool all)
{
    if (is_utf16(text)) return S("it is UTF-16; save it as CSV in UTF-8 (in Excel: \"CSV UTF-8\")");
    if (text.n >= 2 && memcmp(text.p, "PK", 2) == 0)
        return S("it is a spreadsheet or an archive; save it as CSV in UTF-8");
    int64_t line = 1;
    size_t at = 0, step;
    for (; (step = str_utf8_step(str_slice(text, at, text.n))); at += step)
        line += text.p[at] == '\n';
    if (at == text.n || (!all && at + 4 > text.n)) return S(""); /* a character may be cut off */
    return str_format(arena,
                      "line %" PRId64 " is not UTF-8 (Windows-1252, perhaps); save the file as CSV "
                      "in UTF-8 (in Excel: \"CSV UTF-8\")",
                      line);
}

/* ---- CSV ------------------------------------------------------------------------------------- */

static void feed(CsvInput *in)
{
    csv_push(&in->reader, window_rest(&in->window, in->fed));
    in->fed = in->window.n;
}

CsvInput csv_input(Window window)
{
    Arena *own = arena_new(CHUNK);
    CsvInput in = {.window = window,
                   .fed = window.begin,
                   .begin_line = 1,
                   .arena = own,
                   .trouble = arena_new(4096),
                   .reader = csv_reader(own)};
    feed(&in);
    return in;
}

void csv_input_close(CsvInput *in)
{
    arena_free(in->arena);
    arena_free(in->trouble);
}

/* The record is done with. */
static void begin_behind(CsvInput *in)
{
    in->window.begin = in->fed - in->reader.input.n;
    in->begin_line = in->reader.line;
}

/* The next record, or an error of the reader, or neither at the end. */
static bool read_record(CsvInput *in, CsvRecord *out)
{
    Window *w = &in->window;
    for (;;) {
        if (csv_next(&in->reader, out)) return true;
        if (in->reader.error.n) return false;
        size_t before = w->begin;
        bool more = window_fill(w);
        in->fed -= before - w->begin; /* the window may have moved */
        if (more)
            feed(in);
        else if (!in->reader.ended && !w->error)
            csv_end(&in->reader);
        else
            return false;
    }
}

/* Begins to read anew on the line behind the one that the window begins with. */
static void step_line(CsvInput *in)
{
    Window *w = &in->window;
    size_t columns = in->reader.columns, at = behind_line(w, w->begin);
    while (at == w->n && w->n && w->bytes[w->n - 1] != '\n') {
        w->begin = w->n; /* nothing of this line is needed */
        bool more = window_fill(w);
        at = behind_line(w, w->begin); /* the window may have moved */
        if (!more) break;
    }
    w->begin = at;
    in->fed = at;
    arena_reset(in->arena);
    in->reader = csv_reader_at(in->arena, ++in->begin_line, columns);
    feed(in);
}

/* Tries line by line until one begins a record that looks like one. */
static InputStep find_record(CsvInput *in)
{
    CsvRecord record;
    for (;;) {
        step_line(in);
        if (read_record(in, &record)) {
            if (!in->plausible || in->plausible(in->state, &record)) break;
        } else if (!in->reader.error.n) {
            in->problem.last_line = 0;
            return INPUT_STOPPED;
        }
    }
    in->problem.last_line = record.line - 1;
    begin_behind(in);
    in->kept = record;
    in->has_kept = true;
    return INPUT_BROKEN;
}

/* The reader's message without its line. */
static Str message_of(Arena *arena, Str error)
{
    Str line, message;
    str_cut(error, ':', &line, &message);
    return str_copy(arena, str_trim(message));
}

/* Copies of the fields that were complete, since the reader begins anew. */
static CsvRecord copy_record(Arena *arena, CsvRecord record)
{
    CsvRecord copy = {NEW_N(arena, Str, record.n + 1), record.n, record.line};
    for (size_t i = 0; i < record.n; i++) copy.fields[i] = str_copy(arena, record.fields[i]);
    return copy;
}

static InputStep go_on(CsvInput *in)
{
    Arena *arena = in->trouble;
    arena_reset(arena);
    CsvRecord begun = csv_begun(&in->reader);
    in->problem =
        (InputProblem){.line = begun.line, .message = message_of(arena, in->reader.error)};
    in->record = copy_record(arena, begun);
    if (csv_skip(&in->reader)) {
        bool ended = in->reader.line == begun.line; /* the file has no more lines */
        in->problem.last_line = ended ? begun.line : in->reader.line - 1;
        begin_behind(in);
        return INPUT_BROKEN;
    }
    in->problem.quotes = true;
    return in->reader.columns < COLUMNS_MIN ? INPUT_STOPPED : find_record(in);
}

InputStep csv_input_next(CsvInput *in)
{
    if (in->has_kept) {
        in->has_kept = false;
        in->record = in->kept;
        return INPUT_READ;
    }
    if (read_record(in, &in->record)) {
        begin_behind(in);
        return INPUT_READ;
    }
    if (in->reader.error.n) return go_on(in);
    return INPUT_END;
}

/* ---- Lines ----------------------------------------------------------------------------------- */

LineInput line_input(Window window)
{
    return (LineInput){.window = window};
}

/* Takes the window's next line, whose end is at `end`. */
static void take_line(LineInput *in, size_t end)
{
    Window *w = &in->window;
    in->line = (Str){w->bytes + w->begin, end - w->begin};
    if (str_ends(in->line, S("\r"))) in->line.n--;
    in->number++;
    w->begin = end < w->n ? end + 1 : end;
}

/* Passes over the rest of a line that is too long. */
static InputStep skip_line(LineInput *in)
{
    Window *w = &in->window;
    in->number++;
    in->problem = (InputProblem){
        .line = in->number, .last_line = in->number, .message = S("the line is too long")};
    for (;;) {
        size_t end = w->begin + str_find_char(window_rest(w, w->begin), '\n');
        w->begin = end < w->n ? end + 1 : w->n;
        if (end < w->n || !window_fill(w)) return INPUT_BROKEN;
    }
}

/* The next line, blank or not. */
static InputStep any_line(LineInput *in)
{
    Window *w = &in->window;
    size_t seen = 0; /* bytes without a line end */
    for (;;) {
        size_t end = w->begin + seen + str_find_char(window_rest(w, w->begin + seen), '\n');
        bool found = end < w->n;
        seen = w->n - w->begin;
        if (!found && seen > LINE_BYTES_MAX) return skip_line(in);
        if (!found && window_fill(w)) continue;
        if (!found && (!seen || w->error)) return INPUT_END;
        take_line(in, found ? end : w->n); /* the window may have moved */
        return INPUT_READ;
    }
}

static bool is_blank(Str line)
{
    return str_trim(line).n == 0;
}

InputStep line_input_next(LineInput *in)
{
    InputStep step;
    do step = any_line(in);
    while (step == INPUT_READ && is_blank(in->line));
    return step;
}
