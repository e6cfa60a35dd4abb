/* The refusals of RFC 6749 §5.2 and its successors: the rows' codes are the protocol's. */
#ifndef MODULES_OAUTH_ERRORS_H
#define MODULES_OAUTH_ERRORS_H

#include "platform/api/request.h"

extern const Error oauth_invalid_request, oauth_invalid_client, oauth_invalid_grant,
    oauth_unauthorized_client, oauth_unsupported_grant_type, oauth_invalid_scope,
    oauth_mfa_required, oauth_unsupported_token_type, oauth_insufficient_scope;

/* How routes of the protocol refuse (Route.refusals): {"error", "error_description"}, as
 * application/json, with the status of RFC 6749. docs/decisions/oauth-errors.md says why. */
extern const RefusalForm oauth_refusals;

/* {"error", "error_description"}. */
typedef struct OauthError {
    Str error, error_description;
} OauthError;

extern const Type oauth_error_type;

#endif
