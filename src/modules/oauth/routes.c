/* The module: what it is made of. */
#include "modules/oauth/audits.h"
#include "modules/oauth/clients.h"
#include "modules/oauth/endpoints.h"
#include "modules/oauth/errors.h"
#include "modules/oauth/rules.h"
#include "modules/oauth/tasks.h"

#include "modules/accounts/accounts.h"
#include "modules/auth/auth.h"
#include "platform/events.h"

/* ---- The shop's own -------------------------------------------------------------------------- */

static const Id docs_client = {1}; /* OAUTH_DOCS_CLIENT */

bool oauth_is_settled(Ctx *cx)
{
    return client_read(cx, docs_client) != NULL;
}

void oauth_settle(Ctx *cx)
{
    Str everything = S("*");
    static Str grants[] = {S_INIT("password"), S_INIT("refresh_token")};
    Time now = ctx_now(cx);
    OauthClient client = {.present = PRESENT_ALL,
                          .id = docs_client,
                          .kind = CLIENT_PUBLIC,
                          .name = S("Documentation of the API"),
                          .first_party = true,
                          .grants = {grants, ROWS(grants)},
                          .scopes = {&everything, 1},
                          .created_at = now,
                          .updated_at = now};
    client_insert(cx, &client);
}

/* ---- For auth -------------------------------------------------------------------------------- */

static bool client_scopes(Ctx *cx, Id id, StrList *scopes)
{
    const OauthClient *client = client_read(cx, id);
    if (!client) return false;
    *scopes = client->scopes;
    return true;
}

static void oauth_start(const ModuleWorld *world)
{
    (void)world;
    auth_client_scopes = client_scopes;
}

static void forget_user(Ctx *cx, const UserEvent *event)
{
    consents_forget_user(cx, event->user);
    codes_forget_user(cx, event->user);
}
REACTION(forget_user, UserEvent)

/* ---- The tables ------------------------------------------------------------------------------ */

static const Reaction reactions[] = {ON(user_deleted, forget_user)};
static const Error *const errors[] = {&oauth_invalid_request,        &oauth_invalid_client,
                                      &oauth_invalid_grant,          &oauth_unauthorized_client,
                                      &oauth_unsupported_grant_type, &oauth_invalid_scope,
                                      &oauth_mfa_required,           &oauth_unsupported_token_type};
static const Job *const jobs[] = {&oauth_end_job, &oauth_sweep_job};
static const Cron crons[] = {
    {.name = "oauth.sweep",
     .doc = "Each hour: forgets authorization codes that are over.",
     .schedule = "41 * * * *",
     .job = &oauth_sweep_job},
};
static const Table tables[] = {
    {"oauth_clients", &oauth_client_type},
    {"oauth_grants", &oauth_grant_type},
    {"oauth_codes", &oauth_code_type},
    {"oauth_consents", &oauth_consent_type},
};

extern const char oauth_0001_oauth[];
static const Migration migrations[] = {
    {.module = "oauth", .number = 1, .name = "oauth", .sql = oauth_0001_oauth},
};

const Module oauth_module = {
    .name = "oauth",
    .doc = "OAuth 2 and OpenID Connect: tokens for programs.",
    .routes = oauth_routes,
    .route_count = OAUTH_ROUTES,
    MODULE_ROWS(errors, error),
    MODULE_ROWS(jobs, job),
    MODULE_ROWS(crons, cron),
    MODULE_ROWS(migrations, migration),
    MODULE_ROWS(tables, table),
    MODULE_ROWS(reactions, reaction),
    .limits = oauth_limits,
    .limit_count = OAUTH_LIMITS,
    .audits = oauth_audits,
    .audit_count = OAUTH_AUDITS,
    .start = oauth_start,
};
