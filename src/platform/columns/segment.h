/* Segment: what the objects of one page have in one column, as small positive integers: codes of
 * terms, numbers (encoded), places of texts. 0 is "nothing". A slot may have several values; they are
 * kept in the order given. */
#ifndef PLATFORM_COLUMNS_SEGMENT_H
#define PLATFORM_COLUMNS_SEGMENT_H

#include "platform/columns/bits.h"

#include <stdalign.h>

typedef enum SegmentForm {
    SEGMENT_SPARSE, /* pairs of slot and value, by slot: few objects have something */
    SEGMENT_DENSE,  /* one value for each slot: most have, and none has two */
    SEGMENT_LISTS,  /* where each slot's values begin, and the values: many have several */
} SegmentForm;

typedef struct Segment {
    uint8_t form;
    uint8_t width;     /* bytes of a value: 1, 2, 4 or 8 */
    uint32_t n;        /* values */
    uint32_t holders;  /* slots with at least one */
    uint32_t capacity; /* values that fit */
    alignas(8) unsigned char bytes[];
} Segment;

/* What is counted: slots of the page, as bits and as a list (of the same). */
typedef struct PageHits {
    const uint64_t *bits;
    const uint16_t *slots;
    size_t n;
} PageHits;

/* Replaces what the slot has by these values (none: n = 0). *segment is NULL while nobody has
 * anything, and may move. At most 1023 values in a slot. */
void segment_set(Segment **segment, unsigned slot, const uint64_t *values, size_t n);

/* The first value of the slot, 0 when it has none. */
uint64_t segment_first(const Segment *segment, unsigned slot);

/* Copies the slot's values to `values` (room for what was ever set); returns how many. */
size_t segment_get(const Segment *segment, unsigned slot, uint64_t *values);

bool segment_has(const Segment *segment, unsigned slot, uint64_t value);

/* Sets the bit of each slot that has the value; leaves the others. */
void segment_mark(const Segment *segment, uint64_t value, uint64_t bits[PAGE_WORDS]);

/* Counters of values, in two halves whose sums count: neighbours often have the same value, and adding to
 * the same place twice in a row makes the second wait for the first. */
typedef struct Counters {
    uint32_t *half[2]; /* by value; that of 0 is not to be used */
} Counters;

/* Adds one for each value of each hit. Returns how many of the hits have a value. */
size_t segment_count(const Segment *segment, const PageHits *hits, const Counters *counters);

/* The first value of each listed slot (ascending). */
void segment_read(const Segment *segment, const uint16_t *slots, size_t n, uint64_t *values);

size_t segment_bytes(const Segment *segment); /* of memory; NULL: 0 */

#endif
