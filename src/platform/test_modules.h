/* A few modules in a test's world (db/test_world.h). */
#ifndef PLATFORM_TEST_MODULES_H
#define PLATFORM_TEST_MODULES_H

#include "platform/db/test_world.h"
#include "platform/events.h"

/* The test's world with the tables of these modules, whose reactions and permissions are known. */
static inline World *world_with(void **state, const Module *const *modules, size_t count)
{
    World *w = world_of(state);
    Str why, detail = S("");
    size_t n = 0, total = 0;
    int applied;
    for (size_t i = 0; i < count; i++) total += modules[i]->migration_count;
    Migration *all = NEW_N(w->arena, Migration, total);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < modules[i]->migration_count; k++)
            all[n++] = modules[i]->migrations[k];
    const Error *error = db_migrate(w->db, &w->cx, all, n, &applied, &detail);
    if (error) fail_msg("%s: %.*s", error->code, STR_ARG(detail));
    events_gather(modules, count);
    assert_true(permissions_gather(w->arena, modules, count, &why));
    return w;
}

#endif
