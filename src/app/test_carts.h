/* A shop on SQLite whose carts lack nothing but their buyers' word, to be served again and again:
 * it is filled once, over HTTP, and each test begins with a copy of its file. All of them lie on
 * the disk of platform/db/test_vfs.h. */
#ifndef APP_TEST_CARTS_H
#define APP_TEST_CARTS_H

#include "app/modules.h"

#include "platform/api/test_shop.h"
#include "platform/db/test_vfs.h"
#include "platform/events.h"
#include "platform/jobs/jobs.h"
#include "platform/mail/mail.h"
#include "platform/outbox/outbox.h"
#include "platform/personal.h"
#include "platform/saga/saga.h"

#include <sys/stat.h>

enum {
    CARTS = 16,
    QUANTITY = 2,
    SOLD = 12, /* orders for which there are goods */
    PRICE = 1000,
};

typedef struct Basket {
    Id id;
    Str cart, token; /* as they are sent */
    const char *method;
} Basket;

static struct {
    Arena *arena;
    char folder[256]; /* with the database that each life begins with */
    Basket baskets[CARTS];
    _Atomic int64_t now_us;
} shop;

/* ---- A running shop -------------------------------------------------------------------------- */

static inline Time test_now(void *state)
{
    (void)state;
    return (Time){atomic_load(&shop.now_us)};
}
static const Clock test_clock = {test_now, NULL};

static const Config config = {
    .mode = MODE_DEVELOPMENT,
    .shop = {.locale = {"en", 2}, .currency = {"EUR"}, .shipping_name = {"Standard", 8}},
    .accounts = {.session_idle_s = 600, .session_life_s = 600}};

/* No other one may be open. */
static inline World *world_in(const char *folder)
{
    World *w = world_new();
    vfs_reset();
    snprintf(w->folder, sizeof w->folder, "%s", folder);
    w->options.folder = str_from(w->folder);
    w->options.vfs = VFS_NAME;
    w->cx.clock = &test_clock;
    atomic_fetch_add(&shop.now_us, 1000000); /* so that this one makes other ids */
    return w;
}

static inline void world_free(World *w)
{
    void *state = w;
    world_end(&state);
}

static inline ModuleWorld module_world(World *w)
{
    return (ModuleWorld){.db = w->db,
                         .config = &config,
                         .vault = w->cx.vault,
                         .clock = &test_clock,
                         .random = &random_system,
                         .ids = &w->ids};
}

/* As `souk serve` starts it, without the jobs: they only send mail. */
static inline void serve(World *w, Shop *http)
{
    ModuleWorld world = module_world(w);
    SagasOptions options = sagas_usual;
    options.patience_us = TEST_PATIENCE_US;
    app_modules_start(&world);
    assert_true(outbox_start(&world) && sagas_start(&world, &options));
    http->vault = w->cx.vault;
    shop_open(w, http, app_modules, app_module_count);
}

static inline void stop(Shop *http)
{
    shop_close(http);
    sagas_stop();
    outbox_stop();
    app_modules_stop();
}

/* ---- Asking ---------------------------------------------------------------------------------- */

static inline TestReply ask(Arena *arena, int fd, const char *method, Str path, Str headers,
                            Str body)
{
    test_send(fd, str_format(arena,
                             "%s %.*s HTTP/1.1\r\nHost: a\r\n%.*sContent-Type: application/json\r\n"
                             "Content-Length: %zu\r\n\r\n%.*s",
                             method, STR_ARG(path), STR_ARG(headers), body.n, STR_ARG(body)));
    return test_read(arena, fd, false);
}

/* The same, and it must be done. */
static inline Str done(Arena *arena, int fd, const char *method, Str path, Str headers, Str body)
{
    TestReply reply = ask(arena, fd, method, path, headers, body);
    if (reply.status != 200 && reply.status != 201)
        fail_msg("%s %.*s: %d %.*s", method, STR_ARG(path), reply.status, STR_ARG(reply.body));
    return reply.body;
}

/* What stands in quotes behind the text. */
static inline Str quoted(Str body, Str behind)
{
    size_t at = str_find(body, behind);
    WANT(at < body.n);
    Str rest = str_slice(body, at + behind.n, body.n);
    return str_slice(rest, 0, str_find_char(rest, '"'));
}

static inline Str own(Arena *arena, const Basket *basket)
{
    return str_format(arena, "Cart-Token: %.*s\r\n", STR_ARG(basket->token));
}

static inline TestReply complete(Arena *arena, int fd, const Basket *basket)
{
    Str body = str_format(arena, "{\"expected_total\":%d,\"currency\":\"EUR\"}", QUANTITY * PRICE);
    Str key = str_format(arena, "%.*sIdempotency-Key: \"%.*s\"\r\n", STR_ARG(own(arena, basket)),
                         STR_ARG(basket->cart));
    Str path = str_format(arena, "/v1/carts/%.*s/checkout/complete", STR_ARG(basket->cart));
    return ask(arena, fd, "POST", path, key, body);
}

static inline Id order_in(Str body)
{
    Id id;
    WANT(id_parse(quoted(body, S("\"order\":{\"id\":\"")), "ord", &id));
    return id;
}

/* ---- Filling carts --------------------------------------------------------------------------- */

#define ADMIN S("Authorization: Bearer sk_test\r\n")

static inline Str stock_up(Arena *arena, int fd)
{
    Str made =
        done(arena, fd, "POST", S("/v1/products"), ADMIN,
             str_format(arena,
                        "{\"title\":\"Shirt\",\"status\":\"active\",\"variants\":[{\"sku\":\"S\","
                        "\"prices\":[{\"currency\":\"EUR\",\"amount\":%d}]}]}",
                        PRICE));
    Str variant = quoted(made, S("\"variants\":[{\"id\":\""));
    done(arena, fd, "PUT",
         str_format(arena, "/v1/variants/%.*s/stock/loc_0000000000001", STR_ARG(variant)), ADMIN,
         str_format(arena, "{\"on_hand\":%d}", SOLD * QUANTITY));
    return variant;
}

static inline void fill(Arena *arena, int fd, Basket *basket, Str variant)
{
    Str made = done(arena, fd, "POST", S("/v1/carts"), S(""), S("{}"));
    basket->cart = quoted(made, S("\"id\":\""));
    basket->token = quoted(made, S("\"token\":\""));
    assert_true(id_parse(basket->cart, "cart", &basket->id));
    done(arena, fd, "POST", str_format(arena, "/v1/carts/%.*s/lines", STR_ARG(basket->cart)),
         own(arena, basket),
         str_format(arena, "{\"lines\":[{\"variant\":\"%.*s\",\"quantity\":%d}]}", STR_ARG(variant),
                    QUANTITY));
    done(arena, fd, "PATCH", str_format(arena, "/v1/carts/%.*s/checkout", STR_ARG(basket->cart)),
         own(arena, basket),
         str_format(arena,
                    "{\"email\":\"ann@shop.example\",\"shipping_rate\":\"standard\","
                    "\"shipping_address\":{\"name\":\"Ann\",\"line1\":\"1 Long Lane\",\"city\":"
                    "\"Berlin\",\"country\":\"DE\"},\"payment\":{\"provider\":\"test\","
                    "\"method\":\"%s\"}}",
                    basket->method));
}

static inline void migrate(World *w)
{
    size_t count;
    int applied;
    Str detail = S("");
    const Migration *all = app_migrations(w->arena, &count);
    const Error *error = db_migrate(w->db, &w->cx, all, count, &applied, &detail);
    if (error) fail_msg("%s: %.*s", error->code, STR_ARG(detail));
}

/* Makes it, in the test's folder. */
static inline const char *folder_named(char *out, size_t size, const char *name)
{
    int n = snprintf(out, size, "%s/%s", shop.folder, name);
    assert_true(n > 0 && (size_t)n < size && mkdir(out, 0700) == 0);
    return out;
}

static inline void fill_carts(World *w)
{
    Shop http = {0};
    serve(w, &http);
    int fd = test_connect(&http.at);
    Str variant = stock_up(shop.arena, fd);
    for (int i = 0; i < CARTS; i++) {
        shop.baskets[i] = (Basket){.method = i % 2 ? "tok_lost" : "tok_ok"};
        fill(shop.arena, fd, &shop.baskets[i], variant);
    }
    close(fd);
    stop(&http);
}

static inline int shop_begin(void **state)
{
    (void)state;
    quiet(state);
    const char *parent = getenv("SOUK_TEST_DIR");
    snprintf(shop.folder, sizeof shop.folder, "%s/souk-power-XXXXXX", parent ? parent : "/tmp");
    if (!mkdtemp(shop.folder)) return -1;
    shop.arena = arena_new(65536);
    atomic_store(&shop.now_us, INT64_C(1800000000000000));
    sagas_gather(app_modules, app_module_count);
    events_gather(app_modules, app_module_count);
    personal_gather(app_modules, app_module_count);
    jobs_gather(app_modules, app_module_count);
    mail_gather(app_modules, app_module_count);
    char folder[300];
    World *w = world_in(folder_named(folder, sizeof folder, "full"));
    world_open(w);
    migrate(w);
    fill_carts(w);
    world_close(w);
    w->folder[0] = 0; /* it stays for the lives */
    world_free(w);
    return 0;
}

static inline int shop_end(void **state)
{
    (void)state;
    char path[300];
    snprintf(path, sizeof path, "%s/full/souk.db", shop.folder);
    unlink(path);
    snprintf(path, sizeof path, "%s/full", shop.folder);
    rmdir(path);
    arena_free(shop.arena);
    return rmdir(shop.folder);
}

static inline void copy_full_carts(const char *folder)
{
    char from[320], to[320], bytes[65536];
    snprintf(from, sizeof from, "%s/full/souk.db", shop.folder);
    snprintf(to, sizeof to, "%s/souk.db", folder);
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    assert_true(in && out);
    for (size_t n; (n = fread(bytes, 1, sizeof bytes, in)) > 0;)
        assert_int_equal(fwrite(bytes, 1, n, out), n);
    assert_true(fclose(in) == 0 && fclose(out) == 0);
}

#endif
