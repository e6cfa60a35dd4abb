/* The steps of csv_mutator.c, with libFuzzer's own step stubbed: it appends one letter. */
#include "mutator.h"

#include <setjmp.h>
#include <stdlib.h>

#include <cmocka.h>

enum { SEEDS = 4000, ROOM = 100 };

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size)
{
    assert_true(size <= max_size);
    if (size < max_size) data[size++] = 'X';
    return size;
}

/* In memory of exactly the room that a step has, so that sanitizers see one byte too many. */
static uint8_t *made_by(Str text, size_t room, unsigned seed, size_t *n)
{
    uint8_t *made = malloc(room ? room : 1);
    assert_non_null(made);
    if (text.n) memcpy(made, text.p, text.n);
    *n = LLVMFuzzerCustomMutator(made, text.n, room, seed);
    assert_true(*n <= room);
    return made;
}

static bool is_reached(const char *from, const char *to)
{
    bool found = false;
    for (unsigned seed = 0; seed < SEEDS && !found; seed++) {
        size_t n;
        uint8_t *made = made_by(str_from(from), ROOM, seed, &n);
        found = str_eq((Str){(const char *)made, n}, str_from(to));
        free(made);
    }
    return found;
}

static void each_step_is_made(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
    } steps[] = {
        {"a,b\nc,d\n", "a,b\nc,d\nc,d\n"},
        {"a,b\nc,d\n", "a,b\nc,d\na,b\n"},
        {"a,b\nc,d\n", "a,b\na,b\nc,d\n"},
        {"a,b\nc,d\n", "a,b\n"},
        {"a,b\nc,d\n", "c,d\n"},
        {"a,b\nc,d\n", "a,b\na,d\n"},
        {"a,b\nc,d\n", "a,d\nc,d\n"},
        {"a,b\nc,d\n", "a,bX\nc,d\n"},
        {"a,b\nc,d\n", "a,b\nc,d\nX"},
        {",\n,", ",\n,X"},
        {"a,\"b,\n\"\"c\"\nd,e", "a,e\nd,e"},
        {"a,\"b,\n\"\"c\"\nd,e", "a,\"b,\n\"\"c\"\na,\"b,\n\"\"c\"\nd,e"},
        {"a,\"b\nc", "a,\"b\nc\na,\"b\nc"},
    };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (!is_reached(steps[i].from, steps[i].to))
            fail_msg("%s never became %s", steps[i].from, steps[i].to);
}

static void any_bytes_and_any_room_are_fine(void **state)
{
    (void)state;
    static char many[4000];
    memset(many, ',', sizeof many);
    const Str texts[] = {S(""),
                         S("\n"),
                         S(","),
                         S("\""),
                         S("\"\""),
                         S("a\"b"),
                         S("\n\n\n"),
                         S("\"a\n"),
                         S("\0,"),
                         S("a,b\r\nc,d\r\n"),
                         {many, sizeof many}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        for (unsigned seed = 0; seed < 500; seed++) {
            size_t n;
            free(made_by(texts[i], texts[i].n, seed, &n));
            free(made_by(texts[i], texts[i].n + 3, seed, &n));
        }
}

static void a_row_or_a_cell_of_one_text_comes_into_the_other(void **state)
{
    (void)state;
    static const Str one = S_INIT("a,b"), two = S_INIT("c,d"),
                     wanted[] = {S_INIT("a,b\nc,d"), S_INIT("c,b"), S_INIT("a,d")};
    unsigned reached = 0;
    for (unsigned seed = 0; seed < SEEDS; seed++) {
        uint8_t out[ROOM];
        size_t n = LLVMFuzzerCustomCrossOver((const uint8_t *)one.p, one.n, (const uint8_t *)two.p,
                                             two.n, out, ROOM, seed);
        assert_true(n <= ROOM);
        for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
            if (str_eq((Str){(const char *)out, n}, wanted[i])) reached |= 1u << i;
    }
    assert_int_equal(reached, (1u << sizeof wanted / sizeof *wanted) - 1);
    uint8_t small[2];
    assert_int_equal(LLVMFuzzerCustomCrossOver((const uint8_t *)one.p, 3, NULL, 0, small, 2, 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_step_is_made),
        cmocka_unit_test(any_bytes_and_any_room_are_fine),
        cmocka_unit_test(a_row_or_a_cell_of_one_text_comes_into_the_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
