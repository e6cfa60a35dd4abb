#include "modules/forms/forms.h"

#include "base/hash.h"
#include "platform/api/credential.h"
#include "platform/api/csrf.h"

enum { PAGE_BYTES_MAX = 64 << 10 }; /* a form with what was typed: 4 KB */

extern const char web_shop_css[];
extern const size_t web_shop_css_size;

/* The head of a page, and what stands in it besides. */
static FormPage begin_page(Request *rq, int status, Str title, Str refresh)
{
    FormPage page = {.rq = rq, .out = buf_new(rq->cx->arena, PAGE_BYTES_MAX), .status = status};
    Str css = {web_shop_css, web_shop_css_size};
    Str version = str_format(rq->cx->arena, "%016llx", (unsigned long long)hash_fast(css));
    HTML(&page.out,
         "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<meta name=\"robots\" content=\"noindex\">\n<title>{}</title>\n"
         "<link rel=\"stylesheet\" href=\"/assets/shop.css?v={}\">\n"
         "<link rel=\"icon\" href=\"data:,\">\n",
         title, version);
    if (refresh.n) HTML(&page.out, "<meta http-equiv=\"refresh\" content=\"0;url={}\">\n", refresh);
    HTML(&page.out,
         "</head>\n<body>\n<header class=\"top\"><a class=\"brand\" href=\"/\">Souk</a></header>\n"
         "<main class=\"form\">\n<h1>{}</h1>\n",
         title);
    return page;
}

FormPage form_page(Request *rq, int status, Str title, Str problem)
{
    FormPage page = begin_page(rq, status, title, (Str){0});
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
    Credential credential = credential_of(page->rq->http);
    HTML(&page->out, "<form method=\"post\" action=\"{}\">\n", action);
    if (credential.kind == CREDENTIAL_COOKIE)
        form_hidden(page, "csrf_token", csrf_token(page->rq->cx->arena, credential.token));
}

void form_end(FormPage *page, const char *button)
{
    HTML(&page->out, "<p><button>{}</button></p>\n</form>\n", str_from(button));
}

void form_end_with_choice(FormPage *page, const char *name, const char *yes, const char *no)
{
    HTML(&page->out,
         "<p><button name=\"{}\" value=\"yes\">{}</button>\n"
         "<button class=\"quiet\" name=\"{}\" value=\"no\">{}</button></p>\n</form>\n",
         str_from(name), str_from(yes), str_from(name), str_from(no));
}

Reply form_reply(FormPage *page)
{
    buf_lit(&page->out, "</main>\n</body>\n</html>\n");
    Reply reply = ok_bytes(buf_str(&page->out), S("text/html; charset=utf-8"));
    reply.status = page->status;
    reply.headers = S("Cache-Control: no-store\r\n");
    return reply;
}

Reply page_saying(Request *rq, int status, Str title, Str sentence)
{
    FormPage page = form_page(rq, status, title, (Str){0});
    HTML(&page.out, "<p>{}</p>\n", sentence);
    return form_reply(&page);
}

Reply page_leading_to(Request *rq, Str title, Str url)
{
    FormPage page = begin_page(rq, 200, title, url);
    HTML(&page.out, "<p><a href=\"{}\">Go on</a></p>\n", url);
    return form_reply(&page);
}

Reply see_other(Request *rq, Str path)
{
    (void)rq;
    return (Reply){.status = 303, .location = path, .headers = S("Cache-Control: no-store\r\n")};
}
