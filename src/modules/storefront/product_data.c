#include "modules/storefront/product_data.h"

#include "meta/json.h"
#include "platform/search/markdown.h"

enum {
    SUMMARY_BYTES = 160,      /* what search engines show of a description */
    DATA_BYTES_MAX = 1 << 20, /* a product of 200 variants takes 50 KB */
};

/* ---- The head -------------------------------------------------------------------------------- */

/* Cut behind the last word that fits; within a word that alone is too long, behind a character. */
static Str shortened(Arena *arena, Str text)
{
    if (text.n <= SUMMARY_BYTES) return text;
    size_t n = SUMMARY_BYTES;
    while (n && text.p[n] != ' ') n--;
    if (!n)
        for (n = SUMMARY_BYTES; ((unsigned char)text.p[n] & 0xC0) == 0x80;) n--;
    return str_format(arena, "%.*s…", (int)n, text.p);
}

/* The beginning of a text in Markdown: without its signs, in one line. */
static Str summary_of(Arena *arena, Str markdown)
{
    Str text = markdown_text(arena, markdown);
    Buf out = buf_new(arena, 2 * SUMMARY_BYTES);
    bool space = false;
    for (size_t i = 0; i < text.n && out.n <= SUMMARY_BYTES + 4; i++) {
        char c = text.p[i];
        bool blank = c == ' ' || c == '\n' || c == '\t';
        if (!blank && space && out.n) buf_char(&out, ' ');
        if (!blank) buf_char(&out, c);
        space = blank;
    }
    return shortened(arena, buf_str(&out));
}

PageHead product_head(Arena *arena, const Product *product)
{
    Str own = product->seo.description;
    return (PageHead){
        .title = product->seo.title.n ? product->seo.title : product->title,
        .description = own.n ? own : summary_of(arena, product->description),
        .path = str_format(arena, "/products/%.*s", STR_ARG(product->handle)),
        .image = product->images.n ? product->images.items[0].url : (Str){0},
        .is_product = true,
    };
}

/* ---- JSON-LD --------------------------------------------------------------------------------- */

static void put_named(JsonOut *out, const char *key, const char *type, Str name)
{
    json_out_key(out, key);
    json_out_begin(out, '{');
    json_out_key(out, "@type"), json_out_z(out, type);
    json_out_key(out, "name"), json_out_str(out, name);
    json_out_end(out, '}');
}

static void put_text(JsonOut *out, const char *key, Str text)
{
    if (text.n) json_out_key(out, key), json_out_str(out, text);
}

static void put_offer(JsonOut *out, const Page *page, const Variant *variant)
{
    static const char *const availabilities[] = {
        "https://schema.org/OutOfStock", "https://schema.org/BackOrder",
        "https://schema.org/PreOrder", "https://schema.org/LimitedAvailability",
        "https://schema.org/InStock"};
    Price price;
    bool several;
    VariantList alone = {(Variant *)variant, 1};
    if (!lowest_price(&alone, page->currency, &price, &several)) return;
    json_out_begin(out, '{');
    json_out_key(out, "@type"), json_out_z(out, "Offer");
    put_text(out, "sku", variant->sku);
    put_text(out, "name", str_join(page->arena, variant->options, S(", ")));
    put_text(out, "price", money_text(page->arena, price.amount, price.currency));
    put_text(out, "priceCurrency", currency_text(&price.currency));
    json_out_key(out, "availability"), json_out_z(out, availabilities[variant->availability]);
    json_out_end(out, '}');
}

static void put_product(JsonOut *out, const Page *page, const Product *product,
                        const PageHead *head)
{
    json_out_begin(out, '{');
    json_out_key(out, "@context"), json_out_z(out, "https://schema.org/");
    json_out_key(out, "@type"), json_out_z(out, "Product");
    put_text(out, "name", product->title);
    put_text(out, "description", head->description);
    put_text(out, "url", page_address(page, head->path));
    if (product->vendor.n) put_named(out, "brand", "Brand", product->vendor);
    json_out_key(out, "image");
    json_out_begin(out, '[');
    for (size_t i = 0; i < product->images.n; i++)
        json_out_str(out, page_address(page, product->images.items[i].url));
    json_out_end(out, ']');
    json_out_key(out, "offers");
    json_out_begin(out, '[');
    for (size_t i = 0; i < product->variants.n; i++)
        put_offer(out, page, &product->variants.items[i]);
    json_out_end(out, ']');
    json_out_end(out, '}');
}

void put_product_data(Page *page, const Product *product, const PageHead *head)
{
    Buf json = buf_new(page->arena, DATA_BYTES_MAX);
    JsonOut out = json_out(&json);
    put_product(&out, page, product, head);
    if (json.full) return; /* the page is good without it */
    buf_lit(&page->out, "<script type=\"application/ld+json\">");
    /* Within a script, HTML ends at "</script" and knows comments, but no &lt;. In JSON, "<" stands
     * in strings only, where it may be written so. */
    for (size_t i = 0; i < json.n; i++) {
        if (json.p[i] == '<')
            buf_lit(&page->out, "\\u003c");
        else
            buf_char(&page->out, json.p[i]);
    }
    buf_lit(&page->out, "</script>\n");
}
