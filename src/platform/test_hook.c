/* A question goes to whoever decides, and nothing of an older answer is left in the new one. */
#include "platform/hook.h"

#include <setjmp.h>

#include <cmocka.h>

typedef struct Parcel {
    int64_t weight;
} Parcel;

typedef struct Postage {
    Money amount;
    Str carrier;
} Postage;

static const Type parcel_type = TYPE(Parcel, "Something to send.", FIELD(Parcel, weight, "Grams."));
static const Type postage_type = TYPE(Postage, "What that costs.", FIELD(Postage, amount, "Cents."),
                                      FIELD(Postage, carrier, "Who takes it."));

/* What is too heavy is not answered at all. */
static void weigh(Arena *arena, const Parcel *parcel, Postage *out)
{
    if (parcel->weight > 1000) return;
    out->amount.minor = parcel->weight / 2;
    out->carrier = str_format(arena, "carrier of %d", (int)parcel->weight);
}
HOOK_DECIDES(weigh, Parcel, Postage)

static const Hook postage = {"parcel.postage", "What does it cost to send a parcel?",
                             &parcel_type,     &postage_type,
                             weigh_decides,    "By weight."};

static void who_asks_gets_what_was_decided(void **state)
{
    (void)state;
    Arena *arena = arena_new(1024);
    Ctx cx = {.arena = arena};
    Postage answer = {.amount = {7}, .carrier = S("old")};
    hook_ask(&cx, &postage, &(Parcel){400}, &answer);
    assert_int_equal(answer.amount.minor, 200);
    assert_true(str_eq(answer.carrier, S("carrier of 400")));
    hook_ask(&cx, &postage, &(Parcel){2000}, &answer);
    assert_int_equal(answer.amount.minor, 0);
    assert_int_equal(answer.carrier.n, 0);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(who_asks_gets_what_was_decided)};
    return cmocka_run_group_tests_name("hook", tests, NULL, NULL);
}
