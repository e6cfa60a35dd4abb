/* Writing HTML: whatever is no literal of ours is escaped on its way in.
 *
 *     HTML(&out, "<a href=\"{}\">{}</a>", address, title);
 *
 * Each {} takes a Str, which may be anything: it stands safely in text and between double quotes
 * (HTML §13.1.2.3, §13.1.3), not inside of <script>, <style> or an attribute without quotes. An
 * address from outside is checked before (text_is_url): escaping does not make javascript: harmless.
 */
#ifndef META_MARKUP_H
#define META_MARKUP_H

#include "base/buf.h"

/* Appends the text, escaped. */
void html_text(Buf *out, Str text);

/* Appends the template, with a text for each {}; their number must be right (assert). */
#define HTML(out, template, ...)                                                                   \
    html_fill((out), "" template "", (const Str[]){{0}, ##__VA_ARGS__},                            \
              sizeof((const Str[]){{0}, ##__VA_ARGS__}) / sizeof(Str))
void html_fill(Buf *out, const char *template, const Str *texts, size_t n);

#endif
