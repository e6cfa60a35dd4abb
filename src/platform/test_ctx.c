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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(after_commit_runs_oldest_first_and_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
