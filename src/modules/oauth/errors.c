#include "modules/oauth/errors.h"

const Error oauth_invalid_request = {
    "invalid_request", 400, "The request is not as the protocol wants it.", LOG_DEBUG,
    "A parameter is missing, stands twice or does not fit; the description says which."};
const Error oauth_invalid_client = {
    "invalid_client", 401, "The client is not known, or has not shown that it is the one.",
    LOG_INFO,
    "Send `client_id` and `client_secret` as `Authorization: Basic …`, or both in the form; a "
    "public client sends its `client_id` only. One way at a time."};
const Error oauth_invalid_grant = {
    "invalid_grant", 400, "What was sent for a token is wrong, used or over.", LOG_INFO,
    "Of a password: it or the address is wrong. Of a code or refresh token: begin anew."};
const Error oauth_unauthorized_client = {
    "unauthorized_client", 400, "The client does not get tokens in this way.", LOG_INFO,
    "Its `grants` do not name it; `PATCH /v1/oauth/clients/{id}` changes them."};
const Error oauth_unsupported_grant_type = {"unsupported_grant_type", 400,
                                            "There is no such way to get a token.", LOG_DEBUG,
                                            "`/.well-known/oauth-authorization-server` lists them "
                                            "as `grant_types_supported`."};
const Error oauth_invalid_scope = {"invalid_scope", 400, "The client may not ask for this scope.",
                                   LOG_DEBUG,
                                   "Ask for what its `scopes` name, or leave `scope` out."};
const Error oauth_mfa_required = {
    "mfa_required", 400, "The password is right; the user has a second factor.", LOG_DEBUG,
    "Send the same form with `otp`: the code that his telephone shows, or a recovery code."};
const Error oauth_unsupported_token_type = {
    "unsupported_token_type", 400, "This token cannot be taken back.", LOG_DEBUG,
    "A token that a client has got for itself ends within a quarter of an hour; change the "
    "client, or delete it, and it is over at once."};
const Error oauth_insufficient_scope = {"insufficient_scope", 403, "The token is not for this.",
                                        LOG_DEBUG,
                                        "RFC 6750 §3.1: its `scope` does not name what is needed."};
