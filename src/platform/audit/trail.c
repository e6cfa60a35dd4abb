/* The trail as a module: its tables, and the thread that seals. */
#include "platform/audit/sealer.h"

extern const char audit_trail_0001_entries[];
static const Migration migrations[] = {
    {.module = "audit_trail", .number = 1, .name = "entries", .sql = audit_trail_0001_entries}};

const Module audit_trail_module = {
    .name = "audit_trail",
    .doc = "Who did what, in a chain that nobody can change unseen.",
    .migrations = migrations,
    .migration_count = ROWS(migrations),
    .start = sealer_start,
    .stop = sealer_stop,
};
