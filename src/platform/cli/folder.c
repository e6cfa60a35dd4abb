#include "platform/cli/folder.h"

#include "base/time.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

const Error err_folder_in_use = {
    .code = "folder_in_use",
    .status = 503,
    .title = "The data folder is in use by another process.",
    .level = LOG_ERROR,
    .doc = "One process owns a data folder. Stop the other one, or give this one another folder "
           "with --data.",
};
const Error err_folder_unusable = {
    .code = "folder_unusable",
    .status = 500,
    .title = "The data folder cannot be used.",
    .level = LOG_ERROR,
    .doc = "The folder must exist or be possible to make, and must be writable for the user that "
           "runs the program.",
};

static const char LOCK_FILE[] = "souk.lock";
enum { RETRY_MS = 10, OWNER_TEXT_MAX = 200 };

/* mkdir with missing parents; a folder that is there already is fine. */
static bool make_folder(char *path)
{
    for (char *at = path + 1; *at; at++) {
        if (*at != '/') continue;
        *at = 0;
        bool fine = mkdir(path, 0700) == 0 || errno == EEXIST;
        *at = '/';
        if (!fine) return false;
    }
    return mkdir(path, 0700) == 0 || errno == EEXIST;
}

/* What the owner wrote about itself: "process 123 (souk serve)". */
static Str owner_text(Arena *arena, int fd)
{
    char text[OWNER_TEXT_MAX];
    ssize_t n = pread(fd, text, sizeof text, 0);
    Str owner = str_slice((Str){text, n > 0 ? (size_t)n : 0}, 0, OWNER_TEXT_MAX);
    owner.n = str_find_char(owner, '\n');
    return owner.n ? str_copy(arena, owner) : S("another process");
}

/* Best effort: the lock is what counts, the text is for people. */
static void write_owner(int fd, Str command)
{
    char text[OWNER_TEXT_MAX];
    int n = snprintf(text, sizeof text, "process %ld (%.*s)\n", (long)getpid(), STR_ARG(command));
    if (n <= 0 || n >= OWNER_TEXT_MAX || ftruncate(fd, 0) < 0) return;
    ssize_t written = pwrite(fd, text, (size_t)n, 0);
    (void)written;
}

static const Error *unusable(Arena *arena, Str folder, const char *what, Str *detail)
{
    *detail = str_format(arena, "the data folder %.*s %s: %s", STR_ARG(folder), what,
                         strerrordesc_np(errno));
    return &err_folder_unusable;
}

const Error *folder_claim(Arena *arena, Str folder, Str command, int64_t wait_us, FolderLock *lock,
                          Str *detail)
{
    char *path = str_z(arena, folder);
    if (!make_folder(path)) return unusable(arena, folder, "cannot be made", detail);
    char *lock_path = str_z(arena, str_format(arena, "%s/%s", path, LOCK_FILE));
    int fd = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) return unusable(arena, folder, "cannot be written", detail);
    int64_t deadline = monotonic_us() + wait_us;
    while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        if (errno == EINTR) continue;
        if (errno != EWOULDBLOCK) {
            const Error *error = unusable(arena, folder, "cannot be locked", detail);
            close(fd);
            return error;
        }
        if (monotonic_us() >= deadline) {
            *detail = str_format(arena, "the data folder %.*s is in use by %.*s", STR_ARG(folder),
                                 STR_ARG(owner_text(arena, fd)));
            close(fd);
            return &err_folder_in_use;
        }
        poll(NULL, 0, RETRY_MS);
    }
    write_owner(fd, command);
    lock->fd = fd;
    return NULL;
}

bool folder_was_owned(Arena *arena, Str folder)
{
    struct stat about;
    Str path = str_format(arena, "%.*s/%s", STR_ARG(folder), LOCK_FILE);
    return stat(str_z(arena, path), &about) == 0;
}

void folder_release(FolderLock *lock)
{
    if (lock->fd >= 0) close(lock->fd);
    lock->fd = -1;
}
