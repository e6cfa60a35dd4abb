/* Sets of permissions: bits of the modules' rows. */
#include "platform/module.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

enum { SOME = 250 };

static char names[SOME][16];
static Permission rows[SOME];
static const Permission *some[SOME];
static const Permission tea_pour = {"tea:pour", "Pour tea.", .roles = ""};
static const Permission tea_drink = {"tea:drink", "Drink tea.", .roles = ""};
static const Permission *const of_tea[] = {&tea_pour, &tea_drink};
static const Module many = {.permissions = some, .permission_count = SOME};
static const Module tea = {.permissions = of_tea, .permission_count = 2};

static int gather(void **state)
{
    (void)state;
    for (int i = 0; i < SOME; i++) {
        snprintf(names[i], sizeof names[i], "many:%d", i);
        rows[i] = (Permission){.name = names[i], .doc = "One of many."};
        some[i] = &rows[i];
    }
    static const Module *const modules[] = {&many, &tea};
    Str why;
    for (int i = 0; i < 2; i++)
        if (!permissions_gather(NULL, modules, 2, &why)) return -1;
    return permission_count() == SOME + 2 ? 0 : -1;
}

static void each_row_has_a_bit_of_its_own(void **state)
{
    (void)state;
    for (size_t i = 0; i < permission_count(); i++) {
        PermissionSet one = {{0}};
        assert_true(permission_set_is_empty(&one));
        permission_set_add(&one, permission_at(i));
        assert_false(permission_set_is_empty(&one));
        for (size_t k = 0; k < permission_count(); k++)
            assert_int_equal(permission_set_has(&one, permission_at(k)), i == k);
        assert_ptr_equal(permission_find(str_from(permission_at(i)->name)), permission_at(i));
    }
    assert_null(permission_find(S("tea:spill")));
}

static void strength_is_inclusion(void **state)
{
    (void)state;
    PermissionSet none = {{0}}, all = permission_set_all(), pour = none, drink = none;
    permission_set_add(&pour, &tea_pour);
    permission_set_add(&drink, &tea_drink);
    PermissionSet both = permission_set_union(pour, drink);
    assert_true(permission_set_within(&none, &none));
    assert_true(permission_set_within(&none, &pour));
    assert_false(permission_set_within(&pour, &none));
    assert_true(permission_set_within(&pour, &pour));
    assert_false(permission_set_within(&pour, &drink));
    assert_false(permission_set_within(&drink, &pour));
    assert_true(permission_set_within(&drink, &both));
    assert_false(permission_set_within(&both, &drink));
    assert_true(permission_set_within(&both, &all));
    assert_false(permission_set_within(&all, &both));
    PermissionSet common = permission_set_common(both, pour);
    assert_true(permission_set_has(&common, &tea_pour));
    assert_false(permission_set_has(&common, &tea_drink));
    common = permission_set_common(drink, pour);
    assert_true(permission_set_is_empty(&common));
    for (size_t i = 0; i < permission_count(); i++)
        assert_true(permission_set_has(&all, permission_at(i)));
}

/* The last test: what was taken before the refusal stays. */
static void too_many_and_twins_are_refused(void **state)
{
    (void)state;
    Arena *arena = arena_new(4096);
    static const Permission twin = {.name = "tea:pour", .doc = "Again."};
    static const Permission *const of_twin[] = {&twin};
    static const Module with_twin = {.permissions = of_twin, .permission_count = 1};
    static const Module *const twins[] = {&with_twin};
    Str why = {0};
    assert_false(permissions_gather(arena, twins, 1, &why));
    assert_true(str_find(why, S("tea:pour")) < why.n);
    static Permission more[5] = {{.name = "more:0"},
                                 {.name = "more:1"},
                                 {.name = "more:2"},
                                 {.name = "more:3"},
                                 {.name = "more:4"}};
    static const Permission *const of_more[] = {&more[0], &more[1], &more[2], &more[3], &more[4]};
    static const Module full = {.permissions = of_more, .permission_count = 4};
    static const Module overfull = {.permissions = of_more, .permission_count = 5};
    static const Module *const fulls[] = {&full}, *const overfulls[] = {&overfull};
    assert_true(permissions_gather(arena, fulls, 1, &why));
    assert_int_equal(permission_count(), PERMISSIONS_MAX);
    assert_false(permissions_gather(arena, overfulls, 1, &why));
    assert_true(str_find(why, S("256")) < why.n);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row_has_a_bit_of_its_own),
        cmocka_unit_test(strength_is_inclusion),
        cmocka_unit_test(too_many_and_twins_are_refused),
    };
    return cmocka_run_group_tests(tests, gather, NULL);
}
