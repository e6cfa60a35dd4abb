/* The second factor of a user: setting it up, checking codes, taking it away. */
#ifndef MODULES_ACCOUNTS_SECOND_H
#define MODULES_ACCOUNTS_SECOND_H

#include "modules/accounts/types.h"

extern const AuditAction second_on, second_off, second_codes;

/* The shared secret, unsealed; false: there is none, or the master key is another one. */
bool second_secret(Ctx *cx, const Credentials *row, Str *secret);

/* As recovery codes are stored: only who has the vault can find them by trying. */
Str recovery_hash(Ctx *cx, Id user, Str code);

/* Is this a code of the telephone, or a recovery code that is not used yet? Writes: it is used now, or
 * the wrong one is counted. `row` was read after it was taken (credentials_take). */
Verdict second_check(Ctx *cx, Credentials *row, Str code);

/* A new secret for a telephone, which counts when second_confirm has seen a code of it. */
Verdict second_begin(Ctx *cx, const User *user, TotpSetup *out);
Verdict second_confirm(Ctx *cx, const User *user, Str code, RecoveryCodes *out);
Verdict second_remove(Ctx *cx, const User *user);

/* Ten new recovery codes in place of those there were. */
Verdict second_renew_codes(Ctx *cx, Id user, RecoveryCodes *out);

#endif
