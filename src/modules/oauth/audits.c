#include "modules/oauth/audits.h"

const AuditAction client_made = {"client.made", "An OAuth client was made."};
const AuditAction client_changed = {"client.changed", "An OAuth client was changed."};
const AuditAction client_secret_renewed = {"client.secret_renewed",
                                           "An OAuth client was given another secret."};
const AuditAction client_deleted = {"client.deleted", "An OAuth client was deleted."};
const AuditAction refresh_token_reused = {
    "user.refresh_token_reused",
    "An old refresh token of a user's came again; the session that it belonged to was ended."};
const AuditAction code_reused = {
    "client.code_reused",
    "An authorization code of a client came again; the session that it gave was ended."};
const AuditAction consent_given = {"client.consent_given", "A user let an OAuth client in."};
const AuditAction consent_withdrawn = {
    "client.consent_withdrawn", "A user let an OAuth client in no longer; its sessions ended."};

const AuditAction *const oauth_audits[OAUTH_AUDITS] = {
    &client_made,          &client_changed, &client_secret_renewed, &client_deleted,
    &refresh_token_reused, &code_reused,    &consent_given,         &consent_withdrawn};
