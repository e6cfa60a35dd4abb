/* The OpenAPI document: one walk over the rows of all modules.
 *
 * Nothing is said here about any single route. What an operation takes and answers follows from its
 * row: parameters from the path and the query type, bodies from the body type, refusals from
 * refusals.h, headers from what the framework does for such a row. The component parts (schemas,
 * responses) are those that the operations referred to; they are collected while the paths are
 * written and come last, so that nothing is described that nothing uses.
 *
 * A type has up to three schemas, because the three uses differ in what must be there: `Product` as
 * it is answered (every field), `ProductCreate` as a new one is sent, `ProductPatch` as a merge
 * patch of it. One schema with readOnly marks was rejected: clients generated from it cannot know
 * which fields an answer always has.
 *
 * A refusal's response lists its codes as named examples, and tests/openapi/check holds every
 * refusal that the tests saw against that list. */
#include "platform/api/openapi.h"

#include "platform/api/access.h"
#include "platform/api/fields.h"
#include "platform/api/openapi_writer.h"
#include "platform/api/refusals.h"
#include "platform/api/throttle.h"
#include "platform/http/fault.h"

#include <assert.h>

/* ---- Small parts ----------------------------------------------------------------------------- */

/* "Read a product." -> "Read a product": a title, as the navigation shows it. */
static Str title_of(const char *doc)
{
    Str title = str_from(doc);
    return str_ends(title, S(".")) ? str_slice(title, 0, title.n - 1) : title;
}

/* ---- Parameters ------------------------------------------------------------------------------ */

static void begin_parameter(Writer *w, const char *place, Str name, bool required)
{
    json_out_begin(w->out, '{');
    write_text(w, "name", name);
    write_z(w, "in", place);
    if (required) write_true(w, "required");
}

/* {id:prod}: an id of that prefix; {locale}: any text. */
static void write_path_parameter(Writer *w, Str inside)
{
    Str name, prefix;
    bool typed = str_cut(inside, ':', &name, &prefix);
    begin_parameter(w, "path", name, true);
    if (typed)
        write_text(w, "description",
                   str_format(w->arena, "An id: `%.*s_` and %d letters or digits.", STR_ARG(prefix),
                              ID_DIGITS));
    begin(w, "schema");
    write_z(w, "type", "string");
    if (typed)
        write_text(
            w, "pattern",
            str_format(w->arena, "^%.*s_[0-9a-hjkmnp-tv-z]{%d}$", STR_ARG(prefix), ID_DIGITS));
    end(w);
    end(w);
}

static void write_path_parameters(Writer *w, const Route *route)
{
    Str rest = str_from(route->path), segment;
    for (bool more = true; more;) {
        more = str_cut(rest, '/', &segment, &rest);
        if (str_starts(segment, S("{")))
            write_path_parameter(w, str_slice(segment, 1, segment.n - 1));
    }
}

static void write_header_parameter(Writer *w, const char *name, const char *doc, bool required)
{
    begin_parameter(w, "header", str_from(name), required);
    write_z(w, "description", doc);
    begin(w, "schema");
    write_z(w, "type", "string");
    end(w);
    end(w);
}

static bool takes_idempotency_key(const Route *route)
{
    return route->method == METHOD_POST && route->tx == TX_WRITE && !route->secret;
}

static void write_header_parameters(Writer *w, const Route *route)
{
    if (route->method == METHOD_GET)
        write_header_parameter(w, "If-None-Match",
                               "ETags that the caller has: 304 when one is the current one.",
                               false);
    if (route->if_match)
        write_header_parameter(
            w, "If-Match", "The ETag of the state that is to be changed: 412 when it has changed.",
            false);
    if (route->token)
        write_header_parameter(w, route->token, "The token by which a guest has it.", false);
    if (takes_idempotency_key(route))
        write_header_parameter(
            w, "Idempotency-Key",
            "A fresh random text of at most 255 characters: sending the request again with the "
            "same key within 24 hours repeats the answer and does nothing.",
            route->key_required);
}

static void write_parameters(Writer *w, const Route *route)
{
    json_out_key(w->out, "parameters");
    json_out_begin(w->out, '[');
    write_path_parameters(w, route);
    if (route->query) schema_parameters(&w->schemas, w->out, route->query);
    if (route_takes_fields(route)) schema_parameters(&w->schemas, w->out, &fields_query_type);
    write_header_parameters(w, route);
    json_out_end(w->out, ']');
}

/* ---- Bodies ---------------------------------------------------------------------------------- */

/* What the golden conversation has under this name, "request" or "response", if anything. A named
 * example, since readers of documents stumble over nulls in an unnamed one (RapiDoc 9.3). */
static void write_example(Writer *w, const json_t *shown, const char *part)
{
    const json_t *value = json_object_get(shown, part);
    if (!value) return;
    begin(w, "examples");
    begin(w, "example");
    write_json(w, "summary", json_object_get(shown, "summary"));
    write_json(w, "value", value);
    end(w);
    end(w);
}

/* A media type with the schema of `type` and that example. */
static void write_media(Writer *w, Str media, const Type *type, SchemaUse use, const json_t *shown)
{
    json_out_key_str(w->out, media);
    json_out_begin(w->out, '{');
    json_out_key(w->out, "schema");
    schema_ref(&w->schemas, w->out, type, use);
    write_example(w, shown, use == SCHEMA_OUTPUT ? "response" : "request");
    end(w);
}

static void write_list_media(Writer *w, const Route *route, const json_t *shown)
{
    begin(w, "application/json");
    json_out_key(w->out, "schema");
    write_list_ref(w, route->reply, route->notes);
    write_example(w, shown, "response");
    end(w);
}

/* A body that nothing here reads: its media type has to say enough. A document of somebody else's is an
 * object, whatever is in it. */
static void write_opaque_media(Writer *w, const char *media)
{
    begin(w, media);
    begin(w, "schema");
    write_z(w, "type", strcmp(media, "application/json") == 0 ? "object" : "string");
    end(w);
    end(w);
}

static void write_request_body(Writer *w, const Route *route, const json_t *shown)
{
    if (!route->body && !route->takes) return;
    bool patch = route->body_mode == BODY_MERGE_PATCH;
    SchemaUse use = patch ? SCHEMA_PATCH : SCHEMA_CREATE;
    begin(w, "requestBody");
    write_true(w, "required");
    begin(w, "content");
    Str media = route->takes ? str_from(route->takes) : S("application/json");
    if (route->body)
        write_media(w, media, route->body, use, shown);
    else
        write_opaque_media(w, route->takes);
    if (patch) write_media(w, S("application/merge-patch+json"), route->body, use, shown);
    end(w);
    end(w);
}

/* What is no document of a type: "text/plain, application/openmetrics-text". */
static void write_other_media(Writer *w, const Route *route, const json_t *shown)
{
    Str rest = str_from(route->content_type), media;
    for (bool more = true; more;) {
        more = str_cut(rest, ',', &media, &rest);
        media = str_trim(media);
        bool json = str_eq(media, S("application/json"));
        json_out_key_str(w->out, media);
        json_out_begin(w->out, '{');
        begin(w, "schema");
        write_z(w, "type", json ? "object" : "string");
        end(w);
        if (json) write_example(w, shown, "response");
        end(w);
    }
}

static bool has_content(const Route *route, int status)
{
    return status != 303 && (route->reply || route->content_type);
}

static void write_content(Writer *w, const Route *route, int status, const json_t *shown)
{
    if (!has_content(route, status)) return;
    begin(w, "content");
    if (route->reply)
        if (route->list)
            write_list_media(w, route, shown);
        else
            write_media(w, S("application/json"), route->reply, SCHEMA_OUTPUT, shown);
    else
        write_other_media(w, route, shown);
    end(w);
}

/* ---- Responses ------------------------------------------------------------------------------- */

static int status_of(const Route *route)
{
    if (route->status) return route->status;
    return route->reply || route->content_type ? 200 : 204;
}

static const char *success_of(const Route *route, int status)
{
    if (status == 303) return "`Location` is where it goes on.";
    if (status == route->status_again && route->reply)
        return "It was there already; nothing was changed.";
    if (status == 201) return "It was made.";
    if (status == 206) return "The part that `Range` asked for.";
    if (status == 204) return "It was done; there is nothing to send.";
    if (route->method != METHOD_GET) return "It was done.";
    return route->list ? "A page of them." : route->reply ? route->reply->doc : "Here it is.";
}

static bool is_paged(const Route *route)
{
    return route->list && route->query && type_field(route->query, S("cursor"));
}

static void write_headers(Writer *w, const Route *route, int status)
{
    static const char *const cache_headers[] = {"Cache-Control", "Cache-Status", "Age"};
    begin(w, "headers");
    write_key_ref(w, "X-Request-Id", "headers", S("X-Request-Id"));
    if (has_content(route, status)) write_key_ref(w, "ETag", "headers", S("ETag"));
    if (status == 201 || status == 303) write_key_ref(w, "Location", "headers", S("Location"));
    if (is_paged(route)) write_key_ref(w, "Link", "headers", S("Link"));
    for (int i = 0; route->cached && i < 3; i++)
        write_key_ref(w, cache_headers[i], "headers", str_from(cache_headers[i]));
    if (takes_idempotency_key(route))
        write_key_ref(w, "Idempotent-Replayed", "headers", S("Idempotent-Replayed"));
    if (route_limit(route)) {
        write_key_ref(w, "RateLimit-Policy", "headers", S("RateLimit-Policy"));
        write_key_ref(w, "RateLimit", "headers", S("RateLimit"));
    }
    end(w);
}

static void begin_response(Writer *w, int status)
{
    begin(w, str_z(w->arena, str_format(w->arena, "%d", status)));
}

static void write_success_of(Writer *w, const Route *route, int status, const json_t *shown)
{
    begin_response(w, status);
    write_z(w, "description", success_of(route, status));
    write_headers(w, route, status);
    write_content(w, route, status, shown);
    end(w);
}

static void write_success(Writer *w, const Route *route, const json_t *shown)
{
    int status = status_of(route);
    if (route->status_again) write_success_of(w, route, route->status_again, NULL);
    write_success_of(w, route, status, shown);
    if (route->ranges) write_success_of(w, route, 206, NULL);
    if (route->method != METHOD_GET) return;
    begin_response(w, 304);
    write_z(w, "description", "The caller has it: one of the ETags in If-None-Match is current.");
    write_headers(w, route, status);
    end(w);
}

/* A second status with the document of the first, beside the refusals of that status. */
static void write_failing(Writer *w, const Route *route, const Error *const *errors, size_t n)
{
    begin_response(w, route->status_failing);
    write_z(w, "description", "The same document; it says what is wrong.");
    begin(w, "content");
    if (route->reply)
        write_media(w, S("application/json"), route->reply, SCHEMA_OUTPUT, NULL);
    else
        write_opaque_media(w, route->content_type);
    if (n) write_problem_media(w, errors, n);
    end(w);
    end(w);
}

/* The status of a refusal as this route writes it; the HTTP core's are its own. */
static int refusal_status(const Route *route, const Error *error)
{
    bool core = error->status == http_faults[HTTP_LARGE_BODY].status;
    return route->refusals && !core ? route->refusals->status(error) : error->status;
}

/* By status and, of those that share it in a foreign protocol, in the order of the rows. */
static void order_refusals(const Route *route, Refusals *all)
{
    for (size_t i = 1; i < all->n; i++) {
        const Error *error = all->items[i];
        int status = refusal_status(route, error);
        size_t at = i;
        for (; at > 0 && refusal_status(route, all->items[at - 1]) > status; at--)
            all->items[at] = all->items[at - 1];
        all->items[at] = error;
    }
}

static void write_foreign_refusals(Writer *w, const Route *route, const Error *const *errors,
                                   size_t n, int status)
{
    Buf prose = buf_new(w->arena, 1 << 16);
    for (size_t i = 0; i < n; i++)
        buf_format(&prose, "%s%s %s", i ? "\n\n" : "", errors[i]->title, errors[i]->doc);
    begin_response(w, status);
    write_text(w, "description", buf_str(&prose));
    begin(w, "content");
    write_media(w, S("application/json"), route->refusals->type, SCHEMA_OUTPUT, NULL);
    end(w);
    end(w);
}

static void write_refusals(Writer *w, const Route *route)
{
    Refusals *all = NEW(w->arena, Refusals);
    *all = refusals_of(route);
    order_refusals(route, all);
    bool failing = route->status_failing == 0;
    for (size_t i = 0, n; i < all->n; i += n) {
        const Error **errors = &all->items[i];
        int status = refusal_status(route, errors[0]);
        for (n = 1; i + n < all->n && refusal_status(route, errors[n]) == status;) n++;
        if (route->refusals && status != http_faults[HTTP_LARGE_BODY].status) {
            write_foreign_refusals(w, route, errors, n, status);
            continue;
        }
        if (status == route->status_failing) {
            write_failing(w, route, errors, n);
            failing = true;
            continue;
        }
        begin_response(w, status);
        write_ref(w, "responses", refusal_name(w, errors, n));
        end(w);
    }
    if (!failing) write_failing(w, route, NULL, 0);
    write_key_ref(w, "default", "responses", S("refusal"));
}

/* ---- Operations ------------------------------------------------------------------------------ */

static const json_t *example_of(const Writer *w, const Route *route)
{
    size_t i;
    const json_t *example;
    json_array_foreach(w->examples, i, example)
    {
        const char *method = json_string_value(json_object_get(example, "method"));
        Str path, query;
        str_cut(str_from(json_string_value(json_object_get(example, "target"))), '?', &path,
                &query);
        if (!str_eq(str_from(method), method_text(route->method))) continue;
        if (json_integer_value(json_object_get(example, "status")) != status_of(route)) continue;
        if (router_match(w->router, w->arena, route->method, path).route == route) return example;
    }
    return NULL;
}

/* Staff only, shoppers and staff, clients of OAuth 2, or nobody asks. */
static void write_security(Writer *w, const Route *route)
{
    json_out_key(w->out, "security");
    json_out_begin(w->out, '[');
    bool open = route_is_public(route);
    if (open && route->tx != TX_NONE) json_out_raw(w->out, S("{}"));
    if (route->own_credentials)
        json_out_raw(w->out, S("{\"client\":[]}"));
    else if (!open || route->tx != TX_NONE)
        json_out_raw(w->out, w->login ? S("{\"key\":[]},{\"user\":[]}") : S("{\"key\":[]}"));
    json_out_end(w->out, ']');
}

static void write_description(Writer *w, const Route *route)
{
    Buf prose = buf_new(w->arena, 1 << 16);
    access_write(&prose, route);
    if (!route_is_public(route) && route->detail) buf_lit(&prose, "\n\n");
    buf_put(&prose, str_from(route->detail));
    if (prose.n) write_text(w, "description", buf_str(&prose));
    if (route->needs) write_z(w, "x-permission", route->needs->name);
    if (route->lenient) write_true(w, "x-lenient"); /* unknown parameters are ignored */
}

static void write_operation(Writer *w, const Module *module, const Route *route)
{
    const json_t *shown = example_of(w, route);
    Str method = str_lower(w->arena, method_text(route->method));
    json_out_key_str(w->out, method);
    json_out_begin(w->out, '{');
    write_z(w, "operationId", route->name);
    json_out_key(w->out, "tags");
    json_out_begin(w->out, '[');
    json_out_z(w->out, module->name);
    json_out_end(w->out, ']');
    write_text(w, "summary", title_of(route->doc));
    write_description(w, route);
    write_security(w, route);
    write_parameters(w, route);
    write_request_body(w, route, shown);
    begin(w, "responses");
    write_success(w, route, shown);
    write_refusals(w, route);
    end(w);
    end(w);
}

/* ---- Paths ----------------------------------------------------------------------------------- */

typedef struct Modules {
    const Module *const *items;
    size_t n;
} Modules;

/* "/v1/products/{id:prod}" -> "/v1/products/{id}" */
static Str template_of(Writer *w, const Route *route)
{
    Buf out = buf_new(w->arena, strlen(route->path) + 1);
    bool prefix = false;
    for (const char *c = route->path; *c; c++) {
        prefix = *c == ':' || (prefix && *c != '}');
        if (!prefix) buf_char(&out, *c);
    }
    return buf_str(&out);
}

/* All methods of the path, unless an earlier row of it has written them. */
static void write_path(Writer *w, Modules modules, const Route *first)
{
    bool begun = false;
    for (size_t i = 0; i < modules.n; i++)
        for (size_t k = 0; k < modules.items[i]->route_count; k++) {
            const Route *route = &modules.items[i]->routes[k];
            if (!str_eq(str_from(route->path), str_from(first->path))) continue;
            if (!begun && route != first) return;
            if (!begun) {
                json_out_key_str(w->out, template_of(w, first));
                json_out_begin(w->out, '{');
            }
            begun = true;
            write_operation(w, modules.items[i], route);
        }
    end(w);
}

static void write_paths(Writer *w, Modules modules)
{
    begin(w, "paths");
    for (size_t i = 0; i < modules.n; i++)
        for (size_t k = 0; k < modules.items[i]->route_count; k++)
            write_path(w, modules, &modules.items[i]->routes[k]);
    end(w);
}

/* ---- The document ---------------------------------------------------------------------------- */

static void write_info(Writer *w, const OpenapiText *text)
{
    Str heading, introduction = text->introduction;
    if (str_starts(introduction, S("# "))) str_cut(introduction, '\n', &heading, &introduction);
    while (str_starts(introduction, S("\n")))
        introduction = str_slice(introduction, 1, introduction.n);
    begin(w, "info");
    write_z(w, "title", "Souk");
    write_text(w, "version", text->version);
    write_text(w, "description", introduction);
    begin(w, "license");
    write_z(w, "name", "MIT");
    write_z(w, "identifier", "MIT");
    end(w);
    end(w);
    json_out_key(w->out, "servers");
    json_out_raw(w->out, S("[{\"url\":\"/\",\"description\":\"This shop.\"}]"));
}

/* In the order in which they are shown: what stands on others first, as readers look for it. */
static void write_tags(Writer *w, Modules modules)
{
    json_out_key(w->out, "tags");
    json_out_begin(w->out, '[');
    for (size_t i = modules.n; i-- > 0;) {
        if (!modules.items[i]->route_count) continue;
        json_out_begin(w->out, '{');
        write_z(w, "name", modules.items[i]->name);
        write_z(w, "description", modules.items[i]->doc);
        end(w);
    }
    json_out_end(w->out, ']');
}

static Router *route_all(Arena *arena, Modules modules)
{
    Router *router = router_new(arena);
    Str why;
    for (size_t i = 0; i < modules.n; i++)
        for (size_t k = 0; k < modules.items[i]->route_count; k++) {
            bool added = router_add(router, &modules.items[i]->routes[k], NULL, &why);
            assert(added);
        }
    return router;
}

void openapi_write(Buf *out, const Module *const *modules, size_t module_count,
                   const OpenapiText *text)
{
    JsonOut json = json_out(out);
    Arena *arena = out->arena;
    Modules all = {modules, module_count};
    json_t *examples = json_loadb(text->examples.p, text->examples.n, 0, NULL);
    Writer w = {.out = &json,
                .arena = arena,
                .router = route_all(arena, all),
                .examples = examples,
                .login = text->login,
                .schemas = schema_set(arena),
                .lists = NEW_N(arena, ListSchema, OPENAPI_LISTS_MAX),
                .refusals = NEW_N(arena, RefusalSet, OPENAPI_RESPONSES_MAX)};
    json_out_begin(&json, '{');
    write_z(&w, "openapi", "3.1.0");
    write_info(&w, text);
    write_tags(&w, all);
    write_paths(&w, all);
    write_components(&w);
    json_out_end(&json, '}');
    json_decref(examples);
    assert(!out->full);
}
