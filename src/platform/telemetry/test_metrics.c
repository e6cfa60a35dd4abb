#include "platform/telemetry/metrics.h"

#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static const double three_bounds[] = {0.5, 1, 2.5};

METRIC_FAMILY(requests, .name = "test_requests_total", .kind = METRIC_COUNTER,
              .doc = "Requests\nby \"route\" \\ method.", .labels = {"method", "route"});
METRIC_FAMILY(depth, .name = "test_depth", .kind = METRIC_GAUGE, .doc = "How deep.");
METRIC_FAMILY(wait, .name = "test_wait_seconds", .kind = METRIC_HISTOGRAM, .doc = "How long.",
              .labels = {"lane"}, .bounds = three_bounds, .bound_count = 3);
METRIC_FAMILY(asked, .name = "test_asked_bytes", .kind = METRIC_GAUGE, .doc = "Asked.",
              .labels = {"of"});
METRIC_FAMILY(kept, .name = "test_kept_seconds_total", .kind = METRIC_COUNTER, .doc = "Kept.");
METRIC_FAMILY(steps, .name = "test_steps_seconds", .kind = METRIC_HISTOGRAM, .doc = "Latency.",
              .bounds = metric_seconds_bounds, .bound_count = metric_seconds_bound_count);
METRIC_FAMILY(many, .name = "test_many_total", .kind = METRIC_COUNTER, .doc = "Many.",
              .labels = {"n", "m"});

static Str scrape(Arena *arena, bool openmetrics)
{
    Buf out = buf_new(arena, 16 << 20);
    metrics_write(&out, openmetrics);
    assert_false(out.full);
    return buf_str(&out);
}

static double read_arg(void *arg)
{
    return *(double *)arg;
}

/* The first test: no other family exists yet, so that the whole text is known. */
static void both_formats_are_exact(void **state)
{
    (void)state;
    static double bytes = 1.5e9, seconds = 0.1;
    metric_add(metric_series(&requests, "GET", "/v1/a\"b\\c\nd"), 3);
    metric_add(metric_series(&requests, "POST", "/caf\xC3\xA9/\xFF"), 1);
    metric_gauge_add(metric_series(&depth), -4);
    Series waits = metric_series(&wait, "read");
    metric_observe(waits, 0.5); /* a bound belongs to its bucket */
    metric_observe(waits, 0.75);
    metric_observe(waits, 2);
    metric_observe(waits, 100);
    metric_gauge_function(&asked, read_arg, &bytes, "heap");
    metric_gauge_function(&kept, read_arg, &seconds);
    Arena *arena = arena_new(4096);
    Str prometheus = S("# HELP test_requests_total Requests\\nby \"route\" \\\\ method.\n"
                       "# TYPE test_requests_total counter\n"
                       "test_requests_total{method=\"GET\",route=\"/v1/a\\\"b\\\\c\\nd\"} 3\n"
                       "test_requests_total{method=\"POST\",route=\"/caf\?\?/\?\"} 1\n"
                       "# HELP test_depth How deep.\n"
                       "# TYPE test_depth gauge\n"
                       "test_depth -4\n"
                       "# HELP test_wait_seconds How long.\n"
                       "# TYPE test_wait_seconds histogram\n"
                       "test_wait_seconds_bucket{lane=\"read\",le=\"0.5\"} 1\n"
                       "test_wait_seconds_bucket{lane=\"read\",le=\"1.0\"} 2\n"
                       "test_wait_seconds_bucket{lane=\"read\",le=\"2.5\"} 3\n"
                       "test_wait_seconds_bucket{lane=\"read\",le=\"+Inf\"} 4\n"
                       "test_wait_seconds_sum{lane=\"read\"} 103.25\n"
                       "test_wait_seconds_count{lane=\"read\"} 4\n"
                       "# HELP test_asked_bytes Asked.\n"
                       "# TYPE test_asked_bytes gauge\n"
                       "test_asked_bytes{of=\"heap\"} 1500000000\n"
                       "# HELP test_kept_seconds_total Kept.\n"
                       "# TYPE test_kept_seconds_total counter\n"
                       "test_kept_seconds_total 0.1\n");
    Str openmetrics = S("# HELP test_requests Requests\\nby \\\"route\\\" \\\\ method.\n"
                        "# TYPE test_requests counter\n"
                        "test_requests_total{method=\"GET\",route=\"/v1/a\\\"b\\\\c\\nd\"} 3\n"
                        "test_requests_total{method=\"POST\",route=\"/caf\?\?/\?\"} 1\n"
                        "# HELP test_depth How deep.\n"
                        "# TYPE test_depth gauge\n"
                        "test_depth -4\n"
                        "# HELP test_wait_seconds How long.\n"
                        "# TYPE test_wait_seconds histogram\n"
                        "# UNIT test_wait_seconds seconds\n"
                        "test_wait_seconds_bucket{lane=\"read\",le=\"0.5\"} 1\n"
                        "test_wait_seconds_bucket{lane=\"read\",le=\"1.0\"} 2\n"
                        "test_wait_seconds_bucket{lane=\"read\",le=\"2.5\"} 3\n"
                        "test_wait_seconds_bucket{lane=\"read\",le=\"+Inf\"} 4\n"
                        "test_wait_seconds_sum{lane=\"read\"} 103.25\n"
                        "test_wait_seconds_count{lane=\"read\"} 4\n"
                        "# HELP test_asked_bytes Asked.\n"
                        "# TYPE test_asked_bytes gauge\n"
                        "# UNIT test_asked_bytes bytes\n"
                        "test_asked_bytes{of=\"heap\"} 1500000000\n"
                        "# HELP test_kept_seconds Kept.\n"
                        "# TYPE test_kept_seconds counter\n"
                        "# UNIT test_kept_seconds seconds\n"
                        "test_kept_seconds_total 0.1\n"
                        "# EOF\n");
    assert_string_equal(str_z(arena, scrape(arena, false)), prometheus.p);
    assert_string_equal(str_z(arena, scrape(arena, true)), openmetrics.p);
    arena_free(arena);
}

static void the_same_labels_are_the_same_series(void **state)
{
    (void)state;
    Series a = metric_series(&requests, "PUT", "/same"),
           b = metric_series(&requests, "PUT", "/same");
    Series other = metric_series(&requests, "PUT", "/other");
    assert_int_equal(a.at, b.at);
    assert_int_not_equal(a.at, other.at);
    metric_add(a, 2);
    metric_add(b, 3);
    assert_int_equal(metric_read(a), 5);
    assert_int_equal(metric_read(other), 0);
}

static void the_series_zero_counts_nothing(void **state)
{
    (void)state;
    metric_add((Series){0}, 5);
    metric_gauge_add((Series){0}, 5);
    metric_observe((Series){0}, 5);
    metric_observe_us((Series){0}, 5);
    assert_int_equal(metric_read((Series){0}), 0);
}

/* ---- a reader of the format, strict about its order ------------------------------------------ */

typedef struct Sample {
    Str name, labels;
    double value;
} Sample;

static bool next_line(Str *text, Str *line)
{
    if (text->n == 0) return false;
    assert_true(str_cut(*text, '\n', line, text)); /* each line ends in a newline */
    return true;
}

static Sample read_sample(Arena *arena, Str line)
{
    size_t brace = str_find_char(line, '{'), end;
    if (brace == line.n) {
        end = brace = str_find_char(line, ' ');
    } else {
        bool quoted = false;
        for (end = brace + 1; end < line.n && (quoted || line.p[end] != '}'); end++) {
            if (quoted && line.p[end] == '\\')
                end++;
            else if (line.p[end] == '"')
                quoted = !quoted;
        }
        end++;
    }
    assert_true(end < line.n && line.p[end] == ' ');
    char *stop, *number = str_z(arena, str_slice(line, end + 1, line.n));
    double value = strtod(number, &stop);
    assert_true(stop != number && !*stop);
    return (Sample){str_slice(line, 0, brace), str_slice(line, brace, end), value};
}

/* The value of name{labels} in a scrape; fails the test when it is not there exactly once. */
static double value_of(Arena *arena, Str text, const char *name, const char *labels)
{
    double value = 0;
    int found = 0;
    for (Str line; next_line(&text, &line);) {
        if (line.p[0] == '#') continue;
        Sample s = read_sample(arena, line);
        if (!str_eq(s.name, str_from(name)) || !str_eq(s.labels, str_from(labels))) continue;
        found++;
        value = s.value;
    }
    if (found != 1) fail_msg("%s%s is there %d times", name, labels, found);
    return value;
}

/* Each family is announced once, before its samples, and its samples stand together; no sample
 * comes twice. */
static void check_order(Arena *arena, Str text, bool openmetrics)
{
    Str family = {0}, seen = S("\n");
    bool ended = false;
    for (Str line; next_line(&text, &line);) {
        assert_false(ended);
        if (str_eq(line, S("# EOF"))) {
            ended = true;
        } else if (str_starts(line, S("# HELP "))) {
            Str rest;
            str_cut(str_slice(line, 7, line.n), ' ', &family, &rest);
            assert_true(rest.n > 0);
            Str mark = str_format(arena, "\nfamily %.*s\n", STR_ARG(family));
            assert_null(memmem(seen.p, seen.n, mark.p, mark.n));
            seen = str_join(arena, (StrList){(Str[]){seen, mark}, 2}, S(""));
        } else if (line.p[0] == '#') {
            Str head = str_format(arena, "# TYPE %.*s ", STR_ARG(family));
            Str unit = str_format(arena, "# UNIT %.*s ", STR_ARG(family));
            assert_true(str_starts(line, head) || (openmetrics && str_starts(line, unit)));
        } else {
            Sample s = read_sample(arena, line);
            assert_true(str_starts(s.name, family));
            Str mark = str_format(arena, "\n%.*s%.*s\n", STR_ARG(s.name), STR_ARG(s.labels));
            assert_null(memmem(seen.p, seen.n, mark.p, mark.n));
            seen = str_join(arena, (StrList){(Str[]){seen, mark}, 2}, S(""));
        }
    }
    assert_int_equal(ended, openmetrics);
}

static void a_scrape_is_in_order(void **state)
{
    (void)state;
    Arena *arena = arena_new(1 << 16);
    check_order(arena, scrape(arena, false), false);
    check_order(arena, scrape(arena, true), true);
    arena_free(arena);
}

/* ---- histograms ------------------------------------------------------------------------------ */

static void microseconds_fall_into_the_bucket_of_their_bound(void **state)
{
    (void)state;
    /* The bounds again, in whole microseconds. */
    static const int64_t bounds_us[] = {100,     250,     500,     1000,    2500,   5000,
                                        10000,   25000,   50000,   100000,  250000, 500000,
                                        1000000, 2500000, 5000000, 10000000};
    Series series = metric_series(&steps);
    double sum = 0;
    for (size_t i = 0; i < metric_seconds_bound_count; i++) {
        metric_observe_us(series, bounds_us[i]);
        metric_observe_us(series, bounds_us[i] + 1);
        sum += (double)(2 * bounds_us[i] + 1) / 1e6;
    }
    Arena *arena = arena_new(1 << 16);
    Str text = scrape(arena, false);
    static const char *const les[] = {"0.0001", "0.00025", "0.0005", "0.001", "0.0025", "0.005",
                                      "0.01",   "0.025",   "0.05",   "0.1",   "0.25",   "0.5",
                                      "1.0",    "2.5",     "5.0",    "10.0"};
    for (int i = 0; i < metric_seconds_bound_count; i++) {
        const char *labels = str_z(arena, str_format(arena, "{le=\"%s\"}", les[i]));
        /* One more than the bound belongs to the next bucket. */
        assert_true(value_of(arena, text, "test_steps_seconds_bucket", labels) == 2 * i + 1);
    }
    assert_true(value_of(arena, text, "test_steps_seconds_bucket", "{le=\"+Inf\"}") == 32);
    assert_true(value_of(arena, text, "test_steps_seconds_count", "") == 32);
    assert_true(fabs(value_of(arena, text, "test_steps_seconds_sum", "") - sum) < 1e-9);
    arena_free(arena);
}

/* ---- threads --------------------------------------------------------------------------------- */

enum { THREADS = 4, ROUNDS = 3, COUNTS = 100000 };

static Series hits, level, waits;
static _Atomic bool done;

static void *count_a_lot(void *arg)
{
    int64_t sign = *(int64_t *)arg;
    for (int i = 0; i < COUNTS; i++) {
        metric_add(hits, 1);
        metric_gauge_add(level, sign);
        metric_observe(waits, 0.75);
    }
    return NULL;
}

static void *scrape_all_the_time(void *arg)
{
    (void)arg;
    Arena *arena = arena_new(1 << 20);
    uint64_t last = 0;
    while (!atomic_load(&done)) {
        uint64_t now = metric_read(hits);
        assert_true(now >= last); /* never backwards, also when threads end */
        last = now;
        scrape(arena, true);
        arena_reset(arena);
    }
    arena_free(arena);
    return NULL;
}

static void threads_count_exactly_and_leave_their_counts(void **state)
{
    (void)state;
    hits = metric_series(&requests, "GET", "/threads");
    level = metric_series(&depth);
    waits = metric_series(&wait, "threads");
    int64_t up = 1, down = -1;
    uint64_t before = metric_read(level);
    pthread_t reader, threads[THREADS];
    assert_int_equal(pthread_create(&reader, NULL, scrape_all_the_time, NULL), 0);
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < THREADS; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, count_a_lot, i % 2 ? &up : &down),
                             0);
        for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
        assert_int_equal(metric_read(hits), (round + 1) * THREADS * COUNTS);
    }
    atomic_store(&done, true);
    pthread_join(reader, NULL);
    assert_int_equal(metric_read(level), before);
    Arena *arena = arena_new(1 << 16);
    Str text = scrape(arena, false);
    const double all = ROUNDS * THREADS * COUNTS;
    assert_true(
        value_of(arena, text, "test_wait_seconds_bucket", "{lane=\"threads\",le=\"0.5\"}") == 0);
    assert_true(
        value_of(arena, text, "test_wait_seconds_bucket", "{lane=\"threads\",le=\"1.0\"}") == all);
    assert_true(value_of(arena, text, "test_wait_seconds_sum", "{lane=\"threads\"}") == all * 0.75);
    arena_free(arena);
}

/* ---- the process, and too many series -------------------------------------------------------- */

static void the_process_is_described(void **state)
{
    (void)state;
    metrics_add_process("1.2.3");
    Arena *arena = arena_new(1 << 16);
    Str text = scrape(arena, false);
    char labels[256];
    snprintf(labels, sizeof labels, "{version=\"1.2.3\",compiler=\"%s\"}", __VERSION__);
    assert_true(value_of(arena, text, "souk_build_info", labels) == 1);
    assert_true(value_of(arena, text, "process_cpu_seconds_total", "") > 0);
    assert_true(value_of(arena, text, "process_resident_memory_bytes", "") > 100000);
    double start = value_of(arena, text, "process_start_time_seconds", "");
    assert_true(start > 1.7e9);
    double fds = value_of(arena, text, "process_open_fds", "");
    int more[5];
    for (int i = 0; i < 5; i++) more[i] = dup(0);
    assert_true(value_of(arena, scrape(arena, false), "process_open_fds", "") == fds + 5);
    for (int i = 0; i < 5; i++) close(more[i]);
    check_order(arena, scrape(arena, true), true);
    arena_free(arena);
}

static void beyond_the_limit_everything_is_other(void **state)
{
    (void)state;
    char n[16];
    Series last = {0};
    for (int i = 0; i < METRIC_SERIES_MAX + 100; i++) {
        snprintf(n, sizeof n, "%d", i);
        last = metric_series(&many, n, "x");
        metric_add(last, 1);
    }
    Series other = metric_series(&many, "other", "other");
    assert_int_equal(last.at, other.at);
    assert_in_range(metric_read(other), 100, 200); /* the series of the tests above count too */
    assert_int_equal(metric_series(&many, "5", "x").at, metric_series(&many, "5", "x").at);
    assert_int_equal(metric_read(metric_series(&many, "5", "x")), 1);
    Series late = metric_series(&wait, "late");
    metric_observe(late, 1);
    assert_int_equal(late.at, metric_series(&wait, "other").at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_formats_are_exact),
        cmocka_unit_test(the_same_labels_are_the_same_series),
        cmocka_unit_test(the_series_zero_counts_nothing),
        cmocka_unit_test(a_scrape_is_in_order),
        cmocka_unit_test(microseconds_fall_into_the_bucket_of_their_bound),
        cmocka_unit_test(threads_count_exactly_and_leave_their_counts),
        cmocka_unit_test(the_process_is_described),
        cmocka_unit_test(beyond_the_limit_everything_is_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
