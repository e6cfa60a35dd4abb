#include "platform/api/input.h"

#include "meta/form.h"
#include "meta/json.h"
#include "meta/query.h"
#include "platform/api/errors.h"
#include "platform/api/fields.h"
#include "platform/api/limits.h"

/* ---- Before the body is taken ---------------------------------------------------------------- */

static bool takes(const Route *route, Str content_type)
{
    Str type = str_trim(str_slice(content_type, 0, str_find_char(content_type, ';')));
    if (route->takes) return str_eq_nocase(type, str_from(route->takes));
    return str_eq_nocase(type, S("application/json")) ||
           (route->method == METHOD_PATCH &&
            str_eq_nocase(type, S("application/merge-patch+json")));
}

Reply input_check_content_type(Request *rq, const Exchange *ex)
{
    const char *wanted = rq->route->takes;
    if (takes(rq->route, exchange_header(ex, S("Content-Type")))) return (Reply){0};
    return wanted ? fail(rq, &error_unsupported_media_type, "This path takes %s.", wanted)
                  : refuse((Verdict){&error_unsupported_media_type, {0}});
}

bool input_is_large(const Exchange *ex)
{
    int64_t length;
    return ex->body_max > LIMIT_BODY_BYTES &&
           (!str_to_int(exchange_header(ex, S("Content-Length")), &length) ||
            length > LIMIT_BODY_BYTES);
}

/* ---- When it is there ------------------------------------------------------------------------ */

/* The route's own parameters, and those that the framework reads. */
static void read_query(Request *rq, Violations *bad)
{
    static const Type no_parameters = {.name = "", .size = 1, .align = 1, .present = -1};
    const Route *route = rq->route;
    bool documents = route_takes_fields(route);
    void *common;
    rq->query =
        query_read_with(rq->cx->arena, route->query ? route->query : &no_parameters,
                        documents ? &fields_query_type : &no_parameters, &common, rq->http->query,
                        route->lenient ? QUERY_LENIENT : QUERY_STRICT, bad);
    if (documents && common) fields_choose(rq, common, bad);
}

Reply input_read_query(Request *rq)
{
    Violations *bad = NEW(rq->cx->arena, Violations);
    *bad = violations_new(rq->cx->arena);
    read_query(rq, bad);
    return bad->n ? refuse_violations(bad) : (Reply){0};
}

/* A form as browsers send it by themselves. It reads like a query, but its fields are the body's. */
static const void *read_simple_form(const Request *rq, Violations *bad)
{
    size_t before = bad->n;
    const Route *route = rq->route;
    const void *form = query_read(rq->cx->arena, route->body, rq->http->body,
                                  route->lenient ? QUERY_LENIENT : QUERY_STRICT, bad);
    for (size_t i = before; i < bad->n; i++) {
        Str *pointer = &bad->items[i].pointer;
        *pointer = str_format(rq->cx->arena, "/%.*s", STR_ARG(str_slice(*pointer, 1, pointer->n)));
    }
    return form;
}

static const void *read_body(const Request *rq, Violations *bad)
{
    const Route *route = rq->route;
    Arena *arena = rq->cx->arena;
    Str body = rq->http->body;
    if (!route->body) return NULL;
    if (route->takes && strcmp(route->takes, FORM_URLENCODED) == 0)
        return read_simple_form(rq, bad);
    if (route->takes)
        return form_read(arena, route->body, request_header(rq, S("Content-Type")), body, bad);
    unsigned mode = route->body_mode == BODY_MERGE_PATCH ? JSON_PATCH : JSON_CREATE;
    if (route->lenient) mode |= JSON_LENIENT;
    return json_read(arena, route->body, body, mode, bad);
}

Reply input_read(Request *rq, const void **body)
{
    Violations *bad = NEW(rq->cx->arena, Violations);
    *bad = violations_new(rq->cx->arena);
    read_query(rq, bad);
    *body = read_body(rq, bad);
    if (!bad->n) return (Reply){0};
    if (rq->route->takes && bad->items[0].code == VIOLATION(SYNTAX))
        return refuse((Verdict){&error_malformed_form, bad->items[0].message});
    return refuse_violations(bad);
}
