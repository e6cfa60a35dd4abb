/* `souk serve`: from the configuration to a listening server, and back down without losing
 * anything.
 *
 * Up: database (with its migrations), API, sockets, control socket, and then the word that the shop
 * is ready. The first key is made last, so that no failure comes between its making and the only
 * time that it is shown. Whatever fails says what to do about it and undoes what came before.
 *
 * Down (SIGTERM, SIGINT): /readyz says "stopping", the sockets stop accepting, requests under way
 * finish or are cut at the deadline, commands inside the server are cancelled, the database commits
 * and checkpoints. A second signal does not wait. SIGHUP reads the configuration again; SIGUSR2
 * hands the listening sockets to a new process of the same command line (a new program file,
 * usually) and goes down as above: new connections wait in the sockets meanwhile. */
#include "app/serve.h"

#include "app/app.h"
#include "app/modules.h"
#include "app/notify.h"
#include "app/system.h"
#include "app/weakness.h"
#include "modules/accounts/accounts.h"
#include "modules/auth/auth.h"
#include "platform/api/api.h"
#include "platform/api/errors.h"
#include "platform/api/limits.h"
#include "platform/cache/answers.h"
#include "platform/cache/limits.h"
#include "platform/changes.h"
#include "platform/cli/control.h"
#include "platform/client/client.h"
#include "platform/http/limits.h"
#include "platform/http/server.h"
#include "platform/jobs/jobs.h"
#include "platform/outbox/outbox.h"
#include "platform/saga/saga.h"
#include "platform/telemetry/fault.h"
#include "platform/telemetry/log.h"
#include "platform/telemetry/metrics.h"

#include <errno.h>
#include <signal.h>

LOG_EVENT(server_ready, "server.ready", LOG_INFO, "The shop answers requests.");
LOG_EVENT(server_stopping, "server.stopping", LOG_INFO,
          "The shop finishes what is under way and ends.");
LOG_EVENT(server_stopped, "server.stopped", LOG_INFO,
          "The shop has ended; `cut` says if requests were cut off.");
LOG_EVENT(config_reloaded, "config.reloaded", LOG_INFO,
          "SIGHUP: the configuration was read again.");
LOG_EVENT(handover_failed, "server.handover_failed", LOG_ERROR,
          "SIGUSR2: no successor could be started.");
LOG_EVENT(config_refused, "config.refused", LOG_ERROR,
          "SIGHUP: the configuration is refused; nothing changed.");
typedef struct Server {
    CommandCall *call;
    App app;
    Cache *cache; /* of answers; NULL: none */
    Limiter *limiter;
    Api *api;
    HttpApp http_app;
    HttpServer *http;
    CommandWorld world;
    ControlServer *control;
    Str first_key;
    Str owner_path; /* of the page that is left to be opened by hand */
} Server;

/* ---- Up -------------------------------------------------------------------------------------- */

static HttpOptions http_options(const Config *config)
{
    const HttpConfig *http = &config->http;
    return (HttpOptions){
        .listen = config->listen,
        .trusted_proxies = http->trusted_proxies,
        .forwarded = http->forwarded,
        .loops = (int)http->loops,
        .connections_max = (int)http->connections_max,
        .connections_per_client = (int)http->connections_per_client,
        .requests_per_connection = (int)http->requests_per_connection,
        .head_max = (size_t)http->head_max_bytes,
        .headers_max = (int)http->headers_max,
        .head_timeout_us = http->head_timeout_ms * 1000,
        .body_timeout_us = http->body_timeout_ms * 1000,
        .idle_timeout_us = http->idle_timeout_ms * 1000,
        .send_timeout_us = http->send_timeout_ms * 1000,
        .linger_us = HTTP_LINGER_US,
        .drain_idle_us = HTTP_DRAIN_IDLE_US,
        .drain_fresh_us = HTTP_DRAIN_FRESH_US,
    };
}

static bool make_first_key(Ctx *cx, void *arg)
{
    *(Str *)arg = auth_first_key(cx);
    return true;
}

static const Error *start_keys(Server *server, Str *detail)
{
    Ctx cx = app_ctx(&server->app, server->app.arena);
    if (db_run(server->app.db, TX_WRITE, &cx, make_first_key, &server->first_key) == DB_FINE)
        return NULL;
    *detail = S("the first key could not be stored");
    return &error_unavailable;
}

/* The owner of the settings, or a link to the page that makes one. */
static const Error *start_owner(Server *server, Str *detail)
{
    Ctx cx = app_ctx(&server->app, server->app.arena);
    const Config *config = &server->call->config->values;
    return account_first_start(server->app.db, &cx, config, &server->owner_path, detail);
}

static Cache *make_cache(const CacheConfig *config)
{
    CacheOptions options = {
        .bytes = (size_t)config->bytes, .ttl_us = config->ttl_ms * 1000, .slow_us = CACHE_SLOW_US};
    return options.bytes ? cache_new(&options) : NULL;
}

static const Error *start_api(Server *server, Str *detail)
{
    const Config *config = &server->call->config->values;
    server->cache = make_cache(&config->cache);
    server->limiter = limiter_new(LIMIT_SUBJECTS, &random_system);
    ApiOptions options = {
        .db = server->app.db,
        .blobs = server->app.blobs,
        .vault = server->app.vault,
        .modules = app_modules,
        .module_count = app_module_count,
        .clock = &clock_system,
        .random = &random_system,
        .ids = &server->app.ids,
        .identify = auth_identify,
        .cors_origins = config->http.cors_origins,
        .transport_security = config->http.hsts_subdomains
                                  ? S("max-age=31536000; includeSubDomains")
                                  : S("max-age=31536000"),
        .limiter = server->limiter,
        .quotas = {.reads = config->limits.reads_per_minute,
                   .writes = config->limits.writes_per_minute,
                   .key_requests = config->limits.key_requests_per_minute},
        .recall = auth_recall,
        .request_timeout_us = config->http.request_timeout_ms * 1000,
        .log_requests = config->log.requests,
        .cache = server->cache,
        .cache_max_age_s = config->cache.max_age_s,
    };
    metrics_add_process(SOUK_VERSION);
    system_start(server->app.db);
    if (!api_new(server->app.arena, &options, &server->api, detail)) return &error_internal;
    server->http_app = api_http_app(server->api);
    return NULL;
}

static const Error *start_changes(Server *server, Str *detail)
{
    if (changes_start(server->app.db)) return NULL;
    *detail =
        str_format(server->app.arena, "threads cannot be started: %s", strerrordesc_np(errno));
    return &error_internal;
}

static const Error *start_http(Server *server, Str *detail)
{
    HttpOptions options = http_options(&server->call->config->values);
    return http_start(server->app.arena, &options, &server->http_app, &server->http, detail);
}

/* The address of the shop is who issues its tokens: as the setting says, or where it listens. */
static void name_issuer(Server *server)
{
    Arena *arena = server->app.arena;
    Str url = server->call->config->values.shop.url;
    Str *issuer = NEW(arena, Str);
    *issuer =
        url.n ? url : str_format(arena, "http://%.*s", STR_ARG(http_address(server->http, arena)));
    auth_set_issuer(issuer);
}

static const Error *start_control(Server *server, Str *detail)
{
    CommandCall *call = server->call;
    app_server_world(&server->app, &server->world);
    return control_start(server->app.arena, call->config->values.data, call->table, &server->world,
                         call->config, &server->control, detail);
}

/* Jobs after the modules whose work they are, and ended before them; what they announce last is
 * numbered when the next server starts. */
static const Error *start_modules(Server *server, Str *detail)
{
    const Config *config = &server->call->config->values;
    ModuleWorld world = {.db = server->app.db,
                         .config = config,
                         .blobs = server->app.blobs,
                         .vault = server->app.vault,
                         .clock = &clock_system,
                         .random = &random_system,
                         .ids = &server->app.ids};
    app_modules_start(&world);
    JobsOptions jobs = {(int)config->jobs.threads, config->jobs.lease_s * 1000000};
    if (outbox_start(&world) && sagas_start(&world, &sagas_usual) && jobs_start(&world, &jobs))
        return NULL;
    *detail =
        str_format(server->app.arena, "threads cannot be started: %s", strerrordesc_np(errno));
    return &error_internal;
}

static void stop_modules(void)
{
    jobs_stop();
    sagas_stop();
    client_close();
    outbox_stop();
    app_modules_stop();
}

static const Error *start(Server *server, Str *detail)
{
    CommandCall *call = server->call;
    const Error *error = app_open(call->arena, &call->config->values, &server->app, detail);
    if (error) return error;
    int applied;
    error = app_migrate(&server->app, call->arena, &applied, detail);
    if (!error) error = start_changes(server, detail);
    if (error) {
        app_close(&server->app);
        return error;
    }
    error = start_modules(server, detail);
    if (!error) error = start_api(server, detail);
    if (!error) error = start_http(server, detail);
    if (!error) name_issuer(server);
    if (!error) error = start_control(server, detail);
    if (!error) error = start_keys(server, detail);
    if (!error) error = start_owner(server, detail);
    if (error) {
        control_stop(server->control);
        if (server->http) http_free(server->http);
        stop_modules();
        changes_stop();
        app_close(&server->app);
        cache_free(server->cache);
        limiter_free(server->limiter);
    }
    return error;
}

/* ---- Telling that it is up ------------------------------------------------------------------- */

static void announce(Server *server)
{
    Output *out = server->call->out;
    const Config *config = &server->call->config->values;
    Str address = http_address(server->http, server->app.arena);
    output_print(out, "Souk " SOUK_VERSION " is ready at http://%.*s\n", STR_ARG(address));
    output_print(out, "  documentation  http://%.*s/docs\n", STR_ARG(address));
    if (db_driver(server->app.db) == DB_SQLITE)
        output_print(out, "  data           %.*s\n", STR_ARG(config->data));
    else
        output_print(out, "  data           PostgreSQL\n");
    if (server->first_key.n)
        output_print(out,
                     "  administrator  %.*s\n"
                     "                 This key is shown only now. Send it as "
                     "`Authorization: Bearer sk_…`.\n",
                     STR_ARG(server->first_key));
    if (server->owner_path.n)
        output_print(
            out,
            "  owner          http://%.*s%.*s\n"
            "                 Whoever opens this link owns the shop. It is good for a day.\n",
            STR_ARG(address), STR_ARG(server->owner_path));
    output_flush(out);
    LOG(NULL, &server_ready, KV("address", address), KV("version", S(SOUK_VERSION)));
    notify("READY=1");
}

/* ---- While it is up -------------------------------------------------------------------------- */

static void reload(Server *server)
{
    Arena *scratch = arena_new(4096);
    ConfigChanges changes;
    ConfigProblemList problems;
    notify("RELOADING=1");
    if (config_reload(server->call->config, scratch, &changes, &problems)) {
        log_set_level(server->call->config->values.log.level);
        LOG(NULL, &config_reloaded, KV("applied", str_join(scratch, changes.applied, S(", "))),
            KV("need_restart", str_join(scratch, changes.restart, S(", "))));
    } else {
        LOG(NULL, &config_refused, KV("problems", config_problems_text(scratch, &problems)));
    }
    notify("READY=1");
    arena_free(scratch);
}

/* The successor has the sockets and waits for the folder: we may go. */
static bool hand_over(Server *server)
{
    pid_t successor = http_handover(server->http, server->call->words);
    if (successor > 0) {
        notify(str_z(server->app.arena, str_format(server->app.arena, "MAINPID=%d", successor)));
        return true;
    }
    LOG(NULL, &handover_failed, KV("address", http_address(server->http, server->app.arena)));
    return false;
}

static void stop(Server *server)
{
    const Config *config = &server->call->config->values;
    LOG(NULL, &server_stopping, KV("deadline_ms", config->http.drain_timeout_ms));
    notify("STOPPING=1");
    system_stop();
    bool whole = http_drain(server->http, monotonic_us() + config->http.drain_timeout_ms * 1000);
    control_stop(server->control);
    http_free(server->http);
    stop_modules();
    changes_stop();
    app_close(&server->app);
    cache_free(server->cache); /* when no lane can have a hand on it */
    limiter_free(server->limiter);
    LOG(NULL, &server_stopped, KV("cut", (bool)!whole));
}

static sigset_t our_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGUSR2);
    return set;
}

static void wait_for_end(Server *server, const sigset_t *signals)
{
    for (;;) {
        int signal = sigwaitinfo(signals, NULL);
        if (signal == SIGTERM || signal == SIGINT) return;
        if (signal == SIGHUP) reload(server);
        if (signal == SIGUSR2 && hand_over(server)) return;
    }
}

static int serve(CommandCall *call, const void *flags)
{
    (void)flags;
    const Config *config = &call->config->values;
    Str weak = weaknesses_text(call->arena, config);
    if (config->mode == MODE_PRODUCTION && weak.n) {
        output_error(call->out, &err_weak_settings, weak);
        return EXIT_REFUSED_CONFIG;
    }
    log_setup(config->log.style, config->log.level, 2);
    sigset_t signals =
        our_signals(); /* blocked before the first thread, so that only we get them */
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    Server server = {.call = call};
    Str detail = {0};
    const Error *error = start(&server, &detail);
    if (error) return command_fail(call, error, "%.*s", STR_ARG(detail));
    announce(&server);
    wait_for_end(&server, &signals);
    pthread_sigmask(SIG_UNBLOCK, &signals, NULL); /* a second signal ends us at once */
    stop(&server);
    return EXIT_FINE;
}

static const Command commands[] = {
    {.name = "serve",
     .summary = "Run the shop",
     .doc = "Opens (or makes) the data folder, brings the schema up to date, listens and answers "
            "until SIGTERM or Ctrl-C. On the first start it makes an administrator's key and "
            "prints it. SIGHUP reads the configuration again. SIGUSR2 starts the program anew "
            "without losing a connection.",
     .examples = {{"souk serve", "A shop on SQLite in ./data, at http://127.0.0.1:8080."},
                  {"DATABASE_URL=postgresql://souk@localhost/souk souk serve --data /srv/shop",
                   "A shop on PostgreSQL."}},
     .needs = COMMAND_IS_SERVER,
     .run = serve},
};

const CommandList serve_commands = COMMAND_LIST(commands);
