/* Descriptions between HTML, which other shops have, and Markdown, which we keep.
 *
 * What HTML has and CommonMark with tables has not is lost: classes, styles, colours, alignment,
 * underlines, strokes, sub- and superscript (their text stays), joined cells, and elements that are no
 * text (scripts, styles, frames, forms, videos: with what is in them). Links and pictures stay when
 * they lead to http, https, mailto, tel, or within the shop. No text is lost or added. */
#ifndef META_HTML_MARKDOWN_H
#define META_HTML_MARKDOWN_H

#include "base/str.h"

/* Markdown that says what the HTML says; a text without any tags is HTML too. The same HTML gives the
 * same Markdown. Both are UTF-8; in `arena`. */
Str markdown_from_html(Arena *arena, Str html);

/* The Markdown (CommonMark with tables) as safe HTML: raw HTML in it is left out, links that are
 * scripts lead nowhere. The page has headings of its own: those of the text begin at `level`, from
 * 1 to 6, and none goes beyond 6. In `arena`. */
Str markdown_to_html(Arena *arena, Str markdown, int level);

#endif
