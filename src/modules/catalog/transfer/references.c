#include "modules/catalog/transfer/references.h"

#include "modules/catalog/store.h"

#include "meta/merge.h"
#include "modules/categories/categories.h"
#include "platform/changes.h"

#include <inttypes.h>

References references_new(Ctx *cx, const Map *known)
{
    return (References){
        .cx = cx, .known = known, .found = map_new(cx->arena), .types = map_new(cx->arena)};
}

void references_forget(References *refs)
{
    refs->found = map_new(refs->cx->arena);
    refs->types = map_new(refs->cx->arena);
}

void references_keep(const References *refs, Arena *arena, Map *known)
{
    Str path;
    void *id;
    for (size_t at = 0; map_next(&refs->found, &at, &path, &id);)
        if (!map_get(known, path))
            map_put(known, str_copy(arena, path), arena_copy(arena, id, sizeof(Id)));
}

/* ---- Categories ------------------------------------------------------------------------------ */

static Id known_category(const References *refs, Str path)
{
    const Id *id = map_get(&refs->found, path);
    if (!id && refs->known) id = map_get(refs->known, path);
    return id ? *id : (Id){0};
}

static void note_category(References *refs, Str path, Id id)
{
    map_put(&refs->found, path, arena_copy(refs->cx->arena, &id, sizeof id));
}

static Id make_category(References *refs, Id parent, Str title, int64_t line, Remarks *remarks)
{
    Category category = {.title = str_copy(refs->cx->arena, title), .parent = parent};
    MARK_SET(&category_type, &category, Category, title);
    MARK_SET(&category_type, &category, Category, parent);
    Violations bad = violations_new(refs->cx->arena);
    if (!check_object(&bad, NULL, &category_type, &category)) {
        remark(remarks, true, line, S("/categories"), bad.items[0].code->code,
               "the category's title %.*s", STR_ARG(bad.items[0].message));
        return (Id){0};
    }
    Verdict verdict = category_create(refs->cx, &category);
    if (!verdict.error) return category.id;
    remark(remarks, true, line, S("/categories"), verdict.error->code, "%s %.*s",
           verdict.error->title, STR_ARG(verdict.detail));
    return (Id){0};
}

Id reference_category(References *refs, StrList titles, bool make, int64_t line, Remarks *remarks)
{
    Ctx *cx = refs->cx;
    Id id = {0};
    for (size_t level = 1; level <= titles.n; level++) {
        Str path = path_text(cx->arena, (StrList){titles.items, level});
        Id known = known_category(refs, path);
        if (!known.n) {
            known = category_child(cx, id, titles.items[level - 1]);
            if (!known.n && make)
                known = make_category(refs, id, titles.items[level - 1], line, remarks);
            if (!known.n) return known;
            note_category(refs, path, known);
        }
        id = known;
    }
    return id;
}

Str reference_path(References *refs, Id category)
{
    Ctx *cx = refs->cx;
    CategoryList list = categories_named(cx, (IdList){&category, 1}, S(""));
    if (!list.n) return S("");
    CategoryPath path = list.items[0].path;
    StrList titles = {NEW_N(cx->arena, Str, path.n), path.n};
    for (size_t i = 0; i < path.n; i++) titles.items[i] = path.items[i].title;
    return path_text(cx->arena, titles);
}

/* ---- Types ----------------------------------------------------------------------------------- */

static const ProductType *make_type(References *refs, Str name)
{
    Ctx *cx = refs->cx;
    ProductType *type = NEW(cx->arena, ProductType);
    *type = (ProductType){.present = PRESENT_ALL,
                          .id = ctx_id(cx),
                          .name = name,
                          .version = 1,
                          .created_at = ctx_now(cx),
                          .updated_at = ctx_now(cx)};
    if (!product_type_insert(cx, type)) return product_type_named(cx, name);
    changed(cx, "product_type", type->id);
    return type;
}

const ProductType *reference_type(References *refs, Str name, bool make)
{
    const ProductType *type = map_get(&refs->types, name);
    if (type || !name.n) return type;
    type = product_type_named(refs->cx, name);
    if (!type && make) type = make_type(refs, name);
    if (type) map_put(&refs->types, name, (void *)type);
    return type;
}
