#include "modules/oauth/types.h"

/* ---- Clients --------------------------------------------------------------------------------- */

static const char *const kind_docs[] = {
    "Runs on a server and can keep a secret.",
    "A page, an app or a command: whoever uses it can read it."};
const EnumNames client_kind_names = {
    .names = (const char *const[]){"confidential", "public"}, .n = 2, .docs = kind_docs};

#define KIND_DOC "`confidential` has a secret, `public` has none (RFC 6749 §2.1)."
#define NAME_DOC "What users are told that it is called."
#define PARTY_DOC                                                                                  \
    "It is the shop's own: users are not asked whether they let it in, unless any program could "  \
    "take its address."
#define REDIRECT_DOC                                                                               \
    "Where users are sent back to: https, http on this machine's own address, or for an app its "  \
    "own scheme (`com.example.app:/back`). Compared character by character; only the port of "     \
    "`http://127.0.0.1/…` and `http://[::1]/…` may be any (RFC 8252 §7.3)."
#define LOGOUT_DOC "Where they may be sent when they have logged out; compared in the same way."
#define GRANTS_DOC                                                                                 \
    "How it gets tokens: `authorization_code`, `refresh_token`, `client_credentials`, `password`."
#define SCOPES_DOC                                                                                 \
    "What it may ask for: permissions by name, `*` for all that there are, and `openid`, "         \
    "`profile`, `email`, `account`, `offline_access`."

#define URIS .max = CLIENT_URIS_MAX, .item_max = CLIENT_URI_MAX

const Type oauth_client_input_type = TYPE_WITH_ABSENCE(
    OauthClientInput, "A client that is to be.",
    FIELD(OauthClientInput, name, NAME_DOC, .required = true, .min = 1, .max = CLIENT_NAME_MAX),
    ENUM(OauthClientInput, kind, KIND_DOC, client_kind_names, .initial = "confidential",
         .create_only = true),
    FIELD(OauthClientInput, first_party, PARTY_DOC, .initial = "false"),
    FIELD(OauthClientInput, redirect_uris, REDIRECT_DOC, URIS),
    FIELD(OauthClientInput, post_logout_redirect_uris, LOGOUT_DOC, URIS),
    FIELD(OauthClientInput, grants, GRANTS_DOC, .max = CLIENT_GRANTS_MAX, .item_max = 40),
    FIELD(OauthClientInput, scopes, SCOPES_DOC, .max = CLIENT_SCOPES_MAX, .item_max = 100));

const Type oauth_client_type = TYPE_WITH_ABSENCE(
    OauthClient, "A program that acts for users or for itself (OAuth 2).",
    FIELD(OauthClient, id, "Identifier, its `client_id`.", .prefix = "client"),
    ENUM(OauthClient, kind, KIND_DOC, client_kind_names), FIELD(OauthClient, name, NAME_DOC),
    FIELD(OauthClient, first_party, PARTY_DOC), FIELD(OauthClient, redirect_uris, REDIRECT_DOC),
    FIELD(OauthClient, post_logout_redirect_uris, LOGOUT_DOC),
    FIELD(OauthClient, grants, GRANTS_DOC), FIELD(OauthClient, scopes, SCOPES_DOC),
    FIELD(OauthClient, secret,
          "Its `client_secret`, in the answer to who makes it or a new one; else null.",
          .nullable = true, .secret = true, .derived = true),
    FIELD(OauthClient, secret_hint, "The last characters of the secret; empty: it has none."),
    FIELD(OauthClient, secret_hash, "SHA-256 of the secret.", .write_only = true, .secret = true),
    FIELD(OauthClient, made_by, "The id of the user or key who made it; empty: the shop itself."),
    FIELD(OauthClient, created_at, "When it was made."),
    FIELD(OauthClient, updated_at, "When it last changed."));

/* ---- What was given -------------------------------------------------------------------------- */

const Type oauth_grant_type =
    TYPE(OauthGrant, "What a client was given for a user.",
         FIELD(OauthGrant, session_id, "It ends with this.", .prefix = "sess"),
         FIELD(OauthGrant, client_id, "To whom.", .prefix = "client"),
         FIELD(OauthGrant, user_id, "For whom.", .prefix = "user"),
         FIELD(OauthGrant, scope, "What for: names with blanks between."),
         FIELD(OauthGrant, salt, "Goes into its refresh tokens.", .secret = true),
         FIELD(OauthGrant, generation, "Counts its refresh tokens."),
         FIELD(OauthGrant, rotated_at, "When the last one was handed out."));

const Type oauth_code_type = TYPE_WITH_ABSENCE(
    OauthCode, "An authorization code.", FIELD(OauthCode, id, "Identifier.", .prefix = "code"),
    FIELD(OauthCode, hash, "SHA-256 of the code.", .secret = true),
    FIELD(OauthCode, client_id, "To whom it was given.", .prefix = "client"),
    FIELD(OauthCode, user_id, "For whom.", .prefix = "user"),
    FIELD(OauthCode, login_id, "The browser's session in which he said yes.", .prefix = "sess"),
    FIELD(OauthCode, redirect_uri, "Where it was sent."),
    FIELD(OauthCode, scope, "What for: names with blanks between."),
    FIELD(OauthCode, challenge, "PKCE's, by S256 (RFC 7636)."),
    FIELD(OauthCode, nonce, "For the ID token; empty: none."),
    FIELD(OauthCode, auth_time, "When the user had logged in."),
    FIELD(OauthCode, session_id, "The session that it gave; null: it was not used.",
          .prefix = "sess", .nullable = true),
    FIELD(OauthCode, expires_at, "When it is over."));

const Type oauth_consent_type =
    TYPE(OauthConsent, "What a user has let a client do.",
         FIELD(OauthConsent, user_id, "The user.", .prefix = "user"),
         FIELD(OauthConsent, client_id, "The client.", .prefix = "client"),
         FIELD(OauthConsent, scopes, "What it may have.", .max = CLIENT_SCOPES_MAX),
         FIELD(OauthConsent, created_at, "When he first said yes."),
         FIELD(OauthConsent, updated_at, "When he last did."));

/* ---- The token endpoint ---------------------------------------------------------------------- */

#define TEXT .max = FORM_TEXT_MAX

const Type token_request_type = TYPE(
    TokenRequest, "A form by RFC 6749.",
    FIELD(TokenRequest, grant_type, "How the token is come by.", .required = true, TEXT),
    FIELD(TokenRequest, client_id, "Who asks, unless `Authorization: Basic …` says it.", TEXT),
    FIELD(TokenRequest, client_secret, "Of a confidential client, the same.", .secret = true, TEXT),
    FIELD(TokenRequest, scope, "What for: names with blanks between; left out: all it may have.",
          TEXT),
    FIELD(TokenRequest, username, "`password`: the e-mail address.", .personal = true, TEXT),
    FIELD(TokenRequest, password, "`password`.", .secret = true, TEXT),
    FIELD(TokenRequest, otp,
          "`password`: the code of the second factor, where the answer was `mfa_required`.",
          .secret = true, TEXT),
    FIELD(TokenRequest, refresh_token, "`refresh_token`.", .secret = true, TEXT),
    FIELD(TokenRequest, code, "`authorization_code`.", .secret = true, TEXT),
    FIELD(TokenRequest, redirect_uri, "`authorization_code`: as it was asked for.", TEXT),
    FIELD(TokenRequest, code_verifier, "`authorization_code`: PKCE's.", .secret = true, TEXT));

const Type token_answer_type = TYPE_WITH_ABSENCE(
    TokenAnswer, "Tokens, by RFC 6749.",
    FIELD(TokenAnswer, access_token, "To be sent as `Authorization: Bearer …`.", .secret = true),
    FIELD(TokenAnswer, token_type, "`Bearer`."),
    FIELD(TokenAnswer, expires_in, "So many seconds it is good for."),
    FIELD(TokenAnswer, refresh_token, "For the next one; each is good for once.", .secret = true,
          .optional = true),
    FIELD(TokenAnswer, scope, "What the token is for."),
    FIELD(TokenAnswer, id_token, "Who the user is (OpenID Connect).", .secret = true,
          .optional = true));

/* ---- What is asked about tokens -------------------------------------------------------------- */

const Type token_question_type = TYPE(
    TokenQuestion, "A token, and who asks.",
    FIELD(TokenQuestion, token, "An access or refresh token.", .required = true, .min = 1,
          .secret = true, TEXT),
    FIELD(TokenQuestion, token_type_hint, "Not needed: tokens tell which they are.", TEXT),
    FIELD(TokenQuestion, client_id, "Who asks, unless `Authorization: Basic …` says it.", TEXT),
    FIELD(TokenQuestion, client_secret, "Of a confidential client, the same.", .secret = true,
          TEXT));

const Type token_state_type = TYPE_WITH_ABSENCE(
    TokenState, "What a token is for, by RFC 7662.",
    FIELD(TokenState, active, "It works. If not, nothing else is told."),
    FIELD(TokenState, scope, "What for.", .optional = true),
    FIELD(TokenState, client_id, "Who has it; `souk`: the shop's own pages.", .optional = true),
    FIELD(TokenState, token_type, "`Bearer`; of a refresh token nothing.", .optional = true),
    FIELD(TokenState, exp, "When it is over, in seconds since 1970.", .optional = true),
    FIELD(TokenState, iat, "When it was issued.", .optional = true),
    FIELD(TokenState, sub, "The user, or the client itself.", .optional = true),
    FIELD(TokenState, aud, "For whom: this shop.", .optional = true),
    FIELD(TokenState, iss, "By whom: this shop.", .optional = true),
    FIELD(TokenState, jti, "Names the token.", .optional = true),
    FIELD(TokenState, sid, "The session that it ends with.", .optional = true));

const Type server_metadata_type = TYPE(
    ServerMetadata, "What the server can do, by RFC 8414 and OpenID Connect Discovery.",
    FIELD(ServerMetadata, issuer, "The shop: `iss` of its tokens."),
    FIELD(ServerMetadata, authorization_endpoint, "The page where users let a client in."),
    FIELD(ServerMetadata, token_endpoint, "Where tokens are got."),
    FIELD(ServerMetadata, jwks_uri, "The keys that verify them."),
    FIELD(ServerMetadata, userinfo_endpoint, "Who the user is."),
    FIELD(ServerMetadata, revocation_endpoint, "Where tokens are given back."),
    FIELD(ServerMetadata, introspection_endpoint, "Where one asks about them."),
    FIELD(ServerMetadata, end_session_endpoint, "The page where users are logged out."),
    FIELD(ServerMetadata, scopes_supported, "Those that are no permissions, and `*`."),
    FIELD(ServerMetadata, response_types_supported, "Of the authorization endpoint."),
    FIELD(ServerMetadata, grant_types_supported, "The ways to get a token."),
    FIELD(ServerMetadata, token_endpoint_auth_methods_supported, "How clients show who they are."),
    FIELD(ServerMetadata, revocation_endpoint_auth_methods_supported, "The same."),
    FIELD(ServerMetadata, introspection_endpoint_auth_methods_supported, "The same."),
    FIELD(ServerMetadata, subject_types_supported, "`sub` is the same for every client."),
    FIELD(ServerMetadata, id_token_signing_alg_values_supported, "How tokens are signed."),
    FIELD(ServerMetadata, response_modes_supported, "How the browser brings a code."),
    FIELD(ServerMetadata, code_challenge_methods_supported,
          "Of PKCE, without which no code is given."),
    FIELD(ServerMetadata, prompt_values_supported,
          "What a request for a code may say in `prompt`."),
    FIELD(ServerMetadata, claims_supported, "What is told of a user."),
    FIELD(ServerMetadata, authorization_response_iss_parameter_supported,
          "Every answer of the page names the shop (RFC 9207)."),
    FIELD(ServerMetadata, request_parameter_supported, "Requests as tokens are not taken."),
    FIELD(ServerMetadata, request_uri_parameter_supported, "The same, by address."),
    FIELD(ServerMetadata, service_documentation, "For people."));
