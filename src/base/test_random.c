#include "base/random.h"

#include <setjmp.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static int compare_u64(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void the_seeded_stream_is_splitmix64(void **state)
{
    (void)state;
    /* The first values for seed 1234567, as published with the reference implementation's tests. */
    static const uint64_t expected[] = {6457827717110365317u, 3203168211198807973u,
                                        9817491932198370423u, 4593380528125082431u,
                                        16408922859458223821u};
    RandomSeeded seeded;
    Random random = random_seeded(&seeded, 1234567);
    for (size_t i = 0; i < 5; i++) assert_true(random_u64(&random) == expected[i]);
}

static void fill_touches_only_its_bytes(void **state)
{
    (void)state;
    RandomSeeded seeded;
    Random sources[] = {random_system, random_seeded(&seeded, 1)};
    for (size_t s = 0; s < 2; s++)
        for (size_t n = 0; n <= 40; n++) {
            unsigned char bytes[48];
            memset(bytes, 0xEE, sizeof bytes);
            sources[s].fill(sources[s].state, bytes + 4, n);
            for (size_t i = 0; i < sizeof bytes; i++)
                if (i < 4 || i >= n + 4) assert_int_equal(bytes[i], 0xEE);
        }
}

static void the_system_does_not_repeat_itself(void **state)
{
    (void)state;
    unsigned char a[32], b[32];
    random_system.fill(random_system.state, a, sizeof a);
    random_system.fill(random_system.state, b, sizeof b);
    assert_memory_not_equal(a, b, sizeof a);
}

/* The pool of a thread must not be inherited: parent and child would make the same secrets. */
static void a_child_of_fork_draws_other_bytes(void **state)
{
    (void)state;
    unsigned char parent[16], child[16];
    int ends[2];
    random_u64(&random_system); /* so that there is a pool */
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        random_system.fill(random_system.state, child, sizeof child);
        _exit(write(ends[1], child, sizeof child) == sizeof child ? 0 : 1);
    }
    random_system.fill(random_system.state, parent, sizeof parent);
    assert_int_equal(read(ends[0], child, sizeof child), sizeof child);
    assert_memory_not_equal(parent, child, sizeof parent);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    close(ends[0]);
    close(ends[1]);
}

/* No eight bytes come twice, over many fillings of the pool and by all ways into it. */
static void the_pool_never_repeats(void **state)
{
    (void)state;
    enum { COUNT = 20000 };
    static uint64_t seen[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        unsigned char bytes[80] = {0};
        random_system.fill(random_system.state, bytes, 8 + i % 73);
        memcpy(&seen[i], bytes, 8);
    }
    qsort(seen, COUNT, sizeof seen[0], compare_u64);
    for (size_t i = 1; i < COUNT; i++) assert_true(seen[i] != seen[i - 1]);
}

/* Pearson's chi squared; 30 is passed by chance about once in 10^5 for 6 degrees of freedom, and
 * the seed is fixed. */
static void below_is_uniform(void **state)
{
    (void)state;
    enum { BOUND = 7, DRAWS = 700000 };
    RandomSeeded seeded;
    Random random = random_seeded(&seeded, 13);
    int64_t count[BOUND] = {0};
    for (int i = 0; i < DRAWS; i++) count[random_below(&random, BOUND)]++;
    double chi = 0;
    for (int i = 0; i < BOUND; i++) {
        const double expected = (double)DRAWS / BOUND;
        double off = (double)count[i] - expected;
        chi += off * off / expected;
    }
    assert_true(chi < 30);
}

/* A bound of 3 × 2^62: without redrawing, a word times the bound would fall into the first third of
 * each four values twice as often. Halves and thirds of the range must come equally often. */
static void below_is_fair_for_large_bounds(void **state)
{
    (void)state;
    enum { DRAWS = 300000 };
    const uint64_t third = (uint64_t)1 << 62;
    RandomSeeded seeded;
    Random random = random_seeded(&seeded, 14);
    int thirds[3] = {0}, residues[3] = {0};
    for (int i = 0; i < DRAWS; i++) {
        uint64_t x = random_below(&random, 3 * third);
        assert_true(x < 3 * third);
        thirds[x / third]++;
        residues[x % 3]++;
    }
    for (int i = 0; i < 3; i++) {
        assert_in_range(thirds[i], DRAWS / 3 - 1500,
                        DRAWS / 3 + 1500); /* over 5 standard deviations */
        assert_in_range(residues[i], DRAWS / 3 - 1500, DRAWS / 3 + 1500);
    }
    assert_true(random_below(&random, 1) == 0);
}

static void tokens_have_prefix_and_length(void **state)
{
    (void)state;
    Arena *arena = arena_new(256);
    Str a = random_token(arena, &random_system, "sk_", 32),
        b = random_token(arena, &random_system, "sk_", 32);
    assert_int_equal(a.n, 3 + 43);
    assert_true(str_starts(a, S("sk_")));
    assert_false(str_eq(a, b));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_seeded_stream_is_splitmix64),
        cmocka_unit_test(fill_touches_only_its_bytes),
        cmocka_unit_test(the_system_does_not_repeat_itself),
        cmocka_unit_test(a_child_of_fork_draws_other_bytes),
        cmocka_unit_test(the_pool_never_repeats),
        cmocka_unit_test(below_is_uniform),
        cmocka_unit_test(below_is_fair_for_large_bounds),
        cmocka_unit_test(tokens_have_prefix_and_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
