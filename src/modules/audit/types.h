/* What the routes of the trail take and answer. */
#ifndef MODULES_AUDIT_TYPES_H
#define MODULES_AUDIT_TYPES_H

#include "modules/audit/audit.h"

typedef struct AuditQuery {
    Str actor, subject; /* an id of any kind */
    Str action;
    Time since, until;
    int64_t limit;
    Str cursor;
    Present present;
} AuditQuery;

/* Where the newest-first list goes on: before this one. */
typedef struct AuditCursor {
    Id before;
} AuditCursor;

/* A field that differs. */
typedef struct AuditChange {
    Str field;
    Json before, after;
    bool secret;
} AuditChange;

typedef struct AuditChangeList {
    AuditChange *items;
    size_t n;
} AuditChangeList;

/* An entry as it is shown: its persons' values decrypted, as far as they are still known. */
typedef struct AuditShown {
    Id id;
    Time at;
    Str action, actor;
    Id impersonator, session;
    Str kind, subject, request, address;
    AuditChangeList changes;
    bool forgotten;
    int64_t sequence;
    Str hash;
    Present present;
} AuditShown;

extern const Type audit_query_type, audit_cursor_type, audit_change_type, audit_shown_type;

/* A list of AuditChange as it is stored. */
extern const Type audit_changes_type;
typedef struct AuditChanges {
    AuditChangeList list;
} AuditChanges;

#endif
