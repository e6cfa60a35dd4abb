#include "app/app.h"

int main(int argc, char **argv)
{
    Arena *arena = arena_new(4096);
    CommandTable table = app_command_table(arena);
    int code = cli_main(argc, argv, &table);
    arena_free(arena);
    return code;
}
