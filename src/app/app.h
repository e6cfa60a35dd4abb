/* The running program: configuration, database, ids. `souk serve` adds the API and the HTTP server
 * to it; commands that work on the data use it as it is. */
#ifndef APP_APP_H
#define APP_APP_H

#include "platform/cli/cli.h"
#include "platform/db/db.h"

#define SOUK_VERSION  "0.1.0"
#define SOUK_RELEASED "2026-11-21" /* the day of that version */

typedef struct App {
    Arena *arena; /* lives as long as the program */
    const Config *config;
    Db *db;
    Blobs *blobs;
    Vault *vault;
    IdMaker ids;
} App;

/* Opens only the database that the configuration names, for who looks and touches nothing. */
const Error *app_open_database(Arena *arena, const Config *config, Db **out, Str *detail);

/* Arms the faults, and opens the data folder and the database, that the configuration names. On failure `*detail` says what to do, in
 * `arena`, and *app is not to be closed. */
const Error *app_open(Arena *arena, const Config *config, App *app, Str *detail);

/* Brings the schema up to date (*applied is how many steps that took) and takes a node number, so
 * that ids can be made. */
const Error *app_migrate(App *app, Arena *arena, int *applied, Str *detail);
void app_close(App *app);

/* The world for a piece of work of this program, allocating in `arena`. */
Ctx app_ctx(App *app, Arena *arena);

/* What commands work on: in a process of their own, an App that is opened for the call. */
extern const CommandWorld app_world;

/* The same inside the server, on the server's own App; `world` is filled. */
void app_server_world(App *app, CommandWorld *world);

/* serve; and the lists of what there is: routes, openapi, errors, migrate. */
extern const CommandList app_commands;

/* All commands of the program. */
CommandTable app_command_table(Arena *arena);

#endif
