/* SipHash is our own: OpenSSL has it as a MAC, whose set-up costs more than hashing a short key of a table
 * (test_hash.c compares the two). SHA-2 is OpenSSL's, and SHA-256, which is asked often, is fetched once:
 * looking an algorithm up takes longer than hashing a token. XXH3 is libxxhash's.
 *
 * Rejected: one hash for all. Keys that clients choose want one that they cannot aim at, contents of pages
 * the fastest, what is stored the one that everybody knows. */
#include "base/hash.h"

#include <assert.h>
#include <endian.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <xxhash.h>

/* ---- SipHash-2-4 ----------------------------------------------------------------------------- */

static uint64_t rotate(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[0] = rotate(v[0], 32);
    v[2] += v[3];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

static void sip_word(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    sip_round(v);
    sip_round(v);
    v[0] ^= word;
}

/* Fewer than eight bytes, little-endian. */
static uint64_t load_rest(Str s, size_t from)
{
    uint64_t word = 0;
    for (size_t i = from; i < s.n; i++) word |= (uint64_t)(unsigned char)s.p[i] << (8 * (i - from));
    return word;
}

static uint64_t load_word(const char *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof word);
    return le64toh(word);
}

static void sip_begin(uint64_t v[4], SipKey key)
{
    v[0] = key.k0 ^ 0x736f6d6570736575u;
    v[1] = key.k1 ^ 0x646f72616e646f6du;
    v[2] = key.k0 ^ 0x6c7967656e657261u;
    v[3] = key.k1 ^ 0x7465646279746573u;
}

static void sip_text(uint64_t v[4], Str s)
{
    size_t i = 0;
    for (; s.n - i >= 8; i += 8) sip_word(v, load_word(s.p + i));
    sip_word(v, (uint64_t)s.n << 56 | load_rest(s, i));
}

static uint64_t sip_end(uint64_t v[4])
{
    for (int round = 0; round < 4; round++) sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint64_t hash_sip(SipKey key, Str s)
{
    uint64_t v[4];
    sip_begin(v, key);
    sip_text(v, s);
    v[2] ^= 0xff;
    return sip_end(v);
}

/* As in the authors' reference implementation: the state is another one from the start, and is asked twice. */
SipHash128 hash_sip128(SipKey key, Str s)
{
    uint64_t v[4];
    SipHash128 hash;
    sip_begin(v, key);
    v[1] ^= 0xee;
    sip_text(v, s);
    v[2] ^= 0xee;
    hash.a = sip_end(v);
    v[1] ^= 0xdd;
    hash.b = sip_end(v);
    return hash;
}

uint64_t hash_fast(Str s)
{
    return XXH3_64bits(s.p, s.n);
}

/* ---- SHA-256 --------------------------------------------------------------------------------- */

static EVP_MD *sha256;
static pthread_once_t sha256_once = PTHREAD_ONCE_INIT;

/* Fetched once: EVP_sha256() would look the algorithm up again in each digest. */
static void fetch_sha256(void)
{
    sha256 = EVP_MD_fetch(NULL, "SHA2-256", NULL);
    assert(sha256);
}

void hash_sha256(Str s, unsigned char out[static SHA256_BYTES])
{
    pthread_once(&sha256_once, fetch_sha256);
    int ok = EVP_Digest(s.p, s.n, out, NULL, sha256, NULL);
    assert(ok == 1);
}

void hash_sha256_parts(const Str *parts, size_t n, unsigned char out[static SHA256_BYTES])
{
    pthread_once(&sha256_once, fetch_sha256);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int ok = context && EVP_DigestInit_ex2(context, sha256, NULL);
    for (size_t i = 0; i < n; i++) ok = ok && EVP_DigestUpdate(context, parts[i].p, parts[i].n);
    ok = ok && EVP_DigestFinal_ex(context, out, NULL);
    assert(ok);
    EVP_MD_CTX_free(context);
}

/* Seldom enough to look the algorithm up each time. */
void hash_sha512(Str s, unsigned char out[static SHA512_BYTES])
{
    int ok = EVP_Digest(s.p, s.n, out, NULL, EVP_sha512(), NULL);
    assert(ok == 1);
}

/* ---- bytes as text --------------------------------------------------------------------------- */

Str hex_text(Arena *arena, const unsigned char *bytes, size_t n)
{
    char *text = arena_alloc(arena, 2 * n, 1);
    for (size_t i = 0; i < n; i++) {
        text[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
        text[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
    }
    return (Str){text, 2 * n};
}

static const char base64url_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void base64url_write(char *out, const unsigned char *bytes, size_t n)
{
    uint32_t bits = 0;
    int held = 0;
    for (size_t i = 0; i < n; i++) {
        bits = bits << 8 | bytes[i];
        for (held += 8; held >= 6; held -= 6) *out++ = base64url_digits[bits >> (held - 6) & 63];
    }
    if (held) *out = base64url_digits[bits << (6 - held) & 63];
}

Str base64url_text(Arena *arena, const unsigned char *bytes, size_t n)
{
    size_t length = BASE64URL_LENGTH(n);
    char *text = arena_alloc(arena, length, 1);
    base64url_write(text, bytes, n);
    return (Str){text, length};
}

static int base64url_value(char c)
{
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == '-' ? 62 : c == '_' ? 63 : -1;
}

bool base64url_parse(Arena *arena, Str text, Str *out)
{
    if (text.n % 4 == 1) return false; /* six bits make no byte */
    ArenaMark mark = arena_mark(arena);
    size_t length = text.n / 4 * 3 + text.n % 4 * 6 / 8;
    char *bytes = arena_alloc(arena, length, 1), *at = bytes;
    uint32_t bits = 0;
    int held = 0;
    bool ok = true;
    for (size_t i = 0; ok && i < text.n; i++) {
        int value = base64url_value(text.p[i]);
        ok = value >= 0;
        bits = bits << 6 | (uint32_t)(value & 63);
        held += 6;
        if (held < 8) continue;
        held -= 8;
        *at++ = (char)(bits >> held);
    }
    if (!ok || bits & ((1u << held) -
                       1)) { /* left-over bits that are set: a second spelling of the same bytes */
        arena_rewind(arena, mark);
        return false;
    }
    *out = (Str){bytes, length};
    return true;
}

bool bytes_eq_constant_time(const void *a, const void *b, size_t n)
{
    return CRYPTO_memcmp(a, b, n) == 0;
}
