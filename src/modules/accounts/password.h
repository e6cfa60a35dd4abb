/* Passwords: how they are kept, compared, and which are refused. No database; argon2 is the only
 * thing here that takes time, and belongs on the hash lane. See docs/internals/accounts.md. */
#ifndef MODULES_ACCOUNTS_PASSWORD_H
#define MODULES_ACCOUNTS_PASSWORD_H

#include "base/random.h"
#include "base/str.h"

enum {
    PASSWORD_MIN = 8,   /* characters; NIST SP 800-63B §5.1.1.2, the setting may ask for more */
    PASSWORD_MAX = 128, /* characters: longer than any sentence that one remembers */
    PASSWORD_INPUT_MAX = 1024, /* bytes that are looked at: 128 characters of four, and some that
                                  NFKC takes apart */
};

/* The form that is hashed: NFKC (NIST SP 800-63B §5.1.1.2), so that it does not matter how a keyboard
 * composes an é. In `arena`. Without a pointer when it is no UTF-8, or longer than is looked at. */
Str password_form(Arena *arena, Str password);

/* Argon2id with a new salt, as a PHC string: "$argon2id$v=19$m=19456,t=2,p=1$salt$hash". Takes 19 MB
 * and some 20 ms. `form` as password_form makes it. Without a pointer when there is no memory. */
Str password_hash(Arena *arena, const Random *random, Str form);

typedef enum PasswordFit {
    PASSWORD_WRONG,
    PASSWORD_RIGHT,
    PASSWORD_RIGHT_OUTDATED, /* but hashed with other parameters than today's: hash it anew */
} PasswordFit;

/* Compares with a PHC string. An empty one (nobody, or an account without password) costs as much as
 * any and is never right: so the time does not tell who has an account. */
PasswordFit password_check(Str form, Str phc);

/* ---- Which are refused ----------------------------------------------------------------------- */

/* Whose password it would be: what it may not be equal to. */
typedef struct PasswordOwner {
    Str name, email;
} PasswordOwner;

/* Why it cannot be a password, as the rest of "The password …" without a full stop; empty: it can.
 * `min` is the setting. `form` may be without a pointer (it was no text, or too long). */
Str password_refused(Arena *arena, Str form, const PasswordOwner *owner, int64_t min);

/* Is it, whatever its case, among those that everybody uses? */
bool password_is_common(Str form);

#endif
