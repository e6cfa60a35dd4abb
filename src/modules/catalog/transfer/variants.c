/* Which variant of a file is which one of the shop?
 *
 * A file that names options lists all variants of a product. A row is the variant that has the same
 * choice of options; if there is none, the one that has the same SKU; if there is none either, it is
 * new; and variants that no row is meant for go. So prices and stock stay with the thing that they
 * belong to when a SKU is mended or a colour renamed, but not both at once. A file without options
 * changes variants and neither makes nor deletes any: rows are found by SKU, or there is only one. */
#include "modules/catalog/transfer/variants.h"

#include "meta/merge.h"

/* ---- Prices and costs ------------------------------------------------------------------------ */

static bool has_price_member(const Price *price, size_t member)
{
    return type_member_is_set(&price_type, price, member);
}

/* Is it the plain price of everybody in that currency? */
static bool is_plain_price(const Price *price, Currency currency)
{
    return currency_eq(price->currency, currency) && str_eq(price->channel, S("default")) &&
           !price->price_list.n && price->min_quantity == 1 &&
           !has_price_member(price, offsetof(Price, starts_at)) &&
           !has_price_member(price, offsetof(Price, ends_at));
}

static size_t plain_price(Prices prices, Currency currency)
{
    size_t i = 0;
    while (i < prices.n && !is_plain_price(&prices.items[i], currency)) i++;
    return i;
}

static Price new_price(Currency currency)
{
    Price price = {.channel = S("default"), .currency = currency, .min_quantity = 1};
    MARK_SET(&price_type, &price, Price, channel);
    MARK_SET(&price_type, &price, Price, currency);
    MARK_SET(&price_type, &price, Price, amount);
    MARK_SET(&price_type, &price, Price, min_quantity);
    return price;
}

/* `prices` has room for one more. */
static void apply_price(Prices *prices, const DraftPrice *said)
{
    size_t at = plain_price(*prices, said->currency);
    if (said->says_amount && !said->has_amount) {
        if (at == prices->n) return;
        memmove(&prices->items[at], &prices->items[at + 1],
                (--prices->n - at) * sizeof *prices->items);
        return;
    }
    if (at == prices->n && !said->has_amount) return; /* nothing that it could be compared with */
    if (at == prices->n) prices->items[prices->n++] = new_price(said->currency);
    Price *price = &prices->items[at];
    if (said->has_amount) price->amount = said->amount;
    if (!said->says_compare_at) return;
    price->compare_at = said->has_compare_at ? said->compare_at : (Money){0};
    if (said->has_compare_at)
        MARK_SET(&price_type, price, Price, compare_at);
    else
        MARK_ABSENT(&price_type, price, Price, compare_at);
}

static void apply_prices(Arena *arena, Variant *variant, const DraftVariant *said)
{
    Prices prices = {NEW_N(arena, Price, variant->prices.n + said->price_count), variant->prices.n};
    if (prices.n) memcpy(prices.items, variant->prices.items, prices.n * sizeof *prices.items);
    for (size_t i = 0; i < said->price_count; i++) apply_price(&prices, &said->prices[i]);
    variant->prices = prices;
}

static void apply_cost(Arena *arena, Variant *variant, const DraftVariant *said)
{
    if (!said->says_cost) return;
    Costs costs = {NEW_N(arena, Cost, variant->costs.n + 1), 0};
    bool placed = false;
    for (size_t i = 0; i < variant->costs.n; i++) {
        Cost cost = variant->costs.items[i];
        bool same = currency_eq(cost.currency, said->cost.currency);
        if (same && said->has_cost) cost.amount = said->cost.amount;
        placed |= same;
        if (!same || said->has_cost) costs.items[costs.n++] = cost;
    }
    if (said->has_cost && !placed) costs.items[costs.n++] = said->cost;
    variant->costs = costs;
}

/* ---- One variant ----------------------------------------------------------------------------- */

/* What a document says of a variant without being asked: its own, when it is there again. */
static void drop_read_only(Variant *variant)
{
    for (size_t i = 0; i < variant_type.field_count; i++)
        if (variant_type.fields[i].read_only)
            field_mark(&variant_type, &variant_type.fields[i], variant, false, false);
}

/* A member that was written as null is absent. */
static void tidy_prices(Arena *arena, Variant *variant)
{
    Prices prices = {NEW_N(arena, Price, variant->prices.n), variant->prices.n};
    for (size_t i = 0; i < prices.n; i++)
        merge_patch(arena, &price_type, &prices.items[i], &variant->prices.items[i]);
    variant->prices = prices;
}

/* The variant as it is to be; `there` NULL: a new one. */
static Variant apply_variant(Arena *arena, const DraftVariant *d, const Variant *there)
{
    Variant said = d->said, variant = {0};
    bool says_stock = IS_SET(&variant_type, &said, Variant, stock);
    drop_read_only(&said);
    if (there && !d->whole) variant = *there;
    merge_patch(arena, &variant_type, &variant, &said);
    if (d->whole) {
        tidy_prices(arena, &variant);
    } else {
        apply_prices(arena, &variant, d);
        apply_cost(arena, &variant, d);
    }
    merge_complete(&variant_type, &variant);
    if (there) {
        variant.id = there->id;
        variant.product = there->product;
        if (!IS_SET(&variant_type, &said, Variant, position)) variant.position = there->position;
        variant.stock = there->stock;
        variant.created_at = there->created_at;
        variant.updated_at = there->updated_at;
    }
    if (says_stock) variant.stock = d->said.stock;
    variant.availability = there ? there->availability : availability_of(variant.stock);
    return variant;
}

/* ---- Which is which -------------------------------------------------------------------------- */

static bool same_choice(StrList a, StrList b)
{
    if (a.n != b.n) return false;
    for (size_t i = 0; i < a.n; i++)
        if (!str_eq(a.items[i], b.items[i])) return false;
    return true;
}

typedef enum Likeness { SAME_ID, SAME_CHOICE, SAME_SKU } Likeness;

static bool is_like(const DraftVariant *d, const Variant *v, Likeness likeness)
{
    switch (likeness) {
    case SAME_ID:
        return d->said.id.n && id_eq(d->said.id, v->id);
    case SAME_CHOICE:
        return same_choice(d->said.options, v->options);
    case SAME_SKU:
        break;
    }
    return d->said.sku.n && str_eq(d->said.sku, v->sku);
}

/* For each variant of the draft the index of the product's that it is; n of them for a new one. */
static size_t *match_all(Arena *arena, const Draft *draft, VariantList there)
{
    size_t *match = NEW_N(arena, size_t, draft->variant_count);
    bool *taken = NEW_N(arena, bool, there.n);
    for (size_t i = 0; i < draft->variant_count; i++) match[i] = there.n;
    for (Likeness likeness = SAME_ID; likeness <= SAME_SKU; likeness++) {
        for (size_t i = 0; i < draft->variant_count; i++) {
            for (size_t k = 0; k < there.n && match[i] == there.n; k++) {
                if (taken[k] || !is_like(&draft->variants[i], &there.items[k], likeness)) continue;
                match[i] = k;
                taken[k] = true;
            }
        }
    }
    return match;
}

/* Positions say the order of the file. Those that are there keep theirs as long as that is in order. */
static void set_positions(const Draft *draft, VariantList list)
{
    Variant before = {.position = -1};
    for (size_t i = 0; i < list.n; i++) {
        Variant *variant = &list.items[i];
        bool said = IS_SET(&variant_type, &draft->variants[i].said, Variant, position);
        bool behind = variant->id.n &&
                      (variant->position > before.position ||
                       (variant->position == before.position && variant->id.n > before.id.n));
        if (!said && !behind) variant->position = before.position + 1;
        before = *variant;
        if (!variant->id.n) before.id.n = INT64_MAX; /* it will be the newest */
    }
}

static WantedVariants want_all(Arena *arena, const Draft *draft, VariantList there)
{
    size_t n = draft->variant_count, *match = match_all(arena, draft, there);
    WantedVariants wanted = {{NEW_N(arena, Variant, n), n}, NEW_N(arena, int64_t, n)};
    for (size_t i = 0; i < n; i++) {
        const Variant *old = match[i] < there.n ? &there.items[match[i]] : NULL;
        wanted.list.items[i] = apply_variant(arena, &draft->variants[i], old);
        wanted.lines[i] = draft->variants[i].line;
    }
    set_positions(draft, wanted.list);
    return wanted;
}

/* The index of the variant that a row without options means; n: none. */
static size_t find_one(const Draft *draft, VariantList there, const DraftVariant *d)
{
    for (size_t k = 0; k < there.n; k++)
        if (is_like(d, &there.items[k], SAME_SKU)) return k;
    return there.n == 1 && draft->variant_count == 1 ? 0 : there.n;
}

static WantedVariants want_some(Arena *arena, const Draft *draft, VariantList there,
                                Remarks *remarks)
{
    WantedVariants wanted = {
        {arena_copy(arena, there.items, there.n * sizeof *there.items), there.n},
        NEW_N(arena, int64_t, there.n)};
    for (size_t i = 0; i < draft->variant_count; i++) {
        const DraftVariant *d = &draft->variants[i];
        size_t k = find_one(draft, there, d);
        if (k == there.n) {
            remark(remarks, true, d->line, S(""), "unknown_variant",
                   "which of the product's %zu variants is meant? Name it by its SKU, or by the "
                   "columns of its options",
                   there.n);
        } else if (wanted.lines[k]) {
            remark(remarks, true, d->line, S(""), "repeated",
                   "means the same variant as a row before");
        } else {
            wanted.list.items[k] = apply_variant(arena, d, &there.items[k]);
            wanted.lines[k] = d->line;
        }
    }
    return wanted;
}

WantedVariants variants_wanted(Arena *arena, const Draft *draft, const Product *there,
                               Remarks *remarks)
{
    VariantList old = there ? there->variants : (VariantList){0};
    if (draft->mode == VARIANTS_UNSAID) return (WantedVariants){old, NEW_N(arena, int64_t, old.n)};
    if (draft->mode == VARIANTS_ALL || !old.n) return want_all(arena, draft, old);
    return want_some(arena, draft, old, remarks);
}

/* ---- Options --------------------------------------------------------------------------------- */

static bool has_text(StrList list, Str text)
{
    for (size_t i = 0; i < list.n; i++)
        if (str_eq(list.items[i], text)) return true;
    return false;
}

static bool is_chosen(VariantList variants, size_t option, Str value)
{
    for (size_t i = 0; i < variants.n; i++)
        if (option < variants.items[i].options.n &&
            str_eq(variants.items[i].options.items[option], value))
            return true;
    return false;
}

/* Those that are there and still chosen, or never were; behind them the new ones. */
static StrList values_wanted(Arena *arena, StrList said, StrList there, VariantList old,
                             size_t option)
{
    StrList values = {NEW_N(arena, Str, said.n + there.n), 0};
    for (size_t i = 0; i < there.n; i++)
        if (has_text(said, there.items[i]) || !is_chosen(old, option, there.items[i]))
            values.items[values.n++] = there.items[i];
    for (size_t i = 0; i < said.n; i++)
        if (!has_text(there, said.items[i])) values.items[values.n++] = said.items[i];
    return values;
}

OptionList options_wanted(Arena *arena, const Draft *draft, const Product *there)
{
    OptionList said = draft->said.options;
    if (!there || there->options.n != said.n) return said;
    OptionList options = {NEW_N(arena, Option, said.n), said.n};
    for (size_t i = 0; i < said.n; i++)
        options.items[i] = (Option){
            said.items[i].name, values_wanted(arena, said.items[i].values,
                                              there->options.items[i].values, there->variants, i)};
    return options;
}
