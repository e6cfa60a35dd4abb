/* The chain: each committed entry once, in an order that nobody can change unseen. */
#include "meta/json.h"
#include "platform/audit/sealer.h"
#include "platform/audit/store.h"
#include "platform/db/test_world.h"
#include "platform/telemetry/fault.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

static const AuditAction happened = {"thing.happened", "Something happened."};

static World *chain_of(void **state)
{
    World *w = world_of(state);
    int applied;
    Str detail = S("");
    const Error *error = db_migrate(w->db, &w->cx, audit_trail_module.migrations,
                                    audit_trail_module.migration_count, &applied, &detail);
    if (error) fail_msg("%s: %.*s", error->code, STR_ARG(detail));
    return w;
}

static bool write_entries(Ctx *cx, void *arg)
{
    const int64_t *count = arg;
    for (int64_t i = 0; i < *count; i++)
        audit(cx, &happened, "thing", (Id){i + 1}, NULL, NULL, NULL);
    return true;
}

static void act(World *w, int64_t times)
{
    RUN(w, TX_WRITE, write_entries, &times);
}

/* What is left. On PostgreSQL any transaction of the server may keep entries waiting, also one of
 * another test. */
static bool seal_once(World *w)
{
    bool left = false;
    assert_true(audit_seal(w->db, &w->cx, &left));
    return left;
}

static void seal(World *w)
{
    while (seal_once(w)) sched_yield();
}

typedef struct Chain {
    AuditEntryList entries;
    AuditCheckpointList checkpoints;
    AuditSignerList signers;
    int64_t unsealed;
} Chain;

static bool read_chain(Ctx *cx, void *arg)
{
    enum { ALL = 100000 };
    *(Chain *)arg = (Chain){audit_chain_page(cx, 0, ALL), audit_checkpoints_page(cx, 0, ALL),
                            audit_signers(cx), audit_unsealed_count(cx)};
    return true;
}

/* Everything that is sealed fits together, computed from the definition in chain.c and not by it. */
static Chain sound_chain(World *w)
{
    Chain chain;
    RUN(w, TX_READ, read_chain, &chain);
    Str previous = str_from(audit_no_hash);
    size_t next = 0;
    for (size_t i = 0; i < chain.entries.n; i++) {
        const AuditEntry *entry = &chain.entries.items[i];
        unsigned char hash[SHA256_BYTES];
        Buf line = buf_new(w->arena, 1 << 20);
        assert_int_equal(entry->sequence, i + 1);
        audit_write_line(&line, entry, previous);
        buf_char(&line, '}');
        hash_sha256(buf_str(&line), hash);
        previous = hex_text(w->arena, hash, sizeof hash);
        assert_true(str_eq(entry->hash, previous));
        if (next == chain.checkpoints.n ||
            chain.checkpoints.items[next].sequence != entry->sequence)
            continue;
        const AuditCheckpoint *checkpoint = &chain.checkpoints.items[next++];
        assert_true(str_eq(checkpoint->hash, previous));
        JoseKey *key = audit_signer_key(&w->cx, &chain.signers.items[0]);
        assert_true(audit_signed(w->arena, key, AUDIT_SEALED, checkpoint));
        assert_false(audit_signed(w->arena, key, AUDIT_EXPORTED, checkpoint));
        jose_key_free(key);
    }
    assert_int_equal(next, chain.checkpoints.n);
    if (chain.entries.n)
        assert_int_equal(chain.checkpoints.items[next - 1].sequence, chain.entries.n);
    return chain;
}

/* ---- One process ----------------------------------------------------------------------------- */

static void what_is_committed_is_sealed_once(void **state)
{
    World *w = chain_of(state);
    seal(w);
    assert_int_equal(sound_chain(w).checkpoints.n, 0); /* nothing to be signed */
    act(w, 3);
    assert_int_equal(sound_chain(w).unsealed, 3);
    seal(w);
    Chain chain = sound_chain(w);
    assert_int_equal(chain.entries.n, 3);
    assert_int_equal(chain.unsealed, 0);
    seal(w);
    act(w, 1);
    seal(w);
    chain = sound_chain(w);
    assert_int_equal(chain.entries.n, 4);
    assert_int_equal(chain.checkpoints.n, 1); /* the newest covers all */
    assert_int_equal(chain.signers.n, 1);
}

/* More than one transaction's worth; one signature of each thousand stays. */
static void many_are_sealed_in_slices(void **state)
{
    World *w = chain_of(state);
    for (int i = 0; i < 6; i++) {
        act(w, 450);
        seal(w);
    }
    Chain chain = sound_chain(w);
    assert_int_equal(chain.entries.n, 2700);
    assert_int_equal(chain.checkpoints.n, 3);
    assert_true(chain.checkpoints.items[0].sequence < 1000);
    assert_true(chain.checkpoints.items[0].sequence > 1000 - 256);
    assert_true(chain.checkpoints.items[1].sequence < 2000);
    assert_true(chain.checkpoints.items[1].sequence > 2000 - 256);
}

/* The line is what every version of the program must be able to make again. The hash was computed
 * with sha256sum. */
static void the_line_does_not_change(void **state)
{
    (void)state;
    Arena *arena = arena_new(4096);
    AuditEntry entry = {.id = {5},
                        .at = {INT64_C(1800000000123456)},
                        .action = S("user.changed"),
                        .actor_kind = S("user"),
                        .actor = {6},
                        .session = {7},
                        .kind = S("user"),
                        .subject = {8},
                        .request = S("req_0000000000009"),
                        .origin = S("AgEC"),
                        .changes = S("[{\"field\":\"name\",\"before\":\"\\\"\",\"after\":null}]"),
                        .person = {8},
                        .personal = S("AgID"),
                        .sequence = 10};
    Buf line = buf_new(arena, 4096);
    audit_write_line(&line, &entry, str_from(audit_no_hash));
    buf_char(&line, '}');
    assert_string_equal(
        str_z(arena, buf_str(&line)),
        "{\"format\":1,\"sequence\":10,\"previous\":"
        "\"0000000000000000000000000000000000000000000000000000000000000000\","
        "\"id\":\"aud_0000000000005\",\"at\":\"2027-01-15T08:00:00.123456Z\","
        "\"action\":\"user.changed\",\"actor\":\"user_0000000000006\",\"impersonator\":null,"
        "\"session\":\"sess_0000000000007\",\"kind\":\"user\",\"subject\":\"user_0000000000008\","
        "\"request\":\"req_0000000000009\",\"origin\":\"AgEC\","
        "\"changes\":[{\"field\":\"name\",\"before\":\"\\\"\",\"after\":null}],"
        "\"person\":\"person_0000000000008\",\"personal\":\"AgID\"}");
    line.n--;
    assert_string_equal(str_z(arena, audit_line_hash(arena, buf_str(&line))),
                        "188df053587f7d17587eb6b2a70e6847bab2947409aaec8a0f9830ee7f654263");
    arena_free(arena);
}

static void only_our_signers_are_ours(void **state)
{
    World *w = chain_of(state);
    act(w, 1);
    seal(w);
    Chain chain = sound_chain(w);
    AuditSigner signer = chain.signers.items[0];
    JoseKey *stranger = jose_key_make(JOSE_EDDSA);
    signer.public = jose_jwk(w->arena, stranger); /* another public half */
    assert_null(audit_signer_key(&w->cx, &signer));
    signer = chain.signers.items[0];
    signer.private = jose_jwk_private(w->arena, stranger); /* a key that the vault has not sealed */
    assert_null(audit_signer_key(&w->cx, &signer));
    signer = chain.signers.items[0];
    signer.id.n++; /* sealed for another row */
    assert_null(audit_signer_key(&w->cx, &signer));
    jose_key_free(stranger);
}

/* ---- Several at once ------------------------------------------------------------------------- */

typedef struct Busy {
    World *w;
    pthread_t thread;
    atomic_int *writing;
} Busy;

static void *write_a_lot(void *arg)
{
    Busy *busy = arg;
    for (int64_t i = 0; i < 30; i++) {
        Ctx cx = world_cx(busy->w);
        int64_t count = 1 + i % 3;
        WANT_INT(db_run(busy->w->db, TX_WRITE, &cx, write_entries, &count), DB_FINE);
        arena_free(cx.arena);
    }
    atomic_fetch_sub(busy->writing, 1);
    return NULL;
}

static void *seal_a_lot(void *arg)
{
    Busy *busy = arg;
    bool left = true;
    while (atomic_load(busy->writing)) {
        Ctx cx = world_cx(busy->w);
        WANT(audit_seal(busy->w->db, &cx, &left));
        arena_free(cx.arena);
        sched_yield();
    }
    return NULL;
}

static void sealers_and_writers_meet(void **state)
{
    enum { WRITERS = 3, ALL = 5 };
    World *w = chain_of(state);
    atomic_int writing = WRITERS;
    Busy busy[ALL];
    for (int i = 0; i < ALL; i++) {
        busy[i] = (Busy){.w = w, .writing = &writing};
        void *(*what)(void *) = i < WRITERS ? write_a_lot : seal_a_lot;
        assert_int_equal(pthread_create(&busy[i].thread, NULL, what, &busy[i]), 0);
    }
    for (int i = 0; i < ALL; i++) pthread_join(busy[i].thread, NULL);
    seal(w);
    Chain chain = sound_chain(w);
    assert_int_equal(chain.entries.n, WRITERS * 60);
    assert_int_equal(chain.unsealed, 0);
}

/* On PostgreSQL a transaction that began earlier holds back what was written after it: sealed now, it
 * could be followed by an entry that comes before it in time. Once it has ended, both are sealed. */
static void who_is_late_is_waited_for(void **state)
{
    World *w = chain_of(state);
    PGconn *late = pg_connect(test_pg_url);
    pg_run(late, "begin");
    pg_run(late, "insert into audit_entries (id, at, action, actor_kind, kind, request, origin, "
                 "changes, personal) values (1, now(), 'late', '', 'thing', '', '', '[]', '')");
    act(w, 2);
    assert_true(seal_once(w));
    assert_int_equal(sound_chain(w).entries.n, 0);
    pg_run(late, "commit");
    PQfinish(late);
    seal(w);
    Chain chain = sound_chain(w);
    assert_int_equal(chain.entries.n, 3);
    assert_int_equal(chain.entries.items[0].id.n, 1);
}

/* A copy of the database in another server: its transaction numbers begin anew. */
static void a_restored_copy_goes_on(void **state)
{
    World *w = chain_of(state);
    act(w, 2);
    pg_do(test_pg_url, "update audit_entries set place = place + 1000000000");
    seal(w);
    assert_int_equal(sound_chain(w).entries.n, 2);
}

/* ---- The thread ------------------------------------------------------------------------------ */

static ModuleWorld module_world(World *w, Config *config)
{
    if (!w->folder[0]) {
        const char *parent = getenv("SOUK_TEST_DIR");
        snprintf(w->folder, sizeof w->folder, "%s/souk-audit-XXXXXX", parent ? parent : "/tmp");
        assert_non_null(mkdtemp(w->folder));
    }
    *config = (Config){.data = str_from(w->folder)};
    return (ModuleWorld){.db = w->db,
                         .config = config,
                         .vault = w->cx.vault,
                         .clock = w->cx.clock,
                         .random = w->cx.random,
                         .ids = &w->ids};
}

static void wait_until_sealed(World *w, int64_t count)
{
    for (;;) {
        Chain chain;
        RUN(w, TX_READ, read_chain, &chain);
        if (chain.unsealed == 0 && (int64_t)chain.entries.n >= count) break;
        sched_yield();
    }
    assert_int_equal(sound_chain(w).entries.n, count);
}

static void the_thread_seals(void **state)
{
    World *w = chain_of(state);
    Config config;
    ModuleWorld world = module_world(w, &config);
    bool damaged;
    act(w, 2); /* before it runs */
    sealer_start(&world);
    wait_until_sealed(w, 2);
    act(w, 3);
    wait_until_sealed(w, 5);
    sealer_stop();
    AuditCheckpoint *head = audit_head_read(w->arena, config.data, &damaged);
    assert_non_null(head);
    assert_int_equal(head->sequence, 5);
    assert_true(str_eq(head->signature, sound_chain(w).checkpoints.items[0].signature));
    act(w, 1); /* nobody is there to be woken */
    assert_int_equal(sound_chain(w).unsealed, 1);
    sealer_start(&world);
    sealer_stop(); /* what was committed before is sealed when it ends */
    assert_int_equal(sound_chain(w).entries.n, 6);
    unlink(str_z(w->arena, str_format(w->arena, "%.*s/" AUDIT_HEAD_FILE, STR_ARG(config.data))));
}

static void put_head(World *w, const char *text)
{
    const char *name = str_z(w->arena, str_format(w->arena, "%s/" AUDIT_HEAD_FILE, w->folder));
    unlink(name);
    if (!text) return;
    int fd = open(name, O_CREAT | O_WRONLY | O_EXCL, 0600);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static void half_a_file_is_told(void **state)
{
    static const char *const texts[] = {"", "{", "{\"sequence\":1,\"hash\":\"a\"", "[]", "nothing"};
    World *w = world_of(state);
    bool damaged = true;
    assert_null(audit_head_read(w->arena, str_from(w->folder), &damaged));
    assert_false(damaged);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        put_head(w, texts[i]);
        assert_null(audit_head_read(w->arena, str_from(w->folder), &damaged));
        assert_true(damaged);
    }
    put_head(w, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(what_is_committed_is_sealed_once),
        ON_BOTH(many_are_sealed_in_slices),
        cmocka_unit_test(the_line_does_not_change),
        ON_BOTH(only_our_signers_are_ours),
        ON_BOTH(sealers_and_writers_meet),
        ON_POSTGRES(who_is_late_is_waited_for),
        ON_POSTGRES(a_restored_copy_goes_on),
        ON_BOTH(the_thread_seals),
        ON_SQLITE(half_a_file_is_told),
    };
    return cmocka_run_group_tests(tests, worlds_begin, worlds_end);
}
