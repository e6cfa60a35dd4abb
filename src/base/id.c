#include "base/id.h"

#include <assert.h>
#include <stdatomic.h>

enum { SEQUENCE_BITS = 11, NODE_BITS = 10, MS_BITS = 42 };
enum { MS_SHIFT = SEQUENCE_BITS + NODE_BITS, SEQUENCE_MAX = (1 << SEQUENCE_BITS) - 1 };
_Static_assert(MS_BITS + MS_SHIFT == 63, "an id is never negative");
_Static_assert(ID_NODE_MAX == (1 << NODE_BITS) - 1, "the header and the layout agree");

static const int64_t EPOCH_MS = 1704067200000; /* 2024-01-01T00:00:00Z */

static int64_t first_of_ms(int64_t ms, int node)
{
    return ms << MS_SHIFT | (int64_t)node << SEQUENCE_BITS;
}

void id_maker_init(IdMaker *maker, int node, Id last_known)
{
    assert(node >= 0 && node <= ID_NODE_MAX && last_known.n >= 0);
    /* The whole millisecond of the last known id counts as used, so that its node number does not
     * matter; and of millisecond 0 the first, which for node 0 would be "no id". */
    int64_t used = first_of_ms(last_known.n >> MS_SHIFT, node);
    atomic_init(&maker->last, last_known.n ? used | SEQUENCE_MAX : used);
    maker->node = node;
}

static int64_t id_after(int64_t last, int node)
{
    bool spent = (last & SEQUENCE_MAX) == SEQUENCE_MAX;
    return spent ? first_of_ms((last >> MS_SHIFT) + 1, node) : last + 1;
}

Id id_make(IdMaker *maker, Time now)
{
    int64_t ms = now.us / 1000 - EPOCH_MS;
    assert(ms < (int64_t)1 << MS_BITS); /* the year 2163 */
    int64_t fresh = ms > 0 ? first_of_ms(ms, maker->node) : 0;
    int64_t last = atomic_load_explicit(&maker->last, memory_order_relaxed), next;
    do next = fresh > last ? fresh : id_after(last, maker->node);
    while (!atomic_compare_exchange_weak_explicit(&maker->last, &last, next, memory_order_relaxed,
                                                  memory_order_relaxed));
    return (Id){next};
}

Time id_time(Id id)
{
    return (Time){((id.n >> MS_SHIFT) + EPOCH_MS) * 1000};
}

Id id_first_of(Time time)
{
    int64_t ms = time.us / 1000 - EPOCH_MS;
    if (ms >= (int64_t)1 << MS_BITS) return (Id){INT64_MAX};
    return (Id){ms > 0 ? first_of_ms(ms, 0) : 0};
}

size_t id_write(char out[static ID_TEXT_MAX], const char *prefix, Id id)
{
    size_t n = strlen(prefix);
    assert(n <= ID_PREFIX_MAX && id.n >= 0);
    memcpy(out, prefix, n);
    out[n++] = '_';
    uint64_t rest = (uint64_t)id.n;
    for (size_t i = ID_DIGITS; i-- > 0; rest >>= 5)
        out[n + i] = "0123456789abcdefghjkmnpqrstvwxyz"[rest & 31];
    return n + ID_DIGITS;
}

Str id_text(Arena *arena, const char *prefix, Id id)
{
    char text[ID_TEXT_MAX];
    return str_copy(arena, (Str){text, id_write(text, prefix, id)});
}

/* The value of a digit, or -1. */
static int digit_value(char c)
{
    static const signed char values['z' - '0' + 1] = {
        0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  -1, -1, -1, -1, -1, -1, -1, /* 0-9 :;<=>?@ */
        10, 11, 12, 13, 14, 15, 16, 17, 1,  18, 19, 1,  20, 21, 0,  22, 23,
        24, 25, 26, -1,                             /* A-U */
        27, 28, 29, 30, 31, -1, -1, -1, -1, -1, -1, /* V-Z [\]^_` */
        10, 11, 12, 13, 14, 15, 16, 17, 1,  18, 19, 1,  20, 21, 0,  22, 23,
        24, 25, 26, -1,     /* a-u */
        27, 28, 29, 30, 31, /* v-z */
    };
    return c >= '0' && c <= 'z' ? values[c - '0'] : -1;
}

bool id_parse(Str text, const char *prefix, Id *out)
{
    size_t n = strlen(prefix);
    if (text.n != n + 1 + ID_DIGITS || memcmp(text.p, prefix, n) != 0 || text.p[n] != '_')
        return false;
    uint64_t value = 0;
    for (size_t i = n + 1; i < text.n; i++) {
        int digit = digit_value(text.p[i]);
        if (digit < 0) return false;
        if (i == n + 1 && digit > 7) return false; /* more than 63 bits */
        value = value << 5 | (uint64_t)digit;
    }
    if (!value) return false;
    out->n = (int64_t)value;
    return true;
}
