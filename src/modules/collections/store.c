#include "modules/collections/store.h"

#include "meta/rows.h"
#include "platform/changes.h"

/* ---- Reading --------------------------------------------------------------------------------- */

#define COLLECTION_COLUMNS                                                                         \
    "c.id, c.handle, coalesce(t.title, c.title) as title, "                                        \
    "coalesce(nullif(t.description, ''), c.description) as description, c.image, "                 \
    "coalesce(t.seo, c.seo) as seo, c.hidden, c.kind, c.match, c.rules, c.sort, c.position, "      \
    "c.version, c.created_at, c.updated_at "

#define WITH_TEXTS                                                                                 \
    "left join collection_translations t on t.collection_id = c.id and t.locale = $1 "

Collection *collection_read(Ctx *cx, Id id, Str locale)
{
    return db_one(cx, &collection_type,
                  "select " COLLECTION_COLUMNS "from collections c " WITH_TEXTS "where c.id = $2",
                  locale, id);
}

Id collection_by_handle(Ctx *cx, Str handle)
{
    return (Id){db_int(cx, 0, "select id from collections where handle = $1", handle)};
}

CollectionList collection_page(Ctx *cx, Str locale, bool all, const CollectionCursor *after,
                               int64_t limit)
{
    return DB_LIST(CollectionList,
                   db_all(cx, &collection_type,
                          "select " COLLECTION_COLUMNS "from collections c " WITH_TEXTS
                          "where (c.position, c.id) > ($2, $3) and ($4 or not c.hidden) "
                          "order by c.position, c.id limit $5",
                          locale, after->position, after->id.n, all, limit));
}

/* ---- Writing --------------------------------------------------------------------------------- */

void collection_touch(Ctx *cx, Id id)
{
    db_post(cx, "update collections set version = version + 1, updated_at = $2 where id = $1", id,
            ctx_now(cx));
}

bool collection_insert(Ctx *cx, const Collection *collection)
{
    return db_put(cx, &collection_type, collection,
                  "insert into collections (id, handle, title, description, image, seo, hidden, "
                  "kind, match, rules, sort, position, version, created_at, updated_at) "
                  "values (:id, :handle, :title, :description, :image, :seo, :hidden, :kind, "
                  ":match, :rules, :sort, :position, :version, :created_at, :updated_at) "
                  "on conflict (handle) do nothing") == 1;
}

bool collection_update(Ctx *cx, const Collection *collection)
{
    int64_t taken = db_int(cx, 0, "select id from collections where handle = $1 and id <> $2",
                           collection->handle, collection->id);
    if (taken) return false;
    db_put(cx, &collection_type, collection,
           "update collections set handle = :handle, title = :title, description = :description, "
           "image = :image, seo = :seo, hidden = :hidden, match = :match, rules = :rules, "
           "sort = :sort, position = :position where id = :id");
    return true;
}

void collection_delete(Ctx *cx, Id id)
{
    db_exec(cx, "delete from collections where id = $1", id);
}

/* ---- Members --------------------------------------------------------------------------------- */

void collections_ask(Ctx *cx, CollectionPlaces *places, IdList products)
{
    db_ask_all(cx, &places->rows, &collection_place_type,
               "select product_id as product, collection_id as collection, position "
               "from collection_products where product_id in IDS($1) "
               "order by product_id, collection_id",
               products);
}

CollectionPlaces collection_members(Ctx *cx, Id id)
{
    AnyList rows = db_all(cx, &collection_place_type,
                          "select product_id as product, collection_id as collection, position "
                          "from collection_products where collection_id = $1 "
                          "order by position, product_id",
                          id);
    return (CollectionPlaces){.rows = rows};
}

void collection_members_put(Ctx *cx, Id id, CollectionPlaces places)
{
    for (size_t i = 0; i < places.n; i++)
        db_post(cx,
                "insert into collection_products (collection_id, product_id, position) "
                "values ($1, $2, $3) on conflict (collection_id, product_id) "
                "do update set position = excluded.position",
                id, places.items[i].product, places.items[i].position);
}

int64_t collection_members_remove(Ctx *cx, Id id, IdList products)
{
    return db_exec(cx,
                   "delete from collection_products "
                   "where collection_id = $1 and product_id in IDS($2)",
                   id, products);
}

/* Each collection is taken before its members, as everywhere. */
void collections_forget_product(Ctx *cx, Id product)
{
    AnyList rows = db_all(cx, &collection_place_type,
                          "select collection_id as collection from collection_products "
                          "where product_id = $1 order by collection_id",
                          product);
    const CollectionPlace *places = rows.items;
    for (size_t i = 0; i < rows.n; i++) {
        collection_touch(cx, places[i].collection);
        changed(cx, "collection", places[i].collection);
    }
    if (rows.n) db_post(cx, "delete from collection_products where product_id = $1", product);
}

/* ---- Translations ---------------------------------------------------------------------------- */

LocaleTextsList collection_texts_of(Ctx *cx, Id id)
{
    return DB_LIST(LocaleTextsList,
                   db_all(cx, &locale_texts_type,
                          "select locale, title, description, seo from collection_translations "
                          "where collection_id = $1 order by locale",
                          id));
}

void collection_texts_put(Ctx *cx, Id id, const LocaleTexts *texts)
{
    const Field *seo = type_field(&locale_texts_type, S("seo"));
    Value seo_value = row_value(cx->arena, &locale_texts_type, seo, texts);
    db_exec(cx,
            "insert into collection_translations (collection_id, locale, title, description, seo) "
            "values ($1, $2, $3, $4, $5) on conflict (collection_id, locale) do update set "
            "title = excluded.title, description = excluded.description, seo = excluded.seo",
            id, texts->locale, texts->title, texts->description, seo_value);
}

bool collection_texts_delete(Ctx *cx, Id id, Str locale)
{
    return db_exec(cx,
                   "delete from collection_translations where collection_id = $1 and locale = $2",
                   id, locale) == 1;
}
