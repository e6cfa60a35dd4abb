/* Shopify's product CSV exists in two generations, which name the same things differently ("Handle",
 * "URL handle"). Columns are found by their names, in any order and either generation, since people
 * delete, move and mix them; case does not matter. What is in none of the tables is not kept, and said
 * so once. */
#include "modules/catalog/transfer/columns.h"

static const struct {
    Str names[2]; /* new, old */
} fixed_columns[COLUMN_FIXED] = {
    [COLUMN_TITLE] = {{S_INIT("Title"), S_INIT("Title")}},
    [COLUMN_HANDLE] = {{S_INIT("URL handle"), S_INIT("Handle")}},
    [COLUMN_DESCRIPTION] = {{S_INIT("Description"), S_INIT("Body (HTML)")}},
    [COLUMN_VENDOR] = {{S_INIT("Vendor"), S_INIT("Vendor")}},
    [COLUMN_CATEGORY] = {{S_INIT("Product category"), S_INIT("Product Category")}},
    [COLUMN_TYPE] = {{S_INIT("Type"), S_INIT("Type")}},
    [COLUMN_TAGS] = {{S_INIT("Tags"), S_INIT("Tags")}},
    [COLUMN_PUBLISHED] = {{S_INIT("Published on online store"), S_INIT("Published")}},
    [COLUMN_STATUS] = {{S_INIT("Status"), S_INIT("Status")}},
    [COLUMN_SKU] = {{S_INIT("SKU"), S_INIT("Variant SKU")}},
    [COLUMN_BARCODE] = {{S_INIT("Barcode"), S_INIT("Variant Barcode")}},
    [COLUMN_OPTION1_NAME] = {{S_INIT("Option1 name"), S_INIT("Option1 Name")}},
    [COLUMN_OPTION1_VALUE] = {{S_INIT("Option1 value"), S_INIT("Option1 Value")}},
    [COLUMN_OPTION2_NAME] = {{S_INIT("Option2 name"), S_INIT("Option2 Name")}},
    [COLUMN_OPTION2_VALUE] = {{S_INIT("Option2 value"), S_INIT("Option2 Value")}},
    [COLUMN_OPTION3_NAME] = {{S_INIT("Option3 name"), S_INIT("Option3 Name")}},
    [COLUMN_OPTION3_VALUE] = {{S_INIT("Option3 value"), S_INIT("Option3 Value")}},
    [COLUMN_PRICE] = {{S_INIT("Price"), S_INIT("Variant Price")}},
    [COLUMN_COMPARE_AT] = {{S_INIT("Compare-at price"), S_INIT("Variant Compare At Price")}},
    [COLUMN_COST] = {{S_INIT("Cost per item"), S_INIT("Cost per item")}},
    [COLUMN_TAX_CODE] = {{S_INIT("Tax code"), S_INIT("Variant Tax Code")}},
    [COLUMN_QUANTITY] = {{S_INIT("Inventory quantity"), S_INIT("Variant Inventory Qty")}},
    [COLUMN_WEIGHT] = {{S_INIT("Weight value (grams)"), S_INIT("Variant Grams")}},
    [COLUMN_IMAGE] = {{S_INIT("Product image URL"), S_INIT("Image Src")}},
    [COLUMN_IMAGE_POSITION] = {{S_INIT("Image position"), S_INIT("Image Position")}},
    [COLUMN_IMAGE_ALT] = {{S_INIT("Image alt text"), S_INIT("Image Alt Text")}},
    [COLUMN_SEO_TITLE] = {{S_INIT("SEO title"), S_INIT("SEO Title")}},
    [COLUMN_SEO_DESCRIPTION] = {{S_INIT("SEO description"), S_INIT("SEO Description")}},
};

Str column_name(ColumnKind kind, Generation generation)
{
    return fixed_columns[kind].names[generation];
}

/* ---- Reading a header ------------------------------------------------------------------------ */

static size_t fixed_named(Str name)
{
    size_t kind = 0;
    while (kind < COLUMN_FIXED && !str_eq_nocase(name, fixed_columns[kind].names[0]) &&
           !str_eq_nocase(name, fixed_columns[kind].names[1]))
        kind++;
    return kind;
}

/* "Price / International": the market behind that beginning, or an empty Str. */
static Str market_behind(Str name, Str beginning)
{
    if (!str_eq_nocase(str_slice(name, 0, beginning.n), beginning)) return S("");
    return str_trim(str_slice(name, beginning.n, name.n));
}

static bool currency_of_market(Str market, const MarketCurrencies *known, Currency *out)
{
    for (size_t i = 0; i < known->n; i++) {
        if (!str_eq_nocase(market, known->items[i].market)) continue;
        *out = known->items[i].currency;
        return true;
    }
    return currency_parse(market, out);
}

/* The row of that market, made when it is a new one; NULL when nobody knows its currency. */
static Market *market_named(Columns *columns, Str name, const MarketCurrencies *known)
{
    Currency currency;
    if (!currency_of_market(name, known, &currency)) return NULL;
    for (size_t i = 1; i < columns->market_count; i++)
        if (str_eq_nocase(columns->markets[i].name, name)) return &columns->markets[i];
    Market *market = &columns->markets[columns->market_count++];
    *market = (Market){name, currency, NO_COLUMN, NO_COLUMN};
    return market;
}

static bool take_market(Columns *columns, size_t at, const MarketCurrencies *known)
{
    Str name = str_trim(columns->names[at]);
    Str price = market_behind(name, S("Price / "));
    Str compare_at = market_behind(name, S("Compare-at price / "));
    if (!compare_at.n) compare_at = market_behind(name, S("Compare At Price / "));
    if (!price.n && !compare_at.n) return false;
    Market *market = market_named(columns, price.n ? price : compare_at, known);
    if (!market) return false;
    size_t *column = price.n ? &market->price : &market->compare_at;
    if (*column != NO_COLUMN) return false;
    *column = at;
    return true;
}

static bool has_attribute(const Columns *columns, Str name)
{
    for (size_t i = 0; i < columns->attribute_count; i++)
        if (str_eq(columns->attributes[i].name, name)) return true;
    return false;
}

/* "Fabric (product.metafields.custom.fabric)": the attribute "Fabric". When two metafields are called
 * that, the second one is "Fabric (custom.fabric)". */
static bool take_attribute(Columns *columns, size_t at)
{
    Str name = str_trim(columns->names[at]), part = S("(product.metafields.");
    size_t begin = str_find(name, part);
    if (begin == name.n || !str_ends(name, S(")"))) return false;
    Str shown = str_trim(str_slice(name, 0, begin));
    Str key = str_slice(name, begin + part.n, name.n - 1);
    if (!shown.n) shown = key;
    if (has_attribute(columns, shown))
        shown = str_format(columns->arena, "%.*s (%.*s)", STR_ARG(shown), STR_ARG(key));
    if (!key.n || has_attribute(columns, shown)) return false;
    columns->attributes[columns->attribute_count++] = (AttributeColumn){shown, at};
    return true;
}

static bool take_column(Columns *columns, size_t at, const MarketCurrencies *known, Str *problem)
{
    size_t kind = fixed_named(str_trim(columns->names[at]));
    if (kind == COLUMN_FIXED) {
        columns->other[at] = !take_market(columns, at, known) && !take_attribute(columns, at);
        return true;
    }
    if (columns->fixed[kind] != NO_COLUMN) {
        *problem = str_format(columns->arena, "the column \"%.*s\" stands there twice",
                              STR_ARG(columns->names[at]));
        return false;
    }
    columns->fixed[kind] = at;
    return true;
}

/* A file that has no columns of ours: why? */
static Str why_none(Arena *arena, const CsvRecord *header)
{
    Str first = header->fields[0];
    bool semicolons = str_find_char(first, ';') < first.n,
         tabs = str_find_char(first, '\t') < first.n;
    if (header->n == 1 && (semicolons || tabs))
        return str_format(arena,
                          "its columns are separated by %s; save it with commas, as Shopify does",
                          semicolons ? "semicolons" : "tabs");
    return S(
        "it has no column \"Title\"; a product file of Shopify has \"Title\", and \"URL handle\" "
        "(or, in older ones, \"Handle\")");
}

bool columns_read(Arena *arena, const CsvRecord *header, Currency currency,
                  const MarketCurrencies *markets, Columns *out, Str *problem)
{
    Columns columns = {.arena = arena,
                       .names = NEW_N(arena, Str, header->n),
                       .n = header->n,
                       .markets = NEW_N(arena, Market, header->n + 1),
                       .market_count = 1,
                       .attributes = NEW_N(arena, AttributeColumn, header->n),
                       .other = NEW_N(arena, bool, header->n),
                       .used = NEW_N(arena, bool, header->n)};
    for (size_t i = 0; i < COLUMN_FIXED; i++) columns.fixed[i] = NO_COLUMN;
    for (size_t i = 0; i < header->n; i++)
        columns.names[i] = str_copy(arena, csv_unguard(header->fields[i]));
    for (size_t i = 0; i < header->n; i++)
        if (!take_column(&columns, i, markets, problem)) return false;
    if (columns.fixed[COLUMN_TITLE] == NO_COLUMN) {
        *problem = why_none(arena, header);
        return false;
    }
    columns.markets[0] = (Market){.currency = currency,
                                  .price = columns.fixed[COLUMN_PRICE],
                                  .compare_at = columns.fixed[COLUMN_COMPARE_AT]};
    *out = columns;
    return true;
}

/* ---- Cells ----------------------------------------------------------------------------------- */

Str cell_of(const Columns *columns, const CsvRecord *record, ColumnKind kind)
{
    size_t at = columns->fixed[kind];
    return at < record->n ? csv_unguard(record->fields[at]) : (Str){NULL, 0};
}

Str column_shown(const Columns *columns, ColumnKind kind)
{
    size_t at = columns->fixed[kind];
    return at == NO_COLUMN ? column_name(kind, GENERATION_NEW) : columns->names[at];
}

/* ---- Names for exports ----------------------------------------------------------------------- */

/* Shopify makes the key of a metafield from its name in this way: "Care advice" has care_advice. */
Str attribute_column_name(Arena *arena, Str attribute)
{
    Buf key = buf_new(arena, attribute.n + 1);
    bool gap = false;
    for (size_t i = 0; i < attribute.n; i++) {
        char c = attribute.p[i];
        if (c >= 'A' && c <= 'Z') c = (char)(c - 'A' + 'a');
        bool fine = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (fine && gap && key.n) buf_char(&key, '_');
        if (fine) buf_char(&key, c);
        gap = !fine;
    }
    Str name = key.n ? buf_str(&key) : S("attribute");
    return str_format(arena, "%.*s (product.metafields.custom.%.*s)", STR_ARG(attribute),
                      STR_ARG(name));
}

Str market_column_name(Arena *arena, Str market, ColumnKind kind, Generation generation)
{
    const char *beginning = kind == COLUMN_PRICE           ? "Price"
                            : generation == GENERATION_NEW ? "Compare-at price"
                                                           : "Compare At Price";
    return str_format(arena, "%s / %.*s", beginning, STR_ARG(market));
}
