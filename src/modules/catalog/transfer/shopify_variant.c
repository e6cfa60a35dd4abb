/* The variants of a Shopify product CSV: codes, weights, stock, prices, choices of options.
 *
 * Numbers are read strictly, since a guess is a wrong price: no signs for thousands, no commas, no
 * currency. What is more exact than Souk keeps (fractions of grams) is rounded; what Souk cannot have
 * (stock below nothing, a former price that was lower) is left out with a note, because refusing a whole
 * product for it would help nobody. */
#include "modules/catalog/transfer/shopify_draft.h"

#include <inttypes.h>

static const Field *field_of(const char *name)
{
    return type_field(&variant_type, str_from(name));
}

#define SAY_VARIANT(v, member) MARK_SET(&variant_type, &(v)->said, Variant, member)

/* A text that may be absent: a blank cell takes it away. */
static void say_text(const ShopifyDraft *s, DraftVariant *v, const char *name, Str *member,
                     Str text)
{
    text = str_trim(text);
    *member = keep_text(s, text);
    field_mark(&variant_type, field_of(name), &v->said, true, text.n == 0);
}

/* A code of digits may have an apostrophe before it, which keeps spreadsheets from taking it for a
 * number. */
static Str without_apostrophe(Str code)
{
    code = str_trim(code);
    if (!str_starts(code, S("'"))) return code;
    for (size_t i = 1; i < code.n; i++)
        if (code.p[i] < '0' || code.p[i] > '9') return code;
    return str_slice(code, 1, code.n);
}

static void take_codes(ShopifyDraft *s, DraftVariant *v, const CsvRecord *row)
{
    if (has_column(s->columns, COLUMN_SKU))
        say_text(s, v, "sku", &v->said.sku, without_apostrophe(row_cell(s, row, COLUMN_SKU)));
    if (has_column(s->columns, COLUMN_BARCODE))
        say_text(s, v, "barcode", &v->said.barcode,
                 without_apostrophe(row_cell(s, row, COLUMN_BARCODE)));
    if (has_column(s->columns, COLUMN_TAX_CODE)) {
        v->said.tax_class = keep_text(s, str_trim(row_cell(s, row, COLUMN_TAX_CODE)));
        SAY_VARIANT(v, tax_class);
    }
}

/* Shopify keeps fractions of grams; half a gram goes to the even neighbour. */
static bool read_grams(Str text, int64_t *out)
{
    static const Currency thousandths = {"KWD"}; /* has three digits behind the point */
    Str number = plain_number(text), whole, fraction;
    Money milligrams, grams;
    if (str_cut(number, '.', &whole, &fraction) && fraction.n > 3) number.n -= fraction.n - 3;
    if (!money_parse(number, thousandths, &milligrams) || milligrams.minor < 0) return false;
    if (!money_ratio(milligrams, 1, 1000, ROUND_HALF_EVEN, &grams)) return false;
    *out = grams.minor;
    return true;
}

static void take_weight(ShopifyDraft *s, DraftVariant *v, const CsvRecord *row)
{
    if (!has_column(s->columns, COLUMN_WEIGHT)) return;
    Str text = row_cell(s, row, COLUMN_WEIGHT);
    field_mark(&variant_type, field_of("weight"), &v->said, true, is_blank(text));
    if (!is_blank(text) && !read_grams(text, &v->said.weight))
        refuse_cell(s, row, column_shown(s->columns, COLUMN_WEIGHT), "wrong_number",
                    "must be a number of grams, like 250");
}

static void take_quantity(ShopifyDraft *s, DraftVariant *v, const CsvRecord *row)
{
    Str text = plain_number(row_cell(s, row, COLUMN_QUANTITY)),
        column = column_shown(s->columns, COLUMN_QUANTITY);
    if (!text.n) return;
    SAY_VARIANT(v, stock);
    if (!str_to_int(text, &v->said.stock) || v->said.stock > STOCK_MAX) {
        refuse_cell(s, row, column, "wrong_number", "must be a whole number");
    } else if (v->said.stock < 0) {
        remark(&s->draft.remarks, false, row->line, column, "not_kept",
               "is %" PRId64 ": stock below nothing is kept as 0", v->said.stock);
        v->said.stock = 0;
    }
}

static bool read_money(ShopifyDraft *s, const CsvRecord *row, size_t column, Currency currency,
                       Money *out)
{
    Str text = csv_unguard(row->fields[column]);
    if (money_parse(plain_number(text), currency, out)) return true;
    remark(&s->draft.remarks, true, row->line, s->columns->names[column], "wrong_amount",
           "\"%.*s\" is no amount in %s; write it like %s, without signs for thousands or currency",
           STR_ARG(violation_quote(s->arena, text)), currency.code,
           currency_exponent(currency) ? "1234.50" : "1234");
    return false;
}

static void take_price(ShopifyDraft *s, DraftVariant *v, const CsvRecord *row, const Market *market)
{
    DraftPrice *price = &v->prices[v->price_count++];
    *price = (DraftPrice){.currency = market->currency,
                          .says_amount = market->price != NO_COLUMN,
                          .says_compare_at = market->compare_at != NO_COLUMN};
    if (price->says_amount && !is_blank(row->fields[market->price]))
        price->has_amount = read_money(s, row, market->price, market->currency, &price->amount);
    if (price->says_compare_at && !is_blank(row->fields[market->compare_at]))
        price->has_compare_at =
            read_money(s, row, market->compare_at, market->currency, &price->compare_at);
    if (price->has_compare_at && price->has_amount &&
        price->compare_at.minor <= price->amount.minor) {
        if (price->compare_at.minor > 0 && price->compare_at.minor != price->amount.minor)
            remark(&s->draft.remarks, false, row->line, s->columns->names[market->compare_at],
                   "not_kept", "is not above the price: nothing is shown crossed out");
        price->has_compare_at = false;
    }
}

static void take_money(ShopifyDraft *s, DraftVariant *v, const CsvRecord *row)
{
    const Columns *columns = s->columns;
    v->prices = NEW_N(s->arena, DraftPrice, columns->market_count);
    for (size_t i = 0; i < columns->market_count; i++)
        if (columns->markets[i].price != NO_COLUMN || columns->markets[i].compare_at != NO_COLUMN)
            take_price(s, v, row, &columns->markets[i]);
    size_t column = columns->fixed[COLUMN_COST];
    if (column == NO_COLUMN) return;
    v->says_cost = true;
    v->cost.currency = columns->markets[0].currency;
    if (!is_blank(row->fields[column]))
        v->has_cost = read_money(s, row, column, v->cost.currency, &v->cost.amount);
}

static void take_choice(ShopifyDraft *s, DraftVariant *v, const CsvRecord *row)
{
    StrList *values = &v->said.options;
    *values = (StrList){NEW_N(s->arena, Str, OPTIONS_MAX), 0};
    SAY_VARIANT(v, options);
    for (size_t i = 0; i < OPTIONS_MAX; i++) {
        ColumnKind kind = (ColumnKind)(COLUMN_OPTION1_VALUE + 2 * i);
        Str value = str_trim(row_cell(s, row, kind));
        if (i < s->option_count) {
            values->items[values->n++] = keep_text(s, value);
            if (!value.n)
                remark(&s->draft.remarks, true, row->line, column_shown(s->columns, kind),
                       "required", "is blank: each variant has a value of \"%.*s\"",
                       STR_ARG(s->option_names[i]));
        } else if (value.n && !str_eq(value, S("Default Title"))) {
            refuse_cell(s, row, column_shown(s->columns, kind), "not_an_option",
                        "is the value of an option that has no name on the product's first row");
        }
    }
}

static bool has_variant(const ShopifyDraft *s, const CsvRecord *row)
{
    static const ColumnKind signs[] = {
        COLUMN_OPTION1_VALUE, COLUMN_OPTION2_VALUE, COLUMN_OPTION3_VALUE, COLUMN_SKU,
        COLUMN_BARCODE,       COLUMN_PRICE,         COLUMN_COST,          COLUMN_QUANTITY};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (!is_blank(row_cell(s, row, signs[i]))) return true;
    return false;
}

void shopify_take_variant(ShopifyDraft *s, const CsvRecord *row)
{
    if (!has_variant(s, row) || s->variant_rows++ >= VARIANT_ROWS_MAX) return;
    Draft *d = &s->draft;
    d->variants = grow_items(s->arena, d->variants, d->variant_count, &s->variant_capacity,
                             sizeof *d->variants);
    DraftVariant *v = &d->variants[d->variant_count++];
    v->line = row->line;
    take_codes(s, v, row);
    take_weight(s, v, row);
    take_quantity(s, v, row);
    take_money(s, v, row);
    if (has_column(s->columns, COLUMN_OPTION1_VALUE)) take_choice(s, v, row);
}

/* The values of an option, in the order in which variants have them first. */
static StrList values_of(const ShopifyDraft *s, size_t option)
{
    const Draft *d = &s->draft;
    StrList values = {NEW_N(s->arena, Str, d->variant_count), 0};
    for (size_t i = 0; i < d->variant_count; i++) {
        Str value = d->variants[i].said.options.items[option];
        bool known = false;
        for (size_t k = 0; k < values.n && !known; k++) known = str_eq(values.items[k], value);
        if (!known) values.items[values.n++] = value;
    }
    return values;
}

void shopify_end_variants(ShopifyDraft *s)
{
    Draft *d = &s->draft;
    if (s->variant_rows > VARIANTS_MAX)
        remark(&d->remarks, true, d->line, column_shown(s->columns, COLUMN_SKU), "too_many",
               "the product has %zu variants; it can have %d", s->variant_rows, VARIANTS_MAX);
    if (!d->variant_count) return;
    bool all = has_column(s->columns, COLUMN_OPTION1_VALUE);
    d->mode = all ? VARIANTS_ALL : VARIANTS_SOME;
    if (!all) return;
    d->said.options = (OptionList){NEW_N(s->arena, Option, OPTIONS_MAX), s->option_count};
    for (size_t i = 0; i < s->option_count; i++)
        d->said.options.items[i] = (Option){s->option_names[i], values_of(s, i)};
    MARK_SET(&product_type, &d->said, Product, options);
}
