/* A product's own page. */
#include "modules/storefront/product.h"

#include "modules/storefront/frame.h"
#include "modules/storefront/product_data.h"

#include "meta/html_markdown.h"
#include "platform/cache/cache.h"

/* The page has the heading of the first level. */
static void put_description(Page *page, Str markdown)
{
    if (!markdown.n) return;
    buf_lit(&page->out, "<div class=\"description\">");
    buf_put(&page->out, markdown_to_html(page->arena, markdown, 2));
    buf_lit(&page->out, "</div>\n");
}

static void put_path(Page *page, const Product *product)
{
    if (!product->categories.n) return;
    IdList first = {product->categories.items, 1};
    CategoryList main = categories_named(page->rq->cx, first, S(""));
    if (!main.n || !main.items[0].visible) return;
    buf_lit(&page->out, "<nav class=\"path\" aria-label=\"Breadcrumbs\"><a href=\"/\">Shop</a>");
    for (size_t i = 0; i < main.items[0].path.n; i++) {
        const CategoryRef *step = &main.items[0].path.items[i];
        HTML(&page->out, " <span aria-hidden=\"true\">/</span> <a href=\"/?category={}\">{}</a>",
             step->handle, step->title);
    }
    buf_lit(&page->out, "</nav>\n");
}

static void put_variant(Page *page, const Variant *variant)
{
    Price price;
    bool several;
    VariantList alone = {(Variant *)variant, 1};
    Str choice = str_join(page->arena, variant->options, S(", "));
    HTML(&page->out, "<tr><th scope=\"row\">{}</th><td>", choice.n ? choice : S("One size"));
    if (lowest_price(&alone, page->currency, &price, &several))
        html_text(&page->out, price_text(page->arena, price.amount, price.currency, page->locale));
    HTML(&page->out, "</td><td>{}</td><td class=\"sku\">{}</td></tr>\n",
         str_from(availability_text(variant->availability)), variant->sku);
}

static void put_variants(Page *page, VariantList variants)
{
    buf_lit(&page->out, "<table class=\"variants\"><caption>What there is</caption><thead><tr>"
                        "<th scope=\"col\">Choice</th><th scope=\"col\">Price</th>"
                        "<th scope=\"col\">Stock</th><th scope=\"col\">Number</th></tr></thead>"
                        "<tbody>\n");
    for (size_t i = 0; i < variants.n; i++) put_variant(page, &variants.items[i]);
    buf_lit(&page->out, "</tbody></table>\n");
}

static Str unit_of(AttributeRuleList rules, Str name)
{
    for (size_t i = 0; i < rules.n; i++)
        if (str_eq(rules.items[i].name, name)) return rules.items[i].unit;
    return (Str){0};
}

static void put_facts(Page *page, const Product *product)
{
    AttributeList attributes = product->attributes;
    if (!attributes.n) return;
    AttributeRuleList rules = attribute_rules(page->rq->cx, product->type);
    buf_lit(&page->out, "<dl class=\"facts\">\n");
    for (size_t i = 0; i < attributes.n; i++) {
        Str unit = unit_of(rules, attributes.items[i].name);
        HTML(&page->out, "<dt>{}</dt><dd>{}{}{}</dd>\n", attributes.items[i].name,
             fact_text(json_scalar_text(page->arena, attributes.items[i].value)),
             unit.n ? S(" ") : S(""), unit);
    }
    buf_lit(&page->out, "</dl>\n");
}

static void put_pictures(Page *page, const Product *product)
{
    buf_lit(&page->out, "<div class=\"pictures\">");
    put_picture(&page->out, product->images, product->title, true);
    for (size_t i = 1; i < product->images.n; i++)
        put_picture(&page->out, (ImageList){&product->images.items[i], 1}, product->title, false);
    buf_lit(&page->out, "</div>\n");
}

static Reply nothing_here(Request *rq)
{
    Page page = page_new(rq);
    page_begin(&page, &(PageHead){.title = S("Not found")});
    buf_lit(&page.out, "<main class=\"single\"><section id=\"content\"><h1>There is no such product"
                       "</h1><p>It may have been sold for the last time. "
                       "<a href=\"/\">See everything</a>.</p></section></main>\n");
    return page_end(&page, 404);
}

Reply show_product_page(Request *rq)
{
    ProductView view = product_view_of(rq, S(""), S("default"), (Currency){{0}}, (StrList){0});
    view.staff = false; /* the page is the same for everybody */
    const ShownProduct *shown = product_shown_by_handle(rq->cx, rq->args[0].text, &view);
    cache_depends(rq, "product", shown ? shown->id : (Id){0});
    cache_depends(rq, "category", (Id){0});
    cache_depends(rq, "product_type", (Id){0});
    const Product *product = shown ? product_of_document(rq->cx->arena, shown->json) : NULL;
    if (!product) return nothing_here(rq);
    if (shown->until.us) cache_expires(rq, shown->until);
    PageHead head = product_head(rq->cx->arena, product);
    Page page = page_new(rq);
    page_begin(&page, &head);
    put_product_data(&page, product, &head);
    buf_lit(&page.out, "<main class=\"single\">\n");
    put_path(&page, product);
    put_pictures(&page, product);
    HTML(&page.out, "<section id=\"content\">\n<p class=\"vendor\">{}</p><h1>{}</h1>\n",
         product->vendor, product->title);
    put_variants(&page, product->variants);
    put_description(&page, product->description);
    put_facts(&page, product);
    buf_lit(&page.out, "</section>\n</main>\n");
    return page_end(&page, 200);
}
