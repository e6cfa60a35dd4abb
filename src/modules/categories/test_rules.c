#include "modules/categories/rules.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static Arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = arena_new(4096);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

/* ---- Trees to look at ------------------------------------------------------------------------ */

/* In the order that category_tree_make asks for:
 *
 *     1          2 (hidden)
 *     ├ 12       └ 20
 *     │ └ 120      └ 200
 *     └ 11
 */
static const CategoryRow family[] = {
    {.id = {1}},
    {.id = {2}, .hidden = true},
    {.id = {12}, .parent = {1}},
    {.id = {11}, .parent = {1}},
    {.id = {20}, .parent = {2}},
    {.id = {120}, .parent = {12}},
    {.id = {200}, .parent = {20}},
};

static CategoryTree tree_of(const CategoryRow *rows, size_t n)
{
    return category_tree_make(arena,
                              (CategoryRowList){arena_copy(arena, rows, n * sizeof *rows), n});
}

static CategoryTree family_tree(void)
{
    return tree_of(family, sizeof family / sizeof *family);
}

/* 1 above 2 above 3 … */
static CategoryTree chain(int64_t levels)
{
    CategoryRow rows[CATEGORY_LEVELS_MAX + 1];
    for (int64_t i = 0; i < levels; i++) rows[i] = (CategoryRow){.id = {i + 1}, .parent = {i}};
    return tree_of(rows, (size_t)levels);
}

static void check_order(const CategoryTree *tree, const int64_t *ids, size_t n)
{
    assert_int_equal(tree->n, n);
    for (size_t i = 0; i < n; i++) assert_int_equal(tree->nodes[i].id.n, ids[i]);
}

/* ---- The tree -------------------------------------------------------------------------------- */

static void a_tree_is_walked_depth_first(void **state)
{
    (void)state;
    CategoryTree tree = family_tree();
    check_order(&tree, (const int64_t[]){1, 12, 120, 11, 2, 20, 200}, 7);
    assert_int_equal(category_node(&tree, (Id){120})->depth, 2);
    assert_int_equal(category_node(&tree, (Id){1})->end, 4);
    assert_int_equal(category_node(&tree, (Id){12})->end, 3);
    assert_null(category_node(&tree, (Id){13}));
    assert_null(category_node(&tree, (Id){0}));
}

static void what_is_below_a_hidden_one_is_not_visible(void **state)
{
    (void)state;
    CategoryTree tree = family_tree();
    assert_true(category_node(&tree, (Id){120})->visible);
    assert_false(category_node(&tree, (Id){2})->visible);
    assert_false(category_node(&tree, (Id){200})->visible);
}

static void ancestors_come_from_the_root_down(void **state)
{
    (void)state;
    CategoryTree tree = family_tree();
    IdList ids = category_ancestors(arena, &tree, (Id){120});
    assert_int_equal(ids.n, 3);
    assert_int_equal(ids.items[0].n, 1);
    assert_int_equal(ids.items[1].n, 12);
    assert_int_equal(ids.items[2].n, 120);
    assert_int_equal(category_ancestors(arena, &tree, (Id){2}).n, 1);
    assert_int_equal(category_ancestors(arena, &tree, (Id){5}).n, 0);
}

static void an_empty_tree_is_a_tree(void **state)
{
    (void)state;
    CategoryTree tree = tree_of(family, 0);
    assert_int_equal(tree.n, 0);
    assert_null(category_node(&tree, (Id){1}));
    assert_int_equal(category_position(&tree, (Id){0}, (Id){0}, 7), 0);
}

/* Nothing may loop when the data is not what the rules allow. */
static void a_ring_hangs_below_no_root(void **state)
{
    (void)state;
    const CategoryRow rows[] = {
        {.id = {1}}, {.id = {3}, .parent = {2}}, {.id = {2}, .parent = {3}}};
    CategoryTree tree = tree_of(rows, 3);
    check_order(&tree, (const int64_t[]){1}, 1);
}

/* ---- Adding, moving, deleting ---------------------------------------------------------------- */

static void refuses(Verdict verdict, const Error *error)
{
    assert_ptr_equal(verdict.error, error);
}

static void a_parent_must_exist(void **state)
{
    (void)state;
    CategoryTree tree = family_tree();
    refuses(category_may_add(arena, &tree, (Id){0}), NULL);
    refuses(category_may_add(arena, &tree, (Id){120}), NULL);
    refuses(category_may_add(arena, &tree, (Id){5}), &error_unknown_category);
    refuses(category_may_move(arena, &tree, (Id){11}, (Id){5}), &error_unknown_category);
}

static void a_shop_has_so_many_categories(void **state)
{
    (void)state;
    CategoryRow *rows = NEW_N(arena, CategoryRow, CATEGORIES_MAX);
    for (int64_t i = 0; i < CATEGORIES_MAX; i++) rows[i].id.n = i + 1;
    CategoryTree almost = tree_of(rows, CATEGORIES_MAX - 1), full = tree_of(rows, CATEGORIES_MAX);
    refuses(category_may_add(arena, &almost, (Id){0}), NULL);
    refuses(category_may_add(arena, &full, (Id){0}), &error_categories_full);
    refuses(category_may_move(arena, &full, (Id){1}, (Id){2}), NULL);
}

static void a_tree_has_so_many_levels(void **state)
{
    (void)state;
    CategoryTree almost = chain(CATEGORY_LEVELS_MAX - 1), full = chain(CATEGORY_LEVELS_MAX);
    refuses(category_may_add(arena, &almost, (Id){CATEGORY_LEVELS_MAX - 1}), NULL);
    refuses(category_may_add(arena, &full, (Id){CATEGORY_LEVELS_MAX}), &error_category_too_deep);
}

static void a_family_moves_whole_or_not_at_all(void **state)
{
    (void)state;
    CategoryRow rows[CATEGORY_LEVELS_MAX + 2];
    size_t n = 0; /* a chain of one less than may be, and beside it 100 above 101 */
    rows[n++] = (CategoryRow){.id = {1}};
    rows[n++] = (CategoryRow){.id = {100}};
    for (int64_t i = 2; i < CATEGORY_LEVELS_MAX; i++)
        rows[n++] = (CategoryRow){.id = {i}, .parent = {i - 1}};
    rows[n++] = (CategoryRow){.id = {101}, .parent = {100}};
    CategoryTree tree = tree_of(rows, n);
    Id lowest = {CATEGORY_LEVELS_MAX - 1}, above = {CATEGORY_LEVELS_MAX - 2};
    refuses(category_may_move(arena, &tree, (Id){101}, lowest), NULL);
    refuses(category_may_move(arena, &tree, (Id){100}, above), NULL);
    refuses(category_may_move(arena, &tree, (Id){100}, lowest), &error_category_too_deep);
}

static void nothing_stands_below_itself(void **state)
{
    (void)state;
    CategoryTree tree = family_tree();
    refuses(category_may_move(arena, &tree, (Id){1}, (Id){1}), &error_category_below_itself);
    refuses(category_may_move(arena, &tree, (Id){1}, (Id){120}), &error_category_below_itself);
    refuses(category_may_move(arena, &tree, (Id){12}, (Id){1}), NULL); /* where it stands */
    refuses(category_may_move(arena, &tree, (Id){12}, (Id){11}), NULL);
    refuses(category_may_move(arena, &tree, (Id){120}, (Id){0}), NULL);
}

static void only_a_leaf_is_deleted(void **state)
{
    (void)state;
    CategoryTree tree = family_tree();
    refuses(category_may_delete(&tree, (Id){12}), &error_category_has_children);
    refuses(category_may_delete(&tree, (Id){120}), NULL);
    refuses(category_may_delete(&tree, (Id){200}), NULL);
}

static void positions_have_no_gaps(void **state)
{
    (void)state;
    CategoryTree tree = family_tree();
    Id nobody = {0}, root = {0};
    assert_int_equal(category_position(&tree, nobody, root, 1), 1);
    assert_int_equal(category_position(&tree, nobody, root, INT64_MAX), 2);
    assert_int_equal(category_position(&tree, nobody, (Id){1}, 9), 2);
    assert_int_equal(category_position(&tree, (Id){12}, (Id){1}, 9), 1); /* it leaves its own */
    assert_int_equal(category_position(&tree, (Id){12}, (Id){11}, 9), 0);
}

/* ---- Lists ----------------------------------------------------------------------------------- */

static CategoryList family_list(void)
{
    size_t n = sizeof family / sizeof *family;
    CategoryList list = {NEW_N(arena, Category, n), n};
    for (size_t i = 0; i < n; i++) list.items[n - 1 - i].id = family[i].id; /* in any order */
    CategoryTree tree = family_tree();
    return category_arrange(arena, &tree, list);
}

static void check_part(CategoryQuery query, bool everybody, const int64_t *ids, size_t n)
{
    if (query.depth) MARK_SET(&category_query_type, &query, CategoryQuery, depth);
    CategoryList part = category_part(arena, family_list(), &query, everybody);
    assert_int_equal(part.n, n);
    for (size_t i = 0; i < n; i++) assert_int_equal(part.items[i].id.n, ids[i]);
}

static void arranged_categories_know_their_way(void **state)
{
    (void)state;
    CategoryList list = family_list();
    assert_int_equal(list.n, 7);
    const Category *last = &list.items[6];
    assert_int_equal(last->id.n, 200);
    assert_int_equal(last->depth, 2);
    assert_false(last->visible);
    assert_int_equal(last->path.n, 3);
    assert_int_equal(last->path.items[0].id.n, 2);
    assert_int_equal(last->path.items[2].id.n, 200);
}

static void a_query_takes_a_part(void **state)
{
    (void)state;
    check_part((CategoryQuery){0}, false, (const int64_t[]){1, 12, 120, 11, 2, 20, 200}, 7);
    check_part((CategoryQuery){.depth = 1}, false, (const int64_t[]){1, 2}, 2);
    check_part((CategoryQuery){.root = {12}}, false, (const int64_t[]){12, 120}, 2);
    check_part((CategoryQuery){.root = {2}, .depth = 2}, false, (const int64_t[]){2, 20}, 2);
    check_part((CategoryQuery){.root = {20}, .depth = 1}, false, (const int64_t[]){20}, 1);
    check_part((CategoryQuery){.root = {11}}, false, (const int64_t[]){11}, 1);
    check_part((CategoryQuery){.root = {5}}, false, NULL, 0);
}

static void customers_are_told_of_what_is_visible(void **state)
{
    (void)state;
    check_part((CategoryQuery){0}, true, (const int64_t[]){1, 12, 120, 11}, 4);
    check_part((CategoryQuery){.root = {20}}, true, NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tree_is_walked_depth_first),
        cmocka_unit_test(what_is_below_a_hidden_one_is_not_visible),
        cmocka_unit_test(ancestors_come_from_the_root_down),
        cmocka_unit_test(an_empty_tree_is_a_tree),
        cmocka_unit_test(a_ring_hangs_below_no_root),
        cmocka_unit_test(a_parent_must_exist),
        cmocka_unit_test(a_shop_has_so_many_categories),
        cmocka_unit_test(a_tree_has_so_many_levels),
        cmocka_unit_test(a_family_moves_whole_or_not_at_all),
        cmocka_unit_test(nothing_stands_below_itself),
        cmocka_unit_test(only_a_leaf_is_deleted),
        cmocka_unit_test(positions_have_no_gaps),
        cmocka_unit_test(arranged_categories_know_their_way),
        cmocka_unit_test(a_query_takes_a_part),
        cmocka_unit_test(customers_are_told_of_what_is_visible),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
