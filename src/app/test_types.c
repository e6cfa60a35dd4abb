/* Every type that the world can see, or that a table holds, describes its struct. */
#include "app/modules.h"
#include "meta/type_check.h"

#include <setjmp.h>

#include <cmocka.h>

static void add_faults(Buf *faults, const Type *type)
{
    if (type) buf_put(faults, type_check(faults->arena, type));
}

static void check_module(Buf *faults, const Module *module)
{
    for (size_t i = 0; i < module->route_count; i++) {
        add_faults(faults, module->routes[i].query);
        add_faults(faults, module->routes[i].body);
        add_faults(faults, module->routes[i].reply);
    }
    for (size_t i = 0; i < module->table_count; i++) add_faults(faults, module->tables[i].type);
    for (size_t i = 0; i < module->command_count; i++)
        add_faults(faults, module->commands[i].flags);
}

static void the_types_of_all_modules_are_sound(void **state)
{
    (void)state;
    Arena *arena = arena_new(1 << 16);
    Buf faults = buf_new(arena, 1 << 20);
    for (size_t i = 0; i < app_module_count; i++) check_module(&faults, app_modules[i]);
    assert_string_equal(str_z(arena, buf_str(&faults)), "");
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_types_of_all_modules_are_sound)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
