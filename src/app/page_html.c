/* Markdown pages as HTML. The pages are ours, and all the same raw HTML in them is dropped, which
 * is what cmark does unless it is told otherwise. */
#include "app/pages.h"

#include "meta/markup.h"

#include <assert.h>
#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm.h>
#include <pthread.h>
#include <stdlib.h>

extern const char web_page[];
extern const size_t web_page_size;

enum { HTML_MAX = 4 << 20 };

/* ---- Markdown -------------------------------------------------------------------------------- */

/* "operations.md#backup" -> "operations#backup"; addresses elsewhere stay. */
static void lose_ending(Arena *arena, cmark_node *link)
{
    Str url = str_from(cmark_node_get_url(link)), path, fragment;
    bool has_fragment = str_cut(url, '#', &path, &fragment);
    bool elsewhere = str_find(url, S("://")) < url.n;
    if (elsewhere || !str_ends(path, S(".md"))) return;
    path = str_slice(path, 0, path.n - 3);
    Str readable =
        str_format(arena, "%.*s%s%.*s", STR_ARG(path), has_fragment ? "#" : "", STR_ARG(fragment));
    int set = cmark_node_set_url(link, str_z(arena, readable));
    assert(set);
    (void)set;
}

static cmark_node *parse(Str markdown)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, cmark_gfm_core_extensions_ensure_registered);
    cmark_parser *parser = cmark_parser_new(CMARK_OPT_DEFAULT);
    cmark_syntax_extension *tables = cmark_find_syntax_extension("table");
    assert(tables);
    cmark_parser_attach_syntax_extension(parser, tables);
    cmark_parser_feed(parser, markdown.p, markdown.n);
    cmark_node *document = cmark_parser_finish(parser);
    cmark_parser_free(parser);
    return document;
}

static void put_markdown(Buf *out, Str markdown)
{
    cmark_node *document = parse(markdown);
    cmark_iter *iter = cmark_iter_new(document);
    for (cmark_event_type event; (event = cmark_iter_next(iter)) != CMARK_EVENT_DONE;) {
        cmark_node *node = cmark_iter_get_node(iter);
        if (event == CMARK_EVENT_ENTER && cmark_node_get_type(node) == CMARK_NODE_LINK)
            lose_ending(out->arena, node);
    }
    cmark_iter_free(iter);
    char *html = cmark_render_html(document, CMARK_OPT_DEFAULT, NULL);
    buf_put(out, str_from(html));
    free(html);
    cmark_node_free(document);
}

/* ---- The frame ------------------------------------------------------------------------------- */

static void put_links(Buf *out, const PageList *pages, const char *folder, const char *heading)
{
    buf_format(out, "<h2>%s</h2><ul>", heading);
    for (size_t i = 0; i < pages->n; i++) {
        const Page *page = &pages->items[i];
        if (strcmp(page->folder, folder) != 0) continue;
        buf_format(out, "<li><a href=\"%.*s\">", STR_ARG(page_path(out->arena, page, "")));
        html_text(out, page->title);
        buf_lit(out, "</a>");
    }
    buf_lit(out, "</ul>");
}

/* Takes the template up to a marker, "<!--NAME-->", which is left behind. */
static void put_until(Buf *out, Str *template, Str marker)
{
    size_t at = str_find(*template, marker);
    assert(at < template->n);
    buf_put(out, str_slice(*template, 0, at));
    *template = str_slice(*template, at + marker.n, template->n);
}

Str page_frame(Arena *arena, const PageList *pages, Str title, Str content)
{
    Buf out = buf_new(arena, HTML_MAX);
    Str rest = {web_page, web_page_size};
    put_until(&out, &rest, S("<!--title-->"));
    html_text(&out, title);
    put_until(&out, &rest, S("<!--pages-->"));
    put_links(&out, pages, "guide", "Guide");
    put_links(&out, pages, "reference", "Reference");
    put_until(&out, &rest, S("<!--content-->"));
    buf_put(&out, content);
    buf_put(&out, rest);
    return buf_str(&out);
}

Str page_html(Arena *arena, const PageList *pages, Str title, Str markdown)
{
    Buf content = buf_new(arena, HTML_MAX);
    put_markdown(&content, markdown);
    return page_frame(arena, pages, title, buf_str(&content));
}
