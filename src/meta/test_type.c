#include "meta/test_types.h"
#include "meta/type_check.h"

#include <setjmp.h>
#include <stdio.h>

#include <cmocka.h>

static void fields_are_found_by_name(void **state)
{
    (void)state;
    const Field *field = type_field(&thing_type, S("stock"));
    assert_non_null(field);
    assert_int_equal(field->offset, offsetof(Thing, stock));
    assert_int_equal(field->kind, KIND_INT);
    assert_null(type_field(&thing_type, S("stoc")));
    assert_null(type_field(&thing_type, S("stocks")));
    assert_null(type_field(&thing_type, S("")));
}

static void kinds_come_from_the_members(void **state)
{
    (void)state;
    static const Kind kinds[] = {
        KIND_ID,    KIND_STR,      KIND_STR,    KIND_INT,  KIND_BOOL,     KIND_DOUBLE,
        KIND_MONEY, KIND_CURRENCY, KIND_TIME,   KIND_ENUM, KIND_STR_LIST, KIND_ID_LIST,
        KIND_JSON,  KIND_OBJECT,   KIND_OBJECT, KIND_LIST, KIND_STR,      KIND_STR};
    assert_int_equal(thing_type.field_count, sizeof kinds / sizeof *kinds);
    for (size_t i = 0; i < thing_type.field_count; i++)
        assert_int_equal(thing_type.fields[i].kind, kinds[i]);
}

static void marks_go_on_and_off(void **state)
{
    (void)state;
    Thing thing = {0};
    const Field *note = type_field(&thing_type, S("note"));
    assert_false(field_is_set(&thing_type, note, &thing));
    field_mark(&thing_type, note, &thing, false, true); /* null implies set */
    assert_true(field_is_set(&thing_type, note, &thing));
    assert_true(field_is_null(&thing_type, note, &thing));
    MARK_SET(&thing_type, &thing, Thing, note);
    assert_true(IS_SET(&thing_type, &thing, Thing, note));
    assert_false(field_is_null(&thing_type, note, &thing));
    assert_int_equal(thing.present.set, 4);
    field_mark(&thing_type, note, &thing, false, false);
    assert_int_equal(thing.present.set, 0);
    Plain plain = {0};
    assert_true(IS_SET(&plain_type, &plain, Plain, name));
    assert_false(field_is_null(&plain_type, &plain_type.fields[0], &plain));
}

static void enums_have_names(void **state)
{
    (void)state;
    unsigned value = 77;
    assert_true(str_eq(enum_text(&status_names, STATUS_ACTIVE), S("active")));
    assert_false(enum_parse(&status_names, S("activ"), &value));
    assert_int_equal(value, 77);
    assert_true(enum_parse(&status_names, S("archived"), &value));
    assert_int_equal(value, STATUS_ARCHIVED);
}

static void the_types_of_the_tests_are_sound(void **state)
{
    (void)state;
    assert_type(&thing_type);
    assert_type(&plain_type);
}

/* ---- Faults: one type each ---- */

typedef struct Forgotten {
    int64_t a, b, c;
} Forgotten;
static const Type forgotten =
    TYPE(Forgotten, "No row for b.", FIELD(Forgotten, a, "First."), FIELD(Forgotten, c, "Third."));
static const Type forgotten_last =
    TYPE(Forgotten, "No row for c.", FIELD(Forgotten, a, "First."), FIELD(Forgotten, b, "Second."));
static const Type twice =
    TYPE(Forgotten, "One row twice.", FIELD(Forgotten, a, "First."), FIELD(Forgotten, b, "Second."),
         FIELD(Forgotten, c, "Third."), FIELD(Forgotten, b, "Second."));
static const Type silent = TYPE(Forgotten, "", FIELD(Forgotten, a, ""),
                                FIELD(Forgotten, b, "Second."), FIELD(Forgotten, c, "Third."));

typedef struct Padded {
    bool a;
    int64_t b;
    bool c;
} Padded;
static const Type padded = TYPE(Padded, "Padding is no fault.", FIELD(Padded, a, "First."),
                                FIELD(Padded, b, "Second."), FIELD(Padded, c, "Third."));

typedef struct One {
    Id id;
} One;
typedef struct OneText {
    Str text;
} OneText;
typedef struct OneNumber {
    int64_t n;
} OneNumber;
typedef struct OneSize {
    Size size;
} OneSize;
typedef struct OneList {
    PriceList list;
} OneList;
typedef struct OneStatus {
    Status status;
} OneStatus;
typedef struct OneFlag {
    bool flag;
} OneFlag;

static const EnumNames doubled_names = ENUM_NAMES("a", "b", "a");

#define ONE(T, ...) TYPE(T, "One field.", FIELD(T, __VA_ARGS__))
static const Type no_prefix = ONE(One, id, "Identifier.");
static const Type bad_prefix = ONE(One, id, "Identifier.", .prefix = "Prod_");
static const Type wrong_prefix = ONE(OneText, text, "Text.", .prefix = "prod");
static const Type wrong_size =
    TYPE(OneSize, "Another struct.", OBJECT(OneSize, size, "Size.", price_type));
static const Type size_is_int =
    TYPE(OneSize, "Another struct.", OBJECT(OneSize, size, "Size.", thing_type));
static const Type wrong_items =
    TYPE(OneList, "Another list.", LIST(OneList, list, "List.", plain_type));
static const Type doubled_enum =
    TYPE(OneStatus, "An enum.", ENUM(OneStatus, status, "Status.", doubled_names));
static const Type bad_pattern = ONE(OneText, text, "Text.", .pattern = "^(");
static const Type number_pattern = ONE(OneNumber, n, "Number.", .pattern = "^1$");
static const Type number_format = ONE(OneNumber, n, "Number.", .format = FORMAT_SLUG);
static const Type flag_bounds = ONE(OneFlag, flag, "Flag.", .max = 1);
static const Type crossed = ONE(OneNumber, n, "Number.", .required = true, .min = 2, .max = 1);
static const Type negative = ONE(OneText, text, "Text.", .min = -1);
static const Type contradiction = ONE(OneNumber, n, "Number.", .required = true, .read_only = true);
static const Type nullable_number = ONE(OneNumber, n, "Number.", .nullable = true);
static const Type bad_initial = ONE(OneNumber, n, "Number.", .max = 4, .initial = "5");
static const Type bad_zero = ONE(OneNumber, n, "Number.", .min = 1);
static const Type commas = ONE(OneText, text, "Text.", .commas = true);

static void each_fault_is_found(void **state)
{
    Arena *arena = *state;
    static const struct {
        const Type *type;
        const char *faults;
    } rows[] = {
        {&forgotten, "Forgotten.c: bytes 8 to 15 before it belong to no row\n"},
        {&forgotten_last, "Forgotten: bytes 16 to 23 before it belong to no row\n"},
        {&twice, "Forgotten.b: stands twice\nForgotten.b: overlaps the member before it\n"},
        {&silent, "Forgotten: has no prose\nForgotten.a: has no prose\n"},
        {&padded, ""},
        {&no_prefix, "One.id: needs a prefix of 1 to 8 letters a-z\n"},
        {&bad_prefix, "One.id: needs a prefix of 1 to 8 letters a-z\n"},
        {&wrong_prefix, "OneText.text: has a prefix and is no id\n"},
        {&wrong_size, ""}, /* the same size by chance */
        {&doubled_enum, "OneStatus.status: \"a\" stands twice\n"},
        {&bad_pattern, "OneText.text: pattern: missing closing parenthesis\n"},
        {&number_pattern, "OneNumber.n: has a pattern and is no text\n"},
        {&number_format, "OneNumber.n: has a format and is no text\n"},
        {&flag_bounds, "OneFlag.flag: has bounds, which its kind does not know\n"},
        {&crossed, "OneNumber.n: has a min above its max\n"},
        {&negative, "OneText.text: counts below zero\n"},
        {&contradiction, "OneNumber.n: is required and read-only\n"},
        {&nullable_number, "OneNumber.n: is nullable, which this kind can only be in a type with "
                           "absence\n"},
        {&bad_initial, "OneNumber.n: initial value must be at most 4, is 5\n"},
        {&bad_zero,
         "OneNumber.n: is neither required nor has an initial value, and its zero must be "
         "at least 1, is 0\n"},
        {&commas, "OneText.text: has commas and is no list of texts or ids\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_string_equal(str_z(arena, type_check(arena, rows[i].type)), rows[i].faults);
}

static void sizes_of_nested_structs_are_compared(void **state)
{
    Arena *arena = *state;
    Str items = type_check(arena, &wrong_items), size = type_check(arena, &size_is_int);
    Str expected = str_format(arena, "OneList.list: items have %zu bytes, Plain has %zu\n",
                              sizeof(Price), sizeof(Plain));
    assert_string_equal(str_z(arena, items), str_z(arena, expected));
    expected = str_format(arena, "OneSize.size: the member has %zu bytes, its kind has %zu\n",
                          sizeof(Size), sizeof(Thing));
    assert_string_equal(str_z(arena, size), str_z(arena, expected));
}

#define WITH_ARENA(test) cmocka_unit_test_setup_teardown(test, setup_arena, teardown_arena)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_found_by_name),
        cmocka_unit_test(kinds_come_from_the_members),
        cmocka_unit_test(marks_go_on_and_off),
        cmocka_unit_test(enums_have_names),
        cmocka_unit_test(the_types_of_the_tests_are_sound),
        WITH_ARENA(each_fault_is_found),
        WITH_ARENA(sizes_of_nested_structs_are_compared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
