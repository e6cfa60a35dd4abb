#include "platform/columns/column.h"

#include "platform/columns/limits.h"
#include "platform/columns/memory.h"

Column *column_new(ColumnKind kind, Str name, SipKey key)
{
    Column *column = memory_zeroed(1, sizeof *column);
    char *copy = memory_resize(NULL, name.n, 1);
    if (name.n) memcpy(copy, name.p, name.n);
    column->name = (Str){copy, name.n};
    column->kind = kind;
    term_table_init(&column->terms, key);
    return column;
}

void column_free(Column *column)
{
    for (size_t i = 0; i < column->page_count; i++) {
        free(column->segments[i]);
        if (column->heaps) free(column->heaps[i].bytes);
    }
    free(column->segments);
    free(column->heaps);
    term_table_clear(&column->terms);
    free((char *)column->name.p);
    free(column);
}

static void reach_page(Column *column, size_t page)
{
    if (page < column->page_count) return;
    size_t count = page + 1, added = count - column->page_count;
    column->segments = memory_resize(column->segments, count, sizeof(Segment *));
    memset(&column->segments[column->page_count], 0, added * sizeof(Segment *));
    if (column->kind == COLUMN_TEXTS) {
        column->heaps = memory_resize(column->heaps, count, sizeof(TextHeap));
        memset(&column->heaps[column->page_count], 0, added * sizeof(TextHeap));
    }
    column->page_count = count;
}

/* ---- Changing -------------------------------------------------------------------------------- */

static bool is_among(const uint64_t *values, size_t n, uint64_t value)
{
    for (size_t i = 0; i < n; i++)
        if (values[i] == value) return true;
    return false;
}

/* Counts and indexes of the terms that the slot gains (by 1) or loses (by -1): those among `values` that
 * are not among `others`. */
static void follow_terms(TermTable *table, uint32_t slot, const uint64_t *values, size_t n,
                         const uint64_t *others, size_t other_count, bool is_gain)
{
    for (size_t i = 0; i < n; i++) {
        if (is_among(others, other_count, values[i])) continue;
        Term *term = &table->terms[values[i]];
        if (is_gain) {
            term->objects++;
            if (term->index) term_index_add(term->index, slot);
        } else {
            term->objects--;
            if (term->index) term_index_remove(term->index, slot);
            if (term->objects == 0) term_table_drop(table, (uint32_t)values[i]);
        }
    }
}

void column_set(Column *column, uint32_t slot, const uint64_t *values, size_t n)
{
    size_t page = slot >> PAGE_SHIFT;
    unsigned at = slot & (PAGE_SLOTS - 1);
    uint64_t old[COLUMNS_TERMS_MAX];
    size_t old_count = segment_get(column_segment(column, page), at, old);
    if (old_count == n && (n == 0 || memcmp(old, values, n * sizeof *values) == 0)) return;
    reach_page(column, page);
    segment_set(&column->segments[page], at, values, n);
    column->objects += (uint32_t)(n > 0) - (uint32_t)(old_count > 0);
    if (column->kind != COLUMN_TERMS) return;
    follow_terms(&column->terms, slot, values, n, old, old_count, true);
    follow_terms(&column->terms, slot, old, old_count, values, n, false);
}

void column_set_text(Column *column, uint32_t slot, const Str *text)
{
    Str old;
    bool had = column_text(column, slot, &old);
    if (!had && !text) return;
    if (had && text && str_eq(old, *text)) return;
    size_t page = slot >> PAGE_SHIFT;
    reach_page(column, page);
    text_heap_set(&column->heaps[page], &column->segments[page], slot & (PAGE_SLOTS - 1), text);
    column->objects += (uint32_t)(text != NULL) - (uint32_t)had;
}

/* ---- Reading --------------------------------------------------------------------------------- */

bool column_number(const Column *column, uint32_t slot, int64_t *value)
{
    uint64_t code =
        segment_first(column_segment(column, slot >> PAGE_SHIFT), slot & (PAGE_SLOTS - 1));
    if (code) *value = number_decode(code);
    return code != 0;
}

bool column_text(const Column *column, uint32_t slot, Str *text)
{
    size_t page = slot >> PAGE_SHIFT;
    const Segment *places = column_segment(column, page);
    return places && text_heap_get(&column->heaps[page], places, slot & (PAGE_SLOTS - 1), text);
}

size_t column_bytes(const Column *column)
{
    size_t bytes = sizeof *column + column->name.n + column->page_count * sizeof(Segment *) +
                   term_table_bytes(&column->terms);
    for (size_t i = 0; i < column->page_count; i++) {
        bytes += segment_bytes(column->segments[i]);
        if (column->heaps) bytes += sizeof(TextHeap) + column->heaps[i].capacity;
    }
    return bytes;
}

size_t column_text_bytes(const Column *column)
{
    size_t bytes = term_table_text_bytes(&column->terms);
    for (size_t i = 0; column->heaps && i < column->page_count; i++)
        bytes += column->heaps[i].n - column->heaps[i].holes;
    return bytes;
}

/* ---- Columns of a kind ----------------------------------------------------------------------- */

size_t column_list_place(const ColumnList *list, Str name)
{
    size_t low = 0, high = list->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (str_cmp(list->items[middle]->name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

Column *column_list_find(const ColumnList *list, Str name)
{
    size_t at = column_list_place(list, name);
    return at < list->n && str_eq(list->items[at]->name, name) ? list->items[at] : NULL;
}

void column_list_insert(ColumnList *list, Column *column)
{
    if (list->n == list->capacity) {
        list->capacity = memory_capacity(list->n + 1);
        list->items = memory_resize(list->items, list->capacity, sizeof *list->items);
    }
    size_t at = column_list_place(list, column->name);
    memmove(list->items + at + 1, list->items + at, (list->n - at) * sizeof *list->items);
    list->items[at] = column;
    list->n++;
}

void column_list_remove(ColumnList *list, size_t at)
{
    column_free(list->items[at]);
    list->n--;
    memmove(list->items + at, list->items + at + 1, (list->n - at) * sizeof *list->items);
}
