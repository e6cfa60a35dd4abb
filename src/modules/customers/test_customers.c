/* What is kept of customers, on both databases: one default of each kind, and nothing when they go. */
#include "modules/customers/persons.h"
#include "modules/customers/store.h"

#include "modules/accounts/accounts.h"
#include "platform/test_modules.h"

static const Id ann = {21}, ben = {22};

static const Module *const modules[] = {&customers_module};

static void add(Ctx *cx, Id user, bool shipping, bool billing)
{
    CustomerAddress defaults = {.default_shipping = shipping, .default_billing = billing};
    defaults_clear(cx, user, &defaults);
    address_insert(cx, &(CustomerAddressRow){.id = ctx_id(cx),
                                             .user_id = user,
                                             .address = {.name = S("Ann"),
                                                         .company = S(""),
                                                         .line1 = S("1"),
                                                         .line2 = S(""),
                                                         .city = S("Oslo"),
                                                         .region = S(""),
                                                         .postal_code = S(""),
                                                         .country = S("NO"),
                                                         .phone = S("")},
                                             .default_shipping = shipping,
                                             .default_billing = billing,
                                             .created_at = ctx_now(cx),
                                             .updated_at = ctx_now(cx)});
}

static bool keep_one_default(Ctx *cx, void *arg)
{
    (void)arg;
    add(cx, ann, true, true);
    add(cx, ann, false, true);
    add(cx, ben, true, true);
    CustomerAddressList all = customer_addresses(cx, ann);
    WANT_INT(all.n, 2);
    WANT(all.items[0].default_shipping && !all.items[0].default_billing);
    WANT(!all.items[1].default_shipping && all.items[1].default_billing);
    WANT_INT(customer_addresses(cx, ben).n, 1);
    return !db_failure(cx);
}

static void each_kind_has_one_default(void **state)
{
    World *w = world_with(state, modules, ROWS(modules));
    RUN(w, TX_WRITE, keep_one_default, NULL);
}

/* Who forgets to clear the others is stopped by the database. */
static bool make_two_defaults(Ctx *cx, void *arg)
{
    (void)arg;
    add(cx, ann, true, false);
    db_exec(cx,
            "insert into customer_addresses (id, user_id, address, default_shipping, "
            "default_billing, created_at, updated_at) select id + 1, user_id, address, "
            "default_shipping, default_billing, created_at, updated_at from customer_addresses");
    return true;
}

static void two_defaults_are_refused(void **state)
{
    World *w = world_with(state, modules, ROWS(modules));
    assert_int_equal(db_run(w->db, TX_WRITE, &w->cx, make_two_defaults, NULL), DB_CONSTRAINT);
}

static bool forget(Ctx *cx, void *arg)
{
    (void)arg;
    Str words[] = {S("tea"), S("vip")};
    CustomerGroup group = {.present = PRESENT_ALL,
                           .id = {31},
                           .name = S("Friends"),
                           .description = S(""),
                           .created_at = ctx_now(cx),
                           .updated_at = ctx_now(cx)};
    WANT(group_insert(cx, &group));
    const Id both[] = {ann, ben};
    for (int i = 0; i < 2; i++) {
        add(cx, both[i], true, true);
        tags_put(cx, both[i], (StrList){words, 2});
        groups_put(cx, both[i], (IdList){&group.id, 1});
        note_insert(cx, &(CustomerNoteRow){.id = ctx_id(cx),
                                           .user_id = both[i],
                                           .author = S("user_1"),
                                           .text = S("Calls on Mondays.")});
    }
    announce(cx, &user_deleted, &(UserEvent){ann});
    WANT_INT(customer_addresses(cx, ann).n, 0);
    WANT_INT(customer_addresses(cx, ben).n, 1);
    WANT_INT(db_int(cx, -1, "select count(*) from customer_tags"), 2);
    WANT_INT(db_int(cx, -1, "select count(*) from customer_notes where user_id = $1", ann), 0);
    IdList left = users_of_group(cx, group.id, (Id){INT64_MAX}, 10);
    WANT(left.n == 1 && id_eq(left.items[0], ben));
    return !db_failure(cx);
}

static void nothing_is_left_of_who_goes(void **state)
{
    World *w = world_with(state, modules, ROWS(modules));
    RUN(w, TX_WRITE, forget, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(each_kind_has_one_default),
        ON_BOTH(two_defaults_are_refused),
        ON_BOTH(nothing_is_left_of_who_goes),
    };
    return cmocka_run_group_tests_name("customers", tests, worlds_begin, worlds_end);
}
