/* Column: what all objects have under one name, in pages; and the columns of one kind, by name. */
#ifndef PLATFORM_COLUMNS_COLUMN_H
#define PLATFORM_COLUMNS_COLUMN_H

#include "platform/columns/term_table.h"
#include "platform/columns/text_heap.h"

typedef enum ColumnKind { COLUMN_TERMS, COLUMN_NUMBERS, COLUMN_TEXTS, COLUMN_KINDS } ColumnKind;

typedef struct Column {
    Str name;
    ColumnKind kind;
    uint32_t objects;   /* that have something in it; 0: it goes after the put */
    size_t page_count;  /* of those below; later pages have nothing */
    Segment **segments; /* one a page, or NULL */
    TextHeap *heaps;    /* COLUMN_TEXTS: one a page */
    TermTable terms;    /* COLUMN_TERMS */
    /* Of the put under way: what its row has in this column, as a range of the writer's list. */
    size_t first, count;
} Column;

Column *column_new(ColumnKind kind, Str name, SipKey key);
void column_free(Column *column);

/* NULL when nobody in the page has anything, or there is no column. */
static inline Segment *column_segment(const Column *column, size_t page)
{
    return column && page < column->page_count ? column->segments[page] : NULL;
}

/* Replaces what a slot has. Of COLUMN_TERMS: codes, whose counts and indexes follow; terms that nobody
 * has any more are dropped. Of COLUMN_NUMBERS: at most one, encoded. */
void column_set(Column *column, uint32_t slot, const uint64_t *values, size_t n);
void column_set_text(Column *column, uint32_t slot, const Str *text); /* NULL: none */

/* Numbers as segments hold them: 0 is none, and small ones of either sign stay small. INT64_MIN has no
 * code. */
static inline uint64_t number_encode(int64_t value)
{
    return ((uint64_t)value << 1 ^ (uint64_t)(value >> 63)) + 1;
}

static inline int64_t number_decode(uint64_t code)
{
    code--;
    return (int64_t)(code >> 1 ^ (0 - (code & 1)));
}

/* False when the slot has none. Texts are views that the next change ends. */
bool column_number(const Column *column, uint32_t slot, int64_t *value);
bool column_text(const Column *column, uint32_t slot, Str *text);

size_t column_bytes(const Column *column);      /* of memory, without indexes of terms */
size_t column_text_bytes(const Column *column); /* of these, the bytes of texts and terms */

/* ---- Columns of a kind ----------------------------------------------------------------------- */

typedef struct ColumnList {
    Column **items; /* by name */
    size_t n, capacity;
} ColumnList;

/* The place of the first column whose name is not before this one. */
size_t column_list_place(const ColumnList *list, Str name);

Column *column_list_find(const ColumnList *list, Str name); /* NULL when there is none */
void column_list_insert(ColumnList *list, Column *column);
void column_list_remove(ColumnList *list, size_t at); /* and frees it */

#endif
