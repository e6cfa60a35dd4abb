/* `souk audit verify` finds whatever was done to the trail, in the database and in an export, and
 * nothing where nothing was done. */
#include "modules/audit/commands.h"
#include "modules/audit/report.h"
#include "platform/audit/sealer.h"
#include "platform/audit/store.h"
#include "platform/db/test_world.h"

#include <sched.h>
#include <sys/mman.h>

typedef struct Person {
    Str name, email;
} Person;

static const Type person_type =
    TYPE(Person, "Somebody.", FIELD(Person, name, ""), FIELD(Person, email, "", .personal = true));

static const AuditAction renamed = {"user.renamed", "A user has another name."};
static const Id ann = {1001}, bob = {1002};

enum { ENTRIES = 6 };

static bool act(Ctx *cx, void *arg)
{
    const int64_t *count = arg;
    for (int64_t i = 0; i < *count; i++) {
        Person before = {S("Ann"), S("a@x.example")}, after = {S("Anna"), S("b@x.example")};
        audit(cx, &renamed, "user", ann, &person_type, &before, &after);
    }
    return true;
}

static void write_entries(World *w, int64_t count)
{
    RUN(w, TX_WRITE, act, &count);
}

static void seal(World *w)
{
    bool left = true;
    while (left) {
        assert_true(audit_seal(w->db, &w->cx, &left));
        sched_yield();
    }
}

static World *trail_of(void **state)
{
    World *w = world_of(state);
    int applied;
    Str detail = S("");
    const Error *error = db_migrate(w->db, &w->cx, audit_trail_module.migrations,
                                    audit_trail_module.migration_count, &applied, &detail);
    if (error) fail_msg("%s: %.*s", error->code, STR_ARG(detail));
    w->cx.actor = (Actor){.id = bob, .prefix = "user", .address = S("192.0.2.7"), .session = {9}};
    return w;
}

/* ---- Running the commands -------------------------------------------------------------------- */

typedef struct Run {
    int code;
    Str out, err;
} Run;

typedef struct Gathered {
    Buf streams[OUTPUT_STREAMS];
} Gathered;

static bool gather(void *state, OutputStream stream, Str bytes)
{
    buf_put(&((Gathered *)state)->streams[stream], bytes);
    return true;
}

static Run run(World *w, size_t command, const void *flags, int file)
{
    Gathered *gathered = NEW(w->arena, Gathered);
    for (int i = 0; i < OUTPUT_STREAMS; i++) gathered->streams[i] = buf_new(w->arena, SIZE_MAX / 2);
    Output out = output_new(w->arena, (OutputShape){.json = true, .columns = 80}, gather, gathered);
    ConfigLoaded *config = NEW(w->arena, ConfigLoaded);
    config->values.data = w->folder[0] ? str_from(w->folder) : S("/nonexistent");
    CommandCall call = {.command = &audit_commands[command],
                        .out = &out,
                        .arena = w->arena,
                        .config = config,
                        .cx = &w->cx,
                        .db = w->db};
    call.files[0] = file;
    Run result = {.code = audit_commands[command].run(&call, flags)};
    output_flush(&out);
    result.out = buf_str(&gathered->streams[OUTPUT_RESULT]);
    result.err = buf_str(&gathered->streams[OUTPUT_NOTE]);
    return result;
}

enum { VERIFY, EXPORT, KEY };

static Run verify(World *w)
{
    return run(w, VERIFY, &(StrList){0}, -1);
}

static void assert_whole(Run result)
{
    if (result.code != EXIT_FINE) fail_msg("%.*s %.*s", STR_ARG(result.out), STR_ARG(result.err));
    assert_true(str_find(result.out, S("\"whole\":true")) < result.out.n);
}

static void assert_found(Run result, const char *what, const char *finding)
{
    if (result.code == EXIT_FINE) fail_msg("%s: not found", what);
    if (str_find(result.out, str_from(finding)) == result.out.n)
        fail_msg("%s: \"%s\" is not in %.*s%.*s", what, finding, STR_ARG(result.out),
                 STR_ARG(result.err));
}

/* ---- The database ---------------------------------------------------------------------------- */

typedef struct Tampering {
    const char *sql;
    const char *finding;
} Tampering;

static bool tamper(Ctx *cx, void *arg)
{
    const char *const *sql = arg;
    for (; *sql; sql++) db_exec_args(cx, (SqlArgs){*sql, NULL, 0});
    return true;
}

static const char *const keep[] = {"create table k1 as select * from audit_entries",
                                   "create table k2 as select * from audit_checkpoints",
                                   "create table k3 as select * from audit_signers", NULL};
static const char *const restore[] = {"delete from audit_entries",
                                      "insert into audit_entries select * from k1",
                                      "delete from audit_checkpoints",
                                      "insert into audit_checkpoints select * from k2",
                                      "delete from audit_signers",
                                      "insert into audit_signers select * from k3",
                                      NULL};

#define CHANGE(what) "update audit_entries set " what " where sequence = 3"
#define CHANGED      "entry 3 (aud_"

static const Tampering tamperings[] = {
    {CHANGE("at = (select at from audit_entries where sequence = 6)"), CHANGED},
    {CHANGE("action = 'user.banned'"), CHANGED},
    {CHANGE("actor_kind = 'key'"), CHANGED},
    {CHANGE("actor_kind = 'a kind that is longer than any'"), CHANGED},
    {CHANGE("actor = 1001"), CHANGED},
    {CHANGE("actor = null"), CHANGED},
    {CHANGE("impersonator = 5"), CHANGED},
    {CHANGE("session = 8"), CHANGED},
    {CHANGE("session = null"), CHANGED},
    {CHANGE("kind = 'role'"), CHANGED},
    {CHANGE("subject = 1002"), CHANGED},
    {CHANGE("request = 'req_0000000000001'"), CHANGED},
    {CHANGE("origin = ''"), CHANGED},
    {CHANGE("origin = (select origin from audit_entries where sequence = 4)"), CHANGED},
    {CHANGE("changes = '[]'"), CHANGED},
    {CHANGE("changes = 'no JSON'"), CHANGED},
    {CHANGE("person = 1002"), CHANGED},
    {CHANGE("personal = (select personal from audit_entries where sequence = 4)"), CHANGED},
    {CHANGE("hash = (select hash from audit_entries where sequence = 4)"), CHANGED},
    {CHANGE("hash = ''"), CHANGED},
    {CHANGE("id = 77"), CHANGED},
    {"update audit_entries set id = 78 where sequence = 1", "entry 1 (aud_"},
    {"update audit_entries set hash = 'short' where sequence = 6", "entry 6 (aud_"},
    {"delete from audit_entries where sequence = 1", "entry 1 is missing"},
    {"delete from audit_entries where sequence = 3", "entry 3 is missing"},
    {"delete from audit_entries where sequence between 2 and 4", "entries 2 to 4 are missing"},
    {"delete from audit_entries where sequence = 6", "the chain ends at entry 5"},
    {"delete from audit_entries", "the chain ends at entry 0"},
    {"update audit_entries set sequence = 0, hash = '' where sequence = 2", "entry 2 is missing"},
    {"update audit_entries set sequence = sequence + 10 where sequence > 2",
     "entries 3 to 12 are missing"},
    {"delete from audit_checkpoints", "nothing behind entry 0 is signed"},
    {"update audit_checkpoints set signer = 5", "the signature at entry 6 is not this shop's"},
    {"update audit_checkpoints set at = (select at from audit_entries where sequence = 1)",
     "the signature at entry 6 is not this shop's"},
    {"update audit_checkpoints set signature = 'AAAA'",
     "the signature at entry 6 is not this shop's"},
    {"update audit_checkpoints set hash = (select hash from audit_entries where sequence = 5)",
     "the signature at entry 6 is not this shop's"},
    {"update audit_checkpoints set sequence = 5, hash = (select hash from audit_entries where "
     "sequence = 5)",
     "the signature at entry 5 is not this shop's"},
    {"update audit_signers set private = public", "the signature at entry 6 is not this shop's"},
    {"delete from audit_signers", "the signature at entry 6 is not this shop's"},
};

static void what_was_done_to_rows_is_found(void **state)
{
    World *w = trail_of(state);
    write_entries(w, ENTRIES);
    seal(w);
    assert_whole(verify(w));
    RUN(w, TX_WRITE, tamper, (void *)(uintptr_t)keep);
    for (size_t i = 0; i < sizeof tamperings / sizeof *tamperings; i++) {
        const char *sql[] = {tamperings[i].sql, NULL};
        RUN(w, TX_WRITE, tamper, sql);
        assert_found(verify(w), tamperings[i].sql, tamperings[i].finding);
        RUN(w, TX_WRITE, tamper, (void *)(uintptr_t)restore);
    }
    assert_whole(verify(w));
}

/* Two entries that have changed places, each with the number and the hash of the other. */
static void what_was_reordered_is_found(void **state)
{
    static const char *const swap[] = {
        "update audit_entries set sequence = 1003 where sequence = 3",
        "update audit_entries set sequence = 3, hash = (select hash from audit_entries where "
        "sequence = 1003) where sequence = 4",
        "update audit_entries set sequence = 4 where sequence = 1003", NULL};
    World *w = trail_of(state);
    write_entries(w, ENTRIES);
    seal(w);
    RUN(w, TX_WRITE, tamper, (void *)(uintptr_t)swap);
    assert_found(verify(w), "swapped", CHANGED);
}

static bool rewrite_chain(Ctx *cx, void *arg)
{
    (void)arg;
    Str previous = str_from(audit_no_hash);
    AuditEntryList all = audit_chain_page(cx, 0, ENTRIES);
    for (size_t i = 0; i < all.n; i++) {
        Buf line = buf_new(cx->arena, 1 << 16);
        if (i == 2) all.items[i].action = S("nothing.happened");
        audit_write_line(&line, &all.items[i], previous);
        previous = audit_line_hash(cx->arena, buf_str(&line));
        db_exec(cx, "update audit_entries set action = $1, hash = $2 where id = $3",
                all.items[i].action, previous, all.items[i].id);
    }
    return true;
}

static bool sign_as_stranger(Ctx *cx, void *arg)
{
    JoseKey *key = arg;
    AuditCheckpoint *newest = audit_checkpoint_newest(cx);
    AuditEntryList last = audit_chain_page(cx, ENTRIES - 1, 1);
    newest->hash = last.items[0].hash;
    audit_sign(cx->arena, key, AUDIT_SEALED, newest);
    db_exec(cx, "update audit_checkpoints set hash = $1, signature = $2", newest->hash,
            newest->signature);
    db_exec(cx, "update audit_signers set public = $1", jose_jwk(cx->arena, key));
    return true;
}

/* Whoever knows how the chain is made can make another one that fits; but not sign it. */
static void a_chain_made_anew_is_found(void **state)
{
    World *w = trail_of(state);
    write_entries(w, ENTRIES);
    seal(w);
    RUN(w, TX_WRITE, rewrite_chain, NULL);
    assert_found(verify(w), "made anew", "entries 1 to 6 are not those that were signed");
    JoseKey *stranger = jose_key_make(JOSE_EDDSA);
    RUN(w, TX_WRITE, sign_as_stranger, stranger);
    jose_key_free(stranger);
    assert_found(verify(w), "signed by a stranger", "the signature at entry 6 is not this shop's");
}

static bool forge_entry(Ctx *cx, void *arg)
{
    (void)arg;
    AuditEntry entry = *audit_chain_page(cx, ENTRIES - 1, 1).items;
    Str previous = entry.hash;
    Buf line = buf_new(cx->arena, 1 << 16);
    entry.id = ctx_id(cx);
    entry.sequence++;
    audit_write_line(&line, &entry, previous);
    audit_entry_insert(cx, &entry);
    audit_entry_seal(cx, entry.id, entry.sequence, audit_line_hash(cx->arena, buf_str(&line)));
    return true;
}

static void an_entry_put_behind_the_end_is_found(void **state)
{
    World *w = trail_of(state);
    write_entries(w, ENTRIES);
    seal(w);
    RUN(w, TX_WRITE, forge_entry, NULL);
    assert_found(verify(w), "forged", "nothing behind entry 6 is signed");
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

static bool read_newest(Ctx *cx, void *arg)
{
    *(AuditCheckpoint *)arg = *audit_checkpoint_newest(cx);
    return true;
}

static const char *head_text(World *w)
{
    AuditCheckpoint newest;
    Buf text = buf_new(w->arena, 4096);
    RUN(w, TX_READ, read_newest, &newest);
    json_write_stored(&text, &audit_checkpoint_type, &newest);
    return str_z(w->arena, buf_str(&text));
}

/* The end with its signature is gone, and what is left is signed well: by an earlier state that somebody
 * has kept. Only who remembers that there was more can tell. */
static void a_trail_that_went_back_is_found(void **state)
{
    static const char *const back[] = {"delete from audit_entries where sequence > 6",
                                       "delete from audit_checkpoints",
                                       "insert into audit_checkpoints select * from k2", NULL};
    World *w = trail_of(state);
    write_entries(w, ENTRIES);
    seal(w);
    RUN(w, TX_WRITE, tamper, (void *)(uintptr_t)keep);
    const char *early = head_text(w);
    write_entries(w, 2);
    seal(w);
    const char *late = head_text(w);
    put_head(w, early);
    assert_whole(verify(w)); /* the file may be behind: it is written after the commit */
    put_head(w, late);
    assert_whole(verify(w));
    RUN(w, TX_WRITE, tamper, (void *)(uintptr_t)back);
    assert_found(verify(w), "went back", "the end was cut off: this machine has seen entry 8");
    put_head(w, "{\"sequence\":3}");
    assert_found(verify(w), "a head that nobody signed", "audit.head was not signed by this shop");
    put_head(w, "?");
    assert_found(verify(w), "a damaged head", "audit.head cannot be read");
    put_head(w, NULL);
    assert_whole(verify(w));
}

static bool forget(Ctx *cx, void *arg)
{
    audit_forget(cx, *(const Id *)arg);
    return true;
}

static void forgetting_breaks_nothing(void **state)
{
    World *w = trail_of(state);
    Id gone = ann;
    write_entries(w, 2);
    seal(w);
    RUN(w, TX_WRITE, forget, &gone);
    write_entries(w, 1);
    seal(w);
    Run result = verify(w);
    assert_whole(result);
    assert_true(str_find(result.out, S("\"entries\":3")) < result.out.n);
}

static void an_empty_trail_is_whole(void **state)
{
    World *w = trail_of(state);
    assert_whole(verify(w));
    Run result = run(w, EXPORT, NULL, -1);
    assert_int_equal(result.code, EXIT_FAILED);
    assert_int_equal(result.out.n, 0);
}

/* ---- Exports --------------------------------------------------------------------------------- */

static Str thumbprint(World *w)
{
    Run result = run(w, KEY, NULL, -1);
    Str before = S("\"key\":\"");
    assert_int_equal(result.code, EXIT_FINE);
    size_t at = str_find(result.out, before) + before.n;
    return str_slice(result.out, at, at + 43);
}

static Run verify_text(World *w, Str text, Str key)
{
    int fd = memfd_create("export", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text.p, text.n), text.n);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    Run result = run(w, VERIFY, &(StrList){&key, 1}, fd);
    close(fd);
    return result;
}

typedef struct Lines {
    Str items[ENTRIES + 8];
    size_t n;
} Lines;

static Lines lines_of(Str text)
{
    Lines lines = {.n = 0};
    Str line;
    while (text.n) {
        str_cut(text, '\n', &line, &text);
        lines.items[lines.n++] = line;
    }
    return lines;
}

static Str text_of(World *w, Lines lines)
{
    Str text = str_join(w->arena, (StrList){lines.items, lines.n}, S("\n"));
    return str_format(w->arena, "%.*s\n", STR_ARG(text));
}

static void an_export_is_verified_alone(void **state)
{
    World *w = trail_of(state);
    write_entries(w, ENTRIES);
    seal(w);
    Run export = run(w, EXPORT, NULL, -1);
    Str key = thumbprint(w);
    assert_int_equal(export.code, EXIT_FINE);
    Lines lines = lines_of(export.out);
    assert_int_equal(lines.n, 1 + ENTRIES + 2); /* the key, and two signatures at the end */
    assert_int_equal(str_find(export.out, S("x.example")), export.out.n);
    Db *db = w->db;
    w->db = NULL; /* nothing but the file */
    assert_whole(verify_text(w, export.out, key));
    assert_whole(verify_text(w, str_slice(export.out, 0, export.out.n - 1), key));
    Str other = str_format(w->arena, "B%.*s", STR_ARG(str_slice(key, 1, key.n)));
    if (str_eq(other, key))
        other = str_format(w->arena, "C%.*s", STR_ARG(str_slice(key, 1, key.n)));
    assert_found(verify_text(w, export.out, other), "another key", "is not this shop's");
    for (size_t i = 0; i < lines.n; i++) { /* a line less */
        Lines less = lines;
        memmove(&less.items[i], &less.items[i + 1], (--less.n - i) * sizeof(Str));
        if (i == ENTRIES + 1) continue; /* a signature that the end covers */
        assert_int_not_equal(verify_text(w, text_of(w, less), key).code, EXIT_FINE);
    }
    for (size_t i = 0; i < lines.n; i++) { /* cut off behind a line, and in the middle of one */
        Lines less = lines;
        less.n = i;
        assert_found(verify_text(w, text_of(w, less), key), "cut", "the file was cut off");
        less.items[less.n] = str_slice(lines.items[i], 0, lines.items[i].n / 2);
        less.n++;
        assert_int_not_equal(verify_text(w, text_of(w, less), key).code, EXIT_FINE);
    }
    for (size_t i = 1; i < ENTRIES; i++) { /* two entries the other way round */
        Lines other_way = lines;
        other_way.items[i] = lines.items[i + 1];
        other_way.items[i + 1] = lines.items[i];
        assert_int_not_equal(verify_text(w, text_of(w, other_way), key).code, EXIT_FINE);
    }
    Lines twice = lines;
    twice.items[twice.n++] = lines.items[3];
    assert_found(verify_text(w, text_of(w, twice), key), "more", "stands behind the end");
    w->db = db;
}

/* Whatever letter it is, behind the line of the key. */
static void each_letter_of_an_export_counts(void **state)
{
    enum { STEP = 11 };
    World *w = trail_of(state);
    write_entries(w, 2);
    seal(w);
    Str text = run(w, EXPORT, NULL, -1).out, key = thumbprint(w);
    for (size_t i = str_find_char(text, '\n'); i < text.n - 1; i += STEP) {
        ArenaMark mark = arena_mark(w->arena);
        char *changed = str_z(w->arena, text);
        changed[i] = changed[i] == 'x' ? 'y' : 'x';
        Run result = verify_text(w, (Str){changed, text.n}, key);
        if (result.code == EXIT_FINE)
            fail_msg("letter %zu: %.*s", i, STR_ARG(str_slice(text, i, i + 40)));
        arena_rewind(w->arena, mark);
    }
}

static void what_is_no_export_is_told(void **state)
{
    World *w = trail_of(state);
    write_entries(w, 1);
    seal(w);
    Str key = thumbprint(w);
    static const char *const texts[] = {"",
                                        "\n",
                                        "{}",
                                        "[]\n",
                                        "nothing\n",
                                        "{\"sequence\":1}\n",
                                        "{\"end\":0,\"hash\":\"\",\"signature\":\"\"}\n",
                                        "\xff\xfe\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_int_equal(verify_text(w, str_from(texts[i]), key).code, EXIT_FAILED);
    enum { LONG = 5 << 20 };
    char *line = arena_alloc(w->arena, LONG, 1);
    memset(line, 'x', LONG);
    assert_int_equal(verify_text(w, (Str){line, LONG}, key).code, EXIT_FAILED);
    Run result = run(w, VERIFY, &(StrList){&key, 1}, -1);
    assert_int_equal(result.code, EXIT_FAILED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(what_was_done_to_rows_is_found),    ON_BOTH(what_was_reordered_is_found),
        ON_BOTH(a_chain_made_anew_is_found),        ON_BOTH(an_entry_put_behind_the_end_is_found),
        ON_SQLITE(a_trail_that_went_back_is_found), ON_BOTH(forgetting_breaks_nothing),
        ON_BOTH(an_empty_trail_is_whole),           ON_BOTH(an_export_is_verified_alone),
        ON_SQLITE(each_letter_of_an_export_counts), ON_SQLITE(what_is_no_export_is_told),
    };
    return cmocka_run_group_tests(tests, worlds_begin, worlds_end);
}
