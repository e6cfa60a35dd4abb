/* The sealer: gives committed entries their place in the chain. */
#ifndef PLATFORM_AUDIT_SEALER_H
#define PLATFORM_AUDIT_SEALER_H

#include "platform/audit/entry.h"

/* Seals all that can be sealed, in as many transactions as that takes: `cx` is any context with a
 * vault. *left is true when there are entries which a transaction that is still under way keeps from
 * being sealed. False after a failure; what was sealed before stays so. */
bool audit_seal(Db *db, Ctx *cx, bool *left);

/* There is something to be sealed. Any thread; nothing happens where no sealer runs. */
void sealer_wake(void *unused);

void sealer_start(const ModuleWorld *world);
void sealer_stop(void);

/* Where the newest signed state is kept beside the database, for who looks whether the end of the
 * chain has been cut off. */
#define AUDIT_HEAD_FILE "audit.head" /* in the data folder */

/* NULL, and *damaged false: there is none. */
AuditCheckpoint *audit_head_read(Arena *arena, Str folder, bool *damaged);

#endif
