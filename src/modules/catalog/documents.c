#include "modules/catalog/documents.h"

#include "base/hash.h"
#include "meta/json.h"
#include "platform/api/limits.h"

#include <pthread.h>

#define MARK '\001'

Availability availability_of(int64_t stock)
{
    return stock <= 0 ? AVAILABILITY_OUT : stock <= STOCK_LOW ? AVAILABILITY_LOW : AVAILABILITY_IN;
}

/* ---- Writing ----------------------------------------------------------------------------------
 */

/* The walker writes each variant's stock as minus its id, which no stock is; this puts the marks
 * there instead. */
static Str place_marks(Arena *arena, Str json)
{
    static const Str before = S_INIT("\"stock\":-"), after = S_INIT(",\"availability\":\"out\"");
    Buf out = buf_new(arena, json.n);
    buf_reserve(&out, json.n);
    for (;;) {
        size_t at = str_find(json, before);
        buf_put(&out, str_slice(json, 0, at));
        if (at == json.n) return buf_str(&out);
        Str id = str_slice(json, at + before.n, json.n);
        size_t end = str_find(id, after);
        buf_char(&out, MARK);
        buf_put(&out, str_slice(id, 0, end));
        buf_char(&out, MARK);
        json = str_slice(id, end + after.n, id.n);
    }
}

Str document_write(Arena *arena, const Product *product)
{
    Product copy = *product;
    copy.variants.items = arena_copy(arena, product->variants.items,
                                     product->variants.n * sizeof *product->variants.items);
    for (size_t i = 0; i < copy.variants.n; i++) {
        copy.variants.items[i].stock = -copy.variants.items[i].id.n;
        copy.variants.items[i].availability = AVAILABILITY_OUT;
    }
    Buf json = buf_new(arena, LIMIT_ANSWER_BYTES);
    json_write(&json, &product_type, &copy);
    return place_marks(arena, buf_str(&json));
}

/* ---- Reading ----------------------------------------------------------------------------------
 */

static void write_stock(Buf *out, Str id, const StockList *stock)
{
    static const Str names[] = {
        [AVAILABILITY_OUT] = S_INIT(",\"availability\":\"out\""),
        [AVAILABILITY_LOW] = S_INIT(",\"availability\":\"low\""),
        [AVAILABILITY_IN] = S_INIT(",\"availability\":\"in\""),
    };
    Id variant = {0};
    int64_t free = 0;
    if (str_to_int(id, &variant.n)) stock_of(stock, variant, &free);
    buf_lit(out, "\"stock\":");
    buf_int(out, free);
    buf_put(out, names[availability_of(free)]);
}

void document_fill(Buf *out, Str body, const StockList *stock)
{
    Str text, id;
    while (str_cut(body, MARK, &text, &body)) {
        buf_put(out, text);
        str_cut(body, MARK, &id, &body);
        write_stock(out, id, stock);
    }
    buf_put(out, text);
}

/* ---- The shape --------------------------------------------------------------------------------
 */

static int64_t shape;

static void describe(Buf *out, const Type *type)
{
    for (size_t i = 0; i < type->field_count; i++) {
        const Field *field = &type->fields[i];
        buf_format(out, "%s:%d%s{", field->name, (int)field->kind, field->write_only ? "-" : "");
        if (field->type) describe(out, field->type);
        buf_char(out, '}');
    }
}

static void compute_shape(void)
{
    Arena *arena = arena_new(4096);
    Buf text = buf_new(arena, 1 << 16);
    describe(&text, &product_type);
    shape = (int64_t)(hash_fast(buf_str(&text)) >> 1);
    arena_free(arena);
}

int64_t document_shape(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, compute_shape);
    return shape;
}
