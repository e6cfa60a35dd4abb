/* Lists of objects for people, and the same as JSON for programs. */
#include "platform/cli/output.h"

#include "meta/json.h"
#include "meta/table.h"

/* Only a terminal has an edge: what is piped into a file or a program is whole. */
static TableStyle style_of(const Output *out)
{
    bool terminal = out->shape.terminal[OUTPUT_RESULT];
    return (TableStyle){.columns = terminal ? (size_t)out->shape.columns : 0,
                        .bold = out->shape.colours};
}

void output_table(Output *out, const Type *type, AnyList list)
{
    Arena *arena = arena_new(4096), *scratch = arena_new(4096);
    Buf buf = buf_new(arena, SIZE_MAX / 4);
    if (out->shape.json) {
        json_write_list(&buf, type, list);
        buf_char(&buf, '\n');
    } else {
        table_write(&buf, scratch, type, list, style_of(out));
    }
    output_put(out, OUTPUT_RESULT, buf_str(&buf));
    arena_free(scratch);
    arena_free(arena);
}

void output_object(Output *out, const Type *type, const void *object)
{
    Arena *arena = arena_new(4096), *scratch = arena_new(4096);
    Buf buf = buf_new(arena, SIZE_MAX / 4);
    if (out->shape.json) {
        json_write(&buf, type, object);
        buf_char(&buf, '\n');
    } else {
        table_write_object(&buf, scratch, type, object);
    }
    output_put(out, OUTPUT_RESULT, buf_str(&buf));
    arena_free(scratch);
    arena_free(arena);
}
