#include "platform/api/document.h"

#include "base/hash.h"
#include "platform/api/errors.h"
#include "platform/api/limits.h"

#include <assert.h>

/* Some of the fields that the handler shows: it has the last word. */
static bool write_shown(Buf *out, const Reply *reply, const void *object, const Fields *fields)
{
    Buf shown = buf_new(out->arena, LIMIT_ANSWER_BYTES);
    json_write_some(&shown, reply->type, object, reply->mask);
    return fields_put(out, fields, buf_str(&shown));
}

/* False: a stored document is damaged. */
static bool write_object(Buf *out, const Reply *reply, const void *object, const Fields *fields)
{
    assert(!fields || fields->type == reply->type); /* the row says what the route answers */
    if (fields && reply->mask) return write_shown(out, reply, object, fields);
    json_write_some(out, reply->type, object, fields ? &fields->mask : reply->mask);
    return true;
}

static bool write_items(Buf *out, const Reply *reply, const Fields *fields)
{
    if (!reply->type && fields) return fields_put(out, fields, reply->json);
    if (!reply->type) buf_put(out, reply->json);
    const char *item = reply->list.items;
    for (size_t i = 0; reply->type && i < reply->list.n; i++, item += reply->type->size) {
        if (i) buf_char(out, ',');
        if (!write_object(out, reply, item, fields)) return false;
    }
    return true;
}

/* The members of the notes that are there, behind the others; closes the object. */
static void write_notes(Buf *out, const Type *type, const void *notes)
{
    FieldMask there = {0};
    for (size_t i = 0; i < type->field_count; i++)
        if (field_is_set(type, &type->fields[i], notes)) there.bits[i / 64] |= 1ull << (i % 64);
    size_t at = out->n;
    json_write_some(out, type, notes, &there);
    if (!out->full) out->p[at] = ','; /* over the bracket */
}

static bool write_list(Buf *out, const Reply *reply, const Fields *fields)
{
    buf_lit(out, "{\"data\":[");
    if (!write_items(out, reply, fields)) return false;
    buf_put(out, reply->next_cursor.n ? S("],\"has_more\":true,\"next_cursor\":\"")
                                      : S("],\"has_more\":false,\"next_cursor\":null"));
    if (reply->next_cursor.n) {
        buf_put(out, reply->next_cursor);
        buf_char(out, '"');
    }
    if (reply->notes)
        write_notes(out, reply->notes_type, reply->notes);
    else
        buf_char(out, '}');
    return true;
}

static bool write_whole(Buf *out, const Reply *reply, const Fields *fields)
{
    if (reply->is_list) return write_list(out, reply, fields);
    if (!reply->type) return fields_put(out, fields, reply->json);
    return write_object(out, reply, reply->value, fields);
}

const Error *reply_document(Arena *arena, const Reply *reply, const Fields *fields, Str *document)
{
    bool written = reply->json.n && !reply->is_list && !fields;
    bool none = !reply->json.n && !reply->is_list && !reply->type;
    if (written || none || reply->error) {
        *document = reply->error ? (Str){0} : reply->json;
        return NULL;
    }
    Buf out = buf_new(arena, LIMIT_ANSWER_BYTES);
    buf_reserve(&out, reply->json.n + 1024);
    if (!write_whole(&out, reply, fields)) return &error_internal;
    if (out.full) return &error_answer_too_large;
    *document = buf_str(&out);
    return NULL;
}

Str reply_tag(Arena *arena, int64_t version, Str document)
{
    uint64_t hash = hash_fast(document);
    return version
               ? str_format(arena, "v%lld.%016llx", (long long)version, (unsigned long long)hash)
               : str_format(arena, "%016llx", (unsigned long long)hash);
}
