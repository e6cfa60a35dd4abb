/* What the collections decide, without asking anybody.
 *
 * A rule is checked when it is written, so that whoever looks at products by it can trust it: the
 * relation fits the field, a price has a currency and a whole number, a category is an id. Whether
 * there is such a vendor or category is not asked: they come and go, and a rule that nothing fits is
 * no mistake.
 *
 * Members have positions that only order, with gaps. So adding behind the others and taking one out
 * leave all others alone, and a new order writes those whose old positions do not fit into it. */
#include "modules/collections/rules.h"

#include "meta/text.h"

#include <stdlib.h>

const Error error_collection_handle_taken = {
    "collection_handle_taken", 409, "Another collection has this handle.", LOG_DEBUG,
    "Choose another handle, or leave it out and one is made from the title."};
const Error error_collection_full = {
    "collection_full", 409, "The collection would have more products than it can have.", LOG_DEBUG,
    "Put no more than 10,000 in by hand; for more, tag them and make a collection by rules."};
const Error error_collection_by_rules = {
    "collection_by_rules", 409, "Rules decide what is in this collection.", LOG_DEBUG,
    "Change its rules, or make a collection of kind `manual`."};

const Error error_unknown_collection = {
    "unknown_collection", 422, "A collection that is named does not exist.", LOG_DEBUG,
    "GET /v1/collections lists all; it may have been deleted meanwhile."};
const Error error_unknown_product = {
    "unknown_product", 422, "A product that is named does not exist.", LOG_DEBUG,
    "Leave it out, or create it first; it may have been deleted meanwhile."};

static const ViolationCode not_wanted = {"not_wanted", "The value has no meaning here."};
static const ViolationCode not_comparable = {"not_comparable",
                                             "The relation does not fit what is compared."};
static const ViolationCode repeated = {"repeated", "The same value stands twice."};

/* ---- Rules ----------------------------------------------------------------------------------- */

static void note(Violations *bad, const ViolationCode *code, size_t i, const char *member,
                 const char *message)
{
    Str pointer = str_format(bad->arena, "/rules/%zu/%s", i, member);
    violation_add_at(bad, pointer, code, str_from(message));
}

static bool has_order(RuleField field)
{
    return field == RULE_PRICE || field == RULE_ATTRIBUTE;
}

static bool is_order(RuleRelation relation)
{
    return relation != RULE_IS && relation != RULE_IS_NOT;
}

static bool is_number(Arena *arena, Str text)
{
    Violations none = violations_new(arena);
    double number;
    return text_parse_double(text, NULL, &number, &none);
}

static bool is_availability(Str text)
{
    static const char *const words[] = {"out", "backorder", "preorder", "low", "in"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_eq(text, str_from(words[i]))) return true;
    return false;
}

static void check_value(Violations *bad, size_t i, const CollectionRule *rule)
{
    int64_t amount;
    Id id;
    if (rule->field == RULE_CATEGORY && !id_parse(rule->value, "cat", &id))
        note(bad, VIOLATION(ID), i, "value", "must be the id of a category, cat_…");
    if (rule->field == RULE_AVAILABILITY && !is_availability(rule->value))
        note(bad, VIOLATION(NOT_ONE_OF), i, "value", "must be in, low, preorder, backorder or out");
    if (rule->field == RULE_PRICE && (!str_to_int(rule->value, &amount) || amount < 0))
        note(bad, VIOLATION(WRONG_TYPE), i, "value", "must be a whole number of minor units");
    if (rule->field == RULE_ATTRIBUTE && is_order(rule->relation) &&
        !is_number(bad->arena, rule->value))
        note(bad, VIOLATION(WRONG_TYPE), i, "value", "must be a number for this relation");
}

static void check_rule(Violations *bad, size_t i, const CollectionRule *rule)
{
    bool attribute = rule->field == RULE_ATTRIBUTE, price = rule->field == RULE_PRICE;
    if (is_order(rule->relation) && !has_order(rule->field))
        note(bad, &not_comparable, i, "relation", "must be is or is_not for this field");
    if (attribute && !rule->name.n)
        note(bad, VIOLATION(REQUIRED), i, "name", "must say which attribute");
    if (!attribute && rule->name.n) note(bad, &not_wanted, i, "name", "is of attributes only");
    if (price && !rule->currency.code[0])
        note(bad, VIOLATION(REQUIRED), i, "currency", "must say in which currency");
    if (!price && rule->currency.code[0])
        note(bad, &not_wanted, i, "currency", "is of prices only");
    check_value(bad, i, rule);
}

void collection_check(Violations *bad, const Collection *collection)
{
    bool by_rules = collection->kind == COLLECTION_BY_RULES;
    if (by_rules && !collection->rules.n)
        violation_add_at(bad, S("/rules"), VIOLATION(REQUIRED), S("must have at least one rule"));
    if (!by_rules && collection->rules.n)
        violation_add_at(bad, S("/rules"), &not_wanted, S("is of collections of kind rules only"));
    if (by_rules && collection->sort == COLLECTION_SORT_POSITION)
        violation_add_at(bad, S("/sort"), &not_wanted,
                         S("can be position only when products are put in by hand"));
    for (size_t i = 0; i < collection->rules.n; i++)
        check_rule(bad, i, &collection->rules.items[i]);
}

CollectionSort collection_sort_initial(CollectionKind kind)
{
    return kind == COLLECTION_MANUAL ? COLLECTION_SORT_POSITION : COLLECTION_SORT_NEWEST;
}

/* ---- Members --------------------------------------------------------------------------------- */

/* A product and where it stands in a list. */
typedef struct Indexed {
    Id product;
    size_t at;
} Indexed;

static int by_product(const void *a, const void *b)
{
    const Indexed *x = a, *y = b;
    if (x->product.n != y->product.n) return x->product.n < y->product.n ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

typedef struct Index {
    Indexed *items;
    size_t n;
} Index;

static Index index_sorted(Index index)
{
    qsort(index.items, index.n, sizeof *index.items, by_product);
    return index;
}

static Index index_of_ids(Arena *arena, IdList ids)
{
    Index index = {NEW_N(arena, Indexed, ids.n), ids.n};
    for (size_t i = 0; i < ids.n; i++) index.items[i] = (Indexed){ids.items[i], i};
    return index_sorted(index);
}

static Index index_of_places(Arena *arena, CollectionPlaces places)
{
    Index index = {NEW_N(arena, Indexed, places.n), places.n};
    for (size_t i = 0; i < places.n; i++) index.items[i] = (Indexed){places.items[i].product, i};
    return index_sorted(index);
}

static int product_of(const void *key, const void *item)
{
    int64_t x = ((const Id *)key)->n, y = ((const Indexed *)item)->product.n;
    return (x > y) - (x < y);
}

static const Indexed *index_find(const Index *index, Id product)
{
    if (!index->n) return NULL;
    return bsearch(&product, index->items, index->n, sizeof *index->items, product_of);
}

void collection_products_check(Violations *bad, IdList products)
{
    Index index = index_of_ids(bad->arena, products);
    for (size_t i = 1; i < index.n; i++)
        if (id_eq(index.items[i].product, index.items[i - 1].product))
            violation_add_at(bad, str_format(bad->arena, "/products/%zu", index.items[i].at),
                             &repeated, S("stands twice"));
}

IdList collection_members_with(Arena *arena, CollectionPlaces members, IdList more)
{
    Index index = index_of_places(arena, members);
    IdList all = {NEW_N(arena, Id, members.n + more.n), 0};
    for (size_t i = 0; i < members.n; i++) all.items[all.n++] = members.items[i].product;
    for (size_t i = 0; i < more.n; i++)
        if (!index_find(&index, more.items[i])) all.items[all.n++] = more.items[i];
    return all;
}

MemberChanges collection_members_change(Arena *arena, CollectionPlaces members, IdList wanted)
{
    Index before = index_of_places(arena, members), after = index_of_ids(arena, wanted);
    MemberChanges changes = {.put = {.items = NEW_N(arena, CollectionPlace, wanted.n)},
                             .come = {NEW_N(arena, Id, wanted.n), 0},
                             .gone = {NEW_N(arena, Id, members.n), 0}};
    int64_t last = -1;
    for (size_t i = 0; i < wanted.n; i++) {
        const Indexed *old = index_find(&before, wanted.items[i]);
        int64_t position = old ? members.items[old->at].position : -1;
        bool stays = position > last;
        last = stays ? position : last + 1;
        if (!old) changes.come.items[changes.come.n++] = wanted.items[i];
        if (!stays)
            changes.put.items[changes.put.n++] =
                (CollectionPlace){.product = wanted.items[i], .position = last};
    }
    for (size_t i = 0; i < members.n; i++)
        if (!index_find(&after, members.items[i].product))
            changes.gone.items[changes.gone.n++] = members.items[i].product;
    return changes;
}
