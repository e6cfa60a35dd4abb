/* Processes that run jobs are killed again and again, at moments that chance chooses: every job is run
 * at least once, and its effect is there exactly once. On PostgreSQL three processes share the work.
 *
 * The processes tell of each run, and of each end of one, through a pipe, so the killer counts what
 * has happened and not the time. Some die by a fault point, between two steps, most by a signal. */
#include "platform/jobs/runner.h"

#include "platform/db/test_world.h"
#include "platform/telemetry/fault.h"

#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

enum {
    JOBS_MAX = 10000,
    JOBS_PER_KILL = 250,
    PROCESSES_MAX = 3,
    CHUNK = 500, /* jobs added in one transaction */
};

typedef struct Mark {
    int64_t number;
} Mark;

static const Type mark_type = TYPE(Mark, "What to mark.", FIELD(Mark, number, ""));

/* Of them as many as SOUK_TEST_JOBS says; by default so few that a slow machine has the time. */
static int64_t job_count = 1000;

static char seen[JOBS_MAX];
static int told = -1; /* the pipe's end in a process that runs jobs */

static bool write_mark(Ctx *cx, void *arg)
{
    const Mark *mark = arg;
    return db_exec(cx, "insert into marks (number) values ($1)", mark->number) == 1;
}

static JobEnd put_mark(JobRun *run, const Mark *mark)
{
    int32_t number = (int32_t)mark->number;
    if (write(told, &number, sizeof number) != sizeof number) abort();
    return job_finish_with(run, write_mark, &(Mark){mark->number});
}
JOB_HANDLER(put_mark, Mark)

static const Job mark_job = {.name = "marks.put",
                             .doc = "Puts a mark.",
                             .payload = &mark_type,
                             .run = JOB_RUN(put_mark),
                             .attempts = 100000,
                             .keep_s = -1};
static const Job *const jobs[] = {&mark_job};
static const Module marks = {.name = "marks", MODULE_ROWS(jobs, job)};
static const Module *const modules[] = {&marks};

typedef struct Add {
    int64_t first;
} Add;

static bool add_chunk(Ctx *cx, void *arg)
{
    const Add *add = arg;
    for (int64_t i = 0; i < CHUNK; i++) job_add(cx, &mark_job, &(Mark){add->first + i});
    return true;
}

typedef struct Sums {
    int64_t left, marks, different;
} Sums;

static bool add_up(Ctx *cx, void *arg)
{
    *(Sums *)arg = (Sums){db_int(cx, -1, "select count(*) from jobs"),
                          db_int(cx, -1, "select count(*) from marks"),
                          db_int(cx, -1,
                                 "select count(distinct number) from marks where number between 0 "
                                 "and $1",
                                 job_count - 1)};
    return true;
}

static void prepare(World *w)
{
    int applied;
    Str detail = S("");
    const Error *error = db_migrate(w->db, &w->cx, jobs_module.migrations,
                                    jobs_module.migration_count, &applied, &detail);
    if (error) fail_msg("%s: %.*s", error->code, STR_ARG(detail));
    world_schema(w, "create table marks (number INTEGER not null);");
    jobs_gather(modules, ROWS(modules));
    for (int64_t i = 0; i < job_count; i += CHUNK) RUN(w, TX_WRITE, add_chunk, &(Add){i});
    world_close(w); /* no threads may be there when the processes begin */
}

/* Runs jobs until there are none, or until it is killed. */
static void work(World *w, int node, const char *fault)
{
    Str why;
    Sums sums = {.left = 1};
    if (fault && !fault_arm(w->arena, str_from(fault), &why)) abort();
    id_maker_init(&w->ids, node, (Id){0});
    Str detail;
    if (db_open(w->arena, &w->options, &w->db, &detail)) abort();
    ModuleWorld world = {
        .db = w->db, .clock = &clock_system, .random = &random_system, .ids = &w->ids};
    if (!jobs_start(&world, &(JobsOptions){4, 2000000})) abort();
    while (sums.left) {
        Ctx cx = world_cx(w);
        db_run(w->db, TX_READ, &cx, add_up, &sums);
        arena_free(cx.arena);
        sched_yield();
    }
    jobs_stop();
    _exit(0);
}

static pid_t begin(World *w, int node, int out, const char *fault)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid) return pid;
    told = out;
    work(w, node, fault);
    _exit(1);
}

typedef struct Crowd {
    World *w;
    int in, out; /* the pipe */
    int node;
    int count;
    pid_t pids[PROCESSES_MAX]; /* 0: it has ended */
} Crowd;

static bool somebody_lives(Crowd *crowd)
{
    bool any = false;
    for (int i = 0; i < crowd->count; i++) {
        if (crowd->pids[i] && waitpid(crowd->pids[i], NULL, WNOHANG)) crowd->pids[i] = 0;
        any |= crowd->pids[i] != 0;
    }
    return any;
}

/* Takes note of runs until so many have begun, or nobody is there to begin one. */
static void read_runs(Crowd *crowd, int64_t n)
{
    struct pollfd in = {.fd = crowd->in, .events = POLLIN};
    int32_t number;
    while (n > 0) {
        bool lives = somebody_lives(crowd);
        if (poll(&in, 1, lives ? 20 : 0) != 1) {
            if (!lives) return;
            continue;
        }
        assert_int_equal(read(crowd->in, &number, sizeof number), sizeof number); /* PIPE_BUF */
        assert_in_range(number, 0, job_count - 1);
        seen[number] = 1;
        n--;
    }
}

static void end(Crowd *crowd, int i)
{
    if (!crowd->pids[i]) return;
    kill(crowd->pids[i], SIGKILL);
    assert_int_equal(waitpid(crowd->pids[i], NULL, 0), crowd->pids[i]);
    crowd->pids[i] = 0;
}

static void begin_again(Crowd *crowd, int i, const char *fault)
{
    end(crowd, i);
    crowd->pids[i] = begin(crowd->w, crowd->node++, crowd->out, fault);
}

static void kill_and_begin_again(Crowd *crowd)
{
    static const char *const faults[] = {NULL,
                                         "jobs.claimed=kill@3",
                                         NULL,
                                         "jobs.ran=kill@200",
                                         NULL,
                                         "jobs.turn=kill@2",
                                         "db.commit.after=kill@20",
                                         "db.commit.before=kill@30"};
    RandomSeeded seeded;
    Random random = random_seeded(&seeded, 4711);
    for (int i = 0; i < crowd->count; i++) begin_again(crowd, i, NULL);
    for (int i = 0; i < job_count / JOBS_PER_KILL * 2; i++) {
        read_runs(crowd, 1 + (int64_t)random_below(&random, JOBS_PER_KILL / 2));
        begin_again(crowd, (int)random_below(&random, (uint64_t)crowd->count),
                    faults[(size_t)i % ROWS(faults)]);
    }
    for (int i = 0; i < crowd->count; i++) begin_again(crowd, i, NULL); /* to the end */
    read_runs(crowd, INT64_MAX);
}

static void check_effects(World *w)
{
    Sums sums;
    world_open(w);
    RUN(w, TX_READ, add_up, &sums);
    assert_int_equal(sums.left, 0);
    assert_int_equal(sums.marks, job_count);
    assert_int_equal(sums.different, job_count);
    for (int64_t i = 0; i < job_count; i++)
        if (!seen[i]) fail_msg("job %d has never been run", (int)i);
}

static void test_every_effect_is_there_once(void **state)
{
    World *w = world_of(state);
    memset(seen, 0, sizeof seen);
    prepare(w);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    Crowd crowd = {.w = w,
                   .in = ends[0],
                   .out = ends[1],
                   .node = 1,
                   .count = w->options.url.n ? PROCESSES_MAX : 1}; /* SQLite: the folder's owner */
    kill_and_begin_again(&crowd);
    close(ends[0]);
    close(ends[1]);
    check_effects(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {ON_BOTH(test_every_effect_is_there_once)};
    const char *wanted = getenv("SOUK_TEST_JOBS");
    if (wanted && (!str_to_int(str_from(wanted), &job_count) || job_count < CHUNK ||
                   job_count > JOBS_MAX || job_count % CHUNK))
        return 2;
    return cmocka_run_group_tests_name("jobs_kill", tests, worlds_begin, worlds_end);
}
