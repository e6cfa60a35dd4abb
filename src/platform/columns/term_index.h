/* TermIndex: the slots that have one term, so that a filter need not look at the column. Built when a
 * filter first names the term, and kept up to date while it is kept. Few slots are a sorted array,
 * many are a bit for each slot. */
#ifndef PLATFORM_COLUMNS_TERM_INDEX_H
#define PLATFORM_COLUMNS_TERM_INDEX_H

#include "platform/columns/segment.h"

#include <stdatomic.h>

typedef struct TermIndex {
    _Atomic uint32_t used; /* when a question last asked for it, in ticks of the store */
    uint32_t n;            /* slots */
    uint32_t capacity;     /* slots that fit into the array */
    uint32_t words;        /* of the bits: whole pages; what lies beyond is 0 */
    uint32_t *slots;       /* ascending, or NULL: then the bits hold */
    uint64_t *bits;
} TermIndex;

/* The index of the slots in these segments (one a page, some NULL) that have the value; `n` slots. */
TermIndex *term_index_new(Segment *const *segments, size_t pages, uint64_t value, size_t n);
void term_index_free(TermIndex *index); /* NULL is fine */

void term_index_add(TermIndex *index, uint32_t slot);    /* is not in it */
void term_index_remove(TermIndex *index, uint32_t slot); /* is in it */

bool term_index_has(const TermIndex *index, uint32_t slot);

/* Sets the bits of the page's slots that are in the index; leaves the others. */
void term_index_mark(const TermIndex *index, size_t page, uint64_t bits[PAGE_WORDS]);

/* The index's own bits of the page; NULL when it has none. */
const uint64_t *term_index_page(const TermIndex *index, size_t page);

size_t term_index_bytes(const TermIndex *index); /* of memory; NULL: 0 */

#endif
