/* Sealing, and the thread that does it.
 *
 * A chain whose end each writer moves makes all of them wait for each other: on PostgreSQL it took
 * three quarters of all throughput. So writers only write, and one thread gives what is committed its
 * number and its hash: on SQLite through the one writer, on PostgreSQL under an advisory lock, for
 * all processes. The order is that of sealing, which is that of ids but for what commits late.
 *
 * The newest end of the chain is always signed. What was the newest end before is not needed any
 * more, since the new signature covers it; one of each block of entries is kept, so that whoever
 * verifies can say between which two signatures something was changed.
 *
 * After each pass the signed state is also written to a file of the data folder, which is not the
 * database: cutting off the end of the chain, with all its signatures, can be seen only by who
 * remembers that there was more. Those that are kept are told to the log as well.
 *
 * The thread sleeps until somebody has committed an entry, then waits a moment for others, so that
 * a thousand entries a second cost a handful of signatures. On PostgreSQL it looks now and then by
 * itself, for entries of a process that died before it sealed them. */
#include "platform/audit/sealer.h"

#include "meta/json.h"
#include "platform/audit/store.h"
#include "platform/telemetry/fault.h"
#include "platform/telemetry/log.h"
#include "platform/telemetry/metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

FAULT_POINT(fault_unsealed, "audit.unsealed",
            "Entries are committed, and have no place in the chain yet.");
FAULT_POINT(fault_sealing, "audit.sealing",
            "Entries have got their places and the signature, and that is not committed.");
LOG_EVENT(checkpoint_kept, "audit.checkpoint", LOG_INFO,
          "A signed state of the audit trail. Whoever keeps the log can tell by it whether entries "
          "were cut off (`souk audit verify`).");
LOG_EVENT(seal_failed, "audit.seal_failed", LOG_WARN,
          "Entries of the audit trail could not be sealed; it is tried again.");
METRIC_FAMILY(sealed_total, .name = "souk_audit_sealed_total", .kind = METRIC_COUNTER,
              .doc = "Entries of the audit trail that this process has sealed.");

enum {
    BATCH = 256,     /* entries of a transaction: SQLite's writer must not be kept for long */
    BLOCK = 1000,    /* entries between two checkpoints that are kept */
    HEAD_MAX = 1000, /* bytes of the file */
};
#define GATHER_US     ((int64_t)200000)     /* for others who come at the same time */
#define LOOK_US       ((int64_t)5000000)    /* PostgreSQL: for what others have left */
#define LOOK_ALONE_US ((int64_t)3600000000) /* SQLite: who writes wakes it */
#define TRY_AGAIN_US  ((int64_t)250000)     /* after a failure, or behind a long transaction */

/* ---- One transaction ------------------------------------------------------------------------- */

typedef struct Pass {
    int64_t sealed;
    bool done, left;
    bool keeps; /* the checkpoint before `newest` stays */
    AuditCheckpoint before, newest;
} Pass;

static JoseKey *take_signer(Ctx *cx, AuditSigner **signer)
{
    *signer = audit_signer_newest(cx);
    JoseKey *key = *signer ? audit_signer_key(cx, *signer) : NULL;
    if (key || db_failure(cx)) return key;
    *signer = audit_signer_make(cx);
    audit_signer_insert(cx, *signer);
    return audit_signer_key(cx, *signer);
}

/* Gives the entries their places; answers the hash of the last. */
static Str chain(Ctx *cx, AuditEntryList entries, AuditCheckpoint before)
{
    Str previous = before.hash;
    for (size_t i = 0; i < entries.n; i++) {
        AuditEntry *entry = &entries.items[i];
        Buf line = buf_new(cx->arena, SIZE_MAX / 2);
        entry->sequence = before.sequence + 1 + (int64_t)i;
        audit_write_line(&line, entry, previous);
        previous = audit_line_hash(cx->arena, buf_str(&line));
        audit_entry_seal(cx, entry->id, entry->sequence, previous);
    }
    return previous;
}

static bool sign(Ctx *cx, Pass *pass, Str hash)
{
    AuditSigner *signer;
    JoseKey *key = take_signer(cx, &signer);
    if (!key) return false;
    pass->newest = (AuditCheckpoint){.sequence = pass->before.sequence + pass->sealed,
                                     .hash = hash,
                                     .at = ctx_now(cx),
                                     .signer = signer->id};
    audit_sign(cx->arena, key, AUDIT_SEALED, &pass->newest);
    jose_key_free(key);
    audit_checkpoint_insert(cx, &pass->newest);
    return true;
}

static bool seal_batch(Ctx *cx, void *arg)
{
    Pass *pass = arg;
    audit_chain_lock(cx);
    AuditEntryList entries = audit_unsealed(cx, BATCH);
    bool may_be_more = db_dialect(cx) == DB_POSTGRES;
    *pass = (Pass){.sealed = (int64_t)entries.n};
    pass->left = may_be_more && audit_unsealed_count(cx) > pass->sealed;
    pass->done = !entries.n && !db_failure(cx);
    if (!entries.n) return true;
    FAULT(&fault_unsealed);
    const AuditCheckpoint *before = audit_checkpoint_newest(cx);
    pass->before = before ? *before : (AuditCheckpoint){.hash = str_from(audit_no_hash)};
    if (!sign(cx, pass, chain(cx, entries, pass->before))) return false;
    pass->keeps = pass->newest.sequence / BLOCK > pass->before.sequence / BLOCK;
    if (before && !pass->keeps) audit_checkpoint_delete(cx, before->sequence);
    FAULT(&fault_sealing);
    pass->done = true;
    return true;
}

static void tell(const Pass *pass)
{
    static Series counter;
    if (!counter.at) counter = metric_series(&sealed_total);
    metric_add(counter, (uint64_t)pass->sealed);
    if (pass->keeps && pass->before.sequence)
        LOG(NULL, &checkpoint_kept, KV("sequence", pass->before.sequence),
            KV("hash", pass->before.hash), KV("signature", pass->before.signature));
}

/* As audit_seal; *newest is the last checkpoint that was made, if any, in cx->arena. */
static bool seal_all(Db *db, Ctx *cx, bool *left, AuditCheckpoint *newest)
{
    Pass pass;
    do {
        Arena *arena = arena_new(1 << 16);
        Ctx own = *cx;
        own.arena = arena;
        bool fine = db_run(db, TX_WRITE, &own, seal_batch, &pass) == DB_FINE && pass.done;
        if (fine && pass.sealed) {
            tell(&pass);
            *newest = pass.newest;
            newest->hash = str_copy(cx->arena, newest->hash);
            newest->signature = str_copy(cx->arena, newest->signature);
        }
        arena_free(arena);
        if (!fine) return false;
    } while (pass.sealed == BATCH);
    *left = pass.left;
    return true;
}

bool audit_seal(Db *db, Ctx *cx, bool *left)
{
    AuditCheckpoint newest = {0};
    return seal_all(db, cx, left, &newest);
}

/* ---- The file -------------------------------------------------------------------------------- */

/* Whole or not at all, and synced: half a file would look like a trail that was cut. */
static bool head_write(Arena *arena, Str folder, const AuditCheckpoint *head)
{
    Buf text = buf_new(arena, HEAD_MAX);
    json_write_stored(&text, &audit_checkpoint_type, head);
    buf_char(&text, '\n');
    char *name = str_z(arena, str_format(arena, "%.*s/" AUDIT_HEAD_FILE, STR_ARG(folder)));
    char *made = str_z(arena, str_format(arena, "%s.new", name));
    int fd = open(made, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) return false;
    bool written = write(fd, text.p, text.n) == (ssize_t)text.n && fdatasync(fd) == 0;
    return close(fd) == 0 && written && rename(made, name) == 0;
}

AuditCheckpoint *audit_head_read(Arena *arena, Str folder, bool *damaged)
{
    char text[HEAD_MAX];
    Str name = str_format(arena, "%.*s/" AUDIT_HEAD_FILE, STR_ARG(folder));
    int fd = open(str_z(arena, name), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    *damaged = fd < 0 && errno != ENOENT;
    if (fd < 0) return NULL;
    ssize_t n = read(fd, text, sizeof text);
    close(fd);
    Violations violations = violations_new(arena);
    Str read_here = str_copy(arena, (Str){text, n > 0 ? (size_t)n : 0});
    AuditCheckpoint *head =
        json_read(arena, &audit_checkpoint_type, read_here, JSON_STORED, &violations);
    *damaged = !head;
    return head;
}

/* ---- The thread ------------------------------------------------------------------------------ */

static struct {
    pthread_mutex_t lock; /* of the four below */
    pthread_cond_t changed;
    bool running, stopping, wanted;
    pthread_t thread;
    ModuleWorld world;
    Str folder;
} sealer = {.lock = PTHREAD_MUTEX_INITIALIZER};

void sealer_wake(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&sealer.lock);
    if (sealer.running && !sealer.wanted) {
        sealer.wanted = true;
        pthread_cond_signal(&sealer.changed);
    }
    pthread_mutex_unlock(&sealer.lock);
}

/* Until something is wanted, or the time is over, or it ends: then false. */
static bool wait_for_work(int64_t most_us)
{
    int64_t until_us = monotonic_us() + most_us;
    struct timespec until = {until_us / 1000000, (long)(until_us % 1000000) * 1000};
    pthread_mutex_lock(&sealer.lock);
    int status = 0;
    while (!sealer.stopping && !sealer.wanted && status != ETIMEDOUT)
        status = pthread_cond_timedwait(&sealer.changed, &sealer.lock, &until);
    bool stopping = sealer.stopping;
    pthread_mutex_unlock(&sealer.lock);
    return !stopping;
}

/* A moment, unless it ends. */
static void gather(void)
{
    int64_t until_us = monotonic_us() + GATHER_US;
    struct timespec until = {until_us / 1000000, (long)(until_us % 1000000) * 1000};
    pthread_mutex_lock(&sealer.lock);
    int status = 0;
    while (!sealer.stopping && status != ETIMEDOUT)
        status = pthread_cond_timedwait(&sealer.changed, &sealer.lock, &until);
    sealer.wanted = false; /* what is committed from here on is wanted anew */
    pthread_mutex_unlock(&sealer.lock);
}

/* False: something is left, or failed, and is to be tried again. */
static bool seal_now(Arena *arena)
{
    bool left = true;
    AuditCheckpoint newest = {0};
    Ctx cx = module_ctx(&sealer.world, arena);
    bool fine = seal_all(sealer.world.db, &cx, &left, &newest);
    if (fine && newest.sequence) fine = head_write(arena, sealer.folder, &newest);
    if (!fine) LOG(NULL, &seal_failed, KV("left", left));
    arena_reset(arena);
    return fine && !left;
}

static void *run(void *arg)
{
    Arena *arena = arg;
    int64_t idle_us = db_driver(sealer.world.db) == DB_POSTGRES ? LOOK_US : LOOK_ALONE_US;
    pthread_setname_np(pthread_self(), "audit");
    bool done = seal_now(arena); /* what the last process has left */
    while (wait_for_work(done ? idle_us : TRY_AGAIN_US)) {
        gather();
        done = seal_now(arena);
    }
    seal_now(arena);
    arena_free(arena);
    return NULL;
}

static void init(void)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&sealer.changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

/* Signals are the main thread's. */
void sealer_start(const ModuleWorld *world)
{
    sigset_t all, before;
    Arena *arena = arena_new(1 << 16);
    sealer.world = *world;
    sealer.folder = world->config->data;
    sealer.stopping = sealer.wanted = false;
    init();
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    sealer.running = pthread_create(&sealer.thread, NULL, run, arena) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (sealer.running) return;
    LOG(NULL, &seal_failed, KV("left", true));
    arena_free(arena);
}

void sealer_stop(void)
{
    pthread_mutex_lock(&sealer.lock);
    bool running = sealer.running;
    sealer.stopping = true;
    sealer.running = false;
    pthread_cond_signal(&sealer.changed);
    pthread_mutex_unlock(&sealer.lock);
    if (running) pthread_join(sealer.thread, NULL);
    pthread_cond_destroy(&sealer.changed);
}
