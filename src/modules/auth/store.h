/* The SQL of auth: every statement of the module is in store.c. */
#ifndef MODULES_AUTH_STORE_H
#define MODULES_AUTH_STORE_H

#include "modules/auth/types.h"

/* ---- Roles ---- */

RoleList roles_all(Ctx *cx); /* by name, with their permissions, but for the owner's */
Role *role_read(Ctx *cx, Id id);
Id role_by_name(Ctx *cx, Str name); /* 0: there is none */
int64_t roles_count(Ctx *cx);
void role_touch(Ctx *cx, Id id); /* counts a change, and holds the row until the commit */
bool role_insert(Ctx *cx, const Role *role); /* false: id or name is taken */
bool role_update(Ctx *cx, const Role *role); /* false: another has the name */
void role_put_permissions(Ctx *cx, Id role, StrList permissions);
bool role_is_given(Ctx *cx, Id role);
void role_delete(Ctx *cx, Id role);

StrList permissions_known(Ctx *cx);
int64_t permissions_known_count(Ctx *cx);
void permission_note_known(Ctx *cx, Str name);
void role_add_permission(Ctx *cx, Id role, Str name);

bool user_role_insert(Ctx *cx, Id user, Id role); /* false: he has it */
bool user_role_delete(Ctx *cx, Id user, Id role); /* false: he does not have it */
void user_roles_delete(Ctx *cx, Id user);
bool user_has_role(Ctx *cx, Id user, Id role);
int64_t role_holders(Ctx *cx, Id role);
RoleList user_roles(Ctx *cx, Id user); /* by name, without permissions */

/* The names that the user's roles and the customer's have; *owner: he is one. In one round trip. */
StrList user_permission_names(Ctx *cx, Id user, bool *owner);

/* ---- Keys ---- */

ApiKey *key_by_hash(Ctx *cx, Str hash);
ApiKey *key_read(Ctx *cx, Id id);
ApiKeyList keys_all(Ctx *cx); /* by id */
int64_t keys_count(Ctx *cx);
bool key_exists(Ctx *cx, Id id);
bool key_insert(Ctx *cx, const ApiKey *key); /* false: the id is taken */
void key_hold(Ctx *cx, Id id, Time now);     /* until the commit: nobody else changes it */
void key_update(Ctx *cx, const ApiKey *key);
bool key_delete(Ctx *cx, Id id);
void key_note_use(Ctx *cx, Id id, Time now);

/* ---- Sessions ---- */

Session *session_read(Ctx *cx, Id id);
SessionList sessions_of(Ctx *cx, Id user); /* newest first */
void session_insert(Ctx *cx, const Session *session);
bool session_delete(Ctx *cx, Id id);
void sessions_sweep(Ctx *cx, Id before); /* a few of the oldest that are below the id */
void session_note_use(Ctx *cx, Id id, Time now);

/* ---- Signing keys ---- */

SigningKeyList signing_keys_all(Ctx *cx); /* newest first */
void signing_key_insert(Ctx *cx, const SigningKey *key);
void signing_keys_forget(Ctx *cx, Id before); /* older than that one */

#endif
