/* A made-up catalogue of any size: believable names, prices and choices, the same on every machine.
 *
 * Product n is a pure function of n, so seeding can stop anywhere and go on, twice the same number
 * changes nothing (the handle ends in the number and is unique), and a test knows what product 4711
 * looks like. Sizes are what shops have: one to five variants (three in the middle), two
 * currencies, one to three pictures, four facts. */
#include "modules/catalog/seed.h"

#include "modules/catalog/products.h"
#include "modules/catalog/store.h"

#include "meta/json.h"
#include "meta/slug.h"
#include "modules/categories/categories.h"
#include "platform/api/errors.h"
#include "platform/changes.h"
#include "platform/cli/progress.h"

#include <math.h>

/* ---- Words ----------------------------------------------------------------------------------- */

/* What kind of thing: its name, a tag, how it varies and what it costs in cents. */
typedef struct Thing {
    const char *noun, *tag, *option;
    const char *values[5];
    int cheapest, dearest;
} Thing;

#define SIZES                                                                                      \
    "Size",                                                                                        \
    {                                                                                              \
        "XS", "S", "M", "L", "XL"                                                                  \
    }
#define COLOURS                                                                                    \
    "Colour",                                                                                      \
    {                                                                                              \
        "Natural", "Black", "Sage", "Rust", "Sand"                                                 \
    }
#define VOLUMES                                                                                    \
    "Volume",                                                                                      \
    {                                                                                              \
        "100 ml", "250 ml", "500 ml", "1 l", "2 l"                                                 \
    }
#define WEIGHTS                                                                                    \
    "Weight",                                                                                      \
    {                                                                                              \
        "100 g", "250 g", "500 g", "1 kg", "2 kg"                                                  \
    }

static const Thing things[] = {
    {"Desk Lamp", "lighting", COLOURS, 3900, 18900},
    {"Floor Lamp", "lighting", COLOURS, 8900, 34900},
    {"Armchair", "furniture", COLOURS, 24900, 119000},
    {"Side Table", "furniture", COLOURS, 7900, 32900},
    {"Bookshelf", "furniture", COLOURS, 12900, 69900},
    {"T-Shirt", "clothing", SIZES, 1900, 4900},
    {"Jumper", "clothing", SIZES, 5900, 18900},
    {"Raincoat", "clothing", SIZES, 8900, 27900},
    {"Work Trousers", "clothing", SIZES, 6900, 15900},
    {"Running Shoe", "shoes", "Size", {"38", "40", "42", "44", "46"}, 7900, 19900},
    {"Hiking Boot", "shoes", "Size", {"38", "40", "42", "44", "46"}, 11900, 28900},
    {"Backpack", "travel", COLOURS, 5900, 22900},
    {"Weekend Bag", "travel", COLOURS, 8900, 29900},
    {"Espresso Cup", "kitchen", COLOURS, 900, 2900},
    {"Frying Pan",
     "kitchen",
     "Diameter",
     {"20 cm", "24 cm", "26 cm", "28 cm", "32 cm"},
     2900,
     16900},
    {"Chef's Knife",
     "kitchen",
     "Length",
     {"12 cm", "16 cm", "18 cm", "20 cm", "24 cm"},
     3900,
     24900},
    {"Teapot", "kitchen", VOLUMES, 2900, 12900},
    {"Coffee Beans", "food", WEIGHTS, 790, 3490},
    {"Olive Oil", "food", VOLUMES, 890, 4990},
    {"Honey", "food", WEIGHTS, 590, 2490},
    {"Notebook", "paper", COLOURS, 690, 2990},
    {"Fountain Pen", "paper", COLOURS, 2900, 21900},
    {"Garden Shears", "garden", COLOURS, 1900, 8900},
    {"Watering Can", "garden", VOLUMES, 1900, 7900},
    {"Wool Blanket", "home", COLOURS, 4900, 19900},
    {"Bath Towel", "home", COLOURS, 1490, 5990},
    {"Hand Soap", "care", VOLUMES, 590, 2490},
    {"Face Cream", "care", VOLUMES, 1290, 6990},
    {"Bicycle Bell", "cycling", COLOURS, 990, 3990},
    {"Pannier", "cycling", COLOURS, 4900, 14900},
};

static const char *const makers[] = {"Alder",  "Birke", "Costa", "Dune",  "Elm",    "Fjord",
                                     "Granit", "Halm",  "Isar",  "Juno",  "Kiesel", "Linde",
                                     "Moor",   "Nord",  "Oliva", "Pinie", "Quell",  "Rhea",
                                     "Salix",  "Tide",  "Ulmus", "Vela",  "Weide",  "Zeder"};

static const char *const materials[] = {
    "Oak",  "Walnut", "Linen",     "Cotton",  "Merino", "Brass", "Copper", "Steel",
    "Cork", "Bamboo", "Stoneware", "Leather", "Felt",   "Glass", "Ash",    "Hemp"};

static const char *const origins[] = {"Portugal", "Germany", "Italy",   "Poland", "France",
                                      "Denmark",  "Austria", "Estonia", "Spain",  "Slovenia"};

static const char *const care[] = {"Wipe with a damp cloth.", "Wash at 30 degrees.",
                                   "Oil once a year.", "Wash by hand.", "Keep dry and dark."};

static const char *const praise[] = {
    "Made in small batches by people who use it themselves.",
    "It does one thing and does it for many years.",
    "Every part can be replaced, and we stock all of them.",
    "A quiet companion for every day.",
    "Designed with those who repair things for a living.",
};

#define PICK(random, words) str_from((words)[random_below((random), ROWS(words))])

/* ---- One product ----------------------------------------------------------------------------- */

static int64_t round_price(uint64_t cents)
{
    return (int64_t)(cents - cents % 100 + 90); /* 12,90 looks like a price; 12,37 does not */
}

static Price make_price(const char *currency, int64_t minor)
{
    Price price = {.channel = S("default"), .amount = {minor}, .min_quantity = 1};
    memcpy(price.currency.code, currency, 3);
    MARK_SET(&price_type, &price, Price, channel);
    MARK_SET(&price_type, &price, Price, currency);
    MARK_SET(&price_type, &price, Price, amount);
    MARK_SET(&price_type, &price, Price, min_quantity);
    return price;
}

static Prices make_prices(Arena *arena, int64_t euro_cents)
{
    Price *prices = NEW_N(arena, Price, 2);
    prices[0] = make_price("EUR", euro_cents);
    prices[1] = make_price("USD", round_price((uint64_t)euro_cents * 11 / 10));
    return (Prices){prices, 2};
}

static VariantList make_variants(Arena *arena, const Random *random, const Thing *thing, int64_t n)
{
    static const size_t counts[] = {1, 2, 2, 3, 3, 3, 4, 4, 5, 3};
    size_t count = counts[random_below(random, ROWS(counts))];
    uint64_t base = (uint64_t)thing->cheapest +
                    random_below(random, (uint64_t)(thing->dearest - thing->cheapest));
    VariantList variants = {NEW_N(arena, Variant, count), count};
    for (size_t i = 0; i < count; i++) {
        Str *choice = NEW(arena, Str);
        *choice = str_from(thing->values[i]);
        variants.items[i] = (Variant){
            .present = PRESENT_ALL,
            .sku = str_format(arena, "%c%c-%06lld-%zu", thing->noun[0], thing->tag[0] - 32,
                              (long long)n, i + 1),
            .options = {choice, 1},
            .position = (int64_t)i,
            .prices = make_prices(arena, round_price(base + base * i / 12)),
            .weight = (int64_t)(50 * (1 + random_below(random, 100))),
        };
        MARK_ABSENT(&variant_type, &variants.items[i], Variant, length);
        MARK_ABSENT(&variant_type, &variants.items[i], Variant, width);
        MARK_ABSENT(&variant_type, &variants.items[i], Variant, height);
    }
    return variants;
}

static OptionList make_options(Arena *arena, const Thing *thing, size_t count)
{
    Option *option = NEW(arena, Option);
    option->name = str_from(thing->option);
    option->values = (StrList){NEW_N(arena, Str, count), count};
    for (size_t i = 0; i < count; i++) option->values.items[i] = str_from(thing->values[i]);
    return (OptionList){option, 1};
}

/* Drawings that the shop has itself: /pictures/moss/desk-lamp.svg. */
static ImageList make_images(Arena *arena, const Random *random, const Thing *thing, Str title)
{
    static const char *const angles[] = {"from the front", "from the side", "in use"};
    static const char *const schemes[] = {"clay", "moss", "sky", "plum", "sand", "slate"};
    size_t count = 1 + random_below(random, ROWS(angles));
    uint64_t scheme = random_below(random, ROWS(schemes));
    Str name = slug_of_title(arena, str_from(thing->noun), S("thing"));
    ImageList images = {NEW_N(arena, Image, count), count};
    for (size_t i = 0; i < count; i++)
        images.items[i] =
            (Image){.url = str_format(arena, "/pictures/%s/%.*s.svg",
                                      schemes[(scheme + i) % ROWS(schemes)], STR_ARG(name)),
                    .alt = str_format(arena, "%.*s, %s", STR_ARG(title), angles[i])};
    return images;
}

static Json json_of(Arena *arena, Str text)
{
    Buf out = buf_new(arena, 1024);
    json_write_str(&out, text);
    return (Json){buf_str(&out)};
}

static AttributeList make_attributes(Arena *arena, const Random *random, Str material)
{
    Attribute *facts = NEW_N(arena, Attribute, 4);
    facts[0] = (Attribute){S("Material"), json_of(arena, material)};
    facts[1] = (Attribute){S("Made in"), json_of(arena, PICK(random, origins))};
    facts[2] = (Attribute){S("Care"), json_of(arena, PICK(random, care))};
    facts[3] =
        (Attribute){S("Guarantee"), {str_format(arena, "%d", (int)random_below(random, 9) + 2)}};
    return (AttributeList){facts, 4};
}

static StrList make_tags(Arena *arena, const Thing *thing, Str material)
{
    Str *tags = NEW_N(arena, Str, 2);
    tags[0] = str_from(thing->tag);
    tags[1] = str_lower(arena, material);
    return (StrList){tags, 2};
}

static StrList default_channel(Arena *arena)
{
    Str *channel = NEW(arena, Str);
    *channel = S("default");
    return (StrList){channel, 1};
}

Product seed_product(Arena *arena, int64_t n)
{
    RandomSeeded state;
    Random random = random_seeded(&state, (uint64_t)n);
    const Thing *thing = &things[random_below(&random, ROWS(things))];
    Str maker = PICK(&random, makers), material = PICK(&random, materials);
    Str title = str_format(arena, "%.*s %.*s %s", STR_ARG(maker), STR_ARG(material), thing->noun);
    Product product = {
        .present = PRESENT_ALL, .title = title, .status = PRODUCT_ACTIVE, .version = 1};
    Str base = slug_of_title(arena, title, S("product"));
    product.handle = str_format(arena, "%.*s-%lld", STR_ARG(base), (long long)n);
    Str sentence = PICK(&random, praise), lower = str_lower(arena, material);
    product.description =
        str_format(arena, "%.*s\n\nThe **%.*s** is made of %.*s by %.*s.", STR_ARG(sentence),
                   STR_ARG(title), STR_ARG(lower), STR_ARG(maker));
    product.vendor = maker;
    product.type = str_from(thing->noun);
    product.channels = default_channel(arena);
    product.tags = make_tags(arena, thing, material);
    product.variants = make_variants(arena, &random, thing, n);
    product.options = make_options(arena, thing, product.variants.n);
    product.attributes = make_attributes(arena, &random, material);
    product.images = make_images(arena, &random, thing, title);
    return product;
}

int64_t seed_stock(int64_t product, size_t variant)
{
    RandomSeeded state;
    Random random = random_seeded(&state, (uint64_t)product * 8 + variant + (1ull << 40));
    return (int64_t)random_below(&random, 120);
}

/* A long tail, as sales have: of N products the one in place r sells about (N/r)^0.9 pieces (Zipf). */
int64_t seed_sold(int64_t product)
{
    RandomSeeded state;
    Random random = random_seeded(&state, (uint64_t)product + (1ull << 41));
    double share = ((double)random_below(&random, 1u << 30) + 1) / (double)(1u << 30);
    return (int64_t)pow(share, -0.9);
}

/* ---- Where they stand: a category and a type for each thing, below one for each tag ----------- */

/* The categories of things[i]. */
typedef struct Shelves {
    Id categories[ROWS(things)];
} Shelves;

typedef struct SeedBatch {
    int64_t from, to; /* product numbers, `to` not included */
    bool one_by_one;  /* a SKU belongs to somebody's own product */
    Shelves shelves;
} SeedBatch;

static Id category_named(Ctx *cx, Str title, Id parent)
{
    Category category = {.title = title, .parent = parent};
    Id there = category_by_handle(cx, slug_of_title(cx->arena, title, S("category")));
    if (there.n) return there;
    MARK_SET(&category_type, &category, Category, title);
    MARK_SET(&category_type, &category, Category, parent);
    category_create(cx, &category);
    return category.id;
}

static void put_type(Ctx *cx, Str name)
{
    AttributeRule facts[] = {
        {.name = S("Material"), .required = true},
        {.name = S("Made in")},
        {.name = S("Care")},
        {.name = S("Guarantee"), .kind = ATTRIBUTE_NUMBER, .unit = S("years")}};
    ProductType type = {.present = PRESENT_ALL,
                        .id = ctx_id(cx),
                        .name = name,
                        .attributes = {facts, ROWS(facts)},
                        .version = 1,
                        .created_at = ctx_now(cx),
                        .updated_at = ctx_now(cx)};
    if (product_type_insert(cx, &type)) changed(cx, "product_type", type.id);
}

static bool seed_shelves(Ctx *cx, void *arg)
{
    Shelves *shelves = &((SeedBatch *)arg)->shelves;
    for (size_t i = 0; i < ROWS(things); i++) {
        char *tag = str_z(cx->arena, str_from(things[i].tag));
        tag[0] = (char)(tag[0] - 'a' + 'A');
        Id above = category_named(cx, str_from(tag), (Id){0});
        shelves->categories[i] = category_named(cx, str_from(things[i].noun), above);
        put_type(cx, str_from(things[i].noun));
    }
    return true;
}

static IdList shelf_of(Arena *arena, const Shelves *shelves, Str noun)
{
    Id *category = NEW(arena, Id);
    for (size_t i = 0; i < ROWS(things); i++)
        if (str_eq(noun, str_from(things[i].noun))) *category = shelves->categories[i];
    return (IdList){category, category->n ? 1 : 0};
}

/* ---- The command ----------------------------------------------------------------------------- */

enum {
    SEED_BATCH = 500
}; /* products a transaction: bounds its memory, and how long it holds the writer up */

typedef struct SeedFlags {
    int64_t products;
} SeedFlags;

static const Type seed_flags =
    TYPE(SeedFlags, "What to make up.",
         FIELD(SeedFlags, products, "How many products the shop shall have.", .min = 0,
               .max = 10000000, .initial = "1000"));

static void seed_one(Ctx *cx, const SeedBatch *batch, int64_t n)
{
    Product product = seed_product(cx->arena, n);
    if (product_by_handle(cx, product.handle).n) return; /* it is there from before */
    product.categories = shelf_of(cx->arena, &batch->shelves, product.type);
    for (size_t i = 0; i < product.variants.n; i++)
        product.variants.items[i].stock = seed_stock(n, i);
    if (!batch->one_by_one)
        product_create_or_fail(cx, &product);
    else if (product_create(cx, &product).error)
        return;
    product_sold(cx, product.id, seed_sold(n));
}

static bool seed_batch(Ctx *cx, void *arg)
{
    const SeedBatch *batch = arg;
    for (int64_t n = batch->from; n < batch->to; n++) seed_one(cx, batch, n);
    return true;
}

/* Until PostgreSQL's own collector comes round, it would plan for empty tables. */
static bool refresh_statistics(Ctx *cx, void *arg)
{
    (void)arg;
    db_exec(cx, "analyze");
    return true;
}

/* In an arena of its own, which ends with it. */
static bool run_batch(CommandCall *call, SeedBatch *batch)
{
    Ctx cx = *call->cx;
    cx.arena = arena_new(1 << 20);
    batch->one_by_one = false;
    DbFailure failure = db_run(call->db, TX_WRITE, &cx, seed_batch, batch);
    batch->one_by_one = failure == DB_CONSTRAINT;
    if (batch->one_by_one) failure = db_run(call->db, TX_WRITE, &cx, seed_batch, batch);
    arena_free(cx.arena);
    return failure == DB_FINE;
}

static int seed(CommandCall *call, const SeedFlags *flags)
{
    SeedBatch batch = {.to = 1};
    if (flags->products && db_run(call->db, TX_WRITE, call->cx, seed_shelves, &batch) != DB_FINE)
        return command_fail(call, &error_unavailable, "the categories could not be stored");
    Progress progress = progress_start(call->out, "products", flags->products);
    while (batch.to <= flags->products) {
        if (command_cancelled(call)) return EXIT_CANCELLED;
        batch.from = batch.to;
        int64_t left = flags->products + 1 - batch.from;
        batch.to = batch.from + (left < SEED_BATCH ? left : SEED_BATCH);
        if (!run_batch(call, &batch))
            return command_fail(call, &error_unavailable, "the products could not be stored");
        progress_add(&progress, batch.to - batch.from);
    }
    progress_end(&progress);
    if (db_driver(call->db) == DB_POSTGRES)
        db_run(call->db, TX_WRITE, call->cx, refresh_statistics, NULL);
    return EXIT_FINE;
}
COMMAND_HANDLER(seed, SeedFlags)

const Command catalog_commands[] = {
    {.name = "seed",
     .summary = "Fill the shop with made-up products",
     .doc = "Makes a believable catalogue of any size, the same one everywhere: names, variants, "
            "prices in two currencies, pictures, stock. Products that are there already stay as "
            "they are, so that the command can be stopped and run again.",
     .flags = &seed_flags,
     .examples = {{"souk seed --products 100000", "A shop to measure with."}},
     .needs = COMMAND_NEEDS_FOLDER,
     .run = COMMAND_RUN(seed)},
};
