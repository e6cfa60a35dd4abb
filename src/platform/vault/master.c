/* Where the master key comes from: the setting, or the file of the data folder.
 *
 * The file is made whole and synced under another name before it gets its own, so that no crash leaves
 * a half key behind, and it is never written over: what was sealed by a lost key stays sealed. The
 * folder has one owner (platform/cli/folder.h), so nobody else makes the file at the same time. */
#include "platform/vault/key.h"

#include "platform/telemetry/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

FAULT_POINT(fault_made, "vault.made",
            "The file of the master key is whole, and has not got its name.");

#define NEW_FILE VAULT_FILE ".new"

/* Fewer different bytes than any random key has: a key that somebody typed. Of 32 random bytes fewer
 * than 16 differ with a chance below 2^-60. */
enum { DIFFERENT_MIN = 16 };

static int digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool vault_key_parse(Str text, unsigned char out[static VAULT_KEY_BYTES])
{
    unsigned char key[VAULT_KEY_BYTES];
    if (text.n != VAULT_KEY_DIGITS) return false;
    for (size_t i = 0; i < VAULT_KEY_BYTES; i++) {
        int high = digit(text.p[2 * i]), low = digit(text.p[2 * i + 1]);
        if (high < 0 || low < 0) return false;
        key[i] = (unsigned char)(high << 4 | low);
    }
    memcpy(out, key, sizeof key);
    explicit_bzero(key, sizeof key);
    return true;
}

bool vault_key_is_weak(const unsigned char key[static VAULT_KEY_BYTES])
{
    int different = 0;
    for (size_t i = 0; i < VAULT_KEY_BYTES; i++) different += !memchr(key, key[i], i);
    return different < DIFFERENT_MIN;
}

/* ---- The file -------------------------------------------------------------------------------- */

static const Error *refuse_file(Arena *arena, Str folder, const char *why, Str *detail)
{
    *detail = str_format(arena, "%.*s/" VAULT_FILE " %s", STR_ARG(folder), why);
    return &err_master_key;
}

static const Error *refuse_errno(Arena *arena, Str folder, const char *what, Str *detail)
{
    Str why = str_format(arena, "%s: %s", what, strerrordesc_np(errno));
    return refuse_file(arena, folder, str_z(arena, why), detail);
}

static const Error *read_file(Arena *arena, Str folder, int fd,
                              unsigned char key[static VAULT_KEY_BYTES], Str *detail)
{
    struct stat about;
    char text[VAULT_KEY_DIGITS + 2];
    if (fstat(fd, &about) < 0) return refuse_errno(arena, folder, "cannot be read", detail);
    if (!S_ISREG(about.st_mode)) return refuse_file(arena, folder, "is no file", detail);
    if (about.st_mode & (S_IRWXG | S_IRWXO))
        return refuse_file(arena, folder,
                           "can be read or changed by others than its owner: `chmod 600` it, and "
                           "think about who may have read it",
                           detail);
    ssize_t n = pread(fd, text, sizeof text, 0);
    if (n < 0) return refuse_errno(arena, folder, "cannot be read", detail);
    Str digits = {text, (size_t)n};
    if (str_ends(digits, S("\n"))) digits.n--;
    bool understood = vault_key_parse(digits, key);
    explicit_bzero(text, sizeof text);
    if (understood) return NULL;
    return refuse_file(arena, folder, "is damaged: it holds 64 hexadecimal digits and nothing else",
                       detail);
}

/* The key under the name of NEW_FILE, synced. False with errno. */
static bool write_new(int folder, const unsigned char key[static VAULT_KEY_BYTES])
{
    char text[VAULT_KEY_DIGITS + 2];
    for (size_t i = 0; i < VAULT_KEY_BYTES; i++)
        snprintf(text + 2 * i, sizeof text - 2 * i, "%02x", key[i]);
    text[VAULT_KEY_DIGITS] = '\n';
    if (unlinkat(folder, NEW_FILE, 0) < 0 && errno != ENOENT) return false;
    int fd = openat(folder, NEW_FILE, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) return false;
    errno = EIO; /* of a write that is cut short */
    bool written = write(fd, text, VAULT_KEY_DIGITS + 1) == VAULT_KEY_DIGITS + 1;
    written = written && fsync(fd) == 0;
    explicit_bzero(text, sizeof text);
    return close(fd) == 0 && written;
}

static bool name_new(int folder)
{
    FAULT(&fault_made);
    return renameat(folder, NEW_FILE, folder, VAULT_FILE) == 0 && fsync(folder) == 0;
}

static const Error *make_file(Arena *arena, Str folder, int fd, const Random *random,
                              unsigned char key[static VAULT_KEY_BYTES], Str *detail)
{
    unsigned char fresh[VAULT_KEY_BYTES];
    random->fill(random->state, fresh, sizeof fresh);
    bool made = write_new(fd, fresh) && name_new(fd);
    if (made) memcpy(key, fresh, sizeof fresh);
    explicit_bzero(fresh, sizeof fresh);
    return made ? NULL : refuse_errno(arena, folder, "cannot be made", detail);
}

static const Error *key_of_folder(Arena *arena, Str folder, const Random *random,
                                  unsigned char key[static VAULT_KEY_BYTES], bool *made,
                                  Str *detail)
{
    int at = open(str_z(arena, folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (at < 0) return refuse_errno(arena, folder, "cannot be looked for", detail);
    int fd = openat(at, VAULT_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    const Error *error;
    *made = fd < 0 && errno == ENOENT;
    if (fd >= 0)
        error = read_file(arena, folder, fd, key, detail);
    else if (*made)
        error = make_file(arena, folder, at, random, key, detail);
    else
        error = refuse_errno(arena, folder, "cannot be read", detail);
    if (fd >= 0) close(fd);
    close(at);
    return error;
}

static const Error *key_of_setting(Str setting, unsigned char key[static VAULT_KEY_BYTES],
                                   Str *detail)
{
    if (vault_key_parse(setting, key)) return NULL;
    *detail = S("the setting master_key is not 64 hexadecimal digits");
    return &err_master_key;
}

const Error *vault_open(Arena *arena, Str folder, Str setting, const Random *random, Vault **out,
                        Str *detail)
{
    bool made = false;
    unsigned char key[VAULT_KEY_BYTES];
    const Error *error = setting.n ? key_of_setting(setting, key, detail)
                                   : key_of_folder(arena, folder, random, key, &made, detail);
    if (!error && vault_key_is_weak(key)) {
        *detail = S("the master key is not random; `openssl rand -hex 32` makes one that is");
        error = &err_master_key;
    }
    if (!error) *out = vault_new(key);
    if (!error && made) vault_note_made(*out);
    explicit_bzero(key, sizeof key);
    return error;
}
