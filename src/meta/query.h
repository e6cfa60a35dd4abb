/* Query strings (application/x-www-form-urlencoded, WHATWG URL §5.1) into structs, by their Type.
 *
 * Each parameter is a field; its text is read as in text.h. Stricter than browsers' parsers: a bad
 * escape, NUL or invalid UTF-8 is refused instead of repaired, so that two readers of one URL
 * cannot disagree. "+" is a blank. A parameter that is no list may stand once.
 *
 * Lists (StrList, IdList): repeated, "tag=a&tag=b", so that an item may contain a comma; a field
 * marked .commas is one text instead, "fields=a,b,c", for names that have none (empty text: empty
 * list). */
#ifndef META_QUERY_H
#define META_QUERY_H

#include "base/buf.h"
#include "meta/check.h"

typedef enum QueryFlags {
    QUERY_STRICT = 0,
    QUERY_LENIENT =
        1, /* unknown parameters are ignored: pages (utm_source) and foreign protocols */
} QueryFlags;

/* A new object of `type` in the arena, or NULL and *violations says what is wrong, naming
 * parameters
 * "?limit". Missing ones take their .initial, or are zero (absent, where the type has absence).
 * Texts may be views of `query`, which must live as long. */
void *query_read(Arena *arena, const Type *type, Str query, unsigned flags, Violations *violations);

/* The same for a query that has parameters of a second type too, which no field of the first is named
 * like; its object is *other_object. */
void *query_read_with(Arena *arena, const Type *type, const Type *other, void **other_object,
                      Str query, unsigned flags, Violations *violations);

/* The object that an empty query gives, leaving aside what is required. */
void *query_plain(Arena *arena, const Type *type);

/* Appends the parameters in which `object` differs from `plain`, as query_plain gave it: in the
 * order of the type, escaped, with "&" between. So two queries that mean the same have the same
 * text, in whatever order and spelling they came (but a repeated parameter keeps the order of its
 * items), and reading the text gives the object again. */
void query_write(Buf *out, const Type *type, const void *object, const void *plain);

/* Decodes %XX, for one segment of a path ("+" is itself). False on a bad escape, NUL, or what is no
 * UTF-8; *out is then untouched. A view of `text` when there is nothing to decode. */
bool percent_decode(Arena *arena, Str text, Str *out);

/* Appends the text so that it stands safely in a query or a path segment: all but the unreserved
 * characters of RFC 3986 §2.3 are escaped. */
void percent_encode(Buf *buf, Str text);

#endif
