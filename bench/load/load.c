/* load: asks an HTTP/1.1 server for what it is told to, and measures it. See bench/README.md.
 *
 * Beside the rate and the latencies it tells what wrk does not: the processor time that the server
 * spent (so that two servers compare by requests per CPU-second, which a generator that is too slow
 * cannot falsify), its own and that of everyone else on the machine (so that a disturbed run is
 * seen), and the server's anonymous memory. The report is one JSON object on stdout. Exit: 0, 1
 * when the run is void (said on stderr), 2 when the command line is wrong.
 *
 * Threads: the main thread opens the idle connections, keeps time and reads /proc; --threads
 * clients make the load. */
#include "client.h"
#include "response.h"
#include "target.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    THREADS_MAX = 64,
    PIDS_MAX = 64,
    FILE_MAX = 64 * 1024 * 1024,
    BODY_MAX = 65536,
    HEAD_MAX = 16384
};

typedef struct Options {
    Plan plan;
    LoadShape shape;
    Str host_port;
    Buf headers;
    int threads, connections, idle;
    double rate, warmup_s, seconds, settle_s, zipf;
    uint64_t number_from;
    TargetSet roots;
} Options;

/* What is read at the edges of a phase. */
typedef struct Sample {
    TargetUse target;
    double load_cpu_s, machine_busy_s;
    int64_t at_ns;
} Sample;

typedef struct Outcome {
    Client *clients;
    Sample before, idle, begin, end;
    int64_t rss_anon_max_kib;
    size_t processes;
    _Atomic int64_t end_ns; /* what is started (open loop: due) before is counted */
} Outcome;

static const char help[] =
    "usage: load [options] ADDRESS:PORT        (IPv4)\n"
    "\n"
    "What is asked:\n"
    "  --path PATH          one path, or\n"
    "  --paths FILE         one a line, picked at random, each as often as the others;\n"
    "                       a tab and 'Name: value' behind a path is sent with it\n"
    "  --zipf S             ... or by Zipf's law with this exponent\n"
    "  --once               ... or each one time, in the order of the file; the run ends when "
    "none\n"
    "                       is left\n"
    "  --method NAME        default GET\n"
    "  --header LINE        'Name: value'; may be repeated\n"
    "  --body TEXT | @FILE  {n} becomes a number unique in the run, {r} a random one; in headers "
    "too\n"
    "  --number-from N      the first {n}; default 0\n"
    "What must come back, or the run is void:\n"
    "  --expect STATUS      default 200; may be repeated\n"
    "  --size MIN[-MAX]     bytes of the body\n"
    "How:\n"
    "  --connections N      with one request under way on each; default 64\n"
    "  --rate N             open loop: so many requests a second, latency from when they were "
    "due;\n"
    "                       without it closed loop: each connection as fast as it is answered\n"
    "  --threads N          default 1\n"
    "  --warmup S           seconds before counting; default 1\n"
    "  --seconds S          seconds of counting; default 5\n"
    "  --idle N             further connections, each asked once and then held open\n"
    "  --settle S           seconds between opening those and reading the memory; default 2\n"
    "  --sources N          connect from 127.0.0.1 to 127.0.0.N by turns, against limits by "
    "address\n"
    "  --pid PID            the server: its and its children's CPU time and memory; may be "
    "repeated\n";

static void die(int code, const char *format, ...) __attribute__((noreturn, format(printf, 2, 3)));
static void die(int code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs(code == 1 ? "void: " : "load: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(code);
}

/* ---- Command line ---------------------------------------------------------------------------- */

static double number_of(const char *option, const char *text, double min, double max)
{
    char *end;
    errno = 0;
    double value = strtod(text, &end);
    if (*text == 0 || *end != 0 || errno || !(value >= min && value <= max))
        die(2, "--%s %s: a number from %g to %g is wanted", option, text, min, max);
    return value;
}

static Str file_text(Arena *arena, const char *path)
{
    FILE *file = fopen(path, "rbe");
    if (!file) die(2, "%s: %s", path, strerror(errno));
    Buf text = buf_new(arena, FILE_MAX);
    char piece[65536];
    for (size_t n; (n = fread(piece, 1, sizeof piece, file)) > 0;) buf_bytes(&text, piece, n);
    if (ferror(file) || text.full) die(2, "%s: cannot be read, or above %d bytes", path, FILE_MAX);
    fclose(file);
    return buf_str(&text);
}

static void take_size(Options *o, const char *text)
{
    char *end;
    o->shape.size_min = o->shape.size_max = strtoul(text, &end, 10);
    if (*end == '-') o->shape.size_max = strtoul(end + 1, &end, 10);
    if (*end || o->shape.size_max < o->shape.size_min)
        die(2, "--size %s: MIN or MIN-MAX is wanted", text);
}

static void take_server(Options *o, Arena *arena, const char *text)
{
    const char *colon = strrchr(text, ':');
    if (!colon) die(2, "%s: ADDRESS:PORT is wanted", text);
    o->host_port = str_from(text);
    o->shape.server.sin_family = AF_INET;
    o->shape.server.sin_port = htons((uint16_t)number_of("port", colon + 1, 1, 65535));
    char *address = str_z(arena, (Str){text, (size_t)(colon - text)});
    if (inet_pton(AF_INET, address, &o->shape.server.sin_addr) != 1)
        die(2, "%s: no IPv4 address", address);
}

enum {
    OPT_PATH = 256,
    OPT_PATHS,
    OPT_ZIPF,
    OPT_ONCE,
    OPT_METHOD,
    OPT_HEADER,
    OPT_BODY,
    OPT_NUMBER,
    OPT_EXPECT,
    OPT_SIZE,
    OPT_CONNECTIONS,
    OPT_RATE,
    OPT_THREADS,
    OPT_WARMUP,
    OPT_SECONDS,
    OPT_IDLE,
    OPT_SETTLE,
    OPT_SOURCES,
    OPT_PID,
    OPT_HELP
};

static const struct option long_options[] = {
    {"path", 1, NULL, OPT_PATH},
    {"paths", 1, NULL, OPT_PATHS},
    {"zipf", 1, NULL, OPT_ZIPF},
    {"once", 0, NULL, OPT_ONCE},
    {"method", 1, NULL, OPT_METHOD},
    {"header", 1, NULL, OPT_HEADER},
    {"body", 1, NULL, OPT_BODY},
    {"number-from", 1, NULL, OPT_NUMBER},
    {"expect", 1, NULL, OPT_EXPECT},
    {"size", 1, NULL, OPT_SIZE},
    {"connections", 1, NULL, OPT_CONNECTIONS},
    {"rate", 1, NULL, OPT_RATE},
    {"threads", 1, NULL, OPT_THREADS},
    {"warmup", 1, NULL, OPT_WARMUP},
    {"seconds", 1, NULL, OPT_SECONDS},
    {"idle", 1, NULL, OPT_IDLE},
    {"settle", 1, NULL, OPT_SETTLE},
    {"sources", 1, NULL, OPT_SOURCES},
    {"pid", 1, NULL, OPT_PID},
    {"help", 0, NULL, OPT_HELP},
    {0},
};

static void take_what(Options *o, Arena *arena, int option, const char *value)
{
    Str text = value ? str_from(value) : S("");
    switch (option) {
    case OPT_PATH:
        o->plan.paths = (StrList){NEW(arena, Str), 1};
        o->plan.paths.items[0] = text;
        break;
    case OPT_PATHS:
        o->plan.paths = plan_lines(arena, file_text(arena, value));
        break;
    case OPT_ZIPF:
        o->zipf = number_of("zipf", value, 0.01, 10);
        break;
    case OPT_ONCE:
        o->plan.once = true;
        break;
    case OPT_METHOD:
        o->plan.method = text;
        break;
    case OPT_HEADER:
        buf_put(&o->headers, text);
        buf_lit(&o->headers, "\r\n");
        break;
    case OPT_BODY:
        if (value[0] == '@') text = file_text(arena, value + 1);
        if (text.n > BODY_MAX) die(2, "--body: above %d bytes", BODY_MAX);
        o->plan.has_body = true;
        o->plan.body = template_parse(arena, text);
        break;
    case OPT_NUMBER:
        o->number_from = (uint64_t)number_of("number-from", value, 0, 1e15);
        break;
    case OPT_EXPECT:
        o->shape.expected[(int)number_of("expect", value, 100, STATUS_MAX - 1)] = true;
        break;
    case OPT_SIZE:
        take_size(o, value);
        break;
    case OPT_HELP:
        fputs(help, stdout);
        exit(0);
    default:
        fputs(help, stderr);
        exit(2);
    }
}

static void take_how(Options *o, Arena *arena, int option, const char *value)
{
    switch (option) {
    case OPT_CONNECTIONS:
        o->connections = (int)number_of("connections", value, 1, 100000);
        break;
    case OPT_RATE:
        o->rate = number_of("rate", value, 1, 1e7);
        break;
    case OPT_THREADS:
        o->threads = (int)number_of("threads", value, 1, THREADS_MAX);
        break;
    case OPT_WARMUP:
        o->warmup_s = number_of("warmup", value, 0, 3600);
        break;
    case OPT_SECONDS:
        o->seconds = number_of("seconds", value, 0.1, 3600);
        break;
    case OPT_IDLE:
        o->idle = (int)number_of("idle", value, 0, 1000000);
        break;
    case OPT_SETTLE:
        o->settle_s = number_of("settle", value, 0, 60);
        break;
    case OPT_SOURCES:
        o->shape.sources = (int)number_of("sources", value, 1, 250);
        break;
    case OPT_PID:
        if (o->roots.n == PIDS_MAX) die(2, "--pid: more than %d", PIDS_MAX);
        o->roots.pids[o->roots.n++] = (pid_t)number_of("pid", value, 1, 1 << 22);
        break;
    default:
        take_what(o, arena, option, value);
    }
}

static Options options_read(Arena *arena, int argc, char **argv)
{
    Options o = {.plan.method = S("GET"),
                 .shape = {.size_max = SIZE_MAX, .sources = 1},
                 .threads = 1,
                 .connections = 64,
                 .warmup_s = 1,
                 .seconds = 5,
                 .settle_s = 2};
    o.headers = buf_new(arena, HEAD_MAX);
    o.roots.pids = NEW_N(arena, pid_t, PIDS_MAX);
    for (int option; (option = getopt_long(argc, argv, "", long_options, NULL)) != -1;)
        take_how(&o, arena, option, optarg);
    if (optind != argc - 1) die(2, "exactly one ADDRESS:PORT is wanted; --help tells more");
    take_server(&o, arena, argv[optind]);
    if (o.plan.paths.n == 0) die(2, "--path or a --paths file with at least one line is wanted");
    if (o.connections < o.threads) die(2, "more --threads than --connections");
    if (o.zipf > 0 && o.plan.once) die(2, "--zipf and --once");
    if (o.plan.once && o.idle > 0) die(2, "--idle and --once");
    if (o.zipf > 0) plan_use_zipf(arena, &o.plan, o.zipf);
    bool any = false;
    for (int i = 0; i < STATUS_MAX; i++) any |= o.shape.expected[i];
    if (!any) o.shape.expected[200] = true;
    if (o.headers.full) die(2, "--header: above %d bytes together", HEAD_MAX);
    o.plan.head =
        template_parse(arena, str_format(arena, " HTTP/1.1\r\nHost: %.*s\r\n%.*s",
                                         STR_ARG(o.host_port), STR_ARG(buf_str(&o.headers))));
    return o;
}

/* ---- Idle connections ------------------------------------------------------------------------ */

/* One request and its whole answer on a fresh connection, blocking. */
static void ask_once(const Options *o, Arena *arena, int fd, Chance *chance)
{
    Buf request = buf_new(arena, BODY_MAX + 2 * HEAD_MAX);
    size_t path = 0;
    plan_pick(&o->plan, 0, chance, &path);
    plan_write(&o->plan, path, 0, chance, &request);
    if (send(fd, request.p, request.n, MSG_NOSIGNAL) != (ssize_t)request.n)
        die(1, "idle: send: %s", strerror(errno));
    enum { ANSWER_MAX = 1 << 20 };
    char *answer = arena_alloc(arena, ANSWER_MAX, 64);
    size_t have = 0;
    ResponseHead head;
    for (ResponseState state = RESPONSE_MORE;
         state == RESPONSE_MORE || have < head.head_size + head.body_size;) {
        ssize_t n = have < ANSWER_MAX ? recv(fd, answer + have, ANSWER_MAX - have, 0) : 0;
        if (n <= 0) die(1, "idle: the answer ended after %zu bytes", have);
        have += (size_t)n;
        state = response_head((Str){answer, have}, &head);
        if (state == RESPONSE_BAD || (state == RESPONSE_HEAD && !o->shape.expected[head.status]))
            die(1, "idle: %.400s", str_z(arena, (Str){answer, have}));
    }
    if (head.close) die(1, "idle: the server does not keep the connection");
}

static int *idle_open(const Options *o, Arena *arena)
{
    int *fds = NEW_N(arena, int, (size_t)o->idle + 1);
    Chance chance = {7};
    for (int i = 0; i < o->idle; i++) {
        ArenaMark mark = arena_mark(arena);
        fds[i] = client_connect(&o->shape, i);
        if (fds[i] < 0) die(1, "idle connection %d: %s", i + 1, strerror(errno));
        ask_once(o, arena, fds[i], &chance);
        arena_rewind(arena, mark);
    }
    return fds;
}

static void idle_check_and_close(const Options *o, const int *fds)
{
    int lost = 0;
    for (int i = 0; i < o->idle; i++) {
        char byte;
        lost += !(recv(fds[i], &byte, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN);
        close(fds[i]);
    }
    if (lost) die(1, "the server closed %d of %d idle connections", lost, o->idle);
}

/* ---- The run --------------------------------------------------------------------------------- */

static Sample sample(const TargetSet *target)
{
    Sample s = {.machine_busy_s = target_machine_busy_s(), .at_ns = client_now_ns()};
    struct rusage own;
    getrusage(RUSAGE_SELF, &own);
    s.load_cpu_s = (double)(own.ru_utime.tv_sec + own.ru_stime.tv_sec) +
                   (double)(own.ru_utime.tv_usec + own.ru_stime.tv_usec) / 1e6;
    if (!target_use(target, &s.target)) die(1, "a process of the server is gone");
    return s;
}

static void sleep_until(int64_t ns)
{
    struct timespec t = {ns / 1000000000, ns % 1000000000};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR) {
    }
}

static TargetSet target_of(const Options *o, Arena *arena)
{
    TargetSet set = {0};
    if (o->roots.n > 0 && !target_find(arena, &o->roots, &set))
        die(1, "a process given with --pid is not there");
    return set;
}

/* Sleeps through the counted time and reads the memory ten times a second, keeping the maximum. */
static void watch(const Options *o, const TargetSet *target, const atomic_bool *stop, Outcome *out)
{
    const LoadShape *shape = &o->shape;
    sleep_until(shape->begin_ns);
    out->begin = sample(target);
    out->rss_anon_max_kib = out->begin.target.rss_anon_kib;
    int64_t end_ns = atomic_load(&out->end_ns);
    for (int64_t next = shape->begin_ns; next < end_ns && !atomic_load(stop);) {
        next += 100 * 1000000;
        sleep_until(next < end_ns ? next : end_ns);
        end_ns = atomic_load(&out->end_ns);
        TargetUse use;
        if (!target_use(target, &use)) die(1, "a process of the server is gone");
        if (use.rss_anon_kib > out->rss_anon_max_kib) out->rss_anon_max_kib = use.rss_anon_kib;
    }
    out->end = sample(target);
}

static void clients_prepare(Options *o, Outcome *out, atomic_bool *stop, pthread_barrier_t *go)
{
    for (int i = 0; i < o->threads; i++) {
        int share = o->connections / o->threads + (i < o->connections % o->threads);
        out->clients[i] = (Client){.shape = &o->shape,
                                   .index = i,
                                   .threads = o->threads,
                                   .connections = share,
                                   .rate = o->rate / o->threads,
                                   .turn = (uint64_t)i,
                                   .number_from = o->number_from,
                                   .stop = stop,
                                   .end_ns = &out->end_ns,
                                   .go = go};
    }
}

static void run(Options *o, Arena *arena, Outcome *out)
{
    atomic_bool stop = false;
    pthread_barrier_t go;
    pthread_t threads[THREADS_MAX];
    pthread_barrier_init(&go, NULL, (unsigned)o->threads + 1);
    out->clients = NEW_N(arena, Client, (size_t)o->threads);
    clients_prepare(o, out, &stop, &go);
    for (int i = 0; i < o->threads; i++)
        if (pthread_create(&threads[i], NULL, client_run, &out->clients[i]))
            die(1, "pthread_create: %m");
    pthread_barrier_wait(&go);
    o->shape.begin_ns = client_now_ns() + (int64_t)(o->warmup_s * 1e9);
    atomic_store(&out->end_ns, o->shape.begin_ns + (int64_t)(o->seconds * 1e9));
    o->shape.grace_ns = 10ll * 1000000000;
    pthread_barrier_wait(&go);
    sleep_until(o->shape.begin_ns);
    TargetSet target =
        target_of(o, arena); /* after the warm-up: pools have grown, workers are there */
    watch(o, &target, &stop, out);
    TargetSet after = target_of(o, arena);
    for (int i = 0; i < o->threads; i++) pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&go);
    for (int i = 0; i < o->threads; i++)
        if (out->clients[i].failure[0]) die(1, "%s", out->clients[i].failure);
    /* The time of a process that came and went in between would be missing. */
    if (!target_same(&target, &after))
        die(1, "processes of the server came or went during the run");
    out->processes = target.n;
}

/* ---- The report ------------------------------------------------------------------------------ */

static void report_latency(const Histogram *h)
{
    static const struct {
        const char *name;
        double share;
    } rows[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99_9", 0.999}};
    printf("  \"latency_us\": {");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        printf("\"%s\": %.1f, ", rows[i].name,
               (double)histogram_percentile_ns(h, rows[i].share) / 1e3);
    printf("\"max\": %.1f, \"mean\": %.1f},\n", (double)h->max_ns / 1e3,
           h->sum_ns / (double)h->total / 1e3);
}

static void report_target(const Outcome *out, uint64_t requests)
{
    double cpu_s = out->end.target.cpu_s - out->begin.target.cpu_s;
    if (cpu_s <= 0) die(1, "the server spent no processor time: is it the right --pid?");
    printf("  \"target_processes\": %zu,\n  \"target_cpu_s\": %.2f,\n  \"requests_per_cpu_s\": "
           "%.1f,\n",
           out->processes, cpu_s, (double)requests / cpu_s);
    printf("  \"rss_anon_kib\": {\"before\": %lld, \"idle\": %lld, \"max\": %lld},\n",
           (long long)out->before.target.rss_anon_kib, (long long)out->idle.target.rss_anon_kib,
           (long long)out->rss_anon_max_kib);
}

static void report(const Options *o, const Outcome *out)
{
    Client all = {0};
    for (int i = 0; i < o->threads; i++) {
        const Client *c = &out->clients[i];
        histogram_add(&all.latency, &c->latency);
        for (int s = 0; s < STATUS_MAX; s++) all.statuses[s] += c->statuses[s];
        all.answered += c->answered;
        all.body_bytes += c->body_bytes;
        all.reconnects += c->reconnects;
    }
    uint64_t requests = all.latency.total;
    if (requests == 0) die(1, "nothing was answered");
    double seconds = (double)(out->end.at_ns - out->begin.at_ns) / 1e9;
    double load_cpu_s = out->end.load_cpu_s - out->begin.load_cpu_s;
    double target_cpu_s = out->end.target.cpu_s - out->begin.target.cpu_s;
    double others = out->end.machine_busy_s - out->begin.machine_busy_s - load_cpu_s - target_cpu_s;
    double counted_s = (double)(atomic_load(&out->end_ns) - o->shape.begin_ns) / 1e9;
    printf("{\n  \"answered\": %llu,\n  \"requests\": %llu,\n  \"seconds\": %.3f,\n  \"rate\": "
           "%.1f,\n",
           (unsigned long long)all.answered, (unsigned long long)requests, seconds,
           (double)requests / counted_s);
    printf("  \"statuses\": {");
    for (int s = 0, n = 0; s < STATUS_MAX; s++)
        if (all.statuses[s])
            printf("%s\"%d\": %llu", n++ ? ", " : "", s, (unsigned long long)all.statuses[s]);
    printf("},\n  \"body_bytes\": %llu,\n  \"reconnects\": %llu,\n",
           (unsigned long long)all.body_bytes, (unsigned long long)all.reconnects);
    report_latency(&all.latency);
    if (o->roots.n > 0) report_target(out, requests);
    printf(
        "  \"load_cpu_s\": %.2f,\n  \"load_cpu_share\": %.3f,\n  \"others_cpu_share\": %.3f\n}\n",
        load_cpu_s, load_cpu_s / seconds, others > 0 ? others / seconds : 0);
}

static void allow_many_files(void)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char **argv)
{
    Arena *arena = arena_new(1 << 20);
    Options o = options_read(arena, argc, argv);
    o.shape.plan = &o.plan;
    allow_many_files();
    Outcome out = {0};
    TargetSet target = target_of(&o, arena);
    out.before = out.idle = sample(&target);
    int *idle = idle_open(&o, arena);
    if (o.idle > 0) {
        sleep_until(client_now_ns() + (int64_t)(o.settle_s * 1e9));
        target = target_of(&o, arena);
        out.idle = sample(&target);
    }
    run(&o, arena, &out);
    idle_check_and_close(&o, idle);
    report(&o, &out);
    arena_free(arena);
    return 0;
}
