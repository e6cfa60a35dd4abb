#include "platform/http/address.h"

#include "base/random.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdlib.h>

/* ---- text ---- */

static const unsigned char mapped_prefix[12] = {[10] = 0xff, [11] = 0xff};

bool address_is_v4(NetAddress address)
{
    return memcmp(address.bytes, mapped_prefix, sizeof mapped_prefix) == 0;
}

bool address_parse(Str text, NetAddress *out)
{
    char z[ADDRESS_TEXT_MAX];
    NetAddress address;
    if (text.n == 0 || text.n >= sizeof z || memchr(text.p, '\0', text.n)) return false;
    memcpy(z, text.p, text.n);
    z[text.n] = '\0';
    memcpy(address.bytes, mapped_prefix, sizeof mapped_prefix);
    if (inet_pton(AF_INET, z, address.bytes + 12) != 1 &&
        inet_pton(AF_INET6, z, address.bytes) != 1)
        return false;
    *out = address;
    return true;
}

static bool port_ok(Str port)
{
    for (size_t i = 0; i < port.n; i++)
        if (port.p[i] < '0' || port.p[i] > '9') return false;
    return port.n >= 1 && port.n <= 5;
}

bool address_parse_with_port(Str text, NetAddress *out)
{
    Str rest;
    if (text.n && text.p[0] == '[') {
        size_t end = str_find_char(text, ']');
        if (end == text.n) return false;
        rest = str_slice(text, end + 1, text.n);
        text = str_slice(text, 1, end);
        if (str_find_char(text, ':') == text.n) return false;
    } else {
        size_t colon = str_find_char(text, ':');
        bool one = colon < text.n &&
                   str_find_char(str_slice(text, colon + 1, text.n), ':') == text.n - colon - 1;
        rest = one ? str_slice(text, colon, text.n) : S("");
        if (one) text = str_slice(text, 0, colon);
    }
    bool port_fine = rest.n == 0 || (rest.p[0] == ':' && port_ok(str_slice(rest, 1, rest.n)));
    return port_fine && address_parse(text, out);
}

Str address_text(Arena *arena, NetAddress address)
{
    char text[ADDRESS_TEXT_MAX];
    if (address_is_none(address)) return S("unix");
    bool v4 = address_is_v4(address);
    inet_ntop(v4 ? AF_INET : AF_INET6, address.bytes + (v4 ? 12 : 0), text, sizeof text);
    return str_copy(arena, str_from(text));
}

/* ---- blocks ---- */

static NetAddress masked(NetAddress address, int bits)
{
    for (int i = 0; i < 16; i++, bits -= 8) {
        if (bits >= 8) continue;
        unsigned char keep = (unsigned char)(bits <= 0 ? 0 : 0xff << (8 - bits));
        address.bytes[i] &= keep;
    }
    return address;
}

NetAddress address_client(NetAddress address)
{
    return address_is_v4(address) ? address : masked(address, 64);
}

Str address_client_text(Arena *arena, NetAddress address)
{
    if (address_is_v4(address) || address_is_none(address)) return address_text(arena, address);
    char text[ADDRESS_TEXT_MAX];
    inet_ntop(AF_INET6, address_client(address).bytes, text, sizeof text);
    return str_format(arena, "%s/64", text);
}

bool cidr_parse(Str text, Cidr *out)
{
    Str head, tail;
    Cidr cidr;
    bool has_bits = str_cut(text, '/', &head, &tail);
    if (!address_parse(head, &cidr.base)) return false;
    int64_t most = address_is_v4(cidr.base) ? 32 : 128, bits = most;
    if (has_bits && (!str_to_int(tail, &bits) || bits < 0 || bits > most)) return false;
    cidr.bits = (int)(128 - most + bits);
    if (!address_eq(masked(cidr.base, cidr.bits), cidr.base)) return false;
    *out = cidr;
    return true;
}

bool cidr_list_has(const CidrList *list, NetAddress address)
{
    for (size_t i = 0; i < list->n; i++)
        if (address_eq(masked(address, list->items[i].bits), list->items[i].base)) return true;
    return false;
}

/* ---- connections of each client ---- */

/* Open addressing with linear probing. A slot is freed by moving later ones of its run back (Knuth,
 * TAOCP 6.4, Algorithm R), so that the table never fills with tombstones. At most one slot a
 * connection: it cannot overflow. */

void clients_init(ClientTable *table, int connections_max, int per_client)
{
    size_t capacity = 64;
    while (capacity < (size_t)connections_max * 2) capacity *= 2;
    *table = (ClientTable){.capacity = capacity, .per_client = per_client};
    table->key.k0 = random_u64(&random_system);
    table->key.k1 = random_u64(&random_system);
    pthread_mutex_init(&table->lock, NULL);
    table->slots = per_client ? calloc(capacity, sizeof *table->slots) : NULL;
    if (per_client && !table->slots) abort();
}

void clients_free(ClientTable *table)
{
    free(table->slots);
    pthread_mutex_destroy(&table->lock);
}

static size_t home_of(const ClientTable *table, NetAddress client)
{
    Str bytes = {(const char *)client.bytes, sizeof client.bytes};
    return (size_t)hash_sip(table->key, bytes) & (table->capacity - 1);
}

/* The client's slot, or the free one where it would go. */
static size_t slot_of(const ClientTable *table, NetAddress client)
{
    size_t at = home_of(table, client);
    while (table->slots[at].connections && !address_eq(table->slots[at].client, client))
        at = (at + 1) & (table->capacity - 1);
    return at;
}

bool clients_enter(ClientTable *table, NetAddress address)
{
    NetAddress client = address_client(address);
    pthread_mutex_lock(&table->lock);
    ClientSlot *slot = &table->slots[slot_of(table, client)];
    bool room = slot->connections < table->per_client;
    slot->client = client;
    slot->connections += room;
    pthread_mutex_unlock(&table->lock);
    return room;
}

static void slot_free(ClientTable *table, size_t hole)
{
    size_t mask = table->capacity - 1;
    for (size_t at = (hole + 1) & mask; table->slots[at].connections; at = (at + 1) & mask) {
        size_t home = home_of(table, table->slots[at].client);
        if (((at - home) & mask) < ((at - hole) & mask))
            continue; /* its home lies behind the hole */
        table->slots[hole] = table->slots[at];
        hole = at;
    }
    table->slots[hole] = (ClientSlot){0};
}

void clients_leave(ClientTable *table, NetAddress address)
{
    pthread_mutex_lock(&table->lock);
    size_t at = slot_of(table, address_client(address));
    assert(table->slots[at].connections > 0);
    if (--table->slots[at].connections == 0) slot_free(table, at);
    pthread_mutex_unlock(&table->lock);
}
