/* A list of a type as a table in Markdown (GitHub Flavored Markdown, §4.10): documentation that is
 * made of rows. */
#ifndef META_MARKDOWN_H
#define META_MARKDOWN_H

#include "base/buf.h"
#include "meta/type.h"

/* Appends a header of the fields' names and a row an object; the first column is `code`. Prose is
 * taken as our rows have it: `code` in backticks stays, nothing else means anything. Write-only
 * fields are left out. */
void markdown_table(Buf *out, const Type *type, AnyList list);

/* Prose as one line of Markdown in which only backticks have a meaning. */
void markdown_prose(Buf *out, Str text);

#endif
