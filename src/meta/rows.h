/* Rows: fields to SQL values and back. The drivers call these per column and row.
 *
 *     BOOL bool · INTEGER int64_t · REAL double · TEXT Str, Currency, enum (its name) · ID Id ·
 *     MONEY Money · TIME Time · JSON lists, objects, Json */
#ifndef META_ROWS_H
#define META_ROWS_H

#include "meta/value.h"

/* The field's value as an argument. Absent or null fields, Id 0, no currency, an empty Json, and a
 * nullable Str without pointer are VALUE_NULL. Texts are views of the object; lists and objects
 * become VALUE_JSON, written into the arena. */
Value row_value(Arena *arena, const Type *type, const Field *field, const void *object);

/* Stores a column's value in the object. VALUE_NULL: the field becomes absent, or zero in a type
 * without absence; anything else marks it as there. Texts are copied into the arena, so the
 * driver's buffer may die. Takes what the drivers deliver for our columns: integers for BOOL and
 * TIME, text for JSON. False, and the object untouched but for the arena, when the value cannot be
 * the field's: a wrong kind, an enum name that this program does not know, damaged JSON. */
bool row_store(Arena *arena, const Type *type, const Field *field, void *object, Value value);

/* The column word of migrations: "ID", "MONEY", "TIME", "BOOL", "JSON", "TEXT", "INTEGER", "REAL".
 */
const char *column_type(const Field *field);

#endif
