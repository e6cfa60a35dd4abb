/* What other modules may ask of the collections, and what they are told. On both databases. */
#include "modules/collections/rules.h"
#include "modules/collections/store.h"

#include "platform/changes.h"
#include "platform/test_modules.h"

/* ---- Who listens: somebody who knows products 1 to 9 ------------------------------------------ */

static char heard[64];

static void answer_named(Ctx *cx, const CollectionProductsNamed *named)
{
    (void)cx;
    for (size_t i = 0; i < named->products.n; i++)
        if (named->products.items[i].n > 9) *named->unknown = named->products.items[i];
}
REACTION(answer_named, CollectionProductsNamed)

static void hear_changed(Ctx *cx, const CollectionMembersChanged *members)
{
    (void)cx;
    size_t n = strlen(heard);
    for (size_t i = 0; i < members->products.n && n + 2 < sizeof heard; i++)
        heard[n++] = (char)('0' + members->products.items[i].n);
    heard[n++] = ' ';
    heard[n] = 0;
}
REACTION(hear_changed, CollectionMembersChanged)

static const Reaction reactions[] = {ON(collection_products_named, answer_named),
                                     ON(collection_members_changed, hear_changed)};
static const Module listener = {.name = "listener", MODULE_ROWS(reactions, reaction)};
static const Module *const modules[] = {&changes_module, &collections_module, &listener};

static World *shop_of(void **state)
{
    World *w = world_with(state, modules, ROWS(modules));
    heard[0] = 0;
    return w;
}

/* ---- Two collections made by hand ------------------------------------------------------------- */

static Id summer, winter, gifts;

static Id make(Ctx *cx, const char *title, CollectionKind kind)
{
    Collection collection = {.title = str_from(title), .kind = kind};
    WANT(!collection_create(cx, &collection).error);
    return collection.id;
}

static Verdict add(Ctx *cx, Id collection, const char *digits)
{
    IdList products = {NEW_N(cx->arena, Id, strlen(digits)), strlen(digits)};
    for (size_t i = 0; i < products.n; i++) products.items[i].n = digits[i] - '0';
    return collection_add(cx, collection, products);
}

static bool make_collections(Ctx *cx, void *arg)
{
    (void)arg;
    summer = make(cx, "Summer", COLLECTION_MANUAL);
    winter = make(cx, "Winter", COLLECTION_MANUAL);
    gifts = make(cx, "Gifts", COLLECTION_BY_RULES);
    WANT(!add(cx, summer, "312").error);
    WANT(!add(cx, winter, "24").error);
    WANT(!add(cx, summer, "243").error); /* 4 is new */
    return true;
}

/* The members, in their order. */
static const char *members(Ctx *cx, Id collection)
{
    CollectionPlaces places = collection_members(cx, collection);
    char *digits = NEW_N(cx->arena, char, places.n + 1);
    for (size_t i = 0; i < places.n; i++) digits[i] = (char)('0' + places.items[i].product.n);
    return digits;
}

static bool look(Ctx *cx, void *arg)
{
    (void)arg;
    WANT_STR(str_from(members(cx, summer)), S("3124"));
    WANT_STR(str_from(members(cx, winter)), S("24"));
    WANT_INT(collection_read(cx, summer, S(""))->version, 3);
    WANT_INT(collection_read(cx, gifts, S(""))->sort, COLLECTION_SORT_NEWEST);
    WANT_INT(collection_by_handle(cx, S("winter")).n, winter.n);
    WANT_INT(collection_by_handle(cx, S("spring")).n, 0);
    return true;
}

static void products_are_added_behind_the_others(void **state)
{
    World *w = shop_of(state);
    RUN(w, TX_WRITE, make_collections, NULL);
    RUN(w, TX_READ, look, NULL);
    assert_string_equal(heard, "312 24 4 ");
}

static bool look_at_places(Ctx *cx, void *arg)
{
    (void)arg;
    Id ids[] = {{4}, {2}, {8}};
    CollectionPlaces places;
    collections_ask(cx, &places, (IdList){ids, 3});
    WANT(db_settle(cx));
    WANT_INT(places.n, 4);
    WANT_INT(places.items[0].product.n, 2);
    WANT_INT(places.items[0].collection.n, summer.n);
    WANT_INT(places.items[0].position, 2);
    WANT_INT(places.items[1].collection.n, winter.n);
    WANT_INT(places.items[1].position, 0);
    WANT_INT(places.items[3].product.n, 4);
    return true;
}

static void products_know_their_collections(void **state)
{
    World *w = shop_of(state);
    RUN(w, TX_WRITE, make_collections, NULL);
    RUN(w, TX_READ, look_at_places, NULL);
}

static bool forget(Ctx *cx, void *arg)
{
    (void)arg;
    collections_forget_product(cx, (Id){2});
    collections_forget_product(cx, (Id){8});
    return true;
}

static bool look_without(Ctx *cx, void *arg)
{
    (void)arg;
    WANT_STR(str_from(members(cx, summer)), S("314"));
    WANT_STR(str_from(members(cx, winter)), S("4"));
    WANT_INT(collection_read(cx, summer, S(""))->version, 4);
    WANT_INT(collection_read(cx, gifts, S(""))->version, 1);
    return true;
}

static void a_product_that_is_gone_is_in_none(void **state)
{
    World *w = shop_of(state);
    RUN(w, TX_WRITE, make_collections, NULL);
    uint64_t seen = changes_seen("collection");
    RUN(w, TX_WRITE, forget, NULL);
    RUN(w, TX_READ, look_without, NULL);
    assert_int_equal(changes_seen("collection") - seen, 2);
}

/* ---- Refusals -------------------------------------------------------------------------------- */

static bool ask_too_much(Ctx *cx, void *arg)
{
    (void)arg;
    WANT(add(cx, summer, "5:").error == &error_unknown_product); /* ':' is behind '9' */
    WANT(add(cx, gifts, "5").error == &error_collection_by_rules);
    WANT(add(cx, (Id){77}, "5").error == &error_unknown_collection);
    IdList many = {NEW_N(cx->arena, Id, COLLECTION_PRODUCTS_MAX + 1), COLLECTION_PRODUCTS_MAX + 1};
    for (size_t i = 0; i < many.n; i++) many.items[i].n = (int64_t)i + 1;
    WANT(collection_add(cx, summer, many).error == &error_collection_full);
    WANT_STR(str_from(members(cx, summer)), S("3124"));
    return true;
}

static void a_collection_takes_only_what_it_may(void **state)
{
    World *w = shop_of(state);
    RUN(w, TX_WRITE, make_collections, NULL);
    heard[0] = 0;
    RUN(w, TX_WRITE, ask_too_much, NULL);
    assert_string_equal(heard, "");
}

static bool fill(Ctx *cx, void *arg)
{
    (void)arg;
    IdList many = {NEW_N(cx->arena, Id, COLLECTION_PRODUCTS_MAX), COLLECTION_PRODUCTS_MAX};
    CollectionPlaces places = {.items = NEW_N(cx->arena, CollectionPlace, many.n), .n = many.n};
    for (size_t i = 0; i < many.n; i++)
        places.items[i] = (CollectionPlace){.product = {(int64_t)i + 1}, .position = (int64_t)i};
    summer = make(cx, "Summer", COLLECTION_MANUAL);
    collection_members_put(cx, summer, places);
    WANT_INT(collection_members(cx, summer).n, COLLECTION_PRODUCTS_MAX);
    return true;
}

static void a_collection_can_be_full(void **state)
{
    World *w = shop_of(state);
    RUN(w, TX_WRITE, fill, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(products_are_added_behind_the_others),
        ON_BOTH(products_know_their_collections),
        ON_BOTH(a_product_that_is_gone_is_in_none),
        ON_BOTH(a_collection_takes_only_what_it_may),
        ON_BOTH(a_collection_can_be_full),
    };
    return cmocka_run_group_tests(tests, worlds_begin, worlds_end);
}
