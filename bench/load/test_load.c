#include "histogram.h"
#include "plan.h"
#include "response.h"
#include "target.h"

#include <math.h>
#include <setjmp.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- Histogram ------------------------------------------------------------------------------- */

static void percentiles_are_exact_to_their_step(void **state)
{
    (void)state;
    static Histogram h;
    for (int64_t us = 1; us <= 100000; us++) histogram_record(&h, us * 1000);
    static const double shares[] = {0.001, 0.5, 0.9, 0.99, 0.999};
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        double exact = shares[i] * 1e8, got = (double)histogram_percentile_ns(&h, shares[i]);
        assert_true(got >= exact && got <= exact * 1.008);
    }
    assert_int_equal(histogram_percentile_ns(&h, 1), 100000000);
    assert_int_equal(h.max_ns, 100000000);
}

static void small_and_huge_durations_have_buckets(void **state)
{
    (void)state;
    static Histogram h, other;
    histogram_record(&h, -5);
    assert_int_equal(histogram_percentile_ns(&h, 1), 0);
    histogram_record(&h, 127);
    histogram_record(&h, 128);
    assert_int_equal(histogram_percentile_ns(&h, 0.6), 127);
    assert_int_equal(histogram_percentile_ns(&h, 1), 128);
    histogram_record(&other, INT64_MAX);
    histogram_add(&h, &other);
    assert_int_equal(h.total, 4);
    assert_true(histogram_percentile_ns(&h, 1) >= (1ll << HISTOGRAM_TOP_BITS) - 1);
}

/* ---- Plan ------------------------------------------------------------------------------------ */

static int count_of(Str text, Str piece)
{
    int n = 0;
    for (size_t i = 0; i + piece.n <= text.n; i++) n += memcmp(text.p + i, piece.p, piece.n) == 0;
    return n;
}

static void a_request_is_complete_and_its_body_counted(void **state)
{
    (void)state;
    Arena *arena = arena_new(4096);
    Str paths[] = {S_INIT("/a"), S_INIT("/b")};
    Plan plan = {.method = S("POST"),
                 .paths = {paths, 2},
                 .head = template_parse(arena, S(" HTTP/1.1\r\nHost: x{n}\r\n")),
                 .has_body = true,
                 .body = template_parse(arena, S("{\"n\":{n},\"again\":\"{n}\",\"{x}\":{}}"))};
    Chance chance = {1};
    Buf out = buf_new(arena, 4096);
    plan_write(&plan, 1, 12345, &chance, &out);
    assert_string_equal(str_z(arena, buf_str(&out)),
                        "POST /b HTTP/1.1\r\nHost: x12345\r\nContent-Length: 00036\r\n\r\n"
                        "{\"n\":12345,\"again\":\"12345\",\"{x}\":{}}");
    plan.body = template_parse(arena, S("{r}{r}"));
    out.n = 0;
    plan_write(&plan, 0, 1, &chance, &out);
    assert_int_equal(count_of(buf_str(&out), S("{r}")), 0);
    plan.has_body = false;
    out.n = 0;
    plan_write(&plan, 0, 1, &chance, &out);
    assert_string_equal(str_z(arena, buf_str(&out)), "POST /a HTTP/1.1\r\nHost: x1\r\n\r\n");
    paths[0] = S("/a\tCart-Token: {n}");
    out.n = 0;
    plan_write(&plan, 0, 1, &chance, &out);
    assert_string_equal(str_z(arena, buf_str(&out)),
                        "POST /a HTTP/1.1\r\nHost: x1\r\nCart-Token: {n}\r\n\r\n");
    arena_free(arena);
}

static void lines_are_split_and_empty_ones_left_out(void **state)
{
    (void)state;
    Arena *arena = arena_new(4096);
    StrList list = plan_lines(arena, S("/a\n\n/b\n/c"));
    assert_int_equal(list.n, 3);
    assert_true(str_eq(list.items[0], S("/a")) && str_eq(list.items[1], S("/b")) &&
                str_eq(list.items[2], S("/c")));
    assert_int_equal(plan_lines(arena, S("")).n, 0);
    arena_free(arena);
}

static int descending(const void *a, const void *b)
{
    int x = *(const int *)a, y = *(const int *)b;
    return (x < y) - (x > y);
}

static size_t picked(const Plan *plan, uint64_t turn, Chance *chance)
{
    size_t path;
    assert_true(plan_pick(plan, turn, chance, &path));
    return path;
}

/* With exponent 1 and 100 paths the k-th most popular has the share 1/(k·H(100)). Half a million
 * draws from a fixed seed lie within four standard deviations of it. */
static void zipf_follows_its_law(void **state)
{
    (void)state;
    enum { PATHS = 100, DRAWS = 500000 };
    Arena *arena = arena_new(65536);
    Plan plan = {.paths = {NEW_N(arena, Str, PATHS), PATHS}};
    plan_use_zipf(arena, &plan, 1);
    int counts[PATHS] = {0};
    Chance chance = {99};
    for (uint64_t i = 0; i < DRAWS; i++) counts[picked(&plan, i, &chance)]++;
    assert_true(counts[0] < counts[1] ||
                counts[1] < counts[2]); /* popularity is not the order of the file */
    qsort(counts, PATHS, sizeof *counts, descending);
    double harmonic = 0;
    for (int k = 1; k <= PATHS; k++) harmonic += 1.0 / k;
    for (int k = 1; k <= 10; k++) {
        double share = 1 / (k * harmonic), expected = DRAWS * share;
        assert_true(fabs(counts[k - 1] - expected) < 4 * sqrt(expected * (1 - share)));
    }
    arena_free(arena);
}

static void uniform_reaches_every_path(void **state)
{
    (void)state;
    Str paths[10] = {0};
    Plan plan = {.paths = {paths, 10}};
    int counts[10] = {0};
    Chance chance = {3};
    for (uint64_t i = 0; i < 10000; i++) counts[picked(&plan, i, &chance)]++;
    for (int i = 0; i < 10; i++) assert_true(counts[i] > 850 && counts[i] < 1150);
}

static void once_takes_each_path_in_its_order_and_ends(void **state)
{
    (void)state;
    Str paths[3] = {0};
    Plan plan = {.paths = {paths, 3}, .once = true};
    Chance chance = {3};
    size_t path = 7;
    for (uint64_t turn = 0; turn < 3; turn++) assert_int_equal(picked(&plan, turn, &chance), turn);
    assert_false(plan_pick(&plan, 3, &chance, &path));
    assert_false(plan_pick(&plan, UINT64_MAX, &chance, &path));
    assert_int_equal(path, 7);
}

/* ---- Response -------------------------------------------------------------------------------- */

static void a_head_is_found_however_much_of_it_is_there(void **state)
{
    (void)state;
    static const char text[] = "HTTP/1.1 201 Created\r\nServer: x\r\ncontent-length:  "
                               "7\r\nConnection: close\r\n\r\n1234567";
    size_t head_size = sizeof text - 1 - 7;
    ResponseHead head = {0};
    for (size_t n = 0; n < head_size; n++)
        assert_int_equal(response_head((Str){text, n}, &head), RESPONSE_MORE);
    for (size_t n = head_size; n < sizeof text; n++) {
        assert_int_equal(response_head((Str){text, n}, &head), RESPONSE_HEAD);
        assert_int_equal(head.status, 201);
        assert_int_equal(head.head_size, head_size);
        assert_int_equal(head.body_size, 7);
        assert_true(head.close);
    }
}

static void what_cannot_be_counted_is_refused(void **state)
{
    (void)state;
    static const Str bad[] = {
        S_INIT("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n"),
        S_INIT("HTTP/1.1 200 OK\r\nServer: x\r\n\r\n"),
        S_INIT("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
        S_INIT("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"),
        S_INIT("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n"),
        S_INIT("HTTP/1.1 2x0 OK\r\nContent-Length: 1\r\n\r\n"),
        S_INIT("HTTP/1.1 \r\n\r\n"),
        S_INIT("nonsense"),
    };
    ResponseHead head;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(response_head(bad[i], &head), RESPONSE_BAD);
}

static void an_answer_without_content_needs_no_length(void **state)
{
    (void)state;
    ResponseHead head;
    assert_int_equal(
        response_head(S("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"), &head),
        RESPONSE_HEAD);
    assert_int_equal(head.body_size, 0);
    assert_int_equal(response_head(S("HTTP/1.1 204 No Content\r\n\r\n"), &head), RESPONSE_HEAD);
    assert_false(head.close);
}

/* ---- Target ---------------------------------------------------------------------------------- */

static void own_process_and_child_are_found(void **state)
{
    (void)state;
    int hold[2];
    assert_int_equal(pipe(hold), 0);
    pid_t child = fork();
    if (child == 0) {
        char byte;
        close(hold[1]);
        _exit((int)read(hold[0], &byte, 1));
    }
    Arena *arena = arena_new(65536);
    pid_t self = getpid();
    TargetSet roots = {&self, 1}, set, again;
    assert_true(target_find(arena, &roots, &set) && target_find(arena, &roots, &again));
    assert_int_equal(set.n, 2);
    assert_true(target_same(&set, &again));
    TargetUse use;
    assert_true(target_use(&set, &use));
    assert_true(use.rss_anon_kib > 0);
    close(hold[1]);
    close(hold[0]);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(percentiles_are_exact_to_their_step),
        cmocka_unit_test(small_and_huge_durations_have_buckets),
        cmocka_unit_test(a_request_is_complete_and_its_body_counted),
        cmocka_unit_test(lines_are_split_and_empty_ones_left_out),
        cmocka_unit_test(zipf_follows_its_law),
        cmocka_unit_test(uniform_reaches_every_path),
        cmocka_unit_test(once_takes_each_path_in_its_order_and_ends),
        cmocka_unit_test(a_head_is_found_however_much_of_it_is_there),
        cmocka_unit_test(what_cannot_be_counted_is_refused),
        cmocka_unit_test(an_answer_without_content_needs_no_length),
        cmocka_unit_test(own_process_and_child_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
