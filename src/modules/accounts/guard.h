/* How often one may try: what stands before everything that is guessed at, costs a hash or sends mail.
 * Who is slowed down, and that nobody is locked out by it, is in platform/api/attempts.h.
 *
 * Everything is counted by what was sent, so an account that is there and one that is not are refused
 * alike. Since the functions that compare passwords and codes (accounts.h) count by themselves, every
 * door is guarded: routes, pages, and other modules'. */
#ifndef MODULES_ACCOUNTS_GUARD_H
#define MODULES_ACCOUNTS_GUARD_H

#include "platform/api/attempts.h"

/* Attempts to guess a password; the account is LoginLook.account. */
extern const AttemptLimits guard_logins;

/* An attempt at a second factor. Those of one user are counted in his credentials (login.c). */
Verdict guard_code(Request *rq);

/* Before somebody who asks to register is mailed to: nothing is written down for whom it refuses. */
Verdict guard_registration(Request *rq, Str email);

/* Before a reset. *needless: the address has been sent so many links in the last hour that the last one
 * still is good; one more would only fill the box, and nobody is refused his own. */
Verdict guard_reset(Request *rq, Str email, bool *needless);

/* Before a link goes to the new address of somebody who has an account. */
Verdict guard_move(Request *rq, Str email);

enum { ACCOUNT_LIMITS = 8 };
extern const LimitClass *const account_limits[ACCOUNT_LIMITS];

#endif
