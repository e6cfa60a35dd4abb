#include "platform/api/access.h"

#include "platform/api/errors.h"

static bool is_user(const Actor *actor)
{
    return actor->id.n && strcmp(actor->prefix, "user") == 0;
}

static bool is_owner(Request *rq)
{
    const Actor *actor = &rq->cx->actor;
    return is_user(actor) && !actor->limited && rq->route->owner(rq).n == actor->id.n;
}

Reply access_ask_who(Request *rq)
{
    const Permission *needs = rq->route->needs;
    if (needs) return not_allowed(rq, needs);
    return fail(rq, &error_unauthenticated, "This is for a user who is signed in.");
}

Reply access_check_ahead(Request *rq)
{
    const Route *route = rq->route;
    const Actor *actor = &rq->cx->actor;
    if (route_is_public(route)) return (Reply){0};
    if (!actor->id.n) return access_ask_who(rq);
    if (route->owner) return (Reply){0};
    if (route->needs && !may(rq, route->needs)) return not_allowed(rq, route->needs);
    if (route->signed_in && !is_user(actor))
        return fail(rq, &error_forbidden, "This is for a user who is signed in; a key is none.");
    if (route->signed_in && actor->limited && !route->any_scope)
        return fail(rq, &error_forbidden, "The token's scope does not have `account`.");
    return (Reply){0};
}

Reply access_check(Request *rq)
{
    const Route *route = rq->route;
    Reply refused = access_check_ahead(rq);
    if (refused.status || !route->owner) return refused;
    if ((route->needs && may(rq, route->needs)) || is_owner(rq)) return (Reply){0};
    return not_found(rq, "object");
}

void access_write(Buf *out, const Route *route)
{
    if (route->needs && route->owner)
        buf_format(out, "For the user whose it is, and who has the permission `%s`.",
                   route->needs->name);
    else if (route->needs)
        buf_format(out, "Needs the permission `%s`.", route->needs->name);
    else if (route->owner)
        buf_lit(out, "For the user whose it is.");
    else if (route->signed_in)
        buf_lit(out, "For any user who is signed in.");
}
