#include "modules/auth/audits.h"

const Type user_roles_type =
    TYPE(UserRoles, "What a user has.", FIELD(UserRoles, roles, "The names of his roles."));

const AuditAction role_made = {"role.made", "A role was made."};
const AuditAction role_changed = {"role.changed", "A role was changed: its name or permissions."};
const AuditAction role_deleted = {"role.deleted", "A role was deleted."};
const AuditAction roles_granted = {"user.roles_granted", "A user was given a role."};
const AuditAction roles_revoked = {"user.roles_revoked", "A role was taken from a user, or all."};
const AuditAction key_made = {"key.made", "A key of the API was made."};
const AuditAction key_changed = {"key.changed", "A key of the API was changed."};
const AuditAction key_deleted = {"key.deleted", "A key of the API was deleted."};
const AuditAction session_ended = {"session.ended", "Somebody ended a session of another."};

const AuditAction *const auth_audits[AUTH_AUDITS] = {
    &role_made, &role_changed, &role_deleted, &roles_granted, &roles_revoked,
    &key_made,  &key_changed,  &key_deleted,  &session_ended};
