/* Codes that a telephone shows: TOTP (RFC 6238) over HOTP (RFC 4226), as every authenticator knows it:
 * HMAC-SHA-1, six digits, 30 seconds. And recovery codes, for the day that the telephone is lost. Pure. */
#ifndef MODULES_ACCOUNTS_TOTP_H
#define MODULES_ACCOUNTS_TOTP_H

#include "base/random.h"
#include "base/time.h"

enum {
    TOTP_SECRET_BYTES = 20, /* RFC 4226 §4: 160 bits */
    TOTP_DIGITS = 6,
    TOTP_STEP_S = 30,
    RECOVERY_CODES = 10,
    RECOVERY_CODE_LENGTH = 10, /* letters of 5 bits each, shown as two groups */
};

/* HOTP with that many digits (6 to 8), RFC 4226 §5.3. */
Str hotp_code(Arena *arena, Str secret, uint64_t counter, int digits);

/* Which code is this, at that time? The step's number, if it is that of the time or one of its
 * neighbours (RFC 6238 §5.2) and comes after `last`, the step of the code that was used before: each
 * is good for once. Else 0. Takes as long whichever it is. */
int64_t totp_match(Str secret, Time now, int64_t last, Str code);

/* What becomes a QR code: "otpauth://totp/ISSUER:ACCOUNT?secret=…", the Key URI format. */
Str totp_uri(Arena *arena, Str secret, Str issuer, Str account);

/* RFC 4648 §6 without padding: how people type a secret. */
Str base32_text(Arena *arena, Str bytes);

/* A new recovery code, "3f7ak-92mqz": 50 random bits in the letters of Crockford's base32. */
Str recovery_code_new(Arena *arena, const Random *random);

/* The code as it was made, whatever case, blanks and hyphens it was typed with; without a pointer when
 * it is none. */
Str recovery_code_form(Arena *arena, Str typed);

#endif
