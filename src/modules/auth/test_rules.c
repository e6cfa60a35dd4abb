/* What auth decides. */
#include "modules/auth/rules.h"

#include "platform/http/address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const Permission tea_pour = {"tea:pour", "Pour.", .roles = "manager creator"};
static const Permission tea_drink = {"tea:drink", "Drink.", .roles = ""};
static const Permission tea_own = {"tea:own", "Own.", .owners_only = true};
static const Permission *const permissions[] = {&tea_pour, &tea_drink, &tea_own};
static const Module tea = {MODULE_ROWS(permissions, permission)};

static Arena *arena;

static int begin(void **state)
{
    (void)state;
    static const Module *const modules[] = {&tea};
    Str why;
    arena = arena_new(1 << 16);
    return permissions_gather(arena, modules, 1, &why) ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

/* "a b" as a list. */
static StrList words(const char *text)
{
    StrList list = {NEW_N(arena, Str, 8), 0};
    Str rest = str_from(text);
    for (bool more = rest.n > 0; more;) more = str_cut(rest, ' ', &list.items[list.n++], &rest);
    return list;
}

static PermissionSet set(const char *text)
{
    Str unknown = {0};
    PermissionSet set = rules_set_of(words(text), &unknown);
    assert_null(unknown.p);
    return set;
}

static void names_become_sets_and_names_again(void **state)
{
    (void)state;
    Str unknown = {0};
    PermissionSet two = set("tea:pour tea:drink tea:pour"), all = set("*");
    assert_string_equal(str_z(arena, str_join(arena, rules_names_of(arena, &two), S(" "))),
                        "tea:drink tea:pour");
    assert_string_equal(str_z(arena, str_join(arena, rules_names_of(arena, &all), S(" "))),
                        "tea:drink tea:own tea:pour");
    two = rules_set_of(words("tea:pour milk:pour sugar:add"), &unknown);
    assert_true(str_eq(unknown, S("milk:pour")));
    assert_int_equal(rules_names_of(arena, &two).n, 1);
}

static bool within(const char *small, const char *large)
{
    PermissionSet a = set(small), b = set(large);
    Verdict verdict = rules_within(arena, &a, &b);
    assert_true(!verdict.error || verdict.error == &error_too_strong);
    return !verdict.error;
}

static void nobody_has_to_do_with_more_than_he_has(void **state)
{
    (void)state;
    assert_true(within("", ""));
    assert_true(within("tea:pour", "tea:pour tea:drink"));
    assert_false(within("tea:pour tea:own", "tea:pour tea:drink"));
    PermissionSet mine = set("tea:pour tea:drink"), role = set("tea:pour"), none = set(""),
                  owner = set("*");
    assert_null(rules_may_give(arena, &mine, &role, &none).error);
    assert_ptr_equal(rules_may_give(arena, &mine, &owner, &none).error, &error_too_strong);
    /* neither a weak role to who is stronger, nor from him */
    assert_ptr_equal(rules_may_give(arena, &mine, &role, &owner).error, &error_too_strong);
    Verdict verdict = rules_may_give(arena, &mine, &owner, &none);
    assert_true(str_find(verdict.detail, S("tea:own")) < verdict.detail.n);
}

static const Error *sound(unsigned kind, const char *scopes, const char *addresses)
{
    ApiKey key = {.kind = kind, .scopes = words(scopes), .addresses = words(addresses)};
    return rules_key_is_sound(arena, &key).error;
}

static void keys_are_sound_or_not(void **state)
{
    (void)state;
    assert_null(sound(KEY_SECRET, "tea:pour *", "192.0.2.0/24 2001:db8::1"));
    assert_null(sound(KEY_SECRET, "", ""));
    assert_null(sound(KEY_PUBLIC, "", "192.0.2.1"));
    assert_ptr_equal(sound(KEY_SECRET, "milk:pour", ""), &error_unknown_permission);
    assert_ptr_equal(sound(KEY_PUBLIC, "tea:pour", ""), &error_public_key_scopes);
    assert_ptr_equal(sound(KEY_SECRET, "", "192.0.2.1/24"), &error_bad_address_block);
    assert_ptr_equal(sound(KEY_SECRET, "", "here"), &error_bad_address_block);
}

static NetAddress address(const char *text)
{
    NetAddress address;
    assert_true(address_parse(str_from(text), &address));
    return address;
}

static void a_key_works_in_its_time_and_place(void **state)
{
    (void)state;
    ApiKey key = {.expires_at = {1000}, .addresses = words("192.0.2.0/24 2001:db8::/32")};
    assert_true(rules_key_works(&key, (Time){999}, address("192.0.2.7")));
    assert_true(rules_key_works(&key, (Time){999}, address("2001:db8::7")));
    assert_false(rules_key_works(&key, (Time){999}, address("192.0.3.7")));
    assert_false(rules_key_works(&key, (Time){1000}, address("192.0.2.7")));
    ApiKey anywhere = {0};
    assert_true(rules_key_works(&anywhere, (Time){INT64_MAX}, address("2001:db8::7")));
}

typedef struct Pair {
    int64_t end, own_end;
    const char *addresses, *own_addresses;
    bool fine;
} Pair;

static void a_key_makes_none_that_outdoes_it(void **state)
{
    (void)state;
    static const Pair pairs[] = {
        {0, 0, "", "", true},
        {5, 0, "192.0.2.1", "", true},
        {0, 5, "", "", false},
        {6, 5, "", "", false},
        {5, 5, "", "", true},
        {0, 0, "", "192.0.2.0/24", false},
        {0, 0, "192.0.2.9", "192.0.2.0/24", true},
        {0, 0, "192.0.2.0/25", "192.0.2.0/24", true},
        {0, 0, "192.0.2.0/24", "192.0.2.0/24", true},
        {0, 0, "192.0.0.0/16", "192.0.2.0/24", false},
        {0, 0, "192.0.2.9 192.0.3.9", "192.0.2.0/24", false},
        {0, 0, "192.0.2.9 2001:db8::1", "192.0.2.0/24 2001:db8::/32", true},
    };
    PermissionSet mine = set("tea:pour");
    for (size_t i = 0; i < ROWS(pairs); i++) {
        const Pair *pair = &pairs[i];
        ApiKey own = {.expires_at = {pair->own_end}, .addresses = words(pair->own_addresses)};
        ApiKey key = {.scopes = words("tea:pour"),
                      .expires_at = {pair->end},
                      .addresses = words(pair->addresses)};
        const Error *error = rules_key_within(arena, &key, &mine, &own).error;
        if (error != (pair->fine ? NULL : &error_too_strong)) fail_msg("pair %zu", i);
        assert_null(rules_key_within(arena, &key, &mine, NULL).error); /* a user's may */
        key.scopes = words("tea:drink");
        assert_ptr_equal(rules_key_within(arena, &key, &mine, &own).error, &error_too_strong);
    }
}

static void a_session_ends_by_idleness_or_age(void **state)
{
    (void)state;
    const int64_t began = INT64_C(1800000000000000), minute = 60000000;
    Session session = {.id = id_first_of((Time){began}),
                       .last_used_at = {began + minute},
                       .expires_at = {began + 30 * minute}};
    SessionTimes times = {.idle_us = 10 * minute, .life_us = 30 * minute};
    assert_int_equal(rules_session_end(&session, &times).us, began + 11 * minute);
    session.last_used_at.us = began + 29 * minute;
    assert_int_equal(rules_session_end(&session, &times).us, began + 30 * minute);
    times.life_us = 60 * minute; /* the setting was less when it began */
    assert_int_equal(rules_session_end(&session, &times).us, began + 30 * minute);
    times.life_us = 20 * minute; /* and is less now */
    assert_int_equal(rules_session_end(&session, &times).us, began + 20 * minute);
}

static void own_roles_begin_with_what_the_rows_say(void **state)
{
    (void)state;
    Id administrator = {ROLE_ADMINISTRATOR}, manager = {ROLE_MANAGER}, creator = {ROLE_CREATOR};
    assert_true(rules_role_begins_with(&tea_pour, manager, S("manager")));
    assert_true(rules_role_begins_with(&tea_pour, creator, S("creator")));
    assert_false(rules_role_begins_with(&tea_pour, (Id){ROLE_SUPPORT}, S("support")));
    assert_false(rules_role_begins_with(&tea_drink, manager, S("manager")));
    assert_true(rules_role_begins_with(&tea_drink, administrator, S("administrator")));
    assert_false(rules_role_begins_with(&tea_own, administrator, S("administrator")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_become_sets_and_names_again),
        cmocka_unit_test(nobody_has_to_do_with_more_than_he_has),
        cmocka_unit_test(keys_are_sound_or_not),
        cmocka_unit_test(a_key_works_in_its_time_and_place),
        cmocka_unit_test(a_key_makes_none_that_outdoes_it),
        cmocka_unit_test(a_session_ends_by_idleness_or_age),
        cmocka_unit_test(own_roles_begin_with_what_the_rows_say),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
