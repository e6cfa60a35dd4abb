/* Statements: every kind of value there and back, parameters, answers, questions asked together. */
#include "platform/db/test_things.h"

/* ---- Kinds --------------------------------------------------------------------------- */

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

/* ---- Columns, questions --------------------------------------------------------------- */

static bool columns_of_ids(Ctx *cx, void *arg)
{
    (void)arg;
    for (int64_t n = 1; n <= 200; n++)
        db_exec(cx, "insert into things (id, number) values ($1, $2)", n, -n);
    IdList ids = db_ids(cx, "select id from things order by id desc");
    WANT_INT(ids.n, 200);
    for (size_t i = 0; i < ids.n; i++) WANT_INT(ids.items[i].n, 200 - (int64_t)i);
    WANT_INT(db_ids(cx, "select number from things where id = 7").items[0].n, -7);
    WANT_INT(db_ids(cx, "select id from things where id > 200").n, 0);
    return true;
}

static bool no_ids(Ctx *cx, void *arg)
{
    db_exec(cx, "insert into things (id, text) values (1, 'a')");
    const char *which = arg;
    IdList ids = *which == 't' ? db_ids(cx, "select text from things")
                               : db_ids(cx, "select number from things");
    WANT_INT(ids.n, 0);
    return true;
}

static void test_columns_of_ids(void **state)
{
    World *w = world_of(state);
    world_schema(w, all_schema);
    assert_int_equal(db_run(w->db, TX_WRITE, &w->cx, no_ids, "text"), DB_BROKEN);
    assert_int_equal(db_run(w->db, TX_WRITE, &w->cx, no_ids, "null"), DB_BROKEN);
    RUN(w, TX_WRITE, columns_of_ids, NULL);
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
    WANT_STR(two ? two->text : S("none"), S("t2"));
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

/* ---- Snapshots ----------------------------------------------------------------------- */

static bool insert_a_thing(Ctx *cx, void *arg)
{
    (void)arg;
    return db_exec(cx, "insert into things (id) select coalesce(max(id), 0) + 1 from things") == 1;
}

static bool read_twice(Ctx *cx, void *arg)
{
    World *w = arg;
    Ctx other = world_cx(w);
    int64_t before = db_int(cx, -1, "select count(*) from things");
    WANT_INT(db_run(w->db, TX_WRITE, &other, insert_a_thing, NULL), DB_FINE);
    WANT_INT(db_int(cx, -1, "select count(*) from things"), before);
    arena_free(other.arena);
    return true;
}

static void test_a_read_sees_one_moment(void **state)
{
    World *w = world_of(state);
    world_schema(w, all_schema);
    for (int i = 0; i < 3; i++) RUN(w, TX_READ, read_twice, w);
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
        ON_BOTH(test_columns_of_ids),
        ON_BOTH(test_questions_asked_together),
        ON_BOTH(test_a_read_sees_one_moment),
    };
    return cmocka_run_group_tests_name("db_statement", tests, worlds_begin, worlds_end);
}
