#include "modules/storefront/frame.h"

#include "base/hash.h"

#include <stdio.h>

extern const char web_shop_css[];
extern const size_t web_shop_css_size;

static struct {
    const Config *config;
    Blob *stylesheet;
    char version[17]; /* of the stylesheet, in its address */
} shop;

void page_start(const ModuleWorld *world)
{
    Str css = {web_shop_css, web_shop_css_size};
    shop.config = world->config;
    if (shop.stylesheet) return;
    snprintf(shop.version, sizeof shop.version, "%016llx", (unsigned long long)hash_fast(css));
    shop.stylesheet = blob_new(css, S("text/css; charset=utf-8"),
                               S("Cache-Control: public, max-age=31536000, immutable\r\n"), true);
}

Reply show_stylesheet(Request *rq)
{
    (void)rq;
    return ok_blob(shop.stylesheet);
}

/* ---- Availability and pictures --------------------------------------------------------------- */

const char *availability_text(Availability availability)
{
    static const char *const texts[] = {"Sold out", "On back-order", "Pre-order", "Only a few left",
                                        "In stock"};
    return texts[availability];
}

Availability best_of(const VariantList *variants)
{
    Availability best = AVAILABILITY_OUT;
    for (size_t i = 0; i < variants->n; i++)
        if (variants->items[i].availability > best) best = variants->items[i].availability;
    return best;
}

/* The first character, whatever its length in UTF-8. */
static Str initial_of(Str title)
{
    size_t n = title.n ? 1 : 0;
    while (n < title.n && ((unsigned char)title.p[n] & 0xC0) == 0x80) n++;
    return str_slice(title, 0, n);
}

void put_picture(Buf *out, ImageList images, Str title, bool large)
{
    if (!images.n) {
        HTML(out, "<span class=\"tile\" aria-hidden=\"true\">{}</span>", initial_of(title));
        return;
    }
    const Image *image = &images.items[0];
    HTML(out, "<img src=\"{}\" alt=\"{}\" width=\"400\" height=\"400\"", image->url,
         image->alt.n || !large ? image->alt : title);
    buf_put(out, large ? S(">") : S(" loading=\"lazy\">"));
}

/* ---- The frame ------------------------------------------------------------------------------- */

static CategoryList visible(CategoryList all)
{
    size_t kept = 0;
    for (size_t i = 0; i < all.n; i++)
        if (all.items[i].visible) all.items[kept++] = all.items[i];
    return (CategoryList){all.items, kept};
}

Str page_address(const Page *page, Str path)
{
    if (!str_starts(path, S("/"))) return path;
    return str_format(page->arena, "%.*s%.*s", STR_ARG(shop.config->shop.url), STR_ARG(path));
}

static void put_property(Page *page, const char *name, Str content)
{
    if (content.n)
        HTML(&page->out, "<meta property=\"{}\" content=\"{}\">\n", str_from(name), content);
}

/* Who shows a shared link resolves no paths: it takes URLs or nothing. */
static void put_property_url(Page *page, const char *name, Str path)
{
    Str url = page_address(page, path);
    if (!str_starts(url, S("/"))) put_property(page, name, url);
}

/* What search engines and those who show shared links (Open Graph, ogp.me) read. */
static void put_relations(Page *page, const PageHead *head)
{
    if (head->path.n)
        HTML(&page->out, "<link rel=\"canonical\" href=\"{}\">\n", page_address(page, head->path));
    if (head->next.n) HTML(&page->out, "<link rel=\"next\" href=\"{}\">\n", head->next);
    put_property(page, "og:site_name", S("Souk"));
    put_property(page, "og:type", head->is_product ? S("product") : S("website"));
    put_property(page, "og:title", head->title);
    put_property(page, "og:description", head->description);
    put_property_url(page, "og:url", head->path);
    put_property_url(page, "og:image", head->image);
}

static void put_head(Page *page, const PageHead *head)
{
    HTML(&page->out,
         "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<title>{}</title>\n",
         shop.config->shop.locale, head->title);
    if (head->description.n)
        HTML(&page->out, "<meta name=\"description\" content=\"{}\">\n", head->description);
    HTML(&page->out,
         "<link rel=\"stylesheet\" href=\"/assets/shop.css?v={}\">\n"
         "<link rel=\"icon\" href=\"data:,\">\n",
         str_from(shop.version));
    put_relations(page, head);
    buf_lit(&page->out, "</head>\n<body>\n");
}

static void put_header(Page *page, Str q)
{
    HTML(&page->out,
         "<a class=\"skip\" href=\"#content\">Skip to the products</a>\n"
         "<header class=\"top\">\n<a class=\"brand\" href=\"/\">Souk</a>\n"
         "<form class=\"search\" action=\"/\" role=\"search\">"
         "<label for=\"q\">Search</label>"
         "<input id=\"q\" name=\"q\" type=\"search\" value=\"{}\" "
         "placeholder=\"Search the shop\" maxlength=\"200\">"
         "<button>Search</button></form>\n<nav class=\"links\" aria-label=\"For developers\">"
         "<a href=\"/docs\">API</a><a href=\"/docs/guide\">Guide</a>"
         "<a href=\"/metrics\">Metrics</a></nav>\n</header>\n"
         "<nav class=\"categories\" aria-label=\"Categories\"><ul>\n",
         q);
    for (size_t i = 0; i < page->categories.n; i++) {
        const Category *category = &page->categories.items[i];
        if (category->depth == 0)
            HTML(&page->out, "<li><a href=\"/?category={}\">{}</a></li>\n", category->handle,
                 category->title);
    }
    buf_lit(&page->out, "</ul></nav>\n");
}

Page page_new(Request *rq)
{
    Page page = {.rq = rq,
                 .arena = rq->cx->arena,
                 .out = buf_new(rq->cx->arena, PAGE_BYTES_MAX),
                 .locale = shop.config->shop.locale,
                 .currency = shop.config->shop.currency};
    page.categories = visible(categories_all(rq->cx, S("")));
    return page;
}

void page_begin(Page *page, const PageHead *head)
{
    buf_reserve(&page->out, 64 << 10);
    put_head(page, head);
    put_header(page, head->q);
}

Reply page_end(Page *page, int status)
{
    buf_lit(&page->out, "<footer><p>Made with Souk: <a href=\"/docs\">API</a>, "
                        "<a href=\"/openapi.json\">OpenAPI</a>, <a href=\"/llms.txt\">llms.txt</a>."
                        "</p></footer>\n</body>\n</html>\n");
    Reply reply = ok_bytes(buf_str(&page->out), S("text/html; charset=utf-8"));
    reply.status = status;
    return reply;
}
