/* `souk migrate`: the state of the schema. */
#include "app/migrate.h"

#include "app/modules.h"

typedef struct MigrationRow {
    Str migration;
    Str state;
} MigrationRow;

static const Type migration_row_type =
    TYPE(MigrationRow, "A step of the schema.", FIELD(MigrationRow, migration, "Module and file."),
         FIELD(MigrationRow, state, "When it was applied, or \"pending\"."));

static const Error *read_migrations(CommandCall *call, AnyList *rows, Str *detail)
{
    size_t count;
    const Migration *migrations = app_migrations(call->arena, &count);
    MigrationState *states = NEW_N(call->arena, MigrationState, count);
    const Error *error = db_migration_status(call->db, call->cx, migrations, count, states, detail);
    if (error) return error;
    MigrationRow *items = NEW_N(call->arena, MigrationRow, count);
    for (size_t i = 0; i < count; i++) {
        Time applied_at = states[i].applied_at;
        items[i] =
            (MigrationRow){str_format(call->arena, "%s/%04d_%s", migrations[i].module,
                                      migrations[i].number, migrations[i].name),
                           applied_at.us ? time_text(call->arena, applied_at) : S("pending")};
    }
    *rows = (AnyList){items, count};
    return NULL;
}

/* For both commands: `migrate up` has been brought up to date before it runs, as all others are. */
static int show_migrations(CommandCall *call, const void *flags)
{
    (void)flags;
    AnyList rows;
    Str detail = S("");
    const Error *error = read_migrations(call, &rows, &detail);
    if (error) return command_fail(call, error, "%.*s", STR_ARG(detail));
    output_table(call->out, &migration_row_type, rows);
    return EXIT_FINE;
}

static const Command commands[] = {
    {.name = "migrate up",
     .summary = "Bring the database's schema up to date",
     .doc = "Applies what is pending, each step in its own transaction. Every start does this by "
            "itself; run it beforehand to keep the start of a large shop short.",
     .needs = COMMAND_NEEDS_FOLDER,
     .run = show_migrations},
    {.name = "migrate status",
     .summary = "Show which steps of the schema are applied",
     .doc = "Each module's migrations in order, with the time when they were applied, or "
            "\"pending\". Changes nothing.",
     .needs = COMMAND_NEEDS_FOLDER,
     .as_is = true,
     .run = show_migrations},
};

const CommandList migrate_commands = COMMAND_LIST(commands);
