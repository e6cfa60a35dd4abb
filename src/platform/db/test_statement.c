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

/* ---- Many rows at once --------------------------------------------------------------- */

static All *some_things(Ctx *cx, int64_t first, size_t n)
{
    All *things = NEW_N(cx->arena, All, n);
    for (size_t i = 0; i < n; i++) {
        things[i] = extreme(first + (int64_t)i);
        things[i].text = str_format(cx->arena, "t%d", (int)things[i].id.n);
    }
    return things;
}

/* What was written, and by how many statements. */
static void want_rows(Ctx *cx, size_t n, int statements)
{
    All *things = some_things(cx, 1, n);
    int before = cx->cost.statements;
    db_post_rows(cx, &all_type, things, n, PUT_ALL);
    WANT_INT(cx->cost.statements - before, statements);
    AllList list =
        DB_LIST(AllList, db_all(cx, &all_type, "select " ALL_COLUMNS " from things order by id"));
    WANT_INT(list.n, n);
    for (size_t i = 0; i < n; i++) {
        assert_same(&list.items[i], &things[i]);
        assert_document(list.items[i].document.text);
    }
    db_exec(cx, "delete from things");
}

static bool rows_at_once(Ctx *cx, void *arg)
{
    (void)arg;
    want_rows(cx, 0, 0);
    for (size_t n = 1; n <= 8; n++) want_rows(cx, n, 1);
    want_rows(cx, 9, 2);
    want_rows(cx, 20, 3);
    want_rows(cx, 3, 1); /* by the statement of before */
    return true;
}

static void test_rows_go_in_at_once(void **state)
{
    World *w = world_of(state);
    world_schema(w, all_schema);
    RUN(w, TX_WRITE, rows_at_once, NULL);
}

#define PUT_SOME                                                                                   \
    "insert into things (id, number, money, at, document, text) "                                  \
    "values (:id, :number, coalesce(:money, :number), :at, :document, ':' || :text)"

/* Of each row other columns are NULL, among them such as were never seen to be anything else. */
static bool rows_with_nulls(Ctx *cx, void *arg)
{
    (void)arg;
    for (unsigned round = 0; round < 8; round++) {
        All *things = some_things(cx, 1 + 4 * round, 4);
        for (unsigned i = 0; i < 4; i++) {
            bool odd = (round >> i) & 1;
            type_member_clear(&all_type, &things[i],
                              odd ? offsetof(All, money) : offsetof(All, at));
            if (odd) type_member_clear(&all_type, &things[i], offsetof(All, document));
        }
        db_post_rows(cx, &all_type, things, 4, PUT_SOME);
    }
    AllList list =
        DB_LIST(AllList, db_all(cx, &all_type, "select " ALL_COLUMNS " from things order by id"));
    WANT_INT(list.n, 32);
    for (unsigned i = 0; i < list.n; i++) {
        const All *got = &list.items[i];
        All expected = extreme(i + 1);
        bool odd = ((i / 4) >> (i % 4)) & 1;
        WANT_STR(got->text, str_format(cx->arena, ":t%u", i + 1));
        WANT(got->number == expected.number);
        WANT(got->money.minor == (odd ? expected.number : expected.money.minor));
        WANT(IS_SET(&all_type, got, All, at) == odd);
        if (odd) WANT(got->at.us == expected.at.us);
        WANT(IS_SET(&all_type, got, All, document) == !odd);
        if (!odd) assert_document(got->document.text);
    }
    return true;
}

static void test_rows_may_have_nulls(void **state)
{
    World *w = world_of(state);
    world_schema(w, all_schema);
    RUN(w, TX_WRITE, rows_with_nulls, NULL);
}

/* The last of so many has the text of the first. */
static bool rows_of_two_alike(Ctx *cx, void *arg)
{
    size_t n = *(const size_t *)arg;
    All *things = some_things(cx, 1, n);
    things[n - 1].text = things[0].text;
    db_post_rows(cx, &all_type, things, n, PUT_ALL);
    return true;
}

static bool none_of_such_rows(Ctx *cx, void *arg)
{
    (void)arg;
    for (size_t n = 2; n <= 20; n += 6) {
        WANT(!db_try(cx, rows_of_two_alike, &n));
        WANT_STR(db_constraint(cx), S("things_text_key"));
        WANT_INT(db_int(cx, -1, "select count(*) from things"), 0);
    }
    All *things = some_things(cx, 1, 2);
    db_post_rows(cx, &all_type, things, 2, PUT_ALL); /* the statement is as good as before */
    return true;
}

static bool count_things(Ctx *cx, void *count)
{
    *(int64_t *)count = db_int(cx, -1, "select count(*) from things");
    return true;
}

static void test_a_row_that_cannot_be_undoes_all(void **state)
{
    World *w = world_of(state);
    world_schema(w, all_schema);
    int64_t count = -1;
    for (size_t n = 2; n <= 20; n += 6) {
        assert_int_equal(db_run(w->db, TX_WRITE, &w->cx, rows_of_two_alike, &n), DB_CONSTRAINT);
        RUN(w, TX_READ, count_things, &count);
        assert_int_equal(count, 0);
    }
    RUN(w, TX_WRITE, none_of_such_rows, NULL);
    RUN(w, TX_READ, count_things, &count);
    assert_int_equal(count, 2);
}

static bool rows_of_no_tuple(Ctx *cx, void *arg)
{
    (void)arg;
    All *things = some_things(cx, 1, 1);
    db_post_rows(cx, &all_type, things, 1, "insert into things (id) select :id");
    return true;
}

/* The statement that makes a row is the same literal as the one that makes rows. */
static bool a_row_and_rows(Ctx *cx, void *arg)
{
    (void)arg;
    static const char sql[] = "insert into things (id, text) values (:id, :text)";
    All *things = some_things(cx, 1, 4);
    db_post_row(cx, &all_type, &things[0], sql);
    db_post_items(cx, &all_type, &things[1], 1, sql);
    db_post_items(cx, &all_type, &things[2], 2, sql);
    WANT_INT(db_int(cx, -1, "select count(*) from things where text = 't' || id"), 4);
    return true;
}

static void test_rows_are_inserted_by_a_tuple_at_the_end(void **state)
{
    World *w = world_of(state);
    world_schema(w, all_schema);
    assert_int_equal(db_run(w->db, TX_WRITE, &w->cx, rows_of_no_tuple, NULL), DB_BROKEN);
    RUN(w, TX_WRITE, a_row_and_rows, NULL);
}

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
        ON_BOTH(test_rows_go_in_at_once),
        ON_BOTH(test_rows_may_have_nulls),
        ON_BOTH(test_a_row_that_cannot_be_undoes_all),
        ON_BOTH(test_rows_are_inserted_by_a_tuple_at_the_end),
        ON_BOTH(test_columns_of_ids),
        ON_BOTH(test_questions_asked_together),
        ON_BOTH(test_a_read_sees_one_moment),
    };
    return cmocka_run_group_tests_name("db_statement", tests, worlds_begin, worlds_end);
}
