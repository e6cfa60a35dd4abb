#include "platform/api/fields.h"

#include "meta/json_project.h"
#include "platform/api/limits.h"

#include <stdlib.h>

const Type fields_query_type =
    TYPE(FieldsQuery, "What every route takes that answers documents.",
         FIELD(FieldsQuery, fields,
               "Only these fields of each object, with dots into what is nested: "
               "`id,title,variants.prices`. What is left out of the answer is not required by its "
               "schema.",
               .commas = true, .max = LIMIT_FIELDS, .item_max = 200));

bool route_takes_fields(const Route *route)
{
    return route->method == METHOD_GET && route->reply && !route->lenient;
}

static int by_text(const void *a, const void *b)
{
    return str_cmp(*(const Str *)a, *(const Str *)b);
}

/* So that the same question has the same text, whoever asks it. */
static void put_in_order(StrList *names)
{
    size_t kept = 0;
    if (names->n) qsort(names->items, names->n, sizeof(Str), by_text);
    for (size_t i = 0; i < names->n; i++)
        if (kept == 0 || !str_eq(names->items[kept - 1], names->items[i]))
            names->items[kept++] = names->items[i];
    names->n = kept;
}

static bool is_too_deep(Str name)
{
    int dots = 0;
    for (size_t i = 0; i < name.n; i++) dots += name.p[i] == '.';
    return dots >= LIMIT_FIELD_DEPTH;
}

static void check_name(Arena *arena, const Type *type, Str name, Violations *bad)
{
    Place place = place_parameter(S("fields"));
    Str quoted = violation_quote(arena, name), unknown;
    FieldMask mask;
    if (is_too_deep(name))
        violation_add(bad, &place, VIOLATION(TOO_LONG), "\"%.*s\" must have at most %d names",
                      STR_ARG(quoted), LIMIT_FIELD_DEPTH);
    else if (!field_mask_parse(arena, type, (StrList){&name, 1}, &mask, &unknown))
        violation_add(bad, &place, VIOLATION(UNKNOWN_FIELD), "\"%.*s\" is not a field of %s",
                      STR_ARG(quoted), type->name);
}

void fields_choose(Request *rq, FieldsQuery *query, Violations *bad)
{
    Arena *arena = rq->cx->arena;
    size_t before = bad->total;
    Str unknown;
    if (query->fields.n == 0) return;
    put_in_order(&query->fields);
    for (size_t i = 0; i < query->fields.n; i++)
        check_name(arena, rq->route->reply, query->fields.items[i], bad);
    if (bad->total > before) return;
    Fields *fields = NEW(arena, Fields);
    *fields = (Fields){.query = query, .type = rq->route->reply};
    field_mask_parse(arena, fields->type, query->fields, &fields->mask, &unknown);
    rq->fields = fields;
}

bool fields_put(Buf *out, const Fields *fields, Str json)
{
    return json_project_items(out, json, fields->type, &fields->mask);
}
