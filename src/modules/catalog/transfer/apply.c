/* Applying a draft.
 *
 * The product that is to be is planned in memory, from the product that is there and what the draft
 * says, and held against the same rules as in the API. When it would be stored as it is, nothing is
 * written: running an import again costs reading, and no product gets a new version by it. Else it is
 * opened (from now on nobody else changes it), planned once more on what was read then, and written by
 * products.c like any other product.
 *
 * Some cells say the same thing in another way: the HTML that an export made of a Markdown text, tags
 * joined by commas, the path of a category. When such a cell is exactly what an export would write now,
 * it says that nothing has changed, and what the shop has stays, even where reading the cell would give
 * something that differs (another Markdown for the same HTML). */
#include "modules/catalog/transfer/apply.h"

#include "modules/catalog/products.h"
#include "modules/catalog/publish.h"
#include "modules/catalog/store.h"
#include "modules/catalog/transfer/variants.h"

#include "meta/html_markdown.h"
#include "meta/json.h"
#include "meta/merge.h"
#include "meta/text.h"
#include "modules/categories/categories.h"
#include "modules/media/media.h"
#include "platform/db/db.h"

#include <inttypes.h>

typedef struct Applying {
    Ctx *cx;
    References *refs;
    const Draft *draft;
    const Product *there;
    TranslationList texts; /* that are there */
    bool make;             /* categories and types that are missing */
    Product wanted;
    WantedVariants variants;
    Applied *applied;
} Applying;

static void refuse_product(Applying *a, int64_t line, Str place, const char *code, Str message)
{
    remark(&a->applied->remarks, true, line, place, code, "%.*s", STR_ARG(message));
}

/* ---- Planning -------------------------------------------------------------------------------- */

/* A product of which nothing was said. */
static Product nothing_said(Ctx *cx)
{
    Violations none = violations_new(cx->arena);
    const Product *product =
        json_read(cx->arena, &product_type, S("{\"title\":\"-\"}"), JSON_CREATE, &none);
    return *product;
}

static void plan_texts(Applying *a)
{
    const Draft *d = a->draft;
    const Product *there = a->there;
    Arena *arena = a->cx->arena;
    if (d->says_seo_title) a->wanted.seo.title = d->said.seo.title;
    if (d->says_seo_description) a->wanted.seo.description = d->said.seo.description;
    if (!there) return;
    if (d->html.p && !str_eq(a->wanted.description, there->description) &&
        str_eq(markdown_to_html(arena, there->description, 1), d->html))
        a->wanted.description = there->description;
    if (d->tags.p && str_eq(tags_text(arena, there->tags), d->tags)) a->wanted.tags = there->tags;
}

/* Adds a text to a list that others have, or takes it out. */
static StrList with_text(Arena *arena, StrList list, Str text, bool wanted)
{
    StrList with = {NEW_N(arena, Str, list.n + 1), 0};
    bool there = false;
    for (size_t i = 0; i < list.n; i++) {
        bool same = str_eq(list.items[i], text);
        there |= same;
        if (!same || wanted) with.items[with.n++] = list.items[i];
    }
    if (wanted && !there) with.items[with.n++] = text;
    return with;
}

/* A picture that was uploaded to another shop is none here. */
static void drop_foreign_images(Applying *a)
{
    ImageList *images = &a->wanted.images, kept = {NEW_N(a->cx->arena, Image, images->n), 0};
    for (size_t i = 0; i < images->n; i++) {
        const Image *image = &images->items[i];
        if (!str_starts(image->url, S("/media/")) || media_by_url(a->cx, image->url).n)
            kept.items[kept.n++] = *image;
        else
            remark(&a->applied->remarks, false, a->draft->line, S(""), "not_kept",
                   "the picture %.*s was not uploaded to this shop", STR_ARG(image->url));
    }
    *images = kept;
}

static void keep_alts(Applying *a)
{
    const Draft *d = a->draft;
    if (!a->there || !d->says_images || d->says_alts) return;
    ImageList images = {NEW_N(a->cx->arena, Image, a->wanted.images.n), a->wanted.images.n};
    for (size_t i = 0; i < images.n; i++) {
        images.items[i] = a->wanted.images.items[i];
        for (size_t k = 0; k < a->there->images.n; k++)
            if (str_eq(images.items[i].url, a->there->images.items[k].url))
                images.items[i].alt = a->there->images.items[k].alt;
    }
    a->wanted.images = images;
}

/* ---- Attributes ------------------------------------------------------------------------------ */

static const AttributeRule *rule_of(const ProductType *type, Str name)
{
    for (size_t i = 0; type && i < type->attributes.n; i++)
        if (str_eq(type->attributes.items[i].name, name)) return &type->attributes.items[i];
    return NULL;
}

static Json json_text(Arena *arena, Str text)
{
    Buf out = buf_new(arena, text.n * 6 + 16);
    json_write_str(&out, text);
    return (Json){buf_str(&out)};
}

/* A text as what the product's type says of it; when it does not read as that, as a text, which the
 * rules will refuse. */
static Json attribute_value(Arena *arena, const AttributeRule *rule, Str text)
{
    Str word = str_lower(arena, str_trim(text));
    Violations none = violations_new(arena);
    double number;
    if (rule && rule->kind == ATTRIBUTE_BOOLEAN &&
        (str_eq(word, S("true")) || str_eq(word, S("false"))))
        return (Json){word};
    if (rule && rule->kind == ATTRIBUTE_NUMBER &&
        text_parse_double(str_trim(text), NULL, &number, &none))
        return (Json){str_trim(text)};
    return json_text(arena, text);
}

static size_t place_of_attribute(AttributeList attributes, Str name)
{
    size_t i = 0;
    while (i < attributes.n && !str_eq(attributes.items[i].name, name)) i++;
    return i;
}

static void plan_attribute(Applying *a, AttributeList *list, const DraftAttribute *said,
                           const ProductType *type)
{
    Arena *arena = a->cx->arena;
    size_t at = place_of_attribute(*list, said->name);
    bool there = at < list->n;
    if (!said->text.n) {
        if (there)
            memmove(&list->items[at], &list->items[at + 1], (--list->n - at) * sizeof *list->items);
        return;
    }
    if (there && str_eq(json_scalar_text(arena, list->items[at].value), said->text)) return;
    Json value = attribute_value(arena, rule_of(type, said->name), said->text);
    if (value.text.n > ATTRIBUTE_BYTES_MAX) {
        remark(&a->applied->remarks, false, a->draft->line, said->name, "not_kept",
               "is longer than the %d bytes that an attribute can have", ATTRIBUTE_BYTES_MAX);
        return;
    }
    list->items[there ? at : list->n++] = (Attribute){said->name, value};
}

static void plan_attributes(Applying *a, const ProductType *type)
{
    const Draft *d = a->draft;
    if (!d->attribute_count) return;
    AttributeList old = a->wanted.attributes,
                  list = {NEW_N(a->cx->arena, Attribute, old.n + d->attribute_count), old.n};
    if (old.n) memcpy(list.items, old.items, old.n * sizeof *old.items);
    for (size_t i = 0; i < d->attribute_count; i++)
        plan_attribute(a, &list, &d->attributes[i], type);
    a->wanted.attributes = list;
}

/* ---- Categories ------------------------------------------------------------------------------ */

/* The named category becomes the main one, the first; it replaces the one that was. */
static void plan_main_category(Applying *a, Id category)
{
    IdList old = a->wanted.categories, list = {NEW_N(a->cx->arena, Id, old.n + 1), 0};
    list.items[list.n++] = category;
    for (size_t i = 1; i < old.n; i++)
        if (!id_eq(old.items[i], category)) list.items[list.n++] = old.items[i];
    a->wanted.categories = list;
}

/* False: the category is missing, and is not to be made now, or cannot be. */
static bool plan_category(Applying *a)
{
    const Draft *d = a->draft;
    if (!d->says_category) return true;
    if (!d->category.n) {
        a->wanted.categories = (IdList){0};
        return true;
    }
    if (a->there && a->there->categories.n) {
        Id main = a->there->categories.items[0];
        Id same = reference_category(a->refs, d->category, false, d->line, &a->applied->remarks);
        if (id_eq(same, main)) return true;
        Str path = path_text(a->cx->arena, d->category);
        if (str_eq(reference_path(a->refs, main), path)) return true;
    }
    Id category = reference_category(a->refs, d->category, a->make, d->line, &a->applied->remarks);
    if (category.n) plan_main_category(a, category);
    return category.n != 0;
}

/* Of a document: each category by its id, or, when this shop has none of that id, by its path. */
static bool plan_categories(Applying *a)
{
    const Draft *d = a->draft;
    IdList said =
        IS_SET(&product_type, &d->said, Product, categories) ? d->said.categories : (IdList){0};
    size_t n = said.n > d->category_paths.n ? said.n : d->category_paths.n;
    if (!d->category_paths.n) return true; /* what is said by ids alone, the rules ask after */
    IdList list = {NEW_N(a->cx->arena, Id, n), n};
    for (size_t i = 0; i < n; i++) {
        Id missing, id = i < said.n ? said.items[i] : (Id){0};
        if (id.n &&
            (i >= d->category_paths.n || categories_exist(a->cx, (IdList){&id, 1}, &missing))) {
            list.items[i] = id;
            continue;
        }
        StrList titles = path_titles(a->cx->arena, d->category_paths.items[i]);
        list.items[i] = reference_category(a->refs, titles, a->make, d->line, &a->applied->remarks);
        if (!list.items[i].n) return false;
    }
    a->wanted.categories = list;
    return true;
}

/* ---- The whole plan --------------------------------------------------------------------------- */

/* Plans `wanted` on a->there. False: something that it names is missing, and not to be made now. */
static bool plan(Applying *a, const ProductType **type)
{
    Ctx *cx = a->cx;
    const Draft *d = a->draft;
    a->wanted = a->there ? *a->there : nothing_said(cx);
    if (!a->there) a->wanted.status = d->first_status;
    merge_patch(cx->arena, &product_type, &a->wanted, &d->said);
    a->wanted.handle = d->handle;
    if (d->says_published)
        a->wanted.channels = with_text(cx->arena, a->wanted.channels, S("default"), d->published);
    plan_texts(a);
    keep_alts(a);
    if (IS_SET(&product_type, &d->said, Product, images)) drop_foreign_images(a);
    *type = reference_type(a->refs, a->wanted.type, a->make);
    if ((a->wanted.type.n && !*type) || !plan_category(a) || !plan_categories(a)) return false;
    plan_attributes(a, *type);
    if (d->derived_options && IS_SET(&product_type, &d->said, Product, options))
        a->wanted.options = options_wanted(cx->arena, d, a->there);
    a->variants = variants_wanted(cx->arena, d, a->there, &a->applied->remarks);
    a->wanted.variants = a->variants.list;
    merge_complete(&product_type, &a->wanted);
    return true;
}

/* ---- Checking -------------------------------------------------------------------------------- */

/* The line of the variant that a pointer leads into; else the draft's. */
static int64_t line_of(const Applying *a, Str pointer)
{
    Str part = S("/variants/"), index, rest;
    int64_t i;
    if (!str_starts(pointer, part)) return a->draft->line;
    str_cut(str_slice(pointer, part.n, pointer.n), '/', &index, &rest);
    if (!str_to_int(index, &i) || i < 0 || (size_t)i >= a->variants.list.n) return a->draft->line;
    return a->variants.lines[i] ? a->variants.lines[i] : a->draft->line;
}

static Str place_of(const Applying *a, Str pointer)
{
    return a->draft->place ? a->draft->place(a->draft, pointer, &a->wanted) : pointer;
}

static bool check(Applying *a, const ProductType *type)
{
    Violations bad = violations_new(a->cx->arena);
    if (!a->there && !IS_SET(&product_type, &a->draft->said, Product, title))
        violation_add_at(&bad, S("/title"), VIOLATION(REQUIRED), S("is required of a new product"));
    if (check_object(&bad, NULL, &product_type, &a->wanted)) product_check(&bad, &a->wanted, type);
    if (!bad.n && a->draft->names_what_may_be_gone)
        product_check_references(a->cx, &bad, &a->wanted);
    for (size_t i = 0; i < bad.n; i++) {
        const Violation *v = &bad.items[i];
        refuse_product(a, line_of(a, v->pointer), place_of(a, v->pointer), v->code->code,
                       v->message);
    }
    return a->applied->remarks.refusals == 0;
}

/* ---- Writing --------------------------------------------------------------------------------- */

static void note_sku(Applying *a)
{
    Ctx *cx = a->cx;
    for (size_t i = 0; i < a->wanted.variants.n; i++) {
        const Variant *variant = &a->wanted.variants.items[i];
        Id other = variant->sku.n ? variant_by_sku(cx, variant->sku) : (Id){0};
        if (!other.n || id_eq(other, variant->id)) continue;
        Str pointer = str_format(cx->arena, "/variants/%zu/sku", i);
        refuse_product(a, line_of(a, pointer), place_of(a, pointer), error_sku_taken.code,
                       str_format(cx->arena, "\"%.*s\" is the SKU of a variant of \"%.*s\"",
                                  STR_ARG(variant->sku),
                                  STR_ARG(variant_product_handle(cx, other))));
    }
}

/* What was written was undone since the data did not allow it: why not? */
static void note_conflict(Applying *a)
{
    Verdict verdict = product_why_refused(a->cx, &a->wanted);
    if (verdict.error == &error_sku_taken) note_sku(a);
    if (a->applied->remarks.refusals) return;
    refuse_product(
        a, a->draft->line, S(""), verdict.error->code,
        str_format(a->cx->arena, "%s %.*s", verdict.error->title, STR_ARG(verdict.detail)));
}

/* Sets the stock of those that are there, where it is to be another one. */
static bool write_stock(Applying *a)
{
    for (size_t i = 0; i < a->wanted.variants.n; i++) {
        const Variant *variant = &a->wanted.variants.items[i];
        const Variant *old = product_variant(a->there, variant->id);
        if (!variant->id.n || !old || old->stock == variant->stock) continue;
        if (stock_set_free(a->cx, variant->id, variant->stock)) continue;
        Str pointer = str_format(a->cx->arena, "/variants/%zu/stock", i);
        refuse_product(a, line_of(a, pointer), place_of(a, pointer), "stock_elsewhere",
                       str_format(a->cx->arena,
                                  "cannot be %" PRId64 ": more than that lies at other locations",
                                  variant->stock));
        return false;
    }
    return true;
}

static bool has_stock_changes(const Applying *a)
{
    for (size_t i = 0; i < a->wanted.variants.n; i++) {
        const Variant *variant = &a->wanted.variants.items[i];
        const Variant *old = product_variant(a->there, variant->id);
        if (old && old->stock != variant->stock) return true;
    }
    return false;
}

static bool same_texts(const Translation *a, const Translation *b)
{
    return str_eq(a->locale, b->locale) && str_eq(a->title, b->title) &&
           str_eq(a->description, b->description);
}

static bool has_translation_changes(const Applying *a)
{
    TranslationList wanted = a->draft->translations;
    if (!a->draft->says_translations) return false;
    if (wanted.n != a->texts.n) return true;
    for (size_t i = 0; i < wanted.n; i++)
        if (!same_texts(&wanted.items[i], &a->texts.items[i])) return true;
    return false;
}

static const Translation *texts_in(TranslationList list, Str locale)
{
    for (size_t i = 0; i < list.n; i++)
        if (str_eq(list.items[i].locale, locale)) return &list.items[i];
    return NULL;
}

/* Before the product is published. */
static void write_translations(const Applying *a, Id product)
{
    TranslationList wanted = a->draft->translations;
    if (!a->draft->says_translations) return;
    for (size_t i = 0; i < a->texts.n; i++)
        if (!texts_in(wanted, a->texts.items[i].locale))
            translation_delete(a->cx, product, a->texts.items[i].locale);
    for (size_t i = 0; i < wanted.n; i++) {
        const Translation *old = texts_in(a->texts, wanted.items[i].locale);
        if (!old || !same_texts(old, &wanted.items[i]))
            translation_put(a->cx, product, &wanted.items[i]);
    }
}

/* One that has translations is published twice: they need the row that they belong to. */
static bool create(Applying *a)
{
    if (!product_create_or_fail(a->cx, &a->wanted)) return false;
    if (!a->draft->translations.n) return true;
    write_translations(a, a->wanted.id);
    product_publish(a->cx, &a->wanted);
    return true;
}

/* What shoppers are to be told of each, by the inventory, which may sell more than is there. */
static void read_availability(Applying *a)
{
    StockList stock;
    int64_t left;
    stock_ask(a->cx, &stock, a->there->id);
    if (!db_settle(a->cx)) return;
    for (size_t i = 0; i < a->wanted.variants.n; i++) {
        Variant *variant = &a->wanted.variants.items[i];
        if (variant->id.n) stock_of(&stock, variant->id, &left, &variant->availability);
    }
}

/* Opens the product, plans on what it is now, and writes it. */
static bool rewrite(Applying *a)
{
    const ProductType *type;
    Product *opened = product_open(a->cx, a->there->id);
    if (!opened) {
        refuse_product(a, a->draft->line, S(""), "gone", S("was deleted meanwhile; try again"));
        return false;
    }
    a->there = opened;
    if (a->draft->says_translations) a->texts = translations_of(a->cx, opened->id);
    if (!plan(a, &type) || !check(a, type)) return false;
    bool counts = has_stock_changes(a);
    if (!write_stock(a)) return false;
    if (counts) read_availability(a);
    write_translations(a, opened->id);
    return product_rewrite_or_fail(a->cx, opened, &a->wanted);
}

/* Makes what is missing, and writes what differs. False: something is not to be. */
static bool write(Ctx *cx, void *arg)
{
    Applying *a = arg;
    const ProductType *type;
    if (!plan(a, &type) || !check(a, type)) return false;
    if (!a->there) {
        a->applied->outcome = OUTCOME_CREATED;
        return create(a);
    }
    a->applied->outcome = OUTCOME_UPDATED;
    bool same = product_same(cx->arena, a->there, &a->wanted) && !has_translation_changes(a);
    return same ? write_stock(a) : rewrite(a);
}

static Outcome refused(Applying *a)
{
    if (!a->applied->remarks.refusals) note_conflict(a);
    return OUTCOME_REFUSED;
}

/* Is it certain before anything is written that nothing is to be? Then *outcome says why. */
static bool is_settled(Applying *a, Outcome *outcome)
{
    const ProductType *type;
    bool planned = plan(a, &type);
    if (!planned && !a->applied->remarks.refusals) return false; /* something must be made first */
    *outcome = OUTCOME_REFUSED;
    if (!planned || !check(a, type)) return true;
    *outcome = OUTCOME_UNCHANGED;
    return a->there && product_same(a->cx->arena, a->there, &a->wanted) && !has_stock_changes(a) &&
           !has_translation_changes(a);
}

Applied draft_apply(References *refs, const Draft *draft, There there, Guard guard)
{
    Ctx *cx = refs->cx;
    Applied applied = {.outcome = OUTCOME_REFUSED, .remarks = remarks_new(cx->arena)};
    if (draft->remarks.refusals) return applied;
    Applying a = {.cx = cx,
                  .refs = refs,
                  .draft = draft,
                  .there = there.product,
                  .texts = there.translations,
                  .applied = &applied};
    if (is_settled(&a, &applied.outcome)) return applied;
    applied.remarks = remarks_new(cx->arena); /* it is planned anew */
    a.make = true;
    if (guard == GUARD_BATCH) {
        applied.spoilt = !write(cx, &a);
    } else if (!db_try(cx, write, &a)) {
        references_forget(refs);
        applied.outcome = refused(&a);
    }
    return applied;
}
