#include "meta/json.h"

#include <assert.h>

/* What stands before each value and key: a comma, unless it is the first here or follows its key.
 */
static void separate(JsonOut *out)
{
    if (out->comma) buf_char(out->buf, ',');
    out->comma = true;
}

void json_out_begin(JsonOut *out, char bracket)
{
    assert(bracket == '{' || bracket == '[');
    separate(out);
    buf_char(out->buf, bracket);
    out->comma = false;
    out->depth++;
}

void json_out_end(JsonOut *out, char bracket)
{
    assert((bracket == '}' || bracket == ']') && out->depth > 0);
    buf_char(out->buf, bracket);
    out->comma = true;
    out->depth--;
}

/* Bytes that are no part of a UTF-8 character become U+FFFD. */
static Str repaired(Arena *arena, Str text)
{
    Buf fixed = buf_new(arena, text.n * 3);
    for (size_t i = 0; i < text.n;) {
        size_t step = 1;
        while (step <= 4 && !str_is_utf8(str_slice(text, i, i + step))) step++;
        if (step <= 4)
            buf_put(&fixed, str_slice(text, i, i + step));
        else
            buf_lit(&fixed, "\xEF\xBF\xBD"), step = 1;
        i += step;
    }
    return buf_str(&fixed);
}

void json_out_str(JsonOut *out, Str text)
{
    separate(out);
    json_write_str(out->buf, str_is_utf8(text) ? text : repaired(out->buf->arena, text));
}

void json_out_key_str(JsonOut *out, Str key)
{
    json_out_str(out, key);
    buf_char(out->buf, ':');
    out->comma = false;
}

void json_out_key(JsonOut *out, const char *key)
{
    json_out_key_str(out, str_from(key));
}

void json_out_z(JsonOut *out, const char *text)
{
    if (text)
        json_out_str(out, str_from(text));
    else
        json_out_null(out);
}

void json_out_int(JsonOut *out, int64_t value)
{
    separate(out);
    buf_int(out->buf, value);
}

void json_out_double(JsonOut *out, double value)
{
    separate(out);
    json_write_double(out->buf, value);
}

void json_out_bool(JsonOut *out, bool value)
{
    json_out_raw(out, value ? S("true") : S("false"));
}

void json_out_null(JsonOut *out)
{
    json_out_raw(out, S("null"));
}

void json_out_raw(JsonOut *out, Str json)
{
    separate(out);
    buf_put(out->buf, json);
}

void json_out_object(JsonOut *out, const Type *type, const void *object)
{
    separate(out);
    json_write(out->buf, type, object);
}
