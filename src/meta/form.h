/* Forms (multipart/form-data) into structs, by their Type: each part is a field of that name.
 *
 * A text is read as in text.h and must be UTF-8; a field of FORMAT_BINARY takes any bytes, a file.
 * Lists come as several parts of one name. What else a part says of itself (a file name, a content
 * type) does not count: it is what a stranger claims. */
#ifndef META_FORM_H
#define META_FORM_H

#include "meta/check.h"

/* A new object of `type` in the arena, or NULL and *violations says what is wrong, at "/field". Of a
 * malformed body the syntax is the only violation. `content_type` is the header's value. The object
 * keeps views of `body`, which must live as long. */
void *form_read(Arena *arena, const Type *type, Str content_type, Str body, Violations *violations);

#endif
