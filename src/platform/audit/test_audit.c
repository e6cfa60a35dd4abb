/* Entries: what is told, what is masked, what can be forgotten. */
#include "platform/audit/entry.h"
#include "platform/audit/limits.h"
#include "platform/db/test_world.h"

#include <pthread.h>

typedef struct Person {
    Present present;
    Id id;
    Str email;
    Str role;
    Str password;
    int64_t logins;
} Person;

static const Type person_type =
    TYPE_WITH_ABSENCE(Person, "Somebody.", FIELD(Person, id, "", .prefix = "user"),
                      FIELD(Person, email, "", .personal = true), FIELD(Person, role, ""),
                      FIELD(Person, password, "", .secret = true, .personal = true),
                      FIELD(Person, logins, "", .nullable = true));

static const AuditAction changed_action = {"user.changed", "A user was changed."};

static const Id ann = {1001}, bob = {1002}, eve = {1003};

static Person person(Str email, Str role, Str password)
{
    return (Person){PRESENT_ALL, ann, email, role, password, 7};
}

static World *audit_of(void **state)
{
    World *w = world_of(state);
    int applied;
    Str detail = S("");
    const Error *error = db_migrate(w->db, &w->cx, audit_trail_module.migrations,
                                    audit_trail_module.migration_count, &applied, &detail);
    if (error) fail_msg("%s: %.*s", error->code, STR_ARG(detail));
    w->cx.actor = (Actor){.id = bob, .prefix = "user", .address = S("192.0.2.7")};
    return w;
}

typedef struct Act {
    const char *kind;
    Id subject;
    const Person *before, *after;
    bool refuse;
} Act;

static bool do_act(Ctx *cx, void *arg)
{
    const Act *act = arg;
    audit(cx, &changed_action, act->kind, act->subject,
          act->before || act->after ? &person_type : NULL, act->before, act->after);
    return !act->refuse;
}

static void act_on(World *w, Id subject, const Person *before, const Person *after)
{
    RUN(w, TX_WRITE, do_act, (&(Act){"user", subject, before, after, false}));
}

/* An entry as somebody reads it. */
typedef struct Seen {
    AuditEntry entry;
    Str personal, origin; /* decrypted; "gone" when that cannot be */
} Seen;

typedef struct SeenList {
    Seen *items;
    size_t n;
} SeenList;

static Str decrypted(Ctx *cx, Id person, const char *what, const AuditEntry *entry, Str sealed)
{
    Str text;
    PersonKeys keys = person_keys(cx, (IdList){&person, person.n ? 1 : 0}, false);
    if (!sealed.n) return S("");
    return person_unseal(cx->arena, &keys, person, sealed, audit_about(cx->arena, what, entry->id),
                         &text)
               ? text
               : S("gone");
}

static bool see(Ctx *cx, void *arg)
{
    SeenList *out = arg;
    AuditEntryList rows =
        DB_LIST(AuditEntryList,
                db_all(cx, &audit_entry_type,
                       "select id, at, action, actor_kind, actor, impersonator, session, kind, "
                       "subject, request, origin, changes, person, personal, sequence, hash "
                       "from audit_entries order by id"));
    *out = (SeenList){NEW_N(cx->arena, Seen, rows.n), rows.n};
    for (size_t i = 0; i < rows.n; i++) {
        AuditEntry *e = &rows.items[i];
        out->items[i] = (Seen){*e, decrypted(cx, e->person, "personal", e, e->personal),
                               decrypted(cx, audit_origin_person(e), "origin", e, e->origin)};
    }
    return true;
}

static SeenList seen(World *w)
{
    SeenList list;
    RUN(w, TX_READ, see, &list);
    return list;
}

static Seen only(World *w)
{
    SeenList list = seen(w);
    assert_int_equal(list.n, 1);
    return list.items[0];
}

static void assert_text(World *w, Str got, const char *wanted)
{
    assert_string_equal(str_z(w->arena, got), wanted);
}

/* ---- What is told ---------------------------------------------------------------------------- */

static void what_differs_is_told(void **state)
{
    World *w = audit_of(state);
    Person before = person(S("a@x.example"), S("support"), S("hash one"));
    Person after = person(S("b@x.example"), S("manager"), S("hash two"));
    w->cx.actor.session = (Id){77};
    memcpy(w->cx.trace.request_id, "req_0000000000005", sizeof "req_0000000000005");
    act_on(w, ann, &before, &after);
    Seen it = only(w);
    assert_text(w, it.entry.action, "user.changed");
    assert_text(w, it.entry.actor_kind, "user");
    assert_int_equal(it.entry.actor.n, bob.n);
    assert_int_equal(it.entry.session.n, 77);
    assert_int_equal(it.entry.impersonator.n, 0);
    assert_text(w, it.entry.kind, "user");
    assert_int_equal(it.entry.subject.n, ann.n);
    assert_text(w, it.entry.request, "req_0000000000005");
    assert_text(w, it.entry.changes,
                "[{\"field\":\"role\",\"before\":\"support\",\"after\":\"manager\"},"
                "{\"field\":\"password\",\"secret\":true}]");
    assert_text(w, it.personal,
                "[{\"field\":\"email\",\"before\":\"a@x.example\",\"after\":\"b@x.example\"}]");
    assert_text(w, it.origin, "192.0.2.7");
    assert_int_equal(it.entry.person.n, ann.n);
    assert_int_equal(it.entry.sequence, 0);
}

static void what_comes_and_goes_is_told(void **state)
{
    World *w = audit_of(state);
    Person there = person(S("a@x.example"), S("support"), S("hash"));
    there.present = (Present){.set = 1 << 2 | 1 << 4, .null = 1 << 4}; /* a role, and a null */
    act_on(w, ann, NULL, &there);
    act_on(w, ann, &there, NULL);
    act_on(w, ann, NULL, NULL);
    act_on(w, ann, &there, &there);
    SeenList list = seen(w);
    assert_int_equal(list.n, 4);
    assert_text(w, list.items[0].entry.changes,
                "[{\"field\":\"role\",\"before\":null,\"after\":\"support\"}]");
    assert_text(w, list.items[1].entry.changes,
                "[{\"field\":\"role\",\"before\":\"support\",\"after\":null}]");
    for (size_t i = 0; i < 4; i++) {
        if (i > 1) assert_text(w, list.items[i].entry.changes, "[]");
        assert_int_equal(list.items[i].entry.person.n, 0);
        assert_text(w, list.items[i].entry.personal, "");
    }
}

/* Neither the database's bytes nor a page of the trail hold what is secret or personal. */
static void what_is_secret_is_nowhere(void **state)
{
    World *w = audit_of(state);
    Person before = person(S("a@x.example"), S("support"), S("hash one"));
    Person after = person(S("b@x.example"), S("support"), S("hash two"));
    act_on(w, ann, &before, &after);
    Seen it = only(w);
    const Str stored[] = {it.entry.changes, it.entry.personal, it.entry.origin};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(str_find(stored[i], S("hash")), stored[i].n);
        assert_int_equal(str_find(stored[i], S("x.example")), stored[i].n);
        assert_int_equal(str_find(stored[i], S("192.0.2")), stored[i].n);
    }
    assert_int_equal(str_find(it.personal, S("hash")), it.personal.n);
}

static void a_long_value_is_told_by_its_hash(void **state)
{
    World *w = audit_of(state);
    char *text = arena_alloc(w->arena, AUDIT_VALUE_BYTES, 1);
    memset(text, 'x', AUDIT_VALUE_BYTES);
    Person before = person(S(""), S("support"), S("")), fits = before, longer = before;
    fits.role = (Str){text, AUDIT_VALUE_BYTES - 2}; /* in quotes */
    longer.role = (Str){text, AUDIT_VALUE_BYTES - 1};
    act_on(w, ann, &before, &fits);
    act_on(w, ann, &before, &longer);
    SeenList list = seen(w);
    Str json = str_format(w->arena, "\"%.*s\"", STR_ARG(longer.role));
    unsigned char hash[SHA256_BYTES];
    hash_sha256(json, hash);
    Str told = str_format(w->arena,
                          "[{\"field\":\"role\",\"before\":\"support\",\"after\":"
                          "{\"bytes\":%d,\"sha256\":\"%.*s\"}}]",
                          AUDIT_VALUE_BYTES + 1, STR_ARG(hex_text(w->arena, hash, sizeof hash)));
    assert_true(str_find(list.items[0].entry.changes, fits.role) < list.items[0].entry.changes.n);
    assert_text(w, list.items[1].entry.changes, str_z(w->arena, told));
}

static void a_rollback_leaves_nothing(void **state)
{
    World *w = audit_of(state);
    Person after = person(S("b@x.example"), S("manager"), S("hash"));
    RUN(w, TX_WRITE, do_act, (&(Act){"user", ann, NULL, &after, true}));
    assert_int_equal(seen(w).n, 0);
}

/* ---- Whose it is ----------------------------------------------------------------------------- */

static bool forget(Ctx *cx, void *arg)
{
    audit_forget(cx, *(const Id *)arg);
    return true;
}

static void the_forgotten_are_not_read_any_more(void **state)
{
    World *w = audit_of(state);
    Id gone = ann;
    Person before = person(S("a@x.example"), S("support"), S("hash"));
    Person after = person(S("b@x.example"), S("manager"), S("hash"));
    act_on(w, ann, &before, &after);
    act_on(w, eve, &before, &after);
    RUN(w, TX_WRITE, forget, &gone);
    act_on(w, ann, &after, &before); /* nor is what comes later kept */
    SeenList list = seen(w);
    assert_int_equal(list.n, 3);
    assert_text(w, list.items[0].personal, "gone");
    assert_text(w, list.items[0].origin, "192.0.2.7"); /* who acted has not gone */
    assert_true(str_find(list.items[1].personal, S("a@x.example")) < list.items[1].personal.n);
    assert_text(w, list.items[2].entry.personal, "");
    assert_text(w, list.items[2].entry.changes,
                "[{\"field\":\"role\",\"before\":\"manager\",\"after\":\"support\"}]");
    gone = bob;
    RUN(w, TX_WRITE, forget, &gone);
    list = seen(w);
    for (size_t i = 0; i < 2; i++) assert_text(w, list.items[i].origin, "gone");
    assert_true(str_find(list.items[1].personal, S("a@x.example")) < list.items[1].personal.n);
}

/* Who had never been heard of can be forgotten, too. */
static void a_stranger_can_be_forgotten(void **state)
{
    World *w = audit_of(state);
    Id gone = ann;
    Person after = person(S("b@x.example"), S("manager"), S("hash"));
    RUN(w, TX_WRITE, forget, &gone);
    RUN(w, TX_WRITE, forget, &gone);
    act_on(w, ann, NULL, &after);
    assert_text(w, only(w).entry.personal, "");
}

typedef struct Whose {
    Actor actor;
    const char *kind;
    Id subject, person, origin; /* 0: the entry's own */
} Whose;

static void values_belong_to_somebody(void **state)
{
    const Whose cases[] = {
        {{.id = bob, .prefix = "user"}, "user", ann, ann, bob},
        {{.id = bob, .prefix = "user"}, "plist", eve, bob, bob},
        {{.id = bob, .prefix = "key"}, "plist", eve, eve, bob},
        {{.id = bob, .prefix = "user", .impersonator = eve}, "user", bob, bob, eve},
        {{.id = {0}}, "user", ann, ann, ann},
        {{.id = bob, .prefix = "key"}, "settings", {0}, bob, bob},
        {{.id = {0}}, "settings", {0}, {0}, {0}},
    };
    World *w = audit_of(state);
    Person after = person(S("b@x.example"), S("manager"), S("hash"));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        w->cx.actor = cases[i].actor;
        w->cx.actor.address = S("2001:db8::1");
        RUN(w, TX_WRITE, do_act, (&(Act){cases[i].kind, cases[i].subject, NULL, &after, false}));
    }
    SeenList list = seen(w);
    for (size_t i = 0; i < list.n; i++) {
        const AuditEntry *entry = &list.items[i].entry;
        Id own = entry->id;
        assert_int_equal(entry->person.n, cases[i].person.n ? cases[i].person.n : own.n);
        assert_int_equal(audit_origin_person(entry).n,
                         cases[i].origin.n ? cases[i].origin.n : own.n);
        assert_text(w, list.items[i].origin, "2001:db8::1");
        assert_true(str_find(list.items[i].personal, S("b@x")) < list.items[i].personal.n);
    }
}

static bool exchange(Ctx *cx, void *arg)
{
    const SeenList *list = arg;
    for (size_t i = 0; i < 2; i++)
        db_exec(cx, "update audit_entries set personal = $1, origin = $2 where id = $3",
                list->items[1 - i].entry.personal, list->items[1 - i].entry.origin,
                list->items[i].entry.id);
    return true;
}

/* A ciphertext says nothing in another entry, though the person is the same. */
static void ciphertexts_are_bound_to_their_entry(void **state)
{
    World *w = audit_of(state);
    Person one = person(S("a@x.example"), S(""), S("")),
           two = person(S("b@x.example"), S(""), S(""));
    act_on(w, ann, &one, &two);
    act_on(w, ann, &two, &one);
    SeenList list = seen(w);
    RUN(w, TX_WRITE, exchange, &list);
    list = seen(w);
    for (size_t i = 0; i < 2; i++) {
        assert_text(w, list.items[i].personal, "gone");
        assert_text(w, list.items[i].origin, "gone");
    }
}

/* ---- Many at once ---------------------------------------------------------------------------- */

typedef struct Writer {
    World *w;
    pthread_t thread;
} Writer;

static bool act_on_both(Ctx *cx, void *arg)
{
    const Person *after = arg;
    audit(cx, &changed_action, "user", ann, &person_type, NULL, after);
    audit(cx, &changed_action, "user", eve, &person_type, NULL, after);
    return true;
}

static void *write_entries(void *arg)
{
    Writer *writer = arg;
    Person after = person(S("b@x.example"), S("manager"), S("hash"));
    for (int i = 0; i < 5; i++) {
        Ctx cx = world_cx(writer->w);
        WANT_INT(db_run(writer->w->db, TX_WRITE, &cx, act_on_both, &after), DB_FINE);
        arena_free(cx.arena);
    }
    return NULL;
}

/* All who make a person's key at the same moment use the one that is kept. */
static void writers_agree_on_a_key(void **state)
{
    enum { WRITERS = 4 };
    World *w = audit_of(state);
    Writer writers[WRITERS];
    for (int i = 0; i < WRITERS; i++) {
        writers[i].w = w;
        assert_int_equal(pthread_create(&writers[i].thread, NULL, write_entries, &writers[i]), 0);
    }
    for (int i = 0; i < WRITERS; i++) pthread_join(writers[i].thread, NULL);
    SeenList list = seen(w);
    assert_int_equal(list.n, WRITERS * 10);
    for (size_t i = 0; i < list.n; i++) {
        assert_true(str_find(list.items[i].personal, S("b@x")) < list.items[i].personal.n);
        assert_text(w, list.items[i].origin, "192.0.2.7");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(what_differs_is_told),
        ON_BOTH(what_comes_and_goes_is_told),
        ON_BOTH(what_is_secret_is_nowhere),
        ON_BOTH(a_long_value_is_told_by_its_hash),
        ON_BOTH(a_rollback_leaves_nothing),
        ON_BOTH(the_forgotten_are_not_read_any_more),
        ON_BOTH(a_stranger_can_be_forgotten),
        ON_BOTH(values_belong_to_somebody),
        ON_BOTH(ciphertexts_are_bound_to_their_entry),
        ON_BOTH(writers_agree_on_a_key),
    };
    return cmocka_run_group_tests(tests, worlds_begin, worlds_end);
}
