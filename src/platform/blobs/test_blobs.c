#include "platform/blobs/blobs.h"

#include "base/hash.h"
#include "platform/telemetry/fault.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h>

#include <cmocka.h>

#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

enum { LARGE = 300 * 1000 };
#define ABC_AND_MORE "00" ABC
#define HOUR_US      (INT64_C(3600) * 1000000)

typedef struct World {
    Arena *arena;
    Blobs *blobs;
    char folder[256];
} World;

static void reopen(World *w)
{
    blobs_close(w->blobs);
    w->blobs = blobs_open(str_from(w->folder));
    assert_non_null(w->blobs);
}

static int setup(void **state)
{
    World *w = calloc(1, sizeof *w);
    const char *parent = getenv("SOUK_TEST_DIR");
    snprintf(w->folder, sizeof w->folder, "%s/souk-blobs-XXXXXX", parent ? parent : "/tmp");
    assert_non_null(mkdtemp(w->folder));
    w->arena = arena_new(4096);
    reopen(w);
    *state = w;
    return 0;
}

static void remove_folder(const char *path)
{
    DIR *folder = opendir(path);
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        char inside[512];
        if (entry->d_name[0] == '.') continue;
        snprintf(inside, sizeof inside, "%s/%s", path, entry->d_name);
        if (unlink(inside) != 0) remove_folder(inside);
    }
    if (folder) closedir(folder);
    rmdir(path);
}

static int teardown(void **state)
{
    World *w = *state;
    fault_disarm_all();
    blobs_close(w->blobs);
    remove_folder(w->folder);
    arena_free(w->arena);
    free(w);
    return 0;
}

static const char *path_in(World *w, const char *path)
{
    return str_z(w->arena, str_format(w->arena, "%s/%s", w->folder, path));
}

static Str put(World *w, Str bytes)
{
    Str name = {0};
    assert_int_equal(blobs_put(w->blobs, w->arena, bytes, &name), BLOB_FINE);
    return name;
}

static bool holds(World *w, Str name, Str bytes)
{
    BlobBytes *found;
    if (blobs_read(w->blobs, name, &found) != BLOB_FINE) return false;
    bool same = str_eq(found->bytes, bytes);
    blob_bytes_free(found);
    return same;
}

static size_t count_files(World *w, const char *path)
{
    size_t n = 0;
    DIR *folder = opendir(path_in(w, path));
    for (struct dirent *entry; folder && (entry = readdir(folder));) n += entry->d_name[0] != '.';
    if (folder) closedir(folder);
    return n;
}

static size_t count_blobs(World *w)
{
    size_t n = 0;
    for (unsigned shard = 0; shard < BLOB_SHARDS; shard++)
        n += blobs_list(w->blobs, w->arena, shard).n;
    return n;
}

/* As if it had been put an hour ago. */
static void make_old(World *w, const char *path)
{
    struct timespec now, times[2];
    struct stat about;
    assert_int_equal(stat(path_in(w, path), &about), 0);
    now = about.st_mtim;
    times[0] = times[1] = (struct timespec){.tv_sec = now.tv_sec - 3600, .tv_nsec = now.tv_nsec};
    assert_int_equal(utimensat(AT_FDCWD, path_in(w, path), times, 0), 0);
}

/* ---- Keeping --------------------------------------------------------------------------------- */

static void a_blob_is_named_by_its_content(void **state)
{
    World *w = *state;
    assert_int_equal(count_files(w, "."), 0); /* opening makes nothing */
    Str name = put(w, S("abc"));
    assert_true(str_eq(name, S(ABC)));
    assert_true(str_eq(put(w, S("abc")), name));
    assert_int_equal(count_blobs(w), 1);
    struct stat about;
    assert_int_equal(stat(path_in(w, "blobs/ba/7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff"
                                     "61f20015ad"),
                          &about),
                     0);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_true(holds(w, name, S("abc")));
    assert_int_equal(count_files(w, "blobs/tmp"), 0);
    reopen(w);
    assert_true(holds(w, name, S("abc")));
    assert_true(holds(w, put(w, S("")), S("")));
}

/* What is mapped stays, also when the blob is deleted meanwhile. */
static void large_blobs_are_read_whole(void **state)
{
    World *w = *state;
    char *bytes = arena_alloc(w->arena, LARGE, 1);
    for (size_t i = 0; i < LARGE; i++) bytes[i] = (char)(i * 7 % 251);
    BlobBytes *found;
    Str name = put(w, (Str){bytes, LARGE});
    assert_int_equal(blobs_read(w->blobs, name, &found), BLOB_FINE);
    assert_true(blobs_sweep(w->blobs, name, -1000000));
    assert_int_equal(found->bytes.n, LARGE);
    assert_memory_equal(found->bytes.p, bytes, LARGE);
    blob_bytes_free(found);
    assert_int_equal(blobs_read(w->blobs, name, &found), BLOB_MISSING);
}

static void what_is_no_name_is_missing(void **state)
{
    World *w = *state;
    static const char *const names[] = {
        "",
        "abc",
        "../../../../../../../../../../../../../../../../../../etc/passwd",
        "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD",
        ABC_AND_MORE,
        "0000000000000000000000000000000000000000000000000000000000000000",
    };
    put(w, S("abc"));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        BlobBytes *found;
        assert_int_equal(blobs_read(w->blobs, str_from(names[i]), &found), BLOB_MISSING);
        assert_false(blobs_sweep(w->blobs, str_from(names[i]), -1000000));
    }
}

/* A file that lost its end is mended by the next put. */
static void a_damaged_blob_is_written_anew(void **state)
{
    World *w = *state;
    Str name = put(w, S("abc"));
    assert_int_equal(truncate(path_in(w, "blobs/ba/7816bf8f01cfea414140de5dae2223b00361a396177a9cb4"
                                         "10ff61f20015ad"),
                              1),
                     0);
    assert_false(holds(w, name, S("abc")));
    put(w, S("abc"));
    assert_true(holds(w, name, S("abc")));
}

/* ---- Sweeping -------------------------------------------------------------------------------- */

static void lists_name_every_blob(void **state)
{
    World *w = *state;
    enum { BLOBS = 40 };
    for (int i = 0; i < BLOBS; i++) put(w, str_format(w->arena, "%d", i));
    int fd = open(path_in(w, "blobs/ba/notes.txt"), O_CREAT | O_WRONLY, 0600);
    if (fd >= 0) close(fd); /* there may be no such shard: then nothing is to be passed over */
    assert_int_equal(count_blobs(w), BLOBS);
    for (unsigned shard = 0; shard < BLOB_SHARDS; shard++) {
        StrList names = blobs_list(w->blobs, w->arena, shard);
        for (size_t i = 0; i < names.n; i++) {
            BlobBytes *found;
            unsigned char hash[SHA256_BYTES];
            assert_int_equal(blobs_read(w->blobs, names.items[i], &found), BLOB_FINE);
            hash_sha256(found->bytes, hash);
            assert_true(str_eq(hex_text(w->arena, hash, sizeof hash), names.items[i]));
            assert_int_equal(hash[0], shard);
            blob_bytes_free(found);
        }
    }
}

static void only_old_blobs_are_swept(void **state)
{
    World *w = *state;
    const char *path = "blobs/ba/7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    Str name = put(w, S("abc"));
    assert_false(blobs_sweep(w->blobs, name, HOUR_US / 2));
    make_old(w, path);
    put(w, S("abc"));
    assert_false(blobs_sweep(w->blobs, name, HOUR_US / 2)); /* it is wanted again */
    make_old(w, path);
    assert_true(blobs_sweep(w->blobs, name, HOUR_US / 2));
    assert_false(blobs_sweep(w->blobs, name, HOUR_US / 2));
    assert_int_equal(count_blobs(w), 0);
}

/* ---- When it cannot be kept ------------------------------------------------------------------ */

/* Runs in a child, which ends with the answer of a put, or by the fault that it was given. */
static int put_in_child(World *w, void (*before)(World *w), Str bytes)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        Str name;
        before(w);
        _exit((int)blobs_put(w->blobs, w->arena, bytes, &name));
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void arm(World *w, const char *spec)
{
    Str why;
    assert_true(fault_arm(w->arena, str_from(spec), &why));
}

static void die_before_rename(World *w)
{
    arm(w, "blobs.rename=kill");
}

static void die_after_rename(World *w)
{
    arm(w, "blobs.renamed=kill");
}

static void a_crash_leaves_nothing_half(void **state)
{
    World *w = *state;
    BlobBytes *found;
    assert_int_equal(put_in_child(w, die_before_rename, S("abc")), -SIGKILL);
    assert_int_equal(blobs_read(w->blobs, S(ABC), &found), BLOB_MISSING);
    assert_int_equal(count_files(w, "blobs/tmp"), 1);
    reopen(w);
    assert_int_equal(count_files(w, "blobs/tmp"), 0);
    assert_int_equal(put_in_child(w, die_after_rename, S("abc")), -SIGKILL);
    assert_true(holds(w, S(ABC), S("abc")));
    assert_int_equal(count_files(w, "blobs/tmp"), 0);
    assert_true(str_eq(put(w, S("abc")), S(ABC)));
}

static void limit_files(World *w)
{
    (void)w;
    assert_int_equal(sigaction(SIGXFSZ, &(struct sigaction){.sa_handler = SIG_IGN}, NULL), 0);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &(struct rlimit){1000, 1000}), 0);
}

/* Whether no byte can be written or only some. */
static void a_full_disk_is_told(void **state)
{
    World *w = *state;
    Str name = S("untouched"), large = {arena_alloc(w->arena, LARGE, 1), LARGE};
    memset((char *)(uintptr_t)large.p, 'x', LARGE);
    arm(w, "blobs.write=fail");
    assert_int_equal(blobs_put(w->blobs, w->arena, S("abc"), &name), BLOB_FULL);
    assert_true(str_eq(name, S("untouched")));
    fault_disarm_all();
    assert_int_equal(put_in_child(w, limit_files, large), BLOB_FULL);
    assert_int_equal(count_blobs(w), 0);
    assert_int_equal(count_files(w, "blobs/tmp"), 0);
    assert_true(holds(w, put(w, large), large)); /* by itself, when there is room */
}

/* Root may write anywhere. */
static void become_nobody(World *w)
{
    enum { NOBODY = 65534 };
    (void)w;
    if (geteuid() == 0) assert_int_equal(setresuid(NOBODY, NOBODY, NOBODY), 0);
}

static void a_read_only_folder_is_told(void **state)
{
    World *w = *state;
    assert_int_equal(chmod(w->folder, 0555), 0);
    assert_int_equal(put_in_child(w, become_nobody, S("abc")), BLOB_READ_ONLY);
    assert_int_equal(chmod(w->folder, 0755), 0);
    put(w, S("abc"));
    assert_int_equal(chmod(path_in(w, "blobs"), 0755), 0);
    assert_int_equal(chmod(path_in(w, "blobs/tmp"), 0555), 0);
    assert_int_equal(put_in_child(w, become_nobody, S("abcd")), BLOB_READ_ONLY);
    assert_int_equal(chmod(path_in(w, "blobs/tmp"), 0755), 0);
}

static void a_folder_that_is_none_is_told(void **state)
{
    World *w = *state;
    Str name;
    int fd = open(path_in(w, "blobs"), O_CREAT | O_WRONLY, 0600);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(blobs_put(w->blobs, w->arena, S("abc"), &name), BLOB_BROKEN);
    assert_int_equal(errno, ENOTDIR);
    assert_null(blobs_open(str_from(path_in(w, "blobs"))));
    assert_null(blobs_open(str_from(path_in(w, "nowhere"))));
}

/* ---- Many at once ---------------------------------------------------------------------------- */

typedef struct Putter {
    World *w;
    pthread_t thread;
    atomic_bool enough;
} Putter;

/* What was put is there to be read, however old the file was a moment ago. */
static void *put_old_blobs(void *arg)
{
    Putter *putter = arg;
    Arena *arena = arena_new(4096);
    while (!atomic_load(&putter->enough)) {
        BlobBytes *found;
        Str name;
        arena_reset(arena);
        if (blobs_put(putter->w->blobs, arena, S("abc"), &name) != BLOB_FINE) abort();
        if (blobs_sweep(putter->w->blobs, name, HOUR_US)) abort(); /* waits for the one under way */
        if (blobs_read(putter->w->blobs, name, &found) != BLOB_FINE) abort();
        blob_bytes_free(found);
        struct timespec old[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
        char *path = str_z(arena, str_format(arena, "%s/blobs/%.2s/%.*s", putter->w->folder, name.p,
                                             BLOB_NAME_LENGTH - 2, name.p + 2));
        utimensat(AT_FDCWD, path, old, 0); /* the next put may come too late for it */
    }
    arena_free(arena);
    return NULL;
}

/* A sweep that takes its time between looking and deleting must not delete what is put meanwhile. */
static void sweeping_meets_putting(void **state)
{
    enum { ENOUGH = 20 };
    Putter putter = {.w = *state};
    arm(*state, "blobs.look=delay:2");
    arm(*state, "blobs.sweep=delay:3");
    assert_int_equal(pthread_create(&putter.thread, NULL, put_old_blobs, &putter), 0);
    for (int swept = 0; swept < ENOUGH;) swept += blobs_sweep(putter.w->blobs, S(ABC), HOUR_US);
    atomic_store(&putter.enough, true);
    pthread_join(putter.thread, NULL);
}

/* The same bytes at once are one blob. */
static void *put_same(void *arg)
{
    Arena *arena = arena_new(4096);
    for (int i = 0; i < 20; i++) {
        Str name;
        if (blobs_put(arg, arena, str_format(arena, "%d", i % 5), &name) != BLOB_FINE) abort();
    }
    arena_free(arena);
    return NULL;
}

static void threads_share_a_store(void **state)
{
    enum { THREADS = 4 };
    World *w = *state;
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, put_same, w->blobs), 0);
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    assert_int_equal(count_blobs(w), 5);
    assert_int_equal(count_files(w, "blobs/tmp"), 0);
}

#define WITH_STORE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(a_blob_is_named_by_its_content), WITH_STORE(large_blobs_are_read_whole),
        WITH_STORE(what_is_no_name_is_missing),     WITH_STORE(a_damaged_blob_is_written_anew),
        WITH_STORE(lists_name_every_blob),          WITH_STORE(only_old_blobs_are_swept),
        WITH_STORE(a_crash_leaves_nothing_half),    WITH_STORE(a_full_disk_is_told),
        WITH_STORE(a_read_only_folder_is_told),     WITH_STORE(a_folder_that_is_none_is_told),
        WITH_STORE(sweeping_meets_putting),         WITH_STORE(threads_share_a_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
