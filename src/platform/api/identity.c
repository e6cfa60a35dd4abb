/* Who sends a request: its credential is read on the loop, looked up in memory by whoever needs it
 * first, and else asked of the module auth inside the transaction in which the request is prepared.
 *
 * Authorization that is nobody's is refused, whatever the route: its sender means to be somebody, and
 * an answer for strangers would mislead him. A cookie that is nobody's is as none: browsers send it
 * with everything long after the session is over. */
#include "platform/api/call.h"

#include "platform/api/csrf.h"
#include "platform/api/errors.h"
#include "platform/http/address.h"

static bool changes_nothing(Method method)
{
    return method == METHOD_GET || method == METHOD_HEAD || method == METHOD_OPTIONS;
}

/* By memory alone; false: it must be asked for. */
static bool recall(Call *call)
{
    const ApiOptions *options = &call->api->options;
    if (call->identified || call->credential.kind == CREDENTIAL_NONE) return true;
    if (call->credential.kind == CREDENTIAL_UNREADABLE || !options->recall) return false;
    call->identified = options->recall(&call->credential, call->began, &call->cx.actor);
    return call->identified;
}

static Reply refuse_token(Call *call, const Error *error)
{
    call->cx.actor = (Actor){0};
    call->bad_token = true;
    return fail(&call->rq, error, "The Authorization header has no key or token of this shop.");
}

static Reply identify(Call *call)
{
    const Credential *credential = &call->credential;
    if (credential->kind == CREDENTIAL_UNREADABLE)
        return refuse_token(call, &error_unauthenticated);
    const Error *refused = call->api->options.identify(&call->cx, credential, call->moment);
    if (!refused) return (Reply){0};
    if (credential->kind == CREDENTIAL_BEARER) return refuse_token(call, refused);
    call->cx.actor = (Actor){0};
    return (Reply){0};
}

Reply api_identify(Call *call)
{
    Request *rq = &call->rq;
    Actor *actor = &call->cx.actor;
    bool asks = rq->route->tx != TX_NONE || !route_is_public(rq->route);
    if (!asks || rq->route->own_credentials) call->credential.kind = CREDENTIAL_NONE;
    if (!recall(call)) {
        Reply refused = identify(call);
        if (refused.status) return refused;
    }
    actor->address = address_text(call->ex->arena, call->ex->request.client);
    actor->cookie = actor->id.n && call->credential.kind == CREDENTIAL_COOKIE;
    if (!actor->cookie || changes_nothing(rq->http->method)) return (Reply){0};
    return csrf_check(rq, call->credential.token);
}

bool api_is_remembered(Call *call)
{
    return recall(call);
}

bool api_sees_what_all_see(Call *call)
{
    if (call->credential.kind == CREDENTIAL_NONE) return true;
    return recall(call) && actor_is_public(&call->cx.actor);
}
