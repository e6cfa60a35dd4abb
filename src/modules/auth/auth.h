/* Who may do what: roles and who has them, sessions, keys of the API; and by a request's credential,
 * who it comes from. See docs/internals/identity.md.
 *
 * Users are another module's: auth knows them by their ids. What one may give, make, change or end is
 * what his own permissions contain (platform/permission.h). */
#ifndef MODULES_AUTH_AUTH_H
#define MODULES_AUTH_AUTH_H

#include "platform/api/credential.h"
#include "platform/module.h"

/* ---- Roles ----------------------------------------------------------------------------------- */

/* Inside a WRITE transaction. Gives the user the role of that name; nothing when he has it. False:
 * there is no such role. Whether the actor may is the caller's to ask (auth_may_give). */
bool auth_grant(Ctx *cx, Id user, Str role);

/* Takes the role away; nothing when he does not have it. False, and nothing is changed: he is the
 * last owner. */
bool auth_revoke(Ctx *cx, Id user, Str role);

/* The user is banned or deleted: takes all his roles away and ends his sessions. False, and nothing
 * is changed: he is the last owner. */
bool auth_leave(Ctx *cx, Id user);

/* What the user may do: the permissions of his roles, and of the role `customer`, which every user
 * has. */
PermissionSet auth_permissions(Ctx *cx, Id user);

/* The names of his roles, sorted, without `customer`. */
StrList auth_roles(Ctx *cx, Id user);

/* May the actor of `cx` do to the user what needs to be at least as strong as he is (ban, change his
 * roles, act as him)? */
bool auth_is_within_reach(Ctx *cx, Id user);

/* How many owners there are: none before the first start has made one. */
int64_t auth_owner_count(Ctx *cx);

/* Has the shop no owner? Nobody else becomes one before the commit: of those who would make the first
 * owner at once, one is told so. First in a WRITE transaction. */
bool auth_wants_owner(Ctx *cx);

/* Set by the module of the users, at start: is there such a user? NULL: there are none. */
extern bool (*auth_user_exists)(Ctx *cx, Id user);

/* The permissions that the names stand for; "*" is all that there are. Other names are left out. */
PermissionSet auth_set_of(StrList names);

/* May the actor of `cx` make something that lasts (an OAuth client) and has these permissions? Not more
 * than he has himself; and a key that ends, or works from some addresses only, makes nothing that does
 * not. error_too_strong otherwise. */
Verdict auth_may_hand_on(Ctx *cx, const PermissionSet *set);

/* ---- Sessions -------------------------------------------------------------------------------- */

typedef enum SessionKind { SESSION_BROWSER, SESSION_GRANT } SessionKind;

typedef struct SessionStart {
    Id user; /* 0: a client acts for itself */
    SessionKind kind;
    Id client;      /* of a grant */
    Str scope;      /* of a grant: names with blanks between */
    Str user_agent; /* of a browser; cut to what tells devices apart */
    Id impersonator;
} SessionStart;

/* Begins a session from the actor's address, inside a WRITE transaction. A browser's *token is the
 * cookie's value (session_cookie); a grant has none, `token` may be NULL. Who logs in anew ends his
 * old session by auth_session_end. */
Id auth_session_start(Ctx *cx, const SessionStart *start, Str *token);

/* How long a session lives at most, and so its cookie. */
int64_t auth_session_life_s(void);

/* Ends it, and with it its cookie and access tokens; false when it was over. */
bool auth_session_end(Ctx *cx, Id session);

/* Ends all sessions of the user but one (0: all). */
void auth_sessions_end(Ctx *cx, Id user, Id except);

/* Is the session not over? For who keeps something that hangs on it (refresh tokens). */
bool auth_session_lives(Ctx *cx, Id session);

/* Somebody comes back with what hangs on it: it is not idle. Inside a WRITE transaction. */
void auth_session_use(Ctx *cx, Id session);

/* ---- Access tokens --------------------------------------------------------------------------- */

/* The shop's address, the `iss` and `aud` of its tokens; lives as long as the program. Nobody has a
 * token before it was told. */
void auth_set_issuer(const Str *url);
Str auth_issuer(void); /* empty: not yet */

typedef struct AccessToken {
    Id user;    /* 0: the client for itself */
    Id client;  /* 0: the shop's own pages and programs */
    Id session; /* that it ends with; 0: none, as for a client */
    Str scope; /* names with blanks between: of permissions, "*" for all that the user has, others */
} AccessToken;

enum { AUTH_TOKEN_LIFE_S = 900 };

/* A token by RFC 9068, inside a WRITE transaction (now and then a new key is made). Where somebody acts
 * as the session's user, it says who (`act`, RFC 8693 §4.1). Empty when the
 * vault cannot open the key that signs: it has another master key. */
Str auth_access_token(Ctx *cx, const AccessToken *token);

/* Any other token of the shop (an ID token), by the same keys: `claims` is a JSON object. */
Str auth_sign(Ctx *cx, const char *typ, Str claims);

/* What auth_sign has made, of that typ: its claims by `type`, in which unknown ones are ignored. It may
 * have expired, and be for anybody: it is a hint, and proves nothing about who shows it. NULL: it is
 * none of ours. Inside a transaction. */
const void *auth_read_signed(Ctx *cx, const char *typ, const Type *type, Str token);

/* `at_hash` beside such a token (OpenID Connect Core §3.1.3.6): the left half of a hash of the access
 * token, by the hash of the signature: SHA-512 of Ed25519. */
Str auth_half_hash(Arena *arena, Str token);

/* {"keys":[…]}: what the signatures are verified by (RFC 7517). Inside a transaction. */
Str auth_jwks(Ctx *cx);

/* What one of the shop's own access tokens says. */
typedef struct TokenFacts {
    Id user;   /* 0: the client for itself */
    Id client; /* 0: the shop's own pages and programs */
    Id session;
    Str scope, id; /* `jti` */
    Time issued_at, expires_at;
} TokenFacts;

/* False: it does not work (any more), or is none of ours. Inside a transaction. */
bool auth_token_look(Ctx *cx, Str token, TokenFacts *out);

/* Set by the module of OAuth's clients, at start: what may this client have now, by name? False: there
 * is no such client. NULL: there are none. */
extern bool (*auth_client_scopes)(Ctx *cx, Id client, StrList *scopes);

/* ---- Identification -------------------------------------------------------------------------- */

/* For ApiOptions: from memory, and by the database. */
bool auth_recall(const Credential *credential, Time now, Actor *actor);
const Error *auth_identify(Ctx *cx, const Credential *credential, uint64_t moment);

/* ---- The first start ------------------------------------------------------------------------- */

/* The shop's own roles are there, and have the permissions that this program brought. Inside a WRITE
 * transaction, at each start. */
void auth_settle(Ctx *cx);

/* Is there anything for auth_settle to do? Inside a transaction. */
bool auth_is_settled(Ctx *cx);

/* On a shop without any key: makes one with the owner's permissions and returns its token, which is
 * shown once and stored only as a hash. Empty when there are keys. Inside a WRITE transaction. */
Str auth_first_key(Ctx *cx);

/* Is there any key, and is the one of the first start still among them? Inside a transaction. */
typedef struct AuthKeys {
    int64_t count;
    Id first; /* 0: it was deleted */
} AuthKeys;
AuthKeys auth_keys(Ctx *cx);

extern const Error error_last_owner; /* 409 */
extern const Error error_too_strong; /* 403 */

extern const Module auth_module, keys_module, sessions_module, grants_module;

#endif
