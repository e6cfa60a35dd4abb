/* JSON between text and structs, by their Type. See docs/internals/types.md.
 *
 * Reading is strict (RFC 8259, and what it leaves open is closed): no duplicate keys, no unknown
 * keys unless the mode is lenient, UTF-8 only, no lone surrogates, no U+0000 (PostgreSQL's text
 * cannot hold it), integers exactly as integers, nothing after the value, bounded depth. Each
 * violation is reported, not only the first; a syntax error ends the reading and is then the only
 * one.
 *
 * Writing costs what functions written by hand for each struct cost (bench/micro/json_write.c): it
 * never fails but by the buffer's maximum, and trusts that text inside the program is UTF-8. */
#ifndef META_JSON_H
#define META_JSON_H

#include "base/buf.h"
#include "meta/check.h"

/* What the text is for. */
typedef enum JsonMode {
    /* A new object: required fields must be there, `initial` fills optional ones that are not; null
     * is taken where the field is nullable, or optional in a type with absence. */
    JSON_CREATE,

    /* A merge patch (RFC 7396) of an object whose type has absence: nothing is required; null on a
     * nullable or optional field is recorded in Present.null and means "remove". A nested object is
     * a patch too when its type has absence; else it cannot say "as it was" and must be complete.
     * Lists are replaced whole, so their items are read as JSON_CREATE. */
    JSON_PATCH,

    /* What json_write_stored wrote into a database column: checks are not repeated, unknown keys
     * (fields that were dropped) ignored, read-only fields taken. */
    JSON_STORED,

    /* A flag beside the mode, for routes that speak a foreign protocol: unknown and read-only
     * fields are ignored. */
    JSON_LENIENT = 4,

    /* A flag beside the mode, for documents that we have written ourselves and that come back: fields
     * that are read-only, or for creation only, are taken as any other. */
    JSON_READ_BACK = 8,
} JsonMode;

/* A new object of `type` in the arena, read from `text`; or NULL, and *violations (of the same
 * arena) says what is wrong. Texts of the object may be views into `text`, which must live as long.
 * When violations.items[0].code is VIOLATION(SYNTAX), the text is not JSON (HTTP 400 rather than
 * 422), and the message has line, column, byte offset and what was expected. */
void *json_read(Arena *arena, const Type *type, Str text, unsigned mode, Violations *violations);

/* Reads the text of one value into the member of `field`; `place` is where violations are. False,
 * and *member untouched, when something is wrong. */
bool json_read_value(Arena *arena, const Field *field, Str text, unsigned mode, const Place *place,
                     void *member, Violations *violations);

/* Checks that `text` is one JSON value as strictly as above (duplicate keys included) and appends
 * its compact form. False, and *violations tells, when it is not. */
bool json_compact(Str text, Buf *out, Violations *violations);

/* ---- Writing ---- */

/* Appends the object. Write-only fields are left out; absent ones are null. */
void json_write(Buf *buf, const Type *type, const void *object);

/* The same as an array of `n` objects that lie one after the other. */
void json_write_list(Buf *buf, const Type *type, AnyList list);

/* For a database column: absent fields are left out, write-only ones written. */
void json_write_stored(Buf *buf, const Type *type, const void *object);

/* The value of one member as json_write_stored would write it; for rows.h. */
void json_write_member(Buf *buf, const Field *field, const void *member);

/* Which fields to write. Made by field_mask_parse; nested masks are for objects and lists. */
typedef struct FieldMask {
    uint64_t bits[TYPE_FIELDS_MAX / 64];
    const struct FieldMask **nested; /* by field; NULL, or NULL there: all of it */
} FieldMask;

/* Reads names, dotted into nested types ("id", "prices.amount"), in any order; a name alone means
 * all of it. On an unknown (or write-only) name false, *unknown is that name and *out untouched. */
bool field_mask_parse(Arena *arena, const Type *type, StrList names, FieldMask *out, Str *unknown);

/* All fields but the restricted ones, here and in nested types. */
FieldMask field_mask_unrestricted(Arena *arena, const Type *type);

/* Only the fields of the mask. */
void json_write_some(Buf *buf, const Type *type, const void *object, const FieldMask *mask);

/* A scalar as people read it: the text of a string, a number as it is written, true, false, null; of
 * objects and lists the JSON. `value` must be JSON. */
Str json_scalar_text(Arena *arena, Json value);

/* Appends the text as a JSON string, quotes included. Must be UTF-8. */
void json_write_str(Buf *buf, Str text);

/* Appends a number that reads back as the same double, as short as that allows; null when there is
 * no JSON for it (infinite, not a number). */
void json_write_double(Buf *buf, double value);

/* ---- Documents without a type ---- */

/* JsonOut writes JSON piece by piece and sees to commas: OpenAPI, problem documents, log lines.
 *
 *     JsonOut out = json_out(&buf);
 *     json_out_begin(&out, '{');
 *     json_out_key(&out, "status"), json_out_int(&out, 404);
 *     json_out_end(&out, '}');
 *
 * Texts need not be UTF-8 here (a log quotes what a stranger sent): each byte that is no part of a
 * character becomes U+FFFD. */
typedef struct JsonOut {
    Buf *buf;
    bool comma; /* something stands before in this array or object */
    int depth;
} JsonOut;

static inline JsonOut json_out(Buf *buf)
{
    return (JsonOut){.buf = buf};
}

void json_out_begin(JsonOut *out, char bracket); /* '{' or '[' */
void json_out_end(JsonOut *out, char bracket);   /* '}' or ']' */
void json_out_key(JsonOut *out, const char *key);
void json_out_key_str(JsonOut *out, Str key);
void json_out_str(JsonOut *out, Str text);
void json_out_z(JsonOut *out, const char *text); /* NULL is null */
void json_out_int(JsonOut *out, int64_t value);
void json_out_double(JsonOut *out, double value);
void json_out_bool(JsonOut *out, bool value);
void json_out_null(JsonOut *out);
void json_out_raw(JsonOut *out, Str json); /* a value that is JSON already */
void json_out_object(JsonOut *out, const Type *type, const void *object); /* as json_write */

#endif
