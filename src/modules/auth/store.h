/* The SQL of auth: every statement of the module is in store.c. */
#ifndef MODULES_AUTH_STORE_H
#define MODULES_AUTH_STORE_H

#include "modules/auth/auth.h"

typedef struct ApiKey {
    Id id;
    Str name;
    Str hint; /* the last characters of the token, to tell keys apart */
    Str hash; /* SHA-256 of the token, hexadecimal */
    Time created_at;
} ApiKey;

typedef struct ApiKeyList {
    ApiKey *items;
    size_t n;
} ApiKeyList;

extern const Type api_key_type;

Id api_key_by_hash(Ctx *cx, Str hash); /* 0 when there is none */
int64_t api_key_count(Ctx *cx);
bool api_key_exists(Ctx *cx, Id id);
bool api_key_insert(Ctx *cx, const ApiKey *key); /* false: the id is taken */
ApiKeyList api_keys_all(Ctx *cx);
bool api_key_delete(Ctx *cx, Id id);

#endif
