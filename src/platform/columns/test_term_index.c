#include "base/random.h"
#include "platform/columns/term_index.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PAGES = 5, SLOTS = PAGES * PAGE_SLOTS, VALUE = 3 };

static Random chance;
static RandomSeeded seeded;
static bool model[SLOTS];

static size_t below(size_t bound)
{
    return (size_t)random_below(&chance, bound);
}

/* An index of the slots that the model has among the first pages. */
static TermIndex *index_of_model(size_t pages)
{
    Segment *segments[PAGES] = {NULL};
    uint64_t value = VALUE, other = VALUE + 1;
    size_t n = 0;
    for (unsigned slot = 0; slot < pages * PAGE_SLOTS; slot++) {
        n += model[slot];
        if (model[slot] || slot % 3 == 0)
            segment_set(&segments[slot / PAGE_SLOTS], slot % PAGE_SLOTS,
                        model[slot] ? &value : &other, 1);
    }
    TermIndex *index = term_index_new(segments, pages, VALUE, n);
    for (size_t page = 0; page < PAGES; page++) free(segments[page]);
    return index;
}

static void expect_model(const TermIndex *index)
{
    size_t n = 0;
    for (size_t page = 0; page < PAGES; page++) {
        uint64_t bits[PAGE_WORDS + 2] = {0}; /* one word around, which must stay */
        term_index_mark(index, page, bits + 1);
        assert_int_equal(bits[0], 0);
        assert_int_equal(bits[PAGE_WORDS + 1], 0);
        const uint64_t *own = term_index_page(index, page);
        if (own) assert_memory_equal(own, bits + 1, PAGE_WORDS * sizeof *own);
        for (size_t at = 0; at < PAGE_SLOTS; at++) {
            uint32_t slot = (uint32_t)(page * PAGE_SLOTS + at);
            assert_int_equal(bit_get(bits + 1, at), model[slot]);
            assert_int_equal(term_index_has(index, slot), model[slot]);
            n += model[slot];
        }
    }
    assert_int_equal(index->n, n);
}

static void change(TermIndex *index, uint32_t slot)
{
    if (model[slot])
        term_index_remove(index, slot);
    else
        term_index_add(index, slot);
    model[slot] = !model[slot];
}

/* Built over the first pages, with one slot in `share`; then others come and go, on later pages too. */
static void build_and_change(size_t pages, size_t share, bool is_bits)
{
    memset(model, 0, sizeof model);
    for (size_t slot = 0; slot < pages * PAGE_SLOTS; slot++) model[slot] = below(share) == 0;
    TermIndex *index = index_of_model(pages);
    assert_int_equal(index->bits != NULL, is_bits);
    expect_model(index);
    for (int round = 0; round < 8; round++) {
        for (int i = 0; i < 100; i++) change(index, (uint32_t)below(SLOTS));
        /* The edges of pages and words. */
        for (uint32_t page = 0; page < PAGES; page++) {
            change(index, page * PAGE_SLOTS);
            change(index, page * PAGE_SLOTS + 63 + 64 * (uint32_t)below(PAGE_WORDS));
        }
        expect_model(index);
    }
    term_index_free(index);
}

static void frequent_terms_are_bits(void **state)
{
    (void)state;
    for (size_t pages = 1; pages <= PAGES; pages++) build_and_change(pages, 3, true);
}

static void rare_terms_are_arrays(void **state)
{
    (void)state;
    for (size_t pages = 1; pages <= PAGES; pages++) build_and_change(pages, 3000, false);
}

static void a_term_that_becomes_frequent_becomes_bits(void **state)
{
    (void)state;
    memset(model, 0, sizeof model);
    model[5] = true;
    TermIndex *index = index_of_model(1);
    assert_non_null(index->slots);
    for (uint32_t slot = SLOTS - 1; slot > 7; slot -= 7) change(index, slot);
    assert_non_null(index->bits);
    expect_model(index);
    term_index_free(index);
}

/* The first slot behind the bits is the one that must make them grow. */
static void bits_grow_from_their_very_end(void **state)
{
    (void)state;
    memset(model, 0, sizeof model);
    for (size_t slot = 0; slot < PAGE_SLOTS; slot += 2) model[slot] = true;
    TermIndex *index = index_of_model(1);
    assert_int_equal(index->words, PAGE_WORDS);
    change(index, PAGE_SLOTS);
    assert_in_range(index->words, PAGE_WORDS + 1, PAGES * PAGE_WORDS);
    expect_model(index);
    term_index_free(index);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(frequent_terms_are_bits),
        cmocka_unit_test(rare_terms_are_arrays),
        cmocka_unit_test(a_term_that_becomes_frequent_becomes_bits),
        cmocka_unit_test(bits_grow_from_their_very_end),
    };
    chance = random_seeded(&seeded, 8);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
