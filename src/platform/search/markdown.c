#include "platform/search/markdown.h"

#include "base/buf.h"

#include <cmark-gfm.h>

/* Does it hold anything that Markdown, or HTML in it, gives a meaning to? Most descriptions are
 * sentences. */
static bool is_plain(Str text)
{
    for (size_t i = 0; i < text.n; i++)
        if (strchr("*_`[]<>#&\\~|+=-", text.p[i]) || (text.p[i] >= '0' && text.p[i] <= '9'))
            return false;
    return true;
}

static void put_node(Buf *out, cmark_node *node, bool entering)
{
    const char *literal = NULL;
    switch ((int)cmark_node_get_type(node)) {
    case CMARK_NODE_TEXT:
    case CMARK_NODE_CODE:
    case CMARK_NODE_CODE_BLOCK:
        literal = cmark_node_get_literal(node);
        break;
    case CMARK_NODE_SOFTBREAK:
    case CMARK_NODE_LINEBREAK:
        literal = " ";
        break;
    default:
        break;
    }
    if (entering && literal) buf_put(out, str_from(literal));
    bool block = (cmark_node_get_type(node) & CMARK_NODE_TYPE_MASK) == CMARK_NODE_TYPE_BLOCK;
    bool leaf = cmark_node_get_type(node) == CMARK_NODE_CODE_BLOCK;
    if (block && (!entering || leaf) && out->n && out->p[out->n - 1] != '\n') buf_char(out, '\n');
}

Str markdown_text(Arena *arena, Str markdown)
{
    if (is_plain(markdown)) return markdown;
    cmark_node *document = cmark_parse_document(markdown.p, markdown.n, CMARK_OPT_DEFAULT);
    cmark_iter *iter = cmark_iter_new(document);
    Buf out = buf_new(arena, markdown.n * 8 + 64); /* a character may be a reference: &ngE; */
    for (cmark_event_type event; (event = cmark_iter_next(iter)) != CMARK_EVENT_DONE;)
        put_node(&out, cmark_iter_get_node(iter), event == CMARK_EVENT_ENTER);
    cmark_iter_free(iter);
    cmark_node_free(document);
    while (out.n && out.p[out.n - 1] == '\n') out.n--;
    return buf_str(&out);
}
