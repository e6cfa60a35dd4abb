#include "platform/db/sql.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

typedef struct Thing {
    Id id;
    Str name;
    int64_t stock;
} Thing;

static const Type thing_type = TYPE(Thing, "A thing.", FIELD(Thing, id, "Id."),
                                    FIELD(Thing, name, "Name."), FIELD(Thing, stock, "Stock."));

static int setup(void **state)
{
    *state = arena_new(4096);
    return 0;
}

static int teardown(void **state)
{
    arena_free(*state);
    return 0;
}

static SqlText rewritten(Arena *arena, DbDriver driver, const char *sql, const Type *type)
{
    SqlText out = {0};
    Str problem = {0};
    if (!sql_rewrite(arena, driver, sql, type, &out, &problem))
        fail_msg("%s: %.*s", sql, STR_ARG(problem));
    return out;
}

static void becomes(Arena *arena, const char *sql, const char *sqlite, const char *postgres)
{
    assert_string_equal(rewritten(arena, DB_SQLITE, sql, NULL).text, sqlite);
    assert_string_equal(rewritten(arena, DB_POSTGRES, sql, NULL).text, postgres);
}

static void stays(Arena *arena, const char *sql)
{
    becomes(arena, sql, sql, sql);
}

static void refused(Arena *arena, const char *sql, const Type *type)
{
    SqlText out = {.params = 77};
    for (int driver = DB_SQLITE; driver <= DB_POSTGRES; driver++) {
        Str problem = {0};
        assert_false(sql_rewrite(arena, (DbDriver)driver, sql, type, &out, &problem));
        assert_true(problem.n > 0);
        assert_int_equal(out.params, 77);
    }
}

static void test_numbers_become_positions(void **state)
{
    becomes(*state, "select $2, $1", "select ?2, ?1", "select $2, $1");
    becomes(*state, "where a=$1and b=$12", "where a=?1and b=?12", "where a=$1and b=$12");
    assert_int_equal(rewritten(*state, DB_SQLITE, "select $2 + $2, $9", NULL).params, 9);
    assert_int_equal(rewritten(*state, DB_POSTGRES, "select 1", NULL).params, 0);
}

static void test_strings_and_comments_stay(void **state)
{
    stays(*state, "select '$1', 'it''s $2', \"a$1\", \"b\"\"$2\"");
    stays(*state, "select 1 -- $1 :name IDS($1)\n, 2");
    stays(*state, "select 1 /* $1 ' */ , 2");
    stays(*state, "select $$ $1 ' $$, $q$ $$ $1 $q$");
    stays(*state, "select E'it\\'s $1', e'\\\\'");
    becomes(*state, "select '\\', $1", "select '\\', ?1",
            "select '\\', $1"); /* no escape without E */
    becomes(*state, "select 1 -- end $1", "select 1 -- end $1", "select 1 -- end $1");
}

static void test_casts_and_stray_signs_stay(void **state)
{
    stays(*state, "select a::bigint, b[1:2], c $ d, x := 1");
    becomes(*state, "select $1::text", "select ?1::text", "select $1::text");
}

static void test_lists_of_ids(void **state)
{
    becomes(*state, "where id in IDS($1) and x = $2", "where id in carray(?1) and x = ?2",
            "where id = any($1::bigint[]) and x = $2");
    becomes(*state, "where id not in IDS( $3 )", "where id not in carray(?3)",
            "where id <> all($3::bigint[])");
    becomes(*state, "where id IN /* many */ IDS($1)", "where id IN /* many */ carray(?1)",
            "where id = any($1::bigint[])");
    becomes(*state, "select not_in, ids from ids_in", "select not_in, ids from ids_in",
            "select not_in, ids from ids_in");
    refused(*state, "select * from IDS($1)", NULL);
    refused(*state, "where id in IDS(1)", NULL);
    refused(*state, "where id in IDS($1", NULL);
}

static void test_names_take_fields(void **state)
{
    const char *sql =
        "update t set name = :name, old = :name, stock = :stock where id = :id and t = ':id'";
    SqlText text = rewritten(*state, DB_SQLITE, sql, &thing_type);
    assert_string_equal(text.text,
                        "update t set name = ?1, old = ?1, stock = ?2 where id = ?3 and t = ':id'");
    assert_int_equal(text.params, 3);
    assert_string_equal(text.fields[0]->name, "name");
    assert_string_equal(text.fields[1]->name, "stock");
    assert_string_equal(text.fields[2]->name, "id");
    assert_string_equal(rewritten(*state, DB_POSTGRES, sql, &thing_type).text,
                        "update t set name = $1, old = $1, stock = $2 where id = $3 and t = ':id'");
}

static SqlText of_rows(Arena *arena, DbDriver driver, const char *sql, int rows)
{
    SqlText out = {0};
    Str problem = {0};
    if (!sql_rewrite_rows(arena, driver, sql, &thing_type, rows, &out, &problem))
        fail_msg("%s: %.*s", sql, STR_ARG(problem));
    return out;
}

static void test_tuples_are_repeated(void **state)
{
    const char *sql = "insert into t (a, b, c) VALUES (:id, f(:name, (:id)), ':id)') -- end";
    assert_string_equal(of_rows(*state, DB_SQLITE, sql, 1).text,
                        "insert into t (a, b, c) VALUES (?1, f(?2, (?1)), ':id)')");
    SqlText text = of_rows(*state, DB_POSTGRES, sql, 3);
    assert_string_equal(text.text, "insert into t (a, b, c) VALUES ($1, f($2, ($1)), ':id)'), "
                                   "($3, f($4, ($3)), ':id)'), ($5, f($6, ($5)), ':id)')");
    assert_int_equal(text.params, 6);
    for (int i = 0; i < 6; i++) assert_string_equal(text.fields[i]->name, i % 2 ? "name" : "id");
    assert_string_equal(
        of_rows(*state, DB_SQLITE, "insert into values_of (\"values\")values(:id)", 2).text,
        "insert into values_of (\"values\")values(?1), (?2)");
}

static void rows_refused(Arena *arena, const char *sql, const Type *type)
{
    SqlText out = {.params = 77};
    for (int rows = 1; rows <= SQL_ROWS_MAX; rows++) {
        Str problem = {0};
        assert_false(sql_rewrite_rows(arena, DB_SQLITE, sql, type, rows, &out, &problem));
        assert_true(problem.n > 0);
        assert_int_equal(out.params, 77);
    }
}

static void test_rows_without_one_tuple_at_the_end_are_refused(void **state)
{
    rows_refused(*state, "", &thing_type);
    rows_refused(*state, "insert into t (id) select :id", &thing_type);
    rows_refused(*state, "insert into t (id)", &thing_type);
    rows_refused(*state, "insert into t (id) values", &thing_type);
    rows_refused(*state, "insert into t (id) values :id", &thing_type);
    rows_refused(*state, "insert into t (id) values (:id", &thing_type);
    rows_refused(*state, "insert into t (id) values (:id))", &thing_type);
    rows_refused(*state, "insert into t (id) values (:id), (:id)", &thing_type);
    rows_refused(*state, "insert into t (id) values (:id) on conflict do nothing", &thing_type);
    rows_refused(*state, "insert into t (id) values (:id) /* open", &thing_type);
    rows_refused(*state, "insert into t (id) select * from (values (:id))", &thing_type);
    rows_refused(*state, "with a as (select :id) insert into t (id) values (:id)", &thing_type);
    rows_refused(*state, "insert into t (id) values (1)", &thing_type);
    rows_refused(*state, "insert into t (id) values ($1)", &thing_type);
    rows_refused(*state, "insert into t (id) values (:id, $1)", &thing_type);
    rows_refused(*state, "insert into t (id) values (:price)", &thing_type);
    rows_refused(*state, "insert into t (id) values (:id)", NULL);
}

#define COLUMNS_OF(T, a)                                                                           \
    FIELD(T, a##0, ""), FIELD(T, a##1, ""), FIELD(T, a##2, ""), FIELD(T, a##3, ""),                \
        FIELD(T, a##4, ""), FIELD(T, a##5, ""), FIELD(T, a##6, ""), FIELD(T, a##7, ""),            \
        FIELD(T, a##8, ""), FIELD(T, a##9, ""), FIELD(T, a##x, "")
#define TUPLE_OF(a)                                                                                \
    ":" a "0, :" a "1, :" a "2, :" a "3, :" a "4, :" a "5, :" a "6, :" a "7, :" a "8, :" a "9"

typedef struct Wide {
    int64_t a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, ax;
    int64_t b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, bx;
    int64_t c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, cx;
} Wide;

static const Type wide_type =
    TYPE(Wide, "33 columns.", COLUMNS_OF(Wide, a), COLUMNS_OF(Wide, b), COLUMNS_OF(Wide, c));

/* That eight rows are too many is seen with the first. */
static void test_a_tuple_has_a_limit(void **state)
{
    static const char most[] =
        "insert into t values (" TUPLE_OF("a") ", " TUPLE_OF("b") ", " TUPLE_OF("c") ", :ax, :bx)";
    SqlText text;
    Str problem;
    assert_true(
        sql_rewrite_rows(*state, DB_POSTGRES, most, &wide_type, SQL_ROWS_MAX, &text, &problem));
    assert_int_equal(text.params, SQL_PARAMS_MAX);
    rows_refused(*state,
                 "insert into t values (" TUPLE_OF("a") ", " TUPLE_OF("b") ", " TUPLE_OF(
                     "c") ", :ax, :bx, :cx)",
                 &wide_type);
}

static void test_what_cannot_be_meant_is_refused(void **state)
{
    refused(*state, "select :price", &thing_type);
    refused(*state, "select :name", NULL);
    refused(*state, "select :name, $1", &thing_type);
    refused(*state, "select $0", NULL);
    refused(*state, "select $257", NULL);
    refused(*state, "select $99999999999999999999", NULL);
    refused(*state, "select 'open", NULL);
    refused(*state, "select \"open", NULL);
    refused(*state, "select /* open", NULL);
    refused(*state, "select $tag$ open $tag", NULL);
}

static void migrates(Arena *arena, DbDriver driver, const char *script, const char *expected)
{
    char *out = NULL;
    Str problem = {0};
    if (!sql_migration(arena, driver, str_from(script), &out, &problem))
        fail_msg("%s: %.*s", script, STR_ARG(problem));
    assert_string_equal(out, expected);
}

static void test_column_words(void **state)
{
    const char *script =
        "create table t (id ID primary key, \"m\" MONEY not null, n INTEGER, t TIME, b BOOL,\n"
        "  j JSON, x BYTES, name TEXT not null, r REAL)";
    migrates(*state, DB_SQLITE, script,
             "create table t (id INTEGER primary key, \"m\" INTEGER not null, n INTEGER, t "
             "INTEGER, b INTEGER,\n"
             "  j TEXT, x BLOB, name TEXT not null, r REAL)\n strict");
    migrates(*state, DB_POSTGRES, script,
             "create table t (id bigint primary key, \"m\" bigint not null, n bigint, t "
             "timestamptz, b boolean,\n"
             "  j jsonb, x bytea, name text collate \"C\" not null, r double precision)\n");
}

static void test_column_words_only_where_types_stand(void **state)
{
    migrates(*state, DB_POSTGRES, "alter table t add column name TEXT; alter table t add n MONEY;",
             "alter table t add column name text collate \"C\"; alter table t add n bigint;\n");
    migrates(*state, DB_POSTGRES,
             "insert into t (a) select cast(x as TEXT), 'TIME', \"ID\", TIME from q",
             "insert into t (a) select cast(x as text), 'TIME', \"ID\", TIME from q\n");
    migrates(*state, DB_POSTGRES, "create index i on t (id, name); -- a TIME\n",
             "create index i on t (id, name); -- a TIME\n");
}

static void test_sqlite_tables_become_strict(void **state)
{
    migrates(*state, DB_SQLITE,
             "create table a (n INTEGER check (n in (1, (2))));create table b (n INTEGER) ;",
             "create table a (n INTEGER check (n in (1, (2)))) strict;create table b (n INTEGER)  "
             "strict;\n");
    migrates(*state, DB_SQLITE, "CREATE TEMP TABLE a (n INTEGER) -- note",
             "CREATE TEMP TABLE a (n INTEGER) -- note\n strict");
    migrates(*state, DB_SQLITE, "create table a (n INTEGER) without rowid;",
             "create table a (n INTEGER) without rowid, strict;\n");
    migrates(*state, DB_SQLITE, "create table a (n INTEGER) strict;",
             "create table a (n INTEGER) strict;\n");
    migrates(*state, DB_SQLITE, "create virtual table f using fts5(a, b);",
             "create virtual table f using fts5(a, b);\n");
    migrates(*state, DB_SQLITE, "drop table a; select 1;", "drop table a; select 1;\n");
    migrates(*state, DB_POSTGRES, "create table a (n INTEGER) without rowid, strict;",
             "create table a (n bigint)   ;\n");
}

static void test_lines_of_one_driver(void **state)
{
    const char *script = "create index a on t (x);\n-- only sqlite\nselect 1;\n-- end\n--  only "
                         "postgres \r\nselect 2;\n"
                         "-- end\nselect 3;\n";
    migrates(
        *state, DB_SQLITE, script,
        "create index a on t (x);\n-- only sqlite\nselect 1;\n-- end\n\n\n-- end\nselect 3;\n");
    migrates(*state, DB_POSTGRES, script,
             "create index a on t (x);\n\n\n-- end\n--  only postgres \r\nselect 2;\n-- "
             "end\nselect 3;\n");
}

static void migration_refused(Arena *arena, const char *script)
{
    char *out = NULL;
    Str problem = {0};
    assert_false(sql_migration(arena, DB_SQLITE, str_from(script), &out, &problem));
    assert_true(problem.n > 0);
    assert_null(out);
}

static void test_migrations_that_cannot_be_meant_are_refused(void **state)
{
    migration_refused(*state, "create table a as select 1;");
    migration_refused(*state, "-- only sqlite\nselect 1;");
    migration_refused(*state, "select 1;\n-- end\n");
    migration_refused(*state, "-- only sqlite\n-- only postgres\n-- end\n-- end\n");
    migration_refused(*state, "select 'open");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_numbers_become_positions),
        TEST(test_strings_and_comments_stay),
        TEST(test_casts_and_stray_signs_stay),
        TEST(test_lists_of_ids),
        TEST(test_names_take_fields),
        TEST(test_tuples_are_repeated),
        TEST(test_rows_without_one_tuple_at_the_end_are_refused),
        TEST(test_a_tuple_has_a_limit),
        TEST(test_what_cannot_be_meant_is_refused),
        TEST(test_column_words),
        TEST(test_column_words_only_where_types_stand),
        TEST(test_sqlite_tables_become_strict),
        TEST(test_lines_of_one_driver),
        TEST(test_migrations_that_cannot_be_meant_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
