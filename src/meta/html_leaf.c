/* Where the texts of HTML go: containers, paragraphs, emphasis, code.
 *
 * Tags only say what is open (html_tree.c); nodes are made here, when there is a text to put into them.
 * So nothing empty is ever made, whatever was opened and closed. A blank is kept back until the next
 * text is there: it then goes to the innermost node that exists already, which puts the blanks of
 * "<b>bold </b>word" and "a <b>bold</b>" outside of the emphasis alike. Breaks are kept back in the same
 * way: one is a line break, two in a row were meant as a new paragraph, and one at the end is nothing. */
#include "meta/html_builder.h"

Open *open_of(Builder *b, Role role)
{
    for (size_t i = b->n; i-- > 0;)
        if (b->open[i].role == role) return &b->open[i];
    return NULL;
}

/* ---- Containers ------------------------------------------------------------------------------ */

cmark_node *append_node(cmark_node *parent, cmark_node_type type)
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
    cmark_node *list = append_node(parent, CMARK_NODE_LIST);
    cmark_node_set_list_type(list, type);
    if (type == CMARK_ORDERED_LIST) {
        cmark_node_set_list_start(list, open->number);
        cmark_node_set_list_delim(list, CMARK_PERIOD_DELIM);
    }
    return list;
}

/* Lists hold items only: what stands in one directly belongs to its last item. */
static cmark_node *no_list(cmark_node *node)
{
    if (cmark_node_get_type(node) != CMARK_NODE_LIST) return node;
    cmark_node *last = cmark_node_last_child(node);
    return last ? last : append_node(node, CMARK_NODE_ITEM);
}

/* The innermost container that is open, made if it is not there yet. Never a list. */
cmark_node *open_container(Builder *b)
{
    cmark_node *at = b->document;
    for (size_t i = 0; i < b->n; i++) {
        Open *open = &b->open[i];
        if (!is_container(open->role)) continue;
        if (!open->node) {
            if (open->role == ROLE_ITEM)
                open->node = append_node(at, CMARK_NODE_ITEM);
            else if (open->role == ROLE_QUOTE)
                open->node = append_node(no_list(at), CMARK_NODE_BLOCK_QUOTE);
            else
                open->node = make_list(no_list(at), open);
        }
        at = open->node;
    }
    return no_list(at);
}

/* ---- Text ------------------------------------------------------------------------------------ */

void leave_leaf(Builder *b)
{
    flush_code(b);
    b->leaf = NULL;
    b->filled = b->space = false;
    b->breaks = 0;
    for (size_t i = 0; i < b->n; i++)
        if (is_inline(b->open[i].role)) b->open[i].node = NULL;
}

void end_leaf(Builder *b)
{
    if (!open_of(b, ROLE_CELL)) {
        leave_leaf(b);
        return;
    }
    flush_code(b);
    b->space = true;
    b->breaks = 0;
}

static void begin_leaf(Builder *b)
{
    const Open *heading = open_of(b, ROLE_HEADING);
    b->leaf = append_node(open_container(b), heading ? CMARK_NODE_HEADING : CMARK_NODE_PARAGRAPH);
    if (heading) cmark_node_set_heading_level(b->leaf, heading->number);
}

void add_text(Builder *b, cmark_node *parent, Str text)
{
    cmark_node *node = append_node(parent, CMARK_NODE_TEXT);
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
    cmark_node *node = append_node(parent, type);
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
cmark_node *text_place(Builder *b)
{
    bool flat = open_of(b, ROLE_CELL) || open_of(b, ROLE_HEADING); /* these know no breaks */
    if (b->breaks > 1 && !flat) end_leaf(b);
    if (!b->leaf) begin_leaf(b);
    if (b->filled && b->breaks == 1 && !flat)
        append_node(present_inline(b), CMARK_NODE_LINEBREAK);
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
Str collapse_blanks(Arena *arena, Str text, bool *before, bool *after)
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

void take_text(Builder *b, Str raw)
{
    bool before, after;
    Str decoded = html_decode(b->arena, raw);
    if (open_of(b, ROLE_PRE) || open_of(b, ROLE_CODE)) {
        buf_put(&b->literal, decoded);
        return;
    }
    Str text = collapse_blanks(b->arena, decoded, &before, &after);
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
    Str code = collapse_blanks(b->arena, buf_str(&b->literal), &before, &after);
    b->literal.n = 0;
    b->space |= before || (after && !code.n);
    if (!code.n) return;
    cmark_node *node = append_node(text_place(b), CMARK_NODE_CODE);
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
    cmark_node *node = append_node(open_container(b), CMARK_NODE_CODE_BLOCK);
    cmark_node_set_literal(node, str_z(b->arena, buf_str(&lines)));
    cmark_node_set_fence_info(node, "text"); /* so that it gets a fence, and no indentation */
}

void flush_code(Builder *b)
{
    if (!b->literal.n) return;
    bool block = open_of(b, ROLE_PRE) && !open_of(b, ROLE_CELL);
    block ? flush_block_code(b) : flush_inline_code(b);
}
