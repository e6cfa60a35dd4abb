/* One variant that everybody wants: reservations a second on PostgreSQL, as the server makes them (a lane of writers, 64 in
 * flight), each of one unit by a new owner while plenty is left. stock.sh runs it by turns with pgbench.
 *
 * usage: stock URL [SECONDS]     URL is an empty database */
#include "modules/inventory/inventory.h"
#include "platform/changes.h"
#include "platform/db/db.h"
#include "platform/outbox/outbox.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { FLIGHTS = 64, WRITERS = 16 };

static Db *db;
static IdMaker ids;
static _Atomic bool stopping;
static _Atomic int64_t sold, attempts;

static const Id hot = {11};

static void die(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    exit(1);
}

static Ctx context(void)
{
    return (Ctx){
        .arena = arena_new(4096), .clock = &clock_system, .random = &random_system, .ids = &ids};
}

static bool buy(Ctx *cx, void *arg)
{
    (void)arg;
    StockDemand one = {hot, 1};
    StockShortList lacking;
    atomic_fetch_add(&attempts, 1);
    return stock_reserve(cx, (StockOwner){"ord", ctx_id(cx)}, (StockDemandList){&one, 1}, (Time){0},
                         &lacking);
}

static void *buyer(void *arg)
{
    (void)arg;
    Ctx cx = context();
    while (!atomic_load(&stopping)) {
        if (db_run(db, TX_WRITE, &cx, buy, NULL) != DB_FINE) die("reserve", "failed");
        atomic_fetch_add(&sold, 1);
        arena_reset(cx.arena);
    }
    arena_free(cx.arena);
    return NULL;
}

static bool open_shop(Ctx *cx, void *arg)
{
    (void)arg;
    if (db_int(cx, 0, "select count(*) from stock_items") == 0)
        stock_register(cx, hot, (Id){7}, STOCK_MAX);
    return true;
}

static void migrate(Ctx *cx)
{
    static const Module *const modules[] = {&changes_module, &outbox_module, &inventory_module};
    Migration all[32];
    size_t count = 0;
    int applied;
    Str detail;
    for (size_t i = 0; i < ROWS(modules); i++)
        for (size_t k = 0; k < modules[i]->migration_count; k++)
            all[count++] = modules[i]->migrations[k];
    const Error *error = db_migrate(db, cx, all, count, &applied, &detail);
    if (error) die("migrate", error->code);
}

int main(int argc, char **argv)
{
    int64_t seconds = 5;
    if (argc < 2 || (argc > 2 && !str_to_int(str_from(argv[2]), &seconds)))
        die("usage", "stock URL [SECONDS]");
    Ctx cx = context();
    DbOptions options = {
        .url = str_from(argv[1]), .readers = 1, .writers = WRITERS, .queue_max = 1024};
    Str detail;
    const Error *error = db_open(cx.arena, &options, &db, &detail);
    if (error) die(error->code, str_z(cx.arena, detail));
    id_maker_init(&ids, 1, id_first_of(clock_now(&clock_system)));
    migrate(&cx);
    if (db_run(db, TX_WRITE, &cx, open_shop, NULL) != DB_FINE) die("shop", "not opened");
    pthread_t threads[FLIGHTS];
    int64_t begun_us = monotonic_us();
    for (int i = 0; i < FLIGHTS; i++)
        if (pthread_create(&threads[i], NULL, buyer, NULL)) die("thread", "none");
    while (monotonic_us() - begun_us < seconds * 1000000) {
        struct timespec nap = {.tv_nsec = 10000000};
        clock_nanosleep(CLOCK_MONOTONIC, 0, &nap, NULL);
    }
    atomic_store(&stopping, true);
    for (int i = 0; i < FLIGHTS; i++) pthread_join(threads[i], NULL);
    int64_t took_us = monotonic_us() - begun_us;
    printf("%.0f reservations/s, %.3f attempts each\n", (double)sold * 1e6 / (double)took_us,
           (double)attempts / (double)sold);
    db_close(db);
    arena_free(cx.arena);
    return 0;
}
