/* What auth decides: values in, a verdict out; no database, no clock. */
#ifndef MODULES_AUTH_RULES_H
#define MODULES_AUTH_RULES_H

#include "modules/auth/types.h"

/* The set that the names stand for; "*" is all that there are. A name that this program does not have
 * is left out, and *unknown (NULL: nobody asks) is the first of them. */
PermissionSet rules_set_of(StrList names, Str *unknown);

/* The names of a set, sorted. */
StrList rules_names_of(Arena *arena, const PermissionSet *set);

/* Did somebody with `mine` make, change or read what is as strong as `set`? May he? */
Verdict rules_within(Arena *arena, const PermissionSet *set, const PermissionSet *mine);

/* May the actor give somebody a role, or take it from him, whose permissions are `theirs` before? */
Verdict rules_may_give(Arena *arena, const PermissionSet *mine, const PermissionSet *role,
                       const PermissionSet *theirs);

/* Is it a key that can be: known scopes, blocks of addresses, no scopes for a public one? */
Verdict rules_key_is_sound(Arena *arena, const ApiKey *key);

/* May an actor with `mine` have to do with `key`? When he is a key himself (`own`, else NULL), `key`
 * must not work for longer or from elsewhere than he does. */
Verdict rules_key_within(Arena *arena, const ApiKey *key, const PermissionSet *mine,
                         const ApiKey *own);

/* Does the key work now, and from there? */
bool rules_key_works(const ApiKey *key, Time now, NetAddress client);

/* The moment from which the session is over, if nobody uses it any more: idle for too long, or too old.
 * A session that began under other settings has no more than these give it, and no more than it was
 * given. */
Time rules_session_end(const Session *session, const SessionTimes *times);

/* Does the shop's own role of this name get the permission when a program first brings it? */
bool rules_role_begins_with(const Permission *permission, Id role, Str name);

extern const Error error_unknown_permission, error_bad_address_block, error_public_key_scopes;

#endif
