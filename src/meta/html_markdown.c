/* HTML to Markdown and back.
 *
 * Back is cmark's own work. Forth, the HTML becomes a tree of cmark's nodes (html_tree.c), and cmark
 * writes it as CommonMark, with the escapes that this takes. CommonMark cannot say everything that a
 * tree can: "<b>Hi:</b>you" would be "**Hi:**you", where the second pair of stars ends nothing
 * (CommonMark 0.29, §6.4, flanking). So emphasis that would not be read as such is taken out of the
 * tree before; and, since a text must not be spoilt by a rule that we have missed, what was written is
 * read again and compared. When it is not the same, all emphasis goes; when that does not help, the
 * text is written with a backslash before each sign, which is always read as it stands. */
#include "meta/html_markdown.h"

#include "base/buf.h"
#include "meta/html_tree.h"

#include <assert.h>
#include <cmark-gfm-core-extensions.h>
#include <pthread.h>
#include <utf8proc.h>

/* ---- To HTML --------------------------------------------------------------------------------- */

cmark_syntax_extension *markdown_tables(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, cmark_gfm_core_extensions_ensure_registered);
    return cmark_find_syntax_extension("table");
}

static cmark_node *parse(Str markdown)
{
    cmark_syntax_extension *tables = markdown_tables();
    cmark_parser *parser = cmark_parser_new(CMARK_OPT_DEFAULT);
    cmark_parser_attach_syntax_extension(parser, tables);
    cmark_parser_feed(parser, markdown.p, markdown.n);
    cmark_node *document = cmark_parser_finish(parser);
    cmark_parser_free(parser);
    return document;
}

static Str trim_lines(Str text)
{
    while (text.n && (text.p[text.n - 1] == '\n' || text.p[text.n - 1] == ' ')) text.n--;
    return text;
}

/* cmark escapes quotes everywhere; in texts people do not, and a text that comes and goes should look
 * as it came. */
static Str with_plain_quotes(Arena *arena, Str html)
{
    Str quote = S("&quot;");
    Buf out = buf_new(arena, html.n + 1);
    bool tag = false;
    for (size_t i = 0; i < html.n; i++) {
        char c = html.p[i];
        if (c == '<' || c == '>') tag = c == '<';
        bool quoted = !tag && c == '&' && str_starts(str_slice(html, i, html.n), quote);
        buf_char(&out, quoted ? '"' : c);
        if (quoted) i += quote.n - 1;
    }
    return buf_str(&out);
}

static void lower_headings(cmark_node *document, int by)
{
    cmark_iter *iter = cmark_iter_new(document);
    cmark_event_type event;
    while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
        cmark_node *node = cmark_iter_get_node(iter);
        if (event != CMARK_EVENT_ENTER || cmark_node_get_type(node) != CMARK_NODE_HEADING) continue;
        int level = cmark_node_get_heading_level(node) + by;
        cmark_node_set_heading_level(node, level < 6 ? level : 6);
    }
    cmark_iter_free(iter);
}

Str markdown_to_html(Arena *arena, Str markdown, int level)
{
    assert(level >= 1 && level <= 6);
    cmark_node *document = parse(markdown);
    lower_headings(document, level - 1);
    cmark_llist *extensions =
        cmark_llist_append(cmark_get_default_mem_allocator(), NULL, markdown_tables());
    char *html = cmark_render_html(document, CMARK_OPT_DEFAULT, extensions);
    Str text = with_plain_quotes(arena, trim_lines(str_from(html)));
    cmark_get_default_mem_allocator()->free(html);
    cmark_llist_free(cmark_get_default_mem_allocator(), extensions);
    cmark_node_free(document);
    return text;
}

/* ---- Emphasis that could not be read ---------------------------------------------------------- */

static bool is_emphasis(cmark_node *node)
{
    cmark_node_type type = cmark_node_get_type(node);
    return type == CMARK_NODE_STRONG || type == CMARK_NODE_EMPH;
}

static void unwrap(cmark_node *node)
{
    for (cmark_node *child; (child = cmark_node_first_child(node));)
        cmark_node_insert_before(node, child);
    cmark_node_free(node);
}

typedef enum CharacterClass { CLASS_SPACE, CLASS_SIGN, CLASS_WORD } CharacterClass;

static CharacterClass class_of(utf8proc_int32_t c)
{
    if (c == ' ' || c == '\t' || c == '\n' || utf8proc_category(c) == UTF8PROC_CATEGORY_ZS)
        return CLASS_SPACE;
    if (c < 0x80)
        return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') ? CLASS_WORD
                                                                              : CLASS_SIGN;
    utf8proc_category_t category = utf8proc_category(c);
    bool sign = category >= UTF8PROC_CATEGORY_PC && category <= UTF8PROC_CATEGORY_PO;
    return sign ? CLASS_SIGN : CLASS_WORD;
}

static CharacterClass class_at(const char *p, size_t n)
{
    utf8proc_int32_t c;
    return utf8proc_iterate((const utf8proc_uint8_t *)p, (utf8proc_ssize_t)n, &c) > 0 ? class_of(c)
                                                                                      : CLASS_WORD;
}

static CharacterClass first_class(const char *text)
{
    return class_at(text, strlen(text));
}

static CharacterClass last_class(const char *text)
{
    size_t n = strlen(text), i = n;
    do i--;
    while (i > 0 && ((unsigned char)text[i] & 0xC0) == 0x80);
    return class_at(text + i, n - i);
}

/* An emphasis, and what stands around its two marks. */
typedef struct Emphasis {
    cmark_node *node;
    CharacterClass before, first, last, after;
    bool has_first, ended;
} Emphasis;

/* The emphases of a document. In each other are at most two; with those of which is not known yet what
 * follows them, a few are looked at with each text. */
typedef struct Emphases {
    Arena *arena;
    Emphasis *items;
    size_t n, capacity;
    size_t *waiting; /* indices of those that are looked at */
    size_t waiting_n;
    CharacterClass latest; /* of the paragraph's text so far */
} Emphases;

static void see_text(Emphases *all, CharacterClass first, CharacterClass last)
{
    size_t kept = 0;
    for (size_t i = 0; i < all->waiting_n; i++) {
        Emphasis *emphasis = &all->items[all->waiting[i]];
        if (!emphasis->has_first) emphasis->first = first;
        emphasis->has_first = true;
        if (emphasis->ended)
            emphasis->after = first;
        else
            all->waiting[kept++] = all->waiting[i];
    }
    all->waiting_n = kept;
    all->latest = last;
}

static void enter_emphasis(Emphases *all, cmark_node *node)
{
    if (all->n == all->capacity) {
        size_t capacity = all->capacity ? all->capacity * 2 : 16;
        all->items = arena_grow(all->arena, all->items, all->capacity * sizeof *all->items,
                                capacity * sizeof *all->items, alignof(Emphasis));
        all->waiting = arena_grow(all->arena, all->waiting, all->capacity * sizeof *all->waiting,
                                  capacity * sizeof *all->waiting, alignof(size_t));
        all->capacity = capacity;
    }
    all->waiting[all->waiting_n++] = all->n;
    all->items[all->n++] = (Emphasis){.node = node, .before = all->latest, .after = CLASS_SPACE};
}

static void leave_emphasis(Emphases *all, const cmark_node *node)
{
    for (size_t i = 0; i < all->waiting_n; i++) {
        Emphasis *emphasis = &all->items[all->waiting[i]];
        if (emphasis->node != node) continue;
        emphasis->last = all->latest;
        emphasis->ended = true;
    }
}

static void see_node(Emphases *all, cmark_node *node, bool entering)
{
    cmark_node_type type = cmark_node_get_type(node);
    if ((type & CMARK_NODE_TYPE_MASK) == CMARK_NODE_TYPE_BLOCK) {
        all->waiting_n = 0;
        all->latest = CLASS_SPACE;
    } else if (is_emphasis(node)) {
        entering ? enter_emphasis(all, node) : leave_emphasis(all, node);
    } else if (type == CMARK_NODE_TEXT) {
        const char *text = cmark_node_get_literal(node);
        if (*text) see_text(all, first_class(text), last_class(text));
    } else if (type == CMARK_NODE_LINEBREAK) {
        see_text(all, CLASS_SPACE, CLASS_SPACE);
    } else {
        see_text(all, CLASS_SIGN, CLASS_SIGN); /* code, the brackets of links and pictures */
    }
}

static bool can_be_read(const Emphasis *e)
{
    bool opens = e->first == CLASS_WORD || (e->first == CLASS_SIGN && e->before != CLASS_WORD);
    bool closes = e->last == CLASS_WORD || (e->last == CLASS_SIGN && e->after != CLASS_WORD);
    return e->has_first && opens && closes;
}

/* "<b>Size:</b>M" as "**Size**:M": takes the signs at the end out of the emphasis. */
static void move_signs_out(Arena *arena, Emphasis *e)
{
    cmark_node *inside = cmark_node_last_child(e->node);
    if (e->last != CLASS_SIGN || cmark_node_get_type(inside) != CMARK_NODE_TEXT) return;
    Str text = str_copy(arena, str_from(cmark_node_get_literal(inside)));
    size_t end = text.n;
    while (end && (unsigned char)text.p[end - 1] < 0x80 && class_of(text.p[end - 1]) == CLASS_SIGN)
        end--;
    if (!end || end == text.n) return;
    cmark_node *outside = cmark_node_new(CMARK_NODE_TEXT);
    cmark_node_set_literal(inside, str_z(arena, str_slice(text, 0, end)));
    cmark_node_set_literal(outside, str_z(arena, str_slice(text, end, text.n)));
    cmark_node_insert_after(e->node, outside);
    e->last = last_class(cmark_node_get_literal(inside));
    e->after = CLASS_SIGN;
}

static void mend(Arena *arena, Emphasis *e)
{
    if (!can_be_read(e)) move_signs_out(arena, e);
    if (!can_be_read(e)) unwrap(e->node);
}

/* `all`: each, and not only those that would not be read as such. */
static void unwrap_emphasis(Arena *arena, cmark_node *document, bool all)
{
    Emphases found = {.arena = arena};
    cmark_iter *iter = cmark_iter_new(document);
    for (cmark_event_type event; (event = cmark_iter_next(iter)) != CMARK_EVENT_DONE;)
        see_node(&found, cmark_iter_get_node(iter), event == CMARK_EVENT_ENTER);
    cmark_iter_free(iter);
    for (size_t i = 0; i < found.n; i++)
        all ? unwrap(found.items[i].node) : mend(arena, &found.items[i]);
    cmark_consolidate_text_nodes(document);
}

/* ---- Is what was written what is read? --------------------------------------------------------- */

static void describe_node(Buf *out, cmark_node *node, bool entering)
{
    cmark_node_type type = cmark_node_get_type(node);
    if (type == CMARK_NODE_TEXT) {
        buf_put(out, str_from(cmark_node_get_literal(node)));
        return;
    }
    buf_format(out, "\1%c%x", entering ? '(' : ')', type);
    if (!entering) return;
    if (type == CMARK_NODE_CODE || type == CMARK_NODE_CODE_BLOCK)
        buf_put(out, str_from(cmark_node_get_literal(node)));
    if (type == CMARK_NODE_LINK || type == CMARK_NODE_IMAGE)
        buf_format(out, "%s\1", cmark_node_get_url(node));
    if (type == CMARK_NODE_HEADING) buf_int(out, cmark_node_get_heading_level(node));
    if (type == CMARK_NODE_LIST)
        buf_format(out, "%d.%d", (int)cmark_node_get_list_type(node),
                   cmark_node_get_list_start(node));
}

static Str describe(Arena *arena, cmark_node *document)
{
    Buf out = buf_new(arena, SIZE_MAX / 4);
    cmark_iter *iter = cmark_iter_new(document);
    for (cmark_event_type event; (event = cmark_iter_next(iter)) != CMARK_EVENT_DONE;)
        describe_node(&out, cmark_iter_get_node(iter), event == CMARK_EVENT_ENTER);
    cmark_iter_free(iter);
    return buf_str(&out);
}

static bool is_read_as(Arena *arena, Str markdown, cmark_node *document)
{
    cmark_node *again = parse(markdown);
    cmark_consolidate_text_nodes(again);
    bool same = str_eq(describe(arena, document), describe(arena, again));
    cmark_node_free(again);
    return same;
}

/* ---- From HTML ------------------------------------------------------------------------------- */

/* cmark separates a list from another one, or from code, by a comment, which would be shown as a
 * remark that HTML was left out. Lists of different kinds, and fenced code, need none. */
static Str without_comments(Arena *arena, Str text)
{
    Str comment = S("<!-- end list -->\n\n");
    size_t at = str_find(text, comment);
    if (at == text.n) return text;
    Buf out = buf_new(arena, text.n + 1);
    for (; at < text.n; at = str_find(text, comment)) {
        buf_put(&out, str_slice(text, 0, at));
        text = str_slice(text, at + comment.n, text.n);
    }
    buf_put(&out, text);
    return buf_str(&out);
}

/* Writes it, and *fine: it is read as it was meant. */
static Str write_tree(Arena *arena, cmark_node *document, bool *fine)
{
    char *written = cmark_render_commonmark(document, CMARK_OPT_DEFAULT, 0);
    Str text = trim_lines(without_comments(arena, str_copy(arena, str_from(written))));
    cmark_get_default_mem_allocator()->free(written);
    *fine = is_read_as(arena, text, document);
    return text;
}

static void put_plain(Buf *out, Str text)
{
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i] == '\n' ? ' ' : text.p[i];
        if (c == ' ' && (!out->n || out->p[out->n - 1] == '\n')) continue;
        if (c > ' ' && c < 0x7F && class_of(c) == CLASS_SIGN) buf_char(out, '\\');
        buf_char(out, c);
    }
}

/* Paragraphs of plain text: each sign is escaped. */
static Str write_plain(Arena *arena, cmark_node *document)
{
    Buf out = buf_new(arena, SIZE_MAX / 4);
    cmark_iter *iter = cmark_iter_new(document);
    for (cmark_event_type event; (event = cmark_iter_next(iter)) != CMARK_EVENT_DONE;) {
        cmark_node *node = cmark_iter_get_node(iter);
        const char *literal = event == CMARK_EVENT_ENTER ? cmark_node_get_literal(node) : NULL;
        cmark_node_type type = cmark_node_get_type(node);
        bool block = (type & CMARK_NODE_TYPE_MASK) == CMARK_NODE_TYPE_BLOCK;
        if (block || type == CMARK_NODE_LINEBREAK) {
            if (out.n && out.p[out.n - 1] != '\n') buf_lit(&out, "\n\n");
        }
        if (literal) put_plain(&out, str_from(literal));
    }
    cmark_iter_free(iter);
    return trim_lines(buf_str(&out));
}

Str markdown_from_html(Arena *arena, Str html)
{
    bool fine;
    cmark_node *document = html_tree(arena, html);
    unwrap_emphasis(arena, document, false);
    Str text = write_tree(arena, document, &fine);
    if (!fine) {
        unwrap_emphasis(arena, document, true);
        text = write_tree(arena, document, &fine);
    }
    if (!fine) text = write_plain(arena, document);
    cmark_node_free(document);
    return text;
}
