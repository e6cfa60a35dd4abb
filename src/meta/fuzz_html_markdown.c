/* Any HTML as Markdown: what is written must be read as the same text, whatever it was, and writing
 * that as HTML and reading it again must not lose or add any. */
#include "base/buf.h"
#include "meta/html_markdown.h"
#include "meta/html_tree.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The text that a reader sees, without what HTML calls blank. */
static Str seen(Arena *arena, cmark_node *document)
{
    Buf out = buf_new(arena, SIZE_MAX / 4);
    cmark_iter *iter = cmark_iter_new(document);
    for (cmark_event_type event; (event = cmark_iter_next(iter)) != CMARK_EVENT_DONE;) {
        const char *text =
            event == CMARK_EVENT_ENTER ? cmark_node_get_literal(cmark_iter_get_node(iter)) : NULL;
        for (; text && *text; text++) {
            bool nbsp = text[0] == '\xC2' && text[1] == '\xA0';
            text += nbsp;
            if (!nbsp && !strchr(" \n\r\t\f", *text)) buf_char(&out, *text);
        }
    }
    cmark_iter_free(iter);
    cmark_node_free(document);
    return buf_str(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Str html = {(const char *)data, size};
    if (!str_is_utf8(html)) return 0;
    Arena *arena = arena_new(1 << 16);
    Str markdown = markdown_from_html(arena, html);
    assert(str_is_utf8(markdown));
    Str first = seen(arena, html_tree(arena, html));
    Str again = markdown_to_html(arena, markdown, 1);
    Str second = seen(arena, html_tree(arena, again));
    assert(str_eq(first, second));
    arena_free(arena);
    return 0;
}
