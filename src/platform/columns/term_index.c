#include "platform/columns/term_index.h"

#include "platform/columns/memory.h"

#include <assert.h>

/* Bits are several times faster to ask about one slot, which is what a walk along an order does; an array
 * is faster to go through, and takes less memory as long as fewer than one slot in 32 is a member. So the
 * array is for what is rare enough to be gone through. */
enum { SLOTS_PER_MEMBER = 512 };

static void grow_bits(TermIndex *index, size_t words)
{
    words = (words + PAGE_WORDS - 1) / PAGE_WORDS * PAGE_WORDS;
    index->bits = memory_resize(index->bits, words, sizeof *index->bits);
    memset(index->bits + index->words, 0, (words - index->words) * sizeof *index->bits);
    index->words = (uint32_t)words;
}

static void take_page(TermIndex *index, size_t page, const uint64_t bits[PAGE_WORDS])
{
    if (index->bits) {
        memcpy(index->bits + page * PAGE_WORDS, bits, PAGE_WORDS * sizeof *bits);
        return;
    }
    uint16_t slots[PAGE_SLOTS];
    size_t n = page_bits_list(bits, slots);
    assert(index->n + n <= index->capacity);
    for (size_t i = 0; i < n; i++)
        index->slots[index->n++] = (uint32_t)(page * PAGE_SLOTS + slots[i]);
}

TermIndex *term_index_new(Segment *const *segments, size_t pages, uint64_t value, size_t n)
{
    TermIndex *index = memory_zeroed(1, sizeof *index);
    if (n > pages * PAGE_SLOTS / SLOTS_PER_MEMBER) {
        grow_bits(index, pages * PAGE_WORDS);
    } else {
        index->capacity = (uint32_t)memory_capacity(n);
        index->slots = memory_resize(NULL, index->capacity, sizeof *index->slots);
    }
    for (size_t page = 0; page < pages; page++) {
        uint64_t bits[PAGE_WORDS] = {0};
        segment_mark(segments[page], value, bits);
        take_page(index, page, bits);
    }
    index->n = (uint32_t)n;
    return index;
}

void term_index_free(TermIndex *index)
{
    if (!index) return;
    free(index->slots);
    free(index->bits);
    free(index);
}

/* The first place, from `low` on, whose slot is not less. */
static size_t lower_bound(const TermIndex *index, uint32_t slot)
{
    size_t low = 0, high = index->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (index->slots[middle] < slot)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void become_bits(TermIndex *index, uint32_t highest)
{
    uint32_t *slots = index->slots;
    grow_bits(index, highest / 64 + 1);
    for (size_t i = 0; i < index->n; i++) bit_set(index->bits, slots[i]);
    free(slots);
    index->slots = NULL;
}

void term_index_add(TermIndex *index, uint32_t slot)
{
    if (index->slots) {
        uint32_t highest = index->n ? index->slots[index->n - 1] : 0;
        if (highest < slot) highest = slot;
        /* With inertia: what was an array when it was built does not change at the first addition. */
        if (index->n > (size_t)highest * 2 / SLOTS_PER_MEMBER + PAGE_WORDS)
            become_bits(index, highest);
    }
    if (index->bits) {
        if (slot / 64 >= index->words) grow_bits(index, memory_capacity(slot / 64 + 1));
        bit_set(index->bits, slot);
    } else {
        if (index->n == index->capacity) {
            index->capacity = (uint32_t)memory_capacity(index->n + 1);
            index->slots = memory_resize(index->slots, index->capacity, sizeof *index->slots);
        }
        size_t at = lower_bound(index, slot);
        memmove(index->slots + at + 1, index->slots + at, (index->n - at) * sizeof *index->slots);
        index->slots[at] = slot;
    }
    index->n++;
}

void term_index_remove(TermIndex *index, uint32_t slot)
{
    assert(term_index_has(index, slot));
    if (index->bits) {
        bit_clear(index->bits, slot);
    } else {
        size_t at = lower_bound(index, slot);
        memmove(index->slots + at, index->slots + at + 1,
                (index->n - at - 1) * sizeof *index->slots);
    }
    index->n--;
}

bool term_index_has(const TermIndex *index, uint32_t slot)
{
    if (index->bits) return slot / 64 < index->words && bit_get(index->bits, slot);
    size_t at = lower_bound(index, slot);
    return at < index->n && index->slots[at] == slot;
}

const uint64_t *term_index_page(const TermIndex *index, size_t page)
{
    return index->bits && page * PAGE_WORDS < index->words ? index->bits + page * PAGE_WORDS : NULL;
}

void term_index_mark(const TermIndex *index, size_t page, uint64_t bits[PAGE_WORDS])
{
    const uint64_t *own = term_index_page(index, page);
    for (size_t i = 0; own && i < PAGE_WORDS; i++) bits[i] |= own[i];
    if (index->bits) return;
    size_t first = page * PAGE_SLOTS;
    for (size_t at = lower_bound(index, (uint32_t)first);
         at < index->n && index->slots[at] < first + PAGE_SLOTS; at++)
        bit_set(bits, index->slots[at] - first);
}

size_t term_index_bytes(const TermIndex *index)
{
    if (!index) return 0;
    return sizeof *index + index->words * sizeof *index->bits +
           (index->slots ? index->capacity * sizeof *index->slots : 0);
}
