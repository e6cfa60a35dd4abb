/* Roles, as the routes see them. */
#ifndef MODULES_AUTH_ROLES_H
#define MODULES_AUTH_ROLES_H

#include "modules/auth/rules.h"

/* What the role holds; the owner's is all that there is. */
PermissionSet role_set(const Role *role);

/* The same role as it is shown: with its permissions by name, the owner's too. */
Role *role_shown(Ctx *cx, Role *role);

extern const Permission roles_read;
extern const Error error_roles_full;

#endif
