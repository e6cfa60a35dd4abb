/* The address of the client behind trusted proxies.
 *
 * Each proxy appends the address that it saw to a list, so that the list is trustworthy from its
 * right end only as far as the hops that we trust. The client is the right-most hop that is not a
 * trusted proxy; what stands left of it may be invented. A hop that is no address ("unknown", an
 * obfuscated name) ends the walk at the last one that was.
 *
 * Two headers exist, and a proxy writes one and passes the other through as the client sent it: to
 * believe both, or either, is to believe the client. The operator says which one his proxies write;
 * the default is X-Forwarded-For, which nginx, HAProxy, Caddy and the clouds write. */
#include "platform/http/proxy.h"

#include "platform/http/limits.h"
#include "platform/http/parser.h"

const Error err_trusted_proxy = {
    .code = "bad_trusted_proxy",
    .status = 500,
    .title = "A trusted proxy is not an address or a block of addresses.",
    .level = LOG_ERROR,
    .doc = "Write 192.0.2.1, 10.0.0.0/8, 2001:db8::/32, or unix: for unix sockets.",
};

typedef struct Hop {
    Str address, proto;
} Hop;

/* The last HTTP_HOPS_MAX hops, right-most last. */
typedef struct Hops {
    Hop items[HTTP_HOPS_MAX];
    size_t n;
} Hops;

bool proxies_parse(Arena *arena, StrList list, Proxies *out, Str *bad)
{
    Proxies proxies = {.trusted.items = NEW_N(arena, Cidr, list.n)};
    for (size_t i = 0; i < list.n; i++) {
        if (str_eq(list.items[i], S("unix:"))) {
            proxies.unix_sockets = true;
        } else if (!cidr_parse(list.items[i], &proxies.trusted.items[proxies.trusted.n++])) {
            *bad = list.items[i];
            return false;
        }
    }
    *out = proxies;
    return true;
}

bool proxy_is_trusted(const Proxies *proxies, NetAddress peer)
{
    if (address_is_none(peer)) return proxies->unix_sockets;
    return cidr_list_has(&proxies->trusted, peer);
}

static Hop *push(Hops *hops)
{
    if (hops->n == HTTP_HOPS_MAX) {
        memmove(hops->items, hops->items + 1, sizeof hops->items - sizeof hops->items[0]);
        hops->n--;
    }
    hops->items[hops->n] = (Hop){0};
    return &hops->items[hops->n++];
}

static Str unquoted(Str value)
{
    bool quoted = value.n >= 2 && value.p[0] == '"' && value.p[value.n - 1] == '"';
    return quoted ? str_slice(value, 1, value.n - 1) : value;
}

/* for=192.0.2.43;proto=https;by=… (RFC 7239 §4). Quoted values of these two parameters need no
 * escapes. */
static void forwarded_element(Str element, Hop *hop)
{
    Str rest = element, pair, name, value;
    do {
        bool more = str_cut(rest, ';', &pair, &rest);
        if (str_cut(str_trim(pair), '=', &name, &value)) {
            if (str_eq_nocase(name, S("for"))) hop->address = unquoted(value);
            if (str_eq_nocase(name, S("proto"))) hop->proto = unquoted(value);
        }
        if (!more) break;
    } while (rest.n);
}

static void collect_forwarded(const HttpRequest *request, Hops *hops)
{
    for (size_t i = 0; i < request->header_count; i++) {
        Str list = request->headers[i].value, element;
        if (!str_eq_nocase(request->headers[i].name, S("Forwarded"))) continue;
        while (http_list_next(&list, &element)) forwarded_element(element, push(hops));
    }
}

static void collect_x_forwarded(const HttpRequest *request, Hops *hops)
{
    Hops protos = {.n = 0};
    for (size_t i = 0; i < request->header_count; i++) {
        Str name = request->headers[i].name, list = request->headers[i].value, element;
        bool is_for = str_eq_nocase(name, S("X-Forwarded-For"));
        bool is_proto = !is_for && str_eq_nocase(name, S("X-Forwarded-Proto"));
        while ((is_for || is_proto) && http_list_next(&list, &element))
            *(is_for ? &push(hops)->address : &push(&protos)->proto) = element;
    }
    if (protos.n && !hops->n) push(hops);
    /* A proxy that only sets the scheme, whatever was there before, speaks for all hops. */
    for (size_t i = 0; i < hops->n && protos.n; i++) {
        size_t from_right = hops->n - 1 - i;
        size_t at = from_right < protos.n ? protos.n - 1 - from_right : 0;
        hops->items[i].proto = protos.items[at].proto;
    }
}

void proxy_resolve(const Proxies *proxies, HttpRequest *request)
{
    Hops hops = {.n = 0};
    if (proxies->forwarded)
        collect_forwarded(request, &hops);
    else
        collect_x_forwarded(request, &hops);
    for (size_t i = hops.n; i > 0; i--) {
        const Hop *hop = &hops.items[i - 1];
        NetAddress address;
        request->secure = str_eq_nocase(hop->proto, S("https"));
        if (!address_parse_with_port(hop->address, &address)) return;
        request->client = address;
        if (!cidr_list_has(&proxies->trusted, address)) return;
    }
}
