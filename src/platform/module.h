/* A module as the rest of the program sees it: its tables. app/modules.c lists the modules;
 * everything that is "for all modules" (router, migrations, OpenAPI, permissions, `souk errors`)
 * walks that list. */
#ifndef PLATFORM_MODULE_H
#define PLATFORM_MODULE_H

#include "platform/api/request.h"
#include "platform/cli/cli.h"

/* An entity type and the table that holds it, so that a test can compare the two. */
typedef struct Table {
    const char *name;
    const Type *type;
} Table;

/* platform/audit/audit.h */
typedef struct AuditAction AuditAction;
/* platform/events.h */
typedef struct Event Event;
typedef struct Reaction Reaction;

/* platform/hook.h */
typedef struct Hook Hook;

/* platform/jobs/jobs.h */
typedef struct Job Job;
typedef struct Cron Cron;

/* platform/saga/saga.h */
typedef struct Saga Saga;

/* platform/mail/mail.h */
typedef struct MailTemplate MailTemplate;

/* platform/check/check.h */
typedef struct Check Check;

/* platform/personal.h */
typedef struct Personal Personal;

/* What a module gets that works by itself while a server runs. Valid until stop() has returned. */
typedef struct ModuleWorld {
    Db *db;
    const Config *config; /* as of the start */
    const Vault *vault;
    Blobs *blobs;
    const Clock *clock;
    const Random *random;
    IdMaker *ids;
} ModuleWorld;

/* A context for work that nobody has asked for. */
static inline Ctx module_ctx(const ModuleWorld *world, Arena *arena)
{
    return (Ctx){.arena = arena,
                 .vault = world->vault,
                 .blobs = world->blobs,
                 .clock = world->clock,
                 .random = world->random,
                 .ids = world->ids};
}

typedef struct Module {
    const char *name; /* also its folder, and the tag of its routes */
    const char *doc;
    const Route *routes;
    size_t route_count;
    const Error *const *errors;
    size_t error_count;
    const Permission *const *permissions;
    size_t permission_count;
    const Migration *migrations;
    size_t migration_count;
    const Table *tables;
    size_t table_count;
    const Command *commands;
    size_t command_count;
    const Event *const *events; /* what it announces */
    size_t event_count;
    const Reaction *reactions; /* what it does when others announce */
    size_t reaction_count;
    const Hook *const *hooks; /* what it lets others decide */
    size_t hook_count;
    const AuditAction *const *audits; /* what it does that is to be accounted for */
    size_t audit_count;
    const Job *const *jobs; /* what it has done after a commit */
    size_t job_count;
    const Cron *crons; /* which of them at which times */
    size_t cron_count;
    const Saga *const *sagas; /* work of several transactions, with calls between them */
    size_t saga_count;
    const LimitClass *const *limits; /* platform/limit/limit.h */
    size_t limit_count;
    const MailTemplate *const *mails; /* messages that it sends */
    size_t mail_count;
    const Check *checks; /* laws that its data must keep */
    size_t check_count;
    const Personal *personals; /* what it keeps of users */
    size_t personal_count;
    /* When a server starts, before it answers, and when it no longer does. NULL: nothing to do. */
    void (*start)(const ModuleWorld *world);
    void (*stop)(void);
} Module;

/* How many rows a table has. */
#define ROWS(table) (sizeof(table) / sizeof *(table))

/* A table and its count in the row of a module, where the table has the name of the member:
 * MODULE_ROWS(routes, route). */
#define MODULE_ROWS(many, one) .many = many, .one##_count = ROWS(many)

#endif
