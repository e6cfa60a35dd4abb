/* The feed of public events: read by number, forgotten after a month. */
#include "platform/outbox/outbox.h"

#include "platform/api/errors.h"
#include "platform/api/limits.h"
#include "platform/jobs/jobs.h"

static const Permission events_read = {"events:read", "Read what has happened in the shop.",
                                       .roles = ""};

static const Error error_events_forgotten = {
    "events_forgotten", 410, "The events behind this number are forgotten.", LOG_DEBUG,
    "Read the objects anew, then go on from the newest number: `GET /v1/events?newest=true`."};

/* Long enough for a reader who was away on holiday. */
#define KEEP_US (30 * 86400 * INT64_C(1000000))

enum { FORGOTTEN_MAX = 1000 };

/* ---- Types ----------------------------------------------------------------------------------- */

typedef struct PublicEvent {
    Id id;
    int64_t sequence;
    Str type;
    Time occurred_at;
    Json data;
} PublicEvent;

static const Type public_event_type =
    TYPE(PublicEvent, "Something that has happened.",
         FIELD(PublicEvent, id, "Identifier: who handles events may keep it, to handle none twice.",
               .prefix = "evt"),
         FIELD(PublicEvent, sequence, "Its number: one more than that of the event before it."),
         FIELD(PublicEvent, type,
               "What has happened, as \"product.updated\"; `souk events` lists them."),
         FIELD(PublicEvent, occurred_at, "When."),
         FIELD(PublicEvent, data, "To what: a small object by which it can be read."));

typedef struct EventQuery {
    int64_t after, limit;
    bool newest;
    Str cursor;
} EventQuery;

static const Type event_query_type = TYPE(
    EventQuery, "A page of events, the oldest first.",
    FIELD(EventQuery, after, "Events behind the one of this number; 0: from the oldest on.",
          .min = 0, .initial = "0"),
    FIELD(EventQuery, limit, "Events on a page.", .min = 1, .max = LIMIT_PAGE, .initial = "20"),
    FIELD(EventQuery, newest, "Only the newest event, whatever its number.", .initial = "false"),
    FIELD(EventQuery, cursor, "`next_cursor` of the page before, instead of `after`.",
          .max = 1400));

typedef struct EventCursor {
    int64_t after;
} EventCursor;

static const Type event_cursor_type =
    TYPE(EventCursor, "Where the feed goes on.",
         FIELD(EventCursor, after, "The number of the last event.", .min = 1, .required = true));

/* ---- Reading --------------------------------------------------------------------------------- */

typedef struct EventList {
    PublicEvent *items;
    size_t n;
} EventList;

static EventList events_after(Ctx *cx, int64_t after, int64_t limit)
{
    return DB_LIST(EventList,
                   db_all(cx, &public_event_type,
                          "select id, sequence, name as type, occurred_at, data from outbox "
                          "where sequence > $1 order by sequence limit $2",
                          after, limit));
}

static int64_t last_number(Ctx *cx)
{
    return db_int(cx, 0, "select last from outbox_end");
}

/* Is the event behind `after` no more there, though there was one? */
static bool is_forgotten(Ctx *cx, int64_t after, const EventList *events)
{
    if (after == 0 || (events->n && events->items[0].sequence == after + 1)) return false;
    return after < last_number(cx);
}

static Reply list_events(Request *rq)
{
    const EventQuery *query = rq->query;
    int64_t after = query->after;
    if (query->cursor.n) {
        const EventCursor *cursor = cursor_read(rq->cx->arena, &event_cursor_type, query->cursor);
        if (!cursor) return fail(rq, &error_bad_cursor, "This is no cursor of /v1/events.");
        after = cursor->after;
    }
    if (query->newest) after = last_number(rq->cx) - 1;
    EventList events = events_after(rq->cx, after, query->limit + 1);
    if (!query->newest && is_forgotten(rq->cx, after, &events))
        return fail(rq, &error_events_forgotten, "The event behind %lld is no longer kept.",
                    (long long)after);
    Str next = {0};
    if (events.n > (size_t)query->limit) {
        EventCursor cursor = {events.items[--events.n - 1].sequence};
        next = cursor_write(rq->cx->arena, &event_cursor_type, &cursor);
    }
    return ok_list(&public_event_type, (AnyList){events.items, events.n}, next);
}
HANDLER_PLAIN(list_events)

/* ---- Forgetting ------------------------------------------------------------------------------ */

static bool forget_in_tx(Ctx *cx, void *arg)
{
    *(int64_t *)arg = db_exec(
        cx,
        "delete from outbox where sequence < (select coalesce(min(case when id >= $2 then sequence "
        "end), max(sequence) + 1) from (select id, sequence from outbox where sequence is not null "
        "order by sequence limit $1) as oldest)",
        (int64_t)FORGOTTEN_MAX, id_first_of((Time){ctx_now(cx).us - KEEP_US}));
    return true;
}

static JobEnd forget(JobRun *run, const void *payload)
{
    (void)payload;
    int64_t gone = FORGOTTEN_MAX;
    while (gone == FORGOTTEN_MAX)
        if (job_cancelled(run) || job_do(run, TX_WRITE, forget_in_tx, &gone) != DB_FINE)
            return job_retry(run, "it was not finished");
    return job_done();
}

static const Job forget_job = {.name = "events.forget",
                               .doc = "Deletes public events that are older than 30 days.",
                               .run = forget,
                               .concurrency = 1};
static const Job *const jobs[] = {&forget_job};
static const Cron crons[] = {
    {.name = "events.forget", .doc = "Every hour.", .schedule = "17 * * * *", .job = &forget_job}};

/* ---- The table ------------------------------------------------------------------------------- */

static const Error *const list_errors[] = {&error_bad_cursor, &error_events_forgotten, NULL};

static const Route routes[] = {
    ROUTE(GET, "/v1/events", list_events, "Read what has happened, in order.", .tx = TX_READ,
          .needs = &events_read, .query = &event_query_type, .reply = &public_event_type,
          .list = true, .errors = list_errors,
          .detail = "Each event has a number, without gaps, and one that is read is never followed "
                    "by a smaller one. So a reader remembers the number of the last event that it "
                    "has handled and asks for those behind it. An event names objects; what they "
                    "are now is read from them. Events are kept for 30 days."),
};

static const Error *const errors[] = {&error_events_forgotten};
static const Permission *const permissions[] = {&events_read};

extern const char outbox_0001_outbox[];
static const Migration migrations[] = {
    {.module = "outbox", .number = 1, .name = "outbox", .sql = outbox_0001_outbox},
};

const Module outbox_module = {
    .name = "outbox",
    .doc = "What has happened, for the outside world.",
    MODULE_ROWS(routes, route),
    MODULE_ROWS(errors, error),
    MODULE_ROWS(permissions, permission),
    MODULE_ROWS(migrations, migration),
    MODULE_ROWS(jobs, job),
    MODULE_ROWS(crons, cron),
};
