/* What trusted proxies say of the client. */
#ifndef PLATFORM_HTTP_PROXY_H
#define PLATFORM_HTTP_PROXY_H

#include "base/error.h"
#include "platform/http/address.h"

extern const Error err_trusted_proxy; /* what is no address, block or "unix:" */

typedef struct Proxies {
    CidrList trusted;
    bool unix_sockets; /* whoever connects to one of ours is trusted */
    bool forwarded;    /* they speak Forwarded (RFC 7239), else X-Forwarded-For and -Proto */
} Proxies;

/* Reads addresses, blocks and the word "unix:". False when one is malformed, and *bad says which.
 */
bool proxies_parse(Arena *arena, StrList list, Proxies *out, Str *bad);

bool proxy_is_trusted(const Proxies *proxies, NetAddress peer);

/* Sets `client` and `secure` from the headers of a request whose peer is trusted. */
void proxy_resolve(const Proxies *proxies, HttpRequest *request);

#endif
