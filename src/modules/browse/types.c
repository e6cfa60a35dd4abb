#include "modules/browse/types.h"

#include "meta/slug.h"
#include "platform/api/limits.h"

#define AMOUNT_MAX 1000000000000

static const char *const sort_docs[] = {"Best match first; without `q` as `newest`.",
                                        "Made last first.",
                                        "Cheapest first.",
                                        "Dearest first.",
                                        "By title, A first.",
                                        "By title, Z first.",
                                        "Sold most first.",
                                        "As the collection has them."};
static const EnumNames sort_names = {.names = (const char *const[]){"relevance", "newest", "price",
                                                                    "-price", "title", "-title",
                                                                    "best-selling", "position"},
                                     .n = 8,
                                     .docs = sort_docs};

Str sort_text(ProductSort sort)
{
    return enum_text(&sort_names, sort);
}

const Type product_query_type = TYPE_WITH_ABSENCE(
    ProductQuery, "Which products, from where they are seen, and in which order.",
    PRODUCT_VIEW_FIELDS(ProductQuery),
    FIELD(ProductQuery, q,
          "Words to find; `\"a phrase\"`, `-without`; the last word may be its beginning only.",
          .max = SEARCH_TEXT_MAX),
    FIELD(ProductQuery, category, "In this category or below it: its id or its handle.",
          .max = SLUG_MAX),
    FIELD(ProductQuery, collection, "In this collection: its id or its handle.", .max = SLUG_MAX),
    FIELD(ProductQuery, vendor, "Of this vendor; several: of any of them.",
          .max = FILTER_VALUES_MAX, .item_max = 100),
    FIELD(ProductQuery, type, "Of this product type; several: of any of them.",
          .max = FILTER_VALUES_MAX, .item_max = 100),
    FIELD(ProductQuery, tag, "With this tag; several: with any of them.", .max = FILTER_VALUES_MAX,
          .item_max = 100),
    FIELD(ProductQuery, attribute,
          "`Material:Oak`; several values of one attribute: any of them; several attributes: all.",
          .max = FILTER_VALUES_MAX, .item_max = 1200, .pattern = "^[^:]+:"),
    FIELD(ProductQuery, price_min, "Costs at least this, in minor units of `currency`.", .min = 0,
          .max = AMOUNT_MAX),
    FIELD(ProductQuery, price_max, "Costs at most this.", .min = 0, .max = AMOUNT_MAX),
    FIELD(ProductQuery, in_stock, "true: only what is there; false: only what is not."),
    ENUM(ProductQuery, status, "Products of this status in all channels; needs products:read.",
         product_status_names),
    ENUM(ProductQuery, sort,
         "In which order. Left out: `relevance` with `q`, `position` in a collection made by hand, "
         "else `newest`.",
         sort_names),
    FIELD(ProductQuery, include,
          "`total`: how many there are; `facets`: how many of each vendor, type, tag, category, "
          "attribute and price.",
          .max = 4, .pattern = "^(total|facets)$", .commas = true),
    PRODUCT_EXPAND_FIELD(ProductQuery),
    FIELD(ProductQuery, limit, "Products on a page.", .min = 1, .max = LIMIT_PAGE, .initial = "20"),
    FIELD(ProductQuery, cursor, "`next_cursor` of the page before.", .max = 1400));

const Type product_cursor_type =
    TYPE(ProductCursor, "Where a list of products goes on.",
         ENUM(ProductCursor, sort, "", sort_names, .required = true),
         FIELD(ProductCursor, id, "", .prefix = "prod", .required = true),
         FIELD(ProductCursor, absent, ""), FIELD(ProductCursor, number, ""),
         FIELD(ProductCursor, text, ""));

const Type facet_value_type = TYPE_WITH_ABSENCE(
    FacetValue, "How many products have a value.", FIELD(FacetValue, value, "As filters take it."),
    FIELD(FacetValue, label, "As people read it, where that differs.", .nullable = true),
    FIELD(FacetValue, count, "Products that this filter would leave."));

const Type facet_type = TYPE_WITH_ABSENCE(
    Facet, "What the products of a list have in common, and how many.",
    FIELD(Facet, name, "`vendor`, `type`, `tag`, `category`, `price`, `attribute:Material`, …"),
    LIST(Facet, values, "Most first. A filter on this facet itself is left out in counting.",
         facet_value_type),
    FIELD(Facet, min, "Of `price`: the least, in minor units.", .nullable = true),
    FIELD(Facet, max, "Of `price`: the most.", .nullable = true));

const Type product_list_notes_type = TYPE_WITH_ABSENCE(
    ProductListNotes, "What a list of products says beside its products.",
    FIELD(ProductListNotes, total, "How many there are; with `include=total`.", .restricted = true),
    LIST(ProductListNotes, facets, "With `include=facets`.", facet_type, .restricted = true),
    FIELD(ProductListNotes, corrected,
          "What was searched for instead, when nothing fits `q` as it is written.",
          .restricted = true));

const Type highlights_type = TYPE(
    Highlights, "The parts that fit the question, as safe HTML with `<mark>`.",
    FIELD(Highlights, title, "The whole title."),
    FIELD(Highlights, description, "The best piece of the description, without its Markdown."));

const Type search_hit_type =
    TYPE(SearchHit, "A product that was found.",
         OBJECT(SearchHit, product, "The product.", product_type),
         OBJECT(SearchHit, highlights, "Why it was found.", highlights_type));

const Type suggestion_query_type =
    TYPE(SuggestionQuery, "What somebody has typed so far.",
         FIELD(SuggestionQuery, q, "The beginning of a search.", .required = true, .min = 1,
               .max = SEARCH_TEXT_MAX),
         FIELD(SuggestionQuery, locale, "Language of the texts; left out: the shop's own.",
               .format = FORMAT_LOCALE),
         FIELD(SuggestionQuery, limit, "At most so many.", .min = 1, .max = SUGGESTIONS_MAX,
               .initial = "8"));

const Type suggestion_type =
    TYPE(Suggestion, "How the search may go on.", FIELD(Suggestion, text, "A whole search."));
