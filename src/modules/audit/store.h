/* The SQL of the list. */
#ifndef MODULES_AUDIT_STORE_H
#define MODULES_AUDIT_STORE_H

#include "platform/audit/entry.h"

/* Which entries; ids of 0 and an empty action: any. */
typedef struct AuditFilter {
    Id actor, subject;
    Str actor_kind, kind; /* the prefixes of those two */
    Str action;
    Time since, until; /* with the first, without the second; by the time in the entries' ids, which
                          is `at` unless the clock had been set back */
    Id before;
    int64_t limit;
} AuditFilter;

/* The newest first. */
AuditEntryList audit_entries(Ctx *cx, const AuditFilter *filter);

#endif
