/* Three forms, because columns differ: everything has a vendor, a few have a wattage, most have
 * several tags. A form is chosen by what it would take in bytes, and changes by itself when that
 * changes (with some inertia, so that a single object cannot make a page flip at every put). Values
 * take 1, 2, 4 or 8 bytes, whatever the largest one in the page needs: a column of 200 vendors costs
 * one byte an object, and prices two to four.
 *
 * In a page of lists, a slot's values begin at base[slot / 64] + offset[slot]: replacing one slot's
 * values moves the offsets of its block of 64 and the bases behind it, not 4096 starts.
 *
 * The loops are written once, for any width, and made for each width by the compiler (always_inline
 * with a constant), so that no loop asks for the width of a value.
 *
 * Rejected: one record an object with the codes of all columns. It is simpler, but counting six facets
 * reads all the others too and cannot tell where a record ends without a mispredicted branch, and a
 * choice within one column needs a second pass over everything (docs/internals/columns.md has
 * figures). Rejected: bit-packed codes. They would save a third of these bytes, and make each put a
 * rewrite of its page. */
#include "platform/columns/segment.h"

#include "platform/columns/memory.h"

#include <assert.h>

#define INLINE static inline __attribute__((always_inline))

enum {
    BLOCK_SHIFT = 6,
    BLOCKS = PAGE_SLOTS >> BLOCK_SHIFT,
    /* Bases, offsets, and up to the next multiple of 8. */
    LISTS_HEAD = ((BLOCKS + 1) * 4 + (PAGE_SLOTS + 1) * 2 + 7) / 8 * 8,
    /* A binary search costs about as much as looking at so many pairs in a row. */
    SEARCH_COST = 16,
};

/* ---- Layout ---------------------------------------------------------------------------------- */

/* SPARSE: values[capacity], slots[capacity]. DENSE: values[PAGE_SLOTS]. LISTS: base[BLOCKS + 1],
 * offset[PAGE_SLOTS + 1], values[capacity]. */
static void *values_of(const Segment *s)
{
    return (void *)(s->bytes + (s->form == SEGMENT_LISTS ? LISTS_HEAD : 0));
}

static uint16_t *slots_of(const Segment *s)
{
    return (uint16_t *)(void *)(s->bytes + (size_t)s->capacity * s->width);
}

static uint32_t *base_of(const Segment *s)
{
    return (uint32_t *)(void *)s->bytes;
}

static uint16_t *offset_of(const Segment *s)
{
    return (uint16_t *)(void *)(s->bytes + (BLOCKS + 1) * sizeof(uint32_t));
}

static size_t bytes_for(SegmentForm form, size_t width, size_t n)
{
    if (form == SEGMENT_SPARSE) return n * (width + sizeof(uint16_t));
    if (form == SEGMENT_DENSE) return PAGE_SLOTS * width;
    return LISTS_HEAD + n * width;
}

INLINE uint64_t load(const void *values, size_t i, int width)
{
    switch (width) {
    case 1:
        return ((const uint8_t *)values)[i];
    case 2:
        return ((const uint16_t *)values)[i];
    case 4:
        return ((const uint32_t *)values)[i];
    default:
        return ((const uint64_t *)values)[i];
    }
}

static void store(void *values, size_t i, int width, uint64_t value)
{
    switch (width) {
    case 1:
        ((uint8_t *)values)[i] = (uint8_t)value;
        break;
    case 2:
        ((uint16_t *)values)[i] = (uint16_t)value;
        break;
    case 4:
        ((uint32_t *)values)[i] = (uint32_t)value;
        break;
    default:
        ((uint64_t *)values)[i] = value;
    }
}

/* Room for `needed` values and some more; even, so that the slots behind them are aligned. */
static size_t roomy(size_t needed)
{
    return (memory_capacity(needed) + 1) / 2 * 2;
}

static uint8_t width_for(uint64_t value)
{
    return value <= UINT8_MAX ? 1 : value <= UINT16_MAX ? 2 : value <= UINT32_MAX ? 4 : 8;
}

static Segment *segment_new(SegmentForm form, uint8_t width, size_t capacity)
{
    if (form == SEGMENT_DENSE) capacity = PAGE_SLOTS;
    Segment *s = memory_zeroed(1, sizeof *s + bytes_for(form, width, capacity));
    s->form = (uint8_t)form;
    s->width = width;
    s->capacity = (uint32_t)capacity;
    return s;
}

size_t segment_bytes(const Segment *segment)
{
    return segment ? sizeof *segment + bytes_for(segment->form, segment->width, segment->capacity)
                   : 0;
}

/* ---- Finding a slot's values ----------------------------------------------------------------- */

typedef struct Run {
    size_t first, n; /* in values_of() */
} Run;

/* The first pair, from `low` on, whose slot is not less. */
INLINE size_t lower_bound(const uint16_t *slots, size_t low, size_t high, unsigned slot)
{
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (slots[middle] < slot)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

INLINE Run run_from(const Segment *s, size_t first, unsigned slot)
{
    const uint16_t *slots = slots_of(s);
    size_t end = first;
    while (end < s->n && slots[end] == slot) end++;
    return (Run){first, end - first};
}

INLINE Run run_in_lists(const Segment *s, unsigned slot)
{
    const uint32_t *base = base_of(s);
    const uint16_t *offset = offset_of(s);
    size_t first = base[slot >> BLOCK_SHIFT] + offset[slot];
    return (Run){first, base[(slot + 1) >> BLOCK_SHIFT] + offset[slot + 1] - first};
}

static Run run_of(const Segment *s, unsigned slot)
{
    if (s->form == SEGMENT_SPARSE)
        return run_from(s, lower_bound(slots_of(s), 0, s->n, slot), slot);
    if (s->form == SEGMENT_LISTS) return run_in_lists(s, slot);
    return (Run){slot, load(values_of(s), slot, s->width) != 0};
}

uint64_t segment_first(const Segment *segment, unsigned slot)
{
    if (!segment) return 0;
    Run run = run_of(segment, slot);
    return run.n ? load(values_of(segment), run.first, segment->width) : 0;
}

size_t segment_get(const Segment *segment, unsigned slot, uint64_t *values)
{
    if (!segment) return 0;
    Run run = run_of(segment, slot);
    for (size_t i = 0; i < run.n; i++)
        values[i] = load(values_of(segment), run.first + i, segment->width);
    return run.n;
}

bool segment_has(const Segment *segment, unsigned slot, uint64_t value)
{
    if (!segment) return false;
    Run run = run_of(segment, slot);
    for (size_t i = 0; i < run.n; i++)
        if (load(values_of(segment), run.first + i, segment->width) == value) return true;
    return false;
}

/* ---- Changing -------------------------------------------------------------------------------- */

/* Turns the number of values of each slot into bases and offsets. */
static void set_starts(Segment *s, const uint16_t counts[PAGE_SLOTS])
{
    uint32_t *base = base_of(s), n = 0;
    uint16_t *offset = offset_of(s);
    for (unsigned slot = 0; slot < PAGE_SLOTS; slot++) {
        if (slot % (1 << BLOCK_SHIFT) == 0) base[slot >> BLOCK_SHIFT] = n;
        offset[slot] = (uint16_t)(n - base[slot >> BLOCK_SHIFT]);
        n += counts[slot];
    }
    base[BLOCKS] = n;
    offset[PAGE_SLOTS] = 0;
}

/* More room, in the same form and width. */
static void grow(Segment **segment, size_t capacity)
{
    SegmentForm form = (*segment)->form;
    size_t size = sizeof **segment + bytes_for(form, (*segment)->width, capacity);
    Segment *s = *segment = memory_resize(*segment, 1, size);
    const uint16_t *old_slots = slots_of(s);
    s->capacity = (uint32_t)capacity;
    if (form == SEGMENT_SPARSE) memmove(slots_of(s), old_slots, s->n * sizeof *old_slots);
}

/* The same content in another form or width, instead of the old segment. */
static void rebuild(Segment **segment, SegmentForm form, uint8_t width, size_t capacity)
{
    Segment *old = *segment, *s = segment_new(form, width, capacity);
    uint16_t counts[PAGE_SLOTS];
    Run run = {0, 0};
    size_t n = 0;
    for (unsigned slot = 0; slot < PAGE_SLOTS; slot++) {
        run = old->form == SEGMENT_SPARSE ? run_from(old, run.first + run.n, slot)
                                          : run_of(old, slot);
        counts[slot] = (uint16_t)run.n;
        for (size_t i = 0; i < run.n; i++, n++) {
            uint64_t value = load(values_of(old), run.first + i, old->width);
            store(values_of(s), form == SEGMENT_DENSE ? slot : n, width, value);
            if (form == SEGMENT_SPARSE) slots_of(s)[n] = (uint16_t)slot;
        }
    }
    if (form == SEGMENT_LISTS) set_starts(s, counts);
    s->n = old->n;
    s->holders = old->holders;
    free(old);
    *segment = s;
}

/* Makes room for what comes: width, form and capacity. */
static void make_room(Segment **segment, unsigned slot, const uint64_t *values, size_t n)
{
    Segment *s = *segment;
    uint8_t width = s->width;
    for (size_t i = 0; i < n; i++)
        if (width_for(values[i]) > width) width = width_for(values[i]);
    SegmentForm form = s->form;
    if (form == SEGMENT_DENSE && n > 1) form = SEGMENT_LISTS;
    size_t needed = s->n - run_of(s, slot).n + n, capacity = s->capacity;
    if (form != SEGMENT_DENSE && needed > capacity) capacity = roomy(needed);
    if (width != s->width || form != s->form)
        rebuild(segment, form, width, capacity);
    else if (capacity != s->capacity)
        grow(segment, capacity);
}

/* Replaces the run by room for `n` values, and says where it is. */
static void open_run(Segment *s, unsigned slot, Run run, size_t n)
{
    char *values = values_of(s);
    size_t tail = s->n - run.first - run.n;
    memmove(values + (run.first + n) * s->width, values + (run.first + run.n) * s->width,
            tail * s->width);
    if (s->form == SEGMENT_SPARSE) {
        uint16_t *slots = slots_of(s);
        memmove(slots + run.first + n, slots + run.first + run.n, tail * sizeof *slots);
        for (size_t i = 0; i < n; i++) slots[run.first + i] = (uint16_t)slot;
        return;
    }
    uint16_t by = (uint16_t)(n - run.n), *offset = offset_of(s);
    uint32_t *base = base_of(s);
    unsigned block = slot >> BLOCK_SHIFT;
    for (unsigned i = slot + 1; i < (block + 1) << BLOCK_SHIFT; i++)
        offset[i] = (uint16_t)(offset[i] + by);
    for (unsigned i = block + 1; i <= BLOCKS; i++) base[i] += (uint32_t)n - (uint32_t)run.n;
}

/* Another form when it takes half of the room or less, or when what is sparse no longer is. */
static void settle(Segment **segment)
{
    Segment *s = *segment;
    if (s->n == 0) {
        free(s);
        *segment = NULL;
        return;
    }
    bool is_single = s->n == s->holders;
    size_t now = bytes_for(s->form, s->width, s->n);
    SegmentForm full = is_single ? SEGMENT_DENSE : SEGMENT_LISTS;
    if (s->form == SEGMENT_SPARSE && now > bytes_for(full, s->width, s->n))
        rebuild(segment, full, s->width, roomy(s->n));
    else if (s->form != SEGMENT_SPARSE && bytes_for(SEGMENT_SPARSE, s->width, s->n) < now / 2)
        rebuild(segment, SEGMENT_SPARSE, s->width, roomy(s->n));
}

void segment_set(Segment **segment, unsigned slot, const uint64_t *values, size_t n)
{
    assert(slot < PAGE_SLOTS && n < 1024);
    if (!*segment && n == 0) return;
    if (!*segment) *segment = segment_new(SEGMENT_SPARSE, width_for(values[0]), 4);
    make_room(segment, slot, values, n);
    Segment *s = *segment;
    Run run = run_of(s, slot);
    if (s->form == SEGMENT_DENSE)
        store(values_of(s), slot, s->width, n ? values[0] : 0);
    else if (run.n != n)
        open_run(s, slot, run, n);
    for (size_t i = 0; i < n; i++) store(values_of(s), run.first + i, s->width, values[i]);
    s->n += (uint32_t)n - (uint32_t)run.n;
    s->holders += (uint32_t)(n > 0) - (uint32_t)(run.n > 0);
    settle(segment);
}

/* ---- Looking at many ------------------------------------------------------------------------- */

/* A function for any width, made for each of them. */
#define FOR_WIDTH(s, function, ...)                                                                \
    switch ((s)->width) {                                                                          \
    case 1:                                                                                        \
        return function(s, __VA_ARGS__, 1);                                                        \
    case 2:                                                                                        \
        return function(s, __VA_ARGS__, 2);                                                        \
    case 4:                                                                                        \
        return function(s, __VA_ARGS__, 4);                                                        \
    default:                                                                                       \
        return function(s, __VA_ARGS__, 8);                                                        \
    }

INLINE void mark(const Segment *s, uint64_t value, uint64_t *bits, int width)
{
    const void *values = values_of(s);
    if (s->form == SEGMENT_SPARSE) {
        const uint16_t *slots = slots_of(s);
        for (size_t i = 0; i < s->n; i++)
            if (load(values, i, width) == value) bit_set(bits, slots[i]);
    } else if (s->form == SEGMENT_DENSE) {
        for (size_t i = 0; i < PAGE_WORDS; i++) {
            uint64_t word = 0;
            for (size_t k = 0; k < 64; k++)
                word |= (uint64_t)(load(values, i * 64 + k, width) == value) << k;
            bits[i] |= word;
        }
    } else {
        for (unsigned slot = 0; slot < PAGE_SLOTS; slot++) {
            Run run = run_in_lists(s, slot);
            for (size_t i = 0; i < run.n; i++)
                if (load(values, run.first + i, width) == value) bit_set(bits, slot);
        }
    }
}

void segment_mark(const Segment *segment, uint64_t value, uint64_t bits[PAGE_WORDS])
{
    if (!segment) return;
    FOR_WIDTH(segment, mark, value, bits)
}

/* Looks at every pair: whether it counts is arithmetic, not a branch. */
INLINE size_t count_pairs(const Segment *s, const PageHits *hits, const Counters *counters,
                          int width)
{
    const void *values = values_of(s);
    const uint16_t *slots = slots_of(s);
    const uint64_t *bits = hits->bits;
    uint32_t *counts = counters->half[0], holders = 0, previous = PAGE_SLOTS;
    for (size_t i = 0, n = s->n; i < n; i++) {
        uint32_t slot = slots[i], is_hit = bit_get(bits, slot);
        counts[load(values, i, width)] += is_hit;
        holders += is_hit & (slot != previous);
        previous = slot;
    }
    return holders;
}

/* Looks for each hit among the pairs: they are few beside the pairs. */
INLINE size_t count_found(const Segment *s, const PageHits *hits, const Counters *counters,
                          int width)
{
    const void *values = values_of(s);
    const uint16_t *slots = slots_of(s), *hit = hits->slots;
    uint32_t *counts = counters->half[0];
    size_t holders = 0, at = 0;
    for (size_t i = 0, n = hits->n; i < n; i++) {
        Run run = run_from(s, lower_bound(slots, at, s->n, hit[i]), hit[i]);
        for (at = run.first; at < run.first + run.n; at++) counts[load(values, at, width)]++;
        holders += run.n > 0;
    }
    return holders;
}

INLINE size_t count_dense(const Segment *s, const PageHits *hits, const Counters *counters,
                          int width)
{
    const void *values = values_of(s);
    const uint16_t *slots = hits->slots;
    uint32_t *even = counters->half[0], *odd = counters->half[1];
    uint32_t absent_before = even[0] + odd[0];
    size_t i = 0, n = hits->n;
    for (; i + 1 < n; i += 2) {
        even[load(values, slots[i], width)]++;
        odd[load(values, slots[i + 1], width)]++;
    }
    if (i < n) even[load(values, slots[i], width)]++;
    return n - (even[0] + odd[0] - absent_before);
}

INLINE size_t count_lists(const Segment *s, const PageHits *hits, const Counters *counters,
                          int width)
{
    const void *values = values_of(s);
    const uint16_t *slots = hits->slots;
    uint32_t *even = counters->half[0], *odd = counters->half[1];
    size_t holders = 0;
    for (size_t i = 0, n = hits->n; i < n; i++) {
        Run run = run_in_lists(s, slots[i]);
        uint32_t *counts = i % 2 ? odd : even;
        for (size_t k = 0; k < run.n; k++) counts[load(values, run.first + k, width)]++;
        holders += run.n > 0;
    }
    return holders;
}

INLINE size_t count(const Segment *s, const PageHits *hits, const Counters *counters, int width)
{
    if (s->form == SEGMENT_DENSE) return count_dense(s, hits, counters, width);
    if (s->form == SEGMENT_LISTS) return count_lists(s, hits, counters, width);
    if (hits->n * SEARCH_COST < s->n) return count_found(s, hits, counters, width);
    return count_pairs(s, hits, counters, width);
}

size_t segment_count(const Segment *segment, const PageHits *hits, const Counters *counters)
{
    if (!segment) return 0;
    FOR_WIDTH(segment, count, hits, counters)
}

INLINE void read_values(const Segment *s, const uint16_t *slots, size_t n, uint64_t *out, int width)
{
    const void *values = values_of(s);
    if (s->form == SEGMENT_DENSE) {
        for (size_t i = 0; i < n; i++) out[i] = load(values, slots[i], width);
        return;
    }
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        if (s->form == SEGMENT_SPARSE) at = lower_bound(slots_of(s), at, s->n, slots[i]);
        Run run = s->form == SEGMENT_SPARSE ? run_from(s, at, slots[i]) : run_in_lists(s, slots[i]);
        out[i] = run.n ? load(values, run.first, width) : 0;
    }
}

void segment_read(const Segment *segment, const uint16_t *slots, size_t n, uint64_t *values)
{
    if (!segment) {
        memset(values, 0, n * sizeof *values);
        return;
    }
    FOR_WIDTH(segment, read_values, slots, n, values)
}
