#include "platform/personal.h"

#include "base/buf.h"
#include "meta/json.h"
#include "platform/api/limits.h"

static struct {
    const Module *const *modules;
    size_t count;
} all;

void personal_gather(const Module *const *modules, size_t count)
{
    all.modules = modules;
    all.count = count;
}

static void write_list(Buf *out, const Personal *row, AnyList list)
{
    buf_format(out, "%s\"%s\":[", out->n > 1 ? "," : "", row->name);
    for (size_t i = 0; i < list.n; i++) {
        if (i) buf_char(out, ',');
        json_write(out, row->type, (const char *)list.items + i * row->type->size);
    }
    buf_char(out, ']');
}

Str personal_export(Ctx *cx, Id user)
{
    Buf out = buf_new(cx->arena, LIMIT_ANSWER_BYTES);
    buf_char(&out, '{');
    for (size_t i = 0; i < all.count; i++)
        for (size_t k = 0; k < all.modules[i]->personal_count; k++) {
            const Personal *row = &all.modules[i]->personals[k];
            write_list(&out, row, row->read(cx, user));
        }
    buf_char(&out, '}');
    return buf_str(&out);
}
