/* What the program answers about itself, apart from its documentation. Everything here is
 * domain-free: it walks the modules' rows. */
#include "app/system.h"

#include "app/app.h"
#include "app/modules.h"
#include "meta/json.h"
#include "platform/api/idempotency.h"
#include "platform/telemetry/metrics.h"

static struct {
    Db *db;
    int64_t began_us;
    _Atomic bool stopping;
    Blob *live, *index; /* small, and made at start */
} about;

/* ---- Health ---------------------------------------------------------------------------------- */

typedef struct Check {
    Str name, status, reason;
} Check;

typedef struct CheckList {
    Check *items;
    size_t n;
} CheckList;

typedef struct Health {
    Str status;
    Str version;
    int64_t uptime_seconds;
    CheckList checks;
} Health;

static const Type check_type = TYPE(
    Check, "One thing that the shop depends on.", FIELD(Check, name, "What."),
    FIELD(Check, status, "ok or failing."), FIELD(Check, reason, "Why it is failing; else empty."));
static const Type health_type = TYPE(
    Health, "How the shop is.", FIELD(Health, status, "ok, failing or stopping."),
    FIELD(Health, version, "Of the program."), FIELD(Health, uptime_seconds, "Since its start."),
    LIST(Health, checks, "What it depends on.", check_type));

static Reply show_live(Request *rq)
{
    (void)rq;
    return ok_blob(about.live);
}
HANDLER_PLAIN(show_live)

static Reply show_health(Request *rq)
{
    Arena *arena = rq->cx->arena;
    Str reason = {0}; /* names folders and servers: for the log, not for strangers */
    const Error *error = db_ready(about.db, arena, &reason);
    Check *check = NEW(arena, Check);
    *check = (Check){S("database"), error ? S("failing") : S("ok"),
                     error ? str_from(error->title) : S("")};
    Health *health = NEW(arena, Health);
    *health = (Health){
        .status = about.stopping ? S("stopping") : check->status,
        .version = S(SOUK_VERSION),
        .uptime_seconds = (monotonic_us() - about.began_us) / 1000000,
        .checks = {check, 1},
    };
    Reply reply = ok(&health_type, health);
    if (error || about.stopping) reply.status = 503;
    return reply;
}
HANDLER_PLAIN(show_health)

static Reply show_ready(Request *rq)
{
    return show_health(rq);
}
HANDLER_PLAIN(show_ready)

/* ---- Metrics --------------------------------------------------------------------------------- */

static const Permission metrics_read = {"metrics:read", "See what the program counts about itself.",
                                        .roles = ""};

static Reply show_metrics(Request *rq)
{
    Str accept = {0};
    for (size_t i = 0; i < rq->http->header_count; i++)
        if (str_eq_nocase(rq->http->headers[i].name, S("Accept")))
            accept = rq->http->headers[i].value;
    bool openmetrics = str_find(accept, S("application/openmetrics-text")) < accept.n;
    Buf out = buf_new(rq->cx->arena, 16 << 20);
    metrics_write(&out, openmetrics);
    return ok_bytes(buf_str(&out),
                    openmetrics ? S("application/openmetrics-text; version=1.0.0; charset=utf-8")
                                : S("text/plain; version=0.0.4; charset=utf-8"));
}
HANDLER_PLAIN(show_metrics)

/* ---- /v1 ------------------------------------------------------------------------------------- */

static Reply show_index(Request *rq)
{
    (void)rq;
    return ok_blob(about.index);
}
HANDLER_PLAIN(show_index)

/* ---- Made at start --------------------------------------------------------------------------- */

static bool is_collection(const Route *route)
{
    Str path = str_from(route->path);
    return route->method == METHOD_GET && route->list && str_find_char(path, '{') == path.n;
}

/* What there is below /v1, for who begins with curl. */
static Blob *make_index(Arena *arena)
{
    Buf buf = buf_new(arena, 1 << 16);
    JsonOut out = json_out(&buf);
    json_out_begin(&out, '{');
    json_out_key(&out, "name"), json_out_z(&out, "Souk");
    json_out_key(&out, "version"), json_out_z(&out, SOUK_VERSION);
    json_out_key(&out, "documentation"), json_out_z(&out, "/docs");
    json_out_key(&out, "openapi"), json_out_z(&out, "/openapi.json");
    json_out_key(&out, "guide"), json_out_z(&out, "/llms.txt");
    json_out_key(&out, "collections");
    json_out_begin(&out, '[');
    for (size_t i = 0; i < app_module_count; i++)
        for (size_t k = 0; k < app_modules[i]->route_count; k++) {
            const Route *route = &app_modules[i]->routes[k];
            if (!is_collection(route)) continue;
            json_out_begin(&out, '{');
            json_out_key(&out, "path"), json_out_z(&out, route->path);
            json_out_key(&out, "summary"), json_out_z(&out, route->doc);
            json_out_key(&out, "needs"), json_out_z(&out, route->needs ? route->needs->name : NULL);
            json_out_end(&out, '}');
        }
    json_out_end(&out, ']');
    json_out_end(&out, '}');
    return blob_new(buf_str(&buf), S("application/json"), S("Cache-Control: no-cache\r\n"), true);
}

void system_start(Db *db)
{
    Arena *arena = arena_new(1 << 16);
    about.db = db;
    about.began_us = monotonic_us();
    about.live = blob_new(S("{\"status\":\"ok\"}\n"), S("application/json"),
                          S("Cache-Control: no-store\r\n"), false);
    about.index = make_index(arena);
    arena_free(arena);
}

void system_stop(void)
{
    about.stopping = true;
}

/* ---- The table ------------------------------------------------------------------------------- */

static const Route routes[] = {
    ROUTE(GET, "/livez", show_live, "Is the process alive?", .content_type = "application/json",
          .lenient = true),
    ROUTE(GET, "/readyz", show_ready, "Should requests be sent here? 503 when not.",
          .reply = &health_type, .status_failing = 503, .lenient = true),
    ROUTE(GET, "/healthz", show_health, "How is the shop, and why? 503 when something is failing.",
          .reply = &health_type, .status_failing = 503, .lenient = true),
    ROUTE(GET, "/metrics", show_metrics, "Counters for Prometheus, or OpenMetrics by Accept.",
          .needs = &metrics_read, .lane = ROUTE_LANE_SLOW,
          .content_type = "text/plain, application/openmetrics-text", .lenient = true),
    ROUTE(GET, "/v1", show_index, "What the API has.", .content_type = "application/json"),
};

static const Permission *const permissions[] = {&metrics_read};

const Module system_module = {
    .name = "system",
    .doc = "What the program says about itself: how it is, what it counts, and what it has.",
    MODULE_ROWS(routes, route),
    MODULE_ROWS(permissions, permission),
    .migrations = &idempotency_migration, /* the framework's own table */
    .migration_count = 1,
};
