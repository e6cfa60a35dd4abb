/* The routes of the protocol, each by its RFC. Their clients are other people's programs: parameters that
 * nobody knows are ignored (RFC 6749 §3.2), and refusals are as those programs read them. */
#include "modules/oauth/endpoints.h"
#include "modules/oauth/errors.h"

HANDLER(token_look, TokenRequest)
HANDLER(token_ahead, TokenRequest)
HANDLER(token_give, TokenRequest)
HANDLER(token_revoke, TokenQuestion)
HANDLER(token_introspect, TokenQuestion)
HANDLER_PLAIN(metadata_show)
HANDLER_PLAIN(configuration_show)
HANDLER_PLAIN(keys_show)

static const Error *const token_errors[] = {
    &oauth_invalid_request,        &oauth_invalid_client,
    &oauth_invalid_grant,          &oauth_unauthorized_client,
    &oauth_unsupported_grant_type, &oauth_invalid_scope,
    &oauth_mfa_required,           NULL};
static const Error *const revoke_errors[] = {&oauth_invalid_request, &oauth_invalid_client,
                                             &oauth_invalid_grant, &oauth_unsupported_token_type,
                                             NULL};
static const Error *const introspect_errors[] = {&oauth_invalid_request, &oauth_invalid_client,
                                                 NULL};

/* A server asks for all of its users from one address, and what is guessed at is limited elsewhere: secrets
 * and tokens are random, passwords and codes have limits of their own (accounts). */
static const LimitClass token_requests = {
    .name = "oauth-requests",
    .doc = "Requests of clients for and about tokens, by address.",
    .quota = 6000,
    .window_s = 60,
    .burst = 600};
const LimitClass *const oauth_limits[OAUTH_LIMITS] = {&token_requests};

/* No form is longer than its longest two tokens. */
enum { FORM_MAX = 65536 };

#define FORM                                                                                       \
    .takes = FORM_URLENCODED, .body_max = FORM_MAX, .lenient = true, .own_credentials = true,      \
    .secret = true, .limit = &token_requests, .refusals = &oauth_refusals

const Route oauth_routes[OAUTH_ROUTES] = {
    ROUTE(POST, OAUTH_TOKEN_PATH, token_give, "Get tokens (RFC 6749).", .tx = TX_WRITE, FORM,
          .body = &token_request_type, .reply = &token_answer_type, .look = token_look_handler,
          .ahead = token_ahead_handler, .ahead_lane = ROUTE_LANE_HASH, .errors = token_errors,
          .detail =
              "`grant_type` is one of `password`, `refresh_token`, `client_credentials` and "
              "`authorization_code`; the client says who it is by `Authorization: Basic …` or in "
              "the form.\n\nA user with a second factor is refused with `mfa_required` when the "
              "password is right: the same form with `otp` is taken then.\n\nEach refresh token is "
              "good for once, and the answer has the next one. One that was used before ends what "
              "it belongs to; only the last one answers again, for a minute, since its answer may "
              "have been lost."),
    ROUTE(POST, OAUTH_REVOKE_PATH, token_revoke, "Give a token back (RFC 7009).", .tx = TX_WRITE,
          FORM, .body = &token_question_type, .status = 200, .errors = revoke_errors,
          .detail = "The session that the token belongs to ends, and all of its tokens with it."),
    ROUTE(POST, OAUTH_INTROSPECT_PATH, token_introspect, "Ask what a token is for (RFC 7662).",
          .tx = TX_READ, FORM, .body = &token_question_type, .reply = &token_state_type,
          .errors = introspect_errors,
          .detail =
              "For clients that have a secret: each learns of its own tokens, one of the shop "
              "itself of all. Or for a key or user with the permission `oauth:read`, by "
              "`Authorization: Bearer …`."),
    ROUTE(GET, "/.well-known/oauth-authorization-server", metadata_show,
          "What the authorization server can do (RFC 8414).", .lenient = true,
          .reply = &server_metadata_type),
    ROUTE(GET, "/.well-known/openid-configuration", configuration_show,
          "The same, by OpenID Connect Discovery.", .lenient = true,
          .reply = &server_metadata_type),
    ROUTE(GET, OAUTH_KEYS_PATH, keys_show, "The keys that verify the shop's tokens (RFC 7517).",
          .tx = TX_READ, .lenient = true, .content_type = "application/json"),
};
