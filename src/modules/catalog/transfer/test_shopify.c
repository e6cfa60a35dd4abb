/* What rows of a Shopify product CSV say, without a database: each test is a file and the drafts that
 * it becomes, told as text. */
#include "modules/catalog/transfer/shopify.h"

#include "modules/catalog/transfer/variants.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static Arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = arena_new(1 << 16);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

/* ---- Reading a file --------------------------------------------------------------------------- */

typedef struct File {
    Columns columns;
    Draft *drafts[10];
    size_t n;
    Str problem;
} File;

static const Currency euro = {"EUR"};

/* The drafts of a file; a row belongs to the one before when it has the same handle. */
static File *read_file(const char *text, const MarketCurrencies *markets)
{
    static const MarketCurrencies none;
    File *file = NEW(arena, File);
    CsvReader reader = csv_reader(arena);
    CsvRecord record;
    csv_push(&reader, str_from(text));
    csv_end(&reader);
    assert_true(csv_next(&reader, &record));
    if (!columns_read(arena, &record, euro, markets ? markets : &none, &file->columns,
                      &file->problem))
        return file;
    while (csv_next(&reader, &record)) {
        Str handle = row_handle(arena, &file->columns, &record);
        Draft **last = &file->drafts[file->n ? file->n - 1 : 0];
        if (!file->n || !str_eq((*last)->handle, handle)) {
            if (file->n) shopify_end(*last);
            last = &file->drafts[file->n++];
            *last = shopify_begin(arena, &file->columns, handle, &record);
        }
        shopify_take(*last, &record);
    }
    if (reader.error.n) fail_msg("%.*s", STR_ARG(reader.error));
    if (file->n) shopify_end(file->drafts[file->n - 1]);
    return file;
}

static Draft *read_one(const char *text)
{
    File *file = read_file(text, NULL);
    if (file->problem.n) fail_msg("%.*s", STR_ARG(file->problem));
    assert_int_equal(file->n, 1);
    return file->drafts[0];
}

/* ---- As text ----------------------------------------------------------------------------------- */

/* "refused 2 Price wrong_amount; note 3 …" */
static const char *remarks_of(const Draft *d)
{
    Buf out = buf_new(arena, 10000);
    for (size_t i = 0; i < d->remarks.n; i++) {
        const Remark *r = &d->remarks.items[i];
        buf_format(&out, "%s%s %d %.*s %.*s", i ? "; " : "", r->refusal ? "refused" : "note",
                   (int)r->line, STR_ARG(r->place), STR_ARG(r->code));
    }
    return str_z(arena, buf_str(&out));
}

static void put_price(Buf *out, const DraftPrice *p)
{
    buf_format(out, " %s", p->currency.code);
    if (p->says_amount) buf_format(out, "=%lld", p->has_amount ? (long long)p->amount.minor : -1ll);
    if (p->says_compare_at)
        buf_format(out, "/%lld", p->has_compare_at ? (long long)p->compare_at.minor : -1ll);
}

static void put_number(Buf *out, const DraftVariant *v, const char *name, int64_t value)
{
    const Field *field = type_field(&variant_type, str_from(name));
    if (field_is_null(&variant_type, field, &v->said))
        buf_format(out, " %s=none", name);
    else if (field_is_set(&variant_type, field, &v->said))
        buf_format(out, " %s=%lld", name, (long long)value);
}

static void put_code(Buf *out, const DraftVariant *v, const char *name, Str value)
{
    const Field *field = type_field(&variant_type, str_from(name));
    if (field_is_null(&variant_type, field, &v->said))
        buf_format(out, " %s=none", name);
    else if (field_is_set(&variant_type, field, &v->said))
        buf_format(out, " %s=%.*s", name, STR_ARG(value));
}

/* "[S,Red] sku=A EUR=1990/2990 weight=250 stock=5 cost=800; …" */
static const char *variants_of(const Draft *d)
{
    Buf out = buf_new(arena, 100000);
    for (size_t i = 0; i < d->variant_count; i++) {
        const DraftVariant *v = &d->variants[i];
        buf_format(&out, "%s[%.*s]", i ? "; " : "",
                   STR_ARG(str_join(arena, v->said.options, S(","))));
        put_code(&out, v, "sku", v->said.sku);
        put_code(&out, v, "barcode", v->said.barcode);
        for (size_t k = 0; k < v->price_count; k++) put_price(&out, &v->prices[k]);
        put_number(&out, v, "weight", v->said.weight);
        put_number(&out, v, "stock", v->said.stock);
        if (v->says_cost)
            buf_format(&out, " cost=%lld", v->has_cost ? (long long)v->cost.amount.minor : -1ll);
    }
    return str_z(arena, buf_str(&out));
}

/* "Size: S, M; Colour: Red" */
static const char *options_of(const Draft *d)
{
    Buf out = buf_new(arena, 10000);
    for (size_t i = 0; i < d->said.options.n; i++) {
        const Option *option = &d->said.options.items[i];
        buf_format(&out, "%s%.*s: %.*s", i ? "; " : "", STR_ARG(option->name),
                   STR_ARG(str_join(arena, option->values, S(", "))));
    }
    return str_z(arena, buf_str(&out));
}

static bool says(const Draft *d, const char *field)
{
    return field_is_set(&product_type, type_field(&product_type, str_from(field)), &d->said);
}

#define IS_TEXT(got, text) assert_string_equal(str_z(arena, (got)), (text))

/* ---- Both generations -------------------------------------------------------------------------- */

static void check_tee(const Draft *d)
{
    assert_string_equal(remarks_of(d), "");
    IS_TEXT(d->handle, "tee");
    IS_TEXT(d->said.title, "Tee");
    IS_TEXT(d->said.description, "**Soft**");
    IS_TEXT(d->said.vendor, "Alder");
    IS_TEXT(d->said.type, "Shirt");
    IS_TEXT(str_join(arena, d->said.tags, S("|")), "a|b c");
    IS_TEXT(path_text(arena, d->category), "Clothes > Shirts");
    assert_true(d->says_published && d->published);
    assert_int_equal(d->said.status, PRODUCT_DRAFT);
    assert_int_equal(d->mode, VARIANTS_ALL);
    assert_string_equal(options_of(d), "Size: S, M");
    assert_string_equal(variants_of(d), "[S] sku=T-S barcode=401 EUR=1990/2500 weight=150 stock=5 "
                                        "cost=800; [M] sku=T-M barcode=402 EUR=2000/-1 weight=160 "
                                        "stock=0 cost=-1");
    assert_int_equal(d->said.images.n, 2);
    IS_TEXT(d->said.images.items[0].url, "https://cdn.example/1.jpg");
    IS_TEXT(d->said.images.items[0].alt, "One");
    IS_TEXT(d->said.seo.title, "Tee!");
    IS_TEXT(d->said.seo.description, "Buy it");
    assert_int_equal(d->attribute_count, 1);
    IS_TEXT(d->attributes[0].name, "Fabric");
    IS_TEXT(d->attributes[0].text, "Cotton");
}

static void the_old_generation_is_read(void **state)
{
    (void)state;
    check_tee(read_one(
        "Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,Option1 Name,"
        "Option1 Value,Variant SKU,Variant Grams,Variant Inventory Qty,Variant Price,"
        "Variant Compare At Price,Variant Barcode,Image Src,Image Position,Image Alt Text,SEO "
        "Title,"
        "SEO Description,Fabric (product.metafields.custom.fabric),Cost per item,Status\n"
        "tee,Tee,<b>Soft</b>,Alder,Clothes > Shirts,Shirt,\"a, b c\",TRUE,Size,S,T-S,150.0,5,19.90,"
        "25.00,'401,https://cdn.example/1.jpg,1,One,Tee!,Buy it,Cotton,8.00,draft\n"
        "tee,,,,,,,,,M,T-M,160,0,20,,402,,,,,,,,\n"
        "tee,,,,,,,,,,,,,,,,https://cdn.example/2.jpg,2,,,,,,\n"));
}

static void the_new_generation_is_read(void **state)
{
    (void)state;
    check_tee(read_one(
        "Title,URL handle,Description,Vendor,Product category,Type,Tags,Published on online store,"
        "Status,SKU,Barcode,Option1 name,Option1 value,Price,Compare-at price,Cost per item,"
        "Inventory quantity,Weight value (grams),Product image URL,Image position,Image alt text,"
        "SEO title,SEO description,Fabric (product.metafields.custom.fabric)\n"
        "Tee,tee,<b>Soft</b>,Alder,Clothes > Shirts,Shirt,\"a, b "
        "c\",true,Draft,T-S,401,Size,S,19.90,"
        "25.00,8.00,5,150.0,https://cdn.example/1.jpg,1,One,Tee!,Buy it,Cotton\n"
        ",tee,,,,,,,,T-M,402,,M,20,,,0,160,,,,,,\n"
        ",tee,,,,,,,,,,,,,,,,,https://cdn.example/2.jpg,2,,,,\n"));
}

/* ---- Headers ------------------------------------------------------------------------------------- */

static void headers_that_are_none_are_told_apart(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"Handle;Title;Vendor\na;b;c\n", "its columns are separated by semicolons"},
        {"Handle\tTitle\na\tb\n", "its columns are separated by tabs"},
        {"ID,Name,Regular price\n1,2,3\n", "it has no column \"Title\""},
        {"Title,Handle,URL handle\na,b,c\n", "the column \"URL handle\" stands there twice"},
    };
    for (size_t i = 0; i < 4; i++)
        assert_true(str_starts(read_file(cases[i][0], NULL)->problem, str_from(cases[i][1])));
    assert_int_equal(read_file(" TITLE ,handle\nA,a\n", NULL)->n, 1);
}

static void what_is_not_kept_is_known(void **state)
{
    (void)state;
    File *file = read_file(
        "Title,Handle,Gift Card,Variant Taxable,Price / Moon\nA,a,,true,5\nB,b,,,\n", NULL);
    static const bool used[] = {false, false, false, true, true};
    for (size_t i = 0; i < 5; i++) assert_int_equal(file->columns.used[i], used[i]);
}

static void metafields_become_attributes_of_their_name(void **state)
{
    (void)state;
    const Draft *d = read_one("Title,Handle,Colour (product.metafields.shopify.color-pattern),"
                              "Colour (product.metafields.custom.colour),(product.metafields.x.y)\n"
                              "A,a,red,blue, \n");
    assert_int_equal(d->attribute_count, 3);
    IS_TEXT(d->attributes[0].name, "Colour");
    IS_TEXT(d->attributes[1].name, "Colour (custom.colour)");
    IS_TEXT(d->attributes[2].name, "x.y");
    assert_int_equal(d->attributes[2].text.n, 0);
}

static void markets_have_the_currency_that_is_said(void **state)
{
    (void)state;
    MarketCurrency moon = {S("Moon"), {"USD"}};
    File *file =
        read_file("Title,Handle,SKU,Price,Price / Moon,Compare At Price / moon,Price / GBP,"
                  "Price / Mars\nA,a,x,5,6,7,,8\n",
                  &(MarketCurrencies){&moon, 1});
    assert_string_equal(variants_of(file->drafts[0]), "[] sku=x EUR=500 USD=600/700 GBP=-1");
    assert_true(file->columns.used[7]);
}

/* ---- Blank and missing --------------------------------------------------------------------------- */

static void a_missing_column_says_nothing_and_a_blank_cell_nothing_more(void **state)
{
    (void)state;
    const Draft *d = read_one("Title,Handle,Vendor,Tags,Variant SKU,Variant Grams,Variant Price\n"
                              "A,a,,,,,5\n");
    assert_true(says(d, "vendor") && says(d, "tags"));
    assert_int_equal(d->said.vendor.n + d->said.tags.n, 0);
    assert_false(says(d, "description") || says(d, "type") || says(d, "images") ||
                 says(d, "status") || d->says_published || d->says_category);
    assert_int_equal(d->mode, VARIANTS_SOME);
    assert_string_equal(variants_of(d), "[] sku=none EUR=500 weight=none");

    d = read_one("Title,Handle,Image Src,Status,Published,Product Category\nA,a,,,,\n");
    assert_true(says(d, "images") && d->said.images.n == 0);
    assert_true(d->said.status == PRODUCT_ACTIVE && d->says_published && d->published);
    assert_true(d->says_category && d->category.n == 0);
    assert_int_equal(d->mode, VARIANTS_UNSAID);
}

static void a_title_makes_a_handle(void **state)
{
    (void)state;
    IS_TEXT(read_one("Title\nCafé Crème!\n")->handle, "cafe-creme");
    const Draft *d = read_one("Title,Handle\nLamp,Old_LAMP--2\n");
    IS_TEXT(d->handle, "old-lamp-2");
    assert_string_equal(remarks_of(d), "note 2 Handle changed");
    assert_int_equal(read_file("Title,Handle\n,\n", NULL)->drafts[0]->handle.n, 0);
    assert_string_equal(remarks_of(read_one("Title,Handle\n,a\n")), "refused 2 Title required");
}

/* ---- Variants ------------------------------------------------------------------------------------ */

#define VARIANT_HEADER                                                                             \
    "Handle,Title,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Variant SKU,"              \
    "Variant Inventory Qty,Variant Price,Variant Compare At Price,Variant Grams\n"

static void a_product_without_options_has_a_default_one(void **state)
{
    (void)state;
    const Draft *d = read_one(VARIANT_HEADER "a,A,Title,Default Title,,,x,,5,,\n");
    assert_string_equal(remarks_of(d), "");
    assert_string_equal(variants_of(d), "[] sku=x EUR=500/-1 weight=none");
    assert_true(says(d, "options") && d->said.options.n == 0 && d->mode == VARIANTS_ALL);
}

static void each_variant_chooses_of_each_option(void **state)
{
    (void)state;
    const Draft *d = read_one(VARIANT_HEADER "a,A,Size,S,Colour,Red,x,,5,,\na,,,M,,Blue,y,,5,,\n"
                                             "a,,,S,,Blue,z,,5,,\n");
    assert_string_equal(options_of(d), "Size: S, M; Colour: Red, Blue");
    assert_string_equal(remarks_of(d), "");
    d = read_one(VARIANT_HEADER "a,A,Size,S,,Red,x,,5,,\na,,,,,,y,,5,,\n");
    assert_string_equal(remarks_of(d), "refused 2 Option2 Value not_an_option; "
                                       "refused 3 Option1 Value required");
}

static void numbers_are_read_strictly(void **state)
{
    (void)state;
    static const struct {
        const char *cells, *remarks;
    } cases[] = {
        {"5,1.5,2.00,10.5", ""},
        {"0,0,,0.0", ""},
        {"-3,1,,", "note 2 Variant Inventory Qty not_kept"},
        {"many,1,,", "refused 2 Variant Inventory Qty wrong_number"},
        {"1.5,1,,", "refused 2 Variant Inventory Qty wrong_number"},
        {"2.0,1,,", ""},
        {",\"12,50\",,", "refused 2 Variant Price wrong_amount"},
        {",€5,,", "refused 2 Variant Price wrong_amount"},
        {",5.999,,", "refused 2 Variant Price wrong_amount"},
        {",5.990,,", ""},
        {",-1,,", ""}, /* which the rules refuse */
        {",10,9,", "note 2 Variant Compare At Price not_kept"},
        {",10,10.00,", ""},
        {",10,0,", ""},
        {",10,1e3,", "refused 2 Variant Compare At Price wrong_amount"},
        {",,,-5", "refused 2 Variant Grams wrong_number"},
        {",,,heavy", "refused 2 Variant Grams wrong_number"},
        {",,,226.7961850001", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Str text =
            str_format(arena, VARIANT_HEADER "a,A,Title,Default Title,,,x,%s\n", cases[i].cells);
        assert_string_equal(remarks_of(read_one(str_z(arena, text))), cases[i].remarks);
    }
    const Draft *d = read_one(VARIANT_HEADER "a,A,Title,Default Title,,,x,5,1.5,2.00,10.5\n");
    assert_string_equal(variants_of(d),
                        "[] sku=x EUR=150/200 weight=10 stock=5"); /* half to even */
    d = read_one(VARIANT_HEADER "a,A,Title,Default Title,,,x,5,10,10.00,226.796\n");
    assert_string_equal(variants_of(d), "[] sku=x EUR=1000/-1 weight=227 stock=5");
}

static void what_is_too_many_is_counted(void **state)
{
    (void)state;
    Buf text = buf_new(arena, 1 << 20);
    buf_lit(&text, "Handle,Title,Option1 Name,Option1 Value,Image Src\n");
    for (int i = 0; i < 300; i++)
        buf_format(&text, "a,%s,%s,v%d,https://cdn.example/%d.jpg\n", i ? "" : "A", i ? "" : "N", i,
                   i);
    const Draft *d = read_one(str_z(arena, buf_str(&text)));
    assert_string_equal(remarks_of(d), "refused 2 Image Src too_many; refused 2 SKU too_many");
    assert_true(strstr(str_z(arena, d->remarks.items[1].message), "300 variants"));
    assert_int_equal(d->variant_count, VARIANTS_MAX + 1);
}

static void pictures_stand_where_they_say(void **state)
{
    (void)state;
    const Draft *d = read_one("Handle,Title,Image Src,Image Position\na,A,https://x.example/c,3\n"
                              "a,,https://x.example/n,\na,,https://x.example/a,1\n"
                              "a,,https://x.example/b,2.0\n");
    Buf out = buf_new(arena, 100);
    for (size_t i = 0; i < d->said.images.n; i++)
        buf_char(&out, d->said.images.items[i].url.p[d->said.images.items[i].url.n - 1]);
    IS_TEXT(buf_str(&out), "abcn");
    assert_string_equal(remarks_of(read_one("Handle,Title,Image Src,Image Position\n"
                                            "a,A,https://x.example/c,first\n")),
                        "refused 2 Image Position wrong_number");
}

static void texts_are_guarded_no_more(void **state)
{
    (void)state;
    const Draft *d = read_one("Handle,Title,Variant SKU\na,'=1+1,'-5\n");
    IS_TEXT(d->said.title, "=1+1");
    assert_string_equal(variants_of(d), "[] sku=-5");
}

/* ---- Places ---------------------------------------------------------------------------------------- */

static void pointers_lead_to_columns(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"/title", "Title"},
        {"/handle", "Handle"},
        {"/tags/3", "Tags"},
        {"/seo/description", "SEO Description"},
        {"/images/0/url", "Image Src"},
        {"/images/0/alt", "Image Alt Text"},
        {"/options/1/values/0", "Option2 Value"},
        {"/options/0/name", "Option1 Name"},
        {"/variants/0/options/1", "Option2 Value"},
        {"/variants/0/options", "Option1 Value"},
        {"/variants/7/prices/0/amount", "Variant Price"},
        {"/variants/0/sku", "Variant SKU"},
        {"/attributes/0/value", "Fabric (product.metafields.custom.fabric)"},
        {"/created_at", "/created_at"},
    };
    const Draft *d = read_one(
        "Handle,Title,Tags,SEO Description,Image Src,Image Alt Text,Option1 Name,Option1 Value,"
        "Option2 Name,Option2 Value,Variant Price,Variant SKU,"
        "Fabric (product.metafields.custom.fabric)\na,A,,,,,,,,,,,\n");
    Attribute fabric = {S("Fabric"), {S("\"x\"")}};
    Product product = {.attributes = {&fabric, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        IS_TEXT(d->place(d, str_from(cases[i][0]), &product), cases[i][1]);
}

/* ---- Which variant is which ------------------------------------------------------------------------ */

static Variant there_is(int64_t id, const char *choice, const char *sku, int64_t position)
{
    Variant variant = {.id = {id}, .sku = str_from(sku), .position = position, .stock = id};
    variant.options = (StrList){NEW(arena, Str), 1};
    variant.options.items[0] = str_from(choice);
    return variant;
}

/* "12 3 new": the ids of the wanted variants, with "@position". */
static const char *matched(const char *rows, const Product *there)
{
    Str text = str_format(arena, "Handle,Title,Option1 Name,Option1 Value,Variant SKU\n%s", rows);
    const Draft *d = read_one(str_z(arena, text));
    Remarks found = remarks_new(arena);
    WantedVariants wanted = variants_wanted(arena, d, there, &found);
    Buf out = buf_new(arena, 1000);
    for (size_t i = 0; i < wanted.list.n; i++)
        buf_format(&out, "%s%lld@%lld", i ? " " : "", (long long)wanted.list.items[i].id.n,
                   (long long)wanted.list.items[i].position);
    assert_int_equal(found.n, 0);
    return str_z(arena, buf_str(&out));
}

static void variants_are_found_by_choice_then_by_sku(void **state)
{
    (void)state;
    Variant list[] = {there_is(1, "S", "a", 0), there_is(2, "M", "b", 5), there_is(3, "L", "c", 6)};
    Product there = {.variants = {list, 3}};
    assert_string_equal(matched("p,P,Size,S,a\np,,,M,b\np,,,L,c\n", &there), "1@0 2@5 3@6");
    assert_string_equal(matched("p,P,Size,M,new\np,,,XL,c\n", &there), "2@5 3@6");
    assert_string_equal(matched("p,P,Size,M,a\np,,,S,b\n", &there), "2@5 1@6");
    assert_string_equal(matched("p,P,Size,XS,\np,,,S,a\np,,,L,\n", &there), "0@0 1@1 3@6");
    assert_string_equal(matched("p,P,Size,L,\np,,,M,\np,,,S,\n", &there), "3@6 2@7 1@8");
}

static void rows_without_options_change_what_they_name(void **state)
{
    (void)state;
    Variant list[] = {there_is(1, "S", "a", 0), there_is(2, "M", "b", 1)};
    Product there = {.variants = {list, 2}}, one = {.variants = {list, 1}};
    File *file = read_file("Handle,Title,SKU,Price\np,P,b,5\n", NULL);
    Remarks found = remarks_new(arena);
    WantedVariants wanted = variants_wanted(arena, file->drafts[0], &there, &found);
    assert_int_equal(wanted.list.n, 2);
    assert_int_equal(wanted.list.items[0].prices.n, 0);
    assert_int_equal(wanted.list.items[1].prices.n, 1);
    assert_int_equal(wanted.lines[1], 2);
    assert_int_equal(there.variants.items[1].prices.n, 0); /* is as it was */

    file = read_file("Handle,Title,Price\np,P,5\n", NULL);
    variants_wanted(arena, file->drafts[0], &there, &found);
    IS_TEXT(found.items[0].code, "unknown_variant");
    found = remarks_new(arena);
    wanted = variants_wanted(arena, file->drafts[0], &one, &found);
    assert_int_equal(found.n, 0);
    assert_int_equal(wanted.list.items[0].prices.items[0].amount.minor, 500);
    file = read_file("Handle,Title,SKU,Price\np,P,b,5\np,,b,6\n", NULL);
    variants_wanted(arena, file->drafts[0], &there, &found);
    IS_TEXT(found.items[0].code, "repeated");
}

static void only_the_plain_price_is_meant(void **state)
{
    (void)state;
    Price prices[] = {
        {.channel = S("default"), .currency = {"EUR"}, .amount = {100}, .min_quantity = 10},
        {.channel = S("default"), .currency = {"EUR"}, .amount = {200}, .min_quantity = 1},
        {.channel = S("default"), .currency = {"USD"}, .amount = {300}, .min_quantity = 1}};
    Variant variant = there_is(1, "S", "a", 0);
    variant.prices = (Prices){prices, 3};
    Product there = {.variants = {&variant, 1}};
    Remarks found = remarks_new(arena);
    WantedVariants wanted = variants_wanted(
        arena, read_one("Handle,Title,SKU,Price,Compare-at price\np,P,a,5,6\n"), &there, &found);
    Prices after = wanted.list.items[0].prices;
    assert_int_equal(after.n, 3);
    assert_int_equal(after.items[0].amount.minor, 100);
    assert_int_equal(after.items[1].amount.minor, 500);
    assert_int_equal(after.items[1].compare_at.minor, 600);
    assert_int_equal(after.items[2].amount.minor, 300);
    wanted = variants_wanted(arena, read_one("Handle,Title,SKU,Price\np,P,a,\n"), &there, &found);
    after = wanted.list.items[0].prices;
    assert_int_equal(after.n, 2);
    assert_int_equal(after.items[1].amount.minor, 300);
}

/* "S M XL": the values of the first option. */
static void values_keep_their_order(void **state)
{
    (void)state;
    Variant list[] = {there_is(1, "S", "a", 0), there_is(2, "M", "b", 1)};
    Str values[] = {S_INIT("XXL"), S_INIT("M"), S_INIT("S")}; /* XXL: not made yet */
    Option size = {S("Size"), {values, 3}};
    Product there = {.variants = {list, 2}, .options = {&size, 1}};
    const Draft *d = read_one("Handle,Title,Option1 Name,Option1 Value\np,P,Size,S\np,,,XL\n");
    OptionList options = options_wanted(arena, d, &there);
    IS_TEXT(str_join(arena, options.items[0].values, S(" ")), "XXL S XL");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_old_generation_is_read),
        TEST(the_new_generation_is_read),
        TEST(headers_that_are_none_are_told_apart),
        TEST(what_is_not_kept_is_known),
        TEST(metafields_become_attributes_of_their_name),
        TEST(markets_have_the_currency_that_is_said),
        TEST(a_missing_column_says_nothing_and_a_blank_cell_nothing_more),
        TEST(a_title_makes_a_handle),
        TEST(a_product_without_options_has_a_default_one),
        TEST(each_variant_chooses_of_each_option),
        TEST(numbers_are_read_strictly),
        TEST(what_is_too_many_is_counted),
        TEST(pictures_stand_where_they_say),
        TEST(texts_are_guarded_no_more),
        TEST(pointers_lead_to_columns),
        TEST(variants_are_found_by_choice_then_by_sku),
        TEST(rows_without_options_change_what_they_name),
        TEST(only_the_plain_price_is_meant),
        TEST(values_keep_their_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
