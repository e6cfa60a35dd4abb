/* Hashes: SipHash where a client chooses the keys, XXH3 where speed is all, SHA-256 for what is
 * compared later. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/str.h"

typedef struct SipKey {
    uint64_t k0, k1;
} SipKey;

uint64_t hash_sip(SipKey key, Str s); /* SipHash-2-4, Aumasson and Bernstein 2012 */

/* The same with 128 bits, for what is taken for equal when its hashes are: in one pass. */
typedef struct SipHash128 {
    uint64_t a, b;
} SipHash128;
SipHash128 hash_sip128(SipKey key, Str s);
uint64_t hash_fast(Str s); /* XXH3-64 of libxxhash; for ETags and tables of our own words */

enum { SHA256_BYTES = 32 };
void hash_sha256(Str s, unsigned char out[static SHA256_BYTES]); /* FIPS 180-4, by OpenSSL */

/* Of the parts one behind the other, without joining them. */
void hash_sha256_parts(const Str *parts, size_t n, unsigned char out[static SHA256_BYTES]);

enum { SHA512_BYTES = 64 };
void hash_sha512(Str s, unsigned char out[static SHA512_BYTES]); /* the same standard */

Str hex_text(Arena *arena, const unsigned char *bytes, size_t n); /* lower case */

/* RFC 4648 §5 without padding. Reading is strict: no padding, no blanks, no bits left over that are
 * set. */
#define BASE64URL_LENGTH(bytes) (((bytes)*8 + 5) / 6)
void base64url_write(char *out, const unsigned char *bytes, size_t n); /* as many letters */
Str base64url_text(Arena *arena, const unsigned char *bytes, size_t n);
bool base64url_parse(Arena *arena, Str text, Str *out);

bool bytes_eq_constant_time(const void *a, const void *b, size_t n);

#endif
