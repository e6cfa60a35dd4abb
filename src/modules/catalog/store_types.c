/* The statements of product types. */
#include "modules/catalog/store.h"

#define TYPE_COLUMNS "id, name, attributes, version, created_at, updated_at "

ProductTypeList product_types_all(Ctx *cx)
{
    return DB_LIST(
        ProductTypeList,
        db_all(cx, &product_type_type, "select " TYPE_COLUMNS "from product_types order by name"));
}

ProductType *product_type_read(Ctx *cx, Id id)
{
    return db_one(cx, &product_type_type, "select " TYPE_COLUMNS "from product_types where id = $1",
                  id);
}

ProductType *product_type_named(Ctx *cx, Str name)
{
    return db_one(cx, &product_type_type,
                  "select " TYPE_COLUMNS "from product_types where name = $1", name);
}

bool product_type_insert(Ctx *cx, const ProductType *type)
{
    return db_put(cx, &product_type_type, type,
                  "insert into product_types (id, name, attributes, version, created_at, "
                  "updated_at) values (:id, :name, :attributes, :version, :created_at, "
                  ":updated_at) on conflict (name) do nothing") == 1;
}

void product_type_touch(Ctx *cx, Id id)
{
    db_exec(cx, "update product_types set version = version + 1, updated_at = $2 where id = $1", id,
            ctx_now(cx));
}

void product_type_update(Ctx *cx, const ProductType *type)
{
    db_put(cx, &product_type_type, type,
           "update product_types set attributes = :attributes where id = :id");
}

bool product_type_is_used(Ctx *cx, Str name)
{
    return db_int(cx, 0, "select 1 from products where type = $1 limit 1", name) == 1;
}

void product_type_delete(Ctx *cx, Id id)
{
    db_exec(cx, "delete from product_types where id = $1", id);
}
