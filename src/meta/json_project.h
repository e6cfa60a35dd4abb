/* Leaving fields out of JSON that is written already. */
#ifndef META_JSON_PROJECT_H
#define META_JSON_PROJECT_H

#include "meta/json.h"

/* Appends the JSON object `json`, an object of `type`, with the fields of the mask only, in the order
 * in which they stand. Keys that are no fields of the type are left out. The text must be JSON of our
 * own: what is copied is not checked again. False when it is not even braces, quotes and commas in
 * the right places; then what was appended is not to be used. */
bool json_project(Buf *out, Str json, const Type *type, const FieldMask *mask);

/* The same with any number of objects, with commas between. */
bool json_project_items(Buf *out, Str items, const Type *type, const FieldMask *mask);

#endif
