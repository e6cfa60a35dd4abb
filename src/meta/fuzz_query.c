/* Any bytes as a query string, a path segment and each format of text. */
#include "meta/json.h"
#include "meta/query.h"
#include "meta/test_types.h"
#include "meta/text.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The text of a query reads as the same object, and has itself as its text. */
static void write_query(Arena *arena, const Thing *thing)
{
    const void *plain = query_plain(arena, &thing_type);
    Buf out = buf_new(arena, SIZE_MAX / 4), again = buf_new(arena, SIZE_MAX / 4);
    Buf json = buf_new(arena, SIZE_MAX / 4), json_again = buf_new(arena, SIZE_MAX / 4);
    query_write(&out, &thing_type, thing, plain);
    Violations violations = violations_new(arena);
    const Thing *back = query_read(arena, &thing_type, buf_str(&out), QUERY_STRICT, &violations);
    if (!back) return; /* refused for its length alone: escapes and canonical JSON may be longer */
    query_write(&again, &thing_type, back, plain);
    assert(str_eq(buf_str(&again), buf_str(&out)));
    json_write(&json, &thing_type, thing);
    json_write(&json_again, &thing_type, back);
    assert(str_eq(buf_str(&json), buf_str(&json_again)));
}

static void read_query(Arena *arena, Str query, unsigned flags)
{
    Violations violations = violations_new(arena);
    Thing *thing = query_read(arena, &thing_type, query, flags, &violations);
    assert((thing == NULL) == (violations.n > 0));
    if (!thing) return;
    Violations none = violations_new(arena);
    assert(check_object(&none, NULL, &thing_type, thing));
    Buf buf = buf_new(arena, SIZE_MAX / 4);
    json_write(&buf, &thing_type, thing);
    assert(str_is_utf8(buf_str(&buf)));
    write_query(arena, thing);
}

static void decode(Arena *arena, Str text)
{
    Str decoded, back;
    if (!percent_decode(arena, text, &decoded)) return;
    assert(str_is_utf8(decoded) && str_find_char(decoded, 0) == decoded.n);
    Buf buf = buf_new(arena, SIZE_MAX / 4);
    percent_encode(&buf, decoded);
    assert(percent_decode(arena, buf_str(&buf), &back) && str_eq(back, decoded));
}

/* What is read as a field's text is written as a text that reads the same. */
static void read_texts(Arena *arena, Str text)
{
    for (size_t i = 0; i < thing_type.field_count; i++) {
        const Field *field = &thing_type.fields[i];
        Thing thing = {0};
        void *member = (char *)&thing + field->offset;
        Violations violations = violations_new(arena);
        if (!text_read(arena, field, text, NULL, member, &violations)) continue;
        Str written = text_write(arena, field, member);
        assert(text_read(arena, field, written, NULL, member, &violations));
        assert(str_eq(text_write(arena, field, member), written));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena *arena = arena_new(1 << 16);
    Str text = {(const char *)data, size};
    read_query(arena, text, QUERY_STRICT);
    read_query(arena, text, QUERY_LENIENT);
    decode(arena, text);
    if (str_is_utf8(text)) {
        read_texts(arena, text);
        text_is_email(text);
        text_is_url(text);
        text_is_slug(text);
        text_is_locale(text);
    }
    arena_free(arena);
    return 0;
}
