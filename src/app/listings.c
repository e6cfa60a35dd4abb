/* What there is, as lists: the rows of all modules, each kind as objects of a type of its own, for
 * the commands that print them and for the documentation.
 *
 * The rows themselves are not shown: they hold pointers and numbers for the program, and a reader
 * wants the words. Rejected: a command a list, each with its own loop and its own output; a list
 * that only one of terminal, JSON and documentation knows is a list that the others lack. */
#include "app/listings.h"

#include "app/app.h"
#include "app/doctor.h"
#include "app/modules.h"
#include "app/weakness.h"
#include "platform/api/openapi.h"
#include "platform/api/router.h"
#include "platform/api/throttle.h"
#include "platform/audit/audit.h"
#include "platform/events.h"
#include "platform/hook.h"
#include "platform/saga/saga.h"
#include "platform/telemetry/fault.h"
#include "platform/telemetry/log.h"
#include "platform/telemetry/metrics.h"

#include <assert.h>
#include <stdlib.h>

/* ---- souk routes ----------------------------------------------------------------------------- */

typedef struct RouteRow {
    Str method, path, who, permission, takes, place, summary;
} RouteRow;

static const Type route_row_type = TYPE(
    RouteRow, "A route.", FIELD(RouteRow, method, "HTTP method."),
    FIELD(RouteRow, path, "With its parameters."),
    FIELD(RouteRow, who,
          "Who gets through: everybody, permission, user, owner, owner or permission, user with "
          "permission; itself: it finds out by itself."),
    FIELD(RouteRow, permission, "The permission, where one is asked for."),
    FIELD(RouteRow, takes, "The content type of its body, where it is no JSON."),
    FIELD(RouteRow, place, "File and line of its row."), FIELD(RouteRow, summary, "What it does."));

static const char *who_gets_through(const Route *route)
{
    if (route->own_credentials) return "itself";
    if (route->owner) return route->needs ? "owner or permission" : "owner";
    if (route->needs) return route->signed_in ? "user with permission" : "permission";
    return route->signed_in ? "user" : "everybody";
}

static AnyList route_rows(Arena *arena)
{
    size_t total = 0, n = 0;
    for (size_t i = 0; i < app_module_count; i++) total += app_modules[i]->route_count;
    RouteRow *rows = NEW_N(arena, RouteRow, total);
    for (size_t i = 0; i < app_module_count; i++)
        for (size_t k = 0; k < app_modules[i]->route_count; k++) {
            const Route *route = &app_modules[i]->routes[k];
            rows[n++] = (RouteRow){
                .method = method_text(route->method),
                .path = str_from(route->path),
                .who = str_from(who_gets_through(route)),
                .takes = str_from(route->takes),
                .permission = str_from(route->needs ? route->needs->name : ""),
                .place = str_format(arena, "%s:%d", route->file, route->line),
                .summary = str_from(route->doc),
            };
        }
    return (AnyList){rows, n};
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

static AnyList error_rows(Arena *arena)
{
    ErrorList errors = app_errors(arena);
    ErrorRow *rows = NEW_N(arena, ErrorRow, errors.n);
    for (size_t i = 0; i < errors.n; i++) {
        const Error *error = errors.items[i];
        rows[i] = (ErrorRow){str_from(error->code), error->status, str_from(error->title),
                             str_from(error->doc)};
    }
    return (AnyList){rows, errors.n};
}

/* ---- souk events ----------------------------------------------------------------------------- */

typedef struct AnnouncedRow {
    Str name, module, reactions, fields, meaning;
} AnnouncedRow;

static const Type announced_row_type =
    TYPE(AnnouncedRow, "An event.", FIELD(AnnouncedRow, name, "What has happened."),
         FIELD(AnnouncedRow, module, "Who announces it."),
         FIELD(AnnouncedRow, reactions, "Who reacts, in that order, and with which function."),
         FIELD(AnnouncedRow, fields,
               "Of a public one: `data` in GET /v1/events. Empty: not told outside."),
         FIELD(AnnouncedRow, meaning, "When it is announced."));

static Str fields_text(Arena *arena, const Type *type)
{
    StrList names = {NEW_N(arena, Str, TYPE_FIELDS_MAX), 0};
    for (size_t i = 0; type && i < type->field_count; i++)
        names.items[names.n++] = str_from(type->fields[i].name);
    return str_join(arena, names, S(", "));
}

static Str reactions_text(Arena *arena, const Event *event)
{
    Buf out = buf_new(arena, 1 << 16);
    for (size_t i = 0; i < app_module_count; i++)
        for (size_t k = 0; k < app_modules[i]->reaction_count; k++) {
            const Reaction *reaction = &app_modules[i]->reactions[k];
            if (reaction->event == event)
                buf_format(&out, "%s%s/%s", out.n ? ", " : "", app_modules[i]->name,
                           reaction->name);
        }
    return buf_str(&out);
}

static AnyList announced_rows(Arena *arena)
{
    size_t total = 0, n = 0;
    for (size_t i = 0; i < app_module_count; i++) total += app_modules[i]->event_count;
    AnnouncedRow *rows = NEW_N(arena, AnnouncedRow, total);
    for (size_t i = 0; i < app_module_count; i++)
        for (size_t k = 0; k < app_modules[i]->event_count; k++) {
            const Event *event = app_modules[i]->events[k];
            rows[n++] = (AnnouncedRow){str_from(event->name), str_from(app_modules[i]->name),
                                       reactions_text(arena, event),
                                       fields_text(arena, event->payload), str_from(event->doc)};
        }
    return (AnyList){rows, n};
}

/* ---- souk hooks ------------------------------------------------------------------------------ */

typedef struct HookRow {
    Str name, module, asks, answers, built_in, meaning;
} HookRow;

static const Type hook_row_type =
    TYPE(HookRow, "A decision that a shop may change.", FIELD(HookRow, name, "What is decided."),
         FIELD(HookRow, module, "Who asks."), FIELD(HookRow, asks, "What the question says."),
         FIELD(HookRow, answers, "What the answer says."),
         FIELD(HookRow, built_in, "How it is decided when nobody else does."),
         FIELD(HookRow, meaning, "The question."));

static AnyList hook_rows(Arena *arena)
{
    size_t total = 0, n = 0;
    for (size_t i = 0; i < app_module_count; i++) total += app_modules[i]->hook_count;
    HookRow *rows = NEW_N(arena, HookRow, total);
    for (size_t i = 0; i < app_module_count; i++)
        for (size_t k = 0; k < app_modules[i]->hook_count; k++) {
            const Hook *hook = app_modules[i]->hooks[k];
            rows[n++] = (HookRow){str_from(hook->name),           str_from(app_modules[i]->name),
                                  fields_text(arena, hook->asks), fields_text(arena, hook->answers),
                                  str_from(hook->built_in),       str_from(hook->doc)};
        }
    return (AnyList){rows, n};
}

/* ---- souk limits ----------------------------------------------------------------------------- */

typedef struct LimitRow {
    Str name, quota;
    int64_t window_s;
    Str burst, module, meaning;
} LimitRow;

static const Type limit_row_type =
    TYPE(LimitRow, "A limit.", FIELD(LimitRow, name, "In RateLimit and RateLimit-Policy."),
         FIELD(LimitRow, quota, "What is admitted in any window, or the setting that says so."),
         FIELD(LimitRow, window_s, "Seconds."), FIELD(LimitRow, burst, "What is admitted at once."),
         FIELD(LimitRow, module, "Whose it is; empty: of the platform."),
         FIELD(LimitRow, meaning, "What it counts."));

static LimitRow limit_row(Arena *arena, const LimitClass *class, const char *module)
{
    bool set = class->setting;
    return (LimitRow){.name = str_from(class->name),
                      .quota = set ? str_from(class->setting)
                                   : str_format(arena, "%lld", (long long)class->quota),
                      .window_s = class->window_s,
                      .burst = set ? S("a sixth, 20 at least")
                                   : str_format(arena, "%lld", (long long)class->burst),
                      .module = str_from(module),
                      .meaning = str_from(class->doc)};
}

static AnyList limit_rows(Arena *arena)
{
    size_t total = throttle_class_count, n = 0;
    for (size_t i = 0; i < app_module_count; i++) total += app_modules[i]->limit_count;
    LimitRow *rows = NEW_N(arena, LimitRow, total);
    for (size_t i = 0; i < throttle_class_count; i++)
        rows[n++] = limit_row(arena, throttle_classes[i], "");
    for (size_t i = 0; i < app_module_count; i++)
        for (size_t k = 0; k < app_modules[i]->limit_count; k++)
            rows[n++] = limit_row(arena, app_modules[i]->limits[k], app_modules[i]->name);
    return (AnyList){rows, n};
}

/* ---- What production refuses ------------------------------------------------------------------ */

typedef struct WeaknessRow {
    Str setting, advice, meaning;
} WeaknessRow;

static const Type weakness_row_type =
    TYPE(WeaknessRow, "A setting that makes a shop weak.", FIELD(WeaknessRow, setting, "Its name."),
         FIELD(WeaknessRow, advice, "What to do."), FIELD(WeaknessRow, meaning, "What is weak."));

static AnyList weakness_rows(Arena *arena)
{
    WeaknessRow *rows = NEW_N(arena, WeaknessRow, weakness_count);
    for (size_t i = 0; i < weakness_count; i++)
        rows[i] = (WeaknessRow){str_from(weaknesses[i].setting), str_from(weaknesses[i].advice),
                                str_from(weaknesses[i].doc)};
    return (AnyList){rows, weakness_count};
}

/* ---- souk audit actions ---------------------------------------------------------------------- */

typedef struct ActionRow {
    Str name, module, meaning;
} ActionRow;

static const Type action_row_type =
    TYPE(ActionRow, "An action that the audit trail tells of.",
         FIELD(ActionRow, name, "`action` of its entries."),
         FIELD(ActionRow, module, "Who writes them."), FIELD(ActionRow, meaning, "What was done."));

static AnyList action_rows(Arena *arena)
{
    size_t total = 0, n = 0;
    for (size_t i = 0; i < app_module_count; i++) total += app_modules[i]->audit_count;
    ActionRow *rows = NEW_N(arena, ActionRow, total);
    for (size_t i = 0; i < app_module_count; i++)
        for (size_t k = 0; k < app_modules[i]->audit_count; k++) {
            const AuditAction *action = app_modules[i]->audits[k];
            rows[n++] = (ActionRow){str_from(action->name), str_from(app_modules[i]->name),
                                    str_from(action->doc)};
        }
    return (AnyList){rows, n};
}

/* ---- Gathered rows: by name, since the linker's order says nothing --------------------------- */

static int by_name(const void *a, const void *b)
{
    return str_cmp(*(const Str *)a, *(const Str *)b);
}

/* Rows whose first field is their name. */
static AnyList sorted(const Type *type, void *rows, size_t count)
{
    assert(type->fields[0].offset == 0 && type->fields[0].kind == KIND_STR);
    qsort(rows, count, type->size, by_name);
    return (AnyList){rows, count};
}

typedef struct EventRow {
    Str name;
    LogLevel level;
    Str meaning;
} EventRow;

static const EnumNames level_names = ENUM_NAMES("debug", "info", "warn", "error");
static const Type event_row_type =
    TYPE(EventRow, "An event of the log.", FIELD(EventRow, name, "`event` of its lines."),
         ENUM(EventRow, level, "Lines below log.level are left out.", level_names),
         FIELD(EventRow, meaning, "What has happened."));

static AnyList event_rows(Arena *arena)
{
    size_t count;
    const LogEvent *const *events = log_event_list(&count);
    EventRow *rows = NEW_N(arena, EventRow, count);
    for (size_t i = 0; i < count; i++)
        rows[i] = (EventRow){str_from(events[i]->name), events[i]->level, str_from(events[i]->doc)};
    return sorted(&event_row_type, rows, count);
}

typedef struct MetricRow {
    Str name;
    MetricKind kind;
    Str labels, meaning;
} MetricRow;

static const EnumNames kind_names = ENUM_NAMES("counter", "gauge", "histogram");
static const Type metric_row_type =
    TYPE(MetricRow, "A family of metrics.", FIELD(MetricRow, name, "At /metrics."),
         ENUM(MetricRow, kind, "How it moves.", kind_names),
         FIELD(MetricRow, labels, "What tells its series apart."),
         FIELD(MetricRow, meaning, "What it counts or measures."));

static Str labels_text(Arena *arena, const MetricFamily *family)
{
    StrList names = {NEW_N(arena, Str, METRIC_LABELS_MAX), 0};
    while (names.n < METRIC_LABELS_MAX && family->labels[names.n]) {
        names.items[names.n] = str_from(family->labels[names.n]);
        names.n++;
    }
    return str_join(arena, names, S(", "));
}

static AnyList metric_rows(Arena *arena)
{
    size_t count;
    const MetricFamily *const *families = metric_family_list(&count);
    MetricRow *rows = NEW_N(arena, MetricRow, count);
    for (size_t i = 0; i < count; i++)
        rows[i] = (MetricRow){str_from(families[i]->name), families[i]->kind,
                              labels_text(arena, families[i]), str_from(families[i]->doc)};
    return sorted(&metric_row_type, rows, count);
}

typedef struct FaultRow {
    Str name, moment;
} FaultRow;

static const Type fault_row_type =
    TYPE(FaultRow, "A named place where a test can break the program.",
         FIELD(FaultRow, name, "For --fault NAME=ACTION."),
         FIELD(FaultRow, moment, "What has happened by then, and what has not."));

static AnyList fault_rows(Arena *arena)
{
    size_t count;
    sagas_gather(app_modules, app_module_count);
    const FaultPoint *const *points = fault_list(&count);
    FaultRow *rows = NEW_N(arena, FaultRow, count);
    for (size_t i = 0; i < count; i++)
        rows[i] = (FaultRow){str_from(points[i]->name), str_from(points[i]->doc)};
    return sorted(&fault_row_type, rows, count);
}

/* ---- The lists ------------------------------------------------------------------------------- */

const Listing listings[] = {
    {"routes", &route_row_type, route_rows},
    {"errors", &error_row_type, error_rows},
    {"log-events", &event_row_type, event_rows},
    {"metrics", &metric_row_type, metric_rows},
    {"doctor", &check_row_type, check_rows},
    {"faults", &fault_row_type, fault_rows},
    {"events", &announced_row_type, announced_rows},
    {"hooks", &hook_row_type, hook_rows},
    {"limits", &limit_row_type, limit_rows},
    {"production", &weakness_row_type, weakness_rows},
    {"audit actions", &action_row_type, action_rows},
};
const size_t listing_count = ROWS(listings);

static int print_listing(CommandCall *call, const void *flags)
{
    (void)flags;
    const Listing *listing = listings;
    while (strcmp(listing->name, call->command->name) != 0) listing++;
    output_table(call->out, listing->type, listing->rows(call->arena));
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

static const Command commands[] = {
    {.name = "routes",
     .summary = "List what the API answers",
     .doc = "Method, path, needed permission, and the file and line of each route's row.",
     .run = print_listing},
    {.name = "errors",
     .summary = "List every refusal of the API",
     .doc = "Code, status and what to do about it; also at /docs/errors of a running shop.",
     .run = print_listing},
    {.name = "openapi",
     .summary = "Print the OpenAPI description",
     .doc = "The same document as /openapi.json of a running shop.",
     .examples = {{"souk openapi > openapi.json", "For a generator of clients."}},
     .run = print_openapi},
    {.name = "events",
     .summary = "List what modules announce to each other",
     .doc = "Every event, the module that announces it, and the functions of other modules that "
            "react to it in the same transaction.",
     .run = print_listing},
    {.name = "hooks",
     .summary = "List the decisions that a shop may change",
     .doc = "Every question that is asked through a hook, what it says, what is answered, and how "
            "it is decided when nobody else does.",
     .run = print_listing},
    {.name = "audit actions",
     .summary = "List what the audit trail tells of",
     .doc = "Every action that an entry of the trail can have, with the module that writes it.",
     .run = print_listing},
    {.name = "limits",
     .summary = "List how often one client may ask",
     .doc = "Every class of requests that is counted by user, key or address, with what it admits "
            "in any window and at once. Answers name them in RateLimit-Policy.",
     .run = print_listing},
    {.name = "log-events",
     .summary = "List what the server logs",
     .doc = "Every event that the log can have, with its level and what has happened then. Lines "
            "name it in `event`.",
     .run = print_listing},
    {.name = "metrics",
     .summary = "List what the server counts",
     .doc = "Every family of metrics that /metrics of a running shop can show, with its kind, its "
            "labels and what it counts or measures.",
     .run = print_listing},
    {.name = "faults",
     .summary = "List the places where tests can break the program",
     .doc = "For `souk serve --fault NAME=ACTION` with the actions kill, fail, stop and delay:MS; "
            "`@N` behind it means only the N-th pass, `%P` only P of 100.",
     .run = print_listing},
};

const CommandList listing_commands = COMMAND_LIST(commands);
