#include "app/app.h"
#include "app/doctor.h"
#include "app/listings.h"
#include "app/migrate.h"
#include "app/modules.h"
#include "app/serve.h"
#include "platform/http/server.h"

static const ManualRow environment[] = {
    {"SOUK_NAME, DATABASE_URL", "The settings; see above."},
    {"NO_COLOR, TERM",
     "Output is without colours when NO_COLOR is not empty, or TERM is \"dumb\"."},
    {"LISTEN_FDS, LISTEN_PID",
     "Sockets that systemd opened for `souk serve` (sd_listen_fds(3)); then `listen` is not read."},
    {"NOTIFY_SOCKET", "Where `souk serve` tells systemd how it is (sd_notify(3))."},
};

static const ManualRow files[] = {
    {"DATA/souk.conf", "Settings."},
    {"DATA/master.key",
     "The key behind all that is sealed in the database. Keep a copy elsewhere."},
    {"DATA/souk.db, DATA/souk.db-wal, DATA/souk.db-shm",
     "The SQLite database; the three belong together. None with PostgreSQL."},
    {"DATA/souk.lock", "The lock of the one process that owns the data folder, and who it is."},
    {"DATA/blobs", "Files: pictures and their sizes, named by the hash of their content."},
    {"DATA/control.sock", "Where commands reach the server that owns the folder."},
};

static const char description[] =
    "Souk is a back end for a shop: catalogue and stock behind an HTTP API, on an embedded SQLite "
    "database or on PostgreSQL. `souk serve` on an empty folder is a working shop.\n"
    "One process owns a data folder. While a server runs, commands that need the data are carried "
    "out inside it, so it need not be stopped for them. The guide, the description of the API and "
    "every refusal are served by the shop itself, at /docs.";

CommandTable app_command_table(Arena *arena)
{
    CommandList *lists = NEW_N(arena, CommandList, app_module_count + 4);
    size_t n = 0;
    lists[n++] = serve_commands;
    for (size_t i = 0; i < app_module_count; i++)
        if (app_modules[i]->command_count)
            lists[n++] = (CommandList){app_modules[i]->commands, app_modules[i]->command_count};
    lists[n++] = migrate_commands;
    lists[n++] = doctor_commands;
    lists[n++] = listing_commands;
    return (CommandTable){.program = "souk",
                          .version = SOUK_VERSION,
                          .summary =
                              "A back end for a shop, its content and its AI, in one program",
                          .manual = {.doc = description,
                                     .released = SOUK_RELEASED,
                                     .environment = {environment, ROWS(environment)},
                                     .files = {files, ROWS(files)}},
                          .lists = lists,
                          .list_count = n,
                          .world = &app_world,
                          .takes_over = http_ready};
}
