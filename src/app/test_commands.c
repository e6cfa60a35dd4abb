/* The commands of the program, as one table, are what the parser and the help may rely on. */
#include "app/app.h"

#include <setjmp.h>

#include <cmocka.h>

static void the_table_of_commands_is_sound(void **state)
{
    (void)state;
    Arena *arena = arena_new(1 << 16);
    CommandTable table = app_command_table(arena);
    Str problem = S("");
    if (!command_table_sound(&table, arena, &problem)) fail_msg("%.*s", STR_ARG(problem));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_table_of_commands_is_sound)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
