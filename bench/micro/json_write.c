/* What does the walker cost against a writer that is written by hand for one struct?
 *
 * Both write the same object of 12 fields into the same buffer with the same primitives (the
 * walker's own file is included, so that the hand-written function may inline them too); what
 * differs is the table. Runs alternate, so that a slower moment of the machine falls on both; the
 * medians count.
 *
 * usage: json_write [rounds]    prints the bytes of the object, ns an object for both, and the
 * ratio */
#include "../../src/meta/json_write.c"

#include <inttypes.h>

enum { OBJECTS_A_RUN = 200000, ROUNDS = 15, ROUNDS_MAX = 1001 };

typedef enum Status { STATUS_DRAFT, STATUS_ACTIVE } Status;
static const EnumNames status_names = ENUM_NAMES("draft", "active");

typedef struct Product {
    Id id;
    Str handle, title, description;
    Status status;
    Money price;
    Currency currency;
    int64_t stock, weight_g;
    bool taxable;
    Time created_at, updated_at;
} Product;

static const Type product_type =
    TYPE(Product, "A thing that the shop sells.",
         FIELD(Product, id, "Identifier.", .prefix = "prod"), FIELD(Product, handle, "In URLs."),
         FIELD(Product, title, "Name."), FIELD(Product, description, "Text."),
         ENUM(Product, status, "Stage.", status_names), FIELD(Product, price, "Minor units."),
         FIELD(Product, currency, "Of the price."), FIELD(Product, stock, "Left."),
         FIELD(Product, weight_g, "Grams."), FIELD(Product, taxable, "Is it taxed?"),
         FIELD(Product, created_at, "Made."), FIELD(Product, updated_at, "Changed."));

#define KEY(at, literal) put((at), "" literal, sizeof(literal) - 1)

/* The key of a text with its opening, then the text. */
#define TEXT(buf, at, literal, text)                                                               \
    (at) = room((buf), (at), sizeof(literal));                                                     \
    if (!(at)) return;                                                                             \
    (at) = write_text((buf), KEY((at), literal), (text))

static void write_by_hand(Buf *buf, const Product *p)
{
    char *at = room(buf, begin(buf), SCALAR_MAX);
    if (!at) return;
    at = KEY(at, "{\"id\":");
    at = put_id(at, "prod", p->id);
    TEXT(buf, at, ",\"handle\":", p->handle);
    TEXT(buf, at, ",\"title\":", p->title);
    TEXT(buf, at, ",\"description\":", p->description);
    TEXT(buf, at, ",\"status\":", enum_text(&status_names, p->status));
    at = room(buf, at, 10 * SCALAR_MAX);
    if (!at) return;
    at = KEY(at, ",\"price\":");
    at = put_int(at, p->price.minor);
    at = KEY(at, ",\"currency\":");
    at = put_currency(at, &p->currency);
    at = KEY(at, ",\"stock\":");
    at = put_int(at, p->stock);
    at = KEY(at, ",\"weight_g\":");
    at = put_int(at, p->weight_g);
    at = KEY(at, ",\"taxable\":");
    at = p->taxable ? KEY(at, "true") : KEY(at, "false");
    at = KEY(at, ",\"created_at\":");
    at = put_time(at, p->created_at);
    at = KEY(at, ",\"updated_at\":");
    at = put_time(at, p->updated_at);
    *at++ = '}';
    end(buf, at);
}

/* What one writes who does not count nanoseconds: the public functions, one after the other. */
static void write_plainly(Buf *buf, const Product *p)
{
    char text[ID_TEXT_MAX + TIME_TEXT_MAX];
    buf_lit(buf, "{\"id\":\"");
    buf_bytes(buf, text, id_write(text, "prod", p->id));
    buf_lit(buf, "\",\"handle\":");
    json_write_str(buf, p->handle);
    buf_lit(buf, ",\"title\":");
    json_write_str(buf, p->title);
    buf_lit(buf, ",\"description\":");
    json_write_str(buf, p->description);
    buf_lit(buf, ",\"status\":");
    json_write_str(buf, enum_text(&status_names, p->status));
    buf_lit(buf, ",\"price\":");
    buf_int(buf, p->price.minor);
    buf_lit(buf, ",\"currency\":\"");
    buf_put(buf, currency_text(&p->currency));
    buf_lit(buf, "\",\"stock\":");
    buf_int(buf, p->stock);
    buf_lit(buf, ",\"weight_g\":");
    buf_int(buf, p->weight_g);
    buf_lit(buf, ",\"taxable\":");
    buf_put(buf, p->taxable ? S("true") : S("false"));
    buf_lit(buf, ",\"created_at\":\"");
    buf_bytes(buf, text, time_write(text, p->created_at));
    buf_lit(buf, "\",\"updated_at\":\"");
    buf_bytes(buf, text, time_write(text, p->updated_at));
    buf_lit(buf, "\"}");
}

static void write_by_table(Buf *buf, const Product *p)
{
    json_write(buf, &product_type, p);
}

/* Each object differs a little, so that nothing is learnt by heart. */
static double run_ns(void (*write)(Buf *buf, const Product *p), Buf *buf, Product product)
{
    int64_t began = monotonic_us();
    for (int i = 0; i < OBJECTS_A_RUN; i++) {
        buf->n = 0;
        product.id.n += 2048;
        product.price.minor = i * 7 % 100000;
        product.title.n = 18 + (size_t)i % 8;
        product.updated_at.us += 1000001;
        write(buf, &product);
    }
    return (double)(monotonic_us() - began) * 1000 / OBJECTS_A_RUN;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, int n)
{
    qsort(values, (size_t)n, sizeof *values, by_size);
    return values[n / 2];
}

int main(int argc, char **argv)
{
    int64_t wanted = ROUNDS;
    bool known = argc < 2 || str_to_int(str_from(argv[1]), &wanted);
    if (!known || wanted < 1 || wanted > ROUNDS_MAX) {
        fprintf(stderr, "usage: json_write [rounds, 1 to %d]\n", ROUNDS_MAX);
        return 2;
    }
    int rounds = (int)wanted;
    static double tuned[ROUNDS_MAX], plain[ROUNDS_MAX], table[ROUNDS_MAX];
    static double to_tuned[ROUNDS_MAX], to_plain[ROUNDS_MAX];
    Arena *arena = arena_new(1 << 16);
    Buf buf = buf_new(arena, 1 << 16), other = buf, plain_buf = buf;
    Product product = {
        .id = {INT64_C(191234567890123)},
        .handle = S("linen-shirt-natural"),
        .title = S("Linen shirt, natural white"),
        .description = S("Woven from flax of Normandy, washed twice, and cut to be worn loose."),
        .status = STATUS_ACTIVE,
        .price = {4900},
        .currency = {"EUR"},
        .stock = 127,
        .weight_g = 240,
        .taxable = true,
        .created_at = {INT64_C(1795262299123456)},
        .updated_at = {INT64_C(1795262299000000)},
    };
    write_by_hand(&buf, &product);
    write_plainly(&plain_buf, &product);
    write_by_table(&other, &product);
    if (!str_eq(buf_str(&buf), buf_str(&other)) || !str_eq(buf_str(&buf), buf_str(&plain_buf))) {
        fprintf(stderr, "they do not write the same\n");
        return 1;
    }
    printf("object                %zu bytes\n", buf.n);
    for (int i = 0; i < rounds; i++) {
        tuned[i] = run_ns(write_by_hand, &buf, product);
        table[i] = run_ns(write_by_table, &buf, product);
        plain[i] = run_ns(write_plainly, &buf, product);
        to_tuned[i] = table[i] / tuned[i];
        to_plain[i] = table[i] / plain[i];
    }
    printf("by hand, tuned        %.1f ns\n", median(tuned, rounds));
    printf("by hand, plain        %.1f ns\n", median(plain, rounds));
    printf("walker over the table %.1f ns\n", median(table, rounds));
    printf("table / tuned hand    %.3f\n", median(to_tuned, rounds));
    printf("table / plain hand    %.3f\n", median(to_plain, rounds));
    arena_free(arena);
    return 0;
}
