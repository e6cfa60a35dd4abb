/* The table of changes: writing to it, reading from it, telling what was read.
 *
 * A reader must find its place again in a table that others are writing to. On SQLite that is easy:
 * there is one writer, so the order of ids is the order of commits. On PostgreSQL a transaction
 * writes its row now and commits when it likes, behind rows that were written later; a reader that
 * remembers the newest row it saw would miss it for ever. So each row carries the number of its
 * transaction, and a reader remembers the lowest number that was still under way when it looked
 * (pg_snapshot_xmin): everything below has ended and was seen, everything from there on is read
 * again the next time. Rows may come twice; none is lost. Nobody waits for anybody.
 *
 * The process itself is told of its own changes after its commit and would hear of them again from
 * the table; `told` remembers the ids of the newest rows, so that caches are not emptied twice. It
 * may forget (two rows share a slot), which costs an entry of the cache and no truth. It is not by
 * the writer's node number, because there is one own change that nobody told of: the one whose
 * COMMIT was lost on the way.
 *
 * Rejected: LISTEN/NOTIFY (one NOTIFY serialises all commits of a database; 3.5 instead of 8.4
 * thousand a second), a sequence (numbers are given in the order of inserts, not of commits), one
 * sequencer that numbers rows afterwards (the outbox will have it; here nobody needs an order). */
#include "platform/changes_news.h"

#include "platform/cache/cache.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum {
    KINDS_MAX = 64, /* of objects; there are as many as modules have tables, not as rows */
    NAME_MAX_BYTES = 31,
    TOLD_SLOTS = 1 << 13, /* rows of the last second or so */
    PAGE = 1000,          /* rows of news that are in memory at once */
};

/* ---- What this process knows ----------------------------------------------------------------- */

typedef struct KnownKind {
    char name[NAME_MAX_BYTES + 1];
    _Atomic uint64_t seen;
} KnownKind;

static struct {
    pthread_mutex_t lock; /* of adding a kind */
    KnownKind kinds[KINDS_MAX];
    _Atomic size_t kind_count;
    _Atomic uint64_t everything; /* how often all kinds changed */
    _Atomic int64_t told[TOLD_SLOTS];
} known = {.lock = PTHREAD_MUTEX_INITIALIZER};

static KnownKind *find_kind(Str name)
{
    size_t count = atomic_load_explicit(&known.kind_count, memory_order_acquire);
    for (size_t i = 0; i < count; i++)
        if (str_eq(str_from(known.kinds[i].name), name)) return &known.kinds[i];
    return NULL;
}

/* NULL when there are too many kinds, or the name is too long: then it is none of this program's. */
static KnownKind *find_or_add_kind(Str name)
{
    KnownKind *kind = find_kind(name);
    if (kind || name.n > NAME_MAX_BYTES) return kind;
    pthread_mutex_lock(&known.lock);
    kind = find_kind(name);
    size_t count = atomic_load(&known.kind_count);
    if (!kind && count < KINDS_MAX) {
        kind = &known.kinds[count];
        memcpy(kind->name, name.p, name.n);
        atomic_store_explicit(&known.kind_count, count + 1, memory_order_release);
    }
    pthread_mutex_unlock(&known.lock);
    return kind;
}

uint64_t changes_seen(const char *kind)
{
    const KnownKind *found = find_kind(str_from(kind));
    return (found ? atomic_load(&found->seen) : 0) + atomic_load(&known.everything);
}

static _Atomic int64_t *told_slot(Id row)
{
    return &known.told[((uint64_t)row.n * 0x9E3779B97F4A7C15u) >> 51]; /* Fibonacci hashing */
}

_Static_assert(TOLD_SLOTS == 1 << (64 - 51), "the shift leaves as many bits as there are slots");

/* The count first: what is derived in memory is brought up to date by it, and an answer that is made
 * of that and takes its moment (cache/tags.c) after this bump must have been made of what the bump is
 * about. The other way round a list that is made between the two would be kept as if it knew. */
static void tell(KnownKind *kind, Id subject, Id row)
{
    atomic_fetch_add(&kind->seen, 1);
    cache_bump(kind->name, subject);
    atomic_store_explicit(told_slot(row), row.n, memory_order_relaxed);
}

static void tell_everything(void)
{
    atomic_fetch_add(&known.everything, 1);
    cache_bump_all();
}

/* ---- The two databases ----------------------------------------------------------------------- */

typedef struct Standing {
    int64_t now;    /* every change below is seen by this snapshot */
    int64_t newest; /* none is above */
    int64_t oldest; /* every change above is still in the table */
} Standing;

static const Type standing_type =
    TYPE(Standing, "Where the table of changes stands.", FIELD(Standing, now, ""),
         FIELD(Standing, newest, ""), FIELD(Standing, oldest, ""));

static void ask_standing(Ctx *cx, Standing **out)
{
    if (db_dialect(cx) == DB_SQLITE)
        db_ask_one(cx, out, &standing_type,
                   "select newest + 1 as now, newest + 1 as newest, oldest from "
                   "(select (select max(place) from changes) as newest, "
                   "(select min(place) from changes) as oldest)");
    else
        db_ask_one(cx, out, &standing_type,
                   "select cast(cast(pg_snapshot_xmin(pg_current_snapshot()) as text) as bigint) "
                   "as now, cast(cast(pg_snapshot_xmax(pg_current_snapshot()) as text) as bigint) "
                   "as newest, (select min(place) from changes) as oldest");
}

typedef struct ChangeRow {
    Id row;
    Str kind;
    Id subject;
} ChangeRow;

static const Type change_row_type =
    TYPE(ChangeRow, "A change as it is written down.", FIELD(ChangeRow, row, "", .prefix = "chg"),
         FIELD(ChangeRow, kind, ""), FIELD(ChangeRow, subject, "", .prefix = "id"));

static void write_changes(Ctx *cx, const ChangeRow *rows, size_t n)
{
    if (db_dialect(cx) == DB_SQLITE)
        db_post_rows(cx, &change_row_type, rows, n,
                     "insert into changes (place, kind, subject) values (:row, :kind, :subject)");
    else
        db_post_rows(cx, &change_row_type, rows, n,
                     "insert into changes (id, kind, subject) values (:row, :kind, :subject)");
}

/* ---- Writing --------------------------------------------------------------------------------- */

typedef struct Change {
    KnownKind *kind;
    Id subject, row;
} Change;

static void tell_of_own(void *arg)
{
    const Change *change = arg;
    tell(change->kind, change->subject, change->row);
}

/* All changes of a transaction at once. */
static void write_own(Ctx *cx, void **items, size_t n)
{
    ChangeRow *rows = NEW_N(cx->arena, ChangeRow, n);
    for (size_t i = 0; i < n; i++) {
        const Change *change = items[i];
        rows[i] = (ChangeRow){change->row, str_from(change->kind->name), change->subject};
    }
    write_changes(cx, rows, n);
}

void changed(Ctx *cx, const char *kind, Id id)
{
    Change *change = NEW(cx->arena, Change);
    *change = (Change){find_or_add_kind(str_from(kind)), id, ctx_id(cx)};
    assert(change->kind && id.n);
    ctx_before_commit(cx, write_own, change);
    ctx_after_commit(cx, tell_of_own, change);
}

/* ---- Reading --------------------------------------------------------------------------------- */

/* Is everything since `place` in the table? */
static bool is_kept(const Standing *standing, int64_t place)
{
    return place > standing->oldest && place <= standing->newest;
}

typedef struct Subject {
    Id subject;
} Subject;

_Static_assert(sizeof(Subject) == sizeof(Id), "a list of one is a list of the other");

static const Type subject_type =
    TYPE(Subject, "What has changed.", FIELD(Subject, subject, "", .prefix = "id"));

IdList changes_since(Ctx *cx, const char *kind, ChangePosition *position, bool *complete)
{
    Standing *standing;
    AnyList subjects;
    *complete = false;
    ask_standing(cx, &standing);
    db_ask_all(cx, &subjects, &subject_type,
               "select distinct subject from changes where place >= $1 and kind = $2 limit $3",
               position->place ? position->place : INT64_MAX, str_from(kind),
               (int64_t)CHANGES_LISTED_MAX + 1);
    if (!db_settle(cx)) return (IdList){0};
    *complete = is_kept(standing, position->place) && subjects.n <= CHANGES_LISTED_MAX;
    position->place = standing->now;
    return *complete ? (IdList){subjects.items, subjects.n} : (IdList){0};
}

typedef struct News {
    int64_t place;
    Id id;
    Str kind;
    Id subject;
} News;

static const Type news_type =
    TYPE(News, "A change.", FIELD(News, place, ""), FIELD(News, id, "", .prefix = "id"),
         FIELD(News, kind, ""), FIELD(News, subject, "", .prefix = "id"));

static void tell_news(AnyList page)
{
    const News *news = page.items;
    for (size_t i = 0; i < page.n; i++, news++) {
        if (atomic_load_explicit(told_slot(news->id), memory_order_relaxed) == news->id.n) continue;
        KnownKind *kind = find_or_add_kind(news->kind);
        if (kind) tell(kind, news->subject, news->id);
    }
}

/* The news from `last` on, page by page, the first of which has been read. */
static bool tell_pages(Ctx *cx, AnyList page)
{
    ArenaMark mark = arena_mark(cx->arena);
    for (;;) {
        tell_news(page);
        if (page.n < PAGE) return db_failure(cx) == DB_FINE;
        const News *last = (const News *)page.items + page.n - 1;
        int64_t place = last->place;
        Id id = last->id;
        arena_rewind(cx->arena, mark);
        page = db_all(cx, &news_type,
                      "select place, id, kind, subject from changes where (place, id) > ($1, $2) "
                      "order by place, id limit $3",
                      place, id, (int64_t)PAGE);
    }
}

bool changes_take_news(Ctx *cx, ChangePosition *position)
{
    Standing *standing;
    AnyList page;
    ask_standing(cx, &standing);
    db_ask_all(cx, &page, &news_type,
               "select place, id, kind, subject from changes where place >= $1 "
               "order by place, id limit $2",
               position->place ? position->place : INT64_MAX, (int64_t)PAGE);
    if (!db_settle(cx)) return false;
    if (!is_kept(standing, position->place))
        tell_everything();
    else if (!tell_pages(cx, page))
        return false;
    position->place = standing->now;
    return true;
}

/* ---- Forgetting ------------------------------------------------------------------------------ */

/* The newest of the old ones stays, as the mark of what is still there: a position above it misses
 * nothing. */
int64_t changes_forget(Ctx *cx, Time before)
{
    const News *mark =
        db_one(cx, &news_type,
               "select place, id from (select place, id from changes where id < $1 "
               "order by place, id limit $2) as old order by place desc, id desc limit 1",
               id_first_of(before), (int64_t)CHANGES_FORGOTTEN_MAX + 1);
    if (!mark) return 0;
    return db_exec(cx, "delete from changes where (place, id) < ($1, $2)", mark->place, mark->id);
}

/* ---- The table ------------------------------------------------------------------------------- */

extern const char changes_0001_changes[];
static const Migration migrations[] = {
    {.module = "changes", .number = 1, .name = "changes", .sql = changes_0001_changes}};

const Module changes_module = {
    .name = "changes",
    .doc = "What has changed lately, for whoever keeps something derived in memory.",
    MODULE_ROWS(migrations, migration),
};
