/* The vault: keys by purpose, sealing, signing. Where the master key comes from is master.c.
 *
 * What is sealed begins with a byte for the format and the master key's name, both of them
 * authenticated. So a vault knows what it cannot open from what was changed, and a later change of
 * the master key finds what is still sealed by the old one. Version 2 is of keys that are not the
 * vault's.
 *
 *     version (1 byte, 1) | id of the master key (4) | nonce (12) | ciphertext | tag (16)
 *     version (1 byte, 2) |                            nonce (12) | ciphertext | tag (16)
 *
 * The master key lies on a page of its own, which is kept out of swap and core dumps as far as the
 * system allows. In fact it is not the master key that lies there but what HKDF extracts of it: a
 * purpose then costs one HMAC, and the key itself is overwritten as soon as it has been read.
 *
 * Rejected: XChaCha20-Poly1305 (not in OpenSSL; its longer nonce is not needed while a purpose stays
 * below 2^32 messages), a counter for nonces (it would have to be shared by all processes and survive
 * the restoring of a backup; repeating one gives everything away). */
#include "platform/vault/key.h"

#include "base/hash.h"

#include <assert.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    VERSION = 1,
    OWN_VERSION = 2, /* by a key of the caller's own: nothing is known of it */
    ID_BYTES = VAULT_ID_DIGITS / 2,
    HEAD_BYTES = 1 + ID_BYTES,
    PURPOSE_MAX = 64,
};

struct Vault {
    unsigned char extracted[VAULT_KEY_BYTES]; /* HKDF's pseudorandom key */
    unsigned char id[ID_BYTES];
    bool made; /* the file, when it was opened */
};

const Error err_master_key = {
    .code = "master_key",
    .status = 500,
    .title = "The master key cannot be used.",
    .level = LOG_ERROR,
    .doc = "It seals what must stay secret in the database. It is 64 hexadecimal digits, in the "
           "setting master_key or in the file master.key of the data folder, which nobody but its "
           "owner may read. Every machine of a shop needs the same one.",
};

/* ---- What OpenSSL has ------------------------------------------------------------------------ */

/* Fetched once, as fetching takes locks. */
static struct {
    pthread_once_t once;
    EVP_KDF *hkdf;
    EVP_MAC *hmac;
    EVP_CIPHER *gcm;
} crypto = {.once = PTHREAD_ONCE_INIT};

static void fetch(void)
{
    crypto.hkdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    crypto.hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    crypto.gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
    assert(crypto.hkdf && crypto.hmac && crypto.gcm);
}

/* None of these fails but for want of memory, which ends the program everywhere. */
static void must(int ok)
{
    if (ok > 0) return;
    (void)!write(2, "souk: OpenSSL failed\n", 21);
    abort();
}

static OSSL_PARAM bytes_param(const char *name, const void *p, size_t n)
{
    return OSSL_PARAM_construct_octet_string(name, (void *)(uintptr_t)p, n);
}

static void hkdf(int mode, Str key, OSSL_PARAM more, unsigned char out[static VAULT_KEY_BYTES])
{
    pthread_once(&crypto.once, fetch);
    EVP_KDF_CTX *context = EVP_KDF_CTX_new(crypto.hkdf);
    must(context != NULL);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char[]){"SHA2-256"}, 0),
        bytes_param(OSSL_KDF_PARAM_KEY, key.p, key.n),
        more,
        OSSL_PARAM_construct_end(),
    };
    must(EVP_KDF_derive(context, out, VAULT_KEY_BYTES, params));
    EVP_KDF_CTX_free(context);
}

void vault_extract(Str salt, Str secret, unsigned char out[static VAULT_KEY_BYTES])
{
    hkdf(EVP_KDF_HKDF_MODE_EXTRACT_ONLY, secret, bytes_param(OSSL_KDF_PARAM_SALT, salt.p, salt.n),
         out);
}

void vault_expand(const unsigned char extracted[static VAULT_KEY_BYTES], Str info,
                  unsigned char out[static VAULT_KEY_BYTES])
{
    hkdf(EVP_KDF_HKDF_MODE_EXPAND_ONLY, (Str){(const char *)extracted, VAULT_KEY_BYTES},
         bytes_param(OSSL_KDF_PARAM_INFO, info.p, info.n), out);
}

/* ---- Making and closing ---------------------------------------------------------------------- */

/* Same purpose, other use: another key. */
static void derive(const Vault *vault, const char *use, const char *purpose,
                   unsigned char out[static VAULT_KEY_BYTES])
{
    char info[8 + PURPOSE_MAX];
    size_t used = strlen(use), n = strlen(purpose);
    assert(used <= 8 && n > 0 && n <= PURPOSE_MAX);
    memcpy(info, use, used);
    memcpy(info + used, purpose, n);
    vault_expand(vault->extracted, (Str){info, used + n}, out);
}

Vault *vault_new(const unsigned char master[static VAULT_KEY_BYTES])
{
    Vault *vault =
        mmap(NULL, sizeof *vault, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (vault == MAP_FAILED) abort();
    (void)mlock(vault, sizeof *vault); /* limits may not allow it */
    (void)madvise(vault, sizeof *vault, MADV_DONTDUMP);
    vault_extract(S("souk vault 1"), (Str){(const char *)master, VAULT_KEY_BYTES},
                  vault->extracted);
    unsigned char name[VAULT_KEY_BYTES];
    derive(vault, "id:", "master", name);
    memcpy(vault->id, name, ID_BYTES);
    return vault;
}

void vault_close(Vault *vault)
{
    if (!vault) return;
    explicit_bzero(vault, sizeof *vault);
    munmap(vault, sizeof *vault);
}

bool vault_was_made(const Vault *vault)
{
    return vault->made;
}

void vault_note_made(Vault *vault)
{
    vault->made = true;
}

Str vault_id(Arena *arena, const Vault *vault)
{
    return hex_text(arena, vault->id, ID_BYTES);
}

void vault_key(const Vault *vault, const char *purpose, unsigned char out[static VAULT_KEY_BYTES])
{
    derive(vault, "key:", purpose, out);
}

/* ---- Sealing --------------------------------------------------------------------------------- */

/* A context with all that is authenticated and not encrypted. */
static EVP_CIPHER_CTX *gcm_begin(const GcmText *text, int encrypts)
{
    int n;
    pthread_once(&crypto.once, fetch);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    must(context != NULL);
    must(EVP_CipherInit_ex2(context, crypto.gcm, text->key, text->nonce, encrypts, NULL));
    const Str parts[] = {text->head, text->about};
    for (size_t i = 0; i < 2; i++)
        if (parts[i].n)
            must(EVP_CipherUpdate(context, NULL, &n, (const unsigned char *)parts[i].p,
                                  (int)parts[i].n));
    return context;
}

void gcm_seal(const GcmText *text, Str plain, unsigned char *out, unsigned char *tag)
{
    int n, end;
    EVP_CIPHER_CTX *context = gcm_begin(text, 1);
    must(EVP_CipherUpdate(context, out, &n, (const unsigned char *)plain.p, (int)plain.n));
    must(EVP_CipherFinal_ex(context, out + n, &end));
    assert((size_t)(n + end) == plain.n);
    must(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, GCM_TAG_BYTES, tag));
    EVP_CIPHER_CTX_free(context);
}

bool gcm_open(const GcmText *text, Str cipher, const unsigned char *tag, unsigned char *out)
{
    int n, end;
    unsigned char expected[GCM_TAG_BYTES];
    memcpy(expected, tag, sizeof expected);
    EVP_CIPHER_CTX *context = gcm_begin(text, 0);
    must(EVP_CipherUpdate(context, out, &n, (const unsigned char *)cipher.p, (int)cipher.n));
    must(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, GCM_TAG_BYTES, expected));
    bool ours = EVP_CipherFinal_ex(context, out + n, &end) > 0;
    EVP_CIPHER_CTX_free(context);
    if (!ours) explicit_bzero(out, cipher.n); /* decrypted before it was known to be ours */
    return ours;
}

/* head | nonce | ciphertext | tag, as text. */
static Str seal(Arena *arena, const unsigned char *key, Str head, const Random *random, Str plain,
                Str about)
{
    assert(plain.n <= VAULT_PLAIN_MAX && about.n <= VAULT_PLAIN_MAX);
    size_t size = head.n + GCM_NONCE_BYTES + plain.n + GCM_TAG_BYTES;
    unsigned char *sealed = arena_alloc(arena, size, 1), *nonce = sealed + head.n;
    unsigned char *body = nonce + GCM_NONCE_BYTES;
    memcpy(sealed, head.p, head.n);
    random->fill(random->state, nonce, GCM_NONCE_BYTES);
    GcmText text = {key, nonce, head, about};
    gcm_seal(&text, plain, body, body + plain.n);
    return base64url_text(arena, sealed, size);
}

static bool unseal(Arena *arena, const unsigned char *key, Str head, Str sealed, Str about,
                   Str *plain)
{
    Str bytes;
    size_t around = head.n + GCM_NONCE_BYTES + GCM_TAG_BYTES;
    if (sealed.n > 2 * (size_t)VAULT_PLAIN_MAX || about.n > VAULT_PLAIN_MAX) return false;
    if (!base64url_parse(arena, sealed, &bytes) || bytes.n < around) return false;
    if (!str_starts(bytes, head)) return false;
    const unsigned char *nonce = (const unsigned char *)bytes.p + head.n;
    const unsigned char *body = nonce + GCM_NONCE_BYTES;
    size_t length = bytes.n - around;
    unsigned char *out = arena_alloc(arena, length, 1);
    GcmText text = {key, nonce, head, about};
    bool ours = gcm_open(&text, (Str){(const char *)body, length}, body + length, out);
    if (ours) *plain = (Str){(char *)out, length};
    return ours;
}

typedef struct Head {
    char bytes[HEAD_BYTES];
} Head;

static Head head_of(const Vault *vault)
{
    Head head = {{VERSION}};
    memcpy(head.bytes + 1, vault->id, ID_BYTES);
    return head;
}

Str vault_seal(Arena *arena, const Vault *vault, const Random *random, const char *purpose,
               Str plain, Str about)
{
    unsigned char key[VAULT_KEY_BYTES];
    Head head = head_of(vault);
    derive(vault, "seal:", purpose, key);
    Str sealed = seal(arena, key, (Str){head.bytes, sizeof head.bytes}, random, plain, about);
    explicit_bzero(key, sizeof key);
    return sealed;
}

bool vault_unseal(Arena *arena, const Vault *vault, const char *purpose, Str sealed, Str about,
                  Str *plain)
{
    unsigned char key[VAULT_KEY_BYTES];
    Head head = head_of(vault);
    derive(vault, "seal:", purpose, key);
    bool ours = unseal(arena, key, (Str){head.bytes, sizeof head.bytes}, sealed, about, plain);
    explicit_bzero(key, sizeof key);
    return ours;
}

static const char own_head[] = {OWN_VERSION};

Str key_seal(Arena *arena, const unsigned char key[static VAULT_KEY_BYTES], const Random *random,
             Str plain, Str about)
{
    return seal(arena, key, (Str){own_head, sizeof own_head}, random, plain, about);
}

bool key_unseal(Arena *arena, const unsigned char key[static VAULT_KEY_BYTES], Str sealed,
                Str about, Str *plain)
{
    return unseal(arena, key, (Str){own_head, sizeof own_head}, sealed, about, plain);
}

/* ---- Signing --------------------------------------------------------------------------------- */

static void sign(const Vault *vault, const char *purpose, Str message,
                 unsigned char out[static SHA256_BYTES])
{
    unsigned char key[VAULT_KEY_BYTES];
    size_t n;
    pthread_once(&crypto.once, fetch);
    derive(vault, "sign:", purpose, key);
    EVP_MAC_CTX *context = EVP_MAC_CTX_new(crypto.hmac);
    must(context != NULL);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char[]){"SHA2-256"}, 0),
        OSSL_PARAM_construct_end(),
    };
    must(EVP_MAC_init(context, key, sizeof key, params));
    must(EVP_MAC_update(context, (const unsigned char *)message.p, message.n));
    must(EVP_MAC_final(context, out, &n, SHA256_BYTES));
    EVP_MAC_CTX_free(context);
    explicit_bzero(key, sizeof key);
}

Str vault_sign(Arena *arena, const Vault *vault, const char *purpose, Str message)
{
    unsigned char mac[SHA256_BYTES];
    sign(vault, purpose, message, mac);
    return base64url_text(arena, mac, sizeof mac);
}

bool vault_signed(const Vault *vault, const char *purpose, Str message, Str signature)
{
    unsigned char mac[SHA256_BYTES];
    char text[BASE64URL_LENGTH(SHA256_BYTES)];
    sign(vault, purpose, message, mac);
    base64url_write(text, mac, sizeof mac);
    return signature.n == sizeof text && bytes_eq_constant_time(text, signature.p, sizeof text);
}
