/* Network addresses: text, blocks (CIDR), and how many connections each client has. */
#ifndef PLATFORM_HTTP_ADDRESS_H
#define PLATFORM_HTTP_ADDRESS_H

#include "base/hash.h"
#include "platform/http/exchange.h"

#include <pthread.h>

/* "192.0.2.1" or "2001:db8::1", without brackets, port or zone; false and *out untouched for
 * anything else. */
bool address_parse(Str text, NetAddress *out);

/* The same with what proxies put around it: "192.0.2.1:80", "[2001:db8::1]", "[2001:db8::1]:80". */
bool address_parse_with_port(Str text, NetAddress *out);

enum { ADDRESS_TEXT_MAX = 46 };
Str address_text(Arena *arena,
                 NetAddress address); /* mapped IPv4 as IPv4; a unix socket's end as "unix" */

static inline bool address_eq(NetAddress a, NetAddress b)
{
    return memcmp(a.bytes, b.bytes, sizeof a.bytes) == 0;
}

/* A unix socket has no address: all bytes zero. */
static inline bool address_is_none(NetAddress a)
{
    return address_eq(a, (NetAddress){{0}});
}

bool address_is_v4(NetAddress address);

/* Who counts as one client: an IPv4 address, or an IPv6 /64, since a household or a machine has at
 * least one of these to itself. */
NetAddress address_client(NetAddress address);
Str address_client_text(Arena *arena, NetAddress address); /* "192.0.2.1", "2001:db8:0:1::/64" */

typedef struct Cidr {
    NetAddress base;
    int bits; /* of 128 */
} Cidr;

typedef struct CidrList {
    Cidr *items;
    size_t n;
} CidrList;

/* An address, or ADDRESS/BITS; bits behind the prefix must be zero, as a typing mistake would show
 * there. */
bool cidr_parse(Str text, Cidr *out);
bool cidr_list_has(const CidrList *list, NetAddress address);

/* ---- connections of each client ---- */

/* By address_client. Thread-safe; asked when a connection opens and closes, not for requests. */
typedef struct ClientSlot {
    NetAddress client;
    int connections; /* 0: free */
} ClientSlot;

typedef struct ClientTable {
    pthread_mutex_t lock;
    SipKey key;
    ClientSlot *slots;
    size_t capacity; /* a power of two, twice the connections that there can be */
    int per_client;
} ClientTable;

void clients_init(ClientTable *table, int connections_max, int per_client);
void clients_free(ClientTable *table);
bool clients_enter(ClientTable *table, NetAddress address); /* false: it has its fill */
void clients_leave(ClientTable *table, NetAddress address);

#endif
