/* Authorization codes: made by the page that the user agrees on, taken by the token endpoint. */
#ifndef MODULES_OAUTH_CODE_H
#define MODULES_OAUTH_CODE_H

#include "modules/oauth/grant.h"

/* Makes a code of what `row` says (id, hash and expiry are set here), inside a WRITE transaction: the
 * code, for the client. */
Str code_make(Ctx *cx, const OauthCode *row);

extern const Grant authorization_code_grant;

#endif
