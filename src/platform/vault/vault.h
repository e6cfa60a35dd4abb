/* The vault: what must stay secret at rest, and what must be known again as our own. See
 * docs/internals/vault.md.
 *
 * One master key of 256 bits stands behind all of it. It is never used itself: each purpose ("totp",
 * "links") has keys of its own, derived by HKDF-SHA-256 (RFC 5869), so that what was sealed for one
 * purpose is noise to every other. The key comes from the setting master_key, or from the file
 * master.key of the data folder, which the first start makes. Any thread may use a vault. */
#ifndef PLATFORM_VAULT_VAULT_H
#define PLATFORM_VAULT_VAULT_H

#include "base/error.h"
#include "base/random.h"
#include "base/str.h"

typedef struct Vault Vault;

enum {
    VAULT_KEY_BYTES = 32,
    VAULT_KEY_DIGITS = 64, /* of the master key as text: hexadecimal */
};

#define VAULT_FILE "master.key" /* in the data folder */

/* `setting`: the master key as 64 hexadecimal digits; empty: DATA/master.key holds it, and is made
 * (mode 0600, by `random`) when it is missing. On failure *detail says what to do, in `arena`, and
 * *out is untouched. Closed with vault_close. */
const Error *vault_open(Arena *arena, Str folder, Str setting, const Random *random, Vault **out,
                        Str *detail);
void vault_close(Vault *vault); /* overwrites the key; NULL is fine */

/* Names the master key without telling anything of it: 8 hexadecimal digits. */
enum { VAULT_ID_DIGITS = 8 };
Str vault_id(Arena *arena, const Vault *vault);

/* A key for whoever needs one of his own. `purpose` is a literal. */
void vault_key(const Vault *vault, const char *purpose, unsigned char out[static VAULT_KEY_BYTES]);

/* Encrypts `plain` and authenticates it together with `about` (what it belongs to: an id; empty:
 * nothing), by AES-256-GCM with a random nonce. Text, in the letters of base64url; about 4/3 of
 * `plain` and 44 characters. One purpose may seal 2^32 times (NIST SP 800-38D §8.3). */
Str vault_seal(Arena *arena, const Vault *vault, const Random *random, const char *purpose,
               Str plain, Str about);

/* False, and *plain untouched, when `sealed` is nothing that this vault has sealed for this purpose
 * and `about`: damaged, exchanged, or of another master key. */
bool vault_unseal(Arena *arena, const Vault *vault, const char *purpose, Str sealed, Str about,
                  Str *plain);

/* The same by a key of the caller's own, of which the vault knows nothing: that of a person, say, who
 * can be forgotten by forgetting the key. */
Str key_seal(Arena *arena, const unsigned char key[static VAULT_KEY_BYTES], const Random *random,
             Str plain, Str about);
bool key_unseal(Arena *arena, const unsigned char key[static VAULT_KEY_BYTES], Str sealed,
                Str about, Str *plain);

/* HMAC-SHA-256 of the message, base64url: for links and cursors, which anybody may read and nobody
 * else may make. */
enum { VAULT_SIGNATURE_LENGTH = 43 };
Str vault_sign(Arena *arena, const Vault *vault, const char *purpose, Str message);

/* Is it the signature of the message? In a time that does not depend on the answer. */
bool vault_signed(const Vault *vault, const char *purpose, Str message, Str signature);

extern const Error err_master_key;

#endif
