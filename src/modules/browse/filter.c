#include "modules/browse/filter.h"

#include <assert.h>

static ColumnsCondition *add_clause(Filter *filter, size_t conditions, bool fixed)
{
    assert(filter->n < FILTER_CLAUSES_MAX);
    ColumnsClause *clause = &filter->clauses[filter->n++];
    *clause = (ColumnsClause){.any = NEW_N(filter->arena, ColumnsCondition, conditions),
                              .n = conditions,
                              .is_fixed = fixed};
    return clause->any;
}

static StrList one_text(Arena *arena, Str text)
{
    Str *item = NEW(arena, Str);
    *item = text;
    return (StrList){item, 1};
}

static void add_terms(Filter *filter, Str column, StrList terms, bool fixed)
{
    if (terms.n)
        *add_clause(filter, 1, fixed) = (ColumnsCondition){.column = column, .terms = terms};
}

/* ---- The place ------------------------------------------------------------------------------- */

void filter_channel(Filter *filter, Str channel)
{
    add_terms(filter, S("channel"), one_text(filter->arena, channel), true);
}

void filter_category(Filter *filter, Id category)
{
    Str term = id_text(filter->arena, "cat", category);
    add_terms(filter, S("category"), one_text(filter->arena, term), true);
}

Str collection_column(Arena *arena, Id collection)
{
    Str id = id_text(arena, "coll", collection);
    return str_format(arena, "position:%.*s", STR_ARG(id));
}

static ColumnsCondition range_of(Str column, RuleRelation relation, int64_t value)
{
    ColumnsCondition range = {
        .column = column, .is_range = true, .min = INT64_MIN + 1, .max = INT64_MAX};
    if (relation == RULE_LESS || relation == RULE_AT_MOST)
        range.max = value - (relation == RULE_LESS);
    else if (relation == RULE_GREATER || relation == RULE_AT_LEAST)
        range.min = value + (relation == RULE_GREATER);
    else
        range.min = range.max = value;
    range.is_not = relation == RULE_IS_NOT;
    return range;
}

static ColumnsCondition term_of(Arena *arena, Str column, const CollectionRule *rule)
{
    return (ColumnsCondition){.column = column,
                              .is_not = rule->relation == RULE_IS_NOT,
                              .terms = one_text(arena, rule->value)};
}

static ColumnsCondition attribute_condition(Arena *arena, const CollectionRule *rule)
{
    int64_t number = 0;
    if (rule->relation == RULE_IS || rule->relation == RULE_IS_NOT)
        return term_of(arena, attribute_column(arena, rule->name), rule);
    attribute_number(rule->value, &number);
    return range_of(number_column(arena, rule->name), rule->relation, number);
}

static ColumnsCondition condition_of(Arena *arena, const CollectionRule *rule, Str channel)
{
    static const Str columns[] = {
        [RULE_VENDOR] = S_INIT("vendor"),
        [RULE_TYPE] = S_INIT("type"),
        [RULE_TAG] = S_INIT("tag"),
        [RULE_CATEGORY] = S_INIT("category"),
        [RULE_AVAILABILITY] = S_INIT("availability"),
    };
    int64_t amount = 0;
    if (rule->field == RULE_ATTRIBUTE) return attribute_condition(arena, rule);
    if (rule->field != RULE_PRICE) return term_of(arena, columns[rule->field], rule);
    str_to_int(rule->value, &amount);
    return range_of(price_column(arena, channel, rule->currency), rule->relation, amount);
}

void filter_collection(Filter *filter, const Collection *collection, Str channel)
{
    Arena *arena = filter->arena;
    CollectionRules rules = collection->rules;
    if (collection->kind == COLLECTION_MANUAL) {
        add_terms(filter, S("collection"), one_text(arena, id_text(arena, "coll", collection->id)),
                  true);
        return;
    }
    bool any = collection->match == MATCH_ANY;
    ColumnsCondition *alternatives = any ? add_clause(filter, rules.n, true) : NULL;
    for (size_t i = 0; i < rules.n; i++) {
        ColumnsCondition *place = any ? &alternatives[i] : add_clause(filter, 1, true);
        *place = condition_of(arena, &rules.items[i], channel);
    }
}

/* ---- What is chosen within it ---------------------------------------------------------------- */

static void range(Filter *filter, Str column, int64_t min, int64_t max)
{
    *add_clause(filter, 1, false) =
        (ColumnsCondition){.column = column, .is_range = true, .min = min, .max = max};
}

static void filter_price(Filter *filter, const ProductQuery *query, Str channel, Currency currency)
{
    bool from = IS_SET(&product_query_type, query, ProductQuery, price_min);
    bool to = IS_SET(&product_query_type, query, ProductQuery, price_max);
    if (!from && !to) return;
    range(filter, price_column(filter->arena, channel, currency), from ? query->price_min : 0,
          to ? query->price_max : INT64_MAX);
}

static ColumnsClause *clause_of_column(Filter *filter, size_t from, Str column)
{
    for (size_t i = from; i < filter->n; i++)
        if (str_eq(filter->clauses[i].any->column, column)) return &filter->clauses[i];
    return NULL;
}

/* Values of one attribute are alternatives; several attributes must all fit. */
static void filter_attributes(Filter *filter, StrList pairs)
{
    size_t from = filter->n;
    for (size_t i = 0; i < pairs.n; i++) {
        Str name, value; /* "Material:Oak": the name ends at the first colon */
        str_cut(pairs.items[i], ':', &name, &value);
        Str column = attribute_column(filter->arena, name);
        ColumnsClause *clause = clause_of_column(filter, from, column);
        if (!clause) {
            StrList room = {NEW_N(filter->arena, Str, pairs.n), 0};
            *add_clause(filter, 1, false) = (ColumnsCondition){.column = column, .terms = room};
            clause = &filter->clauses[filter->n - 1];
        }
        clause->any->terms.items[clause->any->terms.n++] = value;
    }
}

static StrList availabilities(Arena *arena, bool in_stock)
{
    StrList terms = {NEW_N(arena, Str, AVAILABILITY_IN), 0};
    for (unsigned i = AVAILABILITY_OUT; i <= AVAILABILITY_IN; i++)
        if ((i >= AVAILABILITY_LOW) == in_stock)
            terms.items[terms.n++] = enum_text(&availability_names, i);
    return terms;
}

void filter_choices(Filter *filter, const ProductQuery *query, Str channel, Currency currency)
{
    Arena *arena = filter->arena;
    add_terms(filter, S("vendor"), query->vendor, false);
    add_terms(filter, S("type"), query->type, false);
    add_terms(filter, S("tag"), query->tag, false);
    filter_attributes(filter, query->attribute);
    filter_price(filter, query, channel, currency);
    if (IS_SET(&product_query_type, query, ProductQuery, in_stock))
        add_terms(filter, S("availability"), availabilities(arena, query->in_stock), false);
}
