/* Clients, what they were given, and what is sent to the protocol's endpoints. */
#ifndef MODULES_OAUTH_TYPES_H
#define MODULES_OAUTH_TYPES_H

#include "modules/oauth/limits.h"
#include "modules/oauth/oauth.h"

/* ---- Clients --------------------------------------------------------------------------------- */

typedef enum ClientKind {
    CLIENT_CONFIDENTIAL, /* can keep a secret: runs on a server */
    CLIENT_PUBLIC,       /* cannot: a page, an app, a command (RFC 6749 §2.1) */
} ClientKind;

/* What whoever makes or changes a client says. */
typedef struct OauthClientInput {
    Present present;
    unsigned kind; /* ClientKind */
    Str name;
    bool first_party;
    StrList redirect_uris, post_logout_redirect_uris;
    StrList grants; /* names of `oauth_grants` */
    StrList scopes; /* of permissions, "*", and of `oauth_scopes` */
} OauthClientInput;

typedef struct OauthClient {
    Present present;
    Id id;
    unsigned kind; /* ClientKind */
    Str name;
    bool first_party; /* of the shop itself: nobody is asked for consent */
    StrList redirect_uris, post_logout_redirect_uris;
    StrList grants;
    StrList scopes;
    Str secret;      /* only in the answer to who makes it */
    Str secret_hint; /* its last characters */
    Str secret_hash; /* SHA-256, hexadecimal; empty: it has none */
    Str made_by;
    Time created_at, updated_at;
} OauthClient;

typedef struct OauthClientList {
    OauthClient *items;
    size_t n;
} OauthClientList;

extern const EnumNames client_kind_names;
extern const Type oauth_client_input_type, oauth_client_type;

/* ---- What was given -------------------------------------------------------------------------- */

/* A client's, for a user: as long as the session. */
typedef struct OauthGrant {
    Id session_id, client_id, user_id;
    Str scope;          /* the most that its tokens may have */
    Str salt;           /* of its refresh tokens */
    int64_t generation; /* of the refresh token that counts */
    Time rotated_at;    /* when that was first handed out */
} OauthGrant;

/* An authorization code, between the page and the token. */
typedef struct OauthCode {
    Present present;
    Id id;
    Str hash;
    Id client_id, user_id;
    Id login_id; /* the browser's session in which the user said yes */
    Str redirect_uri, scope;
    Str challenge; /* PKCE's, S256 */
    Str nonce;     /* empty: none */
    Time auth_time;
    Id session_id; /* what it has given; absent: it was not used */
    Time expires_at;
} OauthCode;

/* What a user has let a client do. */
typedef struct OauthConsent {
    Id user_id, client_id;
    StrList scopes;
    Time created_at, updated_at;
} OauthConsent;

typedef struct OauthConsentList {
    OauthConsent *items;
    size_t n;
} OauthConsentList;

extern const Type oauth_grant_type, oauth_code_type, oauth_consent_type;

/* ---- The token endpoint ---------------------------------------------------------------------- */

/* All parameters of all grants; one that is empty was not sent (RFC 6749 §3.2). */
typedef struct TokenRequest {
    Str grant_type, client_id, client_secret, scope;
    Str username, password, otp;           /* password */
    Str refresh_token;                     /* refresh_token */
    Str code, redirect_uri, code_verifier; /* authorization_code */
} TokenRequest;

/* RFC 6749 §5.1. */
typedef struct TokenAnswer {
    Present present;
    Str access_token, token_type;
    int64_t expires_in;
    Str refresh_token, scope, id_token;
} TokenAnswer;

extern const Type token_request_type, token_answer_type;

/* ---- What is asked about tokens -------------------------------------------------------------- */

/* RFC 7009 §2.1, RFC 7662 §2.1. */
typedef struct TokenQuestion {
    Str token, token_type_hint, client_id, client_secret;
} TokenQuestion;

/* RFC 7662 §2.2. Of a token that does not work only `active` is there. */
typedef struct TokenState {
    Present present;
    bool active;
    Str scope, client_id, token_type;
    int64_t exp, iat;
    Str sub, aud, iss, jti, sid;
} TokenState;

extern const Type token_question_type, token_state_type;

/* RFC 8414 §2, OpenID Connect Discovery 1.0 §3. */
typedef struct ServerMetadata {
    Str issuer, authorization_endpoint, token_endpoint, jwks_uri, userinfo_endpoint,
        revocation_endpoint, introspection_endpoint, end_session_endpoint;
    StrList scopes_supported, response_types_supported, grant_types_supported;
    StrList token_endpoint_auth_methods_supported, revocation_endpoint_auth_methods_supported,
        introspection_endpoint_auth_methods_supported;
    StrList subject_types_supported, id_token_signing_alg_values_supported;
    StrList response_modes_supported, code_challenge_methods_supported, prompt_values_supported,
        claims_supported;
    bool authorization_response_iss_parameter_supported;
    bool request_parameter_supported, request_uri_parameter_supported;
    Str service_documentation;
} ServerMetadata;

extern const Type server_metadata_type;

#endif
