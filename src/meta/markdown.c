#include "meta/markdown.h"

#include "meta/text.h"

/* Within a table "|" must be escaped in code, too; other signs only outside of it, where they would
 * begin emphasis, a link or a tag. */
void markdown_prose(Buf *out, Str text)
{
    bool code = false;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c == '`') code = !code;
        bool special = c == '|' || (!code && str_find_char(S("*<[\\"), c) < 4);
        if (special) buf_char(out, '\\');
        buf_char(out, c == '\n' ? ' ' : c);
    }
}

static void put_code(Buf *out, Str text)
{
    if (!text.n) return;
    buf_char(out, '`');
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '|') buf_char(out, '\\');
        buf_char(out, text.p[i]);
    }
    buf_char(out, '`');
}

void markdown_table(Buf *out, const Type *type, AnyList list)
{
    for (size_t i = 0; i < type->field_count; i++)
        if (!type->fields[i].write_only) buf_format(out, "| %s ", type->fields[i].name);
    buf_lit(out, "|\n");
    for (size_t i = 0; i < type->field_count; i++)
        if (!type->fields[i].write_only) buf_lit(out, "|---");
    buf_lit(out, "|\n");
    for (size_t k = 0; k < list.n; k++) {
        const char *object = (const char *)list.items + k * type->size;
        for (size_t i = 0; i < type->field_count; i++) {
            const Field *field = &type->fields[i];
            if (field->write_only) continue;
            Str text = text_write(out->arena, field, object + field->offset);
            buf_lit(out, "| ");
            i ? markdown_prose(out, text) : put_code(out, text);
            buf_char(out, ' ');
        }
        buf_lit(out, "|\n");
    }
}
