/* How far two words are apart, against the definition. */
#include "base/random.h"
#include "platform/search/vocabulary.h"

#include <setjmp.h>
#include <stdlib.h>

#undef fail
#include <cmocka.h>

static int distance(const char *a, const char *b, int max)
{
    int32_t left[SPELLING_WORD_MAX], right[SPELLING_WORD_MAX];
    size_t n = spelling_points(str_from(a), left), k = spelling_points(str_from(b), right);
    return spelling_distance(left, n, right, k, max);
}

static void known_distances(void **state)
{
    (void)state;
    assert_int_equal(distance("lamp", "lamp", 2), 0);
    assert_int_equal(distance("lamp", "lapm", 2), 1);
    assert_int_equal(distance("lamp", "lam", 2), 1);
    assert_int_equal(distance("lamp", "clamp", 2), 1);
    assert_int_equal(distance("lamp", "limp", 2), 1);
    assert_int_equal(distance("lamp", "plum", 2), 3);
    assert_int_equal(distance("ca", "abc", 3), 3); /* a swapped pair is not touched again */
    assert_int_equal(distance("furniture", "furnituer", 2), 1);
    assert_int_equal(distance("kitchen", "kithcne", 2), 2);
    assert_int_equal(distance("größe", "grösse", 2), 2);
    assert_int_equal(distance("", "ab", 2), 2);
    assert_int_equal(distance("", "abc", 2), 3);
    assert_int_equal(distance("abcdef", "uvwxyz", 1), 2); /* "more than that" */
}

/* The definition, without a bound and without tricks. */
static int slow(const int32_t *a, size_t n, const int32_t *b, size_t k)
{
    if (!n || !k) return (int)(n + k);
    int best = slow(a, n - 1, b, k) + 1, other = slow(a, n, b, k - 1) + 1;
    if (other < best) best = other;
    other = slow(a, n - 1, b, k - 1) + (a[n - 1] != b[k - 1]);
    if (other < best) best = other;
    if (n > 1 && k > 1 && a[n - 1] == b[k - 2] && a[n - 2] == b[k - 1]) {
        other = slow(a, n - 2, b, k - 2) + 1;
        if (other < best) best = other;
    }
    return best;
}

static void is_what_it_is_defined_as(void **state)
{
    (void)state;
    RandomSeeded seed;
    Random random = random_seeded(&seed, 7);
    for (int i = 0; i < 3000; i++) {
        int32_t a[6], b[6];
        size_t n = random_below(&random, 7), k = random_below(&random, 7);
        for (size_t j = 0; j < n; j++) a[j] = (int32_t)random_below(&random, 3);
        for (size_t j = 0; j < k; j++) b[j] = (int32_t)random_below(&random, 3);
        int want = slow(a, n, b, k);
        for (int max = 0; max < 4; max++)
            assert_int_equal(spelling_distance(a, n, b, k, max), want > max ? max + 1 : want);
    }
}

static void long_words_are_not_compared(void **state)
{
    (void)state;
    int32_t points[SPELLING_WORD_MAX];
    assert_int_equal(spelling_points(S("0123456789012345678901234567890x"), points), 32);
    assert_int_equal(spelling_points(S("0123456789012345678901234567890xy"), points), 0);
    assert_int_equal(spelling_points(S("größe"), points), 5);
    assert_int_equal(spelling_points(S(""), points), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_distances),
        cmocka_unit_test(is_what_it_is_defined_as),
        cmocka_unit_test(long_words_are_not_compared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
