#include "meta/markup.h"

#include <assert.h>

void html_text(Buf *out, Str text)
{
    for (size_t i = 0; i < text.n; i++) {
        switch (text.p[i]) {
        case '<':
            buf_lit(out, "&lt;");
            break;
        case '>':
            buf_lit(out, "&gt;");
            break;
        case '&':
            buf_lit(out, "&amp;");
            break;
        case '"':
            buf_lit(out, "&quot;");
            break;
        case '\'':
            buf_lit(out, "&#39;");
            break;
        default:
            buf_char(out, text.p[i]);
        }
    }
}

/* The first of the texts is there so that there may be none. */
void html_fill(Buf *out, const char *template, const Str *texts, size_t n)
{
    Str rest = str_from(template);
    size_t used = 1;
    for (;;) {
        size_t at = str_find(rest, S("{}"));
        buf_put(out, str_slice(rest, 0, at));
        if (at == rest.n) break;
        assert(used < n);
        html_text(out, texts[used++]);
        rest = str_slice(rest, at + 2, rest.n);
    }
    assert(used == n);
}
