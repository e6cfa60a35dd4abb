#include "modules/auth/types.h"

#include "platform/permission.h"

const Type permission_row_type =
    TYPE(PermissionRow, "Something that one may be allowed.",
         FIELD(PermissionRow, name, "`products:write`: of what, and what."),
         FIELD(PermissionRow, description, "What it allows."));

const Type role_type = TYPE_WITH_ABSENCE(
    Role, "A set of permissions with a name, for people.",
    FIELD(Role, id, "Identifier.", .prefix = "role", .read_only = true),
    FIELD(Role, name, "Unique among roles; by it a role is given.", .required = true, .min = 1,
          .max = ROLE_NAME_MAX, .pattern = "^[a-z][a-z0-9-]*$"),
    FIELD(Role, description, "For whom it is.", .max = ROLE_DESCRIPTION_MAX, .initial = ""),
    FIELD(Role, permissions, "Their names, as `GET /v1/permissions` lists them.",
          .max = PERMISSIONS_MAX, .item_max = 100, .derived = true),
    FIELD(Role, builtin, "It came with the shop: it keeps its name and cannot be deleted.",
          .read_only = true),
    FIELD(Role, version, "Counts its changes.", .read_only = true),
    FIELD(Role, created_at, "When it was made.", .read_only = true),
    FIELD(Role, updated_at, "When it last changed.", .read_only = true));

const EnumNames key_kind_names = ENUM_NAMES("secret", "public");

#define KIND_DOC                                                                                       \
    "`secret` (`sk_…`) for programs of the shop; `public` (`pk_…`) may stand in a page, and sees " \
    "what everybody sees."
#define SCOPES_DOC                                                                                 \
    "The permissions that it has, by name; `*` for all that there are, now and later. A public "   \
    "key has none."
#define ADDRESSES_DOC                                                                              \
    "The addresses that it works from, as `192.0.2.0/24` or `2001:db8::1`; none: from everywhere."
#define EXPIRES_DOC "When it stops working; null: never."

const Type key_input_type = TYPE_WITH_ABSENCE(
    KeyInput, "A key of the API that is to be.",
    FIELD(KeyInput, name, "What it is for.", .required = true, .min = 1, .max = KEY_NAME_MAX),
    ENUM(KeyInput, kind, KIND_DOC, key_kind_names, .initial = "secret", .create_only = true),
    FIELD(KeyInput, scopes, SCOPES_DOC, .max = PERMISSIONS_MAX, .item_max = 100),
    FIELD(KeyInput, addresses, ADDRESSES_DOC, .max = KEY_ADDRESSES_MAX, .item_max = 50),
    FIELD(KeyInput, expires_at, EXPIRES_DOC, .nullable = true));

const Type api_key_type = TYPE_WITH_ABSENCE(
    ApiKey, "A key of the API, without its secret.",
    FIELD(ApiKey, id, "Identifier.", .prefix = "key"), ENUM(ApiKey, kind, KIND_DOC, key_kind_names),
    FIELD(ApiKey, name, "What it is for."), FIELD(ApiKey, scopes, SCOPES_DOC),
    FIELD(ApiKey, addresses, ADDRESSES_DOC),
    FIELD(ApiKey, expires_at, EXPIRES_DOC, .nullable = true),
    FIELD(ApiKey, token, "The secret, in the answer to who makes it; else null.", .nullable = true,
          .secret = true, .derived = true),
    FIELD(ApiKey, hint, "The last characters of the secret, to tell keys apart."),
    FIELD(ApiKey, hash, "SHA-256 of the secret.", .write_only = true, .secret = true),
    FIELD(ApiKey, made_by, "The id of the key or user who made it; empty: the command line."),
    FIELD(ApiKey, last_used_at, "When it was last used, to about ten minutes.", .nullable = true),
    FIELD(ApiKey, created_at, "When it was made."),
    FIELD(ApiKey, updated_at, "When it last changed."));

static const EnumNames session_kind_names = ENUM_NAMES("browser", "grant");

const Type session_type = TYPE_WITH_ABSENCE(
    Session, "Somewhere that a user is logged in: a browser, or a program that he has let in.",
    FIELD(Session, id, "Identifier.", .prefix = "sess"),
    FIELD(Session, user_id, "Who is logged in; null: a program for itself.", .prefix = "user",
          .nullable = true),
    ENUM(Session, kind, "`browser`, or `grant` for a program (OAuth 2).", session_kind_names),
    FIELD(Session, hash, "SHA-256 of the cookie's secret.", .nullable = true, .write_only = true,
          .secret = true),
    FIELD(Session, client_id, "The program.", .prefix = "client", .nullable = true),
    FIELD(Session, scope, "What the program may do."),
    FIELD(Session, impersonator, "Who of the staff acts as the user.", .prefix = "user",
          .nullable = true),
    FIELD(Session, user_agent, "What the browser called itself.", .personal = true),
    FIELD(Session, address, "Where it was logged in from.", .personal = true),
    FIELD(Session, last_used_at, "When it was last used, to about ten minutes."),
    FIELD(Session, expires_at, "When it ends at the latest."),
    FIELD(Session, current, "It is the one that asks.", .derived = true));

const Type current_session_type = TYPE_WITH_ABSENCE(
    CurrentSession, "The session that asks.",
    FIELD(CurrentSession, id, "Identifier.", .prefix = "sess"),
    FIELD(CurrentSession, user_id, "Who is logged in.", .prefix = "user"),
    FIELD(CurrentSession, impersonator, "Who of the staff acts as the user.", .prefix = "user",
          .nullable = true),
    FIELD(CurrentSession, permissions, "What the user may do beyond his own things."),
    FIELD(CurrentSession, csrf_token,
          "Of a browser: to be sent as `X-CSRF-Token` with whatever changes something.",
          .nullable = true, .secret = true),
    FIELD(CurrentSession, expires_at, "When it ends at the latest."));

const Type signing_key_type =
    TYPE(SigningKey, "What access tokens are signed by.",
         FIELD(SigningKey, id, "Identifier.", .prefix = "sig"),
         FIELD(SigningKey, jwk, "The public half."),
         FIELD(SigningKey, sealed, "Both halves, sealed by the vault.", .secret = true),
         FIELD(SigningKey, created_at, "When it was made."),
         FIELD(SigningKey, signs_from, "When it begins to sign."));
