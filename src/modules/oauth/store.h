/* The SQL of OAuth: every statement of the module is in store.c. */
#ifndef MODULES_OAUTH_STORE_H
#define MODULES_OAUTH_STORE_H

#include "modules/oauth/types.h"

/* ---- Clients ---- */

OauthClient *client_read(Ctx *cx, Id id);
OauthClientList clients_all(Ctx *cx); /* by id */
int64_t clients_count(Ctx *cx);
bool client_insert(Ctx *cx, const OauthClient *client); /* false: the id is taken */
void client_hold(Ctx *cx, Id id, Time now); /* until the commit: nobody else changes it */
void client_update(Ctx *cx, const OauthClient *client); /* the secret's columns too */
bool client_delete(Ctx *cx, Id id);

/* ---- Grants: sessions of clients ---- */

OauthGrant *grant_read(Ctx *cx, Id session);
void grant_insert(Ctx *cx, const OauthGrant *grant);

/* Counts one refresh token on. False: `generation` is not the one that counts, or there is no grant. */
bool grant_rotate(Ctx *cx, Id session, int64_t generation, Time now);

IdList grants_of_client(Ctx *cx, Id client, int64_t limit); /* their sessions */
IdList grants_of_user(Ctx *cx, Id user, Id client);         /* the same */

/* ---- Authorization codes ---- */

OauthCode *code_by_hash(Ctx *cx, Str hash);
void code_insert(Ctx *cx, const OauthCode *code);

/* Notes what the code has given. False: it was used before. */
bool code_use(Ctx *cx, Id code, Id session);

void codes_sweep(Ctx *cx, Time before); /* those that were over by then */
void codes_forget(Ctx *cx, Id user, Id client);
void codes_forget_user(Ctx *cx, Id user);

/* ---- Consents ---- */

OauthConsent *consent_read(Ctx *cx, Id user, Id client);
OauthConsentList consents_of(Ctx *cx, Id user); /* by client */
void consent_put(Ctx *cx, const OauthConsent *consent);
bool consent_delete(Ctx *cx, Id user, Id client);
void consents_forget_user(Ctx *cx, Id user);

#endif
