#include "base/hash.h"
#include "base/random.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <setjmp.h>

#include <cmocka.h>

static SipKey key_of(const unsigned char bytes[16])
{
    SipKey key = {0};
    for (int i = 0; i < 8; i++) {
        key.k0 |= (uint64_t)bytes[i] << (8 * i);
        key.k1 |= (uint64_t)bytes[8 + i] << (8 * i);
    }
    return key;
}

static void siphash_vector_of_the_paper(void **state)
{
    (void)state;
    unsigned char counting[16];
    for (int i = 0; i < 16; i++) counting[i] = (unsigned char)i;
    /* Aumasson and Bernstein, appendix A: key 00 … 0f, message 00 … 0e */
    assert_true(hash_sip(key_of(counting), (Str){(char *)counting, 15}) == 0xa129ca6149be45e5u);
    /* vectors.h of the reference implementation: nothing, bytes a3 81 7f 04 ba 25 a8 e6 6d f6 … */
    SipHash128 hash = hash_sip128(key_of(counting), S(""));
    assert_true(hash.a == 0xe6a825ba047f81a3u && hash.b == 0x930255c71472f66du);
}

/* OpenSSL's SipHash: the same algorithm from another hand. */
static void siphash_by_openssl(const unsigned char key[16], const unsigned char *p, size_t n,
                               size_t size, uint64_t *words)
{
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "SIPHASH", NULL);
    EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(mac);
    size_t length;
    OSSL_PARAM params[] = {OSSL_PARAM_size_t(OSSL_MAC_PARAM_SIZE, &size), OSSL_PARAM_END};
    unsigned char out[16];
    assert_int_equal(EVP_MAC_init(ctx, key, 16, params), 1);
    assert_int_equal(EVP_MAC_update(ctx, p, n), 1);
    assert_int_equal(EVP_MAC_final(ctx, out, &length, sizeof out), 1);
    EVP_MAC_CTX_free(ctx);
    EVP_MAC_free(mac);
    assert_int_equal(length, size);
    memset(words, 0, size);
    for (size_t i = 0; i < size; i++) words[i / 8] |= (uint64_t)out[i] << (i % 8 * 8);
}

static void siphash_agrees_with_openssl_at_each_length(void **state)
{
    (void)state;
    RandomSeeded seeded;
    Random random = random_seeded(&seeded, 15);
    for (size_t n = 0; n <= 300; n++) {
        unsigned char key[16], message[301];
        random.fill(random.state, key, sizeof key);
        random.fill(random.state, message, sizeof message);
        Str text = {(char *)message, n};
        uint64_t words[2];
        siphash_by_openssl(key, message, n, 8, words);
        assert_true(hash_sip(key_of(key), text) == words[0]);
        siphash_by_openssl(key, message, n, 16, words);
        SipHash128 hash = hash_sip128(key_of(key), text);
        assert_true(hash.a == words[0] && hash.b == words[1]);
    }
}

static void sha256_vectors(void **state)
{
    (void)state;
    static const struct {
        const char *text, *digest;
    } cases[] = {
        /* FIPS 180-2, appendix B, and the empty message */
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    };
    Arena *arena = arena_new(256);
    for (size_t i = 0; i < 3; i++) {
        unsigned char digest[SHA256_BYTES];
        hash_sha256(str_from(cases[i].text), digest);
        assert_true(str_eq(hex_text(arena, digest, sizeof digest), str_from(cases[i].digest)));
    }
    unsigned char digest[SHA256_BYTES], parts[SHA256_BYTES];
    hash_sha256((Str){0}, digest);
    assert_int_equal(digest[0], 0xe3);
    hash_sha256(S("abc"), digest);
    hash_sha256_parts((Str[]){S("a"), {0}, S("bc")}, 3, parts);
    assert_memory_equal(parts, digest, sizeof digest);
    arena_free(arena);
}

/* FIPS 180-2, appendix C. */
static void sha512_vector(void **state)
{
    (void)state;
    Arena *arena = arena_new(256);
    unsigned char digest[SHA512_BYTES];
    hash_sha512(S("abc"), digest);
    assert_true(str_eq(hex_text(arena, digest, sizeof digest),
                       S("ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                         "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f")));
    arena_free(arena);
}

static void xxh3_is_of_the_bytes_only(void **state)
{
    (void)state;
    assert_true(hash_fast((Str){0}) ==
                0x2d06800538d394c2u); /* XXH3_64bits of nothing, by its specification */
    char a[] = "xabc", b[] = "abc";
    assert_true(hash_fast((Str){a + 1, 3}) == hash_fast((Str){b, 3}));
    assert_true(hash_fast(S("abc")) != hash_fast(S("abd")));
}

static void base64url_vectors(void **state)
{
    (void)state;
    static const struct {
        Str bytes;
        const char *text;
    } cases[] = {
        /* RFC 4648 §10 without the padding */
        {S_INIT(""), ""},
        {S_INIT("f"), "Zg"},
        {S_INIT("fo"), "Zm8"},
        {S_INIT("foo"), "Zm9v"},
        {S_INIT("foob"), "Zm9vYg"},
        {S_INIT("fooba"), "Zm9vYmE"},
        {S_INIT("foobar"), "Zm9vYmFy"},
        {S_INIT("\xfb\xff\xbf"), "-_-_"},
    };
    Arena *arena = arena_new(256);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Str text = base64url_text(arena, (const unsigned char *)cases[i].bytes.p, cases[i].bytes.n),
            back;
        assert_true(str_eq(text, str_from(cases[i].text)));
        assert_true(base64url_parse(arena, text, &back) && str_eq(back, cases[i].bytes));
    }
    arena_free(arena);
}

static void base64url_refusals_touch_nothing(void **state)
{
    (void)state;
    static const char *const bad[] = {"Z",      "Zg==", "Zm9=", "Zm9vY", "Zm+v", "Zm/v",
                                      "Zm9v\n", "Zh",   "Zm9",  "Z g",   "Zg ",  "Z\xff"};
    Arena *arena = arena_new(256);
    size_t used = arena_used(arena);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        Str out = S("untouched");
        if (base64url_parse(arena, str_from(bad[i]), &out)) fail_msg("accepted %s", bad[i]);
        assert_true(str_eq(out, S("untouched")));
        assert_int_equal(arena_used(arena), used);
    }
    arena_free(arena);
}

/* Text → bytes → text gives the text back for whatever is accepted: no two spellings of the same
 * bytes. */
static void base64url_is_one_to_one(void **state)
{
    (void)state;
    Arena *arena = arena_new(256);
    RandomSeeded seeded;
    Random random = random_seeded(&seeded, 16);
    int accepted = 0;
    for (int i = 0; i < 100000; i++) {
        char text[12];
        size_t n = random_below(&random, sizeof text);
        for (size_t k = 0; k < n; k++) text[k] = "AQgwZz-_/+=9"[random_below(&random, 12)];
        Str bytes;
        if (base64url_parse(arena, (Str){text, n}, &bytes)) {
            accepted++;
            Str again = base64url_text(arena, (const unsigned char *)bytes.p, bytes.n);
            assert_true(str_eq(again, (Str){text, n}));
        }
        arena_reset(arena);
    }
    assert_in_range(accepted, 10000, 90000);
    arena_free(arena);
}

static void constant_time_comparison_compares(void **state)
{
    (void)state;
    assert_true(bytes_eq_constant_time("abc", "abc", 3));
    assert_false(bytes_eq_constant_time("abc", "abd", 3));
    assert_false(bytes_eq_constant_time("xbc", "abc", 3));
    assert_true(bytes_eq_constant_time("abc", "abd", 2));
    assert_true(bytes_eq_constant_time("", "", 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(siphash_vector_of_the_paper),
        cmocka_unit_test(siphash_agrees_with_openssl_at_each_length),
        cmocka_unit_test(sha256_vectors),
        cmocka_unit_test(sha512_vector),
        cmocka_unit_test(xxh3_is_of_the_bytes_only),
        cmocka_unit_test(base64url_vectors),
        cmocka_unit_test(base64url_refusals_touch_nothing),
        cmocka_unit_test(base64url_is_one_to_one),
        cmocka_unit_test(constant_time_comparison_compares),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
