/* Packing: what goes in comes out, whatever was learnt in between; and learning is worth it. */
#include "base/random.h"
#include "platform/cache/pack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { LESSON = 256, LESSONS_MORE = 8 };

static Str document(Arena *arena, int number)
{
    return str_format(
        arena,
        "{\"id\":\"prod_%013d\",\"title\":\"Number %d of many\",\"status\":\"active\","
        "\"description\":\"A thing like others, made of %s by hand in %s.\","
        "\"variants\":[{\"sku\":\"A-%d\",\"currency\":\"EUR\",\"amount\":%d}]}",
        number, number, number % 2 ? "linen" : "oak", number % 3 ? "Wien" : "Graz", number * 7,
        number * 13 % 9000);
}

/* As many documents as it takes to learn from; the number of the next one. */
static int teach(Pack *pack, Arena *arena, int first)
{
    int i = first;
    while (!pack_show(pack, document(arena, i++))) assert_true(i < first + LESSON * 64);
    return i;
}

static void assert_comes_back(Pack *pack, Arena *arena, Str plain)
{
    Packed packed = pack_bytes(pack, arena, plain);
    Str back = unpack_bytes(pack, arena, &packed);
    assert_int_equal(packed.plain, plain.n);
    assert_true(packed.bytes.n <= plain.n);
    assert_true(str_eq(back, plain));
}

static void test_what_goes_in_comes_out(void **state)
{
    (void)state;
    Pack *pack = pack_new();
    Arena *arena = arena_new(1 << 16);
    for (int taught = 0; taught < 2; taught++) {
        for (size_t n = 0; n < 300; n++) {
            char *noise = arena_alloc(arena, n, 1);
            for (size_t i = 0; i < n; i++) noise[i] = (char)random_below(&random_system, 256);
            assert_comes_back(pack, arena, (Str){noise, n});
        }
        for (int i = 0; i < 300; i++) assert_comes_back(pack, arena, document(arena, i));
        Str long_one = S("");
        for (int i = 0; i < 2000; i++)
            long_one = str_join(arena, (StrList){(Str[]){long_one, document(arena, i)}, 2}, S(""));
        assert_comes_back(pack, arena, long_one);
        if (taught) break;
        teach(pack, arena, 0);
        pack_learn(pack);
        assert_int_equal(pack_dictionaries(pack), 1);
    }
    arena_free(arena);
    pack_free(pack);
}

static void test_learning_makes_it_smaller(void **state)
{
    (void)state;
    Pack *pack = pack_new();
    Arena *arena = arena_new(1 << 16);
    Str plain = document(arena, 987654);
    Packed before = pack_bytes(pack, arena, plain);
    teach(pack, arena, 0);
    pack_learn(pack);
    Packed after = pack_bytes(pack, arena, plain);
    assert_true(after.bytes.n * 2 < before.bytes.n);
    assert_true(str_eq(unpack_bytes(pack, arena, &before), plain)); /* of before the lesson */
    assert_true(str_eq(unpack_bytes(pack, arena, &after), plain));
    arena_free(arena);
    pack_free(pack);
}

static void test_lessons_become_rare(void **state)
{
    (void)state;
    Pack *pack = pack_new();
    Arena *arena = arena_new(1 << 16);
    int first = teach(pack, arena, 0);
    assert_int_equal(first, LESSON);
    assert_false(pack_show(pack, document(arena, 0))); /* somebody is at it */
    pack_learn_later(pack);
    assert_true(pack_show(pack, document(arena, 0)));
    pack_learn(pack);
    int second = teach(pack, arena, LESSON + 2);
    assert_int_equal(second, LESSON * LESSONS_MORE);
    pack_learn(pack);
    assert_int_equal(pack_dictionaries(pack), 1); /* it had nothing new to tell */
    arena_free(arena);
    pack_free(pack);
}

/* Of noise nothing can be learnt, and the attempt does no harm. */
static void test_noise_teaches_nothing(void **state)
{
    (void)state;
    Pack *pack = pack_new();
    Arena *arena = arena_new(1 << 16);
    char noise[2000];
    bool due = false;
    for (int n = 0; !due; n++) {
        assert_true(n < LESSON * 2);
        for (size_t i = 0; i < sizeof noise; i++)
            noise[i] = (char)random_below(&random_system, 256);
        due = pack_show(pack, (Str){noise, sizeof noise});
    }
    pack_learn(pack);
    assert_int_equal(pack_dictionaries(pack), 0);
    assert_comes_back(pack, arena, document(arena, 5));
    arena_free(arena);
    pack_free(pack);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_goes_in_comes_out),
        cmocka_unit_test(test_learning_makes_it_smaller),
        cmocka_unit_test(test_lessons_become_rare),
        cmocka_unit_test(test_noise_teaches_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
