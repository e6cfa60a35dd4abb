/* A product takes as many rows as it has variants or pictures, whichever are more: row i has variant i
 * and picture i, as in Shopify's own exports. Only columns are written that Souk has something to say
 * in: importing the file elsewhere leaves everything else there as it is. */
#include "modules/catalog/transfer/shopify_rows.h"

#include "meta/html_markdown.h"
#include "meta/json.h"
#include "modules/catalog/transfer/draft.h"

/* The columns of each generation in its order. The attributes stand before the first column of prices
 * in other currencies, and those at the end, but for the old generation's status. */
static const ColumnKind new_order[COLUMN_FIXED] = {
    COLUMN_TITLE,          COLUMN_HANDLE,       COLUMN_DESCRIPTION,   COLUMN_VENDOR,
    COLUMN_CATEGORY,       COLUMN_TYPE,         COLUMN_TAGS,          COLUMN_PUBLISHED,
    COLUMN_STATUS,         COLUMN_SKU,          COLUMN_BARCODE,       COLUMN_OPTION1_NAME,
    COLUMN_OPTION1_VALUE,  COLUMN_OPTION2_NAME, COLUMN_OPTION2_VALUE, COLUMN_OPTION3_NAME,
    COLUMN_OPTION3_VALUE,  COLUMN_PRICE,        COLUMN_COMPARE_AT,    COLUMN_COST,
    COLUMN_TAX_CODE,       COLUMN_QUANTITY,     COLUMN_WEIGHT,        COLUMN_IMAGE,
    COLUMN_IMAGE_POSITION, COLUMN_IMAGE_ALT,    COLUMN_SEO_TITLE,     COLUMN_SEO_DESCRIPTION,
};
static const ColumnKind old_order[COLUMN_FIXED] = {
    COLUMN_HANDLE,          COLUMN_TITLE,          COLUMN_DESCRIPTION,  COLUMN_VENDOR,
    COLUMN_CATEGORY,        COLUMN_TYPE,           COLUMN_TAGS,         COLUMN_PUBLISHED,
    COLUMN_OPTION1_NAME,    COLUMN_OPTION1_VALUE,  COLUMN_OPTION2_NAME, COLUMN_OPTION2_VALUE,
    COLUMN_OPTION3_NAME,    COLUMN_OPTION3_VALUE,  COLUMN_SKU,          COLUMN_WEIGHT,
    COLUMN_QUANTITY,        COLUMN_PRICE,          COLUMN_COMPARE_AT,   COLUMN_BARCODE,
    COLUMN_IMAGE,           COLUMN_IMAGE_POSITION, COLUMN_IMAGE_ALT,    COLUMN_SEO_TITLE,
    COLUMN_SEO_DESCRIPTION, COLUMN_TAX_CODE,       COLUMN_COST,         COLUMN_STATUS,
};

static const ColumnKind *order_of(Generation generation)
{
    return generation == GENERATION_NEW ? new_order : old_order;
}

/* ---- Fields of a line ------------------------------------------------------------------------ */

typedef struct Line {
    Buf *out;
    Arena *arena;
    size_t n; /* fields so far */
} Line;

static void put_text(Line *line, Str text)
{
    if (line->n++) buf_char(line->out, ',');
    csv_write_field(line->out, csv_guard(line->arena, text));
}

static void end_line(Line *line)
{
    buf_lit(line->out, "\r\n");
    line->n = 0;
}

static Str int_text(Arena *arena, int64_t value)
{
    return str_format(arena, "%lld", (long long)value);
}

/* ---- The header ------------------------------------------------------------------------------ */

void shopify_write_header(Buf *out, const RowShape *shape)
{
    Line line = {.out = out, .arena = out->arena};
    for (size_t i = 0; i < COLUMN_FIXED; i++)
        put_text(&line, column_name(order_of(shape->generation)[i], shape->generation));
    for (size_t i = 0; i < shape->attributes.n; i++)
        put_text(&line, attribute_column_name(out->arena, shape->attributes.items[i]));
    for (size_t i = 0; i < shape->others.n; i++) {
        Str market = currency_text(&shape->others.items[i].currency);
        put_text(&line, market_column_name(out->arena, market, COLUMN_PRICE, shape->generation));
        put_text(&line,
                 market_column_name(out->arena, market, COLUMN_COMPARE_AT, shape->generation));
    }
    end_line(&line);
}

/* ---- What a row says ------------------------------------------------------------------------- */

typedef struct Row {
    Arena *arena;
    const RowShape *shape;
    const Product *product;
    const Variant *variant; /* NULL: the row has none */
    const Image *image;     /* the same */
    size_t index;
    Str category;
} Row;

static bool is_shown_in_default(const Product *product)
{
    for (size_t i = 0; i < product->channels.n; i++)
        if (str_eq(product->channels.items[i], S("default"))) return true;
    return false;
}

/* Of the first row. */
static Str product_cell(const Row *row, ColumnKind kind)
{
    const Product *product = row->product;
    switch ((int)kind) {
    case COLUMN_TITLE:
        return product->title;
    case COLUMN_DESCRIPTION:
        return markdown_to_html(row->arena, product->description, 1);
    case COLUMN_VENDOR:
        return product->vendor;
    case COLUMN_CATEGORY:
        return row->category;
    case COLUMN_TYPE:
        return product->type;
    case COLUMN_TAGS:
        return tags_text(row->arena, product->tags);
    case COLUMN_PUBLISHED:
        return is_shown_in_default(product) ? S("TRUE") : S("FALSE");
    case COLUMN_STATUS:
        return enum_text(&product_status_names, product->status);
    case COLUMN_SEO_TITLE:
        return product->seo.title;
    default:
        return product->seo.description;
    }
}

/* The plain price of everybody in that currency, or NULL: what the columns of prices can say. */
static const Price *plain_price(const Variant *variant, Currency currency)
{
    for (size_t i = 0; i < variant->prices.n; i++) {
        const Price *price = &variant->prices.items[i];
        bool always = !IS_SET(&price_type, price, Price, starts_at) &&
                      !IS_SET(&price_type, price, Price, ends_at);
        if (currency_eq(price->currency, currency) && str_eq(price->channel, S("default")) &&
            !price->price_list.n && price->min_quantity == 1 && always)
            return price;
    }
    return NULL;
}

static Str price_cell(const Row *row, Currency currency, bool compare_at)
{
    const Price *price = row->variant ? plain_price(row->variant, currency) : NULL;
    if (!price || (compare_at && !IS_SET(&price_type, price, Price, compare_at))) return S("");
    return money_text(row->arena, compare_at ? price->compare_at : price->amount, currency);
}

static Str cost_cell(const Row *row)
{
    const Costs *costs = &row->variant->costs;
    for (size_t i = 0; i < costs->n; i++)
        if (currency_eq(costs->items[i].currency, row->shape->currency))
            return money_text(row->arena, costs->items[i].amount, row->shape->currency);
    return S("");
}

static Str variant_cell(const Row *row, ColumnKind kind)
{
    const Variant *variant = row->variant;
    switch ((int)kind) {
    case COLUMN_SKU:
        return variant->sku;
    case COLUMN_BARCODE:
        return variant->barcode;
    case COLUMN_PRICE:
        return price_cell(row, row->shape->currency, false);
    case COLUMN_COMPARE_AT:
        return price_cell(row, row->shape->currency, true);
    case COLUMN_COST:
        return cost_cell(row);
    case COLUMN_TAX_CODE:
        return variant->tax_class;
    case COLUMN_QUANTITY:
        return int_text(row->arena, variant->stock);
    default:
        return IS_SET(&variant_type, variant, Variant, weight)
                   ? int_text(row->arena, variant->weight)
                   : S("");
    }
}

/* A product without options has one that is called "Title", as Shopify has it. */
static Str option_cell(const Row *row, size_t option, bool name)
{
    const Product *product = row->product;
    bool plain = product->options.n == 0 && product->variants.n > 0 && option == 0;
    if (name && row->index) return S("");
    if (name && plain) return S("Title");
    if (name) return option < product->options.n ? product->options.items[option].name : S("");
    if (!row->variant) return S("");
    if (plain) return S("Default Title");
    return option < row->variant->options.n ? row->variant->options.items[option] : S("");
}

static Str image_cell(const Row *row, ColumnKind kind)
{
    if (kind == COLUMN_IMAGE) return row->image->url;
    if (kind == COLUMN_IMAGE_ALT) return row->image->alt;
    return int_text(row->arena, (int64_t)row->index + 1);
}

static Str fixed_cell(const Row *row, ColumnKind kind)
{
    if (kind == COLUMN_HANDLE) return row->product->handle;
    if (kind >= COLUMN_OPTION1_NAME && kind <= COLUMN_OPTION3_VALUE)
        return option_cell(row, (size_t)(kind - COLUMN_OPTION1_NAME) / 2,
                           (kind - COLUMN_OPTION1_NAME) % 2 == 0);
    bool of_image = kind >= COLUMN_IMAGE && kind <= COLUMN_IMAGE_ALT;
    if (of_image) return row->image ? image_cell(row, kind) : S("");
    bool of_variant = kind == COLUMN_SKU || kind == COLUMN_BARCODE ||
                      (kind >= COLUMN_PRICE && kind <= COLUMN_WEIGHT);
    if (of_variant) return row->variant ? variant_cell(row, kind) : S("");
    return row->index ? S("") : product_cell(row, kind);
}

static Str attribute_cell(const Row *row, Str name)
{
    const AttributeList *attributes = &row->product->attributes;
    for (size_t i = 0; !row->index && i < attributes->n; i++)
        if (str_eq(attributes->items[i].name, name))
            return json_scalar_text(row->arena, attributes->items[i].value);
    return S("");
}

static void write_row(Line *line, const Row *row)
{
    const RowShape *shape = row->shape;
    for (size_t i = 0; i < COLUMN_FIXED; i++)
        put_text(line, fixed_cell(row, order_of(shape->generation)[i]));
    for (size_t i = 0; i < shape->attributes.n; i++)
        put_text(line, attribute_cell(row, shape->attributes.items[i]));
    for (size_t i = 0; i < shape->others.n; i++) {
        put_text(line, price_cell(row, shape->others.items[i].currency, false));
        put_text(line, price_cell(row, shape->others.items[i].currency, true));
    }
    end_line(line);
}

void shopify_write_rows(Buf *out, Arena *arena, const RowShape *shape, const Product *product,
                        Str category)
{
    Line line = {.out = out, .arena = arena};
    size_t n = product->variants.n > product->images.n ? product->variants.n : product->images.n;
    for (size_t i = 0; i < (n ? n : 1); i++) {
        Row row = {.arena = arena,
                   .shape = shape,
                   .product = product,
                   .variant = i < product->variants.n ? &product->variants.items[i] : NULL,
                   .image = i < product->images.n ? &product->images.items[i] : NULL,
                   .index = i,
                   .category = category};
        write_row(&line, &row);
    }
}
