/* The shop window: what is for sale, found by words, categories and filters.
 *
 * It asks as the API does (browse_page, with the API's own parameters) and shows the same published
 * documents, so that a filter which the API gains needs a link here and nothing else. All choices
 * are links and one form: the page works without scripts, each state has an address that can be
 * sent to somebody, and the answer cache knows it by that address.
 *
 * Rejected: templates with a language of their own (one more parser, and nobody but this program
 * would write them), and a page that a script fills (slower to the first product, and nothing for
 * search engines). */
#include "modules/storefront/window.h"

#include "modules/storefront/choices.h"
#include "modules/storefront/frame.h"

#include "meta/json.h"
#include "platform/api/errors.h"
#include "platform/cache/cache.h"

enum { WINDOW_PRODUCTS = 24, VALUES_SHOWN = 12 };

/* ---- Cards ----------------------------------------------------------------------------------- */

static void put_price(Page *page, const Product *card)
{
    Price lowest;
    bool several;
    if (!lowest_price(&card->variants, page->currency, &lowest, &several)) return;
    HTML(&page->out, "<p class=\"price\">{}{}", several ? S("from ") : S(""),
         price_text(page->arena, lowest.amount, lowest.currency, page->locale));
    if (type_member_is_set(&price_type, &lowest, offsetof(Price, compare_at)) &&
        lowest.compare_at.minor > 0)
        HTML(&page->out, " <s>{}</s>",
             price_text(page->arena, lowest.compare_at, lowest.currency, page->locale));
    buf_lit(&page->out, "</p>");
}

static void put_card(Page *page, const SearchQuery *search, Str json)
{
    const Product *card = product_of_document(page->arena, json);
    if (!card) return;
    Availability best = best_of(&card->variants);
    HTML(&page->out, "<li class=\"card\"><a href=\"/products/{}\">", card->handle);
    put_picture(&page->out, card->images, card->title, false);
    buf_lit(&page->out, "<h2>");
    if (search)
        buf_put(&page->out, search_highlight(page->arena, search, card->title, SIZE_MAX));
    else
        html_text(&page->out, card->title);
    HTML(&page->out, "</h2></a><p class=\"vendor\">{}</p>", card->vendor);
    put_price(page, card);
    if (best != AVAILABILITY_IN)
        HTML(&page->out, "<p class=\"note\">{}</p>", str_from(availability_text(best)));
    buf_lit(&page->out, "</li>\n");
}

/* ---- Filters --------------------------------------------------------------------------------- */

static void put_value(Page *page, const Choices *choices, const char *name, Str value,
                      const FacetValue *facet)
{
    bool chosen = choices_have(choices, name, value);
    Str label = facet->label.n ? facet->label : fact_text(facet->value);
    HTML(&page->out, "<li><a href=\"{}\" rel=\"nofollow\"", choices_toggled(choices, name, value));
    buf_put(&page->out, chosen ? S(" class=\"chosen\" aria-current=\"true\">") : S(">"));
    HTML(&page->out, "{} <span class=\"count\">{}</span></a></li>", label,
         count_text(page->arena, facet->count, page->locale));
}

/* "attribute:Material" is the parameter `attribute` with "Material:Oak". */
static void put_facet(Page *page, const Choices *choices, const Facet *facet)
{
    static const Str prefix = S_INIT("attribute:");
    bool attribute = str_starts(facet->name, prefix);
    Str heading = attribute ? str_slice(facet->name, prefix.n, facet->name.n) : facet->name;
    char *shown = str_z(page->arena, heading);
    if (shown[0] >= 'a' && shown[0] <= 'z') shown[0] = (char)(shown[0] - 'a' + 'A');
    HTML(&page->out, "<details open><summary>{}</summary><ul>", str_from(shown));
    for (size_t i = 0; i < facet->values.n && i < VALUES_SHOWN; i++) {
        const FacetValue *value = &facet->values.items[i];
        Str pair = str_format(page->arena, "%.*s:%.*s", STR_ARG(heading), STR_ARG(value->value));
        put_value(page, choices, attribute ? "attribute" : str_z(page->arena, facet->name),
                  attribute ? pair : value->value, value);
    }
    buf_lit(&page->out, "</ul></details>\n");
}

/* Steps that people think in, in whole units of the currency; only those that part the list. */
static void put_prices(Page *page, const Choices *choices, const Facet *facet)
{
    static const int64_t steps[] = {10, 20, 50, 100, 200, 500, 1000, 5000};
    int64_t unit = 1;
    for (int i = currency_exponent(page->currency); i > 0; i--) unit *= 10;
    bool any = false;
    for (size_t i = 0; i < ROWS(steps); i++) {
        int64_t most = steps[i] * unit;
        if (most < facet->min || most >= facet->max) continue;
        buf_put(&page->out, any ? S("") : S("<details open><summary>Price</summary><ul>"));
        any = true;
        Str value = str_format(page->arena, "%lld", (long long)most);
        bool chosen = choices_have(choices, "price_max", value);
        HTML(&page->out, "<li><a href=\"{}\" rel=\"nofollow\"",
             choices_with(choices, "price_max", chosen ? (Str){0} : value));
        buf_put(&page->out, chosen ? S(" class=\"chosen\" aria-current=\"true\">") : S(">"));
        HTML(&page->out, "up to {}</a></li>",
             price_text(page->arena, (Money){most}, page->currency, page->locale));
    }
    if (any) buf_lit(&page->out, "</ul></details>\n");
}

/* How many filters are chosen; where one is and in which order are none. */
static size_t filters_chosen(const Choices *choices)
{
    static const char *const others[] = {"q", "category", "collection", "sort"};
    size_t chosen = choices->n;
    for (size_t i = 0; i < choices->n; i++)
        for (size_t k = 0; k < ROWS(others); k++)
            if (strcmp(choices->items[i].name, others[k]) == 0) chosen--;
    return chosen;
}

static void put_filters(Page *page, const Choices *choices, FacetList facets)
{
    size_t chosen = filters_chosen(choices);
    HTML(&page->out,
         "<input type=\"checkbox\" class=\"filters-shown\" id=\"filters-shown\">"
         "<label class=\"filters-button\" for=\"filters-shown\">Filters{}</label>\n"
         "<aside class=\"filters\" aria-label=\"Filters\">\n",
         chosen ? str_format(page->arena, " (%zu)", chosen) : (Str){0});
    bool stock = choices_have(choices, "in_stock", S("true"));
    HTML(&page->out, "<p><a href=\"{}\" rel=\"nofollow\"",
         choices_with(choices, "in_stock", stock ? (Str){0} : S("true")));
    buf_put(&page->out, stock ? S(" class=\"chosen\" aria-current=\"true\">") : S(">"));
    buf_lit(&page->out, "Only what is in stock</a></p>\n");
    for (size_t i = 0; i < facets.n; i++) {
        const Facet *facet = &facets.items[i];
        bool elsewhere =
            str_eq(facet->name, S("category")) || str_eq(facet->name, S("availability"));
        if (str_eq(facet->name, S("price")))
            put_prices(page, choices, facet);
        else if (!elsewhere && facet->values.n)
            put_facet(page, choices, facet);
    }
    buf_lit(&page->out, "</aside>\n");
}

/* ---- Where one is, and in which order -------------------------------------------------------- */

static const Category *category_chosen(const Page *page, Str name)
{
    for (size_t i = 0; i < page->categories.n; i++) {
        const Category *category = &page->categories.items[i];
        if (str_eq(category->handle, name) ||
            str_eq(id_text(page->arena, "cat", category->id), name))
            return category;
    }
    return NULL;
}

static void put_below(Page *page, const Category *category)
{
    bool any = false;
    for (size_t i = 0; i < page->categories.n; i++) {
        const Category *child = &page->categories.items[i];
        if (!id_eq(child->parent, category->id)) continue;
        buf_put(&page->out, any ? S("") : S("<ul class=\"below\" aria-label=\"Within\">"));
        HTML(&page->out, "<li><a href=\"/?category={}\">{}</a></li>", child->handle, child->title);
        any = true;
    }
    if (any) buf_lit(&page->out, "</ul>\n");
}

static void put_path(Page *page, const Category *category)
{
    buf_lit(&page->out, "<nav class=\"path\" aria-label=\"Breadcrumbs\"><a href=\"/\">Shop</a>");
    for (size_t i = 0; i < category->path.n; i++) {
        const CategoryRef *step = &category->path.items[i];
        HTML(&page->out, " <span aria-hidden=\"true\">/</span> <a href=\"/?category={}\">{}</a>",
             step->handle, step->title);
    }
    buf_lit(&page->out, "</nav>\n");
    put_below(page, category);
}

static void put_orders(Page *page, const Choices *choices, const ProductQuery *query)
{
    static const struct {
        ProductSort sort;
        const char *label;
    } orders[] = {{SORT_RELEVANCE, "Best match"},     {SORT_NEWEST, "Newest"},
                  {SORT_BEST_SELLING, "Most sold"},   {SORT_PRICE, "Cheapest"},
                  {SORT_PRICE_DESCENDING, "Dearest"}, {SORT_TITLE, "A to Z"}};
    bool given = IS_SET(&product_query_type, query, ProductQuery, sort);
    ProductSort now = given ? query->sort : query->q.n ? SORT_RELEVANCE : SORT_NEWEST;
    buf_lit(&page->out, "<ul class=\"orders\" aria-label=\"Order\">");
    for (size_t i = 0; i < ROWS(orders); i++) {
        if (orders[i].sort == SORT_RELEVANCE && !query->q.n) continue;
        HTML(&page->out, "<li><a href=\"{}\" rel=\"nofollow\"",
             choices_with(choices, "sort", sort_text(orders[i].sort)));
        buf_put(&page->out,
                orders[i].sort == now ? S(" class=\"chosen\" aria-current=\"true\">") : S(">"));
        HTML(&page->out, "{}</a></li>", str_from(orders[i].label));
    }
    buf_lit(&page->out, "</ul>\n");
}

/* ---- The page -------------------------------------------------------------------------------- */

static void put_heading(Page *page, const Category *category, const ProductQuery *query,
                        const BrowsePage *found)
{
    if (category) put_path(page, category);
    if (query->q.n)
        HTML(&page->out, "<h1>“{}”</h1>", query->q);
    else if (category)
        HTML(&page->out, "<h1>{}</h1>", category->title);
    else
        buf_lit(&page->out, "<h1>Everything</h1>");
    HTML(&page->out, "<p class=\"total\">{} {}</p>\n",
         count_text(page->arena, found->total, page->locale),
         found->total == 1 ? S("product") : S("products"));
    if (found->found.corrected.n)
        HTML(&page->out, "<p class=\"notice\">Nothing fits what was written; this is “{}”.</p>\n",
             found->found.corrected);
}

static void put_products(Page *page, const Choices *choices, const BrowsePage *found)
{
    if (!found->products.n) {
        HTML(&page->out,
             "<p class=\"notice\">There is nothing like this. {}, or "
             "<a href=\"/\">see everything</a>.</p>\n",
             filters_chosen(choices) ? S("Take back a filter") : S("Try other words"));
        return;
    }
    buf_lit(&page->out, "<ul class=\"grid\">\n");
    for (size_t i = 0; i < found->products.n; i++)
        put_card(page, found->found.query, found->products.items[i].json);
    buf_lit(&page->out, "</ul>\n");
    if (found->next.n)
        HTML(&page->out, "<p class=\"more\"><a href=\"{}\" rel=\"next\">Next page</a></p>\n",
             choices_with(choices, "cursor", found->next));
}

static ProductQuery window_query(Request *rq)
{
    static Str include[] = {S_INIT("total"), S_INIT("facets")};
    ProductQuery query = *(const ProductQuery *)rq->query;
    query.include = (StrList){include, 2};
    query.expand = (StrList){0};
    query.limit = WINDOW_PRODUCTS;
    return query;
}

/* Filters and orders make no page of its own; what somebody searched is none to remember, and a later
 * page must not pass for the first one. */
static Str window_path(Arena *arena, const Category *category, const ProductQuery *query)
{
    if (query->q.n || query->cursor.n || query->collection.n) return (Str){0};
    if (category) return str_format(arena, "/?category=%.*s", STR_ARG(category->handle));
    return query->category.n ? (Str){0} : S("/");
}

static PageHead window_head(Arena *arena, const Category *category, const ProductQuery *query)
{
    PageHead head = {.title = S("Souk"),
                     .description = S("Everything that the shop sells."),
                     .q = query->q,
                     .path = window_path(arena, category, query)};
    if (category) {
        head.title = category->seo.title.n ? category->seo.title : category->title;
        head.description = category->seo.description;
    }
    if (query->q.n) head.title = query->q;
    return head;
}

Reply show_window(Request *rq)
{
    ProductQuery query = window_query(rq);
    BrowsePage found = browse_page(rq, &query);
    if (found.refused) return fail(rq, found.refused, "%s", found.why);
    cache_depends(rq, "category", (Id){0});
    Page page = page_new(rq);
    Choices choices = choices_of(page.arena, &query);
    const Category *category = query.category.n ? category_chosen(&page, query.category) : NULL;
    PageHead head = window_head(page.arena, category, &query);
    if (found.next.n) head.next = choices_with(&choices, "cursor", found.next);
    page_begin(&page, &head);
    buf_lit(&page.out, "<main class=\"window\">\n");
    if (found.total || filters_chosen(&choices)) put_filters(&page, &choices, found.facets);
    buf_lit(&page.out, "<section id=\"content\">\n");
    put_heading(&page, category, &query, &found);
    if (found.total > 1) put_orders(&page, &choices, &query);
    put_products(&page, &choices, &found);
    buf_lit(&page.out, "</section>\n</main>\n");
    return page_end(&page, 200);
}
