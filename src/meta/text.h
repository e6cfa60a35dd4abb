/* One field as plain text: query parameters, settings, CSV, terminal tables, defaults in a row.
 *
 *     bool true or false · int, money 42 · double 0.5 · id prod_0d3k9v7m2c8qh · time RFC 3339 ·
 *     enum its name · currency EUR · lists of texts or ids a,b,c · objects and lists of them: JSON
 *
 * A list of texts reads back only when no item has a comma. */
#ifndef META_TEXT_H
#define META_TEXT_H

#include "meta/check.h"

/* Reads and checks the text into *member. False, *member untouched, and a violation at `place`
 * otherwise. Texts are views of `text`. Blanks around are not trimmed. KIND_JSON, KIND_OBJECT and
 * KIND_LIST are read as JSON (JSON_CREATE). */
bool text_read(Arena *arena, const Field *field, Str text, const Place *place, void *member,
               Violations *violations);

/* The same without the checks of bounds and formats, for kinds of one word (no list, no JSON); and
 * the numbers by themselves. A double must look as in JSON, with at most JSON_NUMBER_MAX
 * characters. */
bool text_parse(const Field *field, Str text, const Place *place, void *member,
                Violations *violations);
bool text_parse_int(Str text, const Place *place, int64_t *out, Violations *violations);
bool text_parse_double(Str text, const Place *place, double *out, Violations *violations);

/* One item of a list of texts or ids, for parameters that are repeated; *item is a Str or an Id. */
bool text_read_item(const Field *field, Str text, const Place *place, void *item,
                    Violations *violations);

/* The reverse. Never empty but for an empty text, list, Id 0 and no currency. */
Str text_write(Arena *arena, const Field *field, const void *member);

#endif
