#include "meta/check.h"
#include "meta/slug.h"

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

static void check_slug(const char *title, const char *slug)
{
    assert_string_equal(str_z(arena, slug_of_title(arena, str_from(title), S("thing"))), slug);
}

static void makes_slugs_of_titles(void **state)
{
    (void)state;
    check_slug("Café Crème", "cafe-creme");
    check_slug("  Oak   Desk (2nd edition) ", "oak-desk-2nd-edition");
    check_slug("Straße", "strasse");
    check_slug("ﬁne", "fine");
    check_slug("---", "thing");
    check_slug("日本", "thing");
    check_slug("100 % Wool", "100-wool");
}

static void slugs_have_a_bounded_length(void **state)
{
    (void)state;
    char title[4 * SLUG_MAX];
    memset(title, 'x', sizeof title);
    for (size_t i = 3; i < sizeof title; i += 4) title[i] = ' ';
    Str slug = slug_of_title(arena, (Str){title, sizeof title}, S("thing"));
    assert_true(text_is_slug(slug));
    assert_true(slug.n > SLUG_BASE_MAX / 2);
    Str unique = slug_unique(arena, slug, (Id){INT64_MAX});
    assert_true(text_is_slug(unique));
    assert_true(unique.n <= SLUG_MAX);
}

static void unique_slugs_differ_by_id(void **state)
{
    (void)state;
    Str one = slug_unique(arena, S("cup"), (Id){1}), two = slug_unique(arena, S("cup"), (Id){2});
    assert_false(str_eq(one, two));
    assert_true(str_starts(one, S("cup-")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makes_slugs_of_titles),
        cmocka_unit_test(slugs_have_a_bounded_length),
        cmocka_unit_test(unique_slugs_differ_by_id),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
