/* Slots, pages and bits.
 *
 * An object lives in a slot, a number that stays the same while it lives. PAGE_SLOTS slots are a
 * page: the unit in which columns are stored and filters are evaluated. A set of slots is a bit for
 * each; the bits of a page are PAGE_WORDS words, half a kilobyte, and stay in the fastest cache from
 * the first clause of a filter to the last facet. */
#ifndef PLATFORM_COLUMNS_BITS_H
#define PLATFORM_COLUMNS_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PAGE_SHIFT = 12,
    PAGE_SLOTS = 1 << PAGE_SHIFT,
    PAGE_WORDS = PAGE_SLOTS / 64,
};

static inline bool bit_get(const uint64_t *bits, size_t at)
{
    return bits[at >> 6] >> (at & 63) & 1;
}

static inline void bit_set(uint64_t *bits, size_t at)
{
    bits[at >> 6] |= (uint64_t)1 << (at & 63);
}

static inline void bit_clear(uint64_t *bits, size_t at)
{
    bits[at >> 6] &= ~((uint64_t)1 << (at & 63));
}

/* The number of bits that are set. Written out, since the baseline of x86-64 has no instruction for
 * it and the compiler's function looks up each byte. */
static inline unsigned bits_in_word(uint64_t word)
{
    word -= word >> 1 & 0x5555555555555555u;
    word = (word & 0x3333333333333333u) + (word >> 2 & 0x3333333333333333u);
    word = (word + (word >> 4)) & 0x0f0f0f0f0f0f0f0fu;
    return (unsigned)(word * 0x0101010101010101u >> 56);
}

static inline unsigned page_bits_count(const uint64_t bits[PAGE_WORDS])
{
    unsigned n = 0;
    for (size_t i = 0; i < PAGE_WORDS; i++) n += bits_in_word(bits[i]);
    return n;
}

static inline bool page_bits_any(const uint64_t bits[PAGE_WORDS])
{
    uint64_t any = 0;
    for (size_t i = 0; i < PAGE_WORDS; i++) any |= bits[i];
    return any != 0;
}

/* Writes the places of the bits that are set, ascending; returns how many. */
static inline size_t page_bits_list(const uint64_t bits[PAGE_WORDS], uint16_t slots[PAGE_SLOTS])
{
    size_t n = 0;
    for (size_t i = 0; i < PAGE_WORDS; i++)
        for (uint64_t word = bits[i]; word; word &= word - 1)
            slots[n++] = (uint16_t)(i * 64 + (size_t)__builtin_ctzll(word));
    return n;
}

#endif
