/* From the rows of a product to its draft.
 *
 * Shopify writes a product as a group of rows with one handle. The first row has what belongs to the
 * product; each row may have a variant, a picture, both, or neither. A blank cell says "nothing": the
 * text, price or picture is to go. A column that is not there says nothing at all: what the shop has
 * stays. Exceptions, as Shopify has them: a blank status is "active", a blank "published" is true, and
 * a blank quantity leaves the stock as it is.
 *
 * A row has a variant when one of the cells by which one would know it (option values, SKU, barcode,
 * price, cost, quantity) is not blank: rows that have only a picture fill none of them. */
#include "modules/catalog/transfer/shopify_draft.h"

#include "meta/html_markdown.h"
#include "meta/slug.h"

/* Bytes of a cell that is no description: what is beyond is too long anyway. */
enum { CELL_MAX = 10000 };

static ShopifyDraft *of_draft(Draft *draft)
{
    return (ShopifyDraft *)draft;
}

/* Room for one more behind `n` items; `*capacity` is 0 at first. */
void *grow_items(Arena *arena, void *items, size_t n, size_t *capacity, size_t size)
{
    if (n < *capacity) return items;
    size_t more = *capacity ? *capacity * 2 : 4;
    items = arena_grow(arena, items, *capacity * size, more * size, alignof(max_align_t));
    memset((char *)items + n * size, 0, (more - n) * size);
    *capacity = more;
    return items;
}

/* ---- Cells ----------------------------------------------------------------------------------- */

Str keep_text(const ShopifyDraft *s, Str text)
{
    if (text.n > CELL_MAX) {
        size_t n = CELL_MAX;
        while (n && ((unsigned char)text.p[n] & 0xC0) == 0x80) n--;
        text.n = n;
    }
    return str_copy(s->arena, text);
}

static Str blank_to_empty(Str text)
{
    return is_blank(text) ? S("") : text;
}

void refuse_cell(ShopifyDraft *s, const CsvRecord *row, Str column, const char *code,
                 const char *message)
{
    remark(&s->draft.remarks, true, row->line, column, code, "%s", message);
}

Str plain_number(Str text)
{
    text = str_trim(text);
    if (str_find_char(text, '.') == text.n) return text;
    while (text.n && text.p[text.n - 1] == '0') text.n--;
    if (text.n && text.p[text.n - 1] == '.') text.n--;
    return text;
}

/* ---- The product ----------------------------------------------------------------------------- */

#define SAY(s, member) MARK_SET(&product_type, &(s)->draft.said, Product, member)

static void take_texts(ShopifyDraft *s, const CsvRecord *row)
{
    Draft *d = &s->draft;
    d->said.title = keep_text(s, row_cell(s, row, COLUMN_TITLE));
    SAY(s, title);
    if (is_blank(d->said.title))
        refuse_cell(s, row, column_shown(s->columns, COLUMN_TITLE), "required",
                    "is blank on the product's first row; without a title there is no product");
    if (has_column(s->columns, COLUMN_DESCRIPTION)) {
        d->html = str_copy(s->arena, row_cell(s, row, COLUMN_DESCRIPTION));
        d->said.description = markdown_from_html(s->arena, d->html);
        SAY(s, description);
    }
    if (has_column(s->columns, COLUMN_VENDOR)) {
        d->said.vendor = keep_text(s, blank_to_empty(row_cell(s, row, COLUMN_VENDOR)));
        SAY(s, vendor);
    }
    if (has_column(s->columns, COLUMN_TYPE)) {
        d->said.type = keep_text(s, str_trim(row_cell(s, row, COLUMN_TYPE)));
        SAY(s, type);
    }
    d->says_seo_title = has_column(s->columns, COLUMN_SEO_TITLE);
    d->says_seo_description = has_column(s->columns, COLUMN_SEO_DESCRIPTION);
    d->said.seo.title = keep_text(s, blank_to_empty(row_cell(s, row, COLUMN_SEO_TITLE)));
    d->said.seo.description =
        keep_text(s, blank_to_empty(row_cell(s, row, COLUMN_SEO_DESCRIPTION)));
}

static void take_places(ShopifyDraft *s, const CsvRecord *row)
{
    Draft *d = &s->draft;
    if (has_column(s->columns, COLUMN_TAGS)) {
        d->tags = keep_text(s, row_cell(s, row, COLUMN_TAGS));
        d->said.tags = tags_of_text(s->arena, d->tags);
        SAY(s, tags);
    }
    if (has_column(s->columns, COLUMN_CATEGORY)) {
        d->says_category = true;
        d->category = path_titles(s->arena, keep_text(s, row_cell(s, row, COLUMN_CATEGORY)));
    }
}

static bool is_true(Str text)
{
    return str_eq_nocase(text, S("true")) || str_eq_nocase(text, S("yes")) || str_eq(text, S("1"));
}

static bool is_false(Str text)
{
    return str_eq_nocase(text, S("false")) || str_eq_nocase(text, S("no")) || str_eq(text, S("0"));
}

static void take_published(ShopifyDraft *s, const CsvRecord *row)
{
    if (!has_column(s->columns, COLUMN_PUBLISHED)) return;
    Str text = str_trim(row_cell(s, row, COLUMN_PUBLISHED));
    if (text.n && !is_true(text) && !is_false(text))
        refuse_cell(s, row, column_shown(s->columns, COLUMN_PUBLISHED), "not_one_of",
                    "must be TRUE or FALSE");
    s->draft.says_published = true;
    s->draft.published = !is_false(text);
}

static void take_status(ShopifyDraft *s, const CsvRecord *row)
{
    if (!has_column(s->columns, COLUMN_STATUS)) return;
    Str text = str_lower(s->arena, str_trim(row_cell(s, row, COLUMN_STATUS)));
    unsigned status = PRODUCT_ACTIVE;
    if (str_eq(text, S("unlisted"))) {
        status = PRODUCT_DRAFT;
        remark(&s->draft.remarks, false, row->line, column_shown(s->columns, COLUMN_STATUS),
               "not_kept", "is \"unlisted\", which Souk does not know: it becomes a draft");
    } else if (text.n && !enum_parse(&product_status_names, text, &status)) {
        refuse_cell(s, row, column_shown(s->columns, COLUMN_STATUS), "not_one_of",
                    "must be active, draft or archived");
    }
    s->draft.said.status = (ProductStatus)status;
    SAY(s, status);
}

static void take_attributes(ShopifyDraft *s, const CsvRecord *row)
{
    const Columns *columns = s->columns;
    s->draft.attributes = NEW_N(s->arena, DraftAttribute, columns->attribute_count);
    for (size_t i = 0; i < columns->attribute_count; i++) {
        Str text = blank_to_empty(csv_unguard(row->fields[columns->attributes[i].column]));
        s->draft.attributes[s->draft.attribute_count++] =
            (DraftAttribute){columns->attributes[i].name, keep_text(s, text)};
    }
}

static void note_handle(ShopifyDraft *s, const CsvRecord *row)
{
    Str text = str_trim(row_cell(s, row, COLUMN_HANDLE));
    if (!text.n || str_eq(text, s->draft.handle)) return;
    remark(&s->draft.remarks, false, row->line, column_shown(s->columns, COLUMN_HANDLE), "changed",
           "\"%.*s\" cannot stand in an address here: it becomes \"%.*s\"",
           STR_ARG(violation_quote(s->arena, text)), STR_ARG(s->draft.handle));
}

/* The names of the options: they stand on the first row. A product without options has one that is
 * called "Title", with the value "Default Title". */
static void take_options(ShopifyDraft *s, const CsvRecord *row)
{
    for (size_t i = 0; i < OPTIONS_MAX; i++) {
        Str name = str_trim(row_cell(s, row, (ColumnKind)(COLUMN_OPTION1_NAME + 2 * i)));
        if (!name.n) break;
        s->option_names[s->option_count++] = keep_text(s, name);
    }
    Str value = str_trim(row_cell(s, row, COLUMN_OPTION1_VALUE));
    if (s->option_count == 1 && str_eq(s->option_names[0], S("Title")) &&
        (!value.n || str_eq(value, S("Default Title"))))
        s->option_count = 0;
}

/* What is kept of the file is told once at its end; here it is noted that there was something. */
static void note_others(const ShopifyDraft *s, const CsvRecord *row)
{
    for (size_t i = 0; i < s->columns->n; i++)
        if (s->columns->other[i] && !s->columns->used[i] && !is_blank(row->fields[i]))
            s->columns->used[i] = true;
}

/* ---- Pictures -------------------------------------------------------------------------------- */

static void take_image(ShopifyDraft *s, const CsvRecord *row)
{
    Str url = str_trim(row_cell(s, row, COLUMN_IMAGE));
    Str position = plain_number(row_cell(s, row, COLUMN_IMAGE_POSITION));
    if (!url.n) return;
    s->image_rows++;
    if (s->image_count == IMAGE_ROWS_MAX) return;
    s->images =
        grow_items(s->arena, s->images, s->image_count, &s->image_capacity, sizeof *s->images);
    ImageRow *image = &s->images[s->image_count++];
    *image =
        (ImageRow){.image = {keep_text(s, url), keep_text(s, row_cell(s, row, COLUMN_IMAGE_ALT))},
                   .position = INT64_MAX};
    if (position.n && (!str_to_int(position, &image->position) || image->position < 0))
        refuse_cell(s, row, column_shown(s->columns, COLUMN_IMAGE_POSITION), "wrong_number",
                    "must be a whole number: 1 is the first picture");
}

/* By position; those without one behind the others, in the order of their rows. */
static void sort_images(ShopifyDraft *s)
{
    for (size_t i = 1; i < s->image_count; i++) {
        ImageRow image = s->images[i];
        size_t at = i;
        for (; at && s->images[at - 1].position > image.position; at--)
            s->images[at] = s->images[at - 1];
        s->images[at] = image;
    }
}

static void end_images(ShopifyDraft *s)
{
    Draft *d = &s->draft;
    d->says_images = has_column(s->columns, COLUMN_IMAGE);
    d->says_alts = has_column(s->columns, COLUMN_IMAGE_ALT);
    if (!d->says_images) return;
    sort_images(s);
    d->said.images = (ImageList){NEW_N(s->arena, Image, s->image_count), s->image_count};
    for (size_t i = 0; i < s->image_count; i++) d->said.images.items[i] = s->images[i].image;
    SAY(s, images);
    if (s->image_rows > IMAGES_MAX)
        remark(&d->remarks, true, d->line, column_shown(s->columns, COLUMN_IMAGE), "too_many",
               "the product has %zu pictures; it can have %d", s->image_rows, IMAGES_MAX);
}

/* ---- From outside ---------------------------------------------------------------------------- */

Str row_handle(Arena *arena, const Columns *columns, const CsvRecord *record)
{
    Str text = str_trim(cell_of(columns, record, COLUMN_HANDLE));
    if (!text.n) text = str_trim(cell_of(columns, record, COLUMN_TITLE));
    if (text.n <= HANDLE_MAX && text_is_slug(text)) return str_copy(arena, text);
    return slug_of_title(arena, text, S(""));
}

bool row_is_plausible(const Columns *columns, const CsvRecord *record)
{
    Str handle = cell_of(columns, record, COLUMN_HANDLE);
    return handle.n > 0 && handle.n <= HANDLE_MAX && text_is_slug(handle);
}

Draft *shopify_begin(Arena *arena, const Columns *columns, Str handle, const CsvRecord *first)
{
    ShopifyDraft *s = NEW(arena, ShopifyDraft);
    *s = (ShopifyDraft){.arena = arena,
                        .columns = columns,
                        .draft = {.line = first->line,
                                  .handle = str_copy(arena, handle),
                                  .remarks = remarks_new(arena),
                                  .derived_options = true,
                                  .first_status = PRODUCT_ACTIVE,
                                  .place = shopify_place}};
    return &s->draft;
}

void shopify_take(Draft *draft, const CsvRecord *row)
{
    ShopifyDraft *s = of_draft(draft);
    note_others(s, row);
    if (s->rows++ == 0) {
        note_handle(s, row);
        take_texts(s, row);
        take_places(s, row);
        take_published(s, row);
        take_status(s, row);
        take_attributes(s, row);
        take_options(s, row);
    }
    shopify_take_variant(s, row);
    take_image(s, row);
}

void shopify_take_broken(Draft *draft, int64_t line, Str message)
{
    of_draft(draft)->rows++;
    remark(&draft->remarks, true, line, S(""), "unreadable", "%.*s", STR_ARG(message));
}

void shopify_end(Draft *draft)
{
    ShopifyDraft *s = of_draft(draft);
    end_images(s);
    shopify_end_variants(s);
}
