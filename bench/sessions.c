/* sessions FOLDER|postgresql://… COUNT: what so many sessions take of a disk. Begins them as a log-in does, four a user, by
 * browsers whose names are as long as today's, on an empty database. Prints one JSON object. */
#include "modules/auth/auth.h"
#include "platform/api/idempotency.h"
#include "platform/changes.h"

#include <stdio.h>
#include <stdlib.h>

enum { OF_USER = 4, AT_ONCE = 1000 };

static const Str browser =
    S_INIT("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
           "Chrome/126.0.0.0 Safari/537.36");

static Db *db;
static IdMaker ids;
static bool postgres;

static void die(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    exit(1);
}

static Ctx context(void)
{
    return (Ctx){.arena = arena_new(65536),
                 .clock = &clock_system,
                 .random = &random_system,
                 .ids = &ids,
                 .actor = {.address = S("203.0.113.77")}};
}

static void open_db(const char *where)
{
    Migration all[64];
    size_t n = 0;
    int applied;
    Str detail = S(""), place = str_from(where);
    postgres = str_starts(place, S("postgresql://"));
    DbOptions options = {
        .readers = 1, .writers = 1, .queue_max = 64, .batch_max = 256, .batch_us = 5000};
    *(postgres ? &options.url : &options.folder) = place;
    const Module *const modules[] = {&changes_module, &auth_module};
    for (size_t i = 0; i < sizeof modules / sizeof *modules; i++)
        for (size_t k = 0; k < modules[i]->migration_count; k++)
            all[n++] = modules[i]->migrations[k];
    Ctx cx = context();
    const Error *error = db_open(cx.arena, &options, &db, &detail);
    if (!error) error = db_migrate(db, &cx, all, n, &applied, &detail);
    if (error) die(error->code, str_z(cx.arena, detail));
}

static bool begin_some(Ctx *cx, void *arg)
{
    int64_t *next = arg;
    for (int i = 0; i < AT_ONCE; i++, ++*next) {
        Str token;
        SessionStart start = {.user = {1 + *next / OF_USER}, .user_agent = browser};
        auth_session_start(cx, &start, &token);
    }
    return true;
}

static bool measure(Ctx *cx, void *arg)
{
    int64_t *bytes = arg;
    *bytes = postgres ? db_int(cx, 0, "select pg_total_relation_size('sessions')")
                      : db_int(cx, 0,
                               "select (select page_count from pragma_page_count) * "
                               "(select page_size from pragma_page_size)");
    return true;
}

/* In a transaction of its own. */
static void run(TxMode mode, bool (*f)(Ctx *cx, void *arg), void *arg)
{
    Ctx cx = context();
    if (db_run(db, mode, &cx, f, arg) != DB_FINE) die("database", "failed");
    arena_free(cx.arena);
}

int main(int argc, char **argv)
{
    int64_t count = 0, made = 0, before = 0, after = 0;
    if (argc != 3 || !str_to_int(str_from(argv[2]), &count) || count < AT_ONCE || count % AT_ONCE)
        die("usage", "sessions FOLDER|URL COUNT      COUNT: thousands");
    id_maker_init(&ids, 1, (Id){0});
    open_db(argv[1]);
    run(TX_READ, measure, &before);
    int64_t begun_us = monotonic_us();
    while (made < count) run(TX_WRITE, begin_some, &made);
    int64_t took_us = monotonic_us() - begun_us;
    run(TX_READ, measure, &after);
    printf("{\"sessions\":%lld,\"bytes\":%lld,\"seconds\":%.2f}\n", (long long)count,
           (long long)(after - before), (double)took_us / 1e6);
    db_close(db);
}
