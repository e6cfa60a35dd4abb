/* What `souk doctor` looks at in the data folder and below it. */
#include "app/doctor.h"
#include "platform/cli/control.h"
#include "platform/cli/folder.h"
#include "platform/module.h"
#include "platform/vault/vault.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

static Str user_name(Arena *arena, uid_t uid)
{
    char bytes[4096];
    struct passwd entry, *found = NULL;
    if (getpwuid_r(uid, &entry, bytes, sizeof bytes, &found) == 0 && found)
        return str_copy(arena, str_from(found->pw_name));
    return str_format(arena, "user %u", uid);
}

Finding look_at_folder(Doctor *d)
{
    Str folder = d->config->data;
    const char *path = str_z(d->arena, folder);
    struct stat about;
    if (d->call->obstacle == &err_folder_unusable)
        return check_fail(d, "%.*s", STR_ARG(d->call->obstacle_detail));
    if (stat(path, &about) < 0 && errno == ENOENT)
        return check_fine(d, "%.*s is not there yet: `souk serve` makes it", STR_ARG(folder));
    if (stat(path, &about) < 0 || !S_ISDIR(about.st_mode))
        return check_fail(d, "%.*s is no folder that can be looked into", STR_ARG(folder));
    Str owner = user_name(d->arena, about.st_uid);
    if (access(path, R_OK | W_OK | X_OK) < 0)
        return check_fail(d, "%.*s belongs to %.*s and cannot be written by %.*s", STR_ARG(folder),
                          STR_ARG(owner), STR_ARG(user_name(d->arena, geteuid())));
    if (about.st_mode & (S_IROTH | S_IWOTH | S_IXOTH))
        return check_warn(d, "%.*s has mode %04o: every user of this machine can look into it",
                          STR_ARG(folder), about.st_mode & 07777);
    return check_fine(d, "%.*s, of %.*s", STR_ARG(folder), STR_ARG(owner));
}

/* What souk makes in the folder. */
static const char *const own_files[] = {"souk.db",    "souk.db-wal",  "souk.db-shm",
                                        "souk.lock",  "control.sock", "souk.conf",
                                        "master.key", "audit.head",   "blobs"};

Finding look_at_files(Doctor *d)
{
    struct stat folder, about;
    size_t found = 0;
    if (stat(str_z(d->arena, d->config->data), &folder) < 0)
        return check_fail(d, "the folder cannot be looked into: %s", strerrordesc_np(errno));
    for (size_t i = 0; i < ROWS(own_files); i++) {
        Str file = str_format(d->arena, "%.*s/%s", STR_ARG(d->config->data), own_files[i]);
        if (lstat(str_z(d->arena, file), &about) < 0) continue;
        found++;
        bool theirs = about.st_uid != folder.st_uid && strcmp(own_files[i], "souk.conf") != 0;
        if (theirs)
            return check_fail(d, "%s belongs to %.*s, the folder to %.*s", own_files[i],
                              STR_ARG(user_name(d->arena, about.st_uid)),
                              STR_ARG(user_name(d->arena, folder.st_uid)));
    }
    return check_fine(d, "%zu files, all of the folder's owner", found);
}

static const ConfigOrigin *origin_of(const ConfigLoaded *config, Str name)
{
    size_t i = 0;
    while (!str_eq(config->settings.items[i].name, name)) i++;
    return &config->origins[i];
}

/* Anybody but its owner. */
static bool others_may_look(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && (about.st_mode & (S_IRWXG | S_IRWXO));
}

Finding look_at_master_key(Doctor *d)
{
    const ConfigLoaded *config = d->call->config;
    const ConfigOrigin *origin = origin_of(config, S("master_key"));
    char *file =
        str_z(d->arena, str_format(d->arena, "%.*s/" VAULT_FILE, STR_ARG(d->config->data)));
    bool is_file = access(file, F_OK) == 0;
    if (!d->config->master_key.n) {
        if (!is_file) return check_fine(d, "it is not there yet: `souk serve` makes it");
        if (others_may_look(file)) return check_fail(d, "%s can be read by others", file);
        return check_fine(d, "%s, for its owner only", file);
    }
    if (origin->source == CONFIG_FLAG)
        return check_warn(d,
                          "it is on the command line, which every user of this machine can read");
    if (origin->source == CONFIG_FILE && others_may_look(str_z(d->arena, config->file)))
        return check_warn(d, "it is in %.*s, which others can read", STR_ARG(config->file));
    if (is_file)
        return check_warn(d, "it is from %.*s, and %s, which is there too, is not used",
                          STR_ARG(origin->place), file);
    return check_fine(d, "it is from %.*s", STR_ARG(origin->place));
}

Finding look_at_file_system(Doctor *d)
{
    struct statfs about;
    const char *name;
    if (statfs(str_z(d->arena, d->config->data), &about) < 0)
        return check_fail(d, "the file system cannot be asked: %s", strerrordesc_np(errno));
    CheckResult result = file_system_result((int64_t)about.f_type, &name);
    if (result == CHECK_FAILURE)
        return check_fail(d, "%s is a network's: SQLite's locks do not hold there", name);
    if (result == CHECK_WARNING)
        return check_warn(d, "%s: what is written may not survive a restart of the machine", name);
    return check_fine(d, "it is local");
}

static double gibibytes(uint64_t bytes)
{
    return (double)bytes / (double)((uint64_t)1 << 30);
}

Finding look_at_disk_space(Doctor *d)
{
    struct statvfs disk;
    if (statvfs(str_z(d->arena, d->config->data), &disk) < 0)
        return check_fail(d, "the file system cannot be asked: %s", strerrordesc_np(errno));
    uint64_t bytes = (uint64_t)disk.f_bavail * disk.f_frsize;
    uint64_t files = disk.f_files ? disk.f_favail : UINT64_MAX; /* btrfs has no fixed number */
    Finding finding = check_fine(d, "%.1f of %.1f GiB are free", gibibytes(bytes),
                                 gibibytes((uint64_t)disk.f_blocks * disk.f_frsize));
    finding.result = disk_result(bytes, files);
    if (finding.result != CHECK_OK && disk_result(bytes, UINT64_MAX) == CHECK_OK)
        finding.found =
            str_format(d->arena, "only %llu files can still be made", (unsigned long long)files);
    return finding;
}

/* ---- How long a commit waits ----------------------------------------------------------------- */

enum { SYNCS = 15, SYNC_BYTES = 4096 };
static const int64_t SYNC_ALL_US = 1000000, SYNC_SLOW_US = 30000;

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The median of so many appended pages, each made safe; -1 and errno when that cannot be done. */
static int64_t sync_median_us(int fd)
{
    static const char page[SYNC_BYTES] = {1};
    int64_t took_us[SYNCS], begun_us = monotonic_us();
    size_t n = 0;
    while (n < SYNCS && monotonic_us() < begun_us + SYNC_ALL_US) {
        int64_t from_us = monotonic_us();
        if (write(fd, page, sizeof page) != (ssize_t)sizeof page || fdatasync(fd) < 0) return -1;
        took_us[n++] = monotonic_us() - from_us;
    }
    qsort(took_us, n, sizeof *took_us, by_value);
    return took_us[n / 2];
}

/* In a file without a name, so that nothing stays, whatever happens. */
Finding look_at_disk_sync(Doctor *d)
{
    int fd = open(str_z(d->arena, d->config->data), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
    int64_t us = fd < 0 ? -1 : sync_median_us(fd);
    int why = errno;
    if (fd >= 0) close(fd);
    if (us < 0 && (why == EOPNOTSUPP || why == EISDIR))
        return (Finding){.result = CHECK_SKIPPED,
                         .found = S("the file system has no files without a name to try it with")};
    if (us < 0) return check_fail(d, "the disk takes no write: %s", strerrordesc_np(why));
    if (us > SYNC_SLOW_US) return check_warn(d, "%.1f ms for 4 KiB (median)", (double)us / 1000);
    return check_fine(d, "%.2f ms for 4 KiB (median)", (double)us / 1000);
}

/* ---- Who owns it ----------------------------------------------------------------------------- */

Finding look_at_server(Doctor *d)
{
    const CommandCall *call = d->call;
    Str detail = S("");
    if (call->obstacle == &err_folder_in_use)
        return check_warn(d, "%.*s, which does not answer", STR_ARG(call->obstacle_detail));
    if (call->obstacle == &err_control)
        return check_fail(d, "its server cannot be asked: %.*s", STR_ARG(call->obstacle_detail));
    if (!call->in_server) return check_fine(d, "none runs on this folder");
    const Error *error = db_ready(d->db, d->arena, &detail);
    if (error)
        return check_fail(d, "process %ld runs this shop and is not ready: %s (%.*s)",
                          (long)getpid(), error->title, STR_ARG(detail));
    return check_fine(d, "process %ld runs this shop and is ready", (long)getpid());
}
