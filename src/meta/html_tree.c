/* From HTML to a tree of Markdown.
 *
 * The scanner's tags come in any order that people and their editors have left them in, so nothing is
 * taken for granted: a stack holds what is open, a closing tag closes the nearest of its name, and
 * nodes are made only when there is a text to put into them. So there are no empty paragraphs, an
 * emphasis that spans three paragraphs becomes three, and blanks end up outside of it, where
 * CommonMark wants them.
 *
 * Rejected: a library that parses HTML. libxml2 brings ICU along (36 MB), gumbo is no longer kept by
 * those who made it; and a description needs little of what makes such a parser large. */
#include "meta/html_builder.h"

/* ---- Elements -------------------------------------------------------------------------------- */

static const Element elements[] = {
    {"p", ROLE_BLOCK},        {"div", ROLE_BLOCK},        {"br", ROLE_BREAK},
    {"strong", ROLE_STRONG},  {"b", ROLE_STRONG},         {"em", ROLE_EMPHASIS},
    {"i", ROLE_EMPHASIS},     {"li", ROLE_ITEM},          {"ul", ROLE_BULLETS},
    {"ol", ROLE_NUMBERS},     {"a", ROLE_LINK},           {"img", ROLE_IMAGE},
    {"h1", ROLE_HEADING},     {"h2", ROLE_HEADING},       {"h3", ROLE_HEADING},
    {"h4", ROLE_HEADING},     {"h5", ROLE_HEADING},       {"h6", ROLE_HEADING},
    {"td", ROLE_CELL},        {"th", ROLE_CELL},          {"tr", ROLE_ROW},
    {"table", ROLE_TABLE},    {"blockquote", ROLE_QUOTE}, {"hr", ROLE_RULE},
    {"pre", ROLE_PRE},        {"code", ROLE_CODE},        {"tt", ROLE_CODE},
    {"kbd", ROLE_CODE},       {"samp", ROLE_CODE},        {"section", ROLE_BLOCK},
    {"article", ROLE_BLOCK},  {"header", ROLE_BLOCK},     {"footer", ROLE_BLOCK},
    {"main", ROLE_BLOCK},     {"aside", ROLE_BLOCK},      {"nav", ROLE_BLOCK},
    {"figure", ROLE_BLOCK},   {"figcaption", ROLE_BLOCK}, {"center", ROLE_BLOCK},
    {"address", ROLE_BLOCK},  {"details", ROLE_BLOCK},    {"summary", ROLE_BLOCK},
    {"dl", ROLE_BLOCK},       {"dt", ROLE_BLOCK},         {"dd", ROLE_BLOCK},
    {"caption", ROLE_BLOCK},  {"body", ROLE_BLOCK},       {"html", ROLE_BLOCK},
    {"fieldset", ROLE_BLOCK}, {"legend", ROLE_BLOCK},     {"form", ROLE_BLOCK},
    {"script", ROLE_DROPPED}, {"style", ROLE_DROPPED},    {"head", ROLE_DROPPED},
    {"title", ROLE_DROPPED},  {"template", ROLE_DROPPED}, {"noscript", ROLE_DROPPED},
    {"iframe", ROLE_DROPPED}, {"object", ROLE_DROPPED},   {"svg", ROLE_DROPPED},
    {"math", ROLE_DROPPED},   {"video", ROLE_DROPPED},    {"audio", ROLE_DROPPED},
    {"canvas", ROLE_DROPPED}, {"select", ROLE_DROPPED},   {"textarea", ROLE_DROPPED},
};

enum { ELEMENTS = sizeof elements / sizeof *elements };

static size_t element_named(Str name)
{
    size_t i = 0;
    while (i < ELEMENTS && !str_eq_nocase(str_from(elements[i].name), name)) i++;
    return i;
}

_Static_assert((int)ELEMENTS <= (int)HTML_ELEMENTS_MAX, "each has a bit in never_closed");

static bool push(Builder *b, size_t element, Role role)
{
    if (b->n == OPEN_MAX) return false;
    b->open[b->n++] = (Open){.element = element, .role = role};
    return true;
}

/* ---- Closing --------------------------------------------------------------------------------- */

/* Takes the innermost element off the stack. */
static void pop(Builder *b)
{
    Role role = b->open[b->n - 1].role;
    if (role == ROLE_PRE || role == ROLE_CODE) flush_code(b);
    if (role == ROLE_CELL) leave_leaf(b);
    b->n--;
    if (role == ROLE_ROW) b->row = NULL;
    if (role == ROLE_TABLE) end_table(b);
    if (!is_inline(role) && role != ROLE_CELL && role != ROLE_ROW && role != ROLE_TABLE)
        end_leaf(b);
}

/* Takes an inline off the stack, from below others. */
static void splice(Builder *b, size_t i)
{
    if (b->open[i].role == ROLE_CODE) flush_code(b);
    memmove(&b->open[i], &b->open[i + 1], (b->n - i - 1) * sizeof *b->open);
    b->n--;
    for (; i < b->n; i++)
        if (is_inline(b->open[i].role)) b->open[i].node = NULL; /* they go on elsewhere */
}

static bool is_of_table(Role role)
{
    return role == ROLE_CELL || role == ROLE_ROW || role == ROLE_TABLE;
}

/* Closes the nearest element of that name; what stands in a cell closes nothing outside of it. */
static void close_element(Builder *b, size_t element)
{
    Role role = elements[element].role;
    if (role == ROLE_BLOCK) end_leaf(b);
    if (role == ROLE_BREAK) b->breaks++;
    if (is_of_table(role) && b->inner) {
        b->inner -= role == ROLE_TABLE;
        end_leaf(b);
        return;
    }
    for (size_t i = b->n; i-- > 0;) {
        if (b->open[i].element == element) {
            if (is_inline(role))
                splice(b, i);
            else
                while (b->n > i) pop(b);
            return;
        }
        if (b->open[i].role == ROLE_CELL && !is_of_table(role)) return;
    }
}

/* Closes what a new element of this role cannot stand in: items that are open in the same list. */
static void close_item(Builder *b)
{
    for (size_t i = b->n; i-- > 0;) {
        Role role = b->open[i].role;
        if (is_list(role) || role == ROLE_CELL || role == ROLE_QUOTE) return;
        if (role != ROLE_ITEM) continue;
        while (b->n > i) pop(b);
        return;
    }
}

/* Pops down to the table, or to its row when `row`. */
static void close_in_table(Builder *b, bool row)
{
    while (b->n) {
        Role role = b->open[b->n - 1].role;
        if (role == ROLE_TABLE || (row && role == ROLE_ROW)) return;
        pop(b);
    }
}

/* ---- Opening --------------------------------------------------------------------------------- */

static bool is_scheme(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '-' || c == '.';
}

static const char *encode_spaces(Arena *arena, Str url)
{
    Buf out = buf_new(arena, url.n * 3 + 1);
    for (size_t i = 0; i < url.n; i++) {
        if (url.p[i] == ' ')
            buf_lit(&out, "%20");
        else
            buf_char(&out, url.p[i]);
    }
    return str_z(arena, buf_str(&out));
}

/* An address that may stand in a description, or NULL. */
static const char *safe_url(Builder *b, Str url, bool picture)
{
    static const Str allowed[] = {S_INIT("https:"), S_INIT("http:"), S_INIT("mailto:"),
                                  S_INIT("tel:")};
    bool before, after;
    url = collapse_blanks(b->arena, url, &before, &after);
    size_t end = 0;
    while (end < url.n && is_scheme(url.p[end])) end++;
    if (!url.n) return NULL;
    bool absolute = end < url.n && url.p[end] == ':', fine = !absolute;
    for (size_t i = 0; absolute && i < (picture ? 2u : 4u); i++)
        fine |= str_eq_nocase(str_slice(url, 0, end + 1), allowed[i]);
    return fine ? encode_spaces(b->arena, url) : NULL;
}

static void open_image(Builder *b, const HtmlToken *tag)
{
    bool before, after;
    const char *url = safe_url(b, html_attribute(b->arena, tag, S("src")), true);
    Str alt = collapse_blanks(b->arena, html_attribute(b->arena, tag, S("alt")), &before, &after);
    if (open_of(b, ROLE_PRE) || open_of(b, ROLE_CODE)) return;
    if (!url && !alt.n) return;
    cmark_node *place = text_place(b);
    if (url) {
        place = append_node(place, CMARK_NODE_IMAGE);
        cmark_node_set_url(place, url);
    }
    if (alt.n) add_text(b, place, alt);
}

static void open_list(Builder *b, const HtmlToken *tag, size_t element)
{
    int64_t start = 1;
    Role role = elements[element].role;
    end_leaf(b);
    if (!push(b, element, role)) return;
    str_to_int(html_attribute(b->arena, tag, S("start")), &start);
    b->open[b->n - 1].number = start >= 0 && start < 1000000000 ? (int)start : 1;
}

static void open_item(Builder *b, size_t element)
{
    end_leaf(b);
    close_item(b);
    const Open *around = NULL;
    for (size_t i = b->n; i-- > 0 && !around;)
        if (is_container(b->open[i].role)) around = &b->open[i];
    if (!around || !is_list(around->role)) push(b, ELEMENTS, ROLE_BULLETS);
    push(b, element, ROLE_ITEM);
}

static void open_table(Builder *b, size_t element)
{
    end_leaf(b);
    b->inner += b->table != NULL;
    if (b->table || !push(b, element, ROLE_TABLE)) return;
    begin_table(b);
}

static void open_in_table(Builder *b, size_t element)
{
    Role role = elements[element].role;
    if (!b->table || b->inner) {
        end_leaf(b);
        return;
    }
    close_in_table(b, role == ROLE_CELL);
    if (role == ROLE_ROW) {
        if (push(b, element, role)) begin_row(b);
    } else if (push(b, element, role)) {
        leave_leaf(b);
        begin_cell(b);
    }
}

static void open_element(Builder *b, const HtmlToken *tag, size_t element)
{
    Role role = elements[element].role;
    switch (role) {
    case ROLE_NOTHING:
    case ROLE_DROPPED:
        break;
    case ROLE_BLOCK:
        end_leaf(b);
        break;
    case ROLE_STRONG:
    case ROLE_EMPHASIS:
        push(b, element, role);
        break;
    case ROLE_CODE:
        if (!open_of(b, ROLE_PRE)) push(b, element, role);
        break;
    case ROLE_LINK:
        close_element(b, element); /* there is none in another */
        if (push(b, element, role))
            b->open[b->n - 1].url = safe_url(b, html_attribute(b->arena, tag, S("href")), false);
        break;
    case ROLE_IMAGE:
        open_image(b, tag);
        break;
    case ROLE_BREAK:
        if (open_of(b, ROLE_PRE) || open_of(b, ROLE_CODE))
            buf_char(&b->literal, '\n');
        else
            b->breaks++;
        break;
    case ROLE_RULE:
        end_leaf(b);
        if (!open_of(b, ROLE_CELL)) append_node(open_container(b), CMARK_NODE_THEMATIC_BREAK);
        break;
    case ROLE_HEADING:
    case ROLE_QUOTE:
    case ROLE_PRE:
        end_leaf(b);
        if (!open_of(b, ROLE_CELL) && push(b, element, role))
            b->open[b->n - 1].number = elements[element].name[1] - '0'; /* of "h2" */
        break;
    case ROLE_BULLETS:
    case ROLE_NUMBERS:
        open_list(b, tag, element);
        break;
    case ROLE_ITEM:
        open_item(b, element);
        break;
    case ROLE_TABLE:
        open_table(b, element);
        break;
    case ROLE_ROW:
    case ROLE_CELL:
        open_in_table(b, element);
        break;
    }
}

/* ---- The whole ------------------------------------------------------------------------------- */

/* Passes over an element with all that is in it, if it ends anywhere. */
static void drop_element(Builder *b, HtmlScanner *scanner, size_t element)
{
    uint64_t bit = UINT64_C(1) << (element % 64), *word = &b->never_closed[element / 64];
    if (*word & bit) return;
    if (!html_skip_behind(scanner, str_from(elements[element].name))) *word |= bit;
}

static void take_token(Builder *b, HtmlScanner *scanner, const HtmlToken *token)
{
    if (token->kind == HTML_TEXT) {
        take_text(b, token->text);
        return;
    }
    size_t element = element_named(token->name);
    if (element == ELEMENTS) return;
    if (token->kind == HTML_CLOSE)
        close_element(b, element);
    else if (elements[element].role == ROLE_DROPPED)
        drop_element(b, scanner, element);
    else
        open_element(b, token, element);
}

/* A list is tight (no empty lines) when each item is one paragraph, and lists below it. */
static void tighten(cmark_node *list)
{
    for (cmark_node *item = cmark_node_first_child(list); item; item = cmark_node_next(item)) {
        cmark_node *child = cmark_node_first_child(item);
        for (child = child ? cmark_node_next(child) : NULL; child; child = cmark_node_next(child))
            if (cmark_node_get_type(child) != CMARK_NODE_LIST) return;
    }
    cmark_node_set_list_tight(list, 1);
}

static void finish(cmark_node *document)
{
    cmark_iter *iter = cmark_iter_new(document);
    for (cmark_event_type event; (event = cmark_iter_next(iter)) != CMARK_EVENT_DONE;) {
        cmark_node *node = cmark_iter_get_node(iter);
        if (event == CMARK_EVENT_ENTER && cmark_node_get_type(node) == CMARK_NODE_LIST)
            tighten(node);
    }
    cmark_iter_free(iter);
    cmark_consolidate_text_nodes(document);
}

cmark_node *html_tree(Arena *arena, Str html)
{
    Builder *b = NEW(arena, Builder);
    *b = (Builder){.arena = arena,
                   .document = cmark_node_new(CMARK_NODE_DOCUMENT),
                   .literal = buf_new(arena, SIZE_MAX / 4)};
    HtmlScanner scanner = {.rest = html};
    HtmlToken token;
    while (html_next(&scanner, &token)) take_token(b, &scanner, &token);
    while (b->n) pop(b);
    end_leaf(b);
    finish(b->document);
    return b->document;
}
