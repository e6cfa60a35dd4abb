#include "platform/columns/order_hints.h"

#include "platform/columns/memory.h"

#include <stdlib.h>
#include <string.h>

OrderHints *order_hints_new(void)
{
    OrderHints *hints = memory_zeroed(1, sizeof *hints);
    atomic_flag_clear(&hints->is_busy);
    return hints;
}

void order_hints_free(OrderHints *hints)
{
    for (uint32_t i = 0; i < hints->n; i++) free(hints->items[i]);
    free(hints);
}

size_t order_hints_bytes(const OrderHints *hints)
{
    return sizeof *hints + hints->n * sizeof **hints->items;
}

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
        if (hints->items[i]->column == column && hints->items[i]->code == code)
            return hints->items[i];
    return NULL;
}

bool order_hints_find(OrderHints *hints, const Column *column, uint32_t code, OrderHint *out)
{
    if (!take(hints)) return false;
    const OrderHint *hint = find(hints, column, code);
    if (hint) *out = *hint;
    give_back(hints);
    return hint != NULL;
}

void order_hints_learn(OrderHints *hints, const OrderHint *learned)
{
    if (!learned->n || !take(hints)) return;
    OrderHint *hint = find(hints, learned->column, learned->code);
    if (!hint && hints->n < ORDER_HINTS_MAX) {
        hint = hints->items[hints->n++] = memory_zeroed(1, sizeof *hint);
    } else if (!hint) {
        hint = hints->items[hints->next];
        hints->next = (hints->next + 1) % ORDER_HINTS_MAX;
    }
    *hint = *learned;
    give_back(hints);
}

static bool has_term(const OrderHint *hint, uint32_t slot)
{
    const Segment *segment = column_segment(hint->column, slot >> PAGE_SHIFT);
    return segment_has(segment, slot % PAGE_SLOTS, hint->code);
}

/* The object takes its place among the hint's; when there are too many the last one goes, and with it
 * the bound. */
static void insert(OrderHint *hint, const Sorting *sorting, const SortKey *key)
{
    uint32_t first = 0, end = hint->n;
    while (first < end) {
        uint32_t middle = first + (end - first) / 2;
        if (sorting_compare_slot(sorting, hint->slots[middle], key) < 0)
            first = middle + 1;
        else
            end = middle;
    }
    if (hint->slots[first] == key->slot) return;
    if (hint->n < ORDER_HINT_SLOTS) hint->n++;
    memmove(hint->slots + first + 1, hint->slots + first,
            (hint->n - 1 - first) * sizeof *hint->slots);
    hint->slots[first] = key->slot;
}

void order_hints_put(OrderHints *hints, const Sorting *sorting, uint32_t slot)
{
    if (!hints->n) return;
    SortKey key = sorting_key(sorting, slot, sorting_major(sorting, slot));
    for (uint32_t i = 0; i < hints->n; i++) {
        OrderHint *hint = hints->items[i];
        if (sorting_compare_slot(sorting, hint->slots[hint->n - 1], &key) > 0 &&
            has_term(hint, slot))
            insert(hint, sorting, &key);
    }
}

static void drop(OrderHints *hints, uint32_t i)
{
    free(hints->items[i]);
    hints->items[i] = hints->items[--hints->n];
}

void order_hints_leave(OrderHints *hints, uint32_t slot)
{
    for (uint32_t i = hints->n; i-- > 0;) {
        OrderHint *hint = hints->items[i];
        uint32_t at = 0;
        while (at < hint->n && hint->slots[at] != slot) at++;
        if (at == hint->n) continue;
        hint->n--;
        memmove(hint->slots + at, hint->slots + at + 1, (hint->n - at) * sizeof *hint->slots);
        if (!hint->n) drop(hints, i);
    }
}

void order_hints_drop_column(OrderHints *hints, const Column *column)
{
    for (uint32_t i = hints->n; i-- > 0;)
        if (hints->items[i]->column == column) drop(hints, i);
}
