#include "modules/auth/store.h"

const Type api_key_type =
    TYPE(ApiKey, "A secret key, without the secret.",
         FIELD(ApiKey, id, "Identifier.", .prefix = "key"), FIELD(ApiKey, name, "What it is for."),
         FIELD(ApiKey, hint, "The last characters of the secret."),
         FIELD(ApiKey, hash, "SHA-256 of the secret.", .write_only = true, .secret = true),
         FIELD(ApiKey, created_at, "When it was made."));

Id api_key_by_hash(Ctx *cx, Str hash)
{
    return (Id){db_int(cx, 0, "select id from api_keys where hash = $1", hash)};
}

int64_t api_key_count(Ctx *cx)
{
    return db_int(cx, 0, "select count(*) from api_keys");
}

bool api_key_exists(Ctx *cx, Id id)
{
    return db_int(cx, 0, "select count(*) from api_keys where id = $1", id) == 1;
}

bool api_key_insert(Ctx *cx, const ApiKey *key)
{
    return db_put(cx, &api_key_type, key,
                  "insert into api_keys (id, name, hint, hash, created_at) "
                  "values (:id, :name, :hint, :hash, :created_at) "
                  "on conflict (id) do nothing") == 1;
}

ApiKeyList api_keys_all(Ctx *cx)
{
    return DB_LIST(ApiKeyList, db_all(cx, &api_key_type,
                                      "select id, name, hint, created_at from api_keys "
                                      "order by id"));
}

bool api_key_delete(Ctx *cx, Id id)
{
    return db_exec(cx, "delete from api_keys where id = $1", id) == 1;
}
