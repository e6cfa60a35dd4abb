/* Orders are numbered in the order of placing, without gaps, also by several at once. */
#include "modules/orders/number.h"
#include "modules/orders/test_shop.h"

#include <pthread.h>

static bool place_many(Ctx *cx, void *arg)
{
    for (int i = 0; i < 5; i++) place_one(cx);
    return *(bool *)arg; /* taken back: no number is lost */
}

static bool want_numbers(Ctx *cx, void *arg)
{
    (void)arg;
    WANT_INT(db_int(cx, 0, "select count(*) from orders where number is null"), 0);
    WANT_INT(db_int(cx, 0, "select max(number) from orders"), 5);
    WANT_INT(db_int(cx, 0,
                    "select count(*) from orders a join orders b on b.number = a.number + 1 "
                    "where b.id > a.id"),
             4); /* in the order of placing */
    laws_hold(cx);
    return true;
}

static void numbers_have_no_gaps(void **state)
{
    World *w = shop_of(state);
    SequencerTurn turn = {&order_numbers, 0};
    bool keep = false;
    db_run(w->db, TX_WRITE, &w->cx, place_many, &keep);
    keep = true;
    RUN(w, TX_WRITE, place_many, &keep);
    RUN(w, TX_WRITE, sequencer_turn, &turn);
    assert_int_equal(turn.count, 5);
    RUN(w, TX_READ, want_numbers, NULL);
}

enum { THREADS = 4, EACH = 20 };

typedef struct Crowd {
    World *w;
    pthread_t thread;
    int seed;
} Crowd;

static bool place_alone(Ctx *cx, void *arg)
{
    (void)arg;
    OrderDraft given = draft();
    OrderLine gift = {.title = S("Sample"), .quantity = 1, .unit_price = {1}};
    given.lines = &gift, given.n = 1;
    given.totals = (Totals){.currency = {"EUR"}, .subtotal = {1}, .total = {1}};
    return order_place(cx, ctx_id(cx), &given) != NULL;
}

static void *crowd(void *arg)
{
    Crowd *c = arg;
    for (int i = 0; i < EACH; i++) {
        Arena *arena = arena_new(4096);
        Ctx cx = c->w->cx;
        cx.arena = arena;
        SequencerTurn turn = {&order_numbers, 0};
        if (db_run(c->w->db, TX_WRITE, &cx, place_alone, NULL) != DB_FINE) abort();
        db_run(c->w->db, TX_WRITE, &cx, sequencer_turn, &turn); /* or another one is at it */
        arena_free(arena);
    }
    return NULL;
}

static bool want_all_numbered(Ctx *cx, void *arg)
{
    (void)arg;
    WANT_INT(db_int(cx, 0, "select max(number) from orders"), THREADS * EACH);
    WANT_INT(db_int(cx, 0, "select count(distinct number) from orders"), THREADS * EACH);
    WANT_INT(found_by(cx, "orders.numbers"), 0);
    return true;
}

static void many_who_number_at_once_leave_no_gap(void **state)
{
    World *w = shop_of(state);
    Crowd crowds[THREADS];
    SequencerTurn turn = {&order_numbers, -1};
    for (int i = 0; i < THREADS; i++) {
        crowds[i] = (Crowd){.w = w, .seed = i};
        assert_int_equal(pthread_create(&crowds[i].thread, NULL, crowd, &crowds[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) pthread_join(crowds[i].thread, NULL);
    while (turn.count < 0) /* PostgreSQL may still be about to take a thread's last turn back */
        RUN(w, TX_WRITE, sequencer_turn, &turn);
    RUN(w, TX_READ, want_all_numbered, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(numbers_have_no_gaps),
        ON_BOTH(many_who_number_at_once_leave_no_gap),
    };
    return cmocka_run_group_tests_name("orders_numbers", tests, worlds_begin, worlds_end);
}
