/* The SQL of the chain; that of persons is in people.c. */
#ifndef PLATFORM_AUDIT_STORE_H
#define PLATFORM_AUDIT_STORE_H

#include "platform/audit/entry.h"

void audit_entry_insert(Ctx *cx, const AuditEntry *entry);

/* Entries that can be sealed now, in the order of their ids. */
AuditEntryList audit_unsealed(Ctx *cx, int64_t limit);
int64_t audit_unsealed_count(Ctx *cx); /* also of those that cannot be sealed yet */

/* Until the transaction's end nobody else seals. */
void audit_chain_lock(Ctx *cx);
void audit_entry_seal(Ctx *cx, Id id, int64_t sequence, Str hash);

void audit_checkpoint_insert(Ctx *cx, const AuditCheckpoint *checkpoint);
void audit_checkpoint_delete(Ctx *cx, int64_t sequence);
void audit_signer_insert(Ctx *cx, const AuditSigner *signer);

#endif
