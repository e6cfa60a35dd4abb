/* What other modules may ask of the categories, and what they are told. On both databases. */
#include "modules/categories/change.h"
#include "modules/categories/rules.h"
#include "modules/categories/store.h"

#include "platform/changes.h"
#include "platform/test_modules.h"

/* ---- Who listens ----------------------------------------------------------------------------- */

static char heard[64];

static void note(Ctx *cx, const char *what, Id category)
{
    size_t n = strlen(heard);
    bool there = categories_exist(cx, (IdList){&category, 1}, &category);
    snprintf(heard + n, sizeof heard - n, "%s(%s) ", what, there ? "there" : "gone");
}

static void hear_deleted(Ctx *cx, const CategoryEvent *event)
{
    note(cx, "deleted", event->category);
}
REACTION(hear_deleted, CategoryEvent)

static void hear_moved(Ctx *cx, const CategoryEvent *event)
{
    note(cx, "moved", event->category);
}
REACTION(hear_moved, CategoryEvent)

static const Reaction reactions[] = {ON(category_deleted, hear_deleted),
                                     ON(category_moved, hear_moved)};
static const Module listener = {.name = "listener", MODULE_ROWS(reactions, reaction)};
static const Module *const modules[] = {&changes_module, &categories_module, &listener};

static World *shop_of(void **state)
{
    World *w = world_with(state, modules, ROWS(modules));
    heard[0] = 0;
    return w;
}

/* ---- A tree: food (fruit (apples), bread), drinks --------------------------------------------- */

static Id food, fruit, apples, bread, drinks;

static Id make(Ctx *cx, const char *title, Id parent)
{
    Category category = {.title = str_from(title), .parent = parent};
    Verdict verdict = category_create(cx, &category);
    WANT(!verdict.error);
    return category.id;
}

static bool make_tree(Ctx *cx, void *arg)
{
    (void)arg;
    food = make(cx, "Food", (Id){0});
    drinks = make(cx, "Drinks", (Id){0});
    fruit = make(cx, "Fruit", food);
    bread = make(cx, "Bread", food);
    apples = make(cx, "Apples", fruit);
    category_texts_put(
        cx, fruit,
        &(LocaleTexts){.locale = S("de"), .title = S("Obst"), .description = S("Frisch.")});
    return true;
}

static bool look_at_names(Ctx *cx, void *arg)
{
    (void)arg;
    Id ids[] = {apples, {77}, food};
    CategoryList named = categories_named(cx, (IdList){ids, 3}, S("de"));
    WANT_INT(named.n, 2);
    WANT_STR(named.items[0].title, S("Apples"));
    WANT_INT(named.items[0].path.n, 3);
    WANT_STR(named.items[0].path.items[1].title, S("Obst"));
    WANT_INT(named.items[0].depth, 2);
    WANT(named.items[0].visible);
    WANT_STR(named.items[1].handle, S("food"));
    WANT_INT(categories_named(cx, (IdList){0}, S("")).n, 0);
    return true;
}

static void categories_are_named_with_their_way(void **state)
{
    World *w = shop_of(state);
    RUN(w, TX_WRITE, make_tree, NULL);
    RUN(w, TX_READ, look_at_names, NULL);
}

static bool look_at_all(Ctx *cx, void *arg)
{
    (void)arg;
    CategoryList all = categories_all(cx, S(""));
    const Id order[] = {food, fruit, apples, bread, drinks};
    WANT_INT(all.n, 5);
    for (size_t i = 0; i < 5; i++) WANT_INT(all.items[i].id.n, order[i].n);
    CategoryTree tree = category_tree_read(cx, cx->arena);
    WANT_INT(tree.n, 5);
    for (size_t i = 0; i < 5; i++) WANT_INT(tree.nodes[i].id.n, order[i].n);
    WANT_INT(category_by_handle(cx, S("bread")).n, bread.n);
    WANT_INT(category_by_handle(cx, S("cheese")).n, 0);
    WANT_INT(category_child(cx, food, S("Bread")).n, bread.n);
    WANT_INT(category_child(cx, (Id){0}, S("Bread")).n, 0);
    WANT_INT(category_child(cx, (Id){0}, S("Food")).n, food.n);
    return true;
}

static void the_whole_tree_is_read_depth_first(void **state)
{
    World *w = shop_of(state);
    RUN(w, TX_WRITE, make_tree, NULL);
    RUN(w, TX_READ, look_at_all, NULL);
}

static bool look_who_exists(Ctx *cx, void *arg)
{
    (void)arg;
    Id ids[] = {bread, food, bread, {77}}, missing = {5};
    WANT(categories_exist(cx, (IdList){ids, 3}, &missing));
    WANT(categories_exist(cx, (IdList){0}, &missing));
    WANT_INT(missing.n, 5);
    WANT(!categories_exist(cx, (IdList){ids, 4}, &missing));
    WANT_INT(missing.n, 77);
    return true;
}

static void who_is_missing_is_told(void **state)
{
    World *w = shop_of(state);
    RUN(w, TX_WRITE, make_tree, NULL);
    RUN(w, TX_READ, look_who_exists, NULL);
}

/* ---- In memory ------------------------------------------------------------------------------- */

typedef struct Look {
    Str locale;
    Id ids[3];
    CategoryLabelList labels;
    Id drinks;
    int statements;
} Look;

static bool look_at_labels(Ctx *cx, void *arg)
{
    Look *look = arg;
    look->statements = -cx->cost.statements;
    look->labels = category_labels(cx, (IdList){look->ids, 3}, look->locale);
    look->drinks = category_by_handle(cx, S("drinks"));
    look->statements += cx->cost.statements;
    return true;
}

static bool hide_food(Ctx *cx, void *arg)
{
    (void)arg;
    Category patch = {.hidden = true};
    MARK_SET(&category_type, &patch, Category, hidden);
    WANT(!category_change(cx, category_read(cx, food, S("")), &patch).error);
    WANT(!category_remove(cx, category_read(cx, drinks, S(""))).error);
    WANT_INT(category_by_handle(cx, S("drinks")).n, 0); /* to itself, before its commit */
    return true;
}

static bool hide_and_regret(Ctx *cx, void *arg)
{
    hide_food(cx, arg);
    return false;
}

static void labels_stay_in_memory_until_a_category_changes(void **state)
{
    World *w = shop_of(state);
    RUN(w, TX_WRITE, make_tree, NULL);
    Look look = {.locale = S("de"), .ids = {fruit, {77}, bread}};
    for (int i = 0; i < 2; i++) {
        RUN(w, TX_READ, look_at_labels, &look);
        assert_int_equal(look.labels.n, 2);
        assert_true(str_eq(look.labels.items[0].title, S("Obst")));
        assert_true(str_eq(look.labels.items[1].title, S("Bread")));
        assert_true(look.labels.items[0].visible && look.labels.items[1].visible);
        assert_int_equal(look.drinks.n, drinks.n);
    }
    assert_int_equal(look.statements, 0);
    RUN(w, TX_WRITE, hide_and_regret, NULL);
    RUN(w, TX_READ, look_at_labels, &look);
    assert_true(look.labels.items[0].visible);
    assert_int_equal(look.drinks.n, drinks.n);
    RUN(w, TX_WRITE, hide_food, NULL);
    RUN(w, TX_READ, look_at_labels, &look);
    assert_false(look.labels.items[0].visible || look.labels.items[1].visible);
    assert_int_equal(look.drinks.n, 0);
    for (int i = 0; i < 20; i++) { /* more languages than are kept */
        look.locale = str_format(w->arena, "l%d", i);
        RUN(w, TX_READ, look_at_labels, &look);
        assert_true(str_eq(look.labels.items[0].title, S("Fruit")));
    }
}

/* ---- What is announced ----------------------------------------------------------------------- */

static bool change(Ctx *cx, void *arg)
{
    (void)arg;
    Category patch = {.position = 1};
    Category *category = category_read(cx, fruit, S(""));
    MARK_SET(&category_type, &patch, Category, position);
    WANT(!category_change(cx, category, &patch).error);
    WANT_STR(str_from(heard), S("")); /* another place among the same is no move */
    patch.parent = drinks;
    MARK_SET(&category_type, &patch, Category, parent);
    WANT(!category_change(cx, category, &patch).error);
    WANT(!category_remove(cx, category_read(cx, apples, S(""))).error);
    return true;
}

static void others_hear_of_moves_and_deletions(void **state)
{
    World *w = shop_of(state);
    RUN(w, TX_WRITE, make_tree, NULL);
    uint64_t seen = changes_seen("category");
    RUN(w, TX_WRITE, change, NULL);
    assert_string_equal(heard, "moved(there) deleted(there) ");
    assert_true(changes_seen("category") > seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(categories_are_named_with_their_way),
        ON_BOTH(the_whole_tree_is_read_depth_first),
        ON_BOTH(who_is_missing_is_told),
        ON_BOTH(labels_stay_in_memory_until_a_category_changes),
        ON_BOTH(others_hear_of_moves_and_deletions),
    };
    return cmocka_run_group_tests(tests, worlds_begin, worlds_end);
}
