/* What becomes of tokens: revocation (RFC 7009) and introspection (RFC 7662).
 *
 * A token hangs on a session, so to take one back is to end the session: with a refresh token go the
 * access tokens, and with an access token its refresh token, which the RFC leaves to the server. What a
 * client has got for itself has no session, and cannot be taken back alone.
 *
 * Whoever may ask about a token learns whom it belongs to. So a client is told of its own, and only one
 * of the shop itself, with a secret, of all; so is who has oauth:read, by a key or as a user. For others a
 * token is not active, as one that never was. */
#include "modules/oauth/endpoints.h"

#include "modules/auth/auth.h"
#include "modules/oauth/errors.h"
#include "modules/oauth/issue.h"
#include "modules/oauth/permissions.h"
#include "platform/api/credential.h"

#define NO_STORE "Cache-Control: no-store\r\n"

/* ---- Revocation ------------------------------------------------------------------------------ */

static Reply revoke(Request *rq, const OauthClient *client, Id owner, Id session)
{
    if (!id_eq(owner, client->id))
        return fail(rq, &oauth_invalid_grant, "The token was given to another client.");
    if (!session.n) return refuse((Verdict){&oauth_unsupported_token_type, {0}});
    auth_session_end(rq->cx, session);
    return (Reply){.status = 200};
}

/* A token that does not work is as one that was taken back: 200. */
Reply token_revoke(Request *rq, const TokenQuestion *in)
{
    const OauthClient *client;
    const OauthGrant *grant;
    TokenFacts facts;
    Verdict verdict = client_authenticate(rq, in->client_id, in->client_secret, &client);
    if (verdict.error) return refuse(verdict);
    if (refresh_look(rq->cx, in->token, &grant) != REFRESH_WRONG)
        return revoke(rq, client, grant->client_id, grant->session_id);
    if (auth_token_look(rq->cx, in->token, &facts))
        return revoke(rq, client, facts.client, facts.session);
    return (Reply){.status = 200};
}

/* ---- Introspection --------------------------------------------------------------------------- */

/* Who asks. NULL, and no error: somebody who may read clients. */
static Verdict who_asks(Request *rq, const TokenQuestion *in, const OauthClient **client)
{
    Credential credential = credential_of(rq->http);
    if (credential.kind == CREDENTIAL_BEARER) {
        *client = NULL;
        if (in->client_id.n || in->client_secret.n)
            return (Verdict){&oauth_invalid_request,
                             S("The client shows who it is in two ways at once.")};
        if (!auth_identify(rq->cx, &credential, db_moment(rq->cx)) && may(rq, &oauth_read))
            return (Verdict){0};
        return (Verdict){&oauth_invalid_client, S("The token is wrong, or lacks oauth:read.")};
    }
    Verdict verdict = client_authenticate(rq, in->client_id, in->client_secret, client);
    if (!verdict.error && (*client)->kind == CLIENT_PUBLIC)
        return (Verdict){&oauth_invalid_client, S("This takes a client that has a secret.")};
    return verdict;
}

/* NULL: somebody who may read clients. */
static bool may_see(const OauthClient *client, Id owner)
{
    return !client || client->first_party || id_eq(client->id, owner);
}

static TokenState *state_new(Arena *arena)
{
    TokenState *state = NEW(arena, TokenState);
    MARK_SET(&token_state_type, state, TokenState, active);
    return state;
}

static TokenState *working(Ctx *cx, Id user, Id client, Id session, Str scope)
{
    TokenState *state = NEW(cx->arena, TokenState);
    Str name = client.n ? id_text(cx->arena, "client", client) : S("souk");
    *state = (TokenState){.present = PRESENT_ALL,
                          .active = true,
                          .scope = scope,
                          .client_id = name,
                          .sub = user.n ? id_text(cx->arena, "user", user) : name,
                          .aud = auth_issuer(),
                          .iss = auth_issuer(),
                          .sid = session.n ? id_text(cx->arena, "sess", session) : S("")};
    if (!session.n) MARK_ABSENT(&token_state_type, state, TokenState, sid);
    return state;
}

static TokenState *state_of_access(Ctx *cx, const TokenFacts *facts)
{
    TokenState *state = working(cx, facts->user, facts->client, facts->session, facts->scope);
    state->token_type = S("Bearer");
    state->jti = facts->id;
    state->exp = facts->expires_at.us / 1000000;
    state->iat = facts->issued_at.us / 1000000;
    return state;
}

static TokenState *state_of_refresh(Ctx *cx, const OauthGrant *grant)
{
    TokenState *state =
        working(cx, grant->user_id, grant->client_id, grant->session_id, grant->scope);
    MARK_ABSENT(&token_state_type, state, TokenState, token_type);
    MARK_ABSENT(&token_state_type, state, TokenState, jti);
    MARK_ABSENT(&token_state_type, state, TokenState, exp);
    state->iat = grant->rotated_at.us / 1000000;
    return state;
}

Reply token_introspect(Request *rq, const TokenQuestion *in)
{
    Ctx *cx = rq->cx;
    const OauthClient *client;
    const OauthGrant *grant;
    TokenFacts facts;
    TokenState *state = state_new(cx->arena);
    Verdict verdict = who_asks(rq, in, &client);
    if (verdict.error) return refuse(verdict);
    if (auth_token_look(cx, in->token, &facts)) {
        if (may_see(client, facts.client)) state = state_of_access(cx, &facts);
    } else if (refresh_look(cx, in->token, &grant) == REFRESH_RIGHT) {
        if (may_see(client, grant->client_id)) state = state_of_refresh(cx, grant);
    }
    Reply reply = ok(&token_state_type, state);
    reply.headers = S(NO_STORE);
    return reply;
}
