/* From HTML to a tree of Markdown.
 *
 * The scanner's tags come in any order that people and their editors have left them in, so nothing is
 * taken for granted: a stack holds what is open, a closing tag closes the nearest of its name, and
 * nodes are made only when there is a text to put into them. So there are no empty paragraphs, an
 * emphasis that spans three paragraphs becomes three, and blanks end up outside of it, where
 * CommonMark wants them.
 *
 * Rejected: a library that parses HTML5. libxml2 brings ICU along, the others are not in both Debians
 * that we build on; and a description needs none of what makes that parser large. */
#include "meta/html_tree.h"

#include "base/buf.h"
#include "meta/html.h"

#include <cmark-gfm-core-extensions.h>

/* ---- Elements -------------------------------------------------------------------------------- */

typedef enum Role {
    ROLE_NOTHING, /* no element that means anything: its text stays */
    ROLE_BLOCK,   /* begins and ends paragraphs */
    ROLE_STRONG,
    ROLE_EMPHASIS,
    ROLE_CODE,
    ROLE_LINK,
    ROLE_IMAGE,
    ROLE_BREAK,
    ROLE_RULE,
    ROLE_HEADING,
    ROLE_QUOTE,
    ROLE_BULLETS,
    ROLE_NUMBERS,
    ROLE_ITEM,
    ROLE_PRE,
    ROLE_TABLE,
    ROLE_ROW,
    ROLE_CELL,
    ROLE_DROPPED, /* with what is in it */
} Role;

typedef struct Element {
    const char *name;
    Role role;
} Element;

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

/* ---- What is open ---------------------------------------------------------------------------- */

enum {
    OPEN_MAX = 48,    /* elements in each other; those inside are passed over */
    COLUMNS_MAX = 50, /* of a table; what is beyond joins the last */
};

typedef struct Open {
    size_t element; /* index; ELEMENTS: a list that nobody has opened, around an item */
    Role role;
    cmark_node
        *node; /* of a container: when it has content; of an inline: in the present paragraph */
    const char *url; /* of a link */
    int start;       /* of ROLE_NUMBERS */
} Open;

typedef struct Builder {
    Arena *arena;
    cmark_node *document;
    Open open[OPEN_MAX];
    size_t n;
    cmark_node *leaf; /* paragraph, heading or cell that takes text; NULL: none yet */
    bool filled;      /* there is text in it, and it does not end with a break */
    bool space;       /* one is due before the next text */
    int breaks;       /* as many as were met since the last text */
    cmark_node *table, *row;
    size_t columns, widest;
    int inner;   /* tables that are open in a cell: their rows and cells are none of ours */
    Buf literal; /* of code under way */
    uint64_t never_closed[(ELEMENTS + 63) / 64];
} Builder;

static bool is_inline(Role role)
{
    return role == ROLE_STRONG || role == ROLE_EMPHASIS || role == ROLE_LINK || role == ROLE_CODE;
}

static bool is_list(Role role)
{
    return role == ROLE_BULLETS || role == ROLE_NUMBERS;
}

static bool is_container(Role role)
{
    return role == ROLE_QUOTE || is_list(role) || role == ROLE_ITEM;
}

/* The innermost open element of that role, or NULL. */
static Open *open_of(Builder *b, Role role)
{
    for (size_t i = b->n; i-- > 0;)
        if (b->open[i].role == role) return &b->open[i];
    return NULL;
}

static bool push(Builder *b, size_t element, Role role)
{
    if (b->n == OPEN_MAX) return false;
    b->open[b->n++] = (Open){.element = element, .role = role};
    return true;
}

/* ---- Containers ------------------------------------------------------------------------------ */

static cmark_node *append(cmark_node *parent, cmark_node_type type)
{
    cmark_node *node = cmark_node_new(type);
    cmark_node_append_child(parent, node);
    return node;
}

static cmark_node *make_list(cmark_node *parent, const Open *open)
{
    cmark_list_type type = open->role == ROLE_BULLETS ? CMARK_BULLET_LIST : CMARK_ORDERED_LIST;
    cmark_node *last = cmark_node_last_child(parent);
    if (last && cmark_node_get_type(last) == CMARK_NODE_LIST &&
        cmark_node_get_list_type(last) == type)
        return last; /* two lists side by side would be read as one */
    cmark_node *list = append(parent, CMARK_NODE_LIST);
    cmark_node_set_list_type(list, type);
    if (type == CMARK_ORDERED_LIST) {
        cmark_node_set_list_start(list, open->start);
        cmark_node_set_list_delim(list, CMARK_PERIOD_DELIM);
    }
    return list;
}

/* Lists hold items only: what stands in one directly belongs to its last item. */
static cmark_node *no_list(cmark_node *node)
{
    if (cmark_node_get_type(node) != CMARK_NODE_LIST) return node;
    cmark_node *last = cmark_node_last_child(node);
    return last ? last : append(node, CMARK_NODE_ITEM);
}

/* The innermost container that is open, made if it is not there yet. Never a list. */
static cmark_node *container(Builder *b)
{
    cmark_node *at = b->document;
    for (size_t i = 0; i < b->n; i++) {
        Open *open = &b->open[i];
        if (!is_container(open->role)) continue;
        if (!open->node) {
            if (open->role == ROLE_ITEM)
                open->node = append(at, CMARK_NODE_ITEM);
            else if (open->role == ROLE_QUOTE)
                open->node = append(no_list(at), CMARK_NODE_BLOCK_QUOTE);
            else
                open->node = make_list(no_list(at), open);
        }
        at = open->node;
    }
    return no_list(at);
}

/* ---- Text ------------------------------------------------------------------------------------ */

static void flush_code(Builder *b);

/* What comes next begins a paragraph of its own; in a cell, which holds none, it is set off. */
static void end_leaf(Builder *b)
{
    flush_code(b);
    if (open_of(b, ROLE_CELL)) {
        b->space = true;
        b->breaks = 0;
        return;
    }
    b->leaf = NULL;
    b->filled = b->space = false;
    b->breaks = 0;
    for (size_t i = 0; i < b->n; i++)
        if (is_inline(b->open[i].role)) b->open[i].node = NULL;
}

static void begin_leaf(Builder *b)
{
    const Open *heading = open_of(b, ROLE_HEADING);
    b->leaf = append(container(b), heading ? CMARK_NODE_HEADING : CMARK_NODE_PARAGRAPH);
    if (heading) cmark_node_set_heading_level(b->leaf, elements[heading->element].name[1] - '0');
}

static void add_text(Builder *b, cmark_node *parent, Str text)
{
    cmark_node *node = append(parent, CMARK_NODE_TEXT);
    cmark_node_set_literal(node, str_z(b->arena, text));
}

/* The innermost inline that has a node already, or the paragraph. */
static cmark_node *present_inline(const Builder *b)
{
    cmark_node *at = b->leaf;
    for (size_t i = 0; i < b->n; i++)
        if (is_inline(b->open[i].role) && b->open[i].node) at = b->open[i].node;
    return at;
}

static bool has_role_around(const Builder *b, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (b->open[k].role == b->open[i].role) return true;
    return false;
}

/* An emphasis right behind another one is the same one. */
static cmark_node *make_inline(cmark_node *parent, const Open *open)
{
    static const cmark_node_type types[] = {[ROLE_STRONG] = (cmark_node_type)CMARK_NODE_STRONG,
                                            [ROLE_EMPHASIS] = (cmark_node_type)CMARK_NODE_EMPH,
                                            [ROLE_LINK] = (cmark_node_type)CMARK_NODE_LINK};
    cmark_node_type type = types[open->role];
    cmark_node *last = cmark_node_last_child(parent);
    if (open->role != ROLE_LINK && last && cmark_node_get_type(last) == type) return last;
    cmark_node *node = append(parent, type);
    if (open->url) cmark_node_set_url(node, open->url);
    return node;
}

/* The innermost inline that is open, made if it is not there yet. */
static cmark_node *inline_place(Builder *b)
{
    cmark_node *at = b->leaf;
    for (size_t i = 0; i < b->n; i++) {
        Open *open = &b->open[i];
        if (!is_inline(open->role) || open->role == ROLE_CODE || has_role_around(b, i)) continue;
        if (open->role == ROLE_LINK && !open->url) continue;
        if (!open->node) open->node = make_inline(at, open);
        at = open->node;
    }
    return at;
}

/* Where the next piece of text goes, behind the blanks and breaks that are due. */
static cmark_node *text_place(Builder *b)
{
    bool flat = open_of(b, ROLE_CELL) || open_of(b, ROLE_HEADING); /* these know no breaks */
    if (b->breaks > 1 && !flat) end_leaf(b);
    if (!b->leaf) begin_leaf(b);
    if (b->filled && b->breaks == 1 && !flat)
        append(present_inline(b), CMARK_NODE_LINEBREAK);
    else if (b->filled && (b->space || b->breaks))
        add_text(b, present_inline(b), S(" "));
    b->breaks = 0;
    b->space = false;
    b->filled = true;
    return inline_place(b);
}

static bool is_blank(Str text, size_t i, size_t *length)
{
    char c = text.p[i];
    bool nbsp = c == '\xC2' && i + 1 < text.n && text.p[i + 1] == '\xA0';
    *length = nbsp ? 2 : 1;
    return nbsp || c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}

/* The text with each run of blanks as one, and none at its ends. */
static Str collapse(Arena *arena, Str text, bool *before, bool *after)
{
    Buf out = buf_new(arena, text.n + 1);
    bool due = false;
    size_t length;
    *before = false;
    for (size_t i = 0; i < text.n; i += length) {
        bool blank = is_blank(text, i, &length);
        if (!blank) {
            if (due && out.n) buf_char(&out, ' ');
            *before |= due && !out.n;
            buf_bytes(&out, text.p + i, length);
        }
        due = blank;
    }
    *after = due;
    return buf_str(&out);
}

static void take_text(Builder *b, Str raw)
{
    bool before, after;
    Str decoded = html_decode(b->arena, raw);
    if (open_of(b, ROLE_PRE) || open_of(b, ROLE_CODE)) {
        buf_put(&b->literal, decoded);
        return;
    }
    Str text = collapse(b->arena, decoded, &before, &after);
    if (!text.n) {
        b->space |= after;
        return;
    }
    b->space |= before;
    add_text(b, text_place(b), text);
    b->space = after;
}

/* ---- Code ------------------------------------------------------------------------------------ */

static void flush_inline_code(Builder *b)
{
    bool before, after;
    Str code = collapse(b->arena, buf_str(&b->literal), &before, &after);
    b->literal.n = 0;
    b->space |= before || (after && !code.n);
    if (!code.n) return;
    cmark_node *node = append(text_place(b), CMARK_NODE_CODE);
    cmark_node_set_literal(node, str_z(b->arena, code));
    b->space = after;
}

static void flush_block_code(Builder *b)
{
    Str code = buf_str(&b->literal);
    while (code.n && (code.p[0] == '\n' || code.p[0] == '\r')) code = str_slice(code, 1, code.n);
    while (code.n && (code.p[code.n - 1] == '\n' || code.p[code.n - 1] == ' ')) code.n--;
    b->literal.n = 0;
    if (!code.n) return;
    Buf lines = buf_new(b->arena, code.n + 2);
    for (size_t i = 0; i < code.n; i++)
        if (code.p[i] != '\r') buf_char(&lines, code.p[i]);
    buf_char(&lines, '\n');
    cmark_node *node = append(container(b), CMARK_NODE_CODE_BLOCK);
    cmark_node_set_literal(node, str_z(b->arena, buf_str(&lines)));
    cmark_node_set_fence_info(node, "text"); /* so that it gets a fence, and no indentation */
}

static void flush_code(Builder *b)
{
    if (!b->literal.n) return;
    bool block = open_of(b, ROLE_PRE) && !open_of(b, ROLE_CELL);
    block ? flush_block_code(b) : flush_inline_code(b);
}

/* ---- Tables ---------------------------------------------------------------------------------- */

static void end_cell(Builder *b)
{
    flush_code(b);
    b->leaf = NULL;
    b->filled = b->space = false;
    b->breaks = 0;
    for (size_t i = 0; i < b->n; i++)
        if (is_inline(b->open[i].role)) b->open[i].node = NULL;
}

/* Not by cmark_node_new_with_ext, which gives a cell memory that nobody frees. */
static cmark_node *append_cell(cmark_node *row)
{
    cmark_node *cell = append(row, CMARK_NODE_TABLE_CELL);
    cmark_node_set_syntax_extension(cell, markdown_tables());
    return cell;
}

static void begin_row(Builder *b)
{
    b->row = cmark_node_new_with_ext(CMARK_NODE_TABLE_ROW, markdown_tables());
    cmark_node_append_child(b->table, b->row);
    b->columns = 0;
}

static void begin_cell(Builder *b)
{
    if (!b->row) begin_row(b);
    if (b->columns == COLUMNS_MAX) {
        b->leaf = cmark_node_last_child(b->row);
        b->filled = b->space = true;
        return;
    }
    b->leaf = append_cell(b->row);
    if (++b->columns > b->widest) b->widest = b->columns;
}

/* A table of one column is a way of laying out: its cells become paragraphs. */
static void lay_out(Builder *b, cmark_node *table)
{
    for (cmark_node *row = cmark_node_first_child(table); row; row = cmark_node_next(row)) {
        cmark_node *cell = cmark_node_first_child(row);
        if (!cell || !cmark_node_first_child(cell)) continue;
        cmark_node *paragraph = append(container(b), CMARK_NODE_PARAGRAPH);
        for (cmark_node *child; (child = cmark_node_first_child(cell));)
            cmark_node_append_child(paragraph, child);
    }
    cmark_node_free(table);
}

static void finish_table(Builder *b, cmark_node *table)
{
    uint8_t alignments[COLUMNS_MAX] = {0}; /* none */
    cmark_node *first = cmark_node_first_child(table);
    cmark_gfm_extensions_set_table_columns(table, (uint16_t)b->widest);
    cmark_gfm_extensions_set_table_alignments(table, (uint16_t)b->widest, alignments);
    cmark_gfm_extensions_set_table_row_is_header(first, 1);
    for (cmark_node *row = first; row; row = cmark_node_next(row)) {
        size_t n = 0;
        for (cmark_node *cell = cmark_node_first_child(row); cell; cell = cmark_node_next(cell))
            n++;
        for (; n < b->widest; n++) append_cell(row);
    }
    cmark_node_append_child(container(b), table);
}

static void end_table(Builder *b)
{
    cmark_node *table = b->table;
    b->table = b->row = NULL;
    end_leaf(b);
    if (b->widest > 1)
        finish_table(b, table);
    else
        lay_out(b, table);
}

/* ---- Closing --------------------------------------------------------------------------------- */

/* Takes the innermost element off the stack. */
static void pop(Builder *b)
{
    Role role = b->open[b->n - 1].role;
    if (role == ROLE_PRE || role == ROLE_CODE) flush_code(b);
    if (role == ROLE_CELL) end_cell(b);
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
    url = collapse(b->arena, url, &before, &after);
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
    Str alt = collapse(b->arena, html_attribute(b->arena, tag, S("alt")), &before, &after);
    if (open_of(b, ROLE_PRE) || open_of(b, ROLE_CODE)) return;
    if (!url && !alt.n) return;
    cmark_node *place = text_place(b);
    if (url) {
        place = append(place, CMARK_NODE_IMAGE);
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
    b->open[b->n - 1].start = start >= 0 && start < 1000000000 ? (int)start : 1;
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
    b->table = cmark_node_new_with_ext(CMARK_NODE_TABLE, markdown_tables());
    b->row = NULL;
    b->widest = 0;
    b->inner = 0;
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
        end_cell(b);
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
        if (!open_of(b, ROLE_CELL)) append(container(b), CMARK_NODE_THEMATIC_BREAK);
        break;
    case ROLE_HEADING:
    case ROLE_QUOTE:
    case ROLE_PRE:
        end_leaf(b);
        if (!open_of(b, ROLE_CELL)) push(b, element, role);
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
