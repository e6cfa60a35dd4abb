#include "modules/auth/keys.h"

#include "base/hash.h"
#include "modules/auth/audits.h"
#include "modules/auth/store.h"
#include "platform/changes.h"

enum { TOKEN_BYTES = 32, HINT_LENGTH = 4 };

static Str hash_of(Arena *arena, Str token)
{
    unsigned char hash[SHA256_BYTES];
    hash_sha256(token, hash); /* 256 random bits need no salt and no slow hash */
    return hex_text(arena, hash, sizeof hash);
}

bool key_make(Ctx *cx, ApiKey *key)
{
    const char *prefix = key->kind == KEY_PUBLIC ? "pk_" : "sk_";
    const Actor *actor = &cx->actor;
    if (!key->id.n) key->id = ctx_id(cx);
    key->token = random_token(cx->arena, cx->random, prefix, TOKEN_BYTES);
    key->hint = str_slice(key->token, key->token.n - HINT_LENGTH, key->token.n);
    key->hash = hash_of(cx->arena, key->token);
    key->made_by = actor->id.n ? id_text(cx->arena, actor->prefix, actor->id) : S("");
    key->created_at = key->updated_at = ctx_now(cx);
    key->last_used_at = (Time){0};
    key->present = PRESENT_ALL;
    MARK_ABSENT(&api_key_type, key, ApiKey, last_used_at);
    if (!key->expires_at.us) MARK_ABSENT(&api_key_type, key, ApiKey, expires_at);
    if (!key_insert(cx, key)) return false;
    audit(cx, &key_made, "key", key->id, &api_key_type, NULL, key);
    return true;
}

bool key_revoke(Ctx *cx, Id id)
{
    const ApiKey *key = key_read(cx, id);
    if (!key || !key_delete(cx, id)) return false;
    changed(cx, "key", id);
    audit(cx, &key_deleted, "key", id, &api_key_type, key, NULL);
    return true;
}

const ApiKey *key_of_token(Ctx *cx, Str token)
{
    return key_by_hash(cx, hash_of(cx->arena, token));
}

void key_take(ApiKey *key, const KeyInput *in)
{
    key->name = in->name;
    key->kind = in->kind;
    key->scopes = in->scopes;
    key->addresses = in->addresses;
    key->expires_at = in->expires_at;
}

/* ---- What one may hand on -------------------------------------------------------------------- */

PermissionSet auth_set_of(StrList names)
{
    return rules_set_of(names, NULL);
}

Verdict auth_may_hand_on(Ctx *cx, const PermissionSet *set)
{
    const Actor *actor = &cx->actor;
    Verdict verdict = rules_within(cx->arena, set, &actor->permissions);
    if (verdict.error || !actor->id.n || strcmp(actor->prefix, "key") != 0) return verdict;
    const ApiKey *own = key_read(cx, actor->id);
    bool bound = !own || own->expires_at.us || own->addresses.n;
    if (!bound) return verdict;
    return (Verdict){&error_too_strong, S("Your key has an end or addresses; this would not.")};
}

/* ---- The first ------------------------------------------------------------------------------- */

/* Always the same one, so that of two processes that start at once only one makes it. */
static const Id first_key_id = {1};

Str auth_first_key(Ctx *cx)
{
    if (keys_count(cx)) return (Str){0};
    Str everything = S("*");
    ApiKey key = {.id = first_key_id,
                  .name = S("first start"),
                  .scopes = {arena_copy(cx->arena, &everything, sizeof everything), 1}};
    return key_make(cx, &key) ? key.token : (Str){0};
}

AuthKeys auth_keys(Ctx *cx)
{
    bool first = key_exists(cx, first_key_id);
    return (AuthKeys){keys_count(cx), first ? first_key_id : (Id){0}};
}
