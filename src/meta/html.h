/* HTML as people paste it, read piece by piece: texts, tags, attributes. A scanner and no parser: it
 * knows nothing of which element may stand where, never fails, and drops comments and doctypes. What
 * begins like a tag and has no end is text. */
#ifndef META_HTML_H
#define META_HTML_H

#include "base/str.h"

typedef enum HtmlTokenKind { HTML_TEXT, HTML_OPEN, HTML_CLOSE } HtmlTokenKind;

typedef struct HtmlToken {
    HtmlTokenKind kind;
    Str text; /* of a text: with character references; of an opening tag: its attributes */
    Str name; /* of a tag, as it was written */
} HtmlToken;

typedef struct HtmlScanner {
    Str rest;
    bool no_tags; /* no ">" follows */
} HtmlScanner;

/* The next token; false at the end. Views of the text. */
bool html_next(HtmlScanner *scanner, HtmlToken *out);

/* Goes on behind the next closing tag of that name; false, and nothing is skipped, when there is
 * none. */
bool html_skip_behind(HtmlScanner *scanner, Str name);

/* The value of an attribute of an opening tag, with its character references resolved; empty when it
 * has none. In `arena`. */
Str html_attribute(Arena *arena, const HtmlToken *tag, Str name);

/* The text with its character references ("&amp;", "&#8364;") resolved. Those that are unknown, or lack
 * the semicolon, stay. Characters that no text may have (NUL, most of U+0001 to U+001F) are dropped.
 * In `arena`, or a view. */
Str html_decode(Arena *arena, Str text);

#endif
