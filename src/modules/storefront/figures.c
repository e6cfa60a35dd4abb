#include "modules/storefront/figures.h"

/* A space that does not break, as French and its like have it between thousands and all that write
 * the symbol behind the number have it there. */
#define NO_BREAK_SPACE "\u00A0"

/* How a language writes numbers: the common ground of CLDR, without what its regions do otherwise. */
typedef struct Convention {
    const char *languages;
    const char *group, *point;
    const char
        *before; /* between a symbol before the number and the number; NULL: it stands behind */
} Convention;

static const Convention conventions[] = {
    {"en hi ja ko th zh", ",", ".", ""},
    {"nl", ".", ",", NO_BREAK_SPACE},
    {"da de el es hr it pt ro sl sr vi", ".", ",", NULL},
    {"", NO_BREAK_SPACE, ",", NULL},
};

static const Convention *convention_of(Str locale)
{
    Str language, region, all, one;
    str_cut(locale, '-', &language, &region);
    for (size_t i = 0; i < ROWS(conventions); i++)
        for (all = str_from(conventions[i].languages); all.n;) {
            str_cut(all, ' ', &one, &all);
            if (str_eq_nocase(one, language)) return &conventions[i];
        }
    return &conventions[ROWS(conventions) - 1];
}

/* A plain decimal ("-1290.50") in the language's way. */
static Str grouped(Arena *arena, Str number, const Convention *convention)
{
    Buf out = buf_new(arena, 128);
    size_t point = str_find_char(number, '.'), first = str_starts(number, S("-")) ? 1 : 0;
    for (size_t i = 0; i < point; i++) {
        if (i > first && (point - i) % 3 == 0) buf_put(&out, str_from(convention->group));
        buf_char(&out, number.p[i]);
    }
    if (point < number.n) {
        buf_put(&out, str_from(convention->point));
        buf_put(&out, str_slice(number, point + 1, number.n));
    }
    return buf_str(&out);
}

Str count_text(Arena *arena, int64_t count, Str locale)
{
    return grouped(arena, str_format(arena, "%lld", (long long)count), convention_of(locale));
}

static Str symbol_of(Currency currency)
{
    static const struct {
        const char *code, *symbol;
    } symbols[] = {{"EUR", "€"}, {"USD", "$"}, {"GBP", "£"}, {"JPY", "¥"}};
    for (size_t i = 0; i < ROWS(symbols); i++)
        if (str_eq(currency_text(&currency), str_from(symbols[i].code)))
            return str_from(symbols[i].symbol);
    return (Str){0};
}

Str price_text(Arena *arena, Money amount, Currency currency, Str locale)
{
    const Convention *convention = convention_of(locale);
    Str number = grouped(arena, money_text(arena, amount, currency), convention);
    Str symbol = symbol_of(currency);
    if (symbol.n && convention->before)
        return str_format(arena, "%.*s%s%.*s", STR_ARG(symbol), convention->before,
                          STR_ARG(number));
    if (!symbol.n) symbol = currency_text(&currency);
    return str_format(arena, "%.*s" NO_BREAK_SPACE "%.*s", STR_ARG(number), STR_ARG(symbol));
}

Str fact_text(Str value)
{
    if (str_eq(value, S("true"))) return S("yes");
    return str_eq(value, S("false")) ? S("no") : value;
}

static bool lowest_in(const VariantList *variants, Currency currency, bool any, Price *lowest,
                      bool *several)
{
    bool found = false;
    *several = false;
    for (size_t i = 0; i < variants->n; i++) {
        Prices prices = variants->items[i].prices;
        for (size_t k = 0; k < prices.n; k++) {
            const Price *price = &prices.items[k];
            if (price->min_quantity != 1) continue;
            if (!any && !currency_eq(price->currency, currency)) continue;
            if (any && found && !currency_eq(price->currency, lowest->currency)) continue;
            if (found && price->amount.minor != lowest->amount.minor) *several = true;
            if (!found || price->amount.minor < lowest->amount.minor) *lowest = *price;
            found = true;
        }
    }
    return found;
}

bool lowest_price(const VariantList *variants, Currency wanted, Price *lowest, bool *several)
{
    return lowest_in(variants, wanted, false, lowest, several) ||
           lowest_in(variants, wanted, true, lowest, several);
}
