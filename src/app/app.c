#include "app/app.h"

#include "app/modules.h"
#include "modules/auth/auth.h"
#include "modules/oauth/oauth.h"
#include "platform/api/errors.h"
#include "platform/blobs/blobs.h"
#include "platform/check/check.h"
#include "platform/cli/folder.h"
#include "platform/events.h"
#include "platform/jobs/jobs.h"
#include "platform/mail/mail.h"
#include "platform/permission.h"
#include "platform/personal.h"
#include "platform/saga/saga.h"
#include "platform/search/search.h"
#include "platform/telemetry/fault.h"
#include "platform/vault/bind.h"

#include <errno.h>

static DbOptions db_options(Arena *arena, const Config *config)
{
    const DbConfig *db = &config->db;
    return (DbOptions){.url = config->database_url,
                       .folder = str_copy(arena, config->data),
                       .readers = (int)db->readers,
                       .writers = (int)db->writers,
                       .queue_max = (size_t)db->queue_max,
                       .hashers = (int)config->accounts.hash_threads,
                       .hash_nice = (int)config->accounts.hash_nice,
                       .hash_queue_max = (size_t)config->accounts.hash_queue_max,
                       .batch_max = (int)db->batch_max,
                       .batch_us = db->batch_wait_us,
                       .read_us = db->read_timeout_ms * 1000,
                       .slow_us = db->slow_statement_ms * 1000};
}

const Error *app_open_database(Arena *arena, const Config *config, Db **out, Str *detail)
{
    DbOptions options = db_options(arena, config);
    return db_open(arena, &options, out, detail);
}

static const Error *arm_faults(Arena *arena, StrList specs, Str *detail)
{
    for (size_t i = 0; i < specs.n; i++)
        if (!fault_arm(arena, specs.items[i], detail)) return &err_usage;
    return NULL;
}

const Error *app_open(Arena *arena, const Config *config, App *app, Str *detail)
{
    sagas_gather(app_modules, app_module_count);
    const Error *error = arm_faults(arena, config->fault, detail);
    if (error) return error;
    *app = (App){.arena = arena, .config = config};
    id_maker_init(&app->ids, 0, (Id){0});
    events_gather(app_modules, app_module_count);
    personal_gather(app_modules, app_module_count);
    if (!permissions_gather(arena, app_modules, app_module_count, detail)) return &error_internal;
    jobs_gather(app_modules, app_module_count);
    checks_gather(app_modules, app_module_count);
    mail_gather(app_modules, app_module_count);
    mail_configure(config);
    search_set_language(config->shop.locale);
    app->blobs = blobs_open(config->data);
    if (!app->blobs) {
        *detail = str_format(arena, "the data folder %.*s cannot be opened: %s",
                             STR_ARG(config->data), strerrordesc_np(errno));
        return &err_folder_unusable;
    }
    error =
        vault_open(arena, config->data, config->master_key, &random_system, &app->vault, detail);
    if (!error) error = app_open_database(arena, config, &app->db, detail);
    if (error) {
        vault_close(app->vault);
        blobs_close(app->blobs);
    }
    return error;
}

static bool ask_settled(Ctx *cx, void *arg)
{
    *(bool *)arg = auth_is_settled(cx) && oauth_is_settled(cx);
    return true;
}

static bool settle(Ctx *cx, void *arg)
{
    (void)arg;
    auth_settle(cx);
    oauth_settle(cx);
    return true;
}

/* The roles and clients that come with the shop are there, and know the permissions of this program. */
static const Error *settle_own(App *app, Ctx *cx, Str *detail)
{
    bool settled = false;
    bool fine = db_run(app->db, TX_READ, cx, ask_settled, &settled) == DB_FINE &&
                (settled || db_run(app->db, TX_WRITE, cx, settle, NULL) == DB_FINE);
    if (fine) return NULL;
    *detail = S("the shop's own roles and clients could not be stored");
    return &error_unavailable;
}

const Error *app_migrate(App *app, Arena *arena, int *applied, Str *detail)
{
    Ctx cx = app_ctx(app, arena);
    size_t count;
    const Migration *migrations = app_migrations(arena, &count);
    const Error *error = db_migrate(app->db, &cx, migrations, count, applied, detail);
    if (!error) error = vault_bind(app->vault, app->db, &cx, app->config->data, detail);
    if (!error) error = db_node_acquire(app->db, &cx, &app->ids, detail);
    return error ? error : settle_own(app, &cx, detail);
}

void app_close(App *app)
{
    db_close(app->db);
    blobs_close(app->blobs);
    vault_close(app->vault);
}

Ctx app_ctx(App *app, Arena *arena)
{
    return (Ctx){.arena = arena,
                 .blobs = app->blobs,
                 .vault = app->vault,
                 .clock = &clock_system,
                 .random = &random_system,
                 .ids = &app->ids};
}

/* ---- Commands that work on the data ---------------------------------------------------------- */

static void lend(App *app, CommandCall *call)
{
    call->db = app->db;
    call->cx = NEW(call->arena, Ctx);
    *call->cx = app_ctx(app, call->arena);
}

static const Error *enter_own(void *state, CommandCall *call, Str *detail)
{
    (void)state;
    App *app = NEW(call->arena, App);
    const Error *error = app_open(call->arena, &call->config->values, app, detail);
    if (error) return error;
    int applied;
    if (!call->command->as_is) error = app_migrate(app, call->arena, &applied, detail);
    if (error) {
        app_close(app);
        return error;
    }
    call->world = app;
    lend(app, call);
    return NULL;
}

static void leave_own(void *state, CommandCall *call)
{
    (void)state;
    app_close(call->world);
}

const CommandWorld app_world = {.enter = enter_own, .leave = leave_own};

static const Error *enter_server(void *state, CommandCall *call, Str *detail)
{
    (void)detail;
    lend(state, call);
    return NULL;
}

static void leave_server(void *state, CommandCall *call)
{
    (void)state;
    (void)call;
}

void app_server_world(App *app, CommandWorld *world)
{
    *world = (CommandWorld){.enter = enter_server, .leave = leave_server, .state = app};
}
