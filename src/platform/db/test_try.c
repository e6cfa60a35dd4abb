/* Parts of a transaction that may fail by themselves, and writes that nobody waits for. */
#include "platform/db/test_world.h"

static const char schema[] =
    "create table notes (id ID primary key, text TEXT not null, "
    "constraint notes_text_check check (text <> '')); create unique index notes_text_key on "
    "notes (text);";

typedef struct Note {
    Id id;
    Str text;
} Note;

typedef struct NoteList {
    Note *items;
    size_t n;
} NoteList;

static const Type note_type =
    TYPE(Note, "A note.", FIELD(Note, id, "", .prefix = "note"), FIELD(Note, text, ""));

static World *notes_of(void **state)
{
    World *w = world_of(state);
    world_schema(w, schema);
    return w;
}

static int64_t add(Ctx *cx, int64_t id, const char *text)
{
    return db_exec(cx, "insert into notes (id, text) values ($1, $2)", id, str_from(text));
}

static void post(Ctx *cx, int64_t id, const char *text)
{
    db_post(cx, "insert into notes (id, text) values ($1, $2)", id, str_from(text));
}

static int64_t count(Ctx *cx)
{
    return db_int(cx, -1, "select count(*) from notes");
}

/* What is there, as "1a 2b". */
static bool read_notes(Ctx *cx, void *arg)
{
    NoteList list = DB_LIST(NoteList, db_all(cx, &note_type,
                                             "select id, text from notes "
                                             "order by id"));
    Buf out = buf_new(cx->arena, 65536);
    for (size_t i = 0; i < list.n; i++)
        buf_format(&out, "%s%lld%.*s", i ? " " : "", (long long)list.items[i].id.n,
                   STR_ARG(list.items[i].text));
    *(Str *)arg = buf_str(&out);
    return true;
}

#define THERE(w, expected)                                                                         \
    do {                                                                                           \
        Str there_;                                                                                \
        RUN((w), TX_READ, read_notes, &there_);                                                    \
        WANT_STR(there_, S(expected));                                                             \
    } while (0)

/* ---- Parts --------------------------------------------------------------------------- */

static bool add_2(Ctx *cx, void *arg)
{
    (void)arg;
    return add(cx, 2, "b") == 1;
}

static bool add_3_and_refuse(Ctx *cx, void *arg)
{
    (void)arg;
    WANT_INT(add(cx, 3, "c"), 1);
    WANT_INT(count(cx), 3);
    return false;
}

static bool keep_and_refuse(Ctx *cx, void *arg)
{
    (void)arg;
    add(cx, 1, "a");
    WANT(db_try(cx, add_2, NULL));
    WANT(!db_try(cx, add_3_and_refuse, NULL));
    WANT_INT(db_failure(cx), DB_FINE);
    WANT_STR(db_constraint(cx), S(""));
    WANT_INT(count(cx), 2);
    return add(cx, 4, "d") == 1;
}

static void test_a_refused_part_leaves_nothing(void **state)
{
    World *w = notes_of(state);
    RUN(w, TX_WRITE, keep_and_refuse, NULL);
    THERE(w, "1a 2b 4d");
}

static bool add_2_and_a_second_a(Ctx *cx, void *arg)
{
    (void)arg;
    WANT_INT(add(cx, 2, "b"), 1);
    WANT_INT(add(cx, 3, "a"), 0);
    WANT_INT(db_failure(cx), DB_CONSTRAINT);
    WANT_INT(add(cx, 4, "d"), 0); /* it has failed until the part ends */
    return true;
}

static bool break_a_constraint(Ctx *cx, void *arg)
{
    (void)arg;
    add(cx, 1, "a");
    WANT(!db_try(cx, add_2_and_a_second_a, NULL));
    WANT_INT(db_failure(cx), DB_FINE);
    WANT_STR(db_constraint(cx), S("notes_text_key"));
    return add(cx, 5, "e") == 1;
}

static void test_after_a_broken_constraint_the_transaction_goes_on(void **state)
{
    World *w = notes_of(state);
    RUN(w, TX_WRITE, break_a_constraint, NULL);
    THERE(w, "1a 5e");
}

static bool break_the_check(Ctx *cx, void *arg)
{
    (void)arg;
    return add(cx, 9, "") == 1;
}

static bool inner_fails(Ctx *cx, void *arg)
{
    (void)arg;
    add(cx, 2, "b");
    WANT(!db_try(cx, break_the_check, NULL));
    WANT_STR(db_constraint(cx), S("notes_text_check"));
    return add(cx, 3, "c") == 1;
}

static bool inner_is_kept(Ctx *cx, void *arg)
{
    (void)arg;
    WANT(db_try(cx, inner_fails, NULL));
    WANT_INT(count(cx), 3);
    return false;
}

static bool nest(Ctx *cx, void *arg)
{
    (void)arg;
    add(cx, 1, "a");
    WANT(!db_try(cx, inner_is_kept, NULL));
    WANT_INT(count(cx), 1);
    return db_try(cx, inner_fails, NULL);
}

static void test_parts_nest(void **state)
{
    World *w = notes_of(state);
    RUN(w, TX_WRITE, nest, NULL);
    THERE(w, "1a 2b 3c");
}

static char noted[16];

static void note(void *arg)
{
    size_t n = strlen(noted);
    noted[n] = *(const char *)arg;
    noted[n + 1] = 0;
}

static bool note_x(Ctx *cx, void *arg)
{
    ctx_after_commit(cx, note, "x");
    return arg != NULL;
}

static bool note_around(Ctx *cx, void *arg)
{
    (void)arg;
    ctx_after_commit(cx, note, "a");
    WANT(!db_try(cx, note_x, NULL));
    ctx_after_commit(cx, note, "b");
    WANT(db_try(cx, note_x, cx));
    return true;
}

static void test_what_a_lost_part_wanted_after_the_commit_is_forgotten(void **state)
{
    World *w = notes_of(state);
    noted[0] = 0;
    RUN(w, TX_WRITE, note_around, NULL);
    assert_string_equal(noted, "abx");
}

/* ---- Before the commit --------------------------------------------------------------- */

static int gathered; /* how often add_all ran */

/* One note of all that was given: "1:abc". */
static void add_all(Ctx *cx, void **items, size_t n)
{
    Buf text = buf_new(cx->arena, 64);
    for (size_t i = 0; i < n; i++) buf_put(&text, str_from(items[i]));
    int64_t there = count(cx);
    db_exec(cx, "insert into notes (id, text) values ($1, $2)", there + 1, buf_str(&text));
    gathered++;
}

static void add_others(Ctx *cx, void **items, size_t n)
{
    add_all(cx, items, n);
}

static bool keep_x(Ctx *cx, void *arg)
{
    ctx_before_commit(cx, add_all, "x");
    ctx_before_commit(cx, add_others, "y");
    return arg != NULL;
}

static bool keep_x_and_break(Ctx *cx, void *arg)
{
    keep_x(cx, arg);
    add(cx, 5, "five");
    post(cx, 6, "five");
    return true;
}

static bool keep_around(Ctx *cx, void *arg)
{
    ctx_before_commit(cx, add_all, "a");
    WANT(!db_try(cx, keep_x, NULL));
    ctx_before_commit(cx, add_others, "b");
    WANT(!db_try(cx, keep_x_and_break, cx));
    WANT(db_try(cx, keep_x, cx));
    ctx_before_commit(cx, add_all, "c");
    WANT_INT(count(cx), 0);
    return arg == NULL;
}

static void test_what_is_kept_is_written_at_once_before_the_commit(void **state)
{
    World *w = notes_of(state);
    gathered = 0;
    RUN(w, TX_WRITE, keep_around, w); /* taken back */
    assert_int_equal(gathered, 0);
    RUN(w, TX_WRITE, keep_around, NULL);
    THERE(w, "1axc 2by");
    assert_int_equal(gathered, 2);
}

static bool keep_a_and_b(Ctx *cx, void *arg)
{
    (void)arg;
    add(cx, 7, "b");
    ctx_after_commit(cx, note, "z");
    ctx_before_commit(cx, add_all, "a");
    ctx_before_commit(cx, add_others, "b");
    return true;
}

static void test_what_fails_before_the_commit_fails_it_all(void **state)
{
    World *w = notes_of(state);
    noted[0] = 0;
    WANT_INT(db_run(w->db, TX_WRITE, &w->cx, keep_a_and_b, NULL), DB_CONSTRAINT);
    THERE(w, "");
    assert_string_equal(noted, "");
}

static bool be_wrong(Ctx *cx, void *arg)
{
    (void)arg;
    db_exec(cx, "insert into nowhere (id) values (1)");
    return true;
}

static bool carry_on(Ctx *cx, void *arg)
{
    (void)arg;
    add(cx, 1, "a");
    WANT(!db_try(cx, be_wrong, NULL));
    WANT_INT(db_failure(cx), DB_BROKEN);
    WANT_INT(add(cx, 2, "b"), 0);
    WANT(!db_try(cx, add_2, NULL)); /* nothing begins any more */
    return true;
}

static void test_other_failures_stay(void **state)
{
    World *w = notes_of(state);
    WANT_INT(db_run(w->db, TX_WRITE, &w->cx, carry_on, NULL), DB_BROKEN);
    THERE(w, "");
}

static bool read_in_part(Ctx *cx, void *arg)
{
    Note *one, *two;
    db_ask_one(cx, &one, &note_type, "select id, text from notes where id = 1");
    db_ask_one(cx, &two, &note_type, "select id, text from notes where id = 2");
    if (!arg) return false;
    WANT(db_settle(cx));
    WANT(one && !two);
    return true;
}

static bool ask_around(Ctx *cx, void *arg)
{
    (void)arg;
    Note *one;
    add(cx, 1, "a");
    db_ask_one(cx, &one, &note_type, "select id, text from notes where id = 1");
    WANT(!db_try(cx, read_in_part, NULL)); /* leaves its questions unanswered */
    WANT(one != NULL);                     /* ours was settled */
    WANT(db_try(cx, read_in_part, cx));
    return add(cx, 2, "b") == 1;
}

static void test_questions_may_stand_around_and_inside_a_part(void **state)
{
    World *w = notes_of(state);
    RUN(w, TX_WRITE, ask_around, NULL);
    THERE(w, "1a 2b");
}

static bool try_often(Ctx *cx, void *arg)
{
    (void)arg;
    for (int i = 0; i < 300; i++) {
        WANT(db_try(cx, note_x, cx) && !db_try(cx, note_x, NULL));
        cx->after_commit = NULL;
    }
    return add(cx, 1, "a") == 1;
}

static void test_parts_without_statements_cost_no_room(void **state)
{
    World *w = notes_of(state);
    RUN(w, TX_WRITE, try_often, NULL);
    THERE(w, "1a");
}

/* ---- Writes that nobody waits for ---------------------------------------------------- */

static bool post_many(Ctx *cx, void *arg)
{
    (void)arg;
    for (int64_t i = 1; i <= 1000; i++) {
        Note one = {{i}, str_format(cx->arena, "n%lld", (long long)i)};
        if (i % 2)
            db_post_put(cx, &note_type, &one, "insert into notes (id, text) values (:id, :text)");
        else
            db_post(cx, "insert into notes (id, text) values ($1, $2)", one.id, one.text);
        if (i % 300 == 0) WANT_INT(count(cx), i); /* who reads sees what was posted */
    }
    return true;
}

static void test_all_that_is_posted_arrives(void **state)
{
    World *w = notes_of(state);
    RUN(w, TX_WRITE, post_many, NULL);
    Str all;
    RUN(w, TX_READ, read_notes, &all);
    WANT(str_starts(all, S("1n1 2n2 3n3 ")) && str_ends(all, S(" 999n999 1000n1000")));
}

static bool post_and_read(Ctx *cx, void *arg)
{
    (void)arg;
    post(cx, 1, "a");
    post(cx, 2, "a");
    post(cx, 3, "c");
    WANT_INT(count(cx), -1);
    WANT_INT(db_failure(cx), DB_CONSTRAINT);
    WANT_STR(db_constraint(cx), S("notes_text_key"));
    return true;
}

static bool post_and_end(Ctx *cx, void *arg)
{
    (void)arg;
    post(cx, 1, "a");
    post(cx, 2, "a");
    return true;
}

static bool post_and_take_back(Ctx *cx, void *arg)
{
    (void)arg;
    post(cx, 1, "a");
    WANT_INT(db_exec(cx, "delete from notes"), 1);
    return true;
}

static void test_a_posted_failure_shows_later(void **state)
{
    World *w = notes_of(state);
    WANT_INT(db_run(w->db, TX_WRITE, &w->cx, post_and_read, NULL), DB_CONSTRAINT);
    WANT_INT(db_run(w->db, TX_WRITE, &w->cx, post_and_end, NULL), DB_CONSTRAINT);
    THERE(w, "");
    /* Though the server passed over the COMMIT, the next transaction is a new one, on whichever
     * connection it is. */
    for (int i = 0; i < 2 * w->options.writers + 2; i++) RUN(w, TX_WRITE, post_and_take_back, NULL);
    THERE(w, "");
}

static bool post_in_part(Ctx *cx, void *arg)
{
    (void)arg;
    add(cx, 1, "z");
    WANT(!db_try(cx, post_and_end, NULL));
    WANT_STR(db_constraint(cx), S("notes_pkey"));
    WANT(db_try(cx, add_2, NULL));
    post(cx, 3, "c");
    WANT(!db_try(cx, post_and_end, NULL));
    post(cx, 4, "d");
    return true;
}

static void test_a_posted_failure_belongs_to_its_part(void **state)
{
    World *w = notes_of(state);
    RUN(w, TX_WRITE, post_in_part, NULL);
    THERE(w, "1z 2b 3c 4d");
}

static void test_a_read_cannot_post(void **state)
{
    World *w = notes_of(state);
    WANT_INT(db_run(w->db, TX_READ, &w->cx, post_and_end, NULL), DB_READ_ONLY);
    THERE(w, "");
}

/* ---- PostgreSQL ---------------------------------------------------------------------- */

static int attempts;

static bool post_at_a_held_row(Ctx *cx, void *arg)
{
    attempts++;
    db_post(cx, "update notes set text = 'ours' where id = 1");
    PGresult *freed = PQexec(arg, "commit"); /* had we waited, nobody would have freed the row */
    WANT_INT(PQresultStatus(freed), PGRES_COMMAND_OK);
    PQclear(freed);
    return true;
}

static void test_posting_does_not_wait(void **state)
{
    World *w = notes_of(state);
    PGconn *pg = pg_connect(test_pg_url);
    pg_run(pg, "insert into notes (id, text) values (1, 'a')");
    pg_run(pg, "begin; update notes set text = 'theirs' where id = 1");
    attempts = 0;
    RUN(w, TX_WRITE, post_at_a_held_row, pg);
    WANT_INT(attempts, 1);
    THERE(w, "1ours");
    PQfinish(pg);
}

static bool lose_the_server(Ctx *cx, void *arg)
{
    (void)arg;
    post(cx, 2, "b");
    if (attempts == 1)
        pg_do(test_pg_url, "select count(pg_terminate_backend(pid, 5000)) from pg_stat_activity "
                           "where datname = current_database() and pid <> pg_backend_pid()");
    return false;
}

static bool try_to_lose(Ctx *cx, void *arg)
{
    (void)arg;
    attempts++;
    add(cx, 1, "a");
    ctx_before_commit(cx, add_all, "b");
    db_try(cx, lose_the_server, NULL);
    WANT_INT(db_failure(cx), attempts == 1 ? DB_UNAVAILABLE : DB_FINE);
    return true;
}

static void test_a_server_that_is_lost_in_a_part_is_noticed(void **state)
{
    World *w = notes_of(state);
    attempts = 0;
    RUN(w, TX_WRITE, try_to_lose, NULL);
    WANT_INT(attempts, 2);
    THERE(w, "1a 2b"); /* what the first attempt kept is gone with it */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(test_a_refused_part_leaves_nothing),
        ON_BOTH(test_after_a_broken_constraint_the_transaction_goes_on),
        ON_BOTH(test_parts_nest),
        ON_BOTH(test_what_a_lost_part_wanted_after_the_commit_is_forgotten),
        ON_BOTH(test_what_is_kept_is_written_at_once_before_the_commit),
        ON_BOTH(test_what_fails_before_the_commit_fails_it_all),
        ON_BOTH(test_other_failures_stay),
        ON_BOTH(test_questions_may_stand_around_and_inside_a_part),
        ON_BOTH(test_parts_without_statements_cost_no_room),
        ON_BOTH(test_all_that_is_posted_arrives),
        ON_BOTH(test_a_posted_failure_shows_later),
        ON_BOTH(test_a_posted_failure_belongs_to_its_part),
        ON_BOTH(test_a_read_cannot_post),
        ON_POSTGRES(test_posting_does_not_wait),
        ON_POSTGRES(test_a_server_that_is_lost_in_a_part_is_noticed),
    };
    return cmocka_run_group_tests_name("db_try", tests, worlds_begin, worlds_end);
}
