#include "modules/catalog/documents.h"

#include "base/hash.h"
#include "platform/api/limits.h"

#include <pthread.h>

/* Raised when what is derived from a product changes while the fields of its type do not. */
enum { DERIVATION = 2 };

/* ---- Masks and the shape: made once ---------------------------------------------------------- */

static struct {
    pthread_once_t once;
    FieldMask product, product_with_stock, variant, variant_with_stock;
    int64_t shape;
    Arena *arena; /* where the masks lie */
} made = {.once = PTHREAD_ONCE_INIT};

static void describe(Buf *out, const Type *type)
{
    for (size_t i = 0; i < type->field_count; i++) {
        const Field *field = &type->fields[i];
        buf_format(out, "%s:%d%s{", field->name, (int)field->kind,
                   field->write_only || field->restricted ? "-" : "");
        if (field->type) describe(out, field->type);
        buf_char(out, '}');
    }
}

static void show(FieldMask *mask, const Type *type, const char *name)
{
    size_t i = (size_t)(type_field(type, str_from(name)) - type->fields);
    mask->bits[i / 64] |= UINT64_C(1) << (i % 64);
}

static void make(void)
{
    Arena *arena = made.arena = arena_new(8192);
    made.product = field_mask_unrestricted(arena, &product_type);
    made.variant = made.variant_with_stock = field_mask_unrestricted(arena, &variant_type);
    show(&made.variant_with_stock, &variant_type, "stock");
    made.product_with_stock = field_mask_unrestricted(arena, &product_type);
    size_t variants = (size_t)(type_field(&product_type, S("variants")) - product_type.fields);
    made.product_with_stock.nested[variants] = &made.variant_with_stock;
    Buf text = buf_new(arena, 1 << 16);
    buf_int(&text, DERIVATION);
    describe(&text, &product_type);
    made.shape = (int64_t)(hash_fast(buf_str(&text)) >> 1);
}

const FieldMask *product_mask(bool stock)
{
    pthread_once(&made.once, make);
    return stock ? &made.product_with_stock : &made.product;
}

const FieldMask *variant_mask(bool stock)
{
    pthread_once(&made.once, make);
    return stock ? &made.variant_with_stock : &made.variant;
}

int64_t document_shape(void)
{
    pthread_once(&made.once, make);
    return made.shape;
}

/* ---- Writing --------------------------------------------------------------------------------- */

Str document_write(Arena *arena, const Product *seen)
{
    Buf json = buf_new(arena, LIMIT_ANSWER_BYTES);
    json_write_some(&json, &product_type, seen, product_mask(false));
    return buf_str(&json);
}
