#include "platform/jobs/store.h"

extern const char jobs_0001_jobs[];
static const Migration migrations[] = {
    {.module = "jobs", .number = 1, .name = "jobs", .sql = jobs_0001_jobs},
};

static const Table tables[] = {{"jobs", &job_entry_type}};

const Module jobs_module = {
    .name = "jobs",
    .doc = "Work that is done after a commit, and at given times.",
    MODULE_ROWS(migrations, migration),
    MODULE_ROWS(tables, table),
};
