#include "platform/columns/order_hints.h"

static bool take(OrderHints *hints)
{
    return !atomic_flag_test_and_set_explicit(&hints->is_busy, memory_order_acquire);
}

static void give_back(OrderHints *hints)
{
    atomic_flag_clear_explicit(&hints->is_busy, memory_order_release);
}

static OrderHint *find(OrderHints *hints, const Column *column, uint32_t code)
{
    for (uint32_t i = 0; i < hints->n; i++)
        if (hints->items[i].column == column && hints->items[i].code == code)
            return &hints->items[i];
    return NULL;
}

uint32_t order_hints_find(OrderHints *hints, const Column *column, uint32_t code)
{
    if (!take(hints)) return NO_SLOT;
    const OrderHint *hint = find(hints, column, code);
    uint32_t slot = hint ? hint->slot : NO_SLOT;
    give_back(hints);
    return slot;
}

void order_hints_learn(OrderHints *hints, const Column *column, uint32_t code, uint32_t slot)
{
    if (!take(hints)) return;
    OrderHint *hint = find(hints, column, code);
    if (!hint && hints->n < ORDER_HINTS_MAX) {
        hint = &hints->items[hints->n++];
    } else if (!hint) {
        hint = &hints->items[hints->next];
        hints->next = (hints->next + 1) % ORDER_HINTS_MAX;
    }
    *hint = (OrderHint){column, code, slot};
    give_back(hints);
}

static bool has_term(const OrderHint *hint, uint32_t slot)
{
    const Segment *segment = column_segment(hint->column, slot >> PAGE_SHIFT);
    return segment_has(segment, slot % PAGE_SLOTS, hint->code);
}

void order_hints_put(OrderHints *hints, const Sorting *sorting, uint32_t slot)
{
    if (!hints->n) return;
    SortKey key = sorting_key(sorting, slot, sorting_major(sorting, slot));
    for (uint32_t i = 0; i < hints->n; i++) {
        OrderHint *hint = &hints->items[i];
        if (sorting_compare_slot(sorting, hint->slot, &key) > 0 && has_term(hint, slot))
            hint->slot = slot;
    }
}

static void drop(OrderHints *hints, uint32_t i)
{
    hints->items[i] = hints->items[--hints->n];
}

void order_hints_leave(OrderHints *hints, uint32_t slot)
{
    for (uint32_t i = hints->n; i-- > 0;)
        if (hints->items[i].slot == slot) drop(hints, i);
}

void order_hints_drop_column(OrderHints *hints, const Column *column)
{
    for (uint32_t i = hints->n; i-- > 0;)
        if (hints->items[i].column == column) drop(hints, i);
}
