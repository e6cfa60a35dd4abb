/* Who may have what a route answers, by its row. The one place that decides it, for a request alone
 * and for one in a batch.
 *
 *     row                  | nobody known | known                                      | owner
 *     nothing              | through      | through                                    |
 *     needs                | 401          | through with the permission, else 403      |
 *     signed_in            | 401          | through as a user, else 403                |
 *     owner                | 401          | 404                                        | through
 *     needs and owner      | 401          | through with the permission, else 404      | through
 *     needs and signed_in  | 401          | through as a user with the permission, else 403
 *
 * Somebody else's object is "not there" rather than "not yours", so that nobody learns by its id that
 * it exists. A program that acts for a user without the scope `account` (actor.limited) is no owner, and no
 * user either, unless the row says any_scope. */
#ifndef PLATFORM_API_ACCESS_H
#define PLATFORM_API_ACCESS_H

#include "base/buf.h"
#include "platform/api/request.h"

/* The refusal, or a reply of {0}. Inside a transaction where the row has an owner. */
Reply access_check(Request *rq);

/* As much of it as can be said without a transaction: where the row has an owner, only that somebody
 * must be known. */
Reply access_check_ahead(Request *rq);

/* 401, with what the row asks for: nobody has said who he is. */
Reply access_ask_who(Request *rq);

/* Appends a sentence that says who may; nothing for everybody. */
void access_write(Buf *out, const Route *route);

#endif
