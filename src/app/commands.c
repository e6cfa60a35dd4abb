#include "app/app.h"
#include "app/listings.h"
#include "app/migrate.h"
#include "app/modules.h"
#include "app/serve.h"
#include "platform/http/server.h"

CommandTable app_command_table(Arena *arena)
{
    CommandList *lists = NEW_N(arena, CommandList, app_module_count + 3);
    size_t n = 0;
    lists[n++] = serve_commands;
    for (size_t i = 0; i < app_module_count; i++)
        if (app_modules[i]->command_count)
            lists[n++] = (CommandList){app_modules[i]->commands, app_modules[i]->command_count};
    lists[n++] = migrate_commands;
    lists[n++] = listing_commands;
    return (CommandTable){.program = "souk",
                          .version = SOUK_VERSION,
                          .summary =
                              "A back end for a shop, its content and its AI, in one program",
                          .lists = lists,
                          .list_count = n,
                          .world = &app_world,
                          .takes_over = http_ready};
}
