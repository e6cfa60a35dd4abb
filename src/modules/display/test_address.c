/* What an address may say. */
#include "meta/check.h"
#include "meta/type_check.h"
#include "modules/display/display.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static Arena *arena;

static int open_arena(void **state)
{
    (void)state;
    arena = arena_new(4096);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static Address somewhere(void)
{
    return (Address){.name = S("Ada Lovelace"),
                     .line1 = S("12 St James's Square"),
                     .city = S("London"),
                     .postal_code = S("SW1Y 4JH"),
                     .country = S("GB")};
}

/* Where the one mistake of the address is; empty: it has none. */
static Str mistake(const Address *address)
{
    Violations bad = violations_new(arena);
    if (check_object(&bad, NULL, &address_type, address)) return S("");
    assert_int_equal(bad.n, 1);
    return bad.items[0].pointer;
}

static void types_are_sound(void **state)
{
    (void)state;
    assert_int_equal(type_check(arena, &address_type).n, 0);
}

static void an_address_is_what_the_post_can_read(void **state)
{
    (void)state;
    Address address = somewhere();
    assert_true(str_eq(mistake(&address), S("")));
    address.postal_code = S(""); /* Hong Kong has none */
    assert_true(str_eq(mistake(&address), S("")));
    address.phone = S("+44 (0)20 7946-0018");
    assert_true(str_eq(mistake(&address), S("")));

    address = somewhere();
    address.country = S("UK"); /* reserved, and no country's code */
    assert_true(str_eq(mistake(&address), S("/country")));
    address = somewhere();
    address.city = S("");
    assert_true(str_eq(mistake(&address), S("/city")));
    address = somewhere();
    address.postal_code = S("SW1Y--4JH");
    assert_true(str_eq(mistake(&address), S("/postal_code")));
    address = somewhere();
    address.phone = S("call me");
    assert_true(str_eq(mistake(&address), S("/phone")));
    address = somewhere();
    address.line2 = S("two\nlines"); /* a second line of a label, that nobody typed there */
    assert_true(str_eq(mistake(&address), S("/line2")));
}

static void every_text_of_an_address_is_personal(void **state)
{
    (void)state;
    for (size_t i = 0; i < address_type.field_count; i++)
        assert_true(address_type.fields[i].personal);
}

static void addresses_are_equal_by_all_their_texts(void **state)
{
    (void)state;
    Address a = somewhere(), b = somewhere();
    assert_true(address_is_same(&a, &b));
    b.phone = S("1");
    assert_false(address_is_same(&a, &b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_are_sound),
        cmocka_unit_test(an_address_is_what_the_post_can_read),
        cmocka_unit_test(every_text_of_an_address_is_personal),
        cmocka_unit_test(addresses_are_equal_by_all_their_texts),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
