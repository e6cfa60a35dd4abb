/* Limits against the definition: a log of everything that was admitted. */
#include "platform/limit/limit.h"

#include <pthread.h>
#include <setjmp.h>

#include <cmocka.h>

static const int64_t SECOND_US = 1000 * 1000;

static Limiter *limiter;
static RandomSeeded seeded;
static Random dice;

static int setup(void **state)
{
    (void)state;
    dice = random_seeded(&seeded, 4);
    limiter = limiter_new(1 << 16, &dice);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    limiter_free(limiter);
    return 0;
}

/* ---- the definition ---- */

enum { LOG_MAX = 512 };

/* What one subject was admitted, newest last. */
typedef struct Log {
    int64_t at_us[LOG_MAX], cost[LOG_MAX];
    int n;
} Log;

/* May `cost` come now? When, for every span that ends now, what was admitted in it fits a burst and what
 * has come back meanwhile, one unit every `interval_us`. Brute force: all spans are looked at. */
static bool log_admits(const Log *log, const LimitClass *class, int64_t interval_us, int64_t cost,
                       int64_t now_us)
{
    int64_t sum = cost;
    if (sum > class->burst) return false;
    for (int i = log->n - 1; i >= 0; i--) {
        sum += log->cost[i];
        if ((sum - class->burst) * interval_us > now_us - log->at_us[i]) return false;
    }
    return true;
}

static int64_t log_sum(const Log *log, int64_t since_us)
{
    int64_t sum = 0;
    for (int i = log->n - 1; i >= 0 && log->at_us[i] > since_us; i--) sum += log->cost[i];
    return sum;
}

/* Windows that their steps divide, so that the log's arithmetic needs no rounding. */
static const LimitClass model_class = {"model", "", .quota = 24, .window_s = 10, .burst = 5};
enum { MODEL_INTERVAL_US = 500 * 1000 };

static void a_million_arrivals_are_judged_as_by_a_log(void **state)
{
    (void)state;
    enum { ARRIVALS = 1000 * 1000, SUBJECTS = 4000 };
    static Log logs[SUBJECTS];
    int64_t now_us = 77, admitted = 0, full = 0;
    for (int i = 0; i < ARRIVALS; i++) {
        /* In bursts at the same microsecond, close together, and with pauses. */
        static const int64_t pauses_us[] = {0, 0, 1, 30, 125, 300, 1500};
        now_us += (int64_t)random_below(
            &dice,
            (uint64_t)pauses_us[random_below(&dice, sizeof pauses_us / sizeof *pauses_us)] + 1);
        uint64_t who = random_below(&dice, SUBJECTS);
        Str subject = {(const char *)&who, sizeof who};
        Log *log = &logs[who];
        int64_t cost = random_below(&dice, 8) ? 1 : 1 + (int64_t)random_below(&dice, 6);
        bool expected = log_admits(log, &model_class, MODEL_INTERVAL_US, cost, now_us);
        LimitVerdict look = limit_look(limiter, &model_class, subject, cost, now_us);
        LimitVerdict verdict = limit_take(limiter, &model_class, subject, cost, now_us);
        assert_int_equal(verdict.admitted, expected);
        assert_memory_equal(&look.retry_us, &verdict.retry_us, sizeof look.retry_us);
        assert_int_equal(look.admitted, expected);
        if (!expected) continue;
        assert_true(log->n < LOG_MAX);
        log->at_us[log->n] = now_us;
        log->cost[log->n++] = cost;
        admitted++;
        /* The promise, whichever moment a window ends at: here all windows that end with an arrival. */
        int64_t sum = log_sum(log, now_us - model_class.window_s * SECOND_US);
        assert_true(sum <= model_class.quota);
        full += sum == model_class.quota;
    }
    assert_true(admitted > ARRIVALS / 10 && admitted < ARRIVALS * 9 / 10);
    assert_true(full > 0); /* the quota is reached, not only kept */
}

/* ---- what is said ---- */

static const LimitClass class = {"tens", "", .quota = 10, .window_s = 60, .burst = 4};

static LimitVerdict take(const char *subject, int64_t cost, int64_t now_us)
{
    return limit_take(limiter, &class, str_from(subject), cost, now_us);
}

static void a_burst_then_a_wait_that_is_enough(void **state)
{
    (void)state;
    int64_t now_us = 5 * SECOND_US;
    for (int64_t left = 3; left >= 0; left--) {
        LimitVerdict verdict = take("a", 1, now_us);
        assert_true(verdict.admitted);
        assert_int_equal(verdict.remaining, left);
        assert_int_equal(verdict.retry_us, 0);
    }
    LimitVerdict refused = take("a", 1, now_us);
    assert_false(refused.admitted);
    assert_true(refused.retry_us > 0 && refused.reset_us > refused.retry_us);
    assert_false(take("a", 1, now_us + refused.retry_us - 1).admitted);
    assert_true(take("a", 1, now_us + refused.retry_us).admitted);
    assert_true(take("b", 1, now_us).admitted); /* others have their own */
    refused = take("a", 1, now_us + refused.retry_us);
    LimitVerdict rested = take("a", 4, now_us + refused.retry_us + refused.reset_us);
    assert_true(rested.admitted);
    assert_int_equal(rested.remaining, 0);
}

static void what_costs_more_than_a_burst_never_comes(void **state)
{
    (void)state;
    LimitVerdict verdict = take("a", 5, SECOND_US);
    assert_false(verdict.admitted);
    assert_int_equal(verdict.retry_us, 0); /* waiting does not help */
    assert_int_equal(verdict.remaining, 4);
    assert_false(take("a", INT64_MAX, SECOND_US).admitted);
    assert_true(take("a", 4, SECOND_US).admitted);
}

static void classes_count_by_themselves(void **state)
{
    (void)state;
    static const LimitClass other = {"other", "", .quota = 1, .window_s = 1, .burst = 1};
    assert_true(limit_take(limiter, &other, S("a"), 1, SECOND_US).admitted);
    assert_false(limit_take(limiter, &other, S("a"), 1, SECOND_US).admitted);
    assert_int_equal(take("a", 1, SECOND_US).remaining, 3);
}

/* The longest window with the largest burst that fits it: nothing overflows. */
static void large_numbers(void **state)
{
    (void)state;
    static const LimitClass large = {"large", "", .quota = 1000 * 1000 * 1000,
                                     .window_s = LIMIT_WINDOW_MAX_S, .burst = 900 * 1000 * 1000};
    int64_t now_us = INT64_C(40) * 365 * 86400 * SECOND_US;
    LimitVerdict verdict = limit_take(limiter, &large, S("a"), large.burst, now_us);
    assert_true(verdict.admitted);
    verdict = limit_take(limiter, &large, S("a"), large.burst, now_us);
    assert_false(verdict.admitted);
    assert_true(verdict.retry_us > 6 * 86400 * SECOND_US);
}

/* ---- many ---- */

static void a_crowd_does_not_free_who_has_used_up_his_share(void **state)
{
    (void)state;
    enum { CROWD = 200 * 1000 };
    Limiter *small = limiter_new(1024, &dice);
    static const LimitClass hourly = {"hourly", "", .quota = 100, .window_s = 3600, .burst = 50};
    int64_t now_us = SECOND_US;
    assert_true(limit_take(small, &hourly, S("greedy"), 50, now_us).admitted);
    for (int i = 0; i < CROWD; i++) {
        Str subject = {(const char *)&i, sizeof i};
        assert_true(limit_take(small, &hourly, subject, 1, now_us + i).admitted);
    }
    assert_false(limit_take(small, &hourly, S("greedy"), 20, now_us + CROWD).admitted);
    limiter_free(small);
}

enum { THREADS = 4, TAKES = 50 * 1000 };

static void *take_many(void *arg)
{
    int *admitted = arg;
    static const LimitClass shared = {"shared", "", .quota = 5000, .window_s = 3600, .burst = 4000};
    for (int i = 0; i < TAKES; i++)
        *admitted += limit_take(limiter, &shared, S("one"), 1, SECOND_US).admitted;
    return NULL;
}

static void threads_share_one_count(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    int admitted[THREADS] = {0}, sum = 0;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, take_many, &admitted[i]), 0);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        sum += admitted[i];
    }
    assert_int_equal(sum, 4000);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_million_arrivals_are_judged_as_by_a_log),
        TEST(a_burst_then_a_wait_that_is_enough),
        TEST(what_costs_more_than_a_burst_never_comes),
        TEST(classes_count_by_themselves),
        TEST(large_numbers),
        TEST(a_crowd_does_not_free_who_has_used_up_his_share),
        TEST(threads_share_one_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
