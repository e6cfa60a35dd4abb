/* Every type that a table holds has the table's columns: a field without a column, or a column that
 * nobody reads, is found here and not by a customer. On both databases, over the live schema. */
#include "app/modules.h"
#include "platform/db/test_world.h"

typedef struct Column {
    Str name;
    bool nullable;
} Column;

static const Type live_column_type = TYPE(Column, "A column of the live schema.",
                                          FIELD(Column, name, ""), FIELD(Column, nullable, ""));

typedef struct Asked {
    Db *db;
    const Table *table;
    AnyList columns;
} Asked;

static bool ask_columns(Ctx *cx, void *arg)
{
    Asked *asked = arg;
    Str table = str_from(asked->table->name);
    asked->columns =
        db_driver(asked->db) == DB_SQLITE
            ? db_all(cx, &live_column_type,
                     "select name, (\"notnull\" = 0 and pk = 0) as nullable "
                     "from pragma_table_info($1) order by name",
                     table)
            : db_all(cx, &live_column_type,
                     "select cast(column_name as text) as name, is_nullable = 'YES' as nullable "
                     "from information_schema.columns "
                     "where table_schema = current_schema() and table_name = $1 "
                     "order by column_name",
                     table);
    return true;
}

/* Computed, or in another table: objects with an id of their own are rows of one. */
static bool is_elsewhere(const Field *field)
{
    return field->derived || (field->kind == KIND_LIST && type_field(field->type, S("id")));
}

static void check_column(const Table *table, const Column *column)
{
    const Field *field = type_field(table->type, column->name);
    if (!field) fail_msg("%s.%.*s: no field", table->name, STR_ARG(column->name));
    if (field->nullable != column->nullable)
        fail_msg("%s.%s: the field and the column disagree about null", table->name, field->name);
}

static void check_table(World *w, const Table *table)
{
    Asked asked = {.db = w->db, .table = table};
    RUN(w, TX_READ, ask_columns, &asked);
    const Column *columns = asked.columns.items;
    for (size_t i = 0; i < asked.columns.n; i++) check_column(table, &columns[i]);
    size_t stored = 0;
    for (size_t i = 0; i < table->type->field_count; i++)
        stored += !is_elsewhere(&table->type->fields[i]);
    if (stored != asked.columns.n)
        fail_msg("%s: %zu columns for %zu fields", table->name, asked.columns.n, stored);
}

static void tables_have_a_column_for_each_field(void **state)
{
    World *w = world_of(state);
    size_t count;
    const Migration *migrations = app_migrations(w->arena, &count);
    int applied;
    Str detail = S("");
    const Error *error = db_migrate(w->db, &w->cx, migrations, count, &applied, &detail);
    if (error) fail_msg("%s: %.*s", error->code, STR_ARG(detail));
    size_t tables = 0;
    for (size_t i = 0; i < app_module_count; i++)
        for (size_t k = 0; k < app_modules[i]->table_count; k++, tables++)
            check_table(w, &app_modules[i]->tables[k]);
    assert_true(tables > 0);
}

static bool has_personal(const Type *type)
{
    bool any = false;
    for (size_t i = 0; i < type->field_count; i++) any |= type->fields[i].personal;
    return any;
}

/* Whoever keeps something personal can hand it over. */
static void modules_tell_what_is_personal(void **state)
{
    (void)state;
    size_t personal = 0;
    for (size_t i = 0; i < app_module_count; i++)
        for (size_t k = 0; k < app_modules[i]->table_count; k++) {
            if (!has_personal(app_modules[i]->tables[k].type)) continue;
            personal++;
            if (!app_modules[i]->personal_count)
                fail_msg("%s keeps what is personal in %s, and has no row in `personals`",
                         app_modules[i]->name, app_modules[i]->tables[k].name);
        }
    assert_true(personal > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {ON_BOTH(tables_have_a_column_for_each_field),
                                       cmocka_unit_test(modules_tell_what_is_personal)};
    return cmocka_run_group_tests(tests, worlds_begin, worlds_end);
}
