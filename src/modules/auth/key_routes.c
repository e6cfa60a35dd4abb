/* Keys of the API, over the API. A key that is stronger than the actor is not there for him. */
#include "meta/merge.h"
#include "modules/auth/audits.h"
#include "modules/auth/commands.h"
#include "modules/auth/keys.h"
#include "modules/auth/store.h"
#include "platform/api/errors.h"
#include "platform/changes.h"

static const Permission keys_read = {"keys:read", "See keys of the API, without their secrets.",
                                     .roles = ""};
static const Permission keys_write = {"keys:write", "Make, change and delete keys of the API.",
                                      .roles = ""};

static const Error error_keys_full = {"keys_full", 409, "There are as many keys as there can be.",
                                      LOG_DEBUG, "Delete keys that nobody uses any more."};

static bool is_within_reach(const Request *rq, const ApiKey *key)
{
    PermissionSet set = rules_set_of(key->scopes, NULL);
    return permission_set_within(&set, &rq->cx->actor.permissions);
}

static Reply list_keys(Request *rq)
{
    ApiKeyList all = keys_all(rq->cx);
    size_t n = 0;
    for (size_t i = 0; i < all.n; i++)
        if (is_within_reach(rq, &all.items[i])) all.items[n++] = all.items[i];
    return ok_list(&api_key_type, (AnyList){all.items, n}, (Str){0});
}
HANDLER_PLAIN(list_keys)

static ApiKey *find_key(Request *rq)
{
    ApiKey *key = key_read(rq->cx, rq->id);
    return key && is_within_reach(rq, key) ? key : NULL;
}

static Reply show_key(Request *rq)
{
    const ApiKey *key = find_key(rq);
    return key ? ok(&api_key_type, key) : not_found(rq, "key");
}
HANDLER_PLAIN(show_key)

/* May the actor make it, or make it what it is now? */
static Verdict judge(Request *rq, const ApiKey *key)
{
    Ctx *cx = rq->cx;
    bool by_key = strcmp(cx->actor.prefix, "key") == 0;
    const ApiKey *own = by_key ? key_read(cx, cx->actor.id) : NULL;
    Verdict verdict = rules_key_is_sound(cx->arena, key);
    return verdict.error ? verdict : rules_key_within(cx->arena, key, &cx->actor.permissions, own);
}

static Reply create_key(Request *rq, const KeyInput *in)
{
    Ctx *cx = rq->cx;
    ApiKey *key = NEW(cx->arena, ApiKey);
    KeyInput *input = arena_copy(cx->arena, in, sizeof *in);
    if (keys_count(cx) >= KEYS_MAX) return fail(rq, &error_keys_full, "There are %d.", KEYS_MAX);
    merge_complete(&key_input_type, input);
    key_take(key, input);
    Verdict verdict = judge(rq, key);
    if (verdict.error) return refuse(verdict);
    key_make(cx, key);
    return created(
        &api_key_type, key,
        str_format(cx->arena, "/v1/keys/%.*s", STR_ARG(id_text(cx->arena, "key", key->id))));
}
HANDLER(create_key, KeyInput)

static KeyInput input_of(const ApiKey *key)
{
    KeyInput input = {.present = PRESENT_ALL,
                      .name = key->name,
                      .kind = key->kind,
                      .scopes = key->scopes,
                      .addresses = key->addresses,
                      .expires_at = key->expires_at};
    if (!key->expires_at.us) MARK_ABSENT(&key_input_type, &input, KeyInput, expires_at);
    return input;
}

static Reply change_key(Request *rq, const KeyInput *patch)
{
    Ctx *cx = rq->cx;
    key_hold(cx, rq->id, ctx_now(cx));
    ApiKey *key = find_key(rq);
    if (!key) return not_found(rq, "key");
    const ApiKey *before = arena_copy(cx->arena, key, sizeof *key);
    KeyInput input = input_of(key);
    merge_patch(cx->arena, &key_input_type, &input, patch);
    key_take(key, &input);
    if (input.expires_at.us)
        MARK_SET(&api_key_type, key, ApiKey, expires_at);
    else
        MARK_ABSENT(&api_key_type, key, ApiKey, expires_at);
    Verdict verdict = judge(rq, key);
    if (verdict.error) return refuse(verdict);
    key_update(cx, key);
    changed(cx, "key", key->id);
    audit(cx, &key_changed, "key", key->id, &api_key_type, before, key);
    return ok(&api_key_type, key);
}
HANDLER(change_key, KeyInput)

static Reply delete_key(Request *rq)
{
    if (!find_key(rq)) return not_found(rq, "key");
    key_revoke(rq->cx, rq->id);
    return no_content();
}
HANDLER_PLAIN(delete_key)

/* ---- The table ------------------------------------------------------------------------------- */

static const Error *const create_errors[] = {&error_keys_full,          &error_too_strong,
                                             &error_unknown_permission, &error_bad_address_block,
                                             &error_public_key_scopes,  NULL};
static const Error *const change_errors[] = {&error_too_strong, &error_unknown_permission,
                                             &error_bad_address_block, &error_public_key_scopes,
                                             NULL};

static const Route routes[] = {
    ROUTE(GET, "/v1/keys", list_keys, "List the keys that are not stronger than oneself.",
          .tx = TX_READ, .needs = &keys_read, .reply = &api_key_type, .list = true),
    ROUTE(GET, "/v1/keys/{id:key}", show_key, "Read a key, without its secret.", .tx = TX_READ,
          .needs = &keys_read, .reply = &api_key_type),
    ROUTE(POST, "/v1/keys", create_key, "Make a key; its secret is in this answer only.",
          .tx = TX_WRITE, .needs = &keys_write, .body = &key_input_type, .reply = &api_key_type,
          .status = 201, .secret = true, .errors = create_errors,
          .detail =
              "Nobody makes a key that may do more than he may himself; a key makes none that "
              "works longer, or from more addresses, than it does."),
    ROUTE(PATCH, "/v1/keys/{id:key}", change_key, "Change a key.", .tx = TX_WRITE,
          .needs = &keys_write, .body = &key_input_type, .body_mode = BODY_MERGE_PATCH,
          .reply = &api_key_type, .errors = change_errors),
    ROUTE(DELETE, "/v1/keys/{id:key}", delete_key,
          "Delete a key: requests with it are refused from now on.", .tx = TX_WRITE,
          .needs = &keys_write),
};

static const Error *const errors[] = {&error_keys_full};
static const Permission *const permissions[] = {&keys_read, &keys_write};

const Module keys_module = {
    .name = "keys",
    .doc = "Keys of the API: secret ones for programs, public ones for pages.",
    MODULE_ROWS(routes, route),
    MODULE_ROWS(errors, error),
    MODULE_ROWS(permissions, permission),
    .commands = key_commands,
    .command_count = KEY_COMMANDS,
};
