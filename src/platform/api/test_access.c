/* Who gets through which row: the table of access.h, over real sockets. */
#include "platform/api/test_shop.h"

static const Permission things_read = {"things:read", "See things.", .roles = ""};
static const Permission things_write = {"things:write", "Change things.", .roles = ""};

static Reply say_yes(Request *rq)
{
    (void)rq;
    return no_content();
}
HANDLER_PLAIN(say_yes)

/* The thing thing_7 is the user's whose id is 7, and so on; thing_1 is nobody's. */
static Id owner_of_thing(Request *rq)
{
    WANT(rq->cx->db);
    return rq->id.n == 1 ? (Id){0} : rq->id;
}

static const Route routes[] = {
    ROUTE(GET, "/public", say_yes, "Open.", .tx = TX_READ),
    ROUTE(GET, "/needs", say_yes, "Needs.", .tx = TX_NONE, .needs = &things_write),
    ROUTE(GET, "/mine", say_yes, "Signed in.", .tx = TX_NONE, .signed_in = true),
    ROUTE(GET, "/any", say_yes, "Signed in, by any program.", .tx = TX_NONE, .signed_in = true,
          .any_scope = true),
    ROUTE(GET, "/staff", say_yes, "Both.", .tx = TX_READ, .needs = &things_write,
          .signed_in = true),
    ROUTE(PUT, "/own/{id:thing}", say_yes, "Own.", .tx = TX_WRITE, .owner = owner_of_thing),
    ROUTE(GET, "/things/{id:thing}", say_yes, "Own or needs.", .tx = TX_READ,
          .needs = &things_write, .owner = owner_of_thing),
};
static const Permission *const permissions[] = {&things_read, &things_write};
static const Module module = {.name = "things",
                              .doc = "Things.",
                              .routes = routes,
                              .route_count = ROWS(routes),
                              .permissions = permissions,
                              .permission_count = ROWS(permissions)};
static const Module *const modules[] = {&module};

/* The token says who: "user" with no permission, "reader" and "writer" are users with one, "key" has
 * one too, "limited" is one by a program that does not get at what is his. All have the number 7. */
static const Error *identify(Ctx *cx, const Credential *credential, uint64_t moment)
{
    (void)moment;
    Str token = credential->token;
    cx->actor = (Actor){.id = {7}, .prefix = str_eq(token, S("key")) ? "key" : "user"};
    cx->actor.limited = str_eq(token, S("limited"));
    if (str_eq(token, S("reader"))) permission_set_add(&cx->actor.permissions, &things_read);
    if (str_eq(token, S("writer")) || str_eq(token, S("key")) || cx->actor.limited)
        permission_set_add(&cx->actor.permissions, &things_write);
    return NULL;
}

enum { WHO = 6 };
static const char *const who[WHO] = {NULL, "user", "reader", "writer", "key", "limited"};

typedef struct Asked {
    const char *method, *path;
    int status[WHO];
} Asked;

static void ask_all(World *w, const Shop *shop, const Asked *asked)
{
    Str owned = S("{thing}"), path = str_from(asked->path), id = S("");
    size_t at = str_find(path, owned);
    if (at < path.n) {
        int64_t number;
        assert_true(str_to_int(str_slice(path, at + owned.n, path.n), &number));
        id = id_text(w->arena, "thing", (Id){number});
    }
    for (int i = 0; i < WHO; i++) {
        Str key = who[i] ? str_format(w->arena, "Authorization: Bearer %s\r\n", who[i]) : S("");
        Str request = str_format(w->arena, "%s %.*s%.*s HTTP/1.1\r\nHost: a\r\n%.*s\r\n",
                                 asked->method, (int)at, path.p, STR_ARG(id), STR_ARG(key));
        int status = test_ask(w->arena, &shop->at, request).status;
        if (status != asked->status[i])
            fail_msg("%s %s as %s: %d, wanted %d", asked->method, asked->path,
                     who[i] ? who[i] : "nobody", status, asked->status[i]);
    }
}

static void everybody_gets_what_the_row_says(void **state)
{
    World *w = world_of(state);
    static Shop shop;
    static const Asked all[] = {
        {"GET", "/public", {204, 204, 204, 204, 204, 204}},
        {"GET", "/needs", {401, 403, 403, 204, 204, 204}},
        {"GET", "/mine", {401, 204, 204, 204, 403, 403}},
        {"GET", "/any", {401, 204, 204, 204, 403, 204}},
        {"GET", "/staff", {401, 403, 403, 204, 403, 403}},
        {"PUT", "/own/{thing}7", {401, 204, 204, 204, 404, 404}}, /* a key's 7 is not the user's */
        {"PUT", "/own/{thing}8", {401, 404, 404, 404, 404, 404}},
        {"PUT", "/own/{thing}1", {401, 404, 404, 404, 404, 404}},
        {"GET", "/things/{thing}7", {401, 204, 204, 204, 204, 204}},
        {"GET", "/things/{thing}8", {401, 404, 404, 204, 204, 204}},
        {"GET", "/things/{thing}1", {401, 404, 404, 204, 204, 204}},
    };
    shop_open_for(w, &shop, modules, 1, identify);
    for (size_t i = 0; i < ROWS(all); i++) ask_all(w, &shop, &all[i]);
    shop_close(&shop);
}

/* What is somebody else's and what is not there cannot be told apart. */
static void anothers_object_is_not_there(void **state)
{
    World *w = world_of(state);
    static Shop shop;
    shop_open_for(w, &shop, modules, 1, identify);
    Str details[2];
    for (int i = 0; i < 2; i++) {
        Str request = str_format(w->arena,
                                 "GET /things/%.*s HTTP/1.1\r\nHost: a\r\n"
                                 "Authorization: Bearer user\r\n\r\n",
                                 STR_ARG(id_text(w->arena, "thing", (Id){i ? 8 : 1})));
        TestReply reply = test_ask(w->arena, &shop.at, request);
        size_t id = str_find(reply.body, S("\"request_id\""));
        assert_true(id < reply.body.n);
        details[i] = str_slice(reply.body, 0, id);
    }
    shop_close(&shop);
    assert_str_equal(details[0], details[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(everybody_gets_what_the_row_says),
        ON_SQLITE(anothers_object_is_not_there),
    };
    return cmocka_run_group_tests(tests, worlds_begin, worlds_end);
}
