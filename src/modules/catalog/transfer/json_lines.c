#include "modules/catalog/transfer/json_lines.h"

#include "meta/check.h"
#include "meta/json.h"
#include "meta/slug.h"

#include <pthread.h>
#include <stdlib.h>

/* As in the API, where the address says the language. */
static const Type line_translation_type = TYPE(
    Translation, "The texts of a product in another language than the shop's own.",
    FIELD(Translation, locale, "Language tag, BCP 47.", .required = true, .format = FORMAT_LOCALE),
    FIELD(Translation, title, "Name as customers see it.", .required = true, .min = 1,
          .max = TITLE_MAX),
    FIELD(Translation, description, "Markdown; empty: the shop's own is shown.",
          .format = FORMAT_MARKDOWN, .max = DESCRIPTION_MAX));

static const Field more_fields[] = {
    FIELD(LineProduct, category_paths,
          "The ways to its categories, from the root down: \"Home > Kitchen\".",
          .max = PRODUCT_CATEGORIES_MAX, .item_max = 1000),
    LIST(LineProduct, translations, "Its texts in other languages: all that there are to be.",
         line_translation_type, .max = TRANSLATIONS_MAX),
};

static struct {
    pthread_once_t once;
    Arena *arena; /* of its fields */
    Type type;
} line = {.once = PTHREAD_ONCE_INIT};

static void make_type(void)
{
    size_t n = product_type.field_count;
    line.arena = arena_new(1024);
    Field *fields = NEW_N(line.arena, Field, n + ROWS(more_fields));
    memcpy(fields, product_type.fields, n * sizeof *fields);
    memcpy(fields + n, more_fields, sizeof more_fields);
    line.type = product_type;
    line.type.fields = fields;
    line.type.field_count = n + ROWS(more_fields);
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

static int by_locale(const void *a, const void *b)
{
    return str_cmp(((const Translation *)a)->locale, ((const Translation *)b)->locale);
}

static void take_translations(Arena *arena, Draft *d, const LineProduct *read)
{
    if (!IS_SET(line_product_type(), read, LineProduct, translations)) return;
    TranslationList list = {arena_copy(arena, read->translations.items,
                                       read->translations.n * sizeof *read->translations.items),
                            read->translations.n};
    for (size_t i = 0; i < list.n; i++) {
        list.items[i].locale = text_locale_form(arena, list.items[i].locale);
        for (size_t k = 0; k < i; k++)
            if (str_eq(list.items[k].locale, list.items[i].locale))
                remark(&d->remarks, true, d->line, str_format(arena, "/translations/%zu", i),
                       "repeated", "is a second translation into the same language");
    }
    if (list.n) qsort(list.items, list.n, sizeof *list.items, by_locale);
    d->says_translations = true;
    d->translations = list;
}

static void take_product(Arena *arena, Draft *d, const LineProduct *read)
{
    d->said = read->product;
    d->category_paths = read->category_paths;
    drop_read_only(&d->said);
    take_variants(arena, d, &read->product);
    take_translations(arena, d, read);
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
