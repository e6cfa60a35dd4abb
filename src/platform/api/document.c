#include "platform/api/document.h"

#include "base/hash.h"
#include "platform/api/errors.h"
#include "platform/api/limits.h"

#include <assert.h>

static void write_object(Buf *out, const Type *type, const void *object, const Fields *fields)
{
    assert(!fields || fields->type == type); /* the row says what the route answers */
    if (fields)
        json_write_some(out, type, object, &fields->mask);
    else
        json_write(out, type, object);
}

/* False: a stored document is damaged. */
static bool write_items(Buf *out, const Reply *reply, const Fields *fields)
{
    if (!reply->type && fields) return fields_put(out, fields, reply->json);
    if (!reply->type) buf_put(out, reply->json);
    const char *item = reply->list.items;
    for (size_t i = 0; reply->type && i < reply->list.n; i++, item += reply->type->size) {
        if (i) buf_char(out, ',');
        write_object(out, reply->type, item, fields);
    }
    return true;
}

static bool write_list(Buf *out, const Reply *reply, const Fields *fields)
{
    buf_lit(out, "{\"data\":[");
    if (!write_items(out, reply, fields)) return false;
    buf_put(out, reply->next_cursor.n ? S("],\"has_more\":true,\"next_cursor\":\"")
                                      : S("],\"has_more\":false,\"next_cursor\":null}"));
    if (reply->next_cursor.n) {
        buf_put(out, reply->next_cursor);
        buf_lit(out, "\"}");
    }
    return true;
}

static bool write_whole(Buf *out, const Reply *reply, const Fields *fields)
{
    if (reply->is_list) return write_list(out, reply, fields);
    if (!reply->type) return fields_put(out, fields, reply->json);
    write_object(out, reply->type, reply->value, fields);
    return true;
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
