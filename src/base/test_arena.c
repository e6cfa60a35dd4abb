#include "base/arena.h"
#include "base/random.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static bool all_bytes_are(const unsigned char *p, size_t n, unsigned char byte)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] != byte) return false;
    return true;
}

static void allocations_are_aligned_and_do_not_overlap(void **state)
{
    (void)state;
    enum { COUNT = 2000 };
    static struct {
        unsigned char *p;
        size_t n;
    } pieces[COUNT];
    RandomSeeded seeded;
    Random random = random_seeded(&seeded, 1);
    Arena *arena = arena_new(64);
    for (size_t i = 0; i < COUNT; i++) {
        size_t align = (size_t)1 << random_below(&random, 8);
        size_t n = random_below(&random, i % 100 ? 200 : 100000);
        unsigned char *p = arena_alloc(arena, n, align);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % align, 0);
        memset(p, (int)(i & 255), n);
        pieces[i].p = p;
        pieces[i].n = n;
    }
    for (size_t i = 0; i < COUNT; i++)
        assert_true(all_bytes_are(pieces[i].p, pieces[i].n, (unsigned char)i));
    arena_free(arena);
}

static void empty_allocations_are_distinct(void **state)
{
    (void)state;
    Arena *arena = arena_new(64);
    void *a = arena_alloc(arena, 0, 1), *b = arena_alloc(arena, 0, 1),
         *c = arena_alloc(arena, 1, 1);
    assert_ptr_not_equal(a, b);
    assert_ptr_not_equal(b, c);
    arena_free(arena);
}

static void nothing_can_be_copied(void **state)
{
    (void)state;
    Arena *arena = arena_new(256);
    assert_ptr_not_equal(arena_copy(arena, NULL, 0), arena_copy(arena, NULL, 0));
    assert_string_equal(arena_copy(arena, "tea", 4), "tea");
    arena_free(arena);
}

static void rewind_forgets_what_came_after_the_mark(void **state)
{
    (void)state;
    Arena *arena = arena_new(64);
    char *kept = arena_alloc(arena, 10, 1);
    memcpy(kept, "remembered", 10);
    size_t used = arena_used(arena);
    ArenaMark outer = arena_mark(arena);
    arena_alloc(arena, 50, 8);
    size_t used_inside = arena_used(arena);
    ArenaMark inner = arena_mark(arena);
    for (int i = 0; i < 100; i++) arena_alloc(arena, 1000, 16);
    assert_true(arena_used(arena) >= used_inside + 100 * 1000);
    arena_rewind(arena, inner);
    assert_int_equal(arena_used(arena), used_inside);
    arena_rewind(arena, outer);
    assert_int_equal(arena_used(arena), used);
    assert_memory_equal(kept, "remembered", 10);
    arena_free(arena);
}

static void recycled_memory_is_zeroed_when_asked(void **state)
{
    (void)state;
    Arena *arena = arena_new(4096);
    for (int round = 0; round < 3; round++) {
        unsigned char *p = (unsigned char *)NEW_N(arena, uint64_t, 200);
        assert_true(all_bytes_are(p, 1600, 0));
        memset(p, 0xAA, 1600);
        memset(arena_alloc(arena, 9000, 1), 0xBB, 9000); /* a second block, lost at the reset */
        arena_reset(arena);
        assert_int_equal(arena_used(arena), 0);
    }
    arena_free(arena);
}

static void growing_keeps_the_content(void **state)
{
    (void)state;
    Arena *arena = arena_new(256);
    char *p = arena_alloc(arena, 4, 1);
    memcpy(p, "abcd", 4);
    p = arena_grow(arena, p, 4, 8, 1);
    memcpy(p + 4, "efgh", 4);
    char *between = arena_alloc(arena, 4, 1); /* now p is not the newest */
    memcpy(between, "wxyz", 4);
    p = arena_grow(arena, p, 8, 5000, 1);
    memset(p + 8, 'i', 4992);
    assert_memory_equal(p, "abcdefgh", 8);
    assert_memory_equal(between, "wxyz", 4);
    assert_non_null(arena_grow(arena, NULL, 0, 10, 1));
    arena_free(arena);
}

#ifndef SOUK_ARENA_CHECKED
static void the_newest_allocation_grows_in_place(void **state)
{
    (void)state;
    Arena *arena = arena_new(256);
    char *p = arena_alloc(arena, 16, 1);
    assert_ptr_equal(arena_grow(arena, p, 16, 64, 1), p);
    assert_int_equal(arena_used(arena), 64);
    arena_free(arena);
}
#endif

static void overflowing_product_aborts(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        volatile size_t count = SIZE_MAX / 4;
        arena_zalloc(arena_new(64), count, 8, 8);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(allocations_are_aligned_and_do_not_overlap),
        cmocka_unit_test(empty_allocations_are_distinct),
        cmocka_unit_test(nothing_can_be_copied),
        cmocka_unit_test(rewind_forgets_what_came_after_the_mark),
        cmocka_unit_test(recycled_memory_is_zeroed_when_asked),
        cmocka_unit_test(growing_keeps_the_content),
#ifndef SOUK_ARENA_CHECKED
        cmocka_unit_test(the_newest_allocation_grows_in_place),
#endif
        cmocka_unit_test(overflowing_product_aborts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
