#include "base/random.h"
#include "platform/columns/slot_order.h"

#include <setjmp.h>
#include <stdlib.h>

#include <cmocka.h>

enum { IDS = 20000 };

static Random chance;
static RandomSeeded seeded;
static Slots slots;
static Column *column;

static size_t below(size_t bound)
{
    return (size_t)random_below(&chance, bound);
}

static int begin(void **state)
{
    (void)state;
    chance = random_seeded(&seeded, 9);
    slots_init(&slots);
    column = column_new(COLUMN_NUMBERS, S("n"), (SipKey){1, 2});
    return 0;
}

static int end(void **state)
{
    (void)state;
    column_free(column);
    slots_clear(&slots);
    return 0;
}

/* Many objects are equal in their number, some have none. */
static void set_number(uint32_t slot)
{
    uint64_t code = number_encode((int64_t)below(800) - 400);
    column_set(column, slot, &code, below(10) != 0);
}

static uint32_t add(int64_t id)
{
    size_t size;
    uint32_t *table = slots_larger_table(&slots, &size);
    if (table) free(slots_take_table(&slots, table, size));
    uint32_t slot = slots_add(&slots, (Id){id});
    set_number(slot);
    return slot;
}

static void expect_sorted(const SlotOrder *order)
{
    OrderPlace place = {0, 0};
    uint32_t slot, previous = NO_SLOT;
    size_t n = 0;
    for (; slot_order_next(order, &place, &slot); n++, previous = slot) {
        assert_true(bit_get(slots.pages[slot / PAGE_SLOTS]->live, slot % PAGE_SLOTS));
        SortKey key = sorting_key(&order->sorting, slot, sorting_major(&order->sorting, slot));
        if (previous != NO_SLOT)
            assert_true(sorting_compare_slot(&order->sorting, previous, &key) < 0);
        if (n % 100) continue;
        OrderPlace found = slot_order_find(order, &key);
        assert_int_equal(slot_order_between(order, (OrderPlace){0, 0}, found), n);
    }
    assert_int_equal(n, slots.objects);
    for (size_t i = 0; i < order->n; i++)
        assert_in_range(order->chunks[i]->n, 1, ORDER_CHUNK_SLOTS);
}

/* Puts, changes or removes an object, as the store does. */
static void change(SlotOrder *order, size_t share_of_removals)
{
    int64_t id = 1 + (int64_t)below(IDS);
    uint32_t slot = slots_find(&slots, (Id){id});
    bool is_gone = below(100) < share_of_removals;
    if (slot == NO_SLOT && is_gone) return;
    if (slot == NO_SLOT) {
        slot_order_insert(order, add(id));
        return;
    }
    slot_order_remove(order, slot);
    if (is_gone) {
        column_set(column, slot, NULL, 0);
        slots_remove(&slots, slot);
        return;
    }
    set_number(slot);
    slot_order_insert(order, slot);
}

static void hold_through_changes(bool is_descending)
{
    for (int64_t id = 1; id <= IDS; id += 4) add(id);
    Sorting sorting = {
        .by = ORDER_NUMBER, .is_descending = is_descending, .column = column, .slots = &slots};
    SlotOrder *order = slot_order_new(&sorting);
    expect_sorted(order);
    for (int i = 1; i <= 60000; i++) { /* it grows fourfold */
        change(order, 5);
        if (i % 6000 == 0) expect_sorted(order);
    }
    assert_true(slots.objects > IDS / 10 * 8);
    for (int i = 1; i <= 90000; i++) { /* and shrinks */
        change(order, 97);
        if (i % 9000 == 0) expect_sorted(order);
    }
    assert_true(slots.objects < IDS / 10);
    /* Two neighbours are never both small. */
    assert_in_range(order->n, 1, slots.objects / (ORDER_CHUNK_SLOTS / 4) + 1);
    slot_order_free(order);
}

/* An object with this number, so that the order has something to go by. */
static uint32_t add_with(int64_t id, int64_t number)
{
    uint32_t slot = add(id);
    uint64_t code = number_encode(number);
    column_set(column, slot, &code, 1);
    return slot;
}

static void a_full_chunk_splits_at_every_place(void **state)
{
    (void)state;
    enum { BUILT = ORDER_CHUNK_SLOTS * 7 / 8 };
    int64_t id = 0;
    for (int64_t i = 0; i < BUILT; i++) add_with(++id, 2 * i);
    for (int64_t at = 0; at <= ORDER_CHUNK_SLOTS; at++) {
        uint32_t added[ORDER_CHUNK_SLOTS - BUILT + 1];
        size_t n = 0;
        Sorting sorting = {.by = ORDER_NUMBER, .column = column, .slots = &slots};
        SlotOrder *order = slot_order_new(&sorting);
        for (int64_t i = BUILT; i < ORDER_CHUNK_SLOTS; i++) {
            added[n] = add_with(++id, 2 * i);
            slot_order_insert(order, added[n++]);
        }
        assert_int_equal(order->n, 1);
        added[n] = add_with(++id, 2 * at - 1);
        slot_order_insert(order, added[n++]);
        assert_int_equal(order->n, 2);
        expect_sorted(order);
        slot_order_free(order);
        while (n > 0) {
            column_set(column, added[--n], NULL, 0);
            slots_remove(&slots, added[n]);
        }
    }
}

static void it_stays_sorted_ascending(void **state)
{
    (void)state;
    hold_through_changes(false);
}

static void it_stays_sorted_descending(void **state)
{
    (void)state;
    hold_through_changes(true);
}

static void an_empty_order_takes_its_first_object(void **state)
{
    (void)state;
    Sorting sorting = {.by = ORDER_NEWEST, .slots = &slots};
    SlotOrder *order = slot_order_new(&sorting);
    expect_sorted(order);
    slot_order_insert(order, add(7));
    expect_sorted(order);
    slot_order_remove(order, slots_find(&slots, (Id){7}));
    assert_int_equal(order->n, 0);
    slot_order_free(order);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_full_chunk_splits_at_every_place, begin, end),
        cmocka_unit_test_setup_teardown(it_stays_sorted_ascending, begin, end),
        cmocka_unit_test_setup_teardown(it_stays_sorted_descending, begin, end),
        cmocka_unit_test_setup_teardown(an_empty_order_takes_its_first_object, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
