#include "platform/db/test_world.h"

typedef enum Colour { RED, GREEN } Colour;

static const EnumNames colour_names = ENUM_NAMES("red", "green");

typedef struct Thing {
    Id id;
    int64_t number;
    Str text;
    unsigned colour;
} Thing;

static const Type thing_type =
    TYPE(Thing, "A thing.", FIELD(Thing, id, "", .prefix = "t"), FIELD(Thing, number, ""),
         FIELD(Thing, text, ""), ENUM(Thing, colour, "", colour_names));

static const char schema[] =
    "create table things (id ID primary key, number INTEGER, text TEXT unique, colour TEXT);";

static bool break_unique(Ctx *cx, void *arg)
{
    (void)arg;
    db_exec(cx, "insert into things (id, text) values (1, 'x')");
    int statements = cx->cost.statements;
    WANT_INT(db_exec(cx, "insert into things (id, text) values (2, 'x')"), 0);
    WANT_INT(db_failure(cx), DB_CONSTRAINT);
    WANT_STR(db_constraint(cx), S("things_text_key"));
    WANT_INT(db_exec(cx, "insert into things (id, text) values (3, 'y')"), 0);
    WANT(!db_one(cx, &thing_type, "select id from things"));
    WANT_INT(db_int(cx, -5, "select 1"), -5);
    WANT_STR(db_text(cx, S("o"), "select 'x'"), S("o"));
    Thing *one = NULL;
    db_ask_one(cx, &one, &thing_type, "select id from things");
    WANT(!db_settle(cx));
    WANT(!one);
    WANT_INT(db_failure(cx), DB_CONSTRAINT);
    WANT_INT(cx->cost.statements,
             statements + 1); /* what follows a failure never reaches the database */
    return true;
}

static bool count_things(Ctx *cx, void *arg)
{
    *(int64_t *)arg = db_int(cx, -1, "select count(*) from things");
    return true;
}

static int64_t things(World *w)
{
    int64_t n = -2;
    RUN(w, TX_READ, count_things, &n);
    return n;
}

static void test_failures_stay_and_roll_back(void **state)
{
    World *w = world_of(state);
    world_schema(w, schema);
    WANT_INT(db_run(w->db, TX_WRITE, &w->cx, break_unique, NULL), DB_CONSTRAINT);
    WANT_INT(things(w), 0);
    WANT_INT(db_failure(&w->cx), DB_FINE); /* outside of a transaction there is none */
}

static bool insert_and_refuse(Ctx *cx, void *arg)
{
    (void)arg;
    db_exec(cx, "insert into things (id) values (1)");
    return false;
}

static void test_false_rolls_back(void **state)
{
    World *w = world_of(state);
    world_schema(w, schema);
    WANT_INT(db_run(w->db, TX_WRITE, &w->cx, insert_and_refuse, NULL), DB_FINE);
    WANT_INT(things(w), 0);
}

typedef struct Broken {
    const char *name; /* of the constraint */
    int64_t (*run)(Ctx *cx);
} Broken;

#define BROKEN(function, sql)                                                                      \
    static int64_t function(Ctx *cx)                                                               \
    {                                                                                              \
        return db_exec(cx, sql);                                                                   \
    }

BROKEN(break_primary, "insert into t (id) values (1)")
BROKEN(break_pair, "insert into t (id, a, b) values (2, 1, 1)")
BROKEN(break_named, "insert into t (id, name) values (2, 'ANNA')")
BROKEN(break_check, "insert into t (id, n) values (2, -1)")
BROKEN(break_null, "update t set must = null")
BROKEN(break_foreign, "insert into t (id, parent) values (2, 77)")
BROKEN(break_index, "insert into t (id, code) values (2, 5)")

static bool break_it(Ctx *cx, void *arg)
{
    const Broken *broken = arg;
    WANT_INT(broken->run(cx), 0);
    WANT_INT(db_failure(cx), DB_CONSTRAINT);
    WANT_STR(db_constraint(cx), str_from(broken->name));
    return true;
}

static bool insert_breakable(Ctx *cx, void *arg)
{
    (void)arg;
    return db_exec(cx, "insert into t (id, a, b, name, code) values (1, 1, 1, 'anna', 5)") == 1;
}

static void test_constraints_have_the_same_names(void **state)
{
    static Broken cases[] = {
        {"t_pkey", break_primary},         {"t_a_b_key", break_pair},
        {"t_name_lower_key", break_named}, {"t_n_check", break_check},
        {"t_must_not_null", break_null},   {"foreign_key", break_foreign},
        {"t_code_key", break_index},
    };
    World *w = world_of(state);
    world_schema(w, "create table t (id ID primary key, a INTEGER, b INTEGER, name TEXT, must "
                    "INTEGER not null default 1, "
                    "n INTEGER constraint t_n_check check (n >= 0), parent ID references t (id), "
                    "code INTEGER, unique (a, b));"
                    "create unique index t_name_lower_key on t (lower(name));"
                    "create unique index t_code_key on t (code);");
    RUN(w, TX_WRITE, insert_breakable, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        WANT_INT(db_run(w->db, TX_WRITE, &w->cx, break_it, &cases[i]), DB_CONSTRAINT);
}

BROKEN(wrong_table, "select * from nowhere")
BROKEN(wrong_syntax, "selec 1")
BROKEN(wrong_type, "insert into things (id, number) values (1, 'many')")
BROKEN(two_statements, "delete from things; delete from things")
BROKEN(wrong_rewrite, "select :name")

static int64_t too_few_arguments(Ctx *cx)
{
    return db_exec(cx, "select $1, $2", 1);
}

static int64_t unknown_column(Ctx *cx)
{
    return db_one(cx, &thing_type, "select 1 as nothing_like_that") != NULL;
}

static int64_t text_for_integer(Ctx *cx)
{
    return db_int(cx, 0, "select 'x'");
}

static int64_t integer_for_text(Ctx *cx)
{
    return (int64_t)db_text(cx, S(""), "select 1").n;
}

static int64_t wrong_enum(Ctx *cx)
{
    return db_one(cx, &thing_type, "select 'blue' as colour") != NULL;
}

static bool be_wrong(Ctx *cx, void *arg)
{
    const Broken *broken = arg;
    WANT_INT(broken->run(cx), 0);
    WANT_STR(str_from(db_failure(cx) == DB_BROKEN ? broken->name : "fine"), str_from(broken->name));
    return true;
}

static void test_mistakes_are_told_from_refusals(void **state)
{
    static Broken cases[] = {
        {"table", wrong_table},     {"syntax", wrong_syntax},      {"type", wrong_type},
        {"two", two_statements},    {"rewrite", wrong_rewrite},    {"arguments", too_few_arguments},
        {"column", unknown_column}, {"integer", text_for_integer}, {"text", integer_for_text},
        {"enum", wrong_enum},
    };
    World *w = world_of(state);
    world_schema(w, schema);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        WANT_INT(db_run(w->db, TX_WRITE, &w->cx, be_wrong, &cases[i]), DB_BROKEN);
    WANT_INT(things(w), 0); /* and the connection is as good as before */
}

static bool insert_one(Ctx *cx, void *arg)
{
    (void)arg;
    return db_exec(cx, "insert into things (id) values (1)") == 1;
}

static void test_a_read_cannot_write(void **state)
{
    World *w = world_of(state);
    world_schema(w, schema);
    DbFailure failure = db_run(w->db, TX_READ, &w->cx, insert_one, NULL);
    WANT_INT(failure, DB_READ_ONLY);
    WANT_INT(things(w), 0);
}

static void test_a_deadline_ends_work(void **state)
{
    World *w = world_of(state);
    world_schema(w, schema);
    Ctx late = w->cx;
    late.deadline_us = monotonic_us() - 1;
    WANT_INT(db_run(w->db, TX_WRITE, &late, insert_one, NULL), DB_TIMEOUT);
    WANT_INT(db_run(w->db, TX_READ, &late, count_things, NULL), DB_TIMEOUT);
    WANT_INT(things(w), 0);
}

static void count_up(void *arg)
{
    ++*(int *)arg;
}

static bool insert_and_announce(Ctx *cx, void *arg)
{
    ctx_after_commit(cx, count_up, arg);
    return insert_one(cx, NULL);
}

static void test_what_waits_for_the_commit_runs_once_or_never(void **state)
{
    World *w = world_of(state);
    world_schema(w, schema);
    int announced = 0;
    RUN(w, TX_WRITE, insert_and_announce, &announced);
    WANT_INT(announced, 1);
    WANT_INT(db_run(w->db, TX_WRITE, &w->cx, insert_and_announce, &announced), DB_CONSTRAINT);
    WANT_INT(announced, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(test_failures_stay_and_roll_back),
        ON_BOTH(test_false_rolls_back),
        ON_BOTH(test_constraints_have_the_same_names),
        ON_BOTH(test_mistakes_are_told_from_refusals),
        ON_BOTH(test_a_read_cannot_write),
        ON_BOTH(test_a_deadline_ends_work),
        ON_BOTH(test_what_waits_for_the_commit_runs_once_or_never),
    };
    return cmocka_run_group_tests_name("db_failure", tests, worlds_begin, worlds_end);
}
