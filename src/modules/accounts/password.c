/* Argon2id by libargon2 (RFC 9106), with the parameters that OWASP's Password Storage Cheat Sheet
 * names first: 19 MiB, two passes, one lane. A PHC string carries its parameters, so they can be
 * raised: who logs in is hashed anew (PASSWORD_RIGHT_OUTDATED).
 *
 * Rejected: a pepper beside the salt (what the vault protects falls with the same machine, and it
 * cannot be rotated without the passwords); NFC as RFC 8265 has it (NIST asks for NFKC or NFKD, and
 * keyboards that write full-width letters are the reason for either). */
#include "modules/accounts/password.h"

#include "base/hash.h"
#include "meta/nfkc.h"

#include <argon2.h>
#include <assert.h>
#include <inttypes.h>

enum {
    MEMORY_KIB = 19456,
    PASSES = 2,
    LANES = 1,
    SALT_BYTES = 16,
    HASH_BYTES = 32,
    PHC_MAX = 256, /* with the longest salt and hash that other programs write */
    /* Of hashes that came from elsewhere: more would be a way to stop the shop. */
    MEMORY_KIB_MAX = 1 << 18,
    PASSES_MAX = 16,
    LANES_MAX = 4,
};

#define TODAY "$argon2id$v=19$m=19456,t=2,p=1$"

/* Of today's parameters; its hash is 32 zeros, which no password has. */
static const char nobody[] =
    TODAY "bm9ib2R5IGhhcyBzYWx0$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

Str password_form(Arena *arena, Str password)
{
    if (password.n > PASSWORD_INPUT_MAX) return (Str){0};
    return nfkc(arena, password, false);
}

Str password_hash(Arena *arena, const Random *random, Str form)
{
    unsigned char salt[SALT_BYTES];
    char phc[PHC_MAX];
    random->fill(random->state, salt, sizeof salt);
    int failed = argon2id_hash_encoded(PASSES, MEMORY_KIB, LANES, form.p, form.n, salt, sizeof salt,
                                       HASH_BYTES, phc, sizeof phc);
    return failed ? (Str){0} : str_copy(arena, str_from(phc));
}

/* The number behind `name` at the beginning of *rest, which it is cut from. */
static bool take_number(Str *rest, Str name, char end, int64_t max, int64_t *out)
{
    Str number;
    if (!str_starts(*rest, name)) return false;
    *rest = str_slice(*rest, name.n, rest->n);
    return str_cut(*rest, end, &number, rest) && str_to_int(number, out) && *out > 0 && *out <= max;
}

/* Is it a hash that we would compute? */
static bool phc_is_bearable(Str phc)
{
    int64_t memory, passes, lanes;
    if (phc.n >= PHC_MAX || !str_starts(phc, S("$argon2id$v=19$"))) return false;
    Str rest = str_slice(phc, S("$argon2id$v=19$").n, phc.n);
    return take_number(&rest, S("m="), ',', MEMORY_KIB_MAX, &memory) &&
           take_number(&rest, S("t="), ',', PASSES_MAX, &passes) &&
           take_number(&rest, S("p="), '$', LANES_MAX, &lanes);
}

PasswordFit password_check(Str form, Str phc)
{
    bool somebody = phc_is_bearable(phc);
    char text[PHC_MAX];
    Str used = somebody ? phc : str_from(nobody);
    memcpy(text, used.p, used.n);
    text[used.n] = '\0';
    bool fits = argon2id_verify(text, form.n ? form.p : "", form.n) == ARGON2_OK;
    if (!somebody || !fits || !form.n) return PASSWORD_WRONG;
    return str_starts(phc, S(TODAY)) ? PASSWORD_RIGHT : PASSWORD_RIGHT_OUTDATED;
}

/* ---- Which are refused ----------------------------------------------------------------------- */

/* Made by tools/passwords.c of an npm package's list: the first bytes of the passwords' hashes,
 * ascending. */
extern const unsigned char common_passwords[];
extern const size_t common_passwords_count;
enum {
    COMMON_BYTES = 5
}; /* of 64 bits of XXH3, big-endian: one other password in 60 million is
                              taken for a common one */

/* Those of the list are ASCII, so only ASCII can be one of them. */
bool password_is_common(Str form)
{
    char lower[PASSWORD_INPUT_MAX];
    unsigned char key[COMMON_BYTES];
    if (form.n > sizeof lower) return false;
    for (size_t i = 0; i < form.n; i++) {
        char c = form.p[i];
        lower[i] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    }
    uint64_t hash = hash_fast((Str){lower, form.n});
    for (size_t i = 0; i < sizeof key; i++) key[i] = (unsigned char)(hash >> (56 - 8 * i));
    size_t low = 0, high = common_passwords_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = memcmp(key, common_passwords + middle * COMMON_BYTES, COMMON_BYTES);
        if (order == 0) return true;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}

static size_t characters(Str text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) n += ((unsigned char)text.p[i] & 0xC0) != 0x80;
    return n;
}

static bool same_without_case(Arena *arena, Str folded, Str other)
{
    return other.n && str_eq(folded, nfkc(arena, other, true));
}

Str password_refused(Arena *arena, Str form, const PasswordOwner *owner, int64_t min)
{
    if (!form.p || characters(form) > PASSWORD_MAX)
        return str_format(arena, "must be text of at most %d characters", PASSWORD_MAX);
    size_t n = characters(form);
    if ((int64_t)n < min)
        return str_format(arena, "must have at least %" PRId64 " characters, has %zu", min, n);
    Str folded = nfkc(arena, form, true), local, domain;
    str_cut(owner->email, '@', &local, &domain);
    if (same_without_case(arena, folded, owner->email) || same_without_case(arena, folded, local) ||
        same_without_case(arena, folded, owner->name))
        return S("must not be the name or the e-mail address");
    if (password_is_common(form)) return S("is one of those that are tried first, being common");
    return (Str){0};
}
