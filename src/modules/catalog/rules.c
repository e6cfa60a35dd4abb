/* What the catalogue decides, without asking anybody.
 *
 * The rules look at a product as it would be stored, whichever request made it so, and note every
 * breach with its place: in the product, or, for a variant that was sent by itself, in the variant.
 * What only the store can tell (a handle or a SKU that another product has) is not asked here: the
 * insert answers it, in the same transaction, and nobody can come between. */
#include "modules/catalog/rules.h"

const Error error_handle_taken = {
    "handle_taken", 409, "Another product has this handle.", LOG_DEBUG,
    "Choose another handle, or leave it out and one is made from the title."};
const Error error_sku_taken = {
    "sku_taken", 409, "Another variant has this SKU.", LOG_DEBUG,
    "SKUs are unique in the shop; choose another one, or change the other variant first."};
const Error error_variants_full = {"variants_full", 409,
                                   "The product has as many variants as it can have.", LOG_DEBUG,
                                   "Delete a variant, or make a second product."};

static const ViolationCode repeated = {"repeated", "The same value stands twice."};
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

static void check_prices(Violations *bad, Str place, PriceList prices)
{
    for (size_t i = 0; i < prices.n; i++)
        for (size_t k = 0; k < i; k++)
            if (str_eq(prices.items[i].channel, prices.items[k].channel) &&
                currency_eq(prices.items[i].currency, prices.items[k].currency))
                note(bad, &repeated, place, "prices", i,
                     "is a second price for the same channel and currency");
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

void product_check(Violations *bad, const Product *product)
{
    check_options(bad, product->options);
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

/* ---- Merge patches --------------------------------------------------------------------------- */

#define TAKE(T, type, to, from, member)                                                            \
    do {                                                                                           \
        if (IS_SET((type), (from), T, member)) (to)->member = (from)->member;                      \
    } while (0)

void product_merge(Product *product, const Product *patch)
{
    TAKE(Product, &product_type, product, patch, handle);
    TAKE(Product, &product_type, product, patch, title);
    TAKE(Product, &product_type, product, patch, description);
    TAKE(Product, &product_type, product, patch, status);
    TAKE(Product, &product_type, product, patch, channels);
    TAKE(Product, &product_type, product, patch, tags);
    TAKE(Product, &product_type, product, patch, options);
    TAKE(Product, &product_type, product, patch, attributes);
    TAKE(Product, &product_type, product, patch, images);
}

void variant_merge(Variant *variant, const Variant *patch)
{
    TAKE(Variant, &variant_type, variant, patch, sku);
    TAKE(Variant, &variant_type, variant, patch, barcode);
    TAKE(Variant, &variant_type, variant, patch, options);
    TAKE(Variant, &variant_type, variant, patch, position);
    TAKE(Variant, &variant_type, variant, patch, prices);
}
