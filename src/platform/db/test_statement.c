#include "platform/db/test_world.h"

typedef enum Colour { RED, GREEN } Colour;

static const EnumNames colour_names = ENUM_NAMES("red", "green");

typedef struct Part {
    Str name;
    int64_t count;
} Part;

typedef struct PartList {
    Part *items;
    size_t n;
} PartList;

static const Type part_type =
    TYPE(Part, "A part.", FIELD(Part, name, "Name."), FIELD(Part, count, "How many."));

/* Every kind of field. */
typedef struct All {
    Present present;
    Id id;
    bool flag;
    int64_t number;
    double real;
    Str text;
    Money money;
    Currency currency;
    Time at;
    unsigned colour;
    StrList words;
    IdList others;
    Json document;
    Part part;
    PartList parts;
} All;

typedef struct AllList {
    All *items;
    size_t n;
} AllList;

static const Type all_type = TYPE_WITH_ABSENCE(
    All, "One of each.", FIELD(All, id, "", .prefix = "all"), FIELD(All, flag, ""),
    FIELD(All, number, ""), FIELD(All, real, ""), FIELD(All, text, ""), FIELD(All, money, ""),
    FIELD(All, currency, ""), FIELD(All, at, ""), ENUM(All, colour, "", colour_names),
    FIELD(All, words, ""), FIELD(All, others, "", .prefix = "all"), FIELD(All, document, ""),
    OBJECT(All, part, "", part_type), LIST(All, parts, "", part_type));

static const char all_schema[] = "create table things (id ID primary key, flag BOOL, number "
                                 "INTEGER, real REAL, text TEXT unique, money MONEY, "
                                 "currency TEXT, at TIME, colour TEXT, words JSON, others JSON, "
                                 "document JSON, part JSON, parts JSON);";

#define ALL_COLUMNS                                                                                \
    "id, flag, number, real, text, money, currency, at, colour, words, others, document, part, "   \
    "parts"
#define PUT_ALL                                                                                    \
    "insert into things (" ALL_COLUMNS                                                             \
    ") values (:id, :flag, :number, :real, :text, :money, :currency, :at, :colour, "               \
    ":words, :others, :document, :part, :parts)"

static Id id_of(int64_t n)
{
    return (Id){n};
}

static All a_thing(int64_t id, Str text)
{
    All all = {.id = {id}, .text = text};
    MARK_SET(&all_type, &all, All, id);
    MARK_SET(&all_type, &all, All, text);
    return all;
}

/* ---- Kinds --------------------------------------------------------------------------- */

static All extreme(int64_t id)
{
    static Str words[] = {S_INIT("a \"quoted\" word"), S_INIT("naïve ✓")};
    static Id others[] = {{1}, {INT64_MAX}};
    static Part parts[] = {{S_INIT("bolt"), 4}, {S_INIT(""), -1}};
    return (All){.present = {.set = ~(uint64_t)0},
                 .id = {id},
                 .flag = id % 2,
                 .number = id % 2 ? INT64_MIN : INT64_MAX,
                 .real = id % 2 ? -0.1 : 1.7976931348623157e308,
                 .text = id % 2 ? S("") : S("line\nfeed, tab\t, quote ' and \\ and ✓"),
                 .money = {id % 2 ? -1 : INT64_MAX},
                 .currency = {"EUR"},
                 .at = {id % 2 ? -62135596800000000 : 4102444799999999}, /* year 1; end of 2099 */
                 .colour = GREEN,
                 .words = {words, 2},
                 .others = {others, 2},
                 .document = {S("{\"a\":[1,2.5,null,true,\"x\"]}")},
                 .part = {S("nut"), 3},
                 .parts = {parts, 2}};
}

static void assert_same(const All *got, const All *expected)
{
    WANT(got->present.set == (((uint64_t)1 << all_type.field_count) - 1));
    WANT_INT(got->id.n, expected->id.n);
    WANT_INT(got->flag, expected->flag);
    WANT(got->number == expected->number);
    WANT(got->real == expected->real);
    WANT_STR(got->text, expected->text);
    WANT(got->money.minor == expected->money.minor);
    WANT_STR(currency_text(&got->currency), currency_text(&expected->currency));
    WANT(got->at.us == expected->at.us);
    WANT_INT(got->colour, expected->colour);
    WANT_INT(got->words.n, 2);
    for (size_t i = 0; i < 2; i++) WANT_STR(got->words.items[i], expected->words.items[i]);
    WANT_INT(got->others.n, 2);
    WANT(got->others.items[1].n == INT64_MAX);
    WANT_STR(got->part.name, expected->part.name);
    WANT_INT(got->part.count, 3);
    WANT_INT(got->parts.n, 2);
    WANT_STR(got->parts.items[0].name, S("bolt"));
    WANT_INT(got->parts.items[1].count, -1);
}

/* A database may keep JSON in another spelling: blanks and the order of keys are free. */
static void assert_document(Str got)
{
    char compact[64];
    size_t n = 0;
    for (size_t i = 0; i < got.n && n < sizeof compact - 1; i++)
        if (got.p[i] != ' ') compact[n++] = got.p[i];
    compact[n] = 0;
    WANT_STR(str_from(compact), S("{\"a\":[1,2.5,null,true,\"x\"]}"));
}

static bool put_extremes(Ctx *cx, void *arg)
{
    (void)arg;
    for (int64_t id = 1; id <= 2; id++) {
        All all = extreme(id);
        WANT_INT(db_put(cx, &all_type, &all, PUT_ALL), 1);
    }
    return true;
}

static bool read_extremes(Ctx *cx, void *arg)
{
    (void)arg;
    AllList list =
        DB_LIST(AllList, db_all(cx, &all_type, "select " ALL_COLUMNS " from things order by id"));
    WANT_INT(db_failure(cx), DB_FINE);
    WANT_INT(list.n, 2);
    for (int64_t id = 1; id <= 2; id++) {
        All expected = extreme(id);
        assert_same(&list.items[id - 1], &expected);
        assert_document(list.items[id - 1].document.text);
    }
    return true;
}

static void test_every_kind_round_trips(void **state)
{
    World *w = world_of(state);
    world_schema(w, all_schema);
    RUN(w, TX_WRITE, put_extremes, NULL);
    RUN(w, TX_READ, read_extremes, NULL);
}

static bool absence(Ctx *cx, void *arg)
{
    (void)arg;
    All some = a_thing(7, S("seven"));
    WANT_INT(db_put(cx, &all_type, &some, PUT_ALL), 1);
    All *got = db_one(cx, &all_type, "select " ALL_COLUMNS " from things where id = $1", id_of(7));
    WANT(got);
    WANT(IS_SET(&all_type, got, All, text));
    WANT(!IS_SET(&all_type, got, All, money));
    WANT(!IS_SET(&all_type, got, All, parts));
    return true;
}

static void test_absent_fields_are_null(void **state)
{
    World *w = world_of(state);
    world_schema(w, all_schema);
    RUN(w, TX_WRITE, absence, NULL);
}

static bool bytes_and_nulls(Ctx *cx, void *arg)
{
    (void)arg;
    Value bytes = {VALUE_BYTES, .s = {"\0\xff'\\", 4}}, nothing = {.kind = VALUE_NULL};
    WANT_INT(db_exec(cx, "insert into kinds (id, x, i, at) values ($1, $2, $3, $4)", 1, bytes,
                     nothing, (Time){5}),
             1);
    WANT_INT(db_exec(cx, "insert into kinds (id, x, i, at) values ($1, $2, $3, $4)", 2, nothing,
                     (int64_t)7, (Time){-5}),
             1);
    Str got = db_text(cx, S("none"), "select x from kinds where id = $1", 1);
    WANT_INT(got.n, 4);
    WANT(memcmp(got.p, "\0\xff'\\", 4) == 0);
    WANT_STR(db_text(cx, S("stay"), "select x from kinds where id = $1", 2), S("stay"));
    WANT_INT(db_int(cx, -1, "select i from kinds where id = $1", 1), -1);
    WANT_INT(db_int(cx, -1, "select i from kinds where id = $1", 2), 7);
    WANT_INT(db_int(cx, -1, "select at from kinds where id = $1", 2), -5);
    WANT_INT(db_int(cx, -1, "select i from kinds where id = $1", 3), -1);
    WANT_INT(db_int(cx, 9, "select count(*) from kinds where $1", (bool)true), 2);
    WANT_INT(db_failure(cx), DB_FINE);
    return true;
}

static void test_bytes_and_nulls(void **state)
{
    World *w = world_of(state);
    world_schema(w, "create table kinds (id ID primary key, x BYTES, i INTEGER, at TIME);");
    RUN(w, TX_WRITE, bytes_and_nulls, NULL);
}

/* ---- Parameters ---------------------------------------------------------------------- */

static bool parameters(Ctx *cx, void *arg)
{
    (void)arg;
    /* PostgreSQL numbers parameters, SQLite would number names by their first occurrence. */
    WANT_INT(db_int(cx, 0, "select $2 - $1", (int64_t)10, (int64_t)3), -7);
    WANT_STR(db_text(cx, S(""), "select $2 || $1 || $2", S("a"), S("b")), S("bab"));
    WANT_STR(db_text(cx, S(""), "select '$1' || $1", S("a")), S("$1a"));
    db_exec(cx, "insert into things (text, id) values ($2, $1)", id_of(1), S("one"));
    WANT_INT(db_int(cx, 0, "select id from things where text = $1", S("one")), 1);
    return true;
}

static void test_parameters_go_by_number(void **state)
{
    World *w = world_of(state);
    world_schema(w, all_schema);
    RUN(w, TX_WRITE, parameters, NULL);
}

static bool kinds_change(Ctx *cx, void *arg)
{
    (void)arg;
    const Value values[] = {
        {.kind = VALUE_NULL}, value_int(4), value_int(5), {.kind = VALUE_NULL}, value_int(6)};
    for (size_t i = 0; i < 5; i++)
        WANT_INT(db_exec(cx, "insert into things (id, number) values ($1, $2)",
                         id_of((int64_t)i + 1), values[i]),
                 1);
    WANT_INT(db_int(cx, 0, "select count(*) from things where number is null"), 2);
    WANT_INT(db_int(cx, 0, "select cast(sum(number) as bigint) from things"), 15);
    return true;
}

static void test_a_parameter_may_be_null_at_first(void **state)
{
    World *w = world_of(state);
    world_schema(w, all_schema);
    RUN(w, TX_WRITE, kinds_change, NULL);
}

static int64_t how_many_in(Ctx *cx, IdList ids)
{
    return db_int(cx, -1, "select count(*) from things where id in IDS($1)", ids);
}

static bool lists_of_ids(Ctx *cx, void *arg)
{
    (void)arg;
    for (int64_t id = 1; id <= 5; id++) {
        All all = a_thing(id, str_format(cx->arena, "t%d", (int)id));
        db_put(cx, &all_type, &all, "insert into things (id, text) values (:id, :text)");
    }
    Id ids[] = {{4}, {2}, {99}, {2}};
    IdList some = {ids, 4}, one = {ids, 1}, none = {0};
    WANT_INT(how_many_in(cx, some), 2);
    WANT_INT(how_many_in(cx, one), 1);
    WANT_INT(how_many_in(cx, none), 0);
    WANT_INT(db_int(cx, -1, "select count(*) from things where id not in IDS($1)", some), 3);
    WANT_INT(db_int(cx, -1, "select count(*) from things where id not in IDS($1)", none), 5);
    WANT_INT(db_exec(cx, "delete from things where id in IDS($1) and text <> $2", some, S("t2")),
             1);
    return true;
}

static void test_lists_of_ids(void **state)
{
    World *w = world_of(state);
    world_schema(w, all_schema);
    RUN(w, TX_WRITE, lists_of_ids, NULL);
}

/* ---- Answers ------------------------------------------------------------------------- */

static bool row_counts(Ctx *cx, void *arg)
{
    (void)arg;
    for (int i = 0; i < 2; i++)
        WANT_INT(db_exec(cx, "insert into things (id, text) values ($1, $2) on conflict do nothing",
                         id_of(1), S("one")),
                 i == 0);
    db_exec(cx, "insert into things (id) values (2), (3)");
    WANT_INT(db_exec(cx, "update things set number = 1 where id >= $1", id_of(2)), 2);
    WANT_INT(db_exec(cx, "update things set number = 1 where id > $1", id_of(9)), 0);
    WANT_INT(db_exec(cx, "select count(*) from things"), 0); /* reading changes nothing */
    All *all = db_one(cx, &all_type,
                      "update things set number = number + 1 where id = $1 returning id, number",
                      id_of(2));
    WANT(all);
    WANT_INT(all->number, 2);
    WANT_INT(db_exec(cx, "delete from things"), 3);
    WANT(!db_one(cx, &all_type, "select id from things where id = $1", id_of(1)));
    AllList none = DB_LIST(AllList, db_all(cx, &all_type, "select id from things"));
    WANT_INT(none.n, 0);
    return true;
}

static void test_rows_changed_are_counted(void **state)
{
    World *w = world_of(state);
    world_schema(w, all_schema);
    RUN(w, TX_WRITE, row_counts, NULL);
}

static bool many_rows(Ctx *cx, void *arg)
{
    (void)arg;
    for (int64_t id = 1; id <= 100; id++)
        db_exec(cx, "insert into things (id, number) values ($1, $2)", id_of(id), id * id);
    AllList list =
        DB_LIST(AllList, db_all(cx, &all_type, "select id, number from things order by id"));
    WANT_INT(list.n, 100);
    for (size_t i = 0; i < 100; i++) WANT_INT(list.items[i].number, (i + 1) * (i + 1));
    WANT_INT(cx->cost.statements, 101);
    return true;
}

static void test_many_rows_and_their_cost(void **state)
{
    World *w = world_of(state);
    world_schema(w, all_schema);
    w->cx.cost = (CtxCost){0};
    RUN(w, TX_WRITE, many_rows, NULL);
    WANT(w->cx.cost.db_us > 0);
}

static bool questions(Ctx *cx, void *arg)
{
    (void)arg;
    for (int64_t id = 1; id <= 3; id++) {
        All all = a_thing(id, str_format(cx->arena, "t%d", (int)id));
        db_put(cx, &all_type, &all, "insert into things (id, text) values (:id, :text)");
    }
    All *one = (All *)1, *two = NULL, *missing = (All *)1;
    AnyList list = {(void *)1, 9}, many[20];
    db_ask_one(cx, &one, &all_type, "select id, text from things where id = $1", id_of(1));
    db_ask_one(cx, &two, &all_type, "select id, text from things where id = $1", id_of(2));
    db_ask_one(cx, &missing, &all_type, "select id, text from things where id = $1", id_of(4));
    db_ask_all(cx, &list, &all_type, "select id, text from things order by id desc");
    WANT(!two); /* answers come with db_settle, on either database */
    WANT(db_settle(cx));
    WANT_INT(one->id.n, 1);
    WANT_STR(two->text, S("t2"));
    WANT(!missing);
    WANT_INT(list.n, 3);
    WANT_INT(((All *)list.items)[0].id.n, 3);
    for (size_t i = 0; i < 20; i++)
        db_ask_all(cx, &many[i], &all_type, "select id from things where id <= $1", (int64_t)i);
    WANT_INT(db_int(cx, 0, "select count(*) from things"), 3); /* settles what was asked before */
    WANT_INT(many[0].n, 0);
    WANT_INT(many[2].n, 2);
    WANT_INT(many[19].n, 3);
    return true;
}

static void test_questions_asked_together(void **state)
{
    World *w = world_of(state);
    world_schema(w, all_schema);
    RUN(w, TX_WRITE, questions, NULL);
}

/* ---- Failures ------------------------------------------------------------------------ */

static bool break_unique(Ctx *cx, void *arg)
{
    (void)arg;
    db_exec(cx, "insert into things (id, text) values (1, 'x')");
    int statements = cx->cost.statements;
    WANT_INT(db_exec(cx, "insert into things (id, text) values (2, 'x')"), 0);
    WANT_INT(db_failure(cx), DB_CONSTRAINT);
    WANT_STR(db_constraint(cx), S("things_text_key"));
    WANT_INT(db_exec(cx, "insert into things (id, text) values (3, 'y')"), 0);
    WANT(!db_one(cx, &all_type, "select id from things"));
    WANT_INT(db_int(cx, -5, "select 1"), -5);
    WANT_STR(db_text(cx, S("o"), "select 'x'"), S("o"));
    All *one = NULL;
    db_ask_one(cx, &one, &all_type, "select id from things");
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
    world_schema(w, all_schema);
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
    world_schema(w, all_schema);
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
    return db_one(cx, &all_type, "select 1 as nothing_like_that") != NULL;
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
    return db_one(cx, &all_type, "select 'blue' as colour") != NULL;
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
    world_schema(w, all_schema);
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
    world_schema(w, all_schema);
    DbFailure failure = db_run(w->db, TX_READ, &w->cx, insert_one, NULL);
    WANT_INT(failure, DB_READ_ONLY);
    WANT_INT(things(w), 0);
}

static void test_a_deadline_ends_work(void **state)
{
    World *w = world_of(state);
    world_schema(w, all_schema);
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
    world_schema(w, all_schema);
    int announced = 0;
    RUN(w, TX_WRITE, insert_and_announce, &announced);
    WANT_INT(announced, 1);
    WANT_INT(db_run(w->db, TX_WRITE, &w->cx, insert_and_announce, &announced), DB_CONSTRAINT);
    WANT_INT(announced, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(test_every_kind_round_trips),
        ON_BOTH(test_absent_fields_are_null),
        ON_BOTH(test_bytes_and_nulls),
        ON_BOTH(test_parameters_go_by_number),
        ON_BOTH(test_a_parameter_may_be_null_at_first),
        ON_BOTH(test_lists_of_ids),
        ON_BOTH(test_rows_changed_are_counted),
        ON_BOTH(test_many_rows_and_their_cost),
        ON_BOTH(test_questions_asked_together),
        ON_BOTH(test_failures_stay_and_roll_back),
        ON_BOTH(test_false_rolls_back),
        ON_BOTH(test_constraints_have_the_same_names),
        ON_BOTH(test_mistakes_are_told_from_refusals),
        ON_BOTH(test_a_read_cannot_write),
        ON_BOTH(test_a_deadline_ends_work),
        ON_BOTH(test_what_waits_for_the_commit_runs_once_or_never),
    };
    return cmocka_run_group_tests_name("db_statement", tests, worlds_begin, worlds_end);
}
