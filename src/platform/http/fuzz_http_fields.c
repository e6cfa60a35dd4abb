/* Any bytes as the values of the headers that the core reads: the first line says which, the rest
 * is its value. */
#include "platform/http/compress.h"
#include "platform/http/conditional.h"
#include "platform/http/parser.h"
#include "platform/http/proxy.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_range(Str value)
{
    enum { SIZE = 1000 };
    size_t from = SIZE, n = SIZE;
    RangeVerdict verdict = range_parse(value, SIZE, &from, &n);
    assert(verdict != RANGE_PART || (n > 0 && from < SIZE && n <= SIZE - from));
    assert(range_parse(value, 0, &from, &n) != RANGE_PART);
}

static void check_encodings(const HttpRequest *request)
{
    static const int candidates[] = {ENCODING_GZIP, ENCODING_BROTLI, ENCODING_ZSTD,
                                     ENCODING_IDENTITY};
    EncodingWeights weights = encoding_weights(request);
    for (int i = 0; i < ENCODING_COUNT; i++) assert(weights.q[i] <= 1000);
    int chosen = encoding_choose(&weights, candidates, ENCODING_COUNT);
    assert(chosen == ENCODING_IDENTITY || weights.q[chosen] > 0);
}

/* Whatever is claimed, the client is an address that the nearest trusted hop wrote, or the peer. */
static void check_proxy(Arena *arena, HttpRequest *request, bool forwarded)
{
    Str bad, trusted[] = {S("10.0.0.0/8"), S("2001:db8::/32"), S("unix:")};
    Proxies proxies = {0};
    assert(proxies_parse(arena, (StrList){trusted, 3}, &proxies, &bad));
    proxies.forwarded = forwarded;
    proxy_resolve(&proxies, request);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const NetAddress peer = {{[10] = 0xff, [11] = 0xff, [12] = 10, [15] = 1}};
    Arena *arena = arena_new(4096);
    HttpHeader header;
    NetAddress address;
    str_cut((Str){(const char *)data, size}, '\n', &header.name, &header.value);
    HttpRequest request = {.headers = &header, .header_count = 1, .peer = peer, .client = peer};
    check_range(header.value);
    check_encodings(&request);
    check_proxy(arena, &request, false);
    check_proxy(arena, &request, true);
    int found = etag_list_find(header.value, S("v1"), TAG_WEAK);
    assert(found >= TAG_NONE && found <= TAG_ANY);
    assert(etag_list_find(header.value, S("v1"), TAG_STRONG) == TAG_NONE || found != TAG_NONE);
    if (address_parse_with_port(header.value, &address))
        assert(address_parse(address_text(arena, address), &address) || address_is_none(address));
    arena_free(arena);
    return 0;
}
