/* What auth accounts for. */
#ifndef MODULES_AUTH_AUDITS_H
#define MODULES_AUTH_AUDITS_H

#include "modules/auth/types.h"
#include "platform/audit/audit.h"

/* What a user has, for the trail. */
typedef struct UserRoles {
    StrList roles;
} UserRoles;

extern const Type user_roles_type;

extern const AuditAction role_made, role_changed, role_deleted, roles_granted, roles_revoked,
    key_made, key_changed, key_deleted, session_ended;

enum { AUTH_AUDITS = 9 };
extern const AuditAction *const auth_audits[AUTH_AUDITS];

#endif
