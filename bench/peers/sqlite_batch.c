/* sqlite_batch: single-row writes without a server: one process, one connection, so many in each
 * transaction. It is what the writes over HTTP are held against: the same SQLite, the same pragmas,
 * the same statements.
 *
 * usage: sqlite_batch DATABASE STATEMENTS IDS BATCH WARMUP_SECONDS SECONDS      prints one JSON
 * object
 *
 * STATEMENTS: a file of SQL, one statement a line, run in this order for each write; `-- first`
 * lines run once before. Parameters: :id an id of the file IDS (one integer a line, picked at
 * random), :n a number that rises with each write, :now microseconds since 1970. A line of SQL that
 * changes no row voids the run, unless it is a select or begins with `-- perhaps `. */
#include <errno.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { STATEMENTS_MAX = 32, LINE_SIZE = 8192, IDS_MAX = 4000000 };

typedef struct Step {
    sqlite3_stmt *statement;
    int id, n, now; /* parameter numbers; 0: does not occur */
    bool reads, perhaps;
} Step;

typedef struct Work {
    sqlite3 *db;
    Step steps[STATEMENTS_MAX];
    int step_count;
    long long *ids;
    size_t id_count;
    unsigned long long chance;
    long long n;
} Work;

static void die(const char *what, const char *why)
{
    fprintf(stderr, "void: %s: %s\n", what, why);
    exit(1);
}

static long long now_us(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static void execute(sqlite3 *db, const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) die(sql, sqlite3_errmsg(db));
}

static FILE *open_file(const char *path)
{
    FILE *file = fopen(path, "re");
    if (!file) die(path, strerror(errno));
    return file;
}

static void read_statements(Work *work, const char *path)
{
    static const char first[] = "-- first ", perhaps[] = "-- perhaps ";
    FILE *file = open_file(path);
    char line[LINE_SIZE];
    while (fgets(line, sizeof line, file)) {
        if (strspn(line, " \t\n") == strlen(line)) continue;
        if (strncmp(line, first, sizeof first - 1) == 0) {
            execute(work->db, line + sizeof first - 1);
            continue;
        }
        if (work->step_count == STATEMENTS_MAX) die(path, "too many statements");
        Step *step = &work->steps[work->step_count++];
        step->perhaps = strncmp(line, perhaps, sizeof perhaps - 1) == 0;
        const char *sql = step->perhaps ? line + sizeof perhaps - 1 : line;
        if (sqlite3_prepare_v3(work->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &step->statement,
                               NULL) != SQLITE_OK)
            die(line, sqlite3_errmsg(work->db));
        step->id = sqlite3_bind_parameter_index(step->statement, ":id");
        step->n = sqlite3_bind_parameter_index(step->statement, ":n");
        step->now = sqlite3_bind_parameter_index(step->statement, ":now");
        step->reads = sqlite3_stmt_readonly(step->statement);
    }
    fclose(file);
    if (work->step_count == 0) die(path, "no statement");
}

static void read_ids(Work *work, const char *path)
{
    FILE *file = open_file(path);
    work->ids = malloc(IDS_MAX * sizeof *work->ids);
    if (!work->ids) die(path, "no memory");
    char line[64];
    while (work->id_count < IDS_MAX && fgets(line, sizeof line, file))
        work->ids[work->id_count++] = strtoll(line, NULL, 10);
    fclose(file);
    if (work->id_count == 0) die(path, "no id");
}

static long long pick_id(Work *work)
{
    work->chance =
        work->chance * 6364136223846793005ULL + 1442695040888963407ULL; /* Knuth's MMIX */
    return work->ids[(size_t)((work->chance >> 33) % work->id_count)];
}

static void write_once(Work *work)
{
    long long id = pick_id(work), now = now_us(CLOCK_REALTIME);
    work->n++;
    for (int i = 0; i < work->step_count; i++) {
        Step *step = &work->steps[i];
        if (step->id) sqlite3_bind_int64(step->statement, step->id, id);
        if (step->n) sqlite3_bind_int64(step->statement, step->n, work->n);
        if (step->now) sqlite3_bind_int64(step->statement, step->now, now);
        int rc;
        while ((rc = sqlite3_step(step->statement)) == SQLITE_ROW) {
            /* What a select finds is read, as the server does. */
            for (int c = sqlite3_column_count(step->statement); c-- > 0;)
                sqlite3_column_blob(step->statement, c);
        }
        if (rc != SQLITE_DONE) die(sqlite3_sql(step->statement), sqlite3_errmsg(work->db));
        if (!step->reads && !step->perhaps && sqlite3_changes(work->db) == 0)
            die(sqlite3_sql(step->statement), "changed no row");
        sqlite3_reset(step->statement);
    }
}

/* Writes until the time is over, always whole batches; returns how many writes. */
static long long run(Work *work, int batch, double seconds, double *took_s)
{
    long long began = now_us(CLOCK_MONOTONIC), writes = 0, now = began;
    for (; (double)(now - began) < seconds * 1e6; now = now_us(CLOCK_MONOTONIC)) {
        execute(work->db, "begin immediate");
        for (int i = 0; i < batch; i++) write_once(work);
        execute(work->db, "commit");
        writes += batch;
    }
    *took_s = (double)(now - began) / 1e6;
    return writes;
}

int main(int argc, char **argv)
{
    if (argc != 7) {
        fputs("usage: sqlite_batch DATABASE STATEMENTS IDS BATCH WARMUP_SECONDS SECONDS\n", stderr);
        return 2;
    }
    Work work = {.chance = 88172645463325252ULL};
    if (sqlite3_open_v2(argv[1], &work.db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
        die(argv[1], sqlite3_errmsg(work.db));
    read_statements(&work, argv[2]);
    read_ids(&work, argv[3]);
    int batch = atoi(argv[4]);
    double took_s;
    if (batch < 1) die(argv[4], "a batch has at least one member");
    run(&work, batch, strtod(argv[5], NULL), &took_s);
    struct timespec cpu_began, cpu_ended;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu_began);
    long long writes = run(&work, batch, strtod(argv[6], NULL), &took_s);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu_ended);
    double cpu_s = (double)(cpu_ended.tv_sec - cpu_began.tv_sec) +
                   (double)(cpu_ended.tv_nsec - cpu_began.tv_nsec) / 1e9;
    printf("{\"writes\": %lld, \"rate\": %.1f, \"cpu_s\": %.2f, \"sqlite\": \"%s\"}\n", writes,
           (double)writes / took_s, cpu_s, sqlite3_libversion());
    for (int i = 0; i < work.step_count; i++) sqlite3_finalize(work.steps[i].statement);
    sqlite3_close(work.db);
    free(work.ids);
    return 0;
}
