/* Clients over the API.
 *
 * A client is power that lasts: whoever has its secret has its scopes. So it is judged as a key is. One that
 * may have more than the actor is not there for him, and nobody makes one, or makes of one, what is
 * stronger than he is. A client has no end and works from everywhere; so a key that has an end or addresses
 * makes none, and gives none another secret.
 *
 * What a client was given hangs on sessions. When it is deleted there may be very many; a job ends them,
 * page by page. Until it comes by they are useless for new tokens, since nobody can be this client any more.
 *
 * Rejected: changing the kind (a public client that becomes confidential has been public), several secrets
 * at once (a program that cannot be restarted within a minute can be given a client of its own). */
#include "meta/merge.h"
#include "modules/auth/auth.h"
#include "modules/oauth/audits.h"
#include "modules/oauth/clients.h"
#include "modules/oauth/permissions.h"
#include "modules/oauth/rules.h"
#include "modules/oauth/tasks.h"
#include "platform/api/errors.h"
#include "platform/changes.h"

const Permission oauth_read = {"oauth:read", "See clients of OAuth, and what tokens are for.",
                               .roles = ""};
const Permission oauth_write = {"oauth:write", "Make, change and delete clients of OAuth.",
                                .roles = ""};

static const Error error_clients_full = {"clients_full", 409,
                                         "There are as many clients as there can be.", LOG_DEBUG,
                                         "Delete clients that nobody uses any more."};
static const Error error_builtin_client = {
    "builtin_client", 409, "This client came with the shop and stays.", LOG_DEBUG,
    "Take its `grants` away, and nobody gets a token by it."};

/* ---- Reading --------------------------------------------------------------------------------- */

static bool is_within_reach(const Request *rq, const OauthClient *client)
{
    PermissionSet set = auth_set_of(client->scopes);
    return permission_set_within(&set, &rq->cx->actor.permissions);
}

static Reply list_clients(Request *rq)
{
    OauthClientList all = clients_all(rq->cx);
    size_t n = 0;
    for (size_t i = 0; i < all.n; i++)
        if (is_within_reach(rq, &all.items[i])) all.items[n++] = all.items[i];
    return ok_list(&oauth_client_type, (AnyList){all.items, n}, (Str){0});
}
HANDLER_PLAIN(list_clients)

static OauthClient *find_client(Request *rq)
{
    OauthClient *client = client_read(rq->cx, rq->id);
    return client && is_within_reach(rq, client) ? client : NULL;
}

static Reply show_client(Request *rq)
{
    const OauthClient *client = find_client(rq);
    return client ? ok(&oauth_client_type, client) : not_found(rq, "client");
}
HANDLER_PLAIN(show_client)

/* ---- Making and changing --------------------------------------------------------------------- */

static void take_input(OauthClient *client, const OauthClientInput *in)
{
    client->kind = in->kind;
    client->name = in->name;
    client->first_party = in->first_party;
    client->redirect_uris = in->redirect_uris;
    client->post_logout_redirect_uris = in->post_logout_redirect_uris;
    client->grants = in->grants;
    client->scopes = in->scopes;
}

static OauthClientInput input_of(const OauthClient *client)
{
    return (OauthClientInput){.present = PRESENT_ALL,
                              .kind = client->kind,
                              .name = client->name,
                              .first_party = client->first_party,
                              .redirect_uris = client->redirect_uris,
                              .post_logout_redirect_uris = client->post_logout_redirect_uris,
                              .grants = client->grants,
                              .scopes = client->scopes};
}

/* May the actor make it, or make it what it is now? */
static Verdict judge(Request *rq, const OauthClient *client)
{
    PermissionSet set = auth_set_of(client->scopes);
    Verdict verdict = rules_client_is_sound(rq->cx->arena, client);
    return verdict.error ? verdict : auth_may_hand_on(rq->cx, &set);
}

static Reply create_client(Request *rq, const OauthClientInput *in)
{
    Ctx *cx = rq->cx;
    const Actor *actor = &cx->actor;
    OauthClient *client = NEW(cx->arena, OauthClient);
    OauthClientInput *input = arena_copy(cx->arena, in, sizeof *in);
    if (clients_count(cx) >= CLIENTS_MAX)
        return fail(rq, &error_clients_full, "There are %d.", CLIENTS_MAX);
    merge_complete(&oauth_client_input_type, input);
    Time now = ctx_now(cx);
    *client = (OauthClient){.present = PRESENT_ALL,
                            .id = ctx_id(cx),
                            .made_by = id_text(cx->arena, actor->prefix, actor->id),
                            .created_at = now,
                            .updated_at = now};
    MARK_ABSENT(&oauth_client_type, client, OauthClient, secret);
    take_input(client, input);
    Verdict verdict = judge(rq, client);
    if (verdict.error) return refuse(verdict);
    if (client->kind == CLIENT_CONFIDENTIAL) client_renew_secret(cx, client);
    client_insert(cx, client);
    audit(cx, &client_made, "client", client->id, &oauth_client_type, NULL, client);
    return created(&oauth_client_type, client,
                   str_format(cx->arena, "/v1/oauth/clients/%.*s",
                              STR_ARG(id_text(cx->arena, "client", client->id))));
}
HANDLER(create_client, OauthClientInput)

static Reply change_client(Request *rq, const OauthClientInput *patch)
{
    Ctx *cx = rq->cx;
    client_hold(cx, rq->id, ctx_now(cx));
    OauthClient *client = find_client(rq);
    if (!client) return not_found(rq, "client");
    const OauthClient *before = arena_copy(cx->arena, client, sizeof *client);
    OauthClientInput input = input_of(client);
    merge_patch(cx->arena, &oauth_client_input_type, &input, patch);
    take_input(client, &input);
    Verdict verdict = judge(rq, client);
    if (verdict.error) return refuse(verdict);
    client_update(cx, client);
    changed(cx, "client", client->id);
    audit(cx, &client_changed, "client", client->id, &oauth_client_type, before, client);
    return ok(&oauth_client_type, client);
}
HANDLER(change_client, OauthClientInput)

static Reply renew_client_secret(Request *rq)
{
    Ctx *cx = rq->cx;
    client_hold(cx, rq->id, ctx_now(cx));
    OauthClient *client = find_client(rq);
    if (!client) return not_found(rq, "client");
    if (client->kind == CLIENT_PUBLIC)
        return fail(rq, &error_client_unsound, "A public client has no secret.");
    PermissionSet set = auth_set_of(client->scopes);
    Verdict verdict = auth_may_hand_on(cx, &set);
    if (verdict.error) return refuse(verdict);
    const OauthClient *before = arena_copy(cx->arena, client, sizeof *client);
    client_renew_secret(cx, client);
    client_update(cx, client);
    audit(cx, &client_secret_renewed, "client", client->id, &oauth_client_type, before, client);
    return ok(&oauth_client_type, client);
}
HANDLER_PLAIN(renew_client_secret)

static Reply delete_client(Request *rq)
{
    Ctx *cx = rq->cx;
    const OauthClient *client = find_client(rq);
    if (!client) return not_found(rq, "client");
    if (client->made_by.n == 0) return refuse((Verdict){&error_builtin_client, {0}});
    client_delete(cx, rq->id);
    client_end_sessions(cx, rq->id);
    changed(cx, "client", rq->id);
    audit(cx, &client_deleted, "client", rq->id, &oauth_client_type, client, NULL);
    return no_content();
}
HANDLER_PLAIN(delete_client)

/* ---- The table ------------------------------------------------------------------------------- */

static const Error *const create_errors[] = {&error_clients_full,
                                             &error_too_strong,
                                             &error_unknown_scope,
                                             &error_unknown_grant,
                                             &error_client_unsound,
                                             &error_bad_redirect_uri,
                                             NULL};
static const Error *const change_errors[] = {&error_too_strong,       &error_unknown_scope,
                                             &error_unknown_grant,    &error_client_unsound,
                                             &error_bad_redirect_uri, NULL};
static const Error *const secret_errors[] = {&error_too_strong, &error_client_unsound, NULL};
static const Error *const delete_errors[] = {&error_builtin_client, NULL};

static const Route routes[] = {
    ROUTE(GET, "/v1/oauth/clients", list_clients,
          "List the clients that may have no more than oneself.", .tx = TX_READ,
          .needs = &oauth_read, .reply = &oauth_client_type, .list = true),
    ROUTE(GET, "/v1/oauth/clients/{id:client}", show_client, "Read a client, without its secret.",
          .tx = TX_READ, .needs = &oauth_read, .reply = &oauth_client_type),
    ROUTE(POST, "/v1/oauth/clients", create_client,
          "Make a client; its secret is in this answer only.", .tx = TX_WRITE,
          .needs = &oauth_write, .body = &oauth_client_input_type, .reply = &oauth_client_type,
          .status = 201, .secret = true, .errors = create_errors,
          .detail =
              "Nobody makes a client that may have more than he may himself; a key that has an "
              "end, or works from some addresses only, makes none."),
    ROUTE(PATCH, "/v1/oauth/clients/{id:client}", change_client, "Change a client.", .tx = TX_WRITE,
          .needs = &oauth_write, .body = &oauth_client_input_type, .body_mode = BODY_MERGE_PATCH,
          .reply = &oauth_client_type, .errors = change_errors,
          .detail = "What is taken from it is taken from its own tokens at once, and from those of "
                    "users with the next refresh."),
    ROUTE(POST, "/v1/oauth/clients/{id:client}/secret", renew_client_secret,
          "Give a client another secret, in this answer only; the old one is void.", .tx = TX_WRITE,
          .needs = &oauth_write, .reply = &oauth_client_type, .secret = true,
          .errors = secret_errors),
    ROUTE(DELETE, "/v1/oauth/clients/{id:client}", delete_client,
          "Delete a client: all that it was given ends.", .tx = TX_WRITE, .needs = &oauth_write,
          .errors = delete_errors),
};

static const Error *const errors[] = {&error_clients_full,   &error_builtin_client,
                                      &error_unknown_scope,  &error_unknown_grant,
                                      &error_client_unsound, &error_bad_redirect_uri};
static const Permission *const permissions[] = {&oauth_read, &oauth_write};

const Module oauth_clients_module = {
    .name = "oauth-clients",
    .doc = "Programs that may ask for tokens (OAuth 2).",
    MODULE_ROWS(routes, route),
    MODULE_ROWS(errors, error),
    MODULE_ROWS(permissions, permission),
};
