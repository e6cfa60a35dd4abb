/* Public events get numbers without gaps, each once, after their commit. */
#include "platform/outbox/outbox.h"

#include "platform/db/test_world.h"
#include "platform/events.h"

#include <pthread.h>
#include <sched.h>

typedef struct Tea {
    int64_t cups;
} Tea;

static const Type tea_type = TYPE(Tea, "Tea.", FIELD(Tea, cups, "How much."));
static const Event tea_ready = {"tea.ready", "The tea is ready.", &tea_type};
static const Event tea_spilt = {"tea.spilt", "Nobody outside needs to know.", NULL};

static World *outbox_of(void **state)
{
    World *w = world_of(state);
    int applied;
    Str detail = S("");
    const Error *error = db_migrate(w->db, &w->cx, outbox_module.migrations,
                                    outbox_module.migration_count, &applied, &detail);
    if (error) fail_msg("%s: %.*s", error->code, STR_ARG(detail));
    events_gather(NULL, 0);
    return w;
}

typedef struct Pour {
    int64_t first, count;
    bool refuse;
} Pour;

static bool pour(Ctx *cx, void *arg)
{
    const Pour *p = arg;
    announce(cx, &tea_spilt, NULL);
    for (int64_t i = 0; i < p->count; i++) announce(cx, &tea_ready, &(Tea){p->first + i});
    return !p->refuse;
}

/* How many were numbered. PostgreSQL may still be about to take back the turn before, which numbered
 * nothing: nobody waits for a ROLLBACK. */
static int64_t number(World *w)
{
    SequencerTurn turn = {&outbox_sequencer, -1};
    while (turn.count < 0) RUN(w, TX_WRITE, sequencer_turn, &turn);
    return turn.count;
}

typedef struct Told {
    int64_t sequence;
    Json data;
} Told;

static const Type told_type =
    TYPE(Told, "What is told.", FIELD(Told, sequence, ""), FIELD(Told, data, ""));

static bool read_all(Ctx *cx, void *arg)
{
    *(AnyList *)arg = db_all(cx, &told_type,
                             "select sequence, data from outbox where sequence is not null "
                             "order by sequence");
    return true;
}

/* "1:3 2:4": number and cups. */
static const char *told(World *w)
{
    AnyList all;
    Buf out = buf_new(w->arena, 65536);
    RUN(w, TX_READ, read_all, &all);
    const Told *items = all.items;
    for (size_t i = 0; i < all.n; i++) {
        Str data = items[i].data.text; /* {"cups":3}, in PostgreSQL's spelling or ours */
        size_t at = str_find_char(data, ':') + 1;
        buf_format(&out, "%s%lld:%.*s", i ? " " : "", (long long)items[i].sequence,
                   STR_ARG(str_trim(str_slice(data, at, data.n - 1))));
    }
    return str_z(w->arena, buf_str(&out));
}

static void test_what_is_committed_is_numbered_once_and_in_order(void **state)
{
    World *w = outbox_of(state);
    assert_int_equal(number(w), 0);
    RUN(w, TX_WRITE, pour, (&(Pour){7, 2, false}));
    RUN(w, TX_WRITE, pour, (&(Pour){100, 5, true})); /* taken back: no gap */
    RUN(w, TX_WRITE, pour, (&(Pour){3, 1, false}));
    assert_string_equal(told(w), "");
    assert_int_equal(number(w), 3);
    assert_int_equal(number(w), 0);
    RUN(w, TX_WRITE, pour, (&(Pour){5, 1, false}));
    assert_int_equal(number(w), 1);
    assert_string_equal(told(w), "1:7 2:8 3:3 4:5");
}

static bool forget_all(Ctx *cx, void *arg)
{
    (void)arg;
    db_exec(cx, "delete from outbox");
    return true;
}

static void test_numbers_go_on_when_all_is_forgotten(void **state)
{
    World *w = outbox_of(state);
    RUN(w, TX_WRITE, pour, (&(Pour){1, 3, false}));
    assert_int_equal(number(w), 3);
    RUN(w, TX_WRITE, forget_all, NULL);
    RUN(w, TX_WRITE, pour, (&(Pour){9, 1, false}));
    assert_int_equal(number(w), 1);
    assert_string_equal(told(w), "4:9");
}

static void test_many_are_numbered_in_slices(void **state)
{
    World *w = outbox_of(state);
    RUN(w, TX_WRITE, pour, (&(Pour){1, SEQUENCER_NUMBERED_MAX + 5, false}));
    assert_int_equal(number(w), SEQUENCER_NUMBERED_MAX);
    assert_int_equal(number(w), 5);
    assert_int_equal(number(w), 0);
}

/* On SQLite nobody commits behind another's back. */
static void test_one_that_commits_late_is_numbered_late(void **state)
{
    World *w = outbox_of(state);
    PGconn *other = pg_connect(test_pg_url);
    pg_run(other, "begin");
    pg_run(other, "insert into outbox (id, name, data, occurred_at) values (1, 'tea.ready', "
                  "'{\"cups\": 1}', now())");
    RUN(w, TX_WRITE, pour, (&(Pour){2, 1, false}));
    assert_int_equal(number(w), 1);
    assert_string_equal(told(w), "1:2");
    pg_run(other, "commit");
    assert_int_equal(number(w), 1);
    assert_string_equal(told(w), "1:2 2:1");
    PQfinish(other);
}

enum { WRITERS = 6, TIMES = 40 };

static void *write_many(void *arg)
{
    World *w = arg;
    for (int i = 0; i < TIMES; i++) {
        Ctx cx = world_cx(w);
        Pour p = {i, 1 + i % 3, i % 4 == 3};
        WANT_INT(db_run(w->db, TX_WRITE, &cx, pour, &p), DB_FINE);
        arena_free(cx.arena);
    }
    return NULL;
}

static void test_beside_many_writers_there_is_no_gap(void **state)
{
    World *w = outbox_of(state);
    pthread_t threads[WRITERS];
    int64_t each = 0;
    for (int i = 0; i < TIMES; i++) each += i % 4 == 3 ? 0 : 1 + i % 3;
    ModuleWorld world = {
        .db = w->db, .clock = &clock_system, .random = &random_system, .ids = &w->ids};
    assert_true(outbox_start(&world));
    for (int i = 0; i < WRITERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, write_many, w), 0);
    for (int i = 0; i < WRITERS; i++) pthread_join(threads[i], NULL);
    AnyList all = {0};
    while (all.n < (size_t)(WRITERS * each)) {
        RUN(w, TX_READ, read_all, &all);
        const Told *items = all.items;
        for (size_t i = 0; i < all.n; i++)
            assert_int_equal(items[i].sequence, i + 1); /* at any moment */
        sched_yield();
    }
    outbox_stop();
    assert_int_equal(all.n, WRITERS * each);
    assert_int_equal(number(w), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(test_what_is_committed_is_numbered_once_and_in_order),
        ON_BOTH(test_numbers_go_on_when_all_is_forgotten),
        ON_BOTH(test_many_are_numbered_in_slices),
        ON_POSTGRES(test_one_that_commits_late_is_numbered_late),
        ON_BOTH(test_beside_many_writers_there_is_no_gap),
    };
    return cmocka_run_group_tests_name("outbox", tests, worlds_begin, worlds_end);
}
