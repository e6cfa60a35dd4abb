/* Facets: which are asked for, and how what was counted is told. */
#include "modules/browse/listing.h"

#include "modules/categories/categories.h"

enum {
    ASK_VENDOR,
    ASK_TYPE,
    ASK_TAG,
    ASK_CATEGORY,
    ASK_AVAILABILITY,
    ASK_ATTRIBUTES,
    ASK_PRICE,
    ASKS
};

const ColumnsFacetAsk *facet_asks(const Listing *list)
{
    ColumnsFacetAsk *asks = NEW_N(list->rq->cx->arena, ColumnsFacetAsk, ASKS);
    asks[ASK_VENDOR] = (ColumnsFacetAsk){.column = S("vendor"), .max = FACET_VALUES_MAX};
    asks[ASK_TYPE] = (ColumnsFacetAsk){.column = S("type"), .max = FACET_VALUES_MAX};
    asks[ASK_TAG] = (ColumnsFacetAsk){.column = S("tag"), .max = FACET_VALUES_MAX};
    asks[ASK_CATEGORY] = (ColumnsFacetAsk){.column = S("category"), .max = FACET_VALUES_MAX};
    asks[ASK_AVAILABILITY] =
        (ColumnsFacetAsk){.column = S("availability"), .max = AVAILABILITY_IN + 1};
    asks[ASK_ATTRIBUTES] =
        (ColumnsFacetAsk){.column = S("attribute:"), .is_prefix = true, .max = FACET_VALUES_MAX};
    asks[ASK_PRICE] = (ColumnsFacetAsk){
        .column = price_column(list->rq->cx->arena, list->view.channel, list->currency),
        .is_number = true};
    return asks;
}

static Facet make_facet(Arena *arena, const ColumnsFacet *found)
{
    Facet facet = {.present = PRESENT_ALL, .name = found->column};
    facet.values = (FacetValueList){NEW_N(arena, FacetValue, found->term_count), found->term_count};
    for (size_t i = 0; i < found->term_count; i++) {
        FacetValue *value = &facet.values.items[i];
        *value = (FacetValue){.present = PRESENT_ALL,
                              .value = found->terms[i].term,
                              .count = (int64_t)found->terms[i].count};
        MARK_ABSENT(&facet_value_type, value, FacetValue, label);
    }
    facet.min = found->min;
    facet.max = found->max;
    if (found->ask == ASK_PRICE && found->objects) {
        facet.name = S("price");
    } else {
        MARK_ABSENT(&facet_type, &facet, Facet, min);
        MARK_ABSENT(&facet_type, &facet, Facet, max);
    }
    return facet;
}

/* Categories are counted by their ids; people read titles. Those that are hidden are left out. */
static void label_categories(const Listing *list, Facet *facet)
{
    Ctx *cx = list->rq->cx;
    IdList ids = {NEW_N(cx->arena, Id, facet->values.n), 0};
    for (size_t i = 0; i < facet->values.n; i++)
        ids.n += id_parse(facet->values.items[i].value, "cat", &ids.items[ids.n]);
    CategoryLabelList categories = category_labels(cx, ids, list->view.locale);
    size_t kept = 0;
    for (size_t i = 0, k = 0; i < facet->values.n && k < categories.n; i++) {
        FacetValue value = facet->values.items[i];
        if (!str_eq(value.value, id_text(cx->arena, "cat", categories.items[k].id))) continue;
        const CategoryLabel *category = &categories.items[k++];
        if (!category->visible) continue;
        value.label = category->title;
        MARK_SET(&facet_value_type, &value, FacetValue, label);
        facet->values.items[kept++] = value;
    }
    facet->values.n = kept;
}

FacetList facets_of(const Listing *list, const ColumnsAnswer *answer)
{
    Arena *arena = list->rq->cx->arena;
    FacetList facets = {NEW_N(arena, Facet, answer->facet_count), 0};
    for (size_t i = 0; i < answer->facet_count && facets.n < FACETS_MAX; i++) {
        const ColumnsFacet *found = &answer->facets[i];
        if (!found->objects && !found->term_count) continue;
        Facet *facet = &facets.items[facets.n++];
        *facet = make_facet(arena, found);
        if (found->ask == ASK_CATEGORY) label_categories(list, facet);
    }
    return facets;
}
