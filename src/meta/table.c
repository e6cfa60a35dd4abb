#include "meta/table.h"

#include "meta/text.h"

#include <assert.h>
#include <utf8proc.h>

enum { GAP = 2, NARROWEST = 8 };

/* ---- Characters ---- */

/* The character at the start of `text`, which is not empty: its length in bytes. What is no UTF-8
 * is taken byte by byte, with *c = -1. */
static size_t next_character(Str text, int32_t *c)
{
    ptrdiff_t n = utf8proc_iterate((const utf8proc_uint8_t *)text.p, (utf8proc_ssize_t)text.n, c);
    return n > 0 ? (size_t)n : 1;
}

/* Controls (C0, DEL, C1), line and paragraph separators, and the marks of UAX #9 that change the
 * direction of what follows. */
static bool is_obeyed(int32_t c)
{
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029 ||
           (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

static size_t columns_of(int32_t c)
{
    return is_obeyed(c) ? 1 : (size_t)utf8proc_charwidth(c);
}

size_t text_columns(Str text)
{
    size_t columns = 0;
    int32_t c;
    for (size_t i = 0; i < text.n;) {
        i += next_character(str_slice(text, i, text.n), &c);
        columns += columns_of(c);
    }
    return columns;
}

Str text_harmless(Arena *arena, Str text)
{
    Buf out = buf_new(arena, SIZE_MAX / 4);
    int32_t c;
    for (size_t i = 0, n; i < text.n; i += n) {
        n = next_character(str_slice(text, i, text.n), &c);
        if (is_obeyed(c))
            buf_lit(&out, "\xEF\xBF\xBD");
        else
            buf_put(&out, str_slice(text, i, i + n));
    }
    return buf_str(&out);
}

/* As many characters as fit into `columns`, what is combined with the last one included. */
static Str cut(Str text, size_t columns)
{
    size_t i = 0, used = 0;
    while (i < text.n) {
        int32_t c;
        size_t n = next_character(str_slice(text, i, text.n), &c);
        used += columns_of(c);
        if (used > columns) break;
        i += n;
    }
    return str_slice(text, 0, i);
}

/* ---- Cells ---- */

typedef struct Column {
    const Field *field;
    size_t columns; /* how wide */
    bool right;
} Column;

static bool is_number(const Field *field)
{
    return field->kind == KIND_INT || field->kind == KIND_DOUBLE || field->kind == KIND_MONEY;
}

static Str cell_text(Arena *arena, const Type *type, const Field *field, const void *object)
{
    if (!field_is_set(type, field, object) || field_is_null(type, field, object)) return S("");
    Str text = text_write(arena, field, (const char *)object + field->offset);
    if (field->secret) return text.n ? S("********") : S("");
    return text_harmless(arena, text);
}

static void write_blanks(Buf *buf, size_t n)
{
    while (n-- > 0) buf_char(buf, ' ');
}

static void write_cell(Buf *buf, Str text, const Column *column, bool last)
{
    size_t needs = text_columns(text);
    if (needs > column->columns) {
        text = cut(text, column->columns - 1);
        needs = text_columns(text) + 1;
        buf_put(buf, text);
        buf_lit(buf, "\xE2\x80\xA6");
        text = S("");
    }
    size_t blanks = column->columns - needs;
    if (column->right) write_blanks(buf, blanks);
    buf_put(buf, text);
    if (last) return;
    write_blanks(buf, GAP + (column->right ? 0 : blanks));
}

/* ---- Tables ---- */

static size_t columns_new(Arena *arena, const Type *type, Column **out)
{
    Column *columns = NEW_N(arena, Column, type->field_count);
    size_t n = 0;
    for (size_t i = 0; i < type->field_count; i++) {
        const Field *field = &type->fields[i];
        if (field->write_only) continue;
        columns[n++] = (Column){field, field->name_length, is_number(field)};
    }
    *out = columns;
    return n;
}

/* Narrows the widest columns of text until the line fits, or until none is wider than NARROWEST
 * (nor than its name): then the terminal will wrap. Numbers are never cut, for a part of a number
 * is a lie. */
static void fit(Column *columns, size_t n, size_t available)
{
    for (size_t i = 0; i < n; i++)
        if (!columns[i].right && columns[i].columns > available) columns[i].columns = available;
    for (;;) {
        size_t total = n ? (n - 1) * GAP : 0;
        Column *widest = NULL;
        for (size_t i = 0; i < n; i++) {
            Column *column = &columns[i];
            total += column->columns;
            bool may = !column->right && column->columns > NARROWEST &&
                       column->columns > column->field->name_length;
            if (may && (!widest || column->columns > widest->columns)) widest = column;
        }
        if (total <= available || !widest) return;
        widest->columns--;
    }
}

static void write_header(Buf *buf, const Column *columns, size_t n, bool bold)
{
    if (bold) buf_lit(buf, "\033[1m");
    for (size_t k = 0; k < n; k++)
        write_cell(buf, str_from(columns[k].field->name), &columns[k], k + 1 == n);
    if (bold) buf_lit(buf, "\033[0m");
    buf_char(buf, '\n');
}

void table_write(Buf *buf, Arena *arena, const Type *type, AnyList list, TableStyle style)
{
    assert(arena != buf->arena);
    Column *columns;
    size_t n = columns_new(arena, type, &columns);
    Str *cells = NEW_N(arena, Str, list.n * n);
    const char *object = list.items;
    for (size_t i = 0; i < list.n; i++, object += type->size) {
        for (size_t k = 0; k < n; k++) {
            Str text = cells[i * n + k] = cell_text(arena, type, columns[k].field, object);
            size_t needs = text_columns(text);
            if (needs > columns[k].columns) columns[k].columns = needs;
        }
    }
    if (style.columns) fit(columns, n, style.columns);
    write_header(buf, columns, n, style.bold);
    for (size_t i = 0; i < list.n; i++) {
        for (size_t k = 0; k < n; k++) write_cell(buf, cells[i * n + k], &columns[k], k + 1 == n);
        buf_char(buf, '\n');
    }
}

void table_write_object(Buf *buf, Arena *arena, const Type *type, const void *object)
{
    Column *columns, names = {0};
    size_t n = columns_new(arena, type, &columns);
    for (size_t k = 0; k < n; k++)
        if (columns[k].columns > names.columns) names.columns = columns[k].columns;
    for (size_t k = 0; k < n; k++) {
        write_cell(buf, str_from(columns[k].field->name), &names, false);
        buf_put(buf, cell_text(arena, type, columns[k].field, object));
        buf_char(buf, '\n');
    }
}
