/* The router: a tree of path segments, built once from the route rows, walked in O(length of the
 * path). A fixed segment wins over a parameter; there is no backtracking, so two rows that could
 * answer the same path are a conflict, found when the tree is built. */
#ifndef PLATFORM_API_ROUTER_H
#define PLATFORM_API_ROUTER_H

#include "platform/api/request.h"

typedef struct Router Router;

Router *router_new(Arena *arena);

/* Adds a row with the caller's own `tag` for it. False when it conflicts with a row added before,
 * or its path is malformed; `*why` says so with file and line of both. */
bool router_add(Router *router, const Route *route, void *tag, Str *why);

typedef struct RouteMatch {
    const Route *route; /* NULL: no such path, or not with this method */
    void *tag;
    unsigned methods; /* bit m: the path takes method m; 0: there is no such path */
    PathArg args[PATH_ARGS_MAX];
    int arg_count;
    Str why; /* a parameter that is not what the path asks for, in the sender's terms; empty
                otherwise */
} RouteMatch;

/* HEAD is answered by GET's row. `path` is as sent; arguments are percent-decoded into `arena`. */
RouteMatch router_match(const Router *router, Arena *arena, Method method, Str path);

/* Makes the request one of the route that was found. */
void router_take(Request *rq, const RouteMatch *match);

/* "GET, HEAD, OPTIONS" for RouteMatch.methods. */
Str router_allow(Arena *arena, unsigned methods);

Str method_text(Method method);

#endif
