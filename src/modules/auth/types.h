/* Types that only auth itself uses. */
#ifndef MODULES_AUTH_TYPES_H
#define MODULES_AUTH_TYPES_H

#include "modules/auth/auth.h"
#include "modules/auth/limits.h"

/* ---- Roles ----------------------------------------------------------------------------------- */

/* The shop's own, by their ids. */
enum {
    ROLE_OWNER = 1,
    ROLE_ADMINISTRATOR,
    ROLE_MANAGER,
    ROLE_SUPPORT,
    ROLE_CREATOR,
    ROLE_MODERATOR,
    ROLE_CUSTOMER,
    ROLE_BUILTIN_END
};

typedef struct Role {
    Present present;
    Id id;
    Str name;
    Str description;
    StrList permissions; /* by name, sorted; of the owner all */
    bool builtin;
    int64_t version;
    Time created_at, updated_at;
} Role;

typedef struct RoleList {
    Role *items;
    size_t n;
} RoleList;

extern const Type role_type;

/* A permission as data. */
typedef struct PermissionRow {
    Str name, description;
} PermissionRow;

extern const Type permission_row_type;

/* ---- Keys ------------------------------------------------------------------------------------ */

typedef enum KeyKind { KEY_SECRET, KEY_PUBLIC } KeyKind;

/* What whoever makes or changes a key says. */
typedef struct KeyInput {
    Present present;
    Str name;
    unsigned kind; /* KeyKind */
    StrList scopes;
    StrList addresses;
    Time expires_at;
} KeyInput;

typedef struct ApiKey {
    Present present;
    Id id;
    unsigned kind; /* KeyKind */
    Str name;
    StrList scopes;    /* names of permissions, or "*" for all that there are */
    StrList addresses; /* CIDR blocks that it works from; none: from everywhere */
    Time expires_at;
    Str token; /* only in the answer to who makes it */
    Str hint;  /* the last characters of the token, to tell keys apart */
    Str hash;  /* SHA-256 of the token, hexadecimal */
    Str made_by;
    Time last_used_at;
    Time created_at, updated_at;
} ApiKey;

typedef struct ApiKeyList {
    ApiKey *items;
    size_t n;
} ApiKeyList;

extern const EnumNames key_kind_names;
extern const Type key_input_type, api_key_type;

/* ---- Sessions -------------------------------------------------------------------------------- */

typedef struct Session {
    Present present;
    Id id;
    Id user_id;    /* 0: a client acts for itself */
    unsigned kind; /* SessionKind */
    Str hash;      /* of the cookie's secret, SHA-256 in base64url; none for a grant */
    Id client_id;  /* of a grant */
    Str scope;     /* of a grant: names with blanks between */
    Id impersonator;
    Str user_agent, address;
    Time last_used_at; /* to the nearest minutes */
    Time expires_at;   /* whatever happens */
    bool current;
} Session;

typedef struct SessionList {
    Session *items;
    size_t n;
} SessionList;

extern const Type session_type;

/* OWASP ASVS 5 §7.3 wants both ends and leaves the times to the shop: settings accounts.session_… */
typedef struct SessionTimes {
    int64_t idle_us, life_us;
} SessionTimes;

/* The session that asks, with what a page of it needs for writes. */
typedef struct CurrentSession {
    Present present;
    Id id, user_id;
    Id impersonator;
    StrList permissions;
    Str csrf_token;
    Time expires_at;
} CurrentSession;

extern const Type current_session_type;

/* ---- Signing keys ---------------------------------------------------------------------------- */

typedef struct SigningKey {
    Id id;
    Str jwk;    /* the public half */
    Str sealed; /* both, by the vault */
    Time created_at, signs_from;
} SigningKey;

typedef struct SigningKeyList {
    SigningKey *items;
    size_t n;
} SigningKeyList;

extern const Type signing_key_type;

#endif
