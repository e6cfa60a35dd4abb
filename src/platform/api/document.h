/* A reply's document as bytes. */
#ifndef PLATFORM_API_DOCUMENT_H
#define PLATFORM_API_DOCUMENT_H

#include "platform/api/fields.h"

/* What the reply's document is as JSON: the object, or {"data":[…],"has_more":…,"next_cursor":…}, with
 * the fields that were asked for (NULL: all). Empty for a refusal, and where there is no document.
 * NULL, or why it cannot be sent: then *document is untouched. */
const Error *reply_document(Arena *arena, const Reply *reply, const Fields *fields, Str *document);

/* "v12.5f0c2d…" without quotes: the version (0: none) decides If-Match, the whole tag If-None-Match. */
Str reply_tag(Arena *arena, int64_t version, Str document);

#endif
