/* Which column a pointer into a product leads to: what the rules find wrong, in the terms of the file. */
#include "modules/catalog/transfer/shopify_draft.h"

/* Members of products and variants, and their columns. */
static const struct {
    const char *member;
    ColumnKind column;
} places[] = {
    {"handle", COLUMN_HANDLE},       {"title", COLUMN_TITLE},   {"description", COLUMN_DESCRIPTION},
    {"vendor", COLUMN_VENDOR},       {"type", COLUMN_TYPE},     {"tags", COLUMN_TAGS},
    {"categories", COLUMN_CATEGORY}, {"status", COLUMN_STATUS}, {"sku", COLUMN_SKU},
    {"barcode", COLUMN_BARCODE},     {"prices", COLUMN_PRICE},  {"costs", COLUMN_COST},
    {"tax_class", COLUMN_TAX_CODE},  {"weight", COLUMN_WEIGHT}, {"stock", COLUMN_QUANTITY},
    {"channels", COLUMN_PUBLISHED},
};

/* Takes the next step of a pointer off it. */
static Str next_step(Str *pointer)
{
    Str step;
    if (str_starts(*pointer, S("/"))) *pointer = str_slice(*pointer, 1, pointer->n);
    size_t end = str_find_char(*pointer, '/');
    step = str_slice(*pointer, 0, end);
    *pointer = str_slice(*pointer, end, pointer->n);
    return step;
}

static Str place_of_attribute(const Columns *columns, const Product *product, Str index)
{
    int64_t i;
    if (!str_to_int(index, &i) || (size_t)i >= product->attributes.n) return S("");
    for (size_t k = 0; k < columns->attribute_count; k++)
        if (str_eq(columns->attributes[k].name, product->attributes.items[i].name))
            return columns->names[columns->attributes[k].column];
    return product->attributes.items[i].name;
}

/* Of "/options/1/values/3" of a product, and "/options/1" of a variant. */
static ColumnKind place_of_option(Str index, Str rest, bool variant)
{
    int64_t i;
    if (!str_to_int(index, &i) || i >= OPTIONS_MAX) i = 0;
    bool name = !variant && (!rest.n || str_starts(rest, S("/name")));
    return (ColumnKind)(2 * i + (name ? COLUMN_OPTION1_NAME : COLUMN_OPTION1_VALUE));
}

Str shopify_place(const Draft *draft, Str pointer, const Product *product)
{
    const Columns *columns = ((const ShopifyDraft *)draft)->columns;
    Str rest = pointer, step = next_step(&rest);
    bool variant = str_eq(step, S("variants")) && rest.n;
    if (variant) {
        next_step(&rest);
        step = next_step(&rest);
    }
    Str index = next_step(&rest);
    if (str_eq(step, S("options")))
        return column_shown(columns, place_of_option(index, rest, variant));
    if (str_eq(step, S("attributes"))) return place_of_attribute(columns, product, index);
    if (str_eq(step, S("images")))
        return column_shown(columns, str_eq(rest, S("/alt")) ? COLUMN_IMAGE_ALT : COLUMN_IMAGE);
    if (str_eq(step, S("seo")))
        return column_shown(columns,
                            str_eq(index, S("title")) ? COLUMN_SEO_TITLE : COLUMN_SEO_DESCRIPTION);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (str_eq(step, str_from(places[i].member)))
            return column_shown(columns, places[i].column);
    return pointer;
}
