/* The steps of json_mutator.c, with libFuzzer's own step stubbed: it changes nothing, or one byte. */
#include "mutator.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdlib.h>

#include <cmocka.h>

enum { SEEDS = 4000, ROOM = 200 };

static uint8_t byte_of_libfuzzer; /* what its step writes over the first byte; 0: nothing */

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size)
{
    assert_true(size <= max_size);
    if (size && byte_of_libfuzzer) data[0] = byte_of_libfuzzer;
    return size;
}

/* A text in memory of exactly the room that a step has, so that sanitizers see one byte too many. */
typedef struct Made {
    uint8_t *p;
    size_t n;
} Made;

static Made made_by(const char *text, size_t room, unsigned seed)
{
    size_t n = strlen(text);
    Made made = {malloc(room ? room : 1), 0};
    assert_non_null(made.p);
    if (n) memcpy(made.p, text, n);
    made.n = LLVMFuzzerCustomMutator(made.p, n, room, seed);
    assert_true(made.n <= room);
    return made;
}

static bool is_text(Made made, const char *text)
{
    return made.n == strlen(text) && memcmp(made.p, text, made.n) == 0;
}

static bool is_reached(const char *from, const char *to)
{
    bool found = false;
    for (unsigned seed = 0; seed < SEEDS && !found; seed++) {
        Made made = made_by(from, ROOM, seed);
        found = is_text(made, to);
        free(made.p);
    }
    return found;
}

static void each_step_is_made(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
    } steps[] = {
        {"[1,2]", "[1,1,2]"},
        {"[1,2]", "[1,2,1]"},
        {"[1,2]", "[2,2]"},
        {"[1,2]", "[2,1]"},
        {"[1,2]", "[2]"},
        {"[1,2]", "[1]"},
        {"[1 , \"a, b\"]", "[1 , \"a, b\",\"a, b\"]"},
        {"[\"a\\\"]\",{}]", "[{}]"},
        {"{\"a\":1,\"b\":[2]}", "{\"a\":1,\"a\":1,\"b\":[2]}"},
        {"{\"a\":1,\"b\":[2]}", "{\"b\":[2],\"a\":1}"},
        {"{\"a\":1,\"b\":[2]}", "{\"a\":2,\"b\":[2]}"},
        {"{\"a\":1,\"b\":[2]}", "{\"a\":1,\"b\":[2,[2]]}"},
        {"{\"a\":1,\"b\":[2]}", "{\"a\":1,\"a\":[2]}"},
        {"{\"a\":1,\"b\":[2]}", "{\"a\":1,\"b\":[]}"},
        {"{\"a\":1}\n{}", "{\"a\":1}\n{\"a\":1}\n{}"},
        {"{\"a\":1}\n{}", "{}\n{\"a\":1}"},
        {"{\"a\":1}\n{}", "{\"a\":1}"},
        {"[\"x\"", "[\"x\",\"x\""},
    };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (!is_reached(steps[i].from, steps[i].to))
            fail_msg("%s never became %s", steps[i].from, steps[i].to);
}

static void libfuzzers_own_step_changes_all_of_it_and_a_string_inside(void **state)
{
    (void)state;
    byte_of_libfuzzer = 'X';
    assert_true(is_reached("[\"ab\"]", "X\"ab\"]"));
    assert_true(is_reached("[\"ab\"]", "[\"Xb\"]"));
    assert_true(is_reached("{\"ab\":null}", "{\"Xb\":null}"));
    assert_true(is_reached("{\"ab\":null}", "{\"ab\":Xull}"));
    byte_of_libfuzzer = 0;
}

static void the_same_seed_makes_the_same_step(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < 100; seed++) {
        Made one = made_by("{\"a\":[1,2,{\"b\":\"c\"}]}", ROOM, seed);
        Made two = made_by("{\"a\":[1,2,{\"b\":\"c\"}]}", ROOM, seed);
        assert_int_equal(one.n, two.n);
        assert_memory_equal(one.p, two.p, one.n);
        free(one.p);
        free(two.p);
    }
}

/* Each line of it; names may stand twice. */
static bool is_json(Made made)
{
    Str rest = {(const char *)made.p, made.n}, line;
    while (rest.n) {
        str_cut(rest, '\n', &line, &rest);
        json_t *read = json_loadb(line.p, line.n, JSON_DECODE_ANY, NULL);
        if (line.n && !read) return false;
        json_decref(read);
    }
    return true;
}

static void json_stays_json(void **state)
{
    (void)state;
    static const char lines[] =
        "{\"handle\":\"a\",\"tags\":[\"x,]}\",\"\\\\\\\"\"],\"at\":[ ],\"by\":{ \"n\" : -1.5e3 }}\n"
        "[true, null ,{\"a\":{\"b\":[[1],[2]]}}]\n\"\"";
    for (unsigned seed = 0; seed < SEEDS; seed++) {
        Made made = made_by(lines, 2 * sizeof lines, seed);
        if (!is_json(made)) fail_msg("seed %u: %.*s", seed, (int)made.n, (const char *)made.p);
        free(made.p);
    }
}

static void any_bytes_and_any_room_are_fine(void **state)
{
    (void)state;
    static char deep[4001], many[4001];
    memset(deep, '[', sizeof deep - 1);
    for (size_t i = 0; i < sizeof many - 1; i++) many[i] = i % 2 ? ',' : '1';
    const char *const texts[] = {"",         " ",    ":",    "}]", "{\"",
                                 "\"\\",     "{,:}", "{1:2", "[,", "\"a\"",
                                 "{\"a\"1}", "\xff", deep,   many, "[\"\",\"\"]"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        for (unsigned seed = 0; seed < 500; seed++) {
            size_t n = strlen(texts[i]);
            free(made_by(texts[i], n, seed).p);
            free(made_by(texts[i], n + 3, seed).p);
        }
}

static void a_piece_of_one_text_comes_into_the_other(void **state)
{
    (void)state;
    static const char one[] = "{\"a\":[1]}", two[] = "{\"b\":true}";
    static const char *const wanted[] = {"{\"a\":[1],\"b\":true}", "{\"a\":[1,true]}",
                                         "{\"a\":[true]}", "{\"b\":[1]}", "{\"b\":true}"};
    unsigned reached = 0;
    for (unsigned seed = 0; seed < SEEDS; seed++) {
        uint8_t out[ROOM];
        size_t n = LLVMFuzzerCustomCrossOver((const uint8_t *)one, sizeof one - 1,
                                             (const uint8_t *)two, sizeof two - 1, out, ROOM, seed);
        assert_true(n <= ROOM);
        for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
            if (is_text((Made){out, n}, wanted[i])) reached |= 1u << i;
    }
    assert_int_equal(reached, (1u << sizeof wanted / sizeof *wanted) - 1);
    uint8_t small[4];
    assert_int_equal(LLVMFuzzerCustomCrossOver((const uint8_t *)one, 9, NULL, 0, small, 4, 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_step_is_made),
        cmocka_unit_test(libfuzzers_own_step_changes_all_of_it_and_a_string_inside),
        cmocka_unit_test(the_same_seed_makes_the_same_step),
        cmocka_unit_test(json_stays_json),
        cmocka_unit_test(any_bytes_and_any_room_are_fine),
        cmocka_unit_test(a_piece_of_one_text_comes_into_the_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
