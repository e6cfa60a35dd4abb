/* Publishing a product: from what staff have written to what shoppers read.
 *
 * Three things are derived, each for one kind of reader: documents (one finished JSON text for each
 * channel and language), facts (one row, which the column store of each process loads: by them
 * lists are filtered, counted and sorted), and search texts. All are written in the transaction
 * that changes the product, so that no reader ever meets one without the other, and nobody has to
 * repair them after a crash.
 *
 * Rejected: deriving them in the background. It makes writing cheaper and every reader guess. */
#include "modules/catalog/publish.h"

#include "modules/catalog/documents.h"
#include "modules/catalog/renew.h"
#include "modules/catalog/rules.h"
#include "modules/catalog/store.h"

#include "platform/changes.h"
#include "platform/search/search.h"

#include <math.h>
#include <stdlib.h>
#include <utf8proc.h>

/* ---- Documents ------------------------------------------------------------------------------- */

static void put_document(Ctx *cx, const Product *product, Str channel, const Translation *texts)
{
    Time until = {0};
    ProductView view = {.channel = channel};
    Product seen = product_seen(cx->arena, product, &view, ctx_now(cx), &until);
    if (texts) {
        seen.title = texts->title;
        if (texts->description.n) seen.description = texts->description;
    }
    ProductDocument document = {.present = PRESENT_ALL,
                                .product_id = product->id,
                                .channel = channel,
                                .locale = texts ? texts->locale : S(""),
                                .version = product->version,
                                .shape = document_shape(),
                                .valid_until = until,
                                .body = document_write(cx->arena, &seen)};
    if (!until.us) MARK_ABSENT(&product_document_type, &document, ProductDocument, valid_until);
    document_put(cx, &document);
}

static void put_documents(Ctx *cx, const Product *product, TranslationList translations)
{
    for (size_t i = 0; i < product->channels.n; i++) {
        Str channel = product->channels.items[i];
        put_document(cx, product, channel, NULL);
        for (size_t k = 0; k < translations.n; k++)
            put_document(cx, product, channel, &translations.items[k]);
    }
}

/* ---- Facts ----------------------------------------------------------------------------------- */

static size_t most_terms(const Product *product)
{
    return product->channels.n + product->tags.n + product->attributes.n + 3;
}

static void add_term(StrList *terms, Str column, Str term)
{
    if (!term.n) return;
    terms->items[terms->n++] = column;
    terms->items[terms->n++] = term;
}

static void add_attributes(Arena *arena, StrList *terms, AttributeList attributes)
{
    for (size_t i = 0; i < attributes.n; i++) {
        Str value = json_scalar_text(arena, attributes.items[i].value);
        if (value.n > FACET_TEXT_MAX) continue; /* a sentence, which nobody filters by */
        add_term(terms, attribute_column(arena, attributes.items[i].name), value);
    }
}

/* Of the variant that has the most. */
static Availability best_availability(const Product *product)
{
    Availability best = AVAILABILITY_OUT;
    for (size_t i = 0; i < product->variants.n; i++)
        if (product->variants.items[i].availability > best)
            best = product->variants.items[i].availability;
    return best;
}

static StrList make_terms(Arena *arena, const Product *product)
{
    StrList terms = {NEW_N(arena, Str, 2 * most_terms(product)), 0};
    for (size_t i = 0; i < product->channels.n; i++)
        add_term(&terms, S("channel"), product->channels.items[i]);
    add_term(&terms, S("vendor"), product->vendor);
    add_term(&terms, S("type"), product->type);
    add_term(&terms, S("availability"), enum_text(&availability_names, best_availability(product)));
    for (size_t i = 0; i < product->tags.n; i++) add_term(&terms, S("tag"), product->tags.items[i]);
    add_attributes(arena, &terms, product->attributes);
    return terms;
}

static void least(ProductNumberList *numbers, Str column, int64_t value)
{
    for (size_t i = 0; i < numbers->n; i++) {
        if (!str_eq(numbers->items[i].column, column)) continue;
        if (value < numbers->items[i].value) numbers->items[i].value = value;
        return;
    }
    numbers->items[numbers->n++] = (ProductNumber){column, value};
}

Str price_column(Arena *arena, Str channel, Currency currency)
{
    return str_format(arena, "price:%.*s:%.3s", STR_ARG(channel), currency.code);
}

/* What one piece of the cheapest variant costs, in each channel and currency. */
static void add_prices(Arena *arena, ProductNumberList *numbers, const Product *product, Time now,
                       Time *until)
{
    for (size_t c = 0; c < product->channels.n; c++) {
        for (size_t i = 0; i < product->variants.n; i++) {
            Prices seen = prices_in_force(arena, product->variants.items[i].prices,
                                          product->channels.items[c], now, until);
            for (size_t k = 0; k < seen.n; k++)
                if (seen.items[k].min_quantity == 1)
                    least(numbers,
                          price_column(arena, product->channels.items[c], seen.items[k].currency),
                          seen.items[k].amount.minor);
        }
    }
}

static size_t most_numbers(const Product *product)
{
    size_t n = 0;
    for (size_t i = 0; i < product->variants.n; i++) n += product->variants.items[i].prices.n;
    return n * product->channels.n + product->attributes.n;
}

bool attribute_number(Str text, int64_t *millionths)
{
    char digits[32], *end;
    if (!text.n || text.n >= sizeof digits) return false;
    memcpy(digits, text.p, text.n);
    digits[text.n] = 0;
    double value = strtod(digits, &end);
    if (end != digits + text.n || !(fabs(value) < 1e12)) return false;
    *millionths = (int64_t)llround(value * 1e6);
    return true;
}

/* Attributes that are numbers can be compared. */
static void add_numbers(Arena *arena, ProductNumberList *numbers, AttributeList attributes)
{
    for (size_t i = 0; i < attributes.n; i++) {
        const Attribute *attribute = &attributes.items[i];
        int64_t value;
        if (attribute->value.text.p[0] == '"' || !attribute_number(attribute->value.text, &value))
            continue;
        numbers->items[numbers->n++] =
            (ProductNumber){number_column(arena, attribute->name), value};
    }
}

Str attribute_column(Arena *arena, Str name)
{
    return str_format(arena, "attribute:%.*s", STR_ARG(name));
}

Str number_column(Arena *arena, Str name)
{
    return str_format(arena, "number:%.*s", STR_ARG(name));
}

/* Compatibility decomposition (UAX #15) without marks, and full case folding. */
Str title_key(Arena *arena, Str title)
{
    utf8proc_uint8_t *folded = NULL;
    utf8proc_ssize_t n =
        utf8proc_map((const utf8proc_uint8_t *)title.p, (utf8proc_ssize_t)title.n, &folded,
                     UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | UTF8PROC_STRIPMARK | UTF8PROC_CASEFOLD |
                         UTF8PROC_IGNORE);
    Str key = n > 0 ? str_copy(arena, (Str){(const char *)folded, (size_t)n}) : S("");
    free(folded);
    return key;
}

ProductFacts product_facts(Arena *arena, const Product *product, Time now)
{
    ProductFacts facts = {.present = PRESENT_ALL,
                          .product_id = product->id,
                          .shape = document_shape(),
                          .terms = make_terms(arena, product),
                          .numbers = {NEW_N(arena, ProductNumber, most_numbers(product)), 0},
                          .categories = product->categories,
                          .title_key = title_key(arena, product->title)};
    add_prices(arena, &facts.numbers, product, now, &facts.valid_until);
    add_numbers(arena, &facts.numbers, product->attributes);
    if (!facts.valid_until.us) MARK_ABSENT(&product_facts_type, &facts, ProductFacts, valid_until);
    return facts;
}

/* ---- Search texts ---------------------------------------------------------------------------- */

static StrList codes_of(Arena *arena, const Product *product)
{
    StrList codes = {NEW_N(arena, Str, 2 * product->variants.n), 0};
    for (size_t i = 0; i < product->variants.n; i++) {
        const Variant *variant = &product->variants.items[i];
        if (variant->sku.n) codes.items[codes.n++] = variant->sku;
        if (variant->barcode.n) codes.items[codes.n++] = variant->barcode;
    }
    return codes;
}

/* The words that find a product in every language: its tags, and who made it. */
static StrList words_of(Arena *arena, const Product *product)
{
    StrList words = {NEW_N(arena, Str, product->tags.n + 2), 0};
    for (size_t i = 0; i < product->tags.n; i++) words.items[words.n++] = product->tags.items[i];
    if (product->vendor.n) words.items[words.n++] = product->vendor;
    if (product->type.n) words.items[words.n++] = product->type;
    return words;
}

static void put_search_texts(Ctx *cx, const Product *product, TranslationList translations)
{
    StrList words = words_of(cx->arena, product);
    SearchText *texts = NEW_N(cx->arena, SearchText, translations.n + 1);
    texts[0] = (SearchText){.title = product->title, .tags = words, .body = product->description};
    for (size_t i = 0; i < translations.n; i++) {
        const Translation *translation = &translations.items[i];
        texts[i + 1] = (SearchText){.locale = translation->locale,
                                    .title = translation->title,
                                    .tags = words,
                                    .body = translation->description};
    }
    search_put(cx, "product", product->id, (SearchTextList){texts, translations.n + 1},
               codes_of(cx->arena, product));
}

/* ---- The whole ------------------------------------------------------------------------------- */

static void put_all(Ctx *cx, const Product *product, TranslationList translations)
{
    put_documents(cx, product, translations);
    put_search_texts(cx, product, translations);
    ProductFacts facts = product_facts(cx->arena, product, ctx_now(cx));
    facts_put(cx, &facts);
    if (facts.valid_until.us) renew_by(cx, facts.valid_until);
}

void product_publish_first(Ctx *cx, const Product *product)
{
    if (product->status != PRODUCT_ACTIVE) return;
    put_all(cx, product, (TranslationList){0});
    changed(cx, "product", product->id);
}

void product_publish(Ctx *cx, const Product *product)
{
    derived_delete(cx, product->id);
    if (product->status == PRODUCT_ACTIVE)
        put_all(cx, product, translations_of(cx, product->id));
    else
        search_remove(cx, "product", product->id);
    changed(cx, "product", product->id);
}

void product_withdraw(Ctx *cx, Id product)
{
    derived_delete(cx, product);
    search_remove(cx, "product", product);
    changed(cx, "product", product);
}
