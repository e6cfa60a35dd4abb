/* What has changed: one call by which a writer tells all caches. See docs/internals/changes.md.
 *
 * Whoever writes an object says so inside the transaction. After the commit, and before the answer
 * leaves, the answer cache of this process knows; other processes on the same PostgreSQL know within
 * a quarter of a second. Whoever keeps something derived in memory asks changes_seen() whether there
 * is any news, and changes_since() what it is. */
#ifndef PLATFORM_CHANGES_H
#define PLATFORM_CHANGES_H

#include "platform/db/db.h"
#include "platform/module.h"

/* The object `id` of this kind has changed, was made or deleted. Inside the WRITE transaction that
 * does it; `kind` is a literal ("product"). Once for each object and transaction is enough. Costs one
 * small row; all of a transaction are written by one statement, right before its commit. */
void changed(Ctx *cx, const char *kind, Id id);

/* Where a reader of changes stands. Zero: before everything. */
typedef struct ChangePosition {
    int64_t place;
} ChangePosition;

/* More than so many objects are not listed: loading everything costs less than loading each. */
enum { CHANGES_LISTED_MAX = 10000 };

/* The objects of the kind that have changed since `position` was last moved, each once, in no
 * particular order, as the READ transaction of `cx` sees them; moves the position to what it sees. An
 * object may be named again that was named before (PostgreSQL), but none is ever left out.
 *
 * *complete false: no list, because the position is zero, older than what is kept, from another
 * history of the database, or too much has changed: load everything. After a failure (db_failure)
 * the position has not moved, and *complete is false. */
IdList changes_since(Ctx *cx, const char *kind, ChangePosition *position, bool *complete);

/* A number that grows when this process learns of a change of this kind: by its own commit, or from
 * others. Ask before the transaction in which changes_since is called; equal to the last time: there
 * is nothing new. Cheap, any thread. */
uint64_t changes_seen(const char *kind);

/* Begins to listen to other processes (PostgreSQL) and to forget old changes. Once, when the schema is
 * there and before the first answer is given. False and errno: no thread. */
bool changes_start(Db *db);
void changes_stop(void); /* before db_close; nothing when it was not started */

/* Inside a WRITE transaction: forgets changes that are older than `before`, oldest first, but never
 * the newest of those. Answers how many; fewer than CHANGES_FORGOTTEN_MAX: there are no more. */
enum { CHANGES_FORGOTTEN_MAX = 1000 };
int64_t changes_forget(Ctx *cx, Time before);

/* The table. */
extern const Module changes_module;

#endif
