/* Every statement of sagas.
 *
 * What differs between the databases: PostgreSQL tries a lock before it looks whether a saga is there,
 * since two transactions beside each other would both find none; and a claim passes over rows that are
 * being claimed. SQLite has one writer. */
#include "platform/saga/store.h"

const EnumNames saga_status_names = ENUM_NAMES("running", "pausing", "waiting", "done", "undone");

const Type saga_row_type = TYPE_WITH_ABSENCE(
    SagaRow, "A saga: work of several transactions, with calls to other machines between them.",
    FIELD(SagaRow, id, "Identifier.", .prefix = "saga", .read_only = true),
    FIELD(SagaRow, name, "What is being done.", .read_only = true),
    FIELD(SagaRow, subject_kind, "What it is about: the prefix of its id.", .read_only = true),
    FIELD(SagaRow, subject, "And its number.", .prefix = "subject", .read_only = true),
    FIELD(SagaRow, key, "The Idempotency-Key of its beginning.", .nullable = true,
          .read_only = true),
    FIELD(SagaRow, fingerprint, "Of the request that has begun it.", .read_only = true),
    ENUM(SagaRow, status,
         "`running`, `pausing` before a step is tried again, `waiting` for somebody, `done`, "
         "`undone`.",
         saga_status_names, .read_only = true),
    FIELD(SagaRow, step, "What is done, or undone, next; empty when it has ended.",
          .read_only = true),
    FIELD(SagaRow, undoing, "Is it on its way back?", .read_only = true),
    FIELD(SagaRow, state, "What its steps share.", .read_only = true),
    FIELD(SagaRow, attempts, "How often that step was tried without success.", .read_only = true),
    FIELD(SagaRow, error, "Why it is undone.", .read_only = true),
    FIELD(SagaRow, detail, "The particulars; else what went wrong at the last attempt.",
          .read_only = true),
    FIELD(SagaRow, actor, "Who has begun it.", .prefix = "actor", .nullable = true,
          .read_only = true),
    FIELD(SagaRow, actor_kind, "The prefix of that id.", .read_only = true),
    FIELD(SagaRow, runner, "The process that is at it.", .prefix = "run", .nullable = true,
          .read_only = true),
    FIELD(SagaRow, round, "How often it was taken on.", .read_only = true),
    FIELD(SagaRow, woken, "Since it was last taken on.", .read_only = true),
    FIELD(SagaRow, until, "When its waiting ends.", .nullable = true, .read_only = true),
    FIELD(SagaRow, due_at, "When it is taken on, by this process or another.", .read_only = true),
    FIELD(SagaRow, created_at, "When it began.", .read_only = true),
    FIELD(SagaRow, updated_at, "When it last came further.", .read_only = true),
    FIELD(SagaRow, finished_at, "When it ended.", .nullable = true, .read_only = true),
    FIELD(SagaRow, forget_at, "When it is deleted.", .nullable = true, .read_only = true));

static SagaRowList rows(AnyList list)
{
    return (SagaRowList){list.items, list.n};
}

#define COLUMNS                                                                                    \
    "id, name, subject_kind, subject, key, fingerprint, status, step, undoing, state, attempts, "  \
    "error, detail, actor, actor_kind, runner, round, woken, until, due_at, created_at, "          \
    "updated_at, finished_at, forget_at"

/* ---- How it stands --------------------------------------------------------------------------- */

void saga_insert(Ctx *cx, const SagaRow *row)
{
    db_post_put(cx, &saga_row_type, row,
                "insert into sagas (" COLUMNS
                ") values (:id, :name, :subject_kind, :subject, :key, :fingerprint, :status, "
                ":step, :undoing, :state, :attempts, :error, :detail, :actor, :actor_kind, "
                ":runner, :round, :woken, :until, :due_at, :created_at, :updated_at, "
                ":finished_at, :forget_at)");
}

bool saga_update(Ctx *cx, const SagaRow *row)
{
    return db_put(cx, &saga_row_type, row,
                  "update sagas set status = :status, step = :step, undoing = :undoing, "
                  "state = :state, attempts = :attempts, error = :error, detail = :detail, "
                  "until = :until, due_at = case when woken and :status = 'waiting' "
                  "then :updated_at else :due_at end, updated_at = :updated_at, "
                  "finished_at = :finished_at, forget_at = :forget_at "
                  "where id = :id and runner = :runner and round = :round and "
                  "status = 'running'") == 1;
}

/* ---- Finding --------------------------------------------------------------------------------- */

typedef struct Entered {
    bool entered;
} Entered;

static const Type entered_type = TYPE(Entered, "", FIELD(Entered, entered, ""));

static void ask_found(Ctx *cx, SagaRow **found, Str name, SagaSubject subject, Str key, bool any)
{
    int64_t open = any;
    db_ask_one(cx, found, &saga_row_type,
               "select " COLUMNS
               " from sagas where subject = $1 and subject_kind = $2 and name = $3 and "
               "(key = $4 or ($5 = 1 and finished_at is null)) "
               "order by case when finished_at is null then 0 else 1 end, id desc limit 1",
               subject.id, str_from(subject.kind), name, key, open);
}

bool saga_enter(Ctx *cx, Str name, SagaSubject subject, Str key, bool any, SagaRow **found)
{
    Entered alone = {true}, *entered = &alone;
    *found = NULL;
    if (db_dialect(cx) == DB_POSTGRES)
        db_ask_one(cx, &entered, &entered_type,
                   "select pg_try_advisory_xact_lock(hashtextextended('souk.saga ' || $1, $2)) "
                   "as entered",
                   name, subject.id);
    ask_found(cx, found, name, subject, key, any);
    if (!db_settle(cx)) return false;
    return entered && entered->entered;
}

SagaRow *saga_by_id(Ctx *cx, Id id)
{
    return db_one(cx, &saga_row_type, "select " COLUMNS " from sagas where id = $1", id);
}

bool saga_take_waiting(Ctx *cx, SagaRow *row, Id runner, Time lease_end)
{
    SagaRow *taken = db_one(cx, &saga_row_type,
                            "update sagas set status = 'running', runner = $3, "
                            "round = round + 1, woken = false, due_at = $4 where id = $1 and "
                            "round = $2 and status = 'waiting' returning " COLUMNS,
                            row->id, row->round, runner, lease_end);
    if (taken) *row = *taken;
    return taken != NULL;
}

void saga_post_wake(Ctx *cx, SagaSubject subject, Time now)
{
    db_post(cx,
            "update sagas set woken = true, due_at = case when status = 'waiting' then $3 else "
            "due_at end where subject = $1 and subject_kind = $2 and finished_at is null",
            subject.id, str_from(subject.kind), now);
}

/* ---- Taking on ------------------------------------------------------------------------------- */

#define CLAIM(passing_over)                                                                        \
    "with taken as materialized (select id from sagas where finished_at is null and "              \
    "(due_at <= $1 and (runner = $2 or due_at <= $3) or $4 = 1 and status = 'running' and "        \
    "runner <> $2) order by due_at limit $5" passing_over                                          \
    ") update sagas set status = 'running', runner = $2, round = round + 1, woken = false, "       \
    "due_at = $6 where id in (select id from taken) returning " COLUMNS

SagaRowList sagas_claim(Ctx *cx, const SagaClaim *c)
{
    int64_t all = c->all_running;
    if (db_dialect(cx) == DB_SQLITE)
        return rows(db_all(cx, &saga_row_type, CLAIM(""), c->now, c->runner, c->others_before, all,
                           c->limit, c->lease_end));
    return rows(db_all(cx, &saga_row_type, CLAIM(" for update skip locked"), c->now, c->runner,
                       c->others_before, all, c->limit, c->lease_end));
}

void saga_post_back(Ctx *cx, const SagaRow *row, Time due_at)
{
    db_post(cx,
            "update sagas set status = 'pausing', due_at = $4 where id = $1 and runner = $2 and "
            "round = $3 and status = 'running'",
            row->id, row->runner, row->round, due_at);
}

void sagas_beat(Ctx *cx, Id runner, IdList ids, Time lease_end)
{
    db_exec(cx,
            "update sagas set due_at = $3 where id in IDS($1) and runner = $2 and "
            "status = 'running'",
            ids, runner, lease_end);
}

Time sagas_next_due(Ctx *cx)
{
    return (Time){db_int(cx, 0,
                         "select due_at from sagas where finished_at is null order by due_at "
                         "limit 1")};
}

Time sagas_next_due_of(Ctx *cx, Id runner)
{
    return (Time){db_int(cx, 0,
                         "select due_at from sagas where finished_at is null and runner = $1 "
                         "order by due_at limit 1",
                         runner)};
}

IdList sagas_settled(Ctx *cx, IdList ids)
{
    return db_ids(cx,
                  "select id from sagas where id in IDS($1) and (finished_at is not null or "
                  "status = 'waiting')",
                  ids);
}

int64_t sagas_forget(Ctx *cx, Time now, int64_t limit)
{
    return db_exec(cx,
                   "delete from sagas where id in (select id from sagas where forget_at <= $1 "
                   "order by forget_at limit $2) and forget_at <= $1",
                   now, limit);
}

/* ---- Looking after --------------------------------------------------------------------------- */

SagaRowList sagas_list(Ctx *cx, const SagaFilter *filter)
{
    int64_t all = filter->all;
    return rows(db_all(cx, &saga_row_type,
                       "select id, name, subject_kind, subject, status, step, undoing, attempts, "
                       "error, detail, due_at, created_at, updated_at from sagas where "
                       "($1 = '' or name = $1) and ($2 = 1 or finished_at is null) "
                       "order by id desc limit $3",
                       filter->name, all, filter->limit));
}

bool saga_hurry(Ctx *cx, Id id, Time now)
{
    return db_exec(cx,
                   "update sagas set due_at = $2 where id = $1 and finished_at is null and "
                   "status <> 'running'",
                   id, now) == 1;
}

static const Type saga_counts_type =
    TYPE(SagaCounts, "", FIELD(SagaCounts, running, ""), FIELD(SagaCounts, waiting, ""),
         FIELD(SagaCounts, stuck, ""));

SagaCounts sagas_count(Ctx *cx)
{
    const SagaCounts *found = db_one(
        cx, &saga_counts_type,
        "select count(case when status in ('running', 'pausing') then 1 end) as running, "
        "count(case when status = 'waiting' then 1 end) as waiting, "
        "count(case when attempts >= $1 then 1 end) as stuck from sagas where finished_at is null",
        (int64_t)SAGA_STUCK_ATTEMPTS);
    return found ? *found : (SagaCounts){0};
}
