#include "modules/categories/change.h"

#include "meta/merge.h"
#include "meta/slug.h"
#include "modules/categories/rules.h"
#include "modules/categories/store.h"
#include "platform/changes.h"

Category *category_read(Ctx *cx, Id id, Str locale)
{
    CategoryList list = categories_named(cx, (IdList){&id, 1}, locale);
    return list.n ? list.items : NULL;
}

/* Inserts or updates by `put`; a handle that is left out is made from the title, and made unique. */
static Verdict put_with_handle(Ctx *cx, Category *category,
                               bool (*put)(Ctx *cx, const Category *category))
{
    bool made = !category->handle.n;
    if (made) category->handle = slug_of_title(cx->arena, category->title, S("category"));
    if (put(cx, category)) return (Verdict){0};
    if (made) category->handle = slug_unique(cx->arena, category->handle, category->id);
    if (made && put(cx, category)) return (Verdict){0};
    return (Verdict){&error_category_handle_taken,
                     str_format(cx->arena, "\"%.*s\" is taken.", STR_ARG(category->handle))};
}

Verdict category_create(Ctx *cx, Category *category)
{
    category_structure_take(cx);
    CategoryTree tree = category_tree_read(cx, cx->arena);
    Verdict verdict = category_may_add(cx->arena, &tree, category->parent);
    if (verdict.error) return verdict;
    bool placed = IS_SET(&category_type, category, Category, position);
    category->id = ctx_id(cx);
    category->position = category_position(&tree, category->id, category->parent,
                                           placed ? category->position : INT64_MAX);
    category->version = 1;
    category->created_at = category->updated_at = ctx_now(cx);
    if (category->parent.n) MARK_SET(&category_type, category, Category, parent);
    if (category->image.url.n) MARK_SET(&category_type, category, Category, image);
    merge_complete(&category_type, category);
    verdict = put_with_handle(cx, category, category_insert);
    if (verdict.error) return verdict;
    category_make_room(cx, category->id, category->parent, category->position, 1);
    changed(cx, "category", category->id);
    return (Verdict){0};
}

/* ---- Changing -------------------------------------------------------------------------------- */

bool category_moves(const Category *patch)
{
    return IS_SET(&category_type, patch, Category, parent) ||
           IS_SET(&category_type, patch, Category, position);
}

/* Where the category wants to stand: where the patch says; else where it stood, or behind all others
 * when the parent is a new one. */
static int64_t wanted_position(const Category *before, const Category *after, const Category *patch)
{
    const Field *position = type_field(&category_type, S("position"));
    if (field_is_null(&category_type, position, patch)) return INT64_MAX;
    if (field_is_set(&category_type, position, patch)) return patch->position;
    return id_eq(before->parent, after->parent) ? before->position : INT64_MAX;
}

/* Gives it its place, or says why it cannot have it. */
static Verdict find_place(Ctx *cx, const Category *before, Category *after, const Category *patch)
{
    CategoryTree tree = category_tree_read(cx, cx->arena);
    Verdict verdict = category_may_move(cx->arena, &tree, after->id, after->parent);
    if (verdict.error) return verdict;
    after->position =
        category_position(&tree, after->id, after->parent, wanted_position(before, after, patch));
    return (Verdict){0};
}

static void move(Ctx *cx, const Category *before, const Category *after)
{
    if (id_eq(before->parent, after->parent) && before->position == after->position) return;
    category_make_room(cx, after->id, before->parent, before->position + 1, -1);
    category_make_room(cx, after->id, after->parent, after->position, 1);
    category_put_below(cx, after->id, after->parent, after->position);
    if (!id_eq(before->parent, after->parent))
        announce(cx, &category_moved, &(CategoryEvent){after->id});
}

Verdict category_change(Ctx *cx, Category *category, const Category *patch)
{
    Category before = *category;
    Verdict verdict = {0};
    merge_patch(cx->arena, &category_type, category, patch);
    if (category_moves(patch)) verdict = find_place(cx, &before, category, patch);
    if (!verdict.error) verdict = put_with_handle(cx, category, category_update);
    if (verdict.error) return verdict;
    move(cx, &before, category);
    changed(cx, "category", category->id);
    return verdict;
}

Verdict category_remove(Ctx *cx, const Category *category)
{
    CategoryTree tree = category_tree_read(cx, cx->arena);
    Verdict verdict = category_may_delete(&tree, category->id);
    if (verdict.error) return verdict;
    announce(cx, &category_deleted, &(CategoryEvent){category->id});
    category_delete(cx, category->id);
    category_make_room(cx, category->id, category->parent, category->position + 1, -1);
    changed(cx, "category", category->id);
    return (Verdict){0};
}
