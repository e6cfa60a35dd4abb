#include "base/random.h"
#include "platform/columns/segment.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 8 }; /* values of a slot in the model */

typedef struct Model {
    uint64_t values[PAGE_SLOTS][MOST];
    size_t counts[PAGE_SLOTS];
} Model;

static Random chance;
static RandomSeeded seeded;
static Model model;
static Segment *segment;
static bool seen[3][9]; /* forms and widths that the test has been through */

static size_t below(size_t bound)
{
    return (size_t)random_below(&chance, bound);
}

static int begin(void **state)
{
    (void)state;
    chance = random_seeded(&seeded, 5);
    memset(&model, 0, sizeof model);
    segment = NULL;
    return 0;
}

static int end(void **state)
{
    (void)state;
    free(segment);
    return 0;
}

static void set(unsigned slot, size_t n, uint64_t highest)
{
    for (size_t i = 0; i < n; i++) model.values[slot][i] = 1 + random_u64(&chance) % highest;
    model.counts[slot] = n;
    segment_set(&segment, slot, model.values[slot], n);
    if (segment) seen[segment->form][segment->width] = true;
}

/* ---- Held against the model ------------------------------------------------------------------ */

static void expect_each_slot(void)
{
    size_t n = 0, holders = 0;
    for (unsigned slot = 0; slot < PAGE_SLOTS; slot++) {
        uint64_t values[MOST];
        size_t count = model.counts[slot];
        assert_int_equal(segment_get(segment, slot, values), count);
        assert_memory_equal(values, model.values[slot], count * sizeof *values);
        assert_int_equal(segment_first(segment, slot), count ? values[0] : 0);
        for (size_t i = 0; i < count; i++) assert_true(segment_has(segment, slot, values[i]));
        n += count;
        holders += count > 0;
    }
    if (n == 0) {
        assert_null(segment);
        return;
    }
    assert_int_equal(segment->n, n);
    assert_int_equal(segment->holders, holders);
}

static bool model_has(unsigned slot, uint64_t value)
{
    for (size_t i = 0; i < model.counts[slot]; i++)
        if (model.values[slot][i] == value) return true;
    return false;
}

static void expect_mark(uint64_t value)
{
    uint64_t bits[PAGE_WORDS] = {0};
    bits[0] = 1; /* stays */
    segment_mark(segment, value, bits);
    for (unsigned slot = 1; slot < PAGE_SLOTS; slot++)
        assert_int_equal(bit_get(bits, slot), model_has(slot, value));
    assert_true(bit_get(bits, 0));
}

/* Counts, and first values, of one slot in `share`. */
static void expect_count(size_t share, uint64_t highest)
{
    uint64_t bits[PAGE_WORDS] = {0}, firsts[PAGE_SLOTS];
    uint16_t slots[PAGE_SLOTS];
    size_t holders = 0;
    uint32_t *expected = calloc(highest + 1, sizeof *expected);
    Counters counters = {
        {calloc(highest + 1, sizeof(uint32_t)), calloc(highest + 1, sizeof(uint32_t))}};
    assert_non_null(expected);
    for (unsigned slot = 0; slot < PAGE_SLOTS; slot++) {
        if (below(share) != 0) continue;
        bit_set(bits, slot);
        holders += model.counts[slot] > 0;
        for (size_t i = 0; i < model.counts[slot]; i++) expected[model.values[slot][i]]++;
    }
    PageHits hits = {bits, slots, page_bits_list(bits, slots)};
    assert_int_equal(hits.n, page_bits_count(bits));
    assert_int_equal(segment_count(segment, &hits, &counters), holders);
    for (uint64_t value = 1; value <= highest; value++)
        assert_int_equal(counters.half[0][value] + counters.half[1][value], expected[value]);
    segment_read(segment, slots, hits.n, firsts);
    for (size_t i = 0; i < hits.n; i++)
        assert_int_equal(firsts[i], model.counts[slots[i]] ? model.values[slots[i]][0] : 0);
    free(expected);
    free(counters.half[0]);
    free(counters.half[1]);
}

static void expect_all(uint64_t highest)
{
    expect_each_slot();
    for (int i = 0; i < 5; i++) expect_mark(1 + random_u64(&chance) % highest);
    if (highest > 100000) return;
    expect_count(1, highest);
    expect_count(3, highest);
    expect_count(500, highest);
}

/* ---- Cases ----------------------------------------------------------------------------------- */

/* From nothing to a value for each slot and back, with values up to `highest`. */
static void fill_and_empty(size_t most, uint64_t highest)
{
    for (int step = 1; step <= 9000; step++) {
        set((unsigned)below(PAGE_SLOTS), 1 + below(most), highest);
        if (step % 900 == 0) expect_all(highest);
    }
    for (int step = 1; step <= 12000; step++) {
        set((unsigned)below(PAGE_SLOTS), below(12) ? 0 : 1 + below(most), highest);
        if (step % 1500 == 0) expect_all(highest);
    }
    for (unsigned slot = 0; slot < PAGE_SLOTS; slot++) set(slot, 0, highest);
    assert_null(segment);
}

static void one_value_each_in_every_width(void **state)
{
    (void)state;
    static const uint64_t highest[] = {5,     UINT8_MAX,  300,           UINT16_MAX,
                                       70000, UINT32_MAX, UINT64_MAX - 1};
    for (size_t i = 0; i < sizeof highest / sizeof highest[0]; i++) fill_and_empty(1, highest[i]);
    assert_true(seen[SEGMENT_SPARSE][1] && seen[SEGMENT_DENSE][1]);
    assert_true(seen[SEGMENT_SPARSE][2] && seen[SEGMENT_DENSE][2]);
    assert_true(seen[SEGMENT_SPARSE][4] && seen[SEGMENT_DENSE][4]);
    assert_true(seen[SEGMENT_SPARSE][8] && seen[SEGMENT_DENSE][8]);
}

static void several_values_each_in_every_width(void **state)
{
    (void)state;
    static const uint64_t highest[] = {200, 3000, 70000, UINT64_MAX - 1};
    for (size_t i = 0; i < sizeof highest / sizeof highest[0]; i++)
        fill_and_empty(MOST, highest[i]);
    assert_true(seen[SEGMENT_LISTS][1] && seen[SEGMENT_LISTS][2]);
    assert_true(seen[SEGMENT_LISTS][4] && seen[SEGMENT_LISTS][8]);
}

/* One object with two values among thousands with one, and the first wide value among narrow ones. */
static void a_single_exception_changes_form_or_width(void **state)
{
    (void)state;
    for (unsigned slot = 0; slot < PAGE_SLOTS; slot++) set(slot, 1, 100);
    assert_int_equal(segment->form, SEGMENT_DENSE);
    assert_int_equal(segment->width, 1);
    model.values[77][0] = 256;
    segment_set(&segment, 77, model.values[77], 1);
    assert_int_equal(segment->width, 2);
    set(PAGE_SLOTS - 1, 2, 100);
    assert_int_equal(segment->form, SEGMENT_LISTS);
    expect_all(256);
    for (unsigned slot = 0; slot < PAGE_SLOTS; slot++)
        if (slot % 8) set(slot, 0, 100);
    assert_int_equal(segment->form, SEGMENT_SPARSE);
    expect_all(256);
}

static void nobody_has_anything_in_no_segment(void **state)
{
    (void)state;
    expect_all(10);
    segment_set(&segment, 5, NULL, 0);
    assert_null(segment);
    assert_int_equal(segment_bytes(segment), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_value_each_in_every_width, begin, end),
        cmocka_unit_test_setup_teardown(several_values_each_in_every_width, begin, end),
        cmocka_unit_test_setup_teardown(a_single_exception_changes_form_or_width, begin, end),
        cmocka_unit_test_setup_teardown(nobody_has_anything_in_no_segment, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
