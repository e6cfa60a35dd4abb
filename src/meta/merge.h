/* Applying a merge patch (RFC 7396) that json_read has read as JSON_PATCH to the object that it
 * changes. */
#ifndef META_MERGE_H
#define META_MERGE_H

#include "meta/type.h"

/* Takes over each field that `patch` has. One that was written as null takes its initial value; or
 * is absent, when it is nullable; or is zero (an empty text or list). Objects inside whose type has
 * absence are patched in turn; texts and lists are shared with the patch. */
void merge_patch(Arena *arena, const Type *type, void *object, const void *patch);

/* Of an object that was read as JSON_CREATE: fields that were left out are there from now on, and
 * zero; but nullable ones stay absent. */
void merge_complete(const Type *type, void *object);

#endif
