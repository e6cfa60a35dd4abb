/* What the catalogue decides, without asking anybody.
 *
 * The rules look at a product as it would be stored, whichever request made it so, and note every
 * breach with its place: in the product, or, for a variant that was sent by itself, in the variant.
 * What only the store can tell (a handle or a SKU that another product has) is not asked here: the
 * insert answers it, in the same transaction, and nobody can come between. */
#include "modules/catalog/rules.h"

#include "meta/json.h"

const Error error_handle_taken = {
    "handle_taken", 409, "Another product has this handle.", LOG_DEBUG,
    "Choose another handle, or leave it out and one is made from the title."};
const Error error_sku_taken = {
    "sku_taken", 409, "Another variant has this SKU.", LOG_DEBUG,
    "SKUs are unique in the shop; choose another one, or change the other variant first."};
const Error error_variants_full = {"variants_full", 409,
                                   "The product has as many variants as it can have.", LOG_DEBUG,
                                   "Delete a variant, or make a second product."};

const ViolationCode unknown_reference = {"unknown_reference",
                                         "It names something that is not there."};
static const ViolationCode repeated = {"repeated", "The same value stands twice."};
static const ViolationCode contradiction = {"contradiction", "Two values do not fit each other."};
static const ViolationCode wrong_attribute = {
    "wrong_attribute", "The attribute is not what the product type says of it."};
static const ViolationCode not_an_option = {"not_an_option",
                                            "The variant does not fit the product's options."};

/* ---- Whole products -------------------------------------------------------------------------- */

static bool list_has(StrList list, Str text)
{
    for (size_t i = 0; i < list.n; i++)
        if (str_eq(list.items[i], text)) return true;
    return false;
}

static void note_member(Violations *bad, const ViolationCode *code, Str place, const char *member,
                        const char *message)
{
    Str pointer = str_format(bad->arena, "%.*s/%s", STR_ARG(place), member);
    violation_add_at(bad, pointer, code, str_from(message));
}

static void note(Violations *bad, const ViolationCode *code, Str place, const char *member,
                 size_t i, const char *message)
{
    Str pointer = str_format(bad->arena, "%.*s/%s/%zu", STR_ARG(place), member, i);
    violation_add_at(bad, pointer, code, str_from(message));
}

static void check_options(Violations *bad, OptionList options)
{
    for (size_t i = 0; i < options.n; i++) {
        for (size_t k = 0; k < i; k++)
            if (str_eq(options.items[i].name, options.items[k].name))
                note(bad, &repeated, S(""), "options", i, "has the name of another option");
        StrList values = options.items[i].values;
        for (size_t k = 0; k < values.n; k++)
            if (list_has((StrList){values.items, k}, values.items[k]))
                note(bad, &repeated, str_format(bad->arena, "/options/%zu", i), "values", k,
                     "stands twice");
    }
}

static bool same_price(const Price *a, const Price *b)
{
    return str_eq(a->channel, b->channel) && currency_eq(a->currency, b->currency) &&
           id_eq(a->price_list, b->price_list) && a->min_quantity == b->min_quantity &&
           a->starts_at.us == b->starts_at.us;
}

static bool has(const Price *price, size_t member)
{
    return type_member_is_set(&price_type, price, member);
}
#define HAS(price, member) has((price), offsetof(Price, member))

static void check_price(Violations *bad, Str place, const Price *price, size_t i)
{
    if (HAS(price, compare_at) && price->compare_at.minor <= price->amount.minor)
        note(bad, &contradiction, place, "prices", i,
             "has a compare_at that is not above its amount");
    if (HAS(price, ends_at) && price->ends_at.us <= price->starts_at.us)
        note(bad, &contradiction, place, "prices", i, "ends before it starts");
}

static void check_prices(Violations *bad, Str place, Prices prices)
{
    for (size_t i = 0; i < prices.n; i++) {
        check_price(bad, place, &prices.items[i], i);
        for (size_t k = 0; k < i; k++)
            if (same_price(&prices.items[i], &prices.items[k]))
                note(bad, &repeated, place, "prices", i,
                     "is a second price for the same channel, currency, list, quantity and start");
    }
}

static void check_costs(Violations *bad, Str place, Costs costs)
{
    for (size_t i = 0; i < costs.n; i++)
        for (size_t k = 0; k < i; k++)
            if (currency_eq(costs.items[i].currency, costs.items[k].currency))
                note(bad, &repeated, place, "costs", i, "is a second cost in the same currency");
}

static void check_fit(Violations *bad, Str place, OptionList options, const Variant *variant)
{
    if (variant->options.n != options.n) {
        Str pointer = str_format(bad->arena, "%.*s/options", STR_ARG(place));
        violation_add_at(bad, pointer, &not_an_option,
                         str_format(bad->arena,
                                    "must have one value for each of the product's %zu options, "
                                    "has %zu",
                                    options.n, variant->options.n));
        return;
    }
    for (size_t i = 0; i < options.n; i++)
        if (!list_has(options.items[i].values, variant->options.items[i]))
            note(bad, &not_an_option, place, "options", i, "is no value of the product's option");
}

static void check_categories(Violations *bad, IdList categories)
{
    for (size_t i = 0; i < categories.n; i++)
        for (size_t k = 0; k < i; k++)
            if (id_eq(categories.items[i], categories.items[k]))
                note(bad, &repeated, S(""), "categories", i, "stands twice");
}

/* ---- Attributes ------------------------------------------------------------------------------ */

static bool attribute_is(Arena *arena, const AttributeRule *rule, Json value)
{
    char first = value.text.p[0];
    switch (rule->kind) {
    case ATTRIBUTE_TEXT:
        return first == '"';
    case ATTRIBUTE_NUMBER:
        return first == '-' || (first >= '0' && first <= '9');
    case ATTRIBUTE_BOOLEAN:
        return first == 't' || first == 'f';
    case ATTRIBUTE_CHOICE:
        break;
    }
    return first == '"' && list_has(rule->choices, json_scalar_text(arena, value));
}

static const char *kind_expected(AttributeKind kind)
{
    static const char *const words[] = {"must be a text", "must be a number",
                                        "must be true or false", "is none of the type's choices"};
    return words[kind];
}

static void check_value(Violations *bad, const Attribute *attribute, size_t i,
                        const AttributeRule *rule)
{
    char first = attribute->value.text.p[0];
    if (first == '{' || first == '[' || first == 'n')
        note(bad, &wrong_attribute, S(""), "attributes", i,
             "must have a text, a number, true or false as its value");
    else if (rule && !attribute_is(bad->arena, rule, attribute->value))
        note(bad, &wrong_attribute, S(""), "attributes", i, kind_expected(rule->kind));
}

static const AttributeRule *rule_named(const ProductType *type, Str name)
{
    for (size_t i = 0; type && i < type->attributes.n; i++)
        if (str_eq(type->attributes.items[i].name, name)) return &type->attributes.items[i];
    return NULL;
}

static bool attribute_named(AttributeList attributes, Str name)
{
    for (size_t i = 0; i < attributes.n; i++)
        if (str_eq(attributes.items[i].name, name)) return true;
    return false;
}

/* What the type does not name may be told all the same. */
static void check_attributes(Violations *bad, AttributeList attributes, const ProductType *type)
{
    for (size_t i = 0; i < attributes.n; i++) {
        const Attribute *attribute = &attributes.items[i];
        if (attribute_named((AttributeList){attributes.items, i}, attribute->name))
            note(bad, &repeated, S(""), "attributes", i, "has the name of another attribute");
        check_value(bad, attribute, i, rule_named(type, attribute->name));
    }
    for (size_t i = 0; type && i < type->attributes.n; i++) {
        const AttributeRule *rule = &type->attributes.items[i];
        if (!rule->required || attribute_named(attributes, rule->name)) continue;
        violation_add_at(bad, S("/attributes"), VIOLATION(REQUIRED),
                         str_format(bad->arena, "must have \"%.*s\", as each %.*s has",
                                    STR_ARG(rule->name), STR_ARG(type->name)));
    }
}

void product_type_check(Violations *bad, const ProductType *type)
{
    for (size_t i = 0; i < type->attributes.n; i++) {
        const AttributeRule *rule = &type->attributes.items[i];
        for (size_t k = 0; k < i; k++)
            if (str_eq(rule->name, type->attributes.items[k].name))
                note(bad, &repeated, S(""), "attributes", i, "has the name of another attribute");
        if ((rule->kind == ATTRIBUTE_CHOICE) != (rule->choices.n > 0))
            note(bad, &contradiction, S(""), "attributes", i,
                 rule->choices.n ? "has choices but is no choice" : "is a choice without choices");
    }
}

/* ---- Variants -------------------------------------------------------------------------------- */

static bool same_choice(StrList a, StrList b)
{
    if (a.n != b.n) return false;
    for (size_t i = 0; i < a.n; i++)
        if (!str_eq(a.items[i], b.items[i])) return false;
    return true;
}

/* The variant by itself, and beside the first `others` of its product's variants. */
static void check_variant(Violations *bad, Str place, const Product *product,
                          const Variant *variant, size_t others)
{
    check_prices(bad, place, variant->prices);
    check_costs(bad, place, variant->costs);
    check_fit(bad, place, product->options, variant);
    for (size_t i = 0; i < others; i++) {
        const Variant *other = &product->variants.items[i];
        if (other != variant && same_choice(other->options, variant->options))
            note_member(bad, &repeated, place, "options",
                        "is the same choice of options as another variant");
    }
}

void variant_check(Violations *bad, const Product *product, const Variant *variant)
{
    check_variant(bad, S(""), product, variant, product->variants.n);
}

void product_check(Violations *bad, const Product *product, const ProductType *type)
{
    check_options(bad, product->options);
    check_categories(bad, product->categories);
    check_attributes(bad, product->attributes, type);
    VariantList variants = product->variants;
    for (size_t i = 0; i < variants.n; i++) {
        const Variant *variant = &variants.items[i];
        Str place = str_format(bad->arena, "/variants/%zu", i);
        check_variant(bad, place, product, variant, i);
        for (size_t k = 0; k < i; k++)
            if (variant->sku.n && str_eq(variants.items[k].sku, variant->sku))
                note_member(bad, &repeated, place, "sku", "is the SKU of another variant");
    }
}

/* ---- What a shopper sees --------------------------------------------------------------------- */

static void sooner(Time *until, Time at)
{
    if (!until->us || at.us < until->us) *until = at;
}

/* Is the price in force now? Notes when that will change. */
static bool in_force(const Price *price, Time now, Time *until)
{
    if (HAS(price, starts_at) && price->starts_at.us > now.us) {
        sooner(until, price->starts_at);
        return false;
    }
    if (!HAS(price, ends_at)) return true;
    if (price->ends_at.us > now.us) sooner(until, price->ends_at);
    return price->ends_at.us > now.us;
}

static Price *price_like(Prices prices, const Price *like)
{
    for (size_t i = 0; i < prices.n; i++)
        if (currency_eq(prices.items[i].currency, like->currency) &&
            prices.items[i].min_quantity == like->min_quantity)
            return &prices.items[i];
    return NULL;
}

Prices prices_in_force(Arena *arena, Prices all, Str channel, Time now, Time *until)
{
    Prices seen = {NEW_N(arena, Price, all.n), 0};
    for (size_t i = 0; i < all.n; i++) {
        const Price *price = &all.items[i];
        if (price->price_list.n || !str_eq(price->channel, channel)) continue;
        if (!in_force(price, now, until)) continue;
        Price *other = price_like(seen, price);
        if (!other)
            seen.items[seen.n++] = *price;
        else if (price->starts_at.us > other->starts_at.us)
            *other = *price;
    }
    return seen;
}

/* Staff see all, past and future ones too, narrowed by what they ask for. */
static Prices prices_for(Arena *arena, Prices all, const ProductView *view, Time now, Time *until)
{
    Prices from = view->staff ? all : prices_in_force(arena, all, view->channel, now, until);
    Prices seen = {NEW_N(arena, Price, from.n), 0};
    for (size_t i = 0; i < from.n; i++) {
        const Price *price = &from.items[i];
        bool channel = !view->channel.n || str_eq(price->channel, view->channel);
        bool currency = !view->currency.code[0] || currency_eq(price->currency, view->currency);
        if (channel && currency) seen.items[seen.n++] = *price;
    }
    return seen;
}

Product product_seen(Arena *arena, const Product *product, const ProductView *view, Time now,
                     Time *until)
{
    Product seen = *product;
    seen.variants.items = arena_copy(arena, product->variants.items,
                                     product->variants.n * sizeof *product->variants.items);
    for (size_t i = 0; i < seen.variants.n; i++) {
        Variant *variant = &seen.variants.items[i];
        variant->prices = prices_for(arena, variant->prices, view, now, until);
    }
    return seen;
}

/* ---- Variants of a product ------------------------------------------------------------------- */

Variant *product_variant(const Product *product, Id id)
{
    for (size_t i = 0; i < product->variants.n; i++)
        if (id_eq(product->variants.items[i].id, id)) return &product->variants.items[i];
    return NULL;
}

Variant *product_add_variant(Arena *arena, Product *product, const Variant *variant)
{
    VariantList old = product->variants;
    VariantList grown = {NEW_N(arena, Variant, old.n + 1), old.n + 1};
    if (old.n) memcpy(grown.items, old.items, old.n * sizeof *old.items);
    grown.items[old.n] = *variant;
    product->variants = grown;
    return &grown.items[old.n];
}

void product_remove_variant(Product *product, Id id)
{
    VariantList *variants = &product->variants;
    size_t kept = 0;
    for (size_t i = 0; i < variants->n; i++)
        if (!id_eq(variants->items[i].id, id)) variants->items[kept++] = variants->items[i];
    variants->n = kept;
}

void product_leave_category(Product *product, Id category)
{
    IdList *categories = &product->categories;
    size_t kept = 0;
    for (size_t i = 0; i < categories->n; i++)
        if (!id_eq(categories->items[i], category))
            categories->items[kept++] = categories->items[i];
    categories->n = kept;
}
