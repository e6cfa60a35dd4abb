#include "platform/api/router.h"

#include "meta/query.h"

#include <assert.h>

typedef struct Node {
    Str segment;           /* of a fixed segment */
    struct Node *children; /* fixed ones, a list: a level has few */
    struct Node *sibling;
    struct Node *parameter; /* the one child that takes any segment */
    Str parameter_name;
    const char *prefix; /* of a typed id; NULL: any text */
    const Route *routes[METHOD_OTHER];
    void *tags[METHOD_OTHER];
} Node;

struct Router {
    Arena *arena;
    Node root;
};

Router *router_new(Arena *arena)
{
    Router *router = NEW(arena, Router);
    router->arena = arena;
    return router;
}

/* ---- Building -------------------------------------------------------------------------------- */

static Node *fixed_child(const Node *node, Str segment)
{
    for (Node *child = node->children; child; child = child->sibling)
        if (str_eq(child->segment, segment)) return child;
    return NULL;
}

static Node *add_fixed(Router *router, Node *node, Str segment)
{
    Node *child = fixed_child(node, segment);
    if (child) return child;
    child = NEW(router->arena, Node);
    child->segment = segment;
    child->sibling = node->children;
    return node->children = child;
}

/* The child for "{name}" or "{name:prefix}", or NULL when the node already has another parameter.
 */
static Node *add_parameter(Router *router, Node *node, Str inside)
{
    Str name, prefix;
    bool typed = str_cut(inside, ':', &name, &prefix);
    Node *child = node->parameter;
    if (child) {
        bool same_type =
            typed ? child->prefix && str_eq(prefix, str_from(child->prefix)) : !child->prefix;
        return same_type && str_eq(child->parameter_name, name) ? child : NULL;
    }
    child = NEW(router->arena, Node);
    child->parameter_name = name;
    child->prefix = typed ? str_z(router->arena, prefix) : NULL;
    return node->parameter = child;
}

static Str row_place(Arena *arena, const Route *route)
{
    return str_format(arena, "%s:%d: %.*s %s", route->file, route->line,
                      STR_ARG(method_text(route->method)), route->path);
}

static bool refuse_row(Router *router, const Route *route, const char *reason, Str *why)
{
    Str place = row_place(router->arena, route);
    *why = str_format(router->arena, "%.*s %s", STR_ARG(place), reason);
    return false;
}

bool router_add(Router *router, const Route *route, void *tag, Str *why)
{
    Str rest = str_from(route->path);
    if (!str_starts(rest, S("/")) || route->method >= METHOD_OTHER)
        return refuse_row(router, route, "is no route: the path must begin with /", why);
    rest = str_slice(rest, 1, rest.n);
    Node *node = &router->root;
    int parameters = 0;
    for (bool more = true; more;) {
        Str segment;
        more = str_cut(rest, '/', &segment, &rest);
        bool parameter = str_starts(segment, S("{")) && str_ends(segment, S("}"));
        if (parameter && ++parameters > PATH_ARGS_MAX)
            return refuse_row(router, route, "has too many parameters", why);
        node = parameter ? add_parameter(router, node, str_slice(segment, 1, segment.n - 1))
                         : add_fixed(router, node, segment);
        if (!node)
            return refuse_row(router, route, "names a parameter unlike another row's at its place",
                              why);
    }
    const Route *other = node->routes[route->method];
    if (other) {
        Str place = row_place(router->arena, other);
        Str reason = str_format(router->arena, "stands already at %.*s", STR_ARG(place));
        return refuse_row(router, route, str_z(router->arena, reason), why);
    }
    node->routes[route->method] = route;
    node->tags[route->method] = tag;
    return true;
}

/* ---- Matching -------------------------------------------------------------------------------- */

static bool take_argument(RouteMatch *match, Arena *arena, const Node *node, Str text)
{
    PathArg arg = {.name = node->parameter_name, .text = text};
    if (node->prefix && !id_parse(text, node->prefix, &arg.id)) {
        match->why =
            str_format(arena, "\"%.*s\" is no id of the form %s_ and 13 letters or digits.",
                       STR_ARG(str_slice(text, 0, 64)), node->prefix);
        return false;
    }
    match->args[match->arg_count++] = arg;
    return true;
}

static unsigned node_methods(const Node *node)
{
    unsigned methods = 0;
    for (int m = 0; m < METHOD_OTHER; m++)
        if (node->routes[m]) methods |= 1u << m;
    if (methods & 1u << METHOD_GET) methods |= 1u << METHOD_HEAD;
    return methods ? methods | 1u << METHOD_OPTIONS : 0;
}

RouteMatch router_match(const Router *router, Arena *arena, Method method, Str path)
{
    RouteMatch match = {0};
    const Node *node = &router->root;
    Str rest = str_slice(path, 1, path.n);
    for (bool more = true; more;) {
        Str segment;
        more = str_cut(rest, '/', &segment, &rest);
        if (str_find_char(segment, '%') < segment.n && !percent_decode(arena, segment, &segment))
            return match;
        const Node *next = fixed_child(node, segment);
        if (!next) {
            next = node->parameter;
            if (!next || segment.n == 0) return match;
            if (!take_argument(&match, arena, next, segment)) return match;
        }
        node = next;
    }
    match.methods = node_methods(node);
    int row = method == METHOD_HEAD ? METHOD_GET : (int)method;
    if (row < METHOD_OTHER) {
        match.route = node->routes[row];
        match.tag = node->tags[row];
    }
    return match;
}

void router_take(Request *rq, const RouteMatch *match)
{
    rq->route = match->route;
    rq->arg_count = match->arg_count;
    memcpy(rq->args, match->args, sizeof match->args);
    for (int i = match->arg_count; i-- > 0;)
        if (match->args[i].id.n) rq->id = match->args[i].id;
}

static const char *const method_names[] = {"GET",   "HEAD",   "POST",   "PUT",
                                           "PATCH", "DELETE", "OPTIONS"};
_Static_assert(sizeof method_names / sizeof *method_names == METHOD_OTHER,
               "a name for each method");

Str method_text(Method method)
{
    return method < METHOD_OTHER ? str_from(method_names[method]) : S("other");
}

Str router_allow(Arena *arena, unsigned methods)
{
    Str names[METHOD_OTHER];
    StrList list = {names, 0};
    for (int m = 0; m < METHOD_OTHER; m++)
        if (methods & 1u << m) names[list.n++] = str_from(method_names[m]);
    return str_join(arena, list, S(", "));
}
