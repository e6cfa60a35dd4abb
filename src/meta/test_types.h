/* Types that the tests of this folder share: one of each kind, nested, with and without absence. */
#ifndef META_TEST_TYPES_H
#define META_TEST_TYPES_H

#include "base/buf.h"
#include "meta/check.h"

typedef enum Status { STATUS_DRAFT, STATUS_ACTIVE, STATUS_ARCHIVED } Status;
static const EnumNames status_names = ENUM_NAMES("draft", "active", "archived");

typedef struct Price {
    Currency currency;
    Money amount;
} Price;

static const Type price_type =
    TYPE(Price, "What a thing costs.", FIELD(Price, currency, "Of the amount.", .required = true),
         FIELD(Price, amount, "Minor units.", .required = true, .min = 0));

typedef struct PriceList {
    Price *items;
    size_t n;
} PriceList;

/* Partial in a patch. */
typedef struct Address {
    Present present;
    Str city, email;
} Address;

static const Type address_type = TYPE_WITH_ABSENCE(
    Address, "Where someone lives.", FIELD(Address, city, "Town.", .required = true, .min = 1),
    FIELD(Address, email, "To write to.", .format = FORMAT_EMAIL));

/* Cannot be partial. */
typedef struct Size {
    int64_t width, height;
} Size;

static const Type size_type = TYPE(Size, "Millimetres.", FIELD(Size, width, "Left to right."),
                                   FIELD(Size, height, "Bottom to top.", .min = 1, .initial = "1"));

typedef struct Thing {
    Present present;
    Id id;
    Str name;
    Str note;
    int64_t stock;
    bool active;
    double weight;
    Money cost;
    Currency currency;
    Time created_at;
    Status status;
    StrList tags;
    IdList parents;
    Json metadata;
    Address address;
    Size size;
    PriceList prices;
    Str secret;
    Str site;
} Thing;

static const Type thing_type = TYPE_WITH_ABSENCE(
    Thing, "One of each kind.",
    FIELD(Thing, id, "Identifier.", .prefix = "thing", .read_only = true),
    FIELD(Thing, name, "Its name.", .required = true, .min = 1, .max = 5),
    FIELD(Thing, note, "A remark.", .nullable = true),
    FIELD(Thing, stock, "How many.", .min = 0, .max = 1000, .initial = "7"),
    FIELD(Thing, active, "Can it be seen?"), FIELD(Thing, weight, "Kilograms.", .min = 0),
    FIELD(Thing, cost, "Minor units."), FIELD(Thing, currency, "Of the cost."),
    FIELD(Thing, created_at, "When it was made.", .read_only = true),
    ENUM(Thing, status, "Its stage.", status_names),
    FIELD(Thing, tags, "Words.", .max = 3, .item_max = 4, .pattern = "^[a-z]+$"),
    FIELD(Thing, parents, "What it belongs to.", .prefix = "thing"),
    FIELD(Thing, metadata, "Anything.", .max = 60),
    OBJECT(Thing, address, "Where it is.", address_type),
    OBJECT(Thing, size, "How large.", size_type),
    LIST(Thing, prices, "What it costs.", price_type, .max = 2),
    FIELD(Thing, secret, "Not shown.", .write_only = true),
    FIELD(Thing, site, "Its page.", .format = FORMAT_URL));

/* Without absence: the zero of a Str, Id, Currency or Json is "nothing". */
typedef struct Plain {
    Id id;
    Str name, note;
    int64_t n;
    Json extra;
    Currency currency;
} Plain;

static const Type plain_type = TYPE(
    Plain, "Always whole.", FIELD(Plain, id, "Identifier.", .prefix = "plain", .nullable = true),
    FIELD(Plain, name, "Its name.", .required = true),
    FIELD(Plain, note, "A remark.", .nullable = true, .max = 3),
    FIELD(Plain, n, "A number.", .initial = "5", .max = 9),
    FIELD(Plain, extra, "Anything.", .nullable = true),
    FIELD(Plain, currency, "Of nothing.", .nullable = true));

static inline int setup_arena(void **state)
{
    *state = arena_new(4096);
    return 0;
}

static inline int teardown_arena(void **state)
{
    arena_free(*state);
    return 0;
}

/* "/name too_long, /stock wrong_type": where and what, in the order found. */
static inline const char *summary(const Violations *violations)
{
    Buf buf = buf_new(violations->arena, 100000);
    for (size_t i = 0; i < violations->n; i++) {
        if (i) buf_lit(&buf, ", ");
        buf_put(&buf, violations->items[i].pointer);
        buf_char(&buf, ' ');
        buf_put(&buf, str_from(violations->items[i].code->code));
    }
    return str_z(violations->arena, buf_str(&buf));
}

static inline const char *first_message(const Violations *violations)
{
    return violations->n ? str_z(violations->arena, violations->items[0].message) : "";
}

#endif
