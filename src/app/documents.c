/* The routes of the documentation.
 *
 * Everything is made when somebody first asks for it, on the slow lane, and kept: writing and
 * compressing all of it takes longer than the whole start of the program should, and most shops
 * never show most of it. Nothing here changes while the program runs, so what is kept is right for
 * good, and its ETag lets browsers and caches ask cheaply. */
#include "app/documents.h"

#include "app/modules.h"
#include "app/pages.h"
#include "meta/markup.h"
#include "platform/api/errors.h"
#include "platform/api/openapi.h"

#include <assert.h>
#include <pthread.h>

extern const char web_docs[], web_rapidoc[];
extern const size_t web_docs_size, web_rapidoc_size;

/* The page that shows the API is made by a script, which writes its own styles and asks the shop. */
#define POLICY                                                                                     \
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "                 \
    "object-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

static const char text_headers[] = "Cache-Control: no-cache\r\n";

enum { PAGES_MAX = 64 };

/* What has been asked for so far. `lock` guards all of it; blobs live as long as the program. */
static struct {
    pthread_mutex_t lock;
    Arena *arena; /* of the pages; NULL before the first one */
    PageList pages;
    Blob *markdown[PAGES_MAX], *html[PAGES_MAX]; /* by index into pages */
    Blob *index, *index_html, *openapi, *docs, *rapidoc, *errors;
} kept = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void make_pages(void)
{
    if (kept.arena) return;
    kept.arena = arena_new(1 << 18);
    kept.pages = pages_make(kept.arena);
    assert(kept.pages.n <= PAGES_MAX);
}

/* Gives *slot, made by `make` when it is not there yet. */
static Reply show(Blob **slot, Blob *(*make)(Arena *arena, const void *arg), const void *arg)
{
    pthread_mutex_lock(&kept.lock);
    make_pages();
    if (!*slot) {
        Arena *arena = arena_new(1 << 18);
        *slot = make(arena, arg);
        arena_free(arena);
    }
    pthread_mutex_unlock(&kept.lock);
    return ok_blob(*slot);
}

static Blob *html_blob(Str html)
{
    return blob_new(html, S("text/html; charset=utf-8"), str_from(text_headers), true);
}

static Blob *text_blob(Str text, Str type)
{
    return blob_new(text, type, str_from(text_headers), true);
}

/* ---- Pages ----------------------------------------------------------------------------------- */

static Blob *make_markdown(Arena *arena, const void *page)
{
    (void)arena;
    return text_blob(((const Page *)page)->markdown, S("text/markdown; charset=utf-8"));
}

static Blob *make_html(Arena *arena, const void *arg)
{
    const Page *page = arg;
    return html_blob(page_html(arena, &kept.pages, page->title, page->markdown));
}

/* "install" is a page to look at, "install.md" is its text. */
static Reply show_page(Request *rq, const char *folder)
{
    Str name = rq->args[0].text;
    bool text = str_ends(name, S(".md"));
    if (text) name = str_slice(name, 0, name.n - 3);
    pthread_mutex_lock(&kept.lock);
    make_pages();
    const Page *page = page_find(&kept.pages, folder, name);
    pthread_mutex_unlock(&kept.lock);
    if (!page) return not_found(rq, "page");
    size_t at = (size_t)(page - kept.pages.items);
    return text ? show(&kept.markdown[at], make_markdown, page)
                : show(&kept.html[at], make_html, page);
}

static Reply show_guide_page(Request *rq)
{
    return show_page(rq, "guide");
}
HANDLER_PLAIN(show_guide_page)

static Reply show_reference_page(Request *rq)
{
    return show_page(rq, "reference");
}
HANDLER_PLAIN(show_reference_page)

static Blob *make_index(Arena *arena, const void *arg)
{
    (void)arg;
    return text_blob(pages_index(arena, &kept.pages), S("text/plain; charset=utf-8"));
}

static Reply show_llms(Request *rq)
{
    (void)rq;
    return show(&kept.index, make_index, NULL);
}
HANDLER_PLAIN(show_llms)

static Blob *make_index_html(Arena *arena, const void *arg)
{
    (void)arg;
    return html_blob(
        page_html(arena, &kept.pages, S("Documentation"), pages_index(arena, &kept.pages)));
}

static Reply show_guide(Request *rq)
{
    (void)rq;
    return show(&kept.index_html, make_index_html, NULL);
}
HANDLER_PLAIN(show_guide)

/* ---- Refusals -------------------------------------------------------------------------------- */

static void write_error_row(Buf *out, const Error *error)
{
    buf_format(out, "<tr id=\"%s\"><td><code>%s</code><td>%d<td>", error->code, error->code,
               error->status);
    html_text(out, str_from(error->title));
    buf_lit(out, "<td>");
    html_text(out, str_from(error->doc));
    buf_char(out, '\n');
}

/* By hand, since each row needs an anchor: problem documents name it as their type. */
static Blob *make_errors(Arena *arena, const void *arg)
{
    (void)arg;
    Buf out = buf_new(arena, 1 << 20);
    buf_lit(&out, "<h1>Refusals</h1>"
                  "<p>The <code>code</code> of every problem document that the API can answer.</p>"
                  "<table><tr><th>Code<th>Status<th>Title<th>What to do\n");
    ErrorList errors = app_errors(arena);
    for (size_t i = 0; i < errors.n; i++) write_error_row(&out, errors.items[i]);
    buf_lit(&out, "</table>\n");
    return html_blob(page_frame(arena, &kept.pages, S("Refusals"), buf_str(&out)));
}

static Reply show_error_docs(Request *rq)
{
    (void)rq;
    return show(&kept.errors, make_errors, NULL);
}
HANDLER_PLAIN(show_error_docs)

/* ---- The API --------------------------------------------------------------------------------- */

static Blob *make_openapi(Arena *arena, const void *arg)
{
    (void)arg;
    Buf out = buf_new(arena, OPENAPI_MAX);
    app_write_openapi(&out);
    return blob_new(buf_str(&out), S("application/json"), S("Cache-Control: no-cache\r\n"), true);
}

static Reply show_openapi(Request *rq)
{
    (void)rq;
    return show(&kept.openapi, make_openapi, NULL);
}
HANDLER_PLAIN(show_openapi)

static Blob *make_docs(Arena *arena, const void *arg)
{
    (void)arena, (void)arg;
    return html_blob((Str){web_docs, web_docs_size});
}

static Reply show_docs(Request *rq)
{
    (void)rq;
    return show(&kept.docs, make_docs, NULL);
}
HANDLER_PLAIN(show_docs)

static Blob *make_rapidoc(Arena *arena, const void *arg)
{
    (void)arena, (void)arg;
    return blob_new((Str){web_rapidoc, web_rapidoc_size}, S("text/javascript; charset=utf-8"),
                    S("Cache-Control: public, max-age=86400\r\n"), true);
}

static Reply show_rapidoc(Request *rq)
{
    (void)rq;
    return show(&kept.rapidoc, make_rapidoc, NULL);
}
HANDLER_PLAIN(show_rapidoc)

/* ---- The table ------------------------------------------------------------------------------- */

static const Error *const page_errors[] = {&error_not_found, NULL};

static const Route routes[] = {
    ROUTE(GET, "/openapi.json", show_openapi, "This description.", .lane = ROUTE_LANE_SLOW,
          .content_type = "application/json", .lenient = true),
    ROUTE(GET, "/docs", show_docs, "The API to read and to try.", .lane = ROUTE_LANE_SLOW,
          .content_type = "text/html", .policy = POLICY, .lenient = true),
    ROUTE(GET, "/docs/rapidoc.js", show_rapidoc, "The script behind /docs.",
          .lane = ROUTE_LANE_SLOW, .content_type = "text/javascript", .lenient = true),
    ROUTE(GET, "/docs/errors", show_error_docs, "Every refusal and what to do about it.",
          .lane = ROUTE_LANE_SLOW, .content_type = "text/html", .policy = POLICY, .lenient = true),
    ROUTE(GET, "/docs/guide", show_guide, "What there is to read.", .lane = ROUTE_LANE_SLOW,
          .content_type = "text/html", .policy = POLICY, .lenient = true),
    ROUTE(GET, "/docs/guide/{page}", show_guide_page, "A page of the guide.",
          .lane = ROUTE_LANE_SLOW, .content_type = "text/html, text/markdown", .policy = POLICY,
          .lenient = true, .errors = page_errors,
          .detail = "With `.md` behind its name the page is Markdown."),
    ROUTE(GET, "/docs/reference/{page}", show_reference_page,
          "A page of the reference, made of the program's own tables.", .lane = ROUTE_LANE_SLOW,
          .content_type = "text/html, text/markdown", .policy = POLICY, .lenient = true,
          .errors = page_errors, .detail = "With `.md` behind its name the page is Markdown."),
    ROUTE(GET, "/llms.txt", show_llms, "What there is to read, for language models (llmstxt.org).",
          .lane = ROUTE_LANE_SLOW, .content_type = "text/plain", .lenient = true),
};

const Module documents_module = {
    .name = "documentation",
    .doc = "The documentation of this shop's program.",
    MODULE_ROWS(routes, route),
};
