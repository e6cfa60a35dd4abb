#include "platform/db/test_vfs.h"

#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { SECTOR = 512, FILES_MAX = 8 };

/* A write (or with NULL bytes a truncation) that no sync has followed. */
typedef struct Pending {
    char *bytes;
    size_t n;
    int64_t offset; /* of a truncation: the new size */
} Pending;

typedef struct Disk {
    char path[512]; /* empty: a free entry */
    bool exists;    /* is there, if the power goes now */
    char *synced;
    int64_t size, room;
    Pending *pending;
    size_t pending_count, pending_room;
} Disk;

static struct {
    pthread_mutex_t lock;
    sqlite3_vfs vfs, *real;
    Disk disks[FILES_MAX];
    int64_t operations, cut_after;
    _Atomic bool cut;
    int64_t limit;
    bool ignore_sync;
    int failing_syncs;
} world = {.lock = PTHREAD_MUTEX_INITIALIZER};

typedef struct File {
    sqlite3_file base;
    Disk *disk; /* NULL: of no interest (temporary) */
    sqlite3_file *real;
} File;

static File *own(sqlite3_file *file)
{
    return (File *)(void *)file;
}

/* ---- What is on the disk ------------------------------------------------------------- */

static Disk *disk_find(const char *path)
{
    for (int i = 0; i < FILES_MAX; i++)
        if (!strcmp(world.disks[i].path, path)) return &world.disks[i];
    return NULL;
}

static Disk *disk_of(const char *path)
{
    Disk *disk = disk_find(path);
    if (disk) return disk;
    disk = disk_find("");
    if (!disk) abort();
    snprintf(disk->path, sizeof disk->path, "%s", path);
    return disk;
}

static void forget_pending(Disk *disk)
{
    for (size_t i = 0; i < disk->pending_count; i++) free(disk->pending[i].bytes);
    disk->pending_count = 0;
}

static void resize(Disk *disk, int64_t size)
{
    if (size > disk->room) {
        disk->room = size * 2;
        disk->synced = realloc(disk->synced, (size_t)disk->room);
    }
    if (size > disk->size) memset(disk->synced + disk->size, 0, (size_t)(size - disk->size));
    disk->size = size;
}

static void apply(Disk *disk, const Pending *p)
{
    if (!p->bytes) return resize(disk, p->offset);
    if (p->offset + (int64_t)p->n > disk->size) resize(disk, p->offset + (int64_t)p->n);
    memcpy(disk->synced + p->offset, p->bytes, p->n);
}

/* Only some of the write's sectors arrive. */
static void apply_torn(Disk *disk, const Pending *p, const Random *random)
{
    for (size_t at = 0; p->bytes && at < p->n;) {
        size_t n = SECTOR - (size_t)(p->offset + (int64_t)at) % SECTOR;
        if (n > p->n - at) n = p->n - at;
        Pending sector = {p->bytes + at, n, p->offset + (int64_t)at};
        if (random_below(random, 2)) apply(disk, &sector);
        at += n;
    }
}

static void note(Disk *disk, const void *bytes, size_t n, int64_t offset)
{
    if (disk->pending_count == disk->pending_room) {
        disk->pending_room = disk->pending_room ? disk->pending_room * 2 : 64;
        disk->pending = realloc(disk->pending, disk->pending_room * sizeof *disk->pending);
    }
    char *copy = bytes ? malloc(n) : NULL;
    if (bytes) memcpy(copy, bytes, n);
    disk->pending[disk->pending_count++] = (Pending){copy, n, offset};
}

static void sync_disk(Disk *disk)
{
    for (size_t i = 0; i < disk->pending_count; i++) apply(disk, &disk->pending[i]);
    forget_pending(disk);
    disk->exists = true;
}

/* One more operation: does the disk still have power? */
static bool powered(void)
{
    world.operations++;
    if (world.cut_after && --world.cut_after == 0) atomic_store(&world.cut, true);
    return !atomic_load(&world.cut);
}

/* ---- Operations ---------------------------------------------------------------------- */

static int file_write(sqlite3_file *file, const void *bytes, int n, sqlite3_int64 offset)
{
    File *f = own(file);
    sqlite3_int64 size = 0;
    pthread_mutex_lock(&world.lock);
    int code = SQLITE_IOERR_WRITE;
    if (powered()) {
        code = f->real->pMethods->xFileSize(f->real, &size);
        if (code == SQLITE_OK && world.limit && offset + n > size && offset + n > world.limit)
            code = SQLITE_FULL;
        if (code == SQLITE_OK) code = f->real->pMethods->xWrite(f->real, bytes, n, offset);
        if (code == SQLITE_OK && f->disk) note(f->disk, bytes, (size_t)n, offset);
    }
    pthread_mutex_unlock(&world.lock);
    return code;
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    File *f = own(file);
    pthread_mutex_lock(&world.lock);
    int code = powered() ? f->real->pMethods->xTruncate(f->real, size) : SQLITE_IOERR_TRUNCATE;
    if (code == SQLITE_OK && f->disk) note(f->disk, NULL, 0, size);
    pthread_mutex_unlock(&world.lock);
    return code;
}

static int file_sync(sqlite3_file *file, int flags)
{
    (void)flags;
    File *f = own(file);
    pthread_mutex_lock(&world.lock);
    int code = powered() ? SQLITE_OK : SQLITE_IOERR_FSYNC;
    if (code == SQLITE_OK && world.failing_syncs > 0) {
        world.failing_syncs--;
        code = SQLITE_IOERR_FSYNC;
    }
    if (code == SQLITE_OK && f->disk && !world.ignore_sync) sync_disk(f->disk);
    pthread_mutex_unlock(&world.lock);
    return code;
}

static int file_close(sqlite3_file *file)
{
    File *f = own(file);
    int code = f->real->pMethods ? f->real->pMethods->xClose(f->real) : SQLITE_OK;
    free(f->real);
    return code;
}

static int file_read(sqlite3_file *file, void *bytes, int n, sqlite3_int64 offset)
{
    sqlite3_file *real = own(file)->real;
    return atomic_load(&world.cut) ? SQLITE_IOERR_READ
                                   : real->pMethods->xRead(real, bytes, n, offset);
}

#define PASS(name, parameters, ...)                                                                \
    static int file_##name parameters                                                              \
    {                                                                                              \
        sqlite3_file *real = own(file)->real;                                                      \
        return real->pMethods->x##name(real __VA_OPT__(, ) __VA_ARGS__);                           \
    }

PASS(FileSize, (sqlite3_file * file, sqlite3_int64 *size), size)
PASS(Lock, (sqlite3_file * file, int level), level)
PASS(Unlock, (sqlite3_file * file, int level), level)
PASS(CheckReservedLock, (sqlite3_file * file, int *out), out)
PASS(FileControl, (sqlite3_file * file, int what, void *arg), what, arg)
PASS(SectorSize, (sqlite3_file * file))
PASS(DeviceCharacteristics, (sqlite3_file * file))
PASS(ShmMap, (sqlite3_file * file, int page, int size, int extend, void volatile **out), page, size,
     extend, out)
PASS(ShmLock, (sqlite3_file * file, int offset, int n, int flags), offset, n, flags)
PASS(ShmUnmap, (sqlite3_file * file, int remove), remove)
PASS(Fetch, (sqlite3_file * file, sqlite3_int64 offset, int n, void **out), offset, n, out)
PASS(Unfetch, (sqlite3_file * file, sqlite3_int64 offset, void *page), offset, page)

static void file_ShmBarrier(sqlite3_file *file)
{
    sqlite3_file *real = own(file)->real;
    real->pMethods->xShmBarrier(real);
}

static const sqlite3_io_methods methods = {
    .iVersion = 3,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_FileSize,
    .xLock = file_Lock,
    .xUnlock = file_Unlock,
    .xCheckReservedLock = file_CheckReservedLock,
    .xFileControl = file_FileControl,
    .xSectorSize = file_SectorSize,
    .xDeviceCharacteristics = file_DeviceCharacteristics,
    .xShmMap = file_ShmMap,
    .xShmLock = file_ShmLock,
    .xShmBarrier = file_ShmBarrier,
    .xShmUnmap = file_ShmUnmap,
    .xFetch = file_Fetch,
    .xUnfetch = file_Unfetch,
};

/* What was there before counts as synced. */
static int take_over(Disk *disk, sqlite3_file *real)
{
    sqlite3_int64 size = 0;
    int code = real->pMethods->xFileSize(real, &size);
    if (code != SQLITE_OK || size == 0) return code;
    resize(disk, size);
    disk->exists = true;
    return real->pMethods->xRead(real, disk->synced, (int)size, 0);
}

static int vfs_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags,
                    int *out_flags)
{
    (void)vfs;
    File *f = own(file);
    bool kept = path && flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL);
    *f = (File){.real = calloc(1, (size_t)world.real->szOsFile)};
    int code = world.real->xOpen(world.real, path, f->real, flags, out_flags);
    if (code != SQLITE_OK) {
        if (f->real->pMethods) f->real->pMethods->xClose(f->real);
        free(f->real);
        return code;
    }
    pthread_mutex_lock(&world.lock);
    bool fresh = kept && !disk_find(path);
    if (kept) f->disk = disk_of(path);
    if (fresh) code = take_over(f->disk, f->real);
    pthread_mutex_unlock(&world.lock);
    f->base.pMethods = &methods;
    return code;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *path, int sync_folder)
{
    (void)vfs, (void)sync_folder;
    pthread_mutex_lock(&world.lock);
    int code = powered() ? world.real->xDelete(world.real, path, sync_folder) : SQLITE_IOERR_DELETE;
    Disk *disk = disk_find(path);
    if (code == SQLITE_OK && disk) {
        forget_pending(disk);
        free(disk->synced);
        *disk = (Disk){.pending = disk->pending, .pending_room = disk->pending_room};
    }
    pthread_mutex_unlock(&world.lock);
    return code;
}

/* ---- For the tests ------------------------------------------------------------------- */

void vfs_reset(void)
{
    if (!world.real) {
        world.real = sqlite3_vfs_find(NULL);
        world.vfs = *world.real;
        world.vfs.zName = VFS_NAME;
        world.vfs.szOsFile = sizeof(File);
        world.vfs.xOpen = vfs_open;
        world.vfs.xDelete = vfs_delete;
        sqlite3_vfs_register(&world.vfs, 0);
    }
    for (int i = 0; i < FILES_MAX; i++) {
        forget_pending(&world.disks[i]);
        free(world.disks[i].synced);
        free(world.disks[i].pending);
        world.disks[i] = (Disk){0};
    }
    atomic_store(&world.cut, false);
    world.operations = world.cut_after = 0;
    world.failing_syncs = 0;
    world.limit = 0;
    world.ignore_sync = false;
}

void vfs_cut_after(int64_t operations)
{
    pthread_mutex_lock(&world.lock);
    world.cut_after = operations;
    pthread_mutex_unlock(&world.lock);
}

bool vfs_is_cut(void)
{
    return atomic_load(&world.cut);
}

int64_t vfs_operations(void)
{
    pthread_mutex_lock(&world.lock);
    int64_t operations = world.operations;
    pthread_mutex_unlock(&world.lock);
    return operations;
}

void vfs_ignore_sync(bool ignore)
{
    pthread_mutex_lock(&world.lock);
    world.ignore_sync = ignore;
    pthread_mutex_unlock(&world.lock);
}

void vfs_limit(int64_t bytes)
{
    pthread_mutex_lock(&world.lock);
    world.limit = bytes;
    pthread_mutex_unlock(&world.lock);
}

void vfs_fail_syncs(int count)
{
    pthread_mutex_lock(&world.lock);
    world.failing_syncs = count;
    pthread_mutex_unlock(&world.lock);
}

/* A quarter of the writes is lost, a quarter torn. */
static void lose_power(Disk *disk, const Random *random)
{
    for (size_t i = 0; i < disk->pending_count; i++) {
        uint64_t fate = random_below(random, 4);
        if (fate == 0) apply_torn(disk, &disk->pending[i], random);
        if (fate > 1) apply(disk, &disk->pending[i]);
    }
    disk->exists = disk->exists || random_below(random, 2);
    forget_pending(disk);
}

static void write_file(const char *path, const char *bytes, size_t n)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    for (size_t at = 0; at < n;) {
        ssize_t written = write(fd, bytes + at, n - at);
        if (written < 0) abort();
        at += (size_t)written;
    }
    close(fd);
}

void vfs_salvage(const char *from, const char *to, const Random *random)
{
    for (int i = 0; i < FILES_MAX; i++) {
        Disk *disk = &world.disks[i];
        size_t folder = strlen(from);
        if (strncmp(disk->path, from, folder) != 0) continue;
        lose_power(disk, random);
        char path[600];
        snprintf(path, sizeof path, "%s%s", to, disk->path + folder);
        if (disk->exists) write_file(path, disk->synced, (size_t)disk->size);
    }
}
