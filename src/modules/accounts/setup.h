/* The first start: how the shop gets its owner. */
#ifndef MODULES_ACCOUNTS_SETUP_H
#define MODULES_ACCOUNTS_SETUP_H

#include "modules/accounts/types.h"

/* Makes the owner, first in a WRITE transaction. Refused when the shop has one (error_bad_link), however many try at once,
 * or the address is another user's (error_email_taken). */
Verdict setup_owner(Ctx *cx, Str email, Str name, Str password_hash, Id *out);

/* The token of the link to the page that makes the owner: good for a day, and as long as there is
 * none. */
Str setup_link(Ctx *cx);
bool setup_link_holds(Ctx *cx, Str token);

#endif
