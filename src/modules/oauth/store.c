#include "modules/oauth/store.h"

/* ---- Clients --------------------------------------------------------------------------------- */

#define CLIENT_COLUMNS                                                                             \
    "id, kind, name, first_party, redirect_uris, post_logout_redirect_uris, grants, scopes, "      \
    "secret_hash, secret_hint, made_by, created_at, updated_at "

OauthClient *client_read(Ctx *cx, Id id)
{
    return db_one(cx, &oauth_client_type,
                  "select " CLIENT_COLUMNS "from oauth_clients where id = $1", id);
}

OauthClientList clients_all(Ctx *cx)
{
    return DB_LIST(
        OauthClientList,
        db_all(cx, &oauth_client_type, "select " CLIENT_COLUMNS "from oauth_clients order by id"));
}

int64_t clients_count(Ctx *cx)
{
    return db_int(cx, 0, "select count(*) from oauth_clients");
}

bool client_insert(Ctx *cx, const OauthClient *client)
{
    return db_put(cx, &oauth_client_type, client,
                  "insert into oauth_clients (id, kind, name, first_party, redirect_uris, "
                  "post_logout_redirect_uris, grants, scopes, secret_hash, secret_hint, made_by, "
                  "created_at, updated_at) values (:id, :kind, :name, :first_party, "
                  ":redirect_uris, :post_logout_redirect_uris, :grants, :scopes, :secret_hash, "
                  ":secret_hint, :made_by, :created_at, :updated_at) "
                  "on conflict (id) do nothing") == 1;
}

void client_hold(Ctx *cx, Id id, Time now)
{
    db_post(cx, "update oauth_clients set updated_at = $2 where id = $1", id, now);
}

void client_update(Ctx *cx, const OauthClient *client)
{
    db_put(cx, &oauth_client_type, client,
           "update oauth_clients set name = :name, first_party = :first_party, "
           "redirect_uris = :redirect_uris, "
           "post_logout_redirect_uris = :post_logout_redirect_uris, grants = :grants, "
           "scopes = :scopes, secret_hash = :secret_hash, secret_hint = :secret_hint "
           "where id = :id");
}

bool client_delete(Ctx *cx, Id id)
{
    return db_exec(cx, "delete from oauth_clients where id = $1", id) == 1;
}

/* ---- Grants ---------------------------------------------------------------------------------- */

OauthGrant *grant_read(Ctx *cx, Id session)
{
    return db_one(cx, &oauth_grant_type,
                  "select session_id, client_id, user_id, scope, salt, generation, rotated_at "
                  "from oauth_grants where session_id = $1",
                  session);
}

void grant_insert(Ctx *cx, const OauthGrant *grant)
{
    db_post_put(cx, &oauth_grant_type, grant,
                "insert into oauth_grants (session_id, client_id, user_id, scope, salt, "
                "generation, rotated_at) values (:session_id, :client_id, :user_id, :scope, "
                ":salt, :generation, :rotated_at)");
}

bool grant_rotate(Ctx *cx, Id session, int64_t generation, Time now)
{
    return db_exec(cx,
                   "update oauth_grants set generation = generation + 1, rotated_at = $3 "
                   "where session_id = $1 and generation = $2",
                   session, generation, now) == 1;
}

IdList grants_of_client(Ctx *cx, Id client, int64_t limit)
{
    return db_ids(cx,
                  "select session_id from oauth_grants where client_id = $1 "
                  "order by session_id limit $2",
                  client, limit);
}

IdList grants_of_user(Ctx *cx, Id user, Id client)
{
    return db_ids(cx,
                  "select session_id from oauth_grants where client_id = $2 and session_id in "
                  "(select id from sessions where user_id = $1) order by session_id",
                  user, client);
}

/* ---- Authorization codes --------------------------------------------------------------------- */

OauthCode *code_by_hash(Ctx *cx, Str hash)
{
    return db_one(cx, &oauth_code_type,
                  "select id, hash, client_id, user_id, login_id, redirect_uri, scope, challenge, "
                  "nonce, auth_time, session_id, expires_at from oauth_codes where hash = $1",
                  hash);
}

void code_insert(Ctx *cx, const OauthCode *code)
{
    db_post_put(cx, &oauth_code_type, code,
                "insert into oauth_codes (id, hash, client_id, user_id, login_id, redirect_uri, "
                "scope, challenge, nonce, auth_time, session_id, expires_at) values (:id, :hash, "
                ":client_id, :user_id, :login_id, :redirect_uri, :scope, :challenge, :nonce, "
                ":auth_time, :session_id, :expires_at)");
}

bool code_use(Ctx *cx, Id code, Id session)
{
    return db_exec(cx,
                   "update oauth_codes set session_id = $2 where id = $1 and session_id is null",
                   code, session) == 1;
}

void codes_sweep(Ctx *cx, Time before)
{
    db_post(cx, "delete from oauth_codes where expires_at < $1", before);
}

void codes_forget(Ctx *cx, Id user, Id client)
{
    db_post(cx, "delete from oauth_codes where user_id = $1 and client_id = $2", user, client);
}

void codes_forget_user(Ctx *cx, Id user)
{
    db_post(cx, "delete from oauth_codes where user_id = $1", user);
}

/* ---- Consents -------------------------------------------------------------------------------- */

OauthConsent *consent_read(Ctx *cx, Id user, Id client)
{
    return db_one(cx, &oauth_consent_type,
                  "select user_id, client_id, scopes, created_at, updated_at from oauth_consents "
                  "where user_id = $1 and client_id = $2",
                  user, client);
}

OauthConsentList consents_of(Ctx *cx, Id user)
{
    return DB_LIST(OauthConsentList,
                   db_all(cx, &oauth_consent_type,
                          "select user_id, client_id, scopes, created_at, updated_at "
                          "from oauth_consents where user_id = $1 order by client_id",
                          user));
}

void consent_put(Ctx *cx, const OauthConsent *consent)
{
    db_put(cx, &oauth_consent_type, consent,
           "insert into oauth_consents (user_id, client_id, scopes, created_at, updated_at) "
           "values (:user_id, :client_id, :scopes, :created_at, :updated_at) "
           "on conflict (user_id, client_id) do update set scopes = excluded.scopes, "
           "updated_at = excluded.updated_at");
}

bool consent_delete(Ctx *cx, Id user, Id client)
{
    return db_exec(cx, "delete from oauth_consents where user_id = $1 and client_id = $2", user,
                   client) == 1;
}

void consents_forget_user(Ctx *cx, Id user)
{
    db_post(cx, "delete from oauth_consents where user_id = $1", user);
}
