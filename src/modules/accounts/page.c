#include "modules/accounts/page.h"

#include "base/hash.h"
#include "modules/accounts/mails.h"

enum { PAGE_BYTES_MAX = 64 << 10 }; /* a form with what was typed: 4 KB */

extern const char web_shop_css[];
extern const size_t web_shop_css_size;

FormPage form_page(Request *rq, int status, Str title, Str problem)
{
    FormPage page = {.rq = rq, .out = buf_new(rq->cx->arena, PAGE_BYTES_MAX), .status = status};
    Str css = {web_shop_css, web_shop_css_size};
    Str version = str_format(rq->cx->arena, "%016llx", (unsigned long long)hash_fast(css));
    HTML(&page.out,
         "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<meta name=\"robots\" content=\"noindex\">\n<title>{}</title>\n"
         "<link rel=\"stylesheet\" href=\"/assets/shop.css?v={}\">\n"
         "<link rel=\"icon\" href=\"data:,\">\n</head>\n<body>\n"
         "<header class=\"top\"><a class=\"brand\" href=\"/\">Souk</a></header>\n"
         "<main class=\"form\">\n<h1>{}</h1>\n",
         title, version, title);
    if (problem.n) HTML(&page.out, "<p class=\"notice\" role=\"alert\">{}</p>\n", problem);
    return page;
}

void form_field(FormPage *page, const char *name, const char *label, const char *kind,
                const char *autocomplete, Str value)
{
    HTML(&page->out,
         "<p><label for=\"{}\">{}</label>\n<input id=\"{}\" name=\"{}\" type=\"{}\" "
         "autocomplete=\"{}\"",
         str_from(name), str_from(label), str_from(name), str_from(name), str_from(kind),
         str_from(autocomplete));
    if (value.n) HTML(&page->out, " value=\"{}\"", value);
    buf_lit(&page->out, " required></p>\n");
}

void form_hidden(FormPage *page, const char *name, Str value)
{
    if (value.n)
        HTML(&page->out, "<input type=\"hidden\" name=\"{}\" value=\"{}\">\n", str_from(name),
             value);
}

void form_begin(FormPage *page, Str action)
{
    HTML(&page->out, "<form method=\"post\" action=\"{}\">\n", action);
}

void form_end(FormPage *page, const char *button)
{
    HTML(&page->out, "<p><button>{}</button></p>\n</form>\n", str_from(button));
}

/* No script, nothing from elsewhere, in nobody's frame; and the address, which may hold a token, is
 * told to nobody. */
#define HEADERS                                                                                    \
    "Content-Security-Policy: default-src 'none'; style-src 'self'; img-src data:; "               \
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'\r\n"                              \
    "X-Content-Type-Options: nosniff\r\n"                                                          \
    "Referrer-Policy: same-origin\r\n"                                                             \
    "Cache-Control: no-store\r\n"

Reply form_reply(FormPage *page)
{
    buf_lit(&page->out, "</main>\n</body>\n</html>\n");
    Reply reply = ok_bytes(buf_str(&page->out), S("text/html; charset=utf-8"));
    reply.status = page->status;
    reply.headers = S(HEADERS);
    return reply;
}

Reply see_other(Request *rq, Str path)
{
    (void)rq;
    return (Reply){.status = 303, .location = path, .headers = S("Cache-Control: no-store\r\n")};
}
