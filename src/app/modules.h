/* The list of modules, the one place that names them all, and what is gathered from their rows. */
#ifndef APP_MODULES_H
#define APP_MODULES_H

#include "base/buf.h"
#include "platform/module.h"

extern const Module *const app_modules[];
extern const size_t app_module_count;

/* All migrations in the order in which they run: module by module, as listed. */
const Migration *app_migrations(Arena *arena, size_t *count);

/* What modules do by themselves while a server runs: started in their order, stopped in reverse. */
void app_modules_start(const ModuleWorld *world);
void app_modules_stop(void);

/* Every refusal that an answer can carry: of the HTTP core, of the framework, of the modules. */
typedef struct ErrorList {
    const Error **items;
    size_t n;
} ErrorList;
ErrorList app_errors(Arena *arena);

/* Appends the OpenAPI document of all modules. */
void app_write_openapi(Buf *out);

#endif
