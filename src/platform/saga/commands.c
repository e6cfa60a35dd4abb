/* Looking after sagas by commands, and the module's row. */
#include "platform/saga/state.h"

#include "platform/api/errors.h"

typedef struct SagaListFlags {
    bool all;
    Str name;
    int64_t limit;
} SagaListFlags;

static const Type list_flags_type = TYPE(
    SagaListFlags, "Which sagas.",
    FIELD(SagaListFlags, all, "Those too that have ended, of the last days."),
    FIELD(SagaListFlags, name, "Only these, as \"checkout\".", .max = 100),
    FIELD(SagaListFlags, limit, "The newest so many.", .min = 1, .max = 1000, .initial = "50"));

typedef struct SagaLine {
    Id id;
    Str name, subject, status, step;
    bool undoing, stuck;
    int64_t attempts;
    Time due_at, created_at;
    Str error, detail;
} SagaLine;

static const Type saga_line_type = TYPE(
    SagaLine, "A saga.", FIELD(SagaLine, id, "Identifier.", .prefix = "saga"),
    FIELD(SagaLine, name, "What is being done."), FIELD(SagaLine, subject, "What it is about."),
    FIELD(SagaLine, status, "`running`, `pausing`, `waiting`, `done` or `undone`."),
    FIELD(SagaLine, step, "What is done, or undone, next."),
    FIELD(SagaLine, undoing, "Is it on its way back?"),
    FIELD(SagaLine, stuck, "That step has been tried often without success."),
    FIELD(SagaLine, attempts, "How often."), FIELD(SagaLine, due_at, "When it is taken on."),
    FIELD(SagaLine, created_at, "When it began."), FIELD(SagaLine, error, "Why it is undone."),
    FIELD(SagaLine, detail, "The particulars; else what went wrong at the last attempt."));

static SagaLine line_of(Arena *arena, const SagaRow *row)
{
    return (SagaLine){.id = row->id,
                      .name = row->name,
                      .subject = id_text(arena, saga_prefix(row->subject_kind), row->subject),
                      .status = enum_text(&saga_status_names, row->status),
                      .step = row->step,
                      .undoing = row->undoing,
                      .stuck = !row->finished_at.us && row->attempts >= SAGA_STUCK_ATTEMPTS,
                      .attempts = row->attempts,
                      .due_at = row->due_at,
                      .created_at = row->created_at,
                      .error = row->error,
                      .detail = row->detail};
}

typedef struct SagaListing {
    SagaFilter filter;
    SagaRowList found;
} SagaListing;

static bool list_in_tx(Ctx *cx, void *arg)
{
    SagaListing *listing = arg;
    listing->found = sagas_list(cx, &listing->filter);
    return true;
}

static int command_list(CommandCall *call, const SagaListFlags *flags)
{
    SagaListing listing = {.filter = {flags->name, flags->all, flags->limit}};
    if (db_run(call->db, TX_READ, call->cx, list_in_tx, &listing) != DB_FINE)
        return command_fail(call, &error_unavailable, "the sagas could not be read");
    SagaLine *lines = NEW_N(call->arena, SagaLine, listing.found.n + 1);
    for (size_t i = 0; i < listing.found.n; i++)
        lines[i] = line_of(call->arena, &listing.found.items[i]);
    output_table(call->out, &saga_line_type, (AnyList){lines, listing.found.n});
    return EXIT_FINE;
}
COMMAND_HANDLER(command_list, SagaListFlags)

typedef struct SagaAction {
    Id id;
    bool hurry, refused;
    SagaRow *row;
} SagaAction;

static bool act_in_tx(Ctx *cx, void *arg)
{
    SagaAction *action = arg;
    action->refused = action->hurry && !saga_hurry(cx, action->id, ctx_now(cx));
    action->row = saga_by_id(cx, action->id);
    if (action->hurry) ctx_after_commit(cx, sagas_wake, NULL);
    return !action->refused;
}

static int act(CommandCall *call, bool hurry)
{
    SagaAction action = {.hurry = hurry};
    Str text = call->arguments.items[0];
    if (!id_parse(text, "saga", &action.id))
        return command_fail(call, &err_usage, "\"%.*s\" is no id of a saga (saga_…)",
                            STR_ARG(text));
    if (db_run(call->db, hurry ? TX_WRITE : TX_READ, call->cx, act_in_tx, &action) != DB_FINE)
        return command_fail(call, &error_unavailable, "the database did not answer");
    if (!action.row) return command_fail(call, &error_not_found, "%.*s", STR_ARG(text));
    if (action.refused)
        return command_fail(call, &error_conflict, "%.*s runs at this moment, or has ended",
                            STR_ARG(text));
    SagaLine line = line_of(call->arena, action.row);
    output_object(call->out, &saga_line_type, &line);
    return EXIT_FINE;
}

static int command_show(CommandCall *call, const void *flags)
{
    (void)flags;
    return act(call, false);
}

static int command_retry(CommandCall *call, const void *flags)
{
    (void)flags;
    return act(call, true);
}

#define SAGA_ARGUMENT                                                                              \
    {                                                                                              \
        {                                                                                          \
            .name = "ID", .doc = "The saga's id, as `souk sagas list` shows it."                   \
        }                                                                                          \
    }

static const Command commands[] = {
    {.name = "sagas list",
     .summary = "List sagas: checkouts and the like that are under way",
     .doc = "The newest first. One whose `stuck` is true does not come further by itself: its "
            "`detail` says why; it is tried again, less and less often.",
     .flags = &list_flags_type,
     .examples = {{"souk sagas list", "What is under way, waits, or is stuck."},
                  {"souk sagas list --all --name checkout", "Also what has ended lately."}},
     .needs = COMMAND_NEEDS_FOLDER,
     .run = COMMAND_RUN(command_list)},
    {.name = "sagas show",
     .summary = "Show how a saga stands",
     .doc = "Which step is next, how often it was tried, and why it failed.",
     .arguments = SAGA_ARGUMENT,
     .needs = COMMAND_NEEDS_FOLDER,
     .run = command_show},
    {.name = "sagas retry",
     .summary = "Go on at once with a saga that pauses or waits",
     .doc = "For when what a step failed for has been mended.",
     .arguments = SAGA_ARGUMENT,
     .needs = COMMAND_NEEDS_FOLDER,
     .run = command_retry},
};

extern const char sagas_0001_sagas[];
static const Migration migrations[] = {
    {.module = "sagas", .number = 1, .name = "sagas", .sql = sagas_0001_sagas}};
static const Table tables[] = {{"sagas", &saga_row_type}};

const Module sagas_module = {.name = "sagas",
                             .doc = "Work of several transactions.",
                             .errors = saga_errors,
                             .error_count = 2,
                             MODULE_ROWS(migrations, migration),
                             MODULE_ROWS(tables, table),
                             MODULE_ROWS(commands, command)};
