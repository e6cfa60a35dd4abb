/* Tables for people: lists of a type in aligned columns. Commands print these, and the same list as
 * JSON for programs.
 *
 * Columns are aligned by what a terminal shows, not by bytes or characters: "ü" is one column, "東"
 * is two, a combining accent none (Unicode's East Asian Width, by utf8proc). Numbers stand to the
 * right. What would move the cursor, colour the terminal or turn the writing direction is shown as
 * U+FFFD, whoever wrote it into the data. Secret fields are masked, write-only ones left out,
 * absent ones empty. */
#ifndef META_TABLE_H
#define META_TABLE_H

#include "base/buf.h"
#include "meta/type.h"

typedef struct TableStyle {
    size_t
        columns; /* of the terminal: wide columns of text are cut with "…" to fit; 0: never cut */
    bool bold;   /* the header; only for a terminal */
} TableStyle;

/* Appends a header of the fields' names and a line an object. `arena` is scratch, and not buf's
 * own. */
void table_write(Buf *buf, Arena *arena, const Type *type, AnyList list, TableStyle style);

/* One object: a line "name  value" a field, nothing cut. */
void table_write_object(Buf *buf, Arena *arena, const Type *type, const void *object);

/* Columns that a terminal needs for the text; control characters count as one. */
size_t text_columns(Str text);

/* The text on one line, without anything that a terminal obeys. */
Str text_harmless(Arena *arena, Str text);

#endif
