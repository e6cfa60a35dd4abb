#include "modules/storefront/choices.h"

#include "meta/query.h"

static void add(Choices *choices, const char *name, Str value)
{
    if (value.n && choices->n < CHOICES_MAX) choices->items[choices->n++] = (Choice){name, value};
}

static void add_all(Choices *choices, const char *name, StrList values)
{
    for (size_t i = 0; i < values.n; i++) add(choices, name, values.items[i]);
}

static Str number(Arena *arena, const ProductQuery *query, size_t member, int64_t value)
{
    if (!type_member_is_set(&product_query_type, query, member)) return (Str){0};
    return str_format(arena, "%lld", (long long)value);
}

Choices choices_of(Arena *arena, const ProductQuery *query)
{
    Choices choices = {.arena = arena};
    add(&choices, "q", query->q);
    add(&choices, "category", query->category);
    add(&choices, "collection", query->collection);
    add_all(&choices, "vendor", query->vendor);
    add_all(&choices, "type", query->type);
    add_all(&choices, "tag", query->tag);
    add_all(&choices, "attribute", query->attribute);
    add(&choices, "price_min",
        number(arena, query, offsetof(ProductQuery, price_min), query->price_min));
    add(&choices, "price_max",
        number(arena, query, offsetof(ProductQuery, price_max), query->price_max));
    if (IS_SET(&product_query_type, query, ProductQuery, in_stock))
        add(&choices, "in_stock", query->in_stock ? S("true") : S("false"));
    if (IS_SET(&product_query_type, query, ProductQuery, sort))
        add(&choices, "sort", sort_text(query->sort));
    return choices;
}

static bool is(const Choice *choice, const char *name, Str value)
{
    return strcmp(choice->name, name) == 0 && str_eq(choice->value, value);
}

bool choices_have(const Choices *choices, const char *name, Str value)
{
    for (size_t i = 0; i < choices->n; i++)
        if (is(&choices->items[i], name, value)) return true;
    return false;
}

static void put(Buf *out, const char *name, Str value)
{
    buf_put(out, out->n == 1 ? S("?") : S("&"));
    buf_put(out, str_from(name));
    buf_char(out, '=');
    percent_encode(out, value);
}

static Buf begin(const Choices *choices)
{
    Buf out = buf_new(choices->arena, 1 << 16);
    buf_char(&out, '/');
    return out;
}

Str choices_toggled(const Choices *choices, const char *name, Str value)
{
    Buf out = begin(choices);
    bool there = false;
    for (size_t i = 0; i < choices->n; i++) {
        const Choice *choice = &choices->items[i];
        if (is(choice, name, value))
            there = true;
        else
            put(&out, choice->name, choice->value);
    }
    if (!there) put(&out, name, value);
    return buf_str(&out);
}

Str choices_with(const Choices *choices, const char *name, Str value)
{
    Buf out = begin(choices);
    for (size_t i = 0; i < choices->n; i++) {
        const Choice *choice = &choices->items[i];
        if (strcmp(choice->name, name) != 0) put(&out, choice->name, choice->value);
    }
    if (value.n) put(&out, name, value);
    return buf_str(&out);
}
