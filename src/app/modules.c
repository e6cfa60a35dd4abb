#include "app/modules.h"

#include "app/system.h"
#include "modules/auth/auth.h"
#include "modules/catalog/catalog.h"
#include "modules/inventory/inventory.h"

/* In the order of their migrations: a module's tables may refer to those of modules before it. */
const Module *const app_modules[] = {
    &system_module,
    &auth_module,
    &inventory_module,
    &catalog_module,
};
const size_t app_module_count = ROWS(app_modules);

const Migration *app_migrations(Arena *arena, size_t *count)
{
    size_t total = 0, at = 0;
    for (size_t i = 0; i < app_module_count; i++) total += app_modules[i]->migration_count;
    Migration *all = NEW_N(arena, Migration, total);
    for (size_t i = 0; i < app_module_count; i++) {
        const Module *module = app_modules[i];
        for (size_t k = 0; k < module->migration_count; k++) all[at++] = module->migrations[k];
    }
    *count = total;
    return all;
}
