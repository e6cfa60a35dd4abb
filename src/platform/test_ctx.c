#include "platform/ctx.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static char order[8];
static size_t noted;

static void note(void *arg)
{
    order[noted++] = *(const char *)arg;
}

static void after_commit_runs_oldest_first_and_once(void **state)
{
    (void)state;
    Ctx cx = {.arena = arena_new(1024)};
    ctx_after_commit(&cx, note, "a");
    ctx_after_commit(&cx, note, "b");
    ctx_after_commit(&cx, note, "c");
    assert_string_equal(order, "");
    ctx_run_after_commit(&cx);
    assert_string_equal(order, "abc");
    ctx_run_after_commit(&cx);
    assert_string_equal(order, "abc");
    arena_free(cx.arena);
}

static void write_down(Ctx *cx, void **items, size_t n)
{
    (void)cx;
    for (size_t i = 0; i < n; i++) order[noted++] = *(const char *)items[i];
    order[noted++] = '.';
}

static void write_too(Ctx *cx, void **items, size_t n)
{
    write_down(cx, items, n);
}

static void before_commit_gives_each_function_all_of_its_items(void **state)
{
    (void)state;
    Ctx cx = {.arena = arena_new(1024), .db = (DbConn *)(void *)order}; /* any */
    noted = 0;
    memset(order, 0, sizeof order);
    ctx_before_commit(&cx, write_too, "a");
    ctx_before_commit(&cx, write_down, "b");
    ctx_before_commit(&cx, write_down, "c");
    ctx_before_commit(&cx, write_too, "d");
    ctx_before_commit(&cx, write_down, "e");
    assert_string_equal(order, "");
    ctx_run_before_commit(&cx);
    assert_string_equal(order, "ad.bce.");
    ctx_run_before_commit(&cx);
    assert_string_equal(order, "ad.bce.");
    arena_free(cx.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(after_commit_runs_oldest_first_and_once),
        cmocka_unit_test(before_commit_gives_each_function_all_of_its_items),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
