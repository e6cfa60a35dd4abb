/* Commands that print what there is: routes, errors, the API's description, the state of the
 * schema. */
#include "app/listings.h"

#include "app/app.h"
#include "app/modules.h"
#include "platform/api/openapi.h"
#include "platform/api/router.h"
#include "platform/telemetry/fault.h"

/* ---- souk routes ----------------------------------------------------------------------------- */

typedef struct RouteRow {
    Str method, path, permission, place, summary;
} RouteRow;

static const Type route_row_type = TYPE(
    RouteRow, "A route.", FIELD(RouteRow, method, "HTTP method."),
    FIELD(RouteRow, path, "With its parameters."),
    FIELD(RouteRow, permission, "What the caller needs; empty: public."),
    FIELD(RouteRow, place, "File and line of its row."), FIELD(RouteRow, summary, "What it does."));

static int list_routes(CommandCall *call, const void *flags)
{
    (void)flags;
    size_t total = 0, n = 0;
    for (size_t i = 0; i < app_module_count; i++) total += app_modules[i]->route_count;
    RouteRow *rows = NEW_N(call->arena, RouteRow, total);
    for (size_t i = 0; i < app_module_count; i++)
        for (size_t k = 0; k < app_modules[i]->route_count; k++) {
            const Route *route = &app_modules[i]->routes[k];
            rows[n++] = (RouteRow){
                .method = method_text(route->method),
                .path = str_from(route->path),
                .permission = str_from(route->needs ? route->needs->name : ""),
                .place = str_format(call->arena, "%s:%d", route->file, route->line),
                .summary = str_from(route->doc),
            };
        }
    output_table(call->out, &route_row_type, (AnyList){rows, n});
    return EXIT_FINE;
}

/* ---- souk errors ----------------------------------------------------------------------------- */

typedef struct ErrorRow {
    Str code;
    int64_t status;
    Str title, remedy;
} ErrorRow;

static const Type error_row_type =
    TYPE(ErrorRow, "A refusal.", FIELD(ErrorRow, code, "Stable: clients branch on it."),
         FIELD(ErrorRow, status, "HTTP status."), FIELD(ErrorRow, title, "What it means."),
         FIELD(ErrorRow, remedy, "What to do about it."));

static int list_errors(CommandCall *call, const void *flags)
{
    (void)flags;
    ErrorList errors = app_errors(call->arena);
    ErrorRow *rows = NEW_N(call->arena, ErrorRow, errors.n);
    for (size_t i = 0; i < errors.n; i++) {
        const Error *error = errors.items[i];
        rows[i] = (ErrorRow){str_from(error->code), error->status, str_from(error->title),
                             str_from(error->doc)};
    }
    output_table(call->out, &error_row_type, (AnyList){rows, errors.n});
    return EXIT_FINE;
}

/* ---- souk faults ------------------------------------------------------------------------------
 */

typedef struct FaultRow {
    Str name, moment;
} FaultRow;

static const Type fault_row_type =
    TYPE(FaultRow, "A named place where a test can break the program.",
         FIELD(FaultRow, name, "For --fault NAME=ACTION."),
         FIELD(FaultRow, moment, "What has happened by then, and what has not."));

static int list_faults(CommandCall *call, const void *flags)
{
    (void)flags;
    size_t count;
    const FaultPoint *const *points = fault_list(&count);
    FaultRow *rows = NEW_N(call->arena, FaultRow, count);
    for (size_t i = 0; i < count; i++)
        rows[i] = (FaultRow){str_from(points[i]->name), str_from(points[i]->doc)};
    output_table(call->out, &fault_row_type, (AnyList){rows, count});
    return EXIT_FINE;
}

/* ---- souk openapi ---------------------------------------------------------------------------- */

static int print_openapi(CommandCall *call, const void *flags)
{
    (void)flags;
    Buf out = buf_new(call->arena, OPENAPI_MAX);
    app_write_openapi(&out);
    buf_char(&out, '\n');
    output_put(call->out, OUTPUT_RESULT, buf_str(&out));
    return EXIT_FINE;
}

/* ---- souk migrate ---------------------------------------------------------------------------- */

typedef struct MigrationRow {
    Str migration;
    Str state;
} MigrationRow;

static const Type migration_row_type =
    TYPE(MigrationRow, "A step of the schema.", FIELD(MigrationRow, migration, "Module and file."),
         FIELD(MigrationRow, state, "When it was applied, or \"pending\"."));

static const Error *read_migrations(CommandCall *call, AnyList *rows, Str *detail)
{
    size_t count;
    const Migration *migrations = app_migrations(call->arena, &count);
    MigrationState *states = NEW_N(call->arena, MigrationState, count);
    const Error *error = db_migration_status(call->db, call->cx, migrations, count, states, detail);
    if (error) return error;
    MigrationRow *items = NEW_N(call->arena, MigrationRow, count);
    for (size_t i = 0; i < count; i++) {
        Time applied_at = states[i].applied_at;
        items[i] =
            (MigrationRow){str_format(call->arena, "%s/%04d_%s", migrations[i].module,
                                      migrations[i].number, migrations[i].name),
                           applied_at.us ? time_text(call->arena, applied_at) : S("pending")};
    }
    *rows = (AnyList){items, count};
    return NULL;
}

/* For both commands: `migrate up` has been brought up to date before it runs, as all others are. */
static int show_migrations(CommandCall *call, const void *flags)
{
    (void)flags;
    AnyList rows;
    Str detail = S("");
    const Error *error = read_migrations(call, &rows, &detail);
    if (error) return command_fail(call, error, "%.*s", STR_ARG(detail));
    output_table(call->out, &migration_row_type, rows);
    return EXIT_FINE;
}

static const Command commands[] = {
    {.name = "migrate up",
     .summary = "Bring the database's schema up to date",
     .doc = "Applies what is pending, each step in its own transaction. Every start does this by "
            "itself; run it beforehand to keep the start of a large shop short.",
     .needs = COMMAND_NEEDS_FOLDER,
     .run = show_migrations},
    {.name = "migrate status",
     .summary = "Show which steps of the schema are applied",
     .doc = "Each module's migrations in order, with the time when they were applied, or "
            "\"pending\". Changes nothing.",
     .needs = COMMAND_NEEDS_FOLDER,
     .as_is = true,
     .run = show_migrations},
    {.name = "routes",
     .summary = "List what the API answers",
     .doc = "Method, path, needed permission, and the file and line of each route's row.",
     .run = list_routes},
    {.name = "errors",
     .summary = "List every refusal of the API",
     .doc = "Code, status and what to do about it; also at /docs/errors of a running shop.",
     .run = list_errors},
    {.name = "openapi",
     .summary = "Print the OpenAPI description",
     .doc = "The same document as /openapi.json of a running shop.",
     .run = print_openapi},
    {.name = "faults",
     .summary = "List the places where tests can break the program",
     .doc = "For `souk serve --fault NAME=ACTION` with the actions kill, fail, stop and delay:MS; "
            "`@N` behind it means only the N-th pass, `%P` only P of 100.",
     .run = list_faults},
};

const CommandList listing_commands = COMMAND_LIST(commands);
