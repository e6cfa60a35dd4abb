#include "modules/pricing/store.h"

#define LIST_COLUMNS "id, handle, name, note, version, created_at, updated_at "

bool pricing_list_exists(Ctx *cx, Id list)
{
    return db_int(cx, 0, "select id from price_lists where id = $1", list) != 0;
}

PriceListList price_lists_all(Ctx *cx)
{
    return DB_LIST(PriceListList, db_all(cx, &price_list_type,
                                         "select " LIST_COLUMNS "from price_lists order by name"));
}

PriceList *price_list_read(Ctx *cx, Id id)
{
    return db_one(cx, &price_list_type, "select " LIST_COLUMNS "from price_lists where id = $1",
                  id);
}

int64_t price_lists_count(Ctx *cx)
{
    return db_int(cx, 0, "select count(*) from price_lists");
}

void price_list_touch(Ctx *cx, Id id)
{
    db_post(cx, "update price_lists set version = version + 1, updated_at = $2 where id = $1", id,
            ctx_now(cx));
}

bool price_list_insert(Ctx *cx, const PriceList *list)
{
    return db_put(cx, &price_list_type, list,
                  "insert into price_lists (id, handle, name, note, version, created_at, "
                  "updated_at) values (:id, :handle, :name, :note, :version, :created_at, "
                  ":updated_at) on conflict do nothing") == 1;
}

bool price_list_name_taken(Ctx *cx, const PriceList *list)
{
    return db_int(cx, 0, "select id from price_lists where name = $1 and id <> $2", list->name,
                  list->id) != 0;
}

bool price_list_update(Ctx *cx, const PriceList *list)
{
    int64_t taken =
        db_int(cx, 0, "select id from price_lists where (handle = $1 or name = $2) and id <> $3",
               list->handle, list->name, list->id);
    if (taken) return false;
    db_put(cx, &price_list_type, list,
           "update price_lists set handle = :handle, name = :name, note = :note where id = :id");
    return true;
}

void price_list_delete(Ctx *cx, Id id)
{
    db_exec(cx, "delete from price_lists where id = $1", id);
}
