#include "platform/api/errors.h"
#include "platform/api/openapi.h"
#include "platform/api/refusals.h"
#include "platform/http/fault.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <jansson.h>

typedef struct Thing {
    Id id;
    Str name;
} Thing;

static const Type thing_type =
    TYPE(Thing, "A thing.", FIELD(Thing, id, "Its id.", .prefix = "thing", .read_only = true),
         FIELD(Thing, name, "Its name.", .required = true));

static const Error error_taken = {"taken", 409, "It is taken.", LOG_DEBUG, "Take another one."};
static const Error *const errors[] = {&error_taken, NULL};
static const Permission things_write = {"things:write", "Make things.", .roles = ""};

static Reply nothing_handler(Request *rq, const void *body)
{
    (void)rq;
    (void)body;
    return (Reply){0};
}
#define read_thing_handler nothing_handler
#define make_thing_handler nothing_handler
#define page_handler       nothing_handler
#define take_file_handler  nothing_handler
#define take_form_handler  nothing_handler
#define give_token_handler nothing_handler

static int foreign_status(const Error *error)
{
    return error->status < 500 ? 400 : error->status;
}

static const RefusalForm foreign_refusals = {.type = &thing_type, .status = foreign_status};

static const Route routes[] = {
    ROUTE(GET, "/v1/things/{id:thing}", read_thing, "Read a thing.", .tx = TX_READ,
          .reply = &thing_type),
    ROUTE(GET, "/page", page, "A page.", .content_type = "text/html", .lenient = true),
    ROUTE(POST, "/v1/things", make_thing, "Make a thing.", .tx = TX_WRITE, .needs = &things_write,
          .body = &thing_type, .reply = &thing_type, .status = 201, .errors = errors),
    ROUTE(PUT, "/v1/things", take_file, "Take a file of things.", .tx = TX_WRITE,
          .takes = "text/csv"),
    ROUTE(PATCH, "/v1/things", take_form, "Take a form.", .tx = TX_WRITE, .body = &thing_type,
          .reply = &thing_type, .status = 201, .status_again = 200, .takes = "multipart/form-data"),
    ROUTE(POST, "/v1/token", give_token, "Give a token.", .tx = TX_WRITE, .body = &thing_type,
          .reply = &thing_type, .own_credentials = true, .lenient = true,
          .refusals = &foreign_refusals),
};
enum { READ, PAGE, MAKE, TAKE, FORM };

static const Module module = {.name = "things", .doc = "Things.", MODULE_ROWS(routes, route)};
static const Module *const modules[] = {&module};

static Arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = arena_new(1 << 16);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

/* ---- Refusals -------------------------------------------------------------------------------- */

/* "401 unauthenticated, 404 not_found", those of the database left out. */
static const char *refusals_text(const Route *route)
{
    Refusals all = refusals_of(route);
    StrList texts = {NEW_N(arena, Str, all.n), 0};
    for (size_t i = 0; i < all.n; i++)
        if (all.items[i]->status < 500)
            texts.items[texts.n++] =
                str_format(arena, "%d %s", all.items[i]->status, all.items[i]->code);
    return str_z(arena, str_join(arena, texts, S(", ")));
}

static void refusals_follow_from_the_row(void **state)
{
    (void)state;
    assert_string_equal(
        refusals_text(&routes[READ]),
        "401 unauthenticated, 404 not_found, 413 body_too_large, 422 invalid, 429 rate_limited");
    assert_string_equal(refusals_text(&routes[PAGE]), "413 body_too_large");
    assert_string_equal(
        refusals_text(&routes[MAKE]),
        "400 malformed_json, 400 bad_idempotency_key, 401 unauthenticated, "
        "403 forbidden, 403 cross_site, 409 taken, 409 conflict, 409 in_flight, 412 "
        "version_changed, 413 "
        "body_too_large, "
        "415 unsupported_media_type, 422 invalid, 422 idempotency_key_reused, 429 rate_limited");
    assert_string_equal(refusals_text(&routes[TAKE]),
                        "401 unauthenticated, 403 cross_site, 409 conflict, 412 version_changed, "
                        "413 body_too_large, "
                        "415 unsupported_media_type, 422 invalid, 429 rate_limited");
    assert_string_equal(
        refusals_text(&routes[FORM]),
        "400 malformed_form, 401 unauthenticated, 403 cross_site, 409 conflict, 412 "
        "version_changed, "
        "413 body_too_large, 415 unsupported_media_type, 422 invalid, 429 rate_limited");
}

static void every_refusal_of_the_core_is_one_of_all_routes(void **state)
{
    (void)state;
    Refusals all = refusals_of_all(), read = refusals_of(&routes[READ]);
    size_t found = 0;
    for (size_t i = 0; i < HTTP_FAULT_COUNT; i++) found += http_faults[i].code != NULL;
    assert_int_equal(all.n, found); /* without the large body, with our own failure */
    for (size_t i = 0; i < all.n; i++)
        for (size_t k = 0; k < read.n; k++) assert_ptr_not_equal(all.items[i], read.items[k]);
}

/* ---- The document ---------------------------------------------------------------------------- */

static Str write_document_for(Str examples, const OpenapiLogin *login)
{
    OpenapiText text = {.version = S("1.2.3"),
                        .introduction = S("# Heading\n\nText.\n"),
                        .examples = examples,
                        .login = login};
    Buf out = buf_new(arena, OPENAPI_MAX);
    openapi_write(&out, modules, ROWS(modules), &text);
    return buf_str(&out);
}

static Str write_document(Str examples)
{
    return write_document_for(examples, NULL);
}

/* The text at a path of keys, separated by blanks; the caller frees it. NULL: there is nothing. */
static char *at(json_t *document, const char *path)
{
    Str rest = str_from(path), key;
    for (bool more = true; more;) {
        more = str_cut(rest, ' ', &key, &rest);
        document = json_object_get(document, str_z(arena, key));
    }
    return document ? json_dumps(document, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS) : NULL;
}

static void check_at(json_t *document, const char *path, const char *expected)
{
    char *found = at(document, path);
    assert_non_null(found);
    assert_string_equal(found, expected);
    free(found);
}

/* How users log in, and what a protocol of others refuses by. */
static void a_login_becomes_a_scheme(void **state)
{
    (void)state;
    static const OpenapiLogin login = {"/v1/token", "client_1"};
    Str text = write_document_for(S("[]"), &login);
    json_t *document = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(document);
    check_at(document, "components securitySchemes user flows password",
             "{\"refreshUrl\":\"/v1/token\",\"scopes\":{\"*\":\"All that the user may do.\"},"
             "\"tokenUrl\":\"/v1/token\",\"x-client-id\":\"client_1\","
             "\"x-receive-token-in\":\"request-body\"}");
    check_at(document, "paths /v1/things post security", "[{\"key\":[]},{\"user\":[]}]");
    check_at(document, "paths /v1/token post security", "[{},{\"client\":[]}]");
    check_at(document, "paths /v1/token post responses 400 content application/json schema $ref",
             "\"#/components/schemas/Thing\"");
    check_at(document, "paths /v1/token post responses 413 $ref",
             "\"#/components/responses/body_too_large\"");
    char *none = at(document, "paths /v1/token post responses 422");
    assert_null(none);
    json_decref(document);
}

static void rows_become_operations(void **state)
{
    (void)state;
    Str text = write_document(S("[]"));
    json_t *document = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(document);
    check_at(document, "info description", "\"Text.\\n\"");
    check_at(document, "paths /v1/things/{id} get operationId", "\"read_thing\"");
    check_at(document, "paths /v1/things/{id} get summary", "\"Read a thing\"");
    check_at(document, "paths /v1/things/{id} get security", "[{},{\"key\":[]}]");
    check_at(document, "paths /page get security", "[]");
    check_at(document, "paths /v1/things post security", "[{\"key\":[]}]");
    char *user = at(document, "components securitySchemes user");
    assert_null(user);
    check_at(document, "paths /v1/things post x-permission", "\"things:write\"");
    check_at(document, "paths /v1/things post responses 201 content application/json schema $ref",
             "\"#/components/schemas/Thing\"");
    check_at(document, "paths /v1/things post responses 409 $ref",
             "\"#/components/responses/taken.conflict.in_flight\"");
    check_at(document, "components schemas ThingCreate required", "[\"name\"]");
    check_at(document, "paths /v1/things put requestBody content",
             "{\"text/csv\":{\"schema\":{\"type\":\"string\"}}}");
    check_at(document, "paths /v1/things patch requestBody content multipart/form-data schema $ref",
             "\"#/components/schemas/ThingCreate\"");
    check_at(document, "paths /v1/things patch responses 201 description", "\"It was made.\"");
    check_at(document, "paths /v1/things patch responses 200 description",
             "\"It was there already; nothing was changed.\"");
    json_decref(document);
}

static void examples_go_to_the_route_that_answers_them(void **state)
{
    (void)state;
    Str text =
        write_document(S("[{\"method\":\"GET\",\"target\":\"/v1/things/thing_0000000000001"
                         "?x=1\",\"status\":200,\"summary\":\"One\",\"response\":{\"id\":1}},"
                         "{\"method\":\"POST\",\"target\":\"/v1/things\",\"status\":200,"
                         "\"response\":{\"id\":2}}]"));
    json_t *document = json_loadb(text.p, text.n, 0, NULL);
    check_at(document,
             "paths /v1/things/{id} get responses 200 content application/json examples example",
             "{\"summary\":\"One\",\"value\":{\"id\":1}}");
    /* 200 is not what making a thing answers. */
    assert_null(
        at(document, "paths /v1/things post responses 201 content application/json examples"));
    json_decref(document);
}

static void the_same_rows_give_the_same_bytes(void **state)
{
    (void)state;
    assert_true(str_eq(write_document(S("[]")), write_document(S("[]"))));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refusals_follow_from_the_row),
        cmocka_unit_test(every_refusal_of_the_core_is_one_of_all_routes),
        cmocka_unit_test(rows_become_operations),
        cmocka_unit_test(a_login_becomes_a_scheme),
        cmocka_unit_test(examples_go_to_the_route_that_answers_them),
        cmocka_unit_test(the_same_rows_give_the_same_bytes),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
