#include "modules/categories/store.h"

#include "meta/merge.h"
#include "meta/rows.h"
#include "modules/categories/rules.h"

/* ---- Reading --------------------------------------------------------------------------------- */

#define CATEGORY_COLUMNS                                                                           \
    "c.id, c.handle, coalesce(t.title, c.title) as title, "                                        \
    "coalesce(nullif(t.description, ''), c.description) as description, c.parent, c.position, "    \
    "c.image, coalesce(t.seo, c.seo) as seo, c.hidden, c.version, c.created_at, c.updated_at "

#define WITH_TEXTS "left join category_translations t on t.category_id = c.id and t.locale = $1 "

/* As category_tree_make wants its rows. */
#define TREE_ORDER "order by parent nulls first, position, id"

CategoryTree category_tree_read(Ctx *cx, Arena *arena)
{
    CategoryRowList rows =
        DB_LIST(CategoryRowList, db_all(cx, &category_row_type,
                                        "select id, parent, hidden from categories " TREE_ORDER));
    return category_tree_make(arena, rows);
}

CategoryList categories_all(Ctx *cx, Str locale)
{
    CategoryList list =
        DB_LIST(CategoryList, db_all(cx, &category_type,
                                     "select " CATEGORY_COLUMNS "from categories c " WITH_TEXTS
                                     "order by c.parent nulls first, c.position, c.id",
                                     locale));
    CategoryRowList rows = {NEW_N(cx->arena, CategoryRow, list.n), list.n};
    for (size_t i = 0; i < list.n; i++) {
        const Category *category = &list.items[i];
        rows.items[i] = (CategoryRow){category->id, category->parent, category->hidden};
    }
    CategoryTree tree = category_tree_make(cx->arena, rows);
    return category_arrange(cx->arena, &tree, list);
}

static const Category *category_in(CategoryList list, Id id)
{
    for (size_t i = 0; i < list.n; i++)
        if (id_eq(list.items[i].id, id)) return &list.items[i];
    return NULL;
}

/* Fills what follows from the way to the category, which is a run of `steps`. */
static void fill_path(Arena *arena, Category *category, AnyList steps)
{
    const CategoryStep *step = steps.items;
    category->path.items = NEW_N(arena, CategoryRef, CATEGORY_LEVELS_MAX);
    category->visible = true;
    for (size_t i = 0; i < steps.n; i++) {
        if (!id_eq(step[i].leaf, category->id)) continue;
        category->path.items[category->path.n++] =
            (CategoryRef){step[i].id, step[i].handle, step[i].title};
        category->visible &= !step[i].hidden;
    }
    category->depth = (int64_t)category->path.n - 1;
    merge_complete(&category_type, category);
}

CategoryList categories_named(Ctx *cx, IdList ids, Str locale)
{
    AnyList rows, steps;
    db_ask_all(cx, &rows, &category_type,
               "select " CATEGORY_COLUMNS "from categories c " WITH_TEXTS "where c.id in IDS($2)",
               locale, ids);
    db_ask_all(cx, &steps, &category_step_type,
               "with recursive up (leaf, id, parent, level) as ("
               "select id, id, parent, 1 from categories where id in IDS($2) "
               "union all select u.leaf, c.id, c.parent, u.level + 1 from up u "
               "join categories c on c.id = u.parent where u.level < $3) "
               "select u.leaf, c.id, c.handle, coalesce(t.title, c.title) as title, c.hidden "
               "from up u join categories c on c.id = u.id " WITH_TEXTS
               "order by u.leaf, u.level desc",
               locale, ids, (int64_t)CATEGORY_LEVELS_MAX);
    if (!db_settle(cx)) return (CategoryList){0};
    CategoryList found = {rows.items, rows.n}, named = {NEW_N(cx->arena, Category, ids.n), 0};
    for (size_t i = 0; i < ids.n; i++) {
        const Category *category = category_in(found, ids.items[i]);
        if (!category) continue;
        named.items[named.n] = *category;
        fill_path(cx->arena, &named.items[named.n++], steps);
    }
    return named;
}

Id category_stored_by_handle(Ctx *cx, Str handle)
{
    return (Id){db_int(cx, 0, "select id from categories where handle = $1", handle)};
}

Id category_child(Ctx *cx, Id parent, Str title)
{
    return (Id){db_int(cx, 0,
                       "select id from categories where parent is not distinct from $1 "
                       "and title = $2 order by position limit 1",
                       parent, title)};
}

bool categories_exist(Ctx *cx, IdList ids, Id *missing)
{
    CategoryRowList found =
        DB_LIST(CategoryRowList, db_all(cx, &category_row_type,
                                        "select id from categories where id in IDS($1)", ids));
    for (size_t i = 0; i < ids.n; i++) {
        bool there = false;
        for (size_t k = 0; k < found.n; k++) there |= id_eq(found.items[k].id, ids.items[i]);
        if (there) continue;
        *missing = ids.items[i];
        return false;
    }
    return true;
}

/* ---- Changing -------------------------------------------------------------------------------- */

void category_structure_take(Ctx *cx)
{
    db_post(cx, "update category_structure set changes = changes + 1 where id = 1");
}

void category_touch(Ctx *cx, Id id)
{
    db_post(cx, "update categories set version = version + 1, updated_at = $2 where id = $1", id,
            ctx_now(cx));
}

bool category_insert(Ctx *cx, const Category *category)
{
    return db_put(cx, &category_type, category,
                  "insert into categories (id, handle, title, description, parent, position, "
                  "image, seo, hidden, version, created_at, updated_at) "
                  "values (:id, :handle, :title, :description, :parent, :position, :image, :seo, "
                  ":hidden, :version, :created_at, :updated_at) "
                  "on conflict (handle) do nothing") == 1;
}

bool category_update(Ctx *cx, const Category *category)
{
    int64_t taken = db_int(cx, 0, "select id from categories where handle = $1 and id <> $2",
                           category->handle, category->id);
    if (taken) return false;
    db_put(cx, &category_type, category,
           "update categories set handle = :handle, title = :title, description = :description, "
           "image = :image, seo = :seo, hidden = :hidden where id = :id");
    return true;
}

void category_delete(Ctx *cx, Id id)
{
    db_exec(cx, "delete from categories where id = $1", id);
}

void category_make_room(Ctx *cx, Id id, Id parent, int64_t position, int64_t by)
{
    db_post(cx,
            "update categories set position = position + $4 "
            "where parent is not distinct from $2 and position >= $3 and id <> $1",
            id, parent, position, by);
}

void category_put_below(Ctx *cx, Id id, Id parent, int64_t position)
{
    db_post(cx, "update categories set parent = $2, position = $3 where id = $1", id, parent,
            position);
}

/* ---- Translations ---------------------------------------------------------------------------- */

LocaleTextsList category_texts_of(Ctx *cx, Id id)
{
    return DB_LIST(LocaleTextsList,
                   db_all(cx, &locale_texts_type,
                          "select locale, title, description, seo from category_translations "
                          "where category_id = $1 order by locale",
                          id));
}

void category_texts_put(Ctx *cx, Id id, const LocaleTexts *texts)
{
    const Field *seo = type_field(&locale_texts_type, S("seo"));
    Value seo_value = row_value(cx->arena, &locale_texts_type, seo, texts);
    db_exec(cx,
            "insert into category_translations (category_id, locale, title, description, seo) "
            "values ($1, $2, $3, $4, $5) on conflict (category_id, locale) do update set "
            "title = excluded.title, description = excluded.description, seo = excluded.seo",
            id, texts->locale, texts->title, texts->description, seo_value);
}

bool category_texts_delete(Ctx *cx, Id id, Str locale)
{
    return db_exec(cx, "delete from category_translations where category_id = $1 and locale = $2",
                   id, locale) == 1;
}
