/* A server with modules of the test's own, over real sockets. */
#ifndef PLATFORM_API_TEST_SHOP_H
#define PLATFORM_API_TEST_SHOP_H

#include "platform/api/api.h"
#include "platform/db/test_world.h"
#include "platform/http/testing.h"

typedef struct Shop {
    HttpApp app;
    HttpServer *server;
    TestServer at; /* for the client of http/testing.h */
    /* To be set before it is opened, where a test wants them. */
    Limiter *limiter;
    const Vault *vault;
    ThrottleQuotas quotas;
    StrList trusted_proxies;
} Shop;

/* Whoever sends a key is let in. */
static inline const Error *shop_identify(Ctx *cx, const Credential *credential, uint64_t moment)
{
    (void)credential, (void)moment;
    cx->actor = (Actor){.id = {1}, .prefix = "key", .permissions = permission_set_all()};
    return NULL;
}

typedef const Error *(*ShopIdentify)(Ctx *cx, const Credential *credential, uint64_t moment);

static inline void shop_open_for(World *w, Shop *shop, const Module *const *modules, size_t count,
                                 ShopIdentify identify)
{
    ApiOptions options = {.db = w->db,
                          .modules = modules,
                          .module_count = count,
                          .clock = w->cx.clock,
                          .random = &random_system,
                          .ids = &w->ids,
                          .identify = identify,
                          .limiter = shop->limiter,
                          .vault = shop->vault,
                          .quotas = shop->quotas,
                          .request_timeout_us = TEST_PATIENCE_US};
    Api *api;
    Str why, detail, host, port;
    assert_true(permissions_gather(w->arena, modules, count, &why));
    assert_true(api_new(w->arena, &options, &api, &why));
    shop->app = api_http_app(api);
    HttpOptions http = test_options();
    http.trusted_proxies = shop->trusted_proxies;
    assert_null(http_start(w->arena, &http, &shop->app, &shop->server, &detail));
    str_cut(http_address(shop->server, w->arena), ':', &host, &port);
    int64_t number;
    assert_true(str_to_int(port, &number));
    shop->at.port = (int)number;
}

static inline void shop_open(World *w, Shop *shop, const Module *const *modules, size_t count)
{
    shop_open_for(w, shop, modules, count, shop_identify);
}

/* Everything that was asked is over. */
static inline void shop_close(Shop *shop)
{
    assert_true(http_drain(shop->server, monotonic_us() + TEST_PATIENCE_US));
    http_free(shop->server);
}

#endif
