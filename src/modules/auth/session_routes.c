/* Where one is logged in, and where others are. */
#include "modules/auth/audits.h"
#include "modules/auth/sessions.h"
#include "modules/auth/store.h"
#include "platform/api/csrf.h"
#include "platform/api/errors.h"

static const Permission sessions_read = {"sessions:read", "See where users are logged in.",
                                         .roles = "support"};
static const Permission sessions_end = {"sessions:end", "Log users out.", .roles = "support"};

/* Those that are not over, as they are shown. */
static Reply reply_sessions(Request *rq, Id user)
{
    SessionList all = sessions_of(rq->cx, user);
    size_t n = 0;
    for (size_t i = 0; i < all.n; i++) {
        if (rules_session_end(&all.items[i], session_times()).us <= ctx_now(rq->cx).us) continue;
        Session *session = &all.items[n++];
        *session = all.items[i];
        session->current = id_eq(session->id, rq->cx->actor.session);
        MARK_SET(&session_type, session, Session, current);
    }
    return ok_list(&session_type, (AnyList){all.items, n}, (Str){0});
}

static Reply list_own_sessions(Request *rq)
{
    return reply_sessions(rq, rq->cx->actor.id);
}
HANDLER_PLAIN(list_own_sessions)

static Reply show_current_session(Request *rq)
{
    Ctx *cx = rq->cx;
    const Session *session = session_read(cx, cx->actor.session);
    if (!session) return not_found(rq, "session");
    CurrentSession *current = NEW(cx->arena, CurrentSession);
    *current = (CurrentSession){.present = PRESENT_ALL,
                                .id = session->id,
                                .user_id = session->user_id,
                                .impersonator = session->impersonator,
                                .permissions = rules_names_of(cx->arena, &cx->actor.permissions),
                                .expires_at = rules_session_end(session, session_times())};
    Credential credential = credential_of(rq->http);
    if (credential.kind == CREDENTIAL_COOKIE)
        current->csrf_token = csrf_token(cx->arena, credential.token);
    return ok(&current_session_type, current);
}
HANDLER_PLAIN(show_current_session)

static Id owner_of_session(Request *rq)
{
    const Session *session = session_read(rq->cx, rq->id);
    return session ? session->user_id : (Id){0};
}

/* Of somebody who has more than the actor, nothing is ended. */
static Verdict judge_end(Ctx *cx, Id user)
{
    if (id_eq(user, cx->actor.id)) return (Verdict){0};
    PermissionSet theirs = auth_permissions(cx, user);
    return rules_within(cx->arena, &theirs, &cx->actor.permissions);
}

static void account_for(Ctx *cx, Id user)
{
    audit(cx, &session_ended, "user", user, NULL, NULL, NULL);
}

static Reply end_session(Request *rq)
{
    const Session *session = session_read(rq->cx, rq->id);
    if (!session) return not_found(rq, "session");
    Verdict verdict = judge_end(rq->cx, session->user_id);
    if (verdict.error) return refuse(verdict);
    auth_session_end(rq->cx, rq->id);
    if (!id_eq(session->user_id, rq->cx->actor.id)) account_for(rq->cx, session->user_id);
    Reply reply = no_content();
    if (rq->cx->actor.cookie && id_eq(rq->id, rq->cx->actor.session))
        reply.headers = credential_no_cookie(rq->cx->arena, rq->http);
    return reply;
}
HANDLER_PLAIN(end_session)

static Reply end_other_sessions(Request *rq)
{
    auth_sessions_end(rq->cx, rq->cx->actor.id, rq->cx->actor.session);
    return no_content();
}
HANDLER_PLAIN(end_other_sessions)

static Reply list_user_sessions(Request *rq)
{
    if (!auth_user_exists || !auth_user_exists(rq->cx, rq->id)) return not_found(rq, "user");
    return reply_sessions(rq, rq->id);
}
HANDLER_PLAIN(list_user_sessions)

static Reply end_user_sessions(Request *rq)
{
    if (!auth_user_exists || !auth_user_exists(rq->cx, rq->id)) return not_found(rq, "user");
    Verdict verdict = judge_end(rq->cx, rq->id);
    if (verdict.error) return refuse(verdict);
    auth_sessions_end(rq->cx, rq->id, (Id){0});
    account_for(rq->cx, rq->id);
    return no_content();
}
HANDLER_PLAIN(end_user_sessions)

/* ---- The table ------------------------------------------------------------------------------- */

static const Error *const end_errors[] = {&error_too_strong, NULL};

static const Route routes[] = {
    ROUTE(GET, "/v1/sessions", list_own_sessions, "List where one is logged in, newest first.",
          .tx = TX_READ, .signed_in = true, .reply = &session_type, .list = true),
    ROUTE(GET, "/v1/sessions/current", show_current_session, "Read the session that asks.",
          .tx = TX_READ, .signed_in = true, .reply = &current_session_type,
          .detail = "A browser's pages learn here what to send as `X-CSRF-Token`."),
    ROUTE(DELETE, "/v1/sessions", end_other_sessions, "Log out everywhere else.", .tx = TX_WRITE,
          .signed_in = true),
    ROUTE(DELETE, "/v1/sessions/{id:sess}", end_session, "End a session: log out there.",
          .tx = TX_WRITE, .needs = &sessions_end, .owner = owner_of_session, .errors = end_errors),
    ROUTE(GET, "/v1/users/{id:user}/sessions", list_user_sessions,
          "List where a user is logged in.", .tx = TX_READ, .needs = &sessions_read,
          .reply = &session_type, .list = true),
    ROUTE(DELETE, "/v1/users/{id:user}/sessions", end_user_sessions, "Log a user out everywhere.",
          .tx = TX_WRITE, .needs = &sessions_end, .errors = end_errors),
};

static const Permission *const permissions[] = {&sessions_read, &sessions_end};

const Module sessions_module = {
    .name = "sessions",
    .doc = "Where users are logged in: browsers, and programs that they have let in.",
    MODULE_ROWS(routes, route),
    MODULE_ROWS(permissions, permission),
};
