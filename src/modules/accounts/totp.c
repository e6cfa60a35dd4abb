#include "modules/accounts/totp.h"

#include "base/buf.h"
#include "base/hash.h"
#include "meta/query.h"

#include <assert.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

enum { SHA1_BYTES = 20, DIGITS_MAX = 8 };

/* RFC 4226 §5.3: HMAC of the counter, dynamic truncation, the last digits. */
static void write_code(char *out, Str secret, uint64_t counter, int digits)
{
    unsigned char message[8], mac[SHA1_BYTES];
    unsigned length = sizeof mac;
    for (int i = 0; i < 8; i++) message[i] = (unsigned char)(counter >> (56 - 8 * i));
    const unsigned char *done =
        HMAC(EVP_sha1(), secret.p, (int)secret.n, message, sizeof message, mac, &length);
    assert(done && length == SHA1_BYTES);
    const unsigned char *at = mac + (mac[SHA1_BYTES - 1] & 0x0f);
    uint32_t number = (uint32_t)(at[0] & 0x7f) << 24 | (uint32_t)at[1] << 16 |
                      (uint32_t)at[2] << 8 | (uint32_t)at[3];
    for (int i = digits - 1; i >= 0; i--, number /= 10) out[i] = (char)('0' + number % 10);
}

Str hotp_code(Arena *arena, Str secret, uint64_t counter, int digits)
{
    char code[DIGITS_MAX];
    assert(digits >= 6 && digits <= DIGITS_MAX);
    write_code(code, secret, counter, digits);
    return str_copy(arena, (Str){code, (size_t)digits});
}

int64_t totp_match(Str secret, Time now, int64_t last, Str code)
{
    int64_t step = now.us / 1000000 / TOTP_STEP_S, found = 0;
    char expected[TOTP_DIGITS];
    if (code.n != TOTP_DIGITS) return 0;
    for (int64_t at = step - 1; at <= step + 1; at++) {
        write_code(expected, secret, (uint64_t)at, TOTP_DIGITS);
        bool same = bytes_eq_constant_time(expected, code.p, TOTP_DIGITS);
        if (same && at > last) found = at;
    }
    return found;
}

/* ---- How it is shown ------------------------------------------------------------------------- */

/* `letters` of 32; the bits that are left over are zeros. */
static Str write_base32(Arena *arena, Str bytes, const char letters[static 32])
{
    size_t n = (bytes.n * 8 + 4) / 5;
    char *text = arena_alloc(arena, n + 1, 1);
    for (size_t i = 0; i < n; i++) {
        size_t bit = i * 5, at = bit / 8;
        unsigned pair = (unsigned)(unsigned char)bytes.p[at] << 8;
        if (at + 1 < bytes.n) pair |= (unsigned char)bytes.p[at + 1];
        text[i] = letters[pair >> (11 - bit % 8) & 31];
    }
    return (Str){text, n};
}

Str base32_text(Arena *arena, Str bytes)
{
    return write_base32(arena, bytes, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");
}

Str totp_uri(Arena *arena, Str secret, Str issuer, Str account)
{
    Buf out = buf_new(arena, 4096);
    buf_lit(&out, "otpauth://totp/");
    percent_encode(&out, issuer);
    buf_char(&out, ':');
    percent_encode(&out, account);
    buf_lit(&out, "?secret=");
    buf_put(&out, base32_text(arena, secret));
    buf_lit(&out, "&issuer=");
    percent_encode(&out, issuer);
    return buf_str(&out);
}

/* ---- Recovery codes -------------------------------------------------------------------------- */

static const char crockford[] = "0123456789abcdefghjkmnpqrstvwxyz";

Str recovery_code_new(Arena *arena, const Random *random)
{
    char text[RECOVERY_CODE_LENGTH];
    uint64_t bits = random_u64(random);
    for (int i = 0; i < RECOVERY_CODE_LENGTH; i++, bits >>= 5) text[i] = crockford[bits & 31];
    return str_format(arena, "%.5s-%.5s", text, text + 5);
}

/* A letter as Crockford reads it: capitals, and what looks like 0 or 1; '\0' when it is none. */
static char letter_of(char c)
{
    if (c >= 'A' && c <= 'Z') c = (char)(c + ('a' - 'A'));
    if (c == 'o') return '0';
    if (c == 'i' || c == 'l') return '1';
    return c && strchr(crockford, c) ? c : '\0';
}

Str recovery_code_form(Arena *arena, Str typed)
{
    char text[RECOVERY_CODE_LENGTH];
    int n = 0;
    for (size_t i = 0; i < typed.n; i++) {
        if (typed.p[i] == ' ' || typed.p[i] == '-') continue;
        char letter = letter_of(typed.p[i]);
        if (!letter || n == RECOVERY_CODE_LENGTH) return (Str){0};
        text[n++] = letter;
    }
    if (n < RECOVERY_CODE_LENGTH) return (Str){0};
    return str_format(arena, "%.5s-%.5s", text, text + 5);
}
