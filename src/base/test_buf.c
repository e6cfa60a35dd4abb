#include "base/buf.h"
#include "base/random.h"

#include <setjmp.h>
#include <stdio.h>

#include <cmocka.h>

static void what_is_put_in_comes_out(void **state)
{
    (void)state;
    Arena *arena = arena_new(64);
    Buf buf = buf_new(arena, 1 << 20);
    assert_true(str_eq(buf_str(&buf), S("")));
    buf_lit(&buf, "one ");
    buf_put(&buf, S("two "));
    buf_put(&buf, (Str){0});
    buf_char(&buf, '3');
    buf_format(&buf, " %s=%d", "four", 4);
    assert_true(str_eq(buf_str(&buf), S("one two 3 four=4")));
    arena_free(arena);
}

static void the_content_survives_growing_beside_other_allocations(void **state)
{
    (void)state;
    enum { COUNT = 5000 };
    Arena *arena = arena_new(64);
    Buf buf = buf_new(arena, 1 << 20);
    for (int i = 0; i < COUNT; i++) {
        buf_format(&buf, "%06d,", i);
        if (i % 7 == 0) memset(arena_alloc(arena, 33, 1), '#', 33);
    }
    assert_int_equal(buf.n, COUNT * 7);
    assert_false(buf.full);
    for (int i = 0; i < COUNT; i++) {
        char expected[8];
        snprintf(expected, sizeof expected, "%06d,", i);
        assert_memory_equal(buf.p + i * 7, expected, 7);
    }
    arena_free(arena);
}

static void past_its_maximum_it_remembers_and_keeps_what_it_has(void **state)
{
    (void)state;
    Arena *arena = arena_new(64);
    Buf buf = buf_new(arena, 5);
    buf_lit(&buf, "abcde");
    assert_false(buf.full); /* exactly the maximum fits */
    buf_char(&buf, 'f');
    assert_true(buf.full);
    assert_true(str_eq(buf_str(&buf), S("abcde")));
    Buf second = buf_new(arena, 5);
    buf_lit(&second, "too long");
    assert_true(second.full);
    assert_int_equal(second.n, 0);
    Buf third = buf_new(arena, 1000);
    buf_format(&third, "%*s", 1001, "");
    assert_true(third.full);
    assert_int_equal(third.n, 0);
    assert_false(buf_reserve(&third, SIZE_MAX)); /* no wrap */
    arena_free(arena);
}

static void integers_are_written_as_printf_does(void **state)
{
    (void)state;
    static const int64_t edges[] = {0, 1, -1, 9, 10, -10, INT64_MAX, INT64_MIN};
    RandomSeeded seeded;
    Random random = random_seeded(&seeded, 3);
    Arena *arena = arena_new(4096);
    for (int i = 0; i < 20000; i++) {
        int64_t value =
            i < 8 ? edges[i] : (int64_t)random_u64(&random) >> random_below(&random, 64);
        Buf buf = buf_new(arena, 64);
        buf_int(&buf, value);
        char expected[32];
        snprintf(expected, sizeof expected, "%jd", (intmax_t)value);
        assert_true(str_eq(buf_str(&buf), str_from(expected)));
        int64_t back;
        assert_true(str_to_int(buf_str(&buf), &back) && back == value);
        arena_reset(arena);
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_put_in_comes_out),
        cmocka_unit_test(the_content_survives_growing_beside_other_allocations),
        cmocka_unit_test(past_its_maximum_it_remembers_and_keeps_what_it_has),
        cmocka_unit_test(integers_are_written_as_printf_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
