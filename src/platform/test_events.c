/* What one module announces, others react to, in its transaction. */
#include "platform/events.h"

#include "platform/db/test_world.h"

static const Event tea_ready = {.name = "tea.ready", .doc = "The tea is ready."};
static const Event tea_drunk = {.name = "tea.drunk", .doc = "The tea is gone."};
static const Event nobody_listens = {.name = "tea.spilt", .doc = "Nobody cares."};

typedef struct Tea {
    int64_t cups;
} Tea;

static char heard[64];

static void note(const char *what, int64_t cups)
{
    size_t n = strlen(heard);
    snprintf(heard + n, sizeof heard - n, "%s%d ", what, (int)cups);
}

static void pour(Ctx *cx, const Tea *tea)
{
    note("pour", tea->cups);
    db_exec(cx, "insert into cups (id) values ($1)", tea->cups);
}
REACTION(pour, Tea)

static void drink(Ctx *cx, const Tea *tea)
{
    note("drink", tea->cups);
    announce(cx, &tea_drunk, &(Tea){tea->cups - 1});
}
REACTION(drink, Tea)

static void wash(Ctx *cx, const Tea *tea)
{
    note("wash", tea->cups);
    WANT_INT(db_int(cx, -1, "select count(*) from cups"), 1);
}
REACTION(wash, Tea)

static const Reaction kitchen_rows[] = {ON(tea_ready, pour), ON(tea_drunk, wash)};
static const Reaction guest_rows[] = {ON(tea_ready, drink)};
static const Module house = {.name = "house"};
static const Module kitchen = {
    .name = "kitchen", .reactions = kitchen_rows, .reaction_count = ROWS(kitchen_rows)};
static const Module guest = {
    .name = "guest", .reactions = guest_rows, .reaction_count = ROWS(guest_rows)};
static const Module *const modules[] = {&house, &kitchen, &guest};

static World *tea_of(void **state)
{
    World *w = world_of(state);
    world_schema(w, "create table cups (id ID primary key);");
    events_gather(modules, ROWS(modules));
    heard[0] = 0;
    return w;
}

static bool make_tea(Ctx *cx, void *arg)
{
    announce(cx, &nobody_listens, NULL);
    announce(cx, &tea_ready, &(Tea){3});
    note("made", 3);
    return arg != NULL;
}

static bool count_cups(Ctx *cx, void *arg)
{
    *(int64_t *)arg = db_int(cx, -1, "select count(*) from cups");
    return true;
}

static int64_t cups(World *w)
{
    int64_t n;
    RUN(w, TX_READ, count_cups, &n);
    return n;
}

static void test_reactions_run_at_once_in_the_order_of_the_tables(void **state)
{
    World *w = tea_of(state);
    RUN(w, TX_WRITE, make_tea, w);
    assert_string_equal(heard, "pour3 drink3 wash2 made3 ");
    assert_int_equal(cups(w), 1);
}

static void test_what_they_wrote_shares_the_fate_of_the_announcer(void **state)
{
    World *w = tea_of(state);
    RUN(w, TX_WRITE, make_tea, NULL);
    assert_string_equal(heard, "pour3 drink3 wash2 made3 ");
    assert_int_equal(cups(w), 0);
}

static bool make_tea_twice(Ctx *cx, void *arg)
{
    make_tea(cx, arg);
    heard[0] = 0;
    return make_tea(cx, arg);
}

static void test_a_reaction_that_fails_fails_the_transaction(void **state)
{
    World *w = tea_of(state);
    assert_int_equal(db_run(w->db, TX_WRITE, &w->cx, make_tea_twice, w), DB_CONSTRAINT);
    assert_string_equal(heard, "pour3 made3 "); /* those behind it did not run */
    assert_int_equal(cups(w), 0);
}

static bool in_part(Ctx *cx, void *arg)
{
    WANT(db_try(cx, make_tea, arg));
    WANT(!db_try(cx, make_tea, arg));
    return true;
}

static void test_a_part_that_fails_takes_its_reactions_with_it(void **state)
{
    World *w = tea_of(state);
    RUN(w, TX_WRITE, in_part, w);
    assert_int_equal(cups(w), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(test_reactions_run_at_once_in_the_order_of_the_tables),
        ON_BOTH(test_what_they_wrote_shares_the_fate_of_the_announcer),
        ON_BOTH(test_a_reaction_that_fails_fails_the_transaction),
        ON_BOTH(test_a_part_that_fails_takes_its_reactions_with_it),
    };
    return cmocka_run_group_tests_name("events", tests, worlds_begin, worlds_end);
}
