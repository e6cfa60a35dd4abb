/* Rows get their numbers after their commit, each once and without gaps, by whoever has the turn. */
#include "platform/sequencer/sequencer.h"

#include "platform/db/test_world.h"

#include <pthread.h>
#include <sched.h>

static const char schema[] =
    "create table guests (id ID primary key, number INTEGER unique);"
    "create table guests_end (single BOOL primary key, last INTEGER not null);"
    "insert into guests_end (single, last) values (true, 0);";

FAULT_POINT(fault_unnumbered, "test.sequencer.unnumbered", "Guests have come.");
FAULT_POINT(fault_numbered, "test.sequencer.numbered", "Guests have numbers.");
METRIC_FAMILY(seated, .name = "souk_test_guests_total", .kind = METRIC_COUNTER,
              .doc = "Guests with a number.");

static bool any_waits(Ctx *cx)
{
    return db_int(cx, 0, "select 1 from guests where number is null limit 1") == 1;
}

static int64_t seat(Ctx *cx, int64_t limit)
{
    int64_t count =
        db_exec(cx,
                "update guests set number = numbered.number from (select id as row_id, "
                "(select last from guests_end) + row_number() over (order by id) as number "
                "from guests where number is null order by id limit $1) as numbered "
                "where guests.id = numbered.row_id",
                limit);
    if (count) db_exec(cx, "update guests_end set last = last + $1", count);
    return count;
}

#define SEATS(name_)                                                                               \
    {                                                                                              \
        .name = (name_), .any = any_waits, .number = seat, .unnumbered = &fault_unnumbered,        \
        .numbered = &fault_numbered, .family = &seated, .pulse = PULSE                             \
    }

static World *house_of(void **state)
{
    World *w = world_of(state);
    world_schema(w, schema);
    return w;
}

typedef struct Party {
    Sequencer *told; /* NULL: nobody */
    int64_t guests;
} Party;

static bool come(Ctx *cx, void *arg)
{
    const Party *party = arg;
    for (int64_t i = 0; i < party->guests; i++)
        db_exec(cx, "insert into guests (id) values ($1)", ctx_id(cx));
    if (party->told) sequencer_soon(party->told, cx);
    return true;
}

/* How many got a number; -1: somebody else is at it. */
static int64_t number(World *w, const Sequencer *sequencer)
{
    SequencerTurn turn = {sequencer, 0};
    RUN(w, TX_WRITE, sequencer_turn, &turn);
    return turn.count;
}

static bool count_seated(Ctx *cx, void *arg)
{
    int64_t n = db_int(cx, -1, "select count(*) from guests where number is not null");
    WANT_INT(db_int(cx, -1, "select coalesce(max(number), 0) from guests"), n); /* no gap */
    *(int64_t *)arg = n;
    return true;
}

static int64_t seated_now(World *w)
{
    int64_t n;
    RUN(w, TX_READ, count_seated, &n);
    return n;
}

static ModuleWorld module_world(World *w)
{
    return (ModuleWorld){
        .db = w->db, .clock = &clock_system, .random = &random_system, .ids = &w->ids};
}

static void a_turn_numbers_all_but_no_more_than_a_slice(void **state)
{
    World *w = house_of(state);
    Sequencer seats = SEATS("seats");
    RUN(w, TX_WRITE, come, (&(Party){NULL, 3}));
    assert_int_equal(number(w, &seats), 3);
    RUN(w, TX_WRITE, come, (&(Party){NULL, SEQUENCER_NUMBERED_MAX + 2}));
    assert_int_equal(number(w, &seats), SEQUENCER_NUMBERED_MAX);
    assert_int_equal(number(w, &seats), 2);
    assert_int_equal(number(w, &seats), 0);
    assert_int_equal(seated_now(w), SEQUENCER_NUMBERED_MAX + 5);
}

static void only_one_of_a_name_numbers_at_a_time(void **state)
{
    World *w = house_of(state);
    Sequencer seats = SEATS("seats"), tables = SEATS("tables");
    PGconn *other = pg_connect(test_pg_url);
    RUN(w, TX_WRITE, come, (&(Party){NULL, 2}));
    pg_run(other, "begin");
    pg_run(other, "select pg_advisory_xact_lock(hashtext('souk.seats'))");
    assert_int_equal(number(w, &seats), -1);
    assert_int_equal(seated_now(w), 0);
    assert_int_equal(number(w, &tables), 2); /* another name is another turn */
    RUN(w, TX_WRITE, come, (&(Party){NULL, 1}));
    pg_run(other, "commit");
    assert_int_equal(number(w, &seats), 1);
    PQfinish(other);
}

static void what_was_left_unnumbered_is_numbered_at_the_start_and_counted(void **state)
{
    World *w = house_of(state);
    Sequencer seats = SEATS("seats");
    ModuleWorld world = module_world(w);
    uint64_t before = metric_read(metric_series(&seated));
    RUN(w, TX_WRITE, come, (&(Party){NULL, SEQUENCER_NUMBERED_MAX + 2}));
    assert_true(sequencer_start(&seats, &world));
    while (seated_now(w) < SEQUENCER_NUMBERED_MAX + 2) sched_yield();
    sequencer_stop(&seats);
    assert_int_equal(metric_read(seats.count) - before, SEQUENCER_NUMBERED_MAX + 2);
}

enum { HOUSES = 2, TIMES = 40 };

typedef struct Host {
    Db *db;
    Ctx cx;
    Sequencer *seats;
    pthread_t thread;
} Host;

static void *host(void *arg)
{
    Host *h = arg;
    for (int i = 0; i < TIMES; i++) {
        Party party = {h->seats, 1 + i % 3};
        WANT_INT(db_run(h->db, TX_WRITE, &h->cx, come, &party), DB_FINE);
    }
    arena_free(h->cx.arena);
    return NULL;
}

/* As two processes have them on one database. */
static void two_of_a_name_leave_no_gap(void **state)
{
    World *w = house_of(state);
    Sequencer seats[HOUSES] = {SEATS("seats"), SEATS("seats")};
    Host hosts[HOUSES];
    ModuleWorld world = module_world(w);
    int64_t all = 0;
    for (int i = 0; i < TIMES; i++) all += HOUSES * (1 + i % 3);
    for (int i = 0; i < HOUSES; i++) {
        hosts[i] = (Host){.db = w->db, .cx = world_cx(w), .seats = &seats[i]};
        assert_true(sequencer_start(&seats[i], &world));
        assert_int_equal(pthread_create(&hosts[i].thread, NULL, host, &hosts[i]), 0);
    }
    while (seated_now(w) < all) sched_yield();
    for (int i = 0; i < HOUSES; i++) {
        pthread_join(hosts[i].thread, NULL);
        sequencer_stop(&seats[i]);
    }
    assert_int_equal(seated_now(w), all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(a_turn_numbers_all_but_no_more_than_a_slice),
        ON_POSTGRES(only_one_of_a_name_numbers_at_a_time),
        ON_BOTH(what_was_left_unnumbered_is_numbered_at_the_start_and_counted),
        ON_BOTH(two_of_a_name_leave_no_gap),
    };
    return cmocka_run_group_tests_name("sequencer", tests, worlds_begin, worlds_end);
}
