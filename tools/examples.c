/* examples OUT.c DEPFILE FOLDER: the golden conversations below FOLDER as examples for OpenAPI.
 *
 * Writes a C source with `const char golden_examples[]` (and `golden_examples_size`), a JSON array
 * in the order of the files' names:
 *
 *     {"method": "POST", "target": "/v1/products", "status": 201, "summary": "A product with …",
 *      "request": {…}, "response": {…}}
 *
 * One for each method and target that was answered 2xx (ids in a target do not make another one of
 * it): the request with the line "# example" below its "###", else the first. Answers that a
 * conversation does not spell out ("<object>") are none. `request` and `response` are there where
 * the bodies are JSON. So an example in the documentation is what a test has seen, and nobody keeps
 * it up to date.
 *
 * The files' format is that of tests/golden (tests/README.md). What is known only when a
 * conversation is held gets a constant that looks like it: wildcards such as <time> and <id:prod>,
 * and the captures {{name}} that they make. A file that breaks the format ends the build with its
 * place.
 *
 * DEPFILE names the files and folders that were read, so that ninja runs this again when a
 * conversation changes or another one appears. Rejected: the examples that openapi.c could take
 * from field rows; they would show what fits the types, not what the shop does. */
#include "base/buf.h"
#include "literal.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { TEXT_MAX = 16 << 20, LINES_MAX = 100000, CAPTURES_MAX = 500 };

/* ---- The state ------------------------------------------------------------------------------- */

typedef struct Capture {
    Str name, value;
} Capture;

typedef struct Work {
    Arena *arena;
    FILE *depfile;
    json_t *examples; /* an object: by "METHOD target" without ids */
    json_t *chosen;   /* an object: those that are marked */

    /* Of the file at hand. */
    const char *path;
    Str *lines;
    size_t line_count;
    Capture captures[CAPTURES_MAX];
    size_t capture_count;
    int ids;     /* made up so far */
    bool hollow; /* a list, an object or anything was made up */
} Work;

static _Noreturn void fail(const Work *work, size_t line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "%s:%zu: ", work->path, line + 1);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(1);
}

/* ---- Wildcards and captures ------------------------------------------------------------------ */

/* <kind>, <kind:argument>, <kind as name>, <kind:argument as name> */
typedef struct Wildcard {
    Str kind, argument, name;
    size_t length; /* of the text that it takes up */
} Wildcard;

static bool is_word(Str text)
{
    for (size_t i = 0; i < text.n; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789_", text.p[i])) return false;
    return text.n > 0;
}

static bool wildcard_parse(Str text, Wildcard *out)
{
    static const char *const kinds[] = {"id",   "hex",  "string", "int",    "number",
                                        "time", "bool", "list",   "object", "any"};
    Wildcard w = {.length = str_find_char(text, '>') + 1};
    if (!str_starts(text, S("<")) || w.length > text.n) return false;
    Str inside = str_slice(text, 1, w.length - 1);
    size_t as = str_find(inside, S(" as "));
    if (as < inside.n) w.name = str_slice(inside, as + 4, inside.n);
    bool argument = str_cut(str_slice(inside, 0, as), ':', &w.kind, &w.argument);
    if ((as < inside.n && !is_word(w.name)) || (argument && !is_word(w.argument))) return false;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (str_eq(w.kind, str_from(kinds[i]))) {
            *out = w;
            return true;
        }
    return false;
}

static Str made_up_hex(Work *work, size_t line, Str digits)
{
    int64_t n = 0;
    if (!str_to_int(digits, &n) || n < 1 || n > 64)
        fail(work, line, "<hex:N> needs the number of its digits");
    return str_slice(S("5f0c2d7a91be4836d02f7c5e18a9b364e7015cd9827fb3a640d1c85e93b7f26a"), 0,
                     (size_t)n);
}

/* Each id is another one, so that an example does not say that a variant is its neighbour. */
static Str made_up_id(Work *work, size_t line, Str prefix)
{
    static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz"; /* Crockford's */
    if (!is_word(prefix)) fail(work, line, "<id:PREFIX> needs a prefix");
    int n = work->ids++;
    return str_format(work->arena, "%.*s_0d3k9v7m2c%c%c%c", STR_ARG(prefix), digits[n / 1024 % 32],
                      digits[n / 32 % 32], digits[n % 32]);
}

/* What stands for the wildcard inside a text. */
static Str made_up_text(Work *work, size_t line, const Wildcard *w)
{
    if (str_eq(w->kind, S("id"))) return made_up_id(work, line, w->argument);
    if (str_eq(w->kind, S("hex"))) return made_up_hex(work, line, w->argument);
    if (str_eq(w->kind, S("time"))) return S("2026-11-21T12:58:19.123456Z");
    if (str_eq(w->kind, S("int"))) return S("7");
    if (str_eq(w->kind, S("number"))) return S("7.5");
    if (str_eq(w->kind, S("string"))) return S("text");
    fail(work, line, "<%.*s> cannot stand inside a text", STR_ARG(w->kind));
}

/* What stands for a wildcard that fills its string and means a value; empty when it means text. */
static Str made_up_value(Work *work, const Wildcard *w)
{
    if (str_eq(w->kind, S("int"))) return S("7");
    if (str_eq(w->kind, S("number"))) return S("7.5");
    if (str_eq(w->kind, S("bool"))) return S("true");
    bool list = str_eq(w->kind, S("list")), object = str_eq(w->kind, S("object"));
    if (!list && !object && !str_eq(w->kind, S("any"))) return (Str){0};
    work->hollow = true;
    return list ? S("[]") : object ? S("{}") : S("null");
}

static void capture(Work *work, Str name, Str value)
{
    if (!name.n) return;
    for (size_t i = 0; i < work->capture_count; i++)
        if (str_eq(work->captures[i].name, name)) {
            work->captures[i].value = value;
            return;
        }
    assert(work->capture_count < CAPTURES_MAX);
    work->captures[work->capture_count++] = (Capture){name, value};
}

/* If {{name}} stands at the beginning of `text`: appends its value and returns its length. {{totp
 * name}} is a code. */
static size_t put_capture(Work *work, size_t line, Str text, Buf *out)
{
    size_t end = str_find(text, S("}}"));
    Str name = str_slice(text, 2, end);
    if (str_starts(text, S("{{totp ")) || str_starts(text, S("{{totp+1 "))) {
        buf_lit(out, "123456");
        return end + 2;
    }
    if (!str_starts(text, S("{{")) || end == text.n || !is_word(name)) return 0;
    for (size_t i = 0; i < work->capture_count; i++)
        if (str_eq(work->captures[i].name, name)) {
            buf_put(out, work->captures[i].value);
            return end + 2;
        }
    fail(work, line, "{{%.*s}} is not known: nothing before captured it", STR_ARG(name));
}

/* A request's text: captures are filled in, nothing else has a meaning. */
static Str fill_in(Work *work, size_t line, Str text)
{
    Buf out = buf_new(work->arena, TEXT_MAX);
    for (size_t i = 0; i < text.n;) {
        line += text.p[i] == '\n';
        size_t taken = put_capture(work, line, str_slice(text, i, text.n), &out);
        if (!taken) buf_char(&out, text.p[i++]);
        i += taken;
    }
    return buf_str(&out);
}

/* An expected text: wildcards too, and `<<` is a `<`. */
static Str make_up(Work *work, size_t line, Str text)
{
    Buf out = buf_new(work->arena, TEXT_MAX);
    for (size_t i = 0; i < text.n;) {
        Str rest = str_slice(text, i, text.n);
        Wildcard w;
        size_t taken = put_capture(work, line, rest, &out);
        if (!taken && str_starts(rest, S("<<"))) {
            buf_char(&out, '<');
            taken = 2;
        } else if (!taken && wildcard_parse(rest, &w)) {
            Str value = made_up_text(work, line, &w);
            buf_put(&out, value);
            capture(work, w.name, value);
            taken = w.length;
        }
        if (!taken) buf_char(&out, text.p[i++]);
        i += taken;
    }
    return buf_str(&out);
}

/* The length of the string literal at the beginning of `text`, without its quotes. */
static size_t string_length(Str text)
{
    size_t n = 0;
    while (1 + n < text.n && text.p[1 + n] != '"') n += text.p[1 + n] == '\\' ? 2 : 1;
    return n;
}

/* An expected JSON body: the same within its strings, and a wildcard that fills a string can mean
 * a value. */
static Str make_up_json(Work *work, size_t line, Str text)
{
    Buf out = buf_new(work->arena, TEXT_MAX);
    for (size_t i = 0; i < text.n; i++) {
        line += text.p[i] == '\n';
        if (text.p[i] != '"') {
            buf_char(&out, text.p[i]);
            continue;
        }
        size_t length = string_length(str_slice(text, i, text.n));
        Str inside = str_slice(text, i + 1, i + 1 + length);
        Wildcard w;
        bool whole = wildcard_parse(inside, &w) && w.length == inside.n;
        Str value = whole ? made_up_value(work, &w) : (Str){0};
        if (value.n) {
            buf_put(&out, value);
            capture(work, w.name, value);
        } else {
            buf_char(&out, '"');
            buf_put(&out, make_up(work, line, inside));
            buf_char(&out, '"');
        }
        i += length + 1;
    }
    return buf_str(&out);
}

/* ---- Conversations --------------------------------------------------------------------------- */

typedef struct Exchange {
    Str summary, method, target;
    size_t at; /* line of the method */
    int status;
    bool chosen;                /* marked as an example */
    bool hollow;                /* the answer is not spelt out */
    json_t *request, *response; /* NULL where the body is no JSON */
} Exchange;

static bool is_json(Str body)
{
    return body.n && strchr("{[\"", body.p[0]);
}

static json_t *load_json(Work *work, size_t line, Str text)
{
    json_error_t error;
    json_t *value = json_loadb(text.p, text.n, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &error);
    if (!value) fail(work, line + (size_t)error.line - 1, "%s", error.text);
    return value;
}

static bool is_header(Str line)
{
    size_t colon = str_find_char(line, ':');
    for (size_t i = 0; i < colon; i++) {
        char c = line.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(c >= '0' && c <= '9') && c != '-') return false;
    }
    return colon > 0 && colon < line.n;
}

/* Goes past the header lines at `at`; those of an answer may capture. Returns the line behind. */
static size_t read_headers(Work *work, size_t at, size_t end, bool answer)
{
    for (; at < end && work->lines[at].n; at++) {
        Str line = work->lines[at];
        if (answer && str_starts(line, S("!"))) continue;
        if (!is_header(line)) fail(work, at, "no header: %.*s", STR_ARG(line));
        Str name, value;
        str_cut(line, ':', &name, &value);
        if (answer) make_up(work, at, str_trim(value));
    }
    return at;
}

static bool is_blank(Str line)
{
    return str_trim(line).n == 0;
}

/* The body between two lines, without the blank lines around it; *first is its first line. */
static Str read_body(Work *work, size_t from, size_t end, size_t *first)
{
    while (end > from && is_blank(work->lines[end - 1])) end--;
    while (from < end && is_blank(work->lines[from])) from++;
    *first = from;
    return str_join(work->arena, (StrList){work->lines + from, end - from}, S("\n"));
}

static bool is_method(Str word)
{
    static const char *const methods[] = {"GET",   "HEAD",   "POST",    "PUT",
                                          "PATCH", "DELETE", "OPTIONS", "MAIL"};
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (str_eq(word, str_from(methods[i]))) return true;
    return false;
}

/* A body that is no JSON is no example, but what it captures counts. */
static void make_up_text_body(Work *work, size_t line, Str body)
{
    Wildcard w;
    if (!wildcard_parse(body, &w) || w.length < body.n) make_up(work, line, body);
}

static void read_answer(Work *work, size_t at, size_t end, Exchange *exchange)
{
    Str line = work->lines[at];
    int64_t status = 0;
    if (!str_starts(line, S("HTTP ")) || !str_to_int(str_slice(line, 5, line.n), &status) ||
        status < 100 || status > 599)
        fail(work, at, "expected \"HTTP\" and a status");
    exchange->status = (int)status;
    size_t first;
    Str body = read_body(work, read_headers(work, at + 1, end, true), end, &first);
    work->hollow = false;
    if (is_json(body))
        exchange->response = load_json(work, first, make_up_json(work, first, body));
    else
        make_up_text_body(work, first, body);
    exchange->hollow = work->hollow;
}

static bool is_answer(Str line)
{
    return str_eq(line, S("HTTP")) || str_starts(line, S("HTTP "));
}

/* Between a line "### …" and the next one. */
static Exchange read_exchange(Work *work, size_t start, size_t end)
{
    Exchange exchange = {.summary = str_trim(str_slice(work->lines[start], 3, TEXT_MAX))};
    if (!exchange.summary.n) fail(work, start, "the request has no name");
    size_t at = start + 1;
    for (; at < end && (is_blank(work->lines[at]) || work->lines[at].p[0] == '#'); at++)
        exchange.chosen = exchange.chosen || str_eq(work->lines[at], S("# example"));
    if (at == end || !str_cut(work->lines[at], ' ', &exchange.method, &exchange.target) ||
        !is_method(exchange.method) || !exchange.target.n)
        fail(work, at < end ? at : start, "expected a method and a target");
    exchange.at = at;
    exchange.target = fill_in(work, at, exchange.target);
    size_t answer = at;
    while (answer < end && !is_answer(work->lines[answer])) answer++;
    size_t first;
    Str body = read_body(work, read_headers(work, at + 1, answer, false), answer, &first);
    body = fill_in(work, first, body);
    if (answer == end) return exchange; /* nobody has said yet what the answer is */
    read_answer(work, answer, end, &exchange);
    /* A refused request may be broken on purpose. */
    if (exchange.status < 300 && is_json(body)) exchange.request = load_json(work, first, body);
    return exchange;
}

/* The lines before the first "###": headers, settings of the conversation, comments. */
static void read_preamble(Work *work, size_t end)
{
    static const char *const settings[] = {"@env ", "@serve ", "@seed "};
    for (size_t i = 0; i < end; i++) {
        Str line = work->lines[i];
        bool known = is_blank(line) || line.p[0] == '#' || is_header(line);
        for (size_t k = 0; k < sizeof settings / sizeof *settings; k++)
            known = known || str_starts(line, str_from(settings[k]));
        if (!known) fail(work, i, "neither a header nor a setting: %.*s", STR_ARG(line));
    }
}

static size_t next_start(const Work *work, size_t from)
{
    while (from < work->line_count && !str_starts(work->lines[from], S("###"))) from++;
    return from;
}

/* ---- Examples -------------------------------------------------------------------------------- */

/* "POST /v1/products/prod_0d3k9v7m2c001/variants?x=1" -> "POST /v1/products/prod_…/variants". */
static const char *exchange_key(Work *work, const Exchange *exchange)
{
    Str path, query, segment;
    str_cut(exchange->target, '?', &path, &query);
    Buf key = buf_new(work->arena, TEXT_MAX);
    buf_put(&key, exchange->method);
    buf_char(&key, ' ');
    for (bool more = true; more;) {
        more = str_cut(path, '/', &segment, &path);
        size_t made_up = str_find(segment, S("_0d3k9v7m2c"));
        buf_put(&key, str_slice(segment, 0, made_up));
        if (made_up < segment.n) buf_lit(&key, "_…");
        if (more) buf_char(&key, '/');
    }
    return str_z(work->arena, buf_str(&key));
}

static json_t *example_of(const Exchange *exchange)
{
    return json_pack("{s:s%, s:s%, s:i, s:s%, s:O*, s:O*}", "method", exchange->method.p,
                     exchange->method.n, "target", exchange->target.p, exchange->target.n, "status",
                     exchange->status, "summary", exchange->summary.p, exchange->summary.n,
                     "request", exchange->request, "response", exchange->response);
}

static void add_example(Work *work, const Exchange *exchange)
{
    bool documented = !str_eq(exchange->method, S("HEAD")) &&
                      !str_eq(exchange->method, S("OPTIONS")) &&
                      !str_eq(exchange->method, S("MAIL"));
    bool fits =
        documented && exchange->status >= 200 && exchange->status < 300 && !exchange->hollow;
    if (exchange->chosen && !fits)
        fail(work, exchange->at, "this can be no example: not answered 2xx, or not spelt out");
    if (!fits) return;
    const char *key = exchange_key(work, exchange);
    if (exchange->chosen && json_object_get(work->chosen, key))
        fail(work, exchange->at, "another request is the example of %s already", key);
    if (json_object_get(work->examples, key) && !exchange->chosen) return;
    json_t *example = example_of(exchange);
    if (!example) fail(work, exchange->at, "the example is no UTF-8");
    json_object_set_new(work->examples, key, example);
    if (exchange->chosen) json_object_set_new(work->chosen, key, json_true());
}

static Str read_whole(Work *work)
{
    FILE *in = fopen(work->path, "rb");
    if (!in) fail(work, 0, "%s", strerror(errno));
    Buf text = buf_new(work->arena, TEXT_MAX);
    for (int c; (c = getc(in)) != EOF;) buf_char(&text, (char)c);
    if (ferror(in) || text.full) fail(work, 0, "cannot be read");
    fclose(in);
    return buf_str(&text);
}

static void read_file(Work *work, const char *path)
{
    work->path = path;
    work->capture_count = 0;
    work->ids = 0;
    capture(work, S("admin"), S("sk_your_key"));
    capture(work, S("setup"), S("token"));
    capture(work, S("address"), S("http://127.0.0.1:8080"));
    Str text = read_whole(work);
    work->lines = NEW_N(work->arena, Str, LINES_MAX);
    work->line_count = 0;
    for (bool more = true; more; work->line_count++) {
        if (work->line_count == LINES_MAX) fail(work, LINES_MAX, "the file is too long");
        more = str_cut(text, '\n', &work->lines[work->line_count], &text);
    }
    size_t start = next_start(work, 0);
    if (start == work->line_count)
        fail(work, 0, "no request; one begins with \"### what it shows\"");
    read_preamble(work, start);
    while (start < work->line_count) {
        size_t end = next_start(work, start + 1);
        Exchange exchange = read_exchange(work, start, end);
        add_example(work, &exchange);
        json_decref(exchange.request);
        json_decref(exchange.response);
        start = end;
    }
}

/* ---- Files ----------------------------------------------------------------------------------- */

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void read_folder(Work *work, const char *folder)
{
    struct dirent **entries;
    work->path = folder;
    int n = scandir(folder, &entries, NULL, by_bytes);
    if (n < 0) fail(work, 0, "%s", strerror(errno));
    fprintf(work->depfile, " %s", folder);
    for (int i = 0; i < n; i++) {
        Str name = str_from(entries[i]->d_name);
        const char *path =
            str_z(work->arena, str_format(work->arena, "%s/%.*s", folder, STR_ARG(name)));
        struct stat about;
        if (!str_starts(name, S(".")) && stat(path, &about) == 0 && S_ISDIR(about.st_mode)) {
            read_folder(work, path);
        } else if (str_ends(name, S(".http"))) {
            fprintf(work->depfile, " %s", path);
            read_file(work, path);
        }
        free(entries[i]);
    }
    free(entries);
}

static bool write_source(const Work *work, const char *path)
{
    FILE *out = fopen(path, "w");
    json_t *list = json_array(), *example;
    const char *key;
    json_object_foreach(work->examples, key, example) json_array_append(list, example);
    char *json = json_dumps(list, JSON_COMPACT);
    if (!out || !json) return false;
    fputs("#include <stddef.h>\nconst char golden_examples[] =\n\"", out);
    Literal literal = {.out = out};
    for (const char *c = json; *c; c++) literal_put(&literal, *c);
    fprintf(out, "\";\nconst size_t golden_examples_size = %zu;\n", strlen(json));
    free(json);
    json_decref(list);
    return fclose(out) == 0;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: examples OUT.c DEPFILE FOLDER\n");
        return 2;
    }
    Work *work = calloc(1, sizeof *work);
    if (!work) return 1;
    work->arena = arena_new(1 << 20);
    work->examples = json_object();
    work->chosen = json_object();
    work->path = argv[2];
    work->depfile = fopen(argv[2], "w");
    if (!work->depfile) fail(work, 0, "%s", strerror(errno));
    fprintf(work->depfile, "%s:", argv[1]);
    read_folder(work, argv[3]);
    fputc('\n', work->depfile);
    bool written = fclose(work->depfile) == 0 && write_source(work, argv[1]);
    json_decref(work->examples);
    json_decref(work->chosen);
    arena_free(work->arena);
    free(work);
    return written ? 0 : 1;
}
