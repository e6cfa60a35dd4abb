#include "base/map.h"
#include "base/random.h"

#include <setjmp.h>

#include <cmocka.h>

static void an_empty_map_has_nothing(void **state)
{
    (void)state;
    Arena *arena = arena_new(1024);
    Map map = map_new(arena);
    size_t at = 0;
    Str key;
    void *value;
    assert_null(map_get(&map, S("")));
    assert_false(map_next(&map, &at, &key, &value));
    arena_free(arena);
}

static void it_behaves_like_an_array_of_all_keys(void **state)
{
    (void)state;
    enum { KEYS = 3000, STEPS = 20000 };
    static char texts[KEYS][8];
    static int *model[KEYS], values[64];
    Arena *arena = arena_new(1024);
    Map map = map_new(arena);
    RandomSeeded seeded;
    Random random = random_seeded(&seeded, 17);
    size_t n = 0;
    for (int step = 0; step < STEPS; step++) {
        size_t k = random_below(&random, KEYS);
        /* From no bytes to seven, with NULs among them. */
        size_t length = k < 1 ? 0 : 1 + k % 7;
        for (size_t i = 0; i < length; i++) texts[k][i] = (char)(k >> (i % 2 * 8));
        if (length == 1) continue; /* one byte cannot tell the keys apart */
        Str key = {texts[k], length};
        assert_ptr_equal(map_get(&map, key), model[k]);
        int *value = &values[random_below(&random, 64)];
        assert_ptr_equal(map_put(&map, key, value), model[k]);
        n += !model[k];
        model[k] = value;
        assert_ptr_equal(map_get(&map, key), value);
        assert_int_equal(map.n, n);
    }
    size_t at = 0, visited = 0;
    Str key;
    for (void *value; map_next(&map, &at, &key, &value); visited++) {
        size_t k = (size_t)(key.p - texts[0]) / sizeof texts[0];
        assert_ptr_equal(value, model[k]);
        model[k] = NULL; /* a second visit would fail */
    }
    assert_int_equal(visited, n);
    assert_true(n > 1000);
    arena_free(arena);
}

static void keys_are_bytes(void **state)
{
    (void)state;
    Arena *arena = arena_new(1024);
    Map map = map_new(arena);
    int a, b, c;
    map_put(&map, S("x"), &a);
    map_put(&map, S("x\0"), &b);
    map_put(&map, S(""), &c);
    assert_ptr_equal(map_get(&map, S("x")), &a);
    assert_ptr_equal(map_get(&map, S("x\0")), &b);
    assert_ptr_equal(map_get(&map, (Str){0}), &c);
    assert_null(map_get(&map, S("X")));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_map_has_nothing),
        cmocka_unit_test(it_behaves_like_an_array_of_all_keys),
        cmocka_unit_test(keys_are_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
