/* What the files of the vault share, and its tests look at. */
#ifndef PLATFORM_VAULT_KEY_H
#define PLATFORM_VAULT_KEY_H

#include "platform/vault/vault.h"

enum {
    VAULT_PLAIN_MAX = 16 << 20, /* one message of AES-GCM, in memory whole; OpenSSL counts in int */
};

Vault *vault_new(const unsigned char master[static VAULT_KEY_BYTES]);

/* Was its file made when it was opened? */
bool vault_was_made(const Vault *vault);
void vault_note_made(Vault *vault);

/* Of a key as text. False, and `out` untouched: it is none. */
bool vault_key_parse(Str text, unsigned char out[static VAULT_KEY_BYTES]);
bool vault_key_is_weak(const unsigned char key[static VAULT_KEY_BYTES]);

/* RFC 5869: HKDF-Extract (§2.2) and HKDF-Expand (§2.3) to 32 bytes, with SHA-256. */
void vault_extract(Str salt, Str secret, unsigned char out[static VAULT_KEY_BYTES]);
void vault_expand(const unsigned char extracted[static VAULT_KEY_BYTES], Str info,
                  unsigned char out[static VAULT_KEY_BYTES]);

/* AES-256-GCM as it is (NIST SP 800-38D), with nonces of 96 bits and tags of 128. The additional data
 * is `head` and `about`, one behind the other. `out` has room for as many bytes as come in; the open
 * one answers false, with nothing in `out`, when the tag does not fit. */
enum { GCM_NONCE_BYTES = 12, GCM_TAG_BYTES = 16 };
typedef struct GcmText {
    const unsigned char *key, *nonce;
    Str head, about;
} GcmText;
void gcm_seal(const GcmText *text, Str plain, unsigned char *out, unsigned char *tag);
bool gcm_open(const GcmText *text, Str cipher, const unsigned char *tag, unsigned char *out);

#endif
