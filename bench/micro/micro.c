/* What the cheap things cost, in nanoseconds: the least and the median of many short rounds. Anything
 * above the least is the machine's other work, and a round shorter than a time slice often meets none.
 * `build/bench/micro/micro` prints all, with arguments only the rows whose names contain one. */
#include "base/id.h"
#include "base/random.h"
#include "modules/auth/recall.h"
#include "platform/lane.h"
#include "platform/limit/limit.h"
#include "platform/telemetry/fault.h"
#include "platform/telemetry/log.h"
#include "platform/telemetry/metrics.h"
#include "platform/telemetry/trace.h"

#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ROUNDS = 200, THREADS = 2, SERIES = 5000 };

METRIC_FAMILY(counters, .name = "micro_total", .kind = METRIC_COUNTER, .doc = "For the benchmark.",
              .labels = {"n"});
METRIC_FAMILY(times, .name = "micro_seconds", .kind = METRIC_HISTOGRAM, .doc = "For the benchmark.",
              .bounds = metric_seconds_bounds, .bound_count = metric_seconds_bound_count);
LOG_EVENT(event, "request.done", LOG_INFO, "For the benchmark.");
LOG_EVENT(quiet, "request.quiet", LOG_DEBUG, "For the benchmark.");
FAULT_POINT(fault_micro, "micro.pass", "For the benchmark.");

static Series counter, histogram;
static IdMaker ids;
static _Atomic uint64_t shared;
static Trace trace;

/* ---- what is measured: each does its work `n` times ------------------------------------------ */

static void run_metric_add(int n)
{
    for (int i = 0; i < n; i++) metric_add(counter, 1);
}

static void run_shared_add(int n)
{
    for (int i = 0; i < n; i++) atomic_fetch_add_explicit(&shared, 1, memory_order_relaxed);
}

static void run_metric_observe_us(int n)
{
    for (int i = 0; i < n; i++) metric_observe_us(histogram, i & 0xffff);
}

static void run_fault(int n)
{
    for (int i = 0; i < n; i++)
        if (FAULT(&fault_micro)) abort();
}

static void run_id_make(int n)
{
    Time now = clock_now(&clock_system);
    for (int i = 0; i < n; i++) id_make(&ids, (Time){now.us + i});
}

static void run_clock(int n)
{
    for (int i = 0; i < n; i++) clock_now(&clock_system);
}

static void run_random(int n)
{
    unsigned char bytes[24];
    for (int i = 0; i < n; i++) random_system.fill(random_system.state, bytes, sizeof bytes);
}

static void run_trace_begin(int n)
{
    for (int i = 0; i < n; i++) trace_begin(&trace, S(""), &random_system, (Id){i + 1});
}

static void run_log_line(int n)
{
    for (int i = 0; i < n; i++)
        LOG(&trace, &event, KV("method", S("GET")),
            KV("path", S("/v1/products/prod_0d3k9v7m2c8qh")), KV("status", 200), KV("bytes", 1234),
            KV("took_us", 123));
}

static void run_log_silent(int n)
{
    for (int i = 0; i < n; i++) LOG(&trace, &quiet, KV("status", 200));
}

static void run_scrape(int n)
{
    static Arena *arena;
    if (!arena) arena = arena_new(8 << 20);
    for (int i = 0; i < n; i++) {
        Buf out = buf_new(arena, 4 << 20);
        metrics_write(&out, true);
        arena_reset(arena);
    }
}

/* ---- lanes ----------------------------------------------------------------------------------- */

typedef struct Ping {
    LaneItem item;
    sem_t done;
    _Atomic int left;
} Ping;

static Lane *lane;

static void run_ping_item(LaneItem *item, void *thread)
{
    (void)thread;
    sem_post(&((Ping *)item)->done);
}

/* To a thread that sleeps, and back: two wake-ups. */
static void run_lane_round_trip(int n)
{
    Ping ping = {.item.run = run_ping_item};
    sem_init(&ping.done, 0, 0);
    for (int i = 0; i < n; i++) {
        lane_submit(lane, &ping.item);
        sem_wait(&ping.done);
    }
}

static Ping burst;

static void run_burst_item(LaneItem *item, void *thread)
{
    (void)item, (void)thread;
    if (atomic_fetch_sub(&burst.left, 1) == 1) sem_post(&burst.done);
}

/* Items in bursts of 64, as a loop hands over what one epoll_wait brought. */
static void run_lane_burst(int n)
{
    static LaneItem items[64];
    for (int done = 0; done < n; done += 64) {
        atomic_store(&burst.left, 64);
        for (int i = 0; i < 64; i++) {
            items[i].run = run_burst_item;
            lane_submit(lane, &items[i]);
        }
        sem_wait(&burst.done);
    }
}

/* ---- who sends a request --------------------------------------------------------------------- */

/* As many headers as a browser sends, and the credential behind them. */
static const HttpHeader usual[] = {
    {S_INIT("Host"), S_INIT("shop.example")},
    {S_INIT("User-Agent"), S_INIT("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Firefox/128.0")},
    {S_INIT("Accept"), S_INIT("application/json")},
    {S_INIT("Accept-Language"), S_INIT("en-GB,en;q=0.5")},
    {S_INIT("Accept-Encoding"), S_INIT("gzip, deflate, br, zstd")},
    {S_INIT("Referer"), S_INIT("https://shop.example/products/linen-shirt")},
    {S_INIT("Connection"), S_INIT("keep-alive")},
};
enum { USUAL = sizeof usual / sizeof *usual };

static void keep(const HttpRequest *http, Time now, int64_t user)
{
    Verified verified = {
        .actor = {.id = {user}, .prefix = "user"}, .moment = tags_now(), .until = {INT64_MAX}};
    verified_rests_on(&verified, "session", (Id){user});
    verified_rests_on(&verified, "user", (Id){user});
    verified_rests_on(&verified, "role", (Id){0});
    Credential credential = credential_of(http);
    recall_keep(&credential, &verified, now);
}

/* The token is a key's, or a JWT of the usual length. */
static void check_token(Str authorization, int n)
{
    HttpHeader headers[USUAL + 1];
    memcpy(headers, usual, sizeof usual);
    headers[USUAL] = (HttpHeader){S("Authorization"), authorization};
    HttpRequest http = {.headers = headers, .header_count = USUAL + 1};
    Time now = clock_now(&clock_system);
    keep(&http, now, 1);
    for (int i = 0; i < n; i++) {
        Actor actor;
        Credential credential = credential_of(&http);
        if (!auth_recall(&credential, now, &actor) || actor.id.n != 1) abort();
    }
}

/* As many as are signed in at a time, in an order that no processor foresees: nothing of them is in its
 * nearest memory. Few of them do not find a place in the table. */
static void run_token_of_many(int n)
{
    enum { MANY = 8000, TOKEN = 600 };
    static char texts[MANY][TOKEN];
    static bool kept;
    HttpHeader headers[USUAL + 1];
    memcpy(headers, usual, sizeof usual);
    HttpRequest http = {.headers = headers, .header_count = USUAL + 1};
    Time now = clock_now(&clock_system);
    for (int i = 0; i < MANY && !kept; i++) {
        memset(texts[i], 'e', TOKEN);
        memcpy(texts[i], "Bearer ", 7);
        texts[i][7 + snprintf(texts[i] + 7, 16, "%d", i)] = 'e';
        headers[USUAL] = (HttpHeader){S("Authorization"), {texts[i], TOKEN}};
        keep(&http, now, i + 1);
    }
    kept = true;
    uint64_t chance = 1;
    int known = 0;
    for (int i = 0; i < n; i++) {
        Actor actor;
        chance = chance * 6364136223846793005u + 1442695040888963407u;
        headers[USUAL] = (HttpHeader){S("Authorization"), {texts[(chance >> 33) % MANY], TOKEN}};
        Credential credential = credential_of(&http);
        known += auth_recall(&credential, now, &actor);
    }
    if (known < n * 9 / 10) abort();
}

static void run_token_key(int n)
{
    check_token(S("Bearer sk_a6FMGVSVzq7iL1CXbTLTEdf4_qhiY5Qw5LhmMVukS4I"), n);
}

static void run_token_jwt(int n)
{
    static char text[600];
    memset(text, 'e', sizeof text);
    memcpy(text, "Bearer ", 7);
    check_token((Str){text, sizeof text}, n);
}

/* ---- limits ---------------------------------------------------------------------------------- */

/* Ten thousand addresses, each of which has used up its share. A few share a bucket with too many others
 * and are forgotten. */
static void run_limit_refused(int n)
{
    enum { MANY = 10000 };
    static const LimitClass class = {
        .name = "micro", .doc = "", .quota = 1, .window_s = LIMIT_WINDOW_MAX_S, .burst = 1};
    static char texts[MANY][24];
    static Limiter *limiter;
    int64_t now_us = monotonic_us();
    if (!limiter) {
        limiter = limiter_new(65536, &random_system);
        for (int i = 0; i < MANY; i++) {
            snprintf(texts[i], sizeof texts[i], "203.%d.%d.%d", i / 5000, i / 100 % 50, i % 100);
            limit_take(limiter, &class, str_from(texts[i]), 1, now_us);
        }
    }
    uint64_t chance = 1;
    int admitted = 0;
    for (int i = 0; i < n; i++) {
        chance = chance * 6364136223846793005u + 1442695040888963407u;
        Str subject = str_from(texts[(chance >> 33) % MANY]);
        admitted += limit_take(limiter, &class, subject, 1, now_us).admitted;
    }
    if (admitted > n / 100) abort();
}

/* ---- running --------------------------------------------------------------------------------- */

typedef struct Row {
    const char *name;
    void (*run)(int n);
    int n;
    int threads;
    bool cpu; /* its thread's own time: what the machine does meanwhile is not counted */
} Row;

static const Row rows[] = {
    {"metric_add", run_metric_add, 500000, 1, false},
    {"metric_add, 2 threads", run_metric_add, 2000000, THREADS, false},
    {"(shared atomic add)", run_shared_add, 200000, 1, false},
    {"(shared atomic add, 2 threads)", run_shared_add, 500000, THREADS, false},
    {"metric_observe_us", run_metric_observe_us, 100000, 1, false},
    {"FAULT, not armed", run_fault, 2000000, 1, false},
    {"id_make", run_id_make, 100000, 1, false},
    {"id_make, 2 threads", run_id_make, 200000, THREADS, false},
    {"clock_now", run_clock, 50000, 1, false},
    {"random_system, 24 bytes", run_random, 10000, 1, false},
    {"trace_begin", run_trace_begin, 10000, 1, false},
    {"log line to /dev/null", run_log_line, 2000, 1, false},
    {"log line below the threshold", run_log_silent, 200000, 1, false},
    {"lane: there and back", run_lane_round_trip, 300, 1, false},
    {"lane: one of 64", run_lane_burst, 6400, 1, false},
    {"token check, key", run_token_key, 20000, 1, true},
    {"token check, key, 2 threads", run_token_key, 40000, THREADS, false},
    {"token check, JWT of 600 bytes", run_token_jwt, 20000, 1, true},
    {"token check, one of 8,000 JWTs", run_token_of_many, 20000, 1, true},
    {"limit: refused, 10,000 addresses", run_limit_refused, 20000, 1, true},
    {"scrape of 5,000 counters", run_scrape, 10, 1, false},
};

static const Row *running;

static void *run_row(void *arg)
{
    (void)arg;
    running->run(running->n);
    return NULL;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double now_ns(bool cpu)
{
    struct timespec now;
    clock_gettime(cpu ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* Of the rounds, sorted. */
static const double *measure_ns(const Row *row)
{
    static double rounds[ROUNDS];
    running = row;
    for (int round = 0; round < ROUNDS; round++) {
        pthread_t others[THREADS];
        double began = now_ns(row->cpu);
        for (int i = 1; i < row->threads; i++) pthread_create(&others[i], NULL, run_row, NULL);
        run_row(NULL);
        for (int i = 1; i < row->threads; i++) pthread_join(others[i], NULL);
        rounds[round] = (now_ns(row->cpu) - began) / row->n;
    }
    qsort(rounds, ROUNDS, sizeof *rounds, by_size);
    return rounds;
}

static bool is_wanted(const char *name, int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strstr(name, argv[i])) return true;
    return argc == 1;
}

int main(int argc, char **argv)
{
    log_setup(LOG_STYLE_JSON, LOG_INFO, open("/dev/null", O_WRONLY));
    id_maker_init(&ids, 1, (Id){0});
    sem_init(&burst.done, 0, 0);
    histogram = metric_series(&times);
    for (int i = 0; i < SERIES; i++) {
        char text[16];
        snprintf(text, sizeof text, "%d", i);
        counter = metric_series(&counters, text);
    }
    lane = lane_start(&(LaneOptions){.name = "micro", .threads = 2, .queue_max = 1024});
    printf("%-34s %10s %10s\n", "nanoseconds", "least", "median");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (!is_wanted(rows[i].name, argc, argv)) continue;
        const double *ns = measure_ns(&rows[i]);
        printf("%-34s %10.1f %10.1f\n", rows[i].name, ns[0], ns[ROUNDS / 2]);
    }
    lane_stop(lane);
}
