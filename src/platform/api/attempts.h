/* Attempts: limits for what is guessed at: a password, a code. They slow whoever guesses down without
 * letting him lock anybody out, as in "Slow Down Online Guessing Attacks with Device Cookies" (OWASP):
 *
 *     address    all attempts of an address, whoever they are for
 *     pair       all attempts of an address at one account
 *     account    attempts at an account that have failed, wherever they came from; does not hold for a
 *                device from which somebody has succeeded before
 *     device     those of such a device that have failed: a stolen one is no way around
 *
 * So a stranger can close an account to clients that it has never seen, for the class's window, and
 * to nobody else. A device is known by a cookie that is signed and says nothing of the account.
 *
 *     look      nothing
 *     ahead     Reply refused = attempt_begin(rq, &logins, key); if (refused.status) return refused;
 *               …hash…
 *               if (wrong) attempt_failed(rq, &logins, key);
 *     handler   on success: reply.headers gets attempt_cookie(rq, key)
 *
 * The account is named by what was sent, in its normal form, whether there is such an account or not:
 * answers must not tell. */
#ifndef PLATFORM_API_ATTEMPTS_H
#define PLATFORM_API_ATTEMPTS_H

#include "platform/api/request.h"

/* Rows of the module (Module.limits). */
typedef struct AttemptLimits {
    const LimitClass *address, *pair, *account, *device;
} AttemptLimits;

/* Before what is costly or tells something. The 429, or a reply of {0}. */
Reply attempt_begin(Request *rq, const AttemptLimits *limits, Str account);

/* After it, when it was wrong. Once in a request. */
void attempt_failed(Request *rq, const AttemptLimits *limits, Str account);

/* The line "Set-Cookie: …\r\n" by which this device is known for half a year. `rq->cx->vault` is
 * there. */
Str attempt_cookie(Request *rq, Str account);

#endif
