/* What OAuth accounts for. */
#ifndef MODULES_OAUTH_AUDITS_H
#define MODULES_OAUTH_AUDITS_H

#include "platform/audit/audit.h"

extern const AuditAction client_made, client_changed, client_secret_renewed, client_deleted,
    refresh_token_reused, code_reused, consent_given, consent_withdrawn;

enum { OAUTH_AUDITS = 8 };
extern const AuditAction *const oauth_audits[OAUTH_AUDITS];

#endif
