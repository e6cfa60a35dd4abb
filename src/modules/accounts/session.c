#include "modules/accounts/session.h"

#include "modules/auth/auth.h"
#include "platform/api/credential.h"

Str session_begin(Request *rq, Id user, Id impersonator)
{
    Ctx *cx = rq->cx;
    Str token;
    if (cx->actor.cookie) auth_session_end(cx, cx->actor.session);
    SessionStart start = {.user = user,
                          .kind = SESSION_BROWSER,
                          .user_agent = request_header(rq, S("User-Agent")),
                          .impersonator = impersonator};
    auth_session_start(cx, &start, &token);
    return credential_cookie(cx->arena, rq->http, token, auth_session_life_s());
}

Str session_of_login(Request *rq, const Login *login)
{
    Str cookie = session_begin(rq, login->user, (Id){0});
    return str_format(rq->cx->arena, "%.*s%.*s", STR_ARG(cookie), STR_ARG(login->headers));
}

Str session_forget(Request *rq)
{
    return rq->cx->actor.cookie ? credential_no_cookie(rq->cx->arena, rq->http) : (Str){0};
}

Str session_leave(Request *rq)
{
    auth_session_end(rq->cx, rq->cx->actor.session);
    return session_forget(rq);
}
