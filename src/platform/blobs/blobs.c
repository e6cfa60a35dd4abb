/* Blobs as files.
 *
 * A put writes DATA/blobs/tmp/N, syncs it, renames it to its name and syncs the folder that the name
 * stands in; so whatever moment the machine ends at, a name has either all of its bytes or is not
 * there, and a put that has returned is there. A folder that this process has not yet written to is
 * made, and its entry in the folder above is synced, once. Bytes that are there already cost only
 * the sync of the folder, which the one who has just renamed them may not have reached.
 *
 * Reading. Small files are read into memory. Larger ones are mapped: many slow readers of large
 * pictures then hold pages of the kernel's cache, which it can take back, and not memory of ours.
 * The pages are read ahead here, on a lane, since a loop that sends what is not in memory waits for
 * the disk. A file that is damaged under a mapping ends a send with an error (EFAULT) and no
 * process: only the kernel looks into the mapped bytes.
 *
 * Sweeping races with putting: the bytes that nobody needed a moment ago may be uploaded again now.
 * So a put of what is there already makes the file young, a sweep only takes old ones, and both look
 * and act under one lock.
 *
 * Rejected: unnamed temporary files (O_TMPFILE and linkat leave nothing to remove, but not every file
 * system has them); blobs in the database (the WAL would carry every picture twice, and backups of
 * what never changes would cost as much as those of what does). */
#include "platform/blobs/blobs.h"

#include "base/hash.h"
#include "base/time.h"
#include "platform/telemetry/fault.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

FAULT_POINT(fault_look, "blobs.look",
            "Bytes are to be kept, and nobody has looked whether they are there already.");
FAULT_POINT(fault_write, "blobs.write",
            "A temporary file for a blob is open, its bytes are not written. With `fail` the disk "
            "is full.");
FAULT_POINT(fault_rename, "blobs.rename",
            "A blob's temporary file is whole and synced, and has not got its name.");
FAULT_POINT(fault_renamed, "blobs.renamed",
            "A blob has its name, and the folder of the name is not synced.");
FAULT_POINT(fault_sweep, "blobs.sweep", "A blob was found to be old, and is still there.");

enum {
    MAP_MIN = 64 * 1024, /* below, mapping and its page faults cost more than copying */
    PATH_MAX_HERE = sizeof "blobs/ab/" + BLOB_NAME_LENGTH,
};

struct Blobs {
    int folder; /* DATA; all paths here begin in it */
    pthread_mutex_t lock;
    bool ready;             /* the folder of blobs is there and its entry is synced; */
    bool made[BLOB_SHARDS]; /* so are the shards */
    atomic_uint_fast64_t temporaries;
};

static BlobFailure failure_of(int error)
{
    switch (error) {
    case 0:
        return BLOB_FINE;
    case ENOENT:
        return BLOB_MISSING;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return BLOB_FULL;
    case EROFS:
    case EACCES:
    case EPERM:
        return BLOB_READ_ONLY;
    default:
        return BLOB_BROKEN;
    }
}

/* ---- Names and paths ------------------------------------------------------------------------- */

static bool is_name(Str name)
{
    for (size_t i = 0; i < name.n; i++)
        if (!(name.p[i] >= '0' && name.p[i] <= '9') && !(name.p[i] >= 'a' && name.p[i] <= 'f'))
            return false;
    return name.n == BLOB_NAME_LENGTH;
}

typedef struct Path {
    char text[PATH_MAX_HERE];
} Path;

static Path __attribute__((format(printf, 1, 2))) path_of(const char *format, ...)
{
    Path path;
    va_list args;
    va_start(args, format);
    int n = vsnprintf(path.text, sizeof path.text, format, args);
    va_end(args);
    assert(n > 0 && (size_t)n < sizeof path.text);
    return path;
}

static Path path_of_shard(unsigned shard)
{
    return path_of("blobs/%02x", shard);
}

static Path path_of_blob(Str name)
{
    return path_of("blobs/%.2s/%.*s", name.p, BLOB_NAME_LENGTH - 2, name.p + 2);
}

/* ---- Folders --------------------------------------------------------------------------------- */

static int open_folder(const Blobs *blobs, const char *path)
{
    return openat(blobs->folder, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Makes what was renamed or made inside durable. 0, or errno. */
static int sync_folder(const Blobs *blobs, const char *path)
{
    int fd = open_folder(blobs, path);
    if (fd < 0) return errno;
    int error = fsync(fd) == 0 ? 0 : errno;
    close(fd);
    return error;
}

static int make_folder(const Blobs *blobs, const char *path, const char *parent)
{
    if (mkdirat(blobs->folder, path, 0700) != 0 && errno != EEXIST) return errno;
    return sync_folder(blobs, parent);
}

/* What a blob of the shard needs. Once each: an entry that is there may have been made by a process
 * that ended before it was synced. */
static int make_folders(Blobs *blobs, unsigned shard)
{
    int error = 0;
    pthread_mutex_lock(&blobs->lock);
    if (!blobs->ready) {
        error = make_folder(blobs, "blobs", ".");
        if (!error) error = make_folder(blobs, "blobs/tmp", "blobs");
        blobs->ready = !error;
    }
    if (!error && !blobs->made[shard]) {
        error = make_folder(blobs, path_of_shard(shard).text, "blobs");
        blobs->made[shard] = !error;
    }
    pthread_mutex_unlock(&blobs->lock);
    return error;
}

/* ---- Opening --------------------------------------------------------------------------------- */

/* Calls `f` with the name of each file. */
static void each_file(const Blobs *blobs, const char *path,
                      void (*f)(int folder, const char *name, void *arg), void *arg)
{
    int fd = open_folder(blobs, path);
    DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
    if (!folder) {
        if (fd >= 0) close(fd);
        return;
    }
    for (struct dirent *entry; (entry = readdir(folder));)
        if (entry->d_name[0] != '.') f(fd, entry->d_name, arg);
    closedir(folder);
}

static void remove_leftover(int folder, const char *name, void *arg)
{
    (void)arg;
    unlinkat(folder, name, 0);
}

Blobs *blobs_open(Str folder)
{
    char *path = strndup(folder.p, folder.n);
    Blobs *blobs = calloc(1, sizeof *blobs);
    if (!path || !blobs) abort();
    blobs->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(path);
    if (blobs->folder < 0) {
        free(blobs);
        return NULL;
    }
    pthread_mutex_init(&blobs->lock, NULL);
    each_file(blobs, "blobs/tmp", remove_leftover, NULL);
    return blobs;
}

void blobs_close(Blobs *blobs)
{
    if (!blobs) return;
    close(blobs->folder);
    pthread_mutex_destroy(&blobs->lock);
    free(blobs);
}

/* ---- Writing --------------------------------------------------------------------------------- */

static int write_all(int fd, Str bytes)
{
    while (bytes.n) {
        ssize_t n = write(fd, bytes.p, bytes.n);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno;
        bytes = str_slice(bytes, (size_t)n, bytes.n);
    }
    return 0;
}

/* A new file with these bytes, synced. */
static int write_file(const Blobs *blobs, const Path *path, Str bytes)
{
    int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
    int fd = openat(blobs->folder, path->text, flags, 0600);
    if (fd < 0) return errno;
    int error = FAULT(&fault_write) ? ENOSPC : write_all(fd, bytes);
    if (!error && fsync(fd) != 0) error = errno;
    if (close(fd) != 0 && !error) error = errno;
    return error;
}

/* Is it there, with as many bytes? Then it is young from now on. */
static bool make_young(Blobs *blobs, const Path *path, size_t size)
{
    struct stat about;
    pthread_mutex_lock(&blobs->lock);
    bool there = fstatat(blobs->folder, path->text, &about, AT_SYMLINK_NOFOLLOW) == 0 &&
                 S_ISREG(about.st_mode) && (size_t)about.st_size == size &&
                 utimensat(blobs->folder, path->text, NULL, 0) == 0;
    pthread_mutex_unlock(&blobs->lock);
    return there;
}

static int write_blob(Blobs *blobs, const Path *path, Str bytes)
{
    Path temporary =
        path_of("blobs/tmp/%llu", (unsigned long long)atomic_fetch_add(&blobs->temporaries, 1));
    int error = write_file(blobs, &temporary, bytes);
    FAULT(&fault_rename);
    if (!error && renameat(blobs->folder, temporary.text, blobs->folder, path->text) != 0)
        error = errno;
    if (error) unlinkat(blobs->folder, temporary.text, 0);
    return error;
}

BlobFailure blobs_put(Blobs *blobs, Arena *arena, Str bytes, Str *name)
{
    unsigned char hash[SHA256_BYTES];
    hash_sha256(bytes, hash);
    Str hex = hex_text(arena, hash, sizeof hash);
    Path path = path_of_blob(hex);
    int error = make_folders(blobs, hash[0]);
    FAULT(&fault_look);
    if (!error && !make_young(blobs, &path, bytes.n)) error = write_blob(blobs, &path, bytes);
    FAULT(&fault_renamed);
    if (!error) error = sync_folder(blobs, path_of_shard(hash[0]).text);
    if (!error) *name = hex;
    errno = error;
    return error == ENOENT ? BLOB_BROKEN : failure_of(error); /* a folder has gone */
}

/* ---- Reading --------------------------------------------------------------------------------- */

static BlobBytes *bytes_new(size_t room)
{
    BlobBytes *out = malloc(sizeof *out + room);
    if (!out) abort();
    *out = (BlobBytes){.bytes = {(char *)(out + 1), 0}};
    return out;
}

static int read_small(int fd, size_t size, BlobBytes **out)
{
    BlobBytes *read_here = bytes_new(size);
    while (read_here->bytes.n < size) {
        size_t at = read_here->bytes.n;
        ssize_t n = pread(fd, (char *)(read_here + 1) + at, size - at, (off_t)at);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) {
            int error = n < 0 ? errno : EIO; /* shorter than it was a moment ago */
            free(read_here);
            return error;
        }
        read_here->bytes.n += (size_t)n;
    }
    *out = read_here;
    return 0;
}

static int map_large(int fd, size_t size, BlobBytes **out)
{
    void *at = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    if (at == MAP_FAILED) return errno;
    *out = bytes_new(0);
    **out = (BlobBytes){.bytes = {at, size}, .mapping = at};
    return 0;
}

static int read_file(const Blobs *blobs, const Path *path, BlobBytes **out)
{
    struct stat about;
    int fd = openat(blobs->folder, path->text, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) return errno;
    int error = fstat(fd, &about) == 0 ? 0 : errno;
    size_t size = error ? 0 : (size_t)about.st_size;
    if (!error) error = size < MAP_MIN ? read_small(fd, size, out) : map_large(fd, size, out);
    close(fd);
    return error;
}

BlobFailure blobs_read(Blobs *blobs, Str name, BlobBytes **out)
{
    if (!is_name(name)) return BLOB_MISSING;
    Path path = path_of_blob(name);
    int error = read_file(blobs, &path, out);
    errno = error;
    return failure_of(error);
}

void blob_bytes_free(void *blob_bytes)
{
    BlobBytes *gone = blob_bytes;
    if (gone && gone->mapping) munmap(gone->mapping, gone->bytes.n);
    free(gone);
}

/* ---- Sweeping -------------------------------------------------------------------------------- */

typedef struct Listing {
    Arena *arena;
    unsigned shard;
    StrList names;
    size_t room;
} Listing;

static void add_to_listing(int folder, const char *file, void *arg)
{
    enum { FIRST = 64 };
    (void)folder;
    Listing *listing = arg;
    StrList *names = &listing->names;
    Str name = str_format(listing->arena, "%02x%s", listing->shard, file);
    if (!is_name(name)) return;
    if (names->n == listing->room) {
        size_t room = listing->room ? listing->room * 2 : FIRST;
        names->items = arena_grow(listing->arena, names->items, names->n * sizeof(Str),
                                  room * sizeof(Str), alignof(Str));
        listing->room = room;
    }
    names->items[names->n++] = name;
}

StrList blobs_list(Blobs *blobs, Arena *arena, unsigned shard)
{
    Listing listing = {.arena = arena, .shard = shard};
    each_file(blobs, path_of_shard(shard).text, add_to_listing, &listing);
    return listing.names;
}

/* The system's clock, as it is the one that files have their times from. */
bool blobs_sweep(Blobs *blobs, Str name, int64_t age_us)
{
    struct stat about;
    if (!is_name(name)) return false;
    Path path = path_of_blob(name);
    int64_t until_us = clock_now(&clock_system).us - age_us;
    pthread_mutex_lock(&blobs->lock);
    bool old = fstatat(blobs->folder, path.text, &about, AT_SYMLINK_NOFOLLOW) == 0 &&
               about.st_mtim.tv_sec * INT64_C(1000000) + about.st_mtim.tv_nsec / 1000 <= until_us;
    if (old) FAULT(&fault_sweep);
    bool gone = old && unlinkat(blobs->folder, path.text, 0) == 0;
    pthread_mutex_unlock(&blobs->lock);
    return gone;
}
