/* The components of the OpenAPI document: what the operations refer to.
 *
 * openapi.c writes the operations first; whatever they name on the way (lists of a type, sets of
 * refusals, types) is noted in the Writer, each once, and written here behind them. So a component is
 * there exactly when somebody refers to it, and two operations that can refuse the same way share one
 * response. Rejected: writing every type of the program, since most are no business of a client. */
#include "platform/api/openapi_writer.h"

#include "platform/api/errors.h"
#include "platform/api/problem.h"

#include <assert.h>

extern const char api_problem_schemas[];
extern const size_t api_problem_schemas_size;

/* ---- What is referred to --------------------------------------------------------------------- */

void write_list_ref(Writer *w, const Type *type, const Type *notes)
{
    size_t i = 0;
    while (i < w->list_count && w->lists[i].type != type) i++;
    assert(i < OPENAPI_LISTS_MAX);
    if (i == w->list_count) w->lists[w->list_count++] = (ListSchema){type, notes};
    json_out_begin(w->out, '{');
    write_ref(w, "schemas", str_format(w->arena, "%sList", type->name));
    end(w);
}

static bool same_errors(const RefusalSet *a, const RefusalSet *b)
{
    return a->n == b->n && memcmp(a->errors, b->errors, a->n * sizeof(const Error *)) == 0;
}

Str refusal_name(Writer *w, const Error *const *errors, size_t n)
{
    RefusalSet set = {.errors = errors, .n = n};
    for (size_t i = 0; i < w->refusal_count; i++)
        if (same_errors(&w->refusals[i], &set)) return w->refusals[i].name;
    StrList codes = {NEW_N(w->arena, Str, n), n};
    for (size_t i = 0; i < n; i++) codes.items[i] = str_from(errors[i]->code);
    set.name = str_join(w->arena, codes, S("."));
    assert(w->refusal_count < OPENAPI_RESPONSES_MAX);
    w->refusals[w->refusal_count++] = set;
    return set.name;
}

/* ---- Refusals -------------------------------------------------------------------------------- */

/* What an answer to this refusal looks like. */
static void write_problem_example(Writer *w, const Error *error)
{
    begin(w, error->code);
    write_z(w, "summary", error->title);
    json_out_key(w->out, "value");
    json_out_raw(w->out, problem_text(w->arena, error, (Str){0}, NULL, (Str){0}));
    end(w);
}

void write_problem_media(Writer *w, const Error *const *errors, size_t n)
{
    begin(w, "application/problem+json");
    write_key_ref(w, "schema", "schemas", S("Problem"));
    begin(w, "examples");
    for (size_t i = 0; i < n; i++) write_problem_example(w, errors[i]);
    end(w);
    end(w);
}

static void write_refusal_headers(Writer *w, int status)
{
    bool limited = status == 429, later = limited || status == 503;
    if (status != 401 && !later) return;
    begin(w, "headers");
    if (status == 401) write_key_ref(w, "WWW-Authenticate", "headers", S("WWW-Authenticate"));
    if (later) write_key_ref(w, "Retry-After", "headers", S("Retry-After"));
    if (limited) write_key_ref(w, "RateLimit-Policy", "headers", S("RateLimit-Policy"));
    if (limited) write_key_ref(w, "RateLimit", "headers", S("RateLimit"));
    end(w);
}

static void write_refusal_set(Writer *w, const RefusalSet *set)
{
    Buf prose = buf_new(w->arena, 1 << 16);
    for (size_t i = 0; i < set->n; i++)
        buf_format(&prose, "%s`%s` %s %s", i ? "\n\n" : "", set->errors[i]->code,
                   set->errors[i]->title, set->errors[i]->doc);
    json_out_key_str(w->out, set->name);
    json_out_begin(w->out, '{');
    write_text(w, "description", buf_str(&prose));
    write_refusal_headers(w, set->errors[0]->status);
    begin(w, "content");
    write_problem_media(w, set->errors, set->n);
    end(w);
    end(w);
}

/* ---- Components ------------------------------------------------------------------------------ */

/* Members that are there when they were asked for. */
static void write_notes(Writer *w, const Type *notes)
{
    for (size_t i = 0; notes && i < notes->field_count; i++) {
        const Field *field = &notes->fields[i];
        begin(w, field->name);
        write_z(w, "description", field->doc);
        json_out_key(w->out, "allOf");
        json_out_begin(w->out, '[');
        schema_field(&w->schemas, w->out, field, SCHEMA_OUTPUT);
        json_out_end(w->out, ']');
        end(w);
    }
}

static void write_list_schema(Writer *w, const Type *type, const Type *notes)
{
    begin(w, str_z(w->arena, str_format(w->arena, "%sList", type->name)));
    write_z(w, "type", "object");
    write_text(w, "description", str_format(w->arena, "A page of %s.", type->name));
    json_out_key(w->out, "required");
    json_out_raw(w->out, S("[\"data\",\"has_more\",\"next_cursor\"]"));
    begin(w, "properties");
    begin(w, "data");
    write_z(w, "type", "array");
    json_out_key(w->out, "items");
    schema_ref(&w->schemas, w->out, type, SCHEMA_OUTPUT);
    end(w);
    json_out_key(w->out, "has_more");
    json_out_raw(w->out, S("{\"type\":\"boolean\",\"description\":\"Is there a next page?\"}"));
    json_out_key(w->out, "next_cursor");
    json_out_raw(w->out, S("{\"type\":[\"string\",\"null\"],\"description\":\"Send it as "
                           "`cursor` for the next page; null on the last one.\"}"));
    write_notes(w, notes);
    end(w);
    end(w);
}

/* Problem documents are written by hand (problem.c), since what they lack they leave out; so their
 * schemas are, too. */
static void write_problem_schemas(Writer *w)
{
    json_t *parts = json_loadb(api_problem_schemas, api_problem_schemas_size, 0, NULL), *schema;
    const char *name;
    json_object_foreach(parts, name, schema) write_json(w, name, schema);
    json_decref(parts);
}

static void write_schemas(Writer *w)
{
    begin(w, "schemas");
    write_problem_schemas(w);
    for (size_t i = 0; i < w->list_count; i++)
        write_list_schema(w, w->lists[i].type, w->lists[i].notes);
    schema_components(&w->schemas, w->out);
    end(w);
}

static void write_responses(Writer *w)
{
    begin(w, "responses");
    for (size_t i = 0; i < w->refusal_count; i++) write_refusal_set(w, &w->refusals[i]);
    const Error *internal = &error_internal;
    RefusalSet any = {S("refusal"), &internal, 1};
    write_refusal_set(w, &any);
    end(w);
}

typedef struct Header {
    const char *name, *doc;
    bool required;
} Header;

static void write_response_headers(Writer *w)
{
    static const Header headers[] = {
        {"X-Request-Id", "Names this request in the shop's log.", true},
        {"ETag",
         "The state of what was sent. `If-None-Match` asks for another one only, `If-Match` makes "
         "a change conditional; the tag of any projection (language, channel, currency) will do.",
         true},
        {"Location", "Where the new object is.", true},
        {"Link", "The next page, `rel=\"next\"`, when there is one (RFC 8288).", false},
        {"Cache-Control", "How long it may be used again without asking.", false},
        {"Cache-Status",
         "Whether the shop had the answer in memory: `souk; hit`, `souk; fwd=miss; stored`, … "
         "(RFC 9211).",
         false},
        {"Age", "Of an answer from memory: the seconds since it was made.", false},
        {"Idempotent-Replayed", "`true`: the answer was kept from the first time.", false},
        {"WWW-Authenticate", "`Bearer` (RFC 6750).", true},
        {"Retry-After", "Seconds.", false},
        {"RateLimit-Policy",
         "The limits that have counted the request: `\"writes\";q=600;w=60` is 600 in any 60 "
         "seconds (draft-ietf-httpapi-ratelimit-headers-11). Missing where nothing is limited.",
         false},
        {"RateLimit",
         "What is left of each: `\"writes\";r=99;t=1` is 99 at once, and all of it again in a "
         "second.",
         false},
    };
    begin(w, "headers");
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        begin(w, headers[i].name);
        write_z(w, "description", headers[i].doc);
        if (headers[i].required) write_true(w, "required");
        json_out_key(w->out, "schema");
        json_out_raw(w->out, S("{\"type\":\"string\"}"));
        end(w);
    }
    end(w);
}

/* By which a reader of the documentation logs in, too: RapiDoc takes the client from the marks with x-. */
static void write_login_schemes(Writer *w)
{
    begin(w, "user");
    write_z(w, "type", "oauth2");
    write_z(w, "description",
            "A user, by his e-mail address and password: access tokens of a quarter of an hour.");
    begin(w, "flows");
    begin(w, "password");
    write_z(w, "tokenUrl", w->login->token_path);
    write_z(w, "refreshUrl", w->login->token_path);
    write_z(w, "x-client-id", w->login->client_id);
    write_z(w, "x-receive-token-in", "request-body");
    begin(w, "scopes");
    write_z(w, "*", "All that the user may do.");
    end(w);
    end(w);
    end(w);
    end(w);
    begin(w, "client");
    write_z(w, "type", "http");
    write_z(w, "scheme", "basic");
    write_z(w, "description", "A client of OAuth 2: its `client_id` and `client_secret`.");
    end(w);
}

void write_components(Writer *w)
{
    begin(w, "components");
    write_schemas(w);
    write_responses(w);
    write_response_headers(w);
    begin(w, "securitySchemes");
    begin(w, "key");
    write_z(w, "type", "http");
    write_z(w, "scheme", "bearer");
    write_z(w, "description", "A secret key, `sk_…`. `souk key add` makes one.");
    end(w);
    if (w->login) write_login_schemes(w);
    end(w);
    end(w);
}
