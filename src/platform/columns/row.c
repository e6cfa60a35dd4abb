/* Putting a row: what it says is turned into codes first, column by column, and then each column and
 * each order takes its part.
 *
 * A put looks at every column of the store, since the old row may have something in any of them; which
 * ones is not recorded for each object, because that would cost more bytes than the columns do
 * themselves. An empty page of a column costs a nanosecond or two to see. */
#include "platform/columns/store.h"

#include "platform/columns/memory.h"

#include <assert.h>

/* One value of the row. */
typedef struct Cell {
    Column *column;
    uint64_t value; /* a code, or a number's encoding */
    Str text;
} Cell;

struct RowScratch {
    Cell cells[COLUMNS_VALUES_MAX];
    size_t n;
    uint64_t values[COLUMNS_VALUES_MAX]; /* those of terms and numbers, column by column */
};

RowScratch *row_scratch_new(void)
{
    return memory_zeroed(1, sizeof(RowScratch));
}

void row_scratch_free(RowScratch *scratch)
{
    free(scratch);
}

/* ---- Reading the row ------------------------------------------------------------------------- */

static Column *reach_column(Columns *columns, ColumnKind kind, Str name)
{
    ColumnList *list = &columns->lists[kind];
    Column *column = column_list_find(list, name);
    if (column) return column;
    if (name.n > COLUMNS_NAME_MAX || list->n >= COLUMNS_COLUMNS_MAX) return NULL;
    column = column_new(kind, name, columns->key);
    column_list_insert(list, column);
    return column;
}

/* A cell more, in this column; NULL when there is no room. */
static Cell *add_cell(Columns *columns, RowScratch *scratch, ColumnKind kind, Str name)
{
    Column *column = scratch->n < COLUMNS_VALUES_MAX ? reach_column(columns, kind, name) : NULL;
    if (!column) return NULL;
    if (column->count >= (kind == COLUMN_TERMS ? COLUMNS_TERMS_MAX : 1)) return NULL;
    column->count++;
    scratch->cells[scratch->n] = (Cell){.column = column};
    return &scratch->cells[scratch->n++];
}

static bool read_terms(Columns *columns, RowScratch *scratch, const ColumnsRow *row)
{
    bool fits = true;
    for (size_t i = 0; i < row->term_count; i++) {
        const ColumnTerm *term = &row->terms[i];
        Cell *cell = term->term.n <= COLUMNS_NAME_MAX
                         ? add_cell(columns, scratch, COLUMN_TERMS, term->column)
                         : NULL;
        fits = fits && cell;
        if (cell) cell->value = term_table_add(&cell->column->terms, term->term);
    }
    return fits;
}

static bool is_stated(const Columns *columns, ColumnKind kind, Str name)
{
    const Column *column = column_list_find(&columns->lists[kind], name);
    return column && column->count > 0;
}

static bool read_numbers(Columns *columns, RowScratch *scratch, const ColumnsRow *row)
{
    bool fits = true;
    for (size_t i = 0; i < row->number_count; i++) {
        const ColumnNumber *number = &row->numbers[i];
        if (is_stated(columns, COLUMN_NUMBERS, number->column)) continue;
        Cell *cell = number->value != INT64_MIN
                         ? add_cell(columns, scratch, COLUMN_NUMBERS, number->column)
                         : NULL;
        fits = fits && cell;
        if (cell) cell->value = number_encode(number->value);
    }
    return fits;
}

static bool read_texts(Columns *columns, RowScratch *scratch, const ColumnsRow *row)
{
    bool fits = true;
    for (size_t i = 0; i < row->text_count; i++) {
        const ColumnText *text = &row->texts[i];
        if (is_stated(columns, COLUMN_TEXTS, text->column)) continue;
        Cell *cell = add_cell(columns, scratch, COLUMN_TEXTS, text->column);
        fits = fits && cell;
        if (cell) cell->text = str_slice(text->text, 0, COLUMNS_TEXT_MAX);
    }
    return fits;
}

static int by_column_and_value(const void *a, const void *b)
{
    const Cell *x = a, *y = b;
    if (x->column != y->column) return (uintptr_t)x->column < (uintptr_t)y->column ? -1 : 1;
    return (x->value > y->value) - (x->value < y->value);
}

/* Sorts the cells by column, drops terms stated twice, and tells each column its range. Codes ascend, so
 * that the same row read again gives the same values. */
static void group_cells(RowScratch *scratch)
{
    qsort(scratch->cells, scratch->n, sizeof(Cell), by_column_and_value);
    size_t kept = 0;
    for (size_t i = 0; i < scratch->n; i++) {
        const Cell *cell = &scratch->cells[i];
        bool is_same_column = kept > 0 && scratch->cells[kept - 1].column == cell->column;
        if (is_same_column && scratch->cells[kept - 1].value == cell->value) {
            cell->column->count--;
            continue;
        }
        if (!is_same_column) cell->column->first = kept;
        scratch->values[kept] = cell->value;
        scratch->cells[kept++] = *cell;
    }
    scratch->n = kept;
}

/* ---- Applying it ----------------------------------------------------------------------------- */

static const Str *text_in(const RowScratch *scratch, const Column *column)
{
    return column->count ? &scratch->cells[column->first].text : NULL;
}

/* Does the row say something else about the column than the slot has? */
static bool is_changing(const RowScratch *scratch, const Column *column, uint32_t slot)
{
    if (!column) return false;
    if (column->kind == COLUMN_TEXTS) {
        Str old;
        bool had = column_text(column, slot, &old);
        const Str *text = text_in(scratch, column);
        return had != (text != NULL) || (had && !str_eq(old, *text));
    }
    uint64_t old = segment_first(column_segment(column, slot >> PAGE_SHIFT), slot % PAGE_SLOTS);
    return old != (column->count ? scratch->values[column->first] : 0);
}

static void leave_orders(Columns *columns, const RowScratch *scratch, uint32_t slot)
{
    for (size_t i = 0; i < columns->order_count; i++) {
        SlotOrder *order = columns->orders[i];
        order->is_moving = is_changing(scratch, order->sorting.column, slot);
        if (order->is_moving) slot_order_remove(order, slot);
    }
}

static void enter_orders(Columns *columns, uint32_t slot, bool is_new)
{
    for (size_t i = 0; i < columns->order_count; i++) {
        if (is_new || columns->orders[i]->is_moving) slot_order_insert(columns->orders[i], slot);
        slot_order_put(columns->orders[i], slot);
    }
}

/* Gives each column what the row says, and forgets the ranges. True when a column is left empty. */
static bool set_columns(Columns *columns, const RowScratch *scratch, uint32_t slot)
{
    bool is_any_empty = false;
    for (int kind = 0; kind < COLUMN_KINDS; kind++) {
        ColumnList *list = &columns->lists[kind];
        for (size_t i = 0; i < list->n; i++) {
            Column *column = list->items[i];
            if (kind == COLUMN_TEXTS)
                column_set_text(column, slot, text_in(scratch, column));
            else
                column_set(column, slot, &scratch->values[column->first], column->count);
            column->first = column->count = 0;
            is_any_empty = is_any_empty || column->objects == 0;
        }
    }
    return is_any_empty;
}

/* Frees columns that nobody is in any more, and the orders by them. */
static void drop_empty_columns(Columns *columns)
{
    for (int kind = 0; kind < COLUMN_KINDS; kind++) {
        ColumnList *list = &columns->lists[kind];
        for (size_t i = list->n; i-- > 0;) {
            if (list->items[i]->objects > 0) continue;
            for (size_t k = columns->order_count; k-- > 0;) {
                order_hints_drop_column(columns->orders[k]->hints, list->items[i]);
                if (columns->orders[k]->sorting.column != list->items[i]) continue;
                slot_order_free(columns->orders[k]);
                columns->orders[k] = columns->orders[--columns->order_count];
            }
            column_list_remove(list, i);
        }
    }
}

bool columns_row_put(Columns *columns, RowScratch *scratch, const ColumnsRow *row)
{
    assert(row->id.n > 0);
    scratch->n = 0;
    bool fits = read_terms(columns, scratch, row);
    fits = read_numbers(columns, scratch, row) && fits;
    fits = read_texts(columns, scratch, row) && fits;
    group_cells(scratch);
    uint32_t slot = slots_find(&columns->slots, row->id);
    bool is_new = slot == NO_SLOT;
    if (is_new)
        slot = slots_add(&columns->slots, row->id);
    else
        leave_orders(columns, scratch, slot);
    bool is_any_empty = set_columns(columns, scratch, slot);
    enter_orders(columns, slot, is_new);
    if (is_any_empty) drop_empty_columns(columns);
    return fits;
}

void columns_row_remove(Columns *columns, RowScratch *scratch, uint32_t slot)
{
    scratch->n = 0; /* a row that says nothing */
    for (size_t i = 0; i < columns->order_count; i++) slot_order_remove(columns->orders[i], slot);
    if (set_columns(columns, scratch, slot)) drop_empty_columns(columns);
    slots_remove(&columns->slots, slot);
}
