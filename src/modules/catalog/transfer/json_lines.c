#include "modules/catalog/transfer/json_lines.h"

#include "meta/json.h"
#include "meta/slug.h"

#include <pthread.h>

static const Field path_field =
    FIELD(LineProduct, category_paths,
          "The ways to its categories, from the root down: \"Home > Kitchen\".",
          .max = PRODUCT_CATEGORIES_MAX, .item_max = 1000);

static struct {
    pthread_once_t once;
    Arena *arena; /* of its fields */
    Type type;
} line = {.once = PTHREAD_ONCE_INIT};

static void make_type(void)
{
    size_t n = product_type.field_count;
    line.arena = arena_new(1024);
    Field *fields = NEW_N(line.arena, Field, n + 1);
    memcpy(fields, product_type.fields, n * sizeof *fields);
    fields[n] = path_field;
    line.type = product_type;
    line.type.fields = fields;
    line.type.field_count = n + 1;
    line.type.size = sizeof(LineProduct);
    line.type.align = alignof(LineProduct);
}

const Type *line_product_type(void)
{
    pthread_once(&line.once, make_type);
    return &line.type;
}

/* ---- Reading --------------------------------------------------------------------------------- */

/* What the shop itself has made (id, version, times) is its own again, or another shop's. */
static void drop_read_only(Product *product)
{
    for (size_t i = 0; i < product_type.field_count; i++)
        if (product_type.fields[i].read_only)
            field_mark(&product_type, &product_type.fields[i], product, false, false);
}

static void take_variants(Arena *arena, Draft *d, const Product *read)
{
    if (!IS_SET(&product_type, read, Product, variants)) return;
    VariantList list = read->variants;
    d->mode = VARIANTS_ALL;
    d->variants = NEW_N(arena, DraftVariant, list.n);
    d->variant_count = list.n;
    for (size_t i = 0; i < list.n; i++)
        d->variants[i] = (DraftVariant){.line = d->line, .said = list.items[i], .whole = true};
    MARK_ABSENT(&product_type, &d->said, Product, variants);
}

static void take_product(Arena *arena, Draft *d, const LineProduct *read)
{
    d->said = read->product;
    d->category_paths = read->category_paths;
    drop_read_only(&d->said);
    take_variants(arena, d, &read->product);
    if (read->product.handle.n)
        d->handle = read->product.handle;
    else if (read->product.title.n)
        d->handle = slug_of_title(arena, read->product.title, S("product"));
    else
        remark(&d->remarks, true, d->line, S("/handle"), VIOLATION(REQUIRED)->code,
               "is required: without a handle, or a title, nobody knows which product is meant");
}

/* Of a line that is refused: which product does it speak of? */
typedef struct LineHandle {
    Str handle;
} LineHandle;

static const Type line_handle_type =
    TYPE(LineHandle, "What a line is about.", FIELD(LineHandle, handle, ""));

static Str handle_of_broken(Arena *arena, Str text)
{
    Violations ignored = violations_new(arena);
    const LineHandle *found = json_read(arena, &line_handle_type, text, JSON_STORED, &ignored);
    return found && found->handle.n <= HANDLE_MAX && text_is_slug(found->handle) ? found->handle
                                                                                 : S("");
}

Draft *line_draft(Arena *arena, Str text, int64_t number)
{
    Draft *d = NEW(arena, Draft);
    Violations bad = violations_new(arena);
    *d = (Draft){.line = number,
                 .remarks = remarks_new(arena),
                 .names_what_may_be_gone = true,
                 .first_status = PRODUCT_DRAFT};
    const LineProduct *read =
        json_read(arena, line_product_type(), text, JSON_PATCH | JSON_READ_BACK, &bad);
    if (read)
        take_product(arena, d, read);
    else
        d->handle = handle_of_broken(arena, text);
    for (size_t i = 0; i < bad.n; i++) {
        Str message = bad.items[i].message, before = S("line 1, ");
        if (bad.items[i].code == VIOLATION(SYNTAX) && str_starts(message, before))
            message = str_slice(message, before.n, message.n); /* it is another line of the file */
        remark(&d->remarks, true, number, bad.items[i].pointer, bad.items[i].code->code, "%.*s",
               STR_ARG(message));
    }
    return d;
}
