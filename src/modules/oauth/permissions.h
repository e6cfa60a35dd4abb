/* What one may be allowed of OAuth. */
#ifndef MODULES_OAUTH_PERMISSIONS_H
#define MODULES_OAUTH_PERMISSIONS_H

#include "platform/permission.h"

extern const Permission oauth_read, oauth_write;

#endif
