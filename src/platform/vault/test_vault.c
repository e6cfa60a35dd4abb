#include "platform/vault/key.h"

#include "base/hash.h"
#include "platform/telemetry/fault.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Made for this test; what follows from it was computed with node's crypto module, by the
 * construction that vault.c describes. */
#define MASTER "4c1f9d0e7b3a5826f0c4d81e926ab357019e7fd2c8b46a3d5e12f78b90a4c36d"

typedef struct World {
    Arena *arena;
    Vault *vault;
    char folder[256];
    RandomSeeded seed;
    Random random;
} World;

static int setup(void **state)
{
    World *w = calloc(1, sizeof *w);
    Str detail;
    const char *parent = getenv("SOUK_TEST_DIR");
    snprintf(w->folder, sizeof w->folder, "%s/souk-vault-XXXXXX", parent ? parent : "/tmp");
    assert_non_null(mkdtemp(w->folder));
    w->arena = arena_new(4096);
    w->random = random_seeded(&w->seed, 1);
    assert_null(
        vault_open(w->arena, str_from(w->folder), S(MASTER), &w->random, &w->vault, &detail));
    *state = w;
    return 0;
}

static const char *path_of(World *w, const char *file)
{
    return str_z(w->arena, str_format(w->arena, "%s/%s", w->folder, file));
}

static int teardown(void **state)
{
    World *w = *state;
    fault_disarm_all();
    unlink(path_of(w, VAULT_FILE));
    unlink(path_of(w, VAULT_FILE ".new"));
    rmdir(path_of(w, VAULT_FILE));
    rmdir(w->folder);
    vault_close(w->vault);
    arena_free(w->arena);
    free(w);
    return 0;
}

static Str bytes_of(World *w, const char *hex)
{
    size_t n = strlen(hex) / 2;
    char *bytes = arena_alloc(w->arena, n, 1);
    for (size_t i = 0; i < n; i++) {
        unsigned byte;
        assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
        bytes[i] = (char)byte;
    }
    return (Str){bytes, n};
}

static void assert_hex(World *w, const unsigned char *bytes, size_t n, const char *hex)
{
    assert_string_equal(str_z(w->arena, hex_text(w->arena, bytes, n)), hex);
}

/* ---- Published vectors ----------------------------------------------------------------------- */

/* RFC 5869, appendix A.1 to A.3; of the output its first 32 bytes. */
static void hkdf_is_that_of_rfc_5869(void **state)
{
    static const struct {
        const char *secret, *salt, *info, *extracted, *out;
    } vectors[] = {
        {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "000102030405060708090a0b0c",
         "f0f1f2f3f4f5f6f7f8f9", "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
         "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"},
        {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b"
         "2c2d2e2f303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f",
         "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8b"
         "8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
         "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadb"
         "dcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
         "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244",
         "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"},
        {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", "",
         "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
         "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"},
    };
    World *w = *state;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        unsigned char extracted[VAULT_KEY_BYTES], out[VAULT_KEY_BYTES];
        vault_extract(bytes_of(w, vectors[i].salt), bytes_of(w, vectors[i].secret), extracted);
        assert_hex(w, extracted, sizeof extracted, vectors[i].extracted);
        vault_expand(extracted, bytes_of(w, vectors[i].info), out);
        assert_hex(w, out, sizeof out, vectors[i].out);
    }
}

#define ZEROS16 "00000000000000000000000000000000"
#define KEY15   "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"
#define PLAIN16                                                                                    \
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"                             \
    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
#define CIPHER16                                                                                   \
    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"                             \
    "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"

/* McGrew and Viega, "The Galois/Counter Mode of Operation (GCM)", submitted to NIST: test cases 13 to
 * 16, those of AES-256 with a nonce of 96 bits. */
static void gcm_is_that_of_nist(void **state)
{
    static const struct {
        const char *key, *nonce, *plain, *about, *cipher, *tag;
    } vectors[] = {
        {ZEROS16 ZEROS16, "000000000000000000000000", "", "", "",
         "530f8afbc74536b9a963b4f1c4cb738b"},
        {ZEROS16 ZEROS16, "000000000000000000000000", ZEROS16, "",
         "cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919"},
        {KEY15, "cafebabefacedbaddecaf888", PLAIN16 "1aafd255", "", CIPHER16 "898015ad",
         "b094dac5d93471bdec1a502270e3cc6c"},
        {KEY15, "cafebabefacedbaddecaf888", PLAIN16, "feedfacedeadbeeffeedfacedeadbeefabaddad2",
         CIPHER16, "76fc6ece0f4e1768cddf8853bb2d551b"},
    };
    World *w = *state;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        unsigned char out[64], back[64], tag[GCM_TAG_BYTES];
        Str plain = bytes_of(w, vectors[i].plain), about = bytes_of(w, vectors[i].about);
        /* The additional data in two parts is that of one. */
        GcmText text = {(const unsigned char *)bytes_of(w, vectors[i].key).p,
                        (const unsigned char *)bytes_of(w, vectors[i].nonce).p,
                        str_slice(about, 0, 5), str_slice(about, 5, about.n)};
        gcm_seal(&text, plain, out, tag);
        assert_hex(w, out, plain.n, vectors[i].cipher);
        assert_hex(w, tag, sizeof tag, vectors[i].tag);
        assert_true(gcm_open(&text, (Str){(char *)out, plain.n}, tag, back));
        if (plain.n) assert_memory_equal(back, plain.p, plain.n);
        tag[GCM_TAG_BYTES - 1] ^= 1;
        assert_false(gcm_open(&text, (Str){(char *)out, plain.n}, tag, back));
        for (size_t k = 0; k < plain.n; k++) assert_int_equal(back[k], 0);
    }
}

/* ---- Keys ------------------------------------------------------------------------------------ */

static void from_bytes(void *state, void *out, size_t n)
{
    (void)state;
    for (size_t i = 0; i < n; i++) ((unsigned char *)out)[i] = (unsigned char)i;
}

/* What stands in databases must be understood by every later version. */
static void the_format_does_not_change(void **state)
{
    static const Random counting = {from_bytes, NULL};
    World *w = *state;
    unsigned char key[VAULT_KEY_BYTES];
    assert_string_equal(str_z(w->arena, vault_id(w->arena, w->vault)), "0302040a");
    vault_key(w->vault, "test", key);
    assert_hex(w, key, sizeof key,
               "80cc3c2c19e5b4dd57ae5ce4996c8d47fcfe36e0b54af4e51d01b6f4cb32cf9d");
    assert_string_equal(str_z(w->arena, vault_sign(w->arena, w->vault, "test", S("message"))),
                        "SOdyBOjnLBon7WJ3sEkaEOoWn7nT7BrrbcPYijAU8ys");
    assert_string_equal(str_z(w->arena, vault_seal(w->arena, w->vault, &counting, "test",
                                                   S("a secret"), S("user_1"))),
                        "AQMCBAoAAQIDBAUGBwgJCguk7DXvrz6U8phbBiC0goaKXjfuxSLg7AU");
}

static Str seal(World *w, Str plain)
{
    return vault_seal(w->arena, w->vault, &w->random, "test", plain, S("user_1"));
}

static bool opens(World *w, Str sealed)
{
    Str plain = S("untouched");
    bool ours = vault_unseal(w->arena, w->vault, "test", sealed, S("user_1"), &plain);
    if (!ours) assert_true(str_eq(plain, S("untouched")));
    return ours;
}

static void what_is_sealed_comes_back(void **state)
{
    World *w = *state;
    char *large = arena_zalloc(w->arena, 100000, 1, 1);
    const Str plains[] = {S(""), S("x"), S("a secret"), {large, 100000}};
    for (size_t i = 0; i < 4; i++) {
        Str plain, sealed = seal(w, plains[i]);
        assert_true(vault_unseal(w->arena, w->vault, "test", sealed, S("user_1"), &plain));
        assert_true(str_eq(plain, plains[i]));
        assert_false(str_eq(sealed, seal(w, plains[i]))); /* a nonce is not used twice */
    }
}

static void what_was_changed_does_not_open(void **state)
{
    World *w = *state;
    Str sealed = seal(w, S("a secret")), plain;
    assert_true(opens(w, sealed));
    for (size_t i = 0; i < sealed.n; i++) {
        char *changed = str_z(w->arena, sealed);
        changed[i] = changed[i] == 'B' ? 'C' : 'B';
        assert_false(opens(w, (Str){changed, sealed.n}));
        assert_false(opens(w, str_slice(sealed, 0, i)));
    }
    assert_false(opens(w, str_format(w->arena, "%.*sAAAA", STR_ARG(sealed))));
    assert_false(vault_unseal(w->arena, w->vault, "other", sealed, S("user_1"), &plain));
    assert_false(vault_unseal(w->arena, w->vault, "test", sealed, S("user_2"), &plain));
    assert_false(vault_unseal(w->arena, w->vault, "test", sealed, S(""), &plain));
}

static void another_master_key_opens_nothing(void **state)
{
    World *w = *state;
    Vault *other;
    Str detail, plain, sealed = seal(w, S("a secret"));
    Str setting = S("4c1f9d0e7b3a5826f0c4d81e926ab357019e7fd2c8b46a3d5e12f78b90a4c36e");
    assert_null(vault_open(w->arena, str_from(w->folder), setting, &w->random, &other, &detail));
    assert_false(vault_unseal(w->arena, other, "test", sealed, S("user_1"), &plain));
    assert_false(str_eq(vault_id(w->arena, other), vault_id(w->arena, w->vault)));
    Str signature = vault_sign(w->arena, w->vault, "test", S("message"));
    assert_false(vault_signed(other, "test", S("message"), signature));
    vault_close(other);
}

static void only_our_signatures_are_ours(void **state)
{
    World *w = *state;
    Str signature = vault_sign(w->arena, w->vault, "test", S("message"));
    assert_int_equal(signature.n, VAULT_SIGNATURE_LENGTH);
    assert_true(vault_signed(w->vault, "test", S("message"), signature));
    assert_false(vault_signed(w->vault, "test", S("messagf"), signature));
    assert_false(vault_signed(w->vault, "other", S("message"), signature));
    assert_false(vault_signed(w->vault, "test", S("message"), S("")));
    for (size_t i = 0; i < signature.n; i++) {
        char *changed = str_z(w->arena, signature);
        changed[i] = changed[i] == 'B' ? 'C' : 'B';
        assert_false(vault_signed(w->vault, "test", S("message"), (Str){changed, signature.n}));
    }
}

/* The same purpose gives three keys that have nothing to do with each other. */
static void uses_do_not_share_a_key(void **state)
{
    World *w = *state;
    unsigned char key[VAULT_KEY_BYTES], tag[GCM_TAG_BYTES], out[8];
    Str bytes, sealed = seal(w, S("a secret"));
    vault_key(w->vault, "test", key);
    assert_true(base64url_parse(w->arena, sealed, &bytes));
    memcpy(tag, bytes.p + bytes.n - sizeof tag, sizeof tag);
    GcmText text = {key, (const unsigned char *)bytes.p + 5, str_slice(bytes, 0, 5), S("user_1")};
    assert_false(gcm_open(&text, str_slice(bytes, 17, 25), tag, out));
}

/* By a key of the caller's own: the vault's opens nothing of it, nor the other way round. */
static void own_keys_seal_as_well(void **state)
{
    World *w = *state;
    unsigned char key[VAULT_KEY_BYTES], other[VAULT_KEY_BYTES];
    Str plain = S("untouched"), about = S("user_1");
    vault_key(w->vault, "one", key);
    vault_key(w->vault, "two", other);
    Str sealed = key_seal(w->arena, key, &w->random, S("a secret"), about);
    assert_false(key_unseal(w->arena, other, sealed, about, &plain));
    assert_false(key_unseal(w->arena, key, sealed, S("user_2"), &plain));
    assert_false(key_unseal(w->arena, key, seal(w, S("a secret")), about, &plain));
    assert_false(opens(w, sealed));
    assert_true(str_eq(plain, S("untouched")));
    assert_true(key_unseal(w->arena, key, sealed, about, &plain));
    assert_true(str_eq(plain, S("a secret")));
}

/* ---- Where the key comes from ---------------------------------------------------------------- */

static const Error *open_folder(World *w, Str setting, Vault **out, Str *detail)
{
    *out = NULL;
    *detail = S("");
    return vault_open(w->arena, str_from(w->folder), setting, &w->random, out, detail);
}

static Str id_by_file(World *w)
{
    Vault *vault;
    Str detail;
    assert_null(open_folder(w, S(""), &vault, &detail));
    Str id = vault_id(w->arena, vault);
    vault_close(vault);
    return id;
}

static void put_file(World *w, const char *text, mode_t mode)
{
    unlink(path_of(w, VAULT_FILE));
    int fd = open(path_of(w, VAULT_FILE), O_CREAT | O_WRONLY | O_EXCL, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static void the_first_start_makes_the_file(void **state)
{
    World *w = *state;
    struct stat about;
    Str id = id_by_file(w);
    assert_int_equal(stat(path_of(w, VAULT_FILE), &about), 0);
    assert_int_equal(about.st_mode & 07777, 0600);
    assert_int_equal(about.st_size, VAULT_KEY_DIGITS + 1);
    assert_true(str_eq(id_by_file(w), id)); /* and the second reads it */
    assert_false(str_eq(id, vault_id(w->arena, w->vault)));
    assert_int_not_equal(access(path_of(w, VAULT_FILE ".new"), F_OK), 0);
    put_file(w, MASTER "\n", 0600); /* what a machine has, another understands */
    assert_true(str_eq(id_by_file(w), vault_id(w->arena, w->vault)));
    put_file(w, MASTER, 0400);
    assert_true(str_eq(id_by_file(w), vault_id(w->arena, w->vault)));
}

static void the_setting_leaves_the_folder_alone(void **state)
{
    World *w = *state;
    Vault *vault;
    Str detail;
    assert_null(open_folder(w, S(MASTER), &vault, &detail));
    vault_close(vault);
    assert_int_not_equal(access(path_of(w, VAULT_FILE), F_OK), 0);
}

static void assert_refused(World *w, Str setting, const char *because)
{
    Vault *vault;
    Str detail;
    assert_ptr_equal(open_folder(w, setting, &vault, &detail), &err_master_key);
    assert_null(vault);
    if (str_find(detail, str_from(because)) == detail.n)
        fail_msg("\"%.*s\" does not say \"%s\"", STR_ARG(detail), because);
}

static void a_bad_key_is_refused(void **state)
{
    World *w = *state;
    assert_refused(w, S("secret"), "64 hexadecimal digits");
    assert_refused(w, S(MASTER "0"), "64 hexadecimal digits");
    assert_refused(w, S("gc1f9d0e7b3a5826f0c4d81e926ab357019e7fd2c8b46a3d5e12f78b90a4c36d"),
                   "64 hexadecimal digits");
    assert_refused(w, S("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"),
                   "not random");
    put_file(w, "", 0600);
    assert_refused(w, S(""), "damaged");
    put_file(w, MASTER "\n\n", 0600);
    assert_refused(w, S(""), "damaged");
    put_file(w, MASTER "0", 0600);
    assert_refused(w, S(""), "damaged");
    put_file(w, "0000000000000000000000000000000000000000000000000000000000000000\n", 0600);
    assert_refused(w, S(""), "not random");
}

static void an_open_file_is_refused(void **state)
{
    static const mode_t modes[] = {0604, 0640, 0644, 0610, 0602, 0666};
    World *w = *state;
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        put_file(w, MASTER, modes[i]);
        assert_refused(w, S(""), "chmod 600");
    }
}

static void what_is_no_file_is_refused(void **state)
{
    World *w = *state;
    assert_int_equal(mkfifo(path_of(w, VAULT_FILE), 0600), 0); /* must not wait for a writer */
    assert_refused(w, S(""), "is no file");
    unlink(path_of(w, VAULT_FILE));
    assert_int_equal(mkdir(path_of(w, VAULT_FILE), 0700), 0);
    assert_refused(w, S(""), "is no file");
    rmdir(path_of(w, VAULT_FILE));
    assert_int_equal(symlink("/dev/zero", path_of(w, VAULT_FILE)), 0);
    assert_refused(w, S(""), "cannot be read");
    Vault *vault;
    Str detail;
    assert_ptr_equal(vault_open(w->arena, S("/nonexistent"), S(""), &w->random, &vault, &detail),
                     &err_master_key);
}

/* Killed while it makes the key, a start leaves no key, and the next one makes it. */
static void a_crash_leaves_no_half_key(void **state)
{
    World *w = *state;
    int status;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        Str why, detail;
        Vault *vault;
        if (!fault_arm(w->arena, S("vault.made=kill"), &why)) _exit(1);
        open_folder(w, S(""), &vault, &detail);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    assert_int_not_equal(access(path_of(w, VAULT_FILE), F_OK), 0);
    assert_int_equal(access(path_of(w, VAULT_FILE ".new"), F_OK), 0);
    Str id = id_by_file(w);
    assert_true(str_eq(id_by_file(w), id));
    assert_int_not_equal(access(path_of(w, VAULT_FILE ".new"), F_OK), 0);
}

/* ---- Many at once ---------------------------------------------------------------------------- */

static void *seal_and_open(void *arg)
{
    const Vault *vault = arg;
    Arena *arena = arena_new(4096);
    for (int i = 0; i < 200; i++) {
        Str plain, about = str_format(arena, "%d", i);
        Str sealed = vault_seal(arena, vault, &random_system, "threads", about, about);
        if (!vault_unseal(arena, vault, "threads", sealed, about, &plain)) abort();
        if (!str_eq(plain, about)) abort();
        arena_reset(arena);
    }
    arena_free(arena);
    return NULL;
}

static void threads_share_a_vault(void **state)
{
    enum { THREADS = 4 };
    World *w = *state;
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, seal_and_open, w->vault), 0);
    for (int i = 0; i < THREADS; i++) assert_int_equal(pthread_join(threads[i], NULL), 0);
}

#define WITH_VAULT(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_VAULT(hkdf_is_that_of_rfc_5869),
        WITH_VAULT(gcm_is_that_of_nist),
        WITH_VAULT(the_format_does_not_change),
        WITH_VAULT(what_is_sealed_comes_back),
        WITH_VAULT(what_was_changed_does_not_open),
        WITH_VAULT(another_master_key_opens_nothing),
        WITH_VAULT(only_our_signatures_are_ours),
        WITH_VAULT(uses_do_not_share_a_key),
        WITH_VAULT(own_keys_seal_as_well),
        WITH_VAULT(the_first_start_makes_the_file),
        WITH_VAULT(the_setting_leaves_the_folder_alone),
        WITH_VAULT(a_bad_key_is_refused),
        WITH_VAULT(an_open_file_is_refused),
        WITH_VAULT(what_is_no_file_is_refused),
        WITH_VAULT(a_crash_leaves_no_half_key),
        WITH_VAULT(threads_share_a_vault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
