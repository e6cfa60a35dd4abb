/* Lists of objects for people, and the same as JSON for programs. */
#include "platform/cli/output.h"

#include "meta/json.h"
#include "meta/text.h"

enum { GAP = 2 };

/* A cell as one line: what would move the cursor or colour the terminal becomes U+FFFD, whoever
 * wrote it into the data. Those are C0, DEL, and C1 (U+0080 to U+009F). */
static Str harmless(Arena *arena, Str text)
{
    Buf out = buf_new(arena, SIZE_MAX / 4);
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        bool c1 = c == 0xC2 && i + 1 < text.n && (unsigned char)text.p[i + 1] < 0xA0;
        if (c < 0x20 || c == 0x7F || c1)
            buf_lit(&out, "\xEF\xBF\xBD");
        else
            buf_char(&out, (char)c);
        i += c1;
    }
    return buf_str(&out);
}

static Str cell(Arena *arena, const Type *type, const Field *field, const void *object)
{
    if (!field_is_set(type, field, object)) return S("");
    return harmless(arena, text_write(arena, field, (const char *)object + field->offset));
}

static bool is_number(const Field *field)
{
    return field->kind == KIND_INT || field->kind == KIND_DOUBLE || field->kind == KIND_MONEY;
}

static void put_blanks(Output *out, size_t n)
{
    while (n-- > 0) output_put(out, OUTPUT_RESULT, S(" "));
}

/* One cell, padded to its column; the last column is not, and may be as long as it likes. */
static void put_cell(Output *out, Str text, size_t width, bool right, bool last)
{
    size_t length = str_utf8_length(text), blanks = width > length ? width - length : 0;
    if (right) put_blanks(out, blanks);
    output_put(out, OUTPUT_RESULT, text);
    if (!right && !last) put_blanks(out, blanks);
    if (!last) put_blanks(out, GAP);
}

static void put_as_text(Output *out, const Type *type, AnyList list)
{
    Arena *arena = out->arena;
    size_t n = type->field_count, *widths = NEW_N(arena, size_t, n);
    for (size_t k = 0; k < n; k++) widths[k] = type->fields[k].name_length;
    for (size_t i = 0; i < list.n; i++)
        for (size_t k = 0; k < n; k++) {
            ArenaMark mark = arena_mark(arena);
            const char *object = (const char *)list.items + i * type->size;
            size_t width = str_utf8_length(cell(arena, type, &type->fields[k], object));
            if (width > widths[k]) widths[k] = width;
            arena_rewind(arena, mark);
        }
    if (out->shape.colours) output_put(out, OUTPUT_RESULT, S("\033[1m"));
    for (size_t k = 0; k < n; k++)
        put_cell(out, str_from(type->fields[k].name), widths[k], is_number(&type->fields[k]),
                 k + 1 == n);
    if (out->shape.colours) output_put(out, OUTPUT_RESULT, S("\033[0m"));
    output_put(out, OUTPUT_RESULT, S("\n"));
    for (size_t i = 0; i < list.n; i++) {
        ArenaMark mark = arena_mark(arena);
        const char *object = (const char *)list.items + i * type->size;
        for (size_t k = 0; k < n; k++)
            put_cell(out, cell(arena, type, &type->fields[k], object), widths[k],
                     is_number(&type->fields[k]), k + 1 == n);
        output_put(out, OUTPUT_RESULT, S("\n"));
        arena_rewind(arena, mark);
    }
}

void output_table(Output *out, const Type *type, AnyList list)
{
    ArenaMark mark = arena_mark(out->arena);
    if (out->shape.json) {
        Buf buf = buf_new(out->arena, SIZE_MAX / 4);
        json_write_list(&buf, type, list);
        buf_char(&buf, '\n');
        output_put(out, OUTPUT_RESULT, buf_str(&buf));
    } else {
        put_as_text(out, type, list);
    }
    arena_rewind(out->arena, mark);
}

void output_object(Output *out, const Type *type, const void *object)
{
    ArenaMark mark = arena_mark(out->arena);
    if (out->shape.json) {
        Buf buf = buf_new(out->arena, SIZE_MAX / 4);
        json_write(&buf, type, object);
        buf_char(&buf, '\n');
        output_put(out, OUTPUT_RESULT, buf_str(&buf));
    }
    size_t width = 0;
    for (size_t k = 0; k < type->field_count; k++)
        if (type->fields[k].name_length > width) width = type->fields[k].name_length;
    for (size_t k = 0; !out->shape.json && k < type->field_count; k++) {
        put_cell(out, str_from(type->fields[k].name), width, false, false);
        put_cell(out, cell(out->arena, type, &type->fields[k], object), 0, false, true);
        output_put(out, OUTPUT_RESULT, S("\n"));
    }
    arena_rewind(out->arena, mark);
}
