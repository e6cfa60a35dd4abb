/* Many rows at once: they are all there, or none of them is, and they cost few statements. */
#include "platform/db/test_things.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(test_rows_go_in_at_once),
        ON_BOTH(test_rows_may_have_nulls),
        ON_BOTH(test_a_row_that_cannot_be_undoes_all),
        ON_BOTH(test_rows_are_inserted_by_a_tuple_at_the_end),
    };
    return cmocka_run_group_tests_name("db_post_rows", tests, worlds_begin, worlds_end);
}
