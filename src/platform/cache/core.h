/* Inside of the answer cache: what table.c and flight.c share. Nobody else includes it. */
#ifndef PLATFORM_CACHE_CORE_H
#define PLATFORM_CACHE_CORE_H

#include "base/hash.h"
#include "platform/cache/answers.h"
#include "platform/cache/limits.h"
#include "platform/cache/pack.h"
#include "platform/telemetry/metrics.h"

#include <pthread.h>
#include <stdalign.h>
#include <stdatomic.h>

/* A ready form of an answer: one encoding, with its header lines. On the shelf of its shard. */
typedef struct CacheReady {
    struct CacheReady *next;           /* of the same entry */
    struct CacheReady *before, *after; /* on the shelf */
    CacheEntry *entry;
    Blob *blob;
    uint32_t bytes;
    uint8_t encoding;
} CacheReady;

typedef enum CacheQueue { QUEUE_NONE, QUEUE_SMALL, QUEUE_MAIN } CacheQueue;

/* One answer, packed; some 130 bytes and its texts in one allocation. What does not change after it
 * was made is read without the lock by who holds a reference. What a hit touches stands in front:
 * entries lie cold in memory. */
struct CacheEntry {
    CacheEntry *chain;     /* in its bucket */
    uint32_t hash;         /* its lower half */
    _Atomic uint32_t refs; /* the table has one */
    uint64_t moment;
    int64_t made_us, until_us;
    Blob *front; /* one of the ready forms, so that it need not be looked for */
    uint8_t front_encoding;
    uint8_t ready_used; /* a bit for each encoding: since the shelf's hand last passed */
    uint8_t uses;       /* 0 to 3 */
    uint8_t queue;      /* CacheQueue */
    uint8_t tag_n;
    uint8_t form; /* of the packed body */
    bool encoded;
    uint16_t key_n, headers_n, etag_n, type_n;
    uint32_t packed_n, plain_n;
    CacheEntry *before, *after; /* in its queue, the oldest first */
    CacheReady *ready;
    uint32_t bytes;               /* what it takes of the cache, without its ready forms */
    alignas(TagSlot) char text[]; /* slots of the tags, key, etag, type, headers, packed body */
};

/* Double-linked, because what has changed leaves from the middle. */
typedef struct CacheFifo {
    CacheEntry *first, *last;
    size_t bytes, n;
} CacheFifo;

/* What was driven out of the small queue: by hash, for as long as as many have not followed it as
 * the main queue holds. */
typedef struct CacheGhost {
    uint32_t hash, number;
} CacheGhost;

struct CacheFlight {
    CacheFlight *chain;
    uint64_t hash;
    int64_t led_us; /* monotonic: when the newest leader began */
    CacheWaiter *first, **end;
    int leaders;  /* under way */
    int failures; /* of leaders, one after the other */
    size_t key_n;
    char key[];
};

typedef struct CacheShard {
    alignas(64) pthread_mutex_t lock;
    size_t limit, bytes; /* of entries and ready forms */
    CacheEntry **buckets;
    uint32_t mask; /* buckets, a power of two, less one */
    uint32_t ghost_number;
    CacheGhost *ghosts; /* as many as buckets */
    CacheFifo small, main;
    CacheReady *shelf_first, *shelf_last;
    size_t shelf_bytes;
    CacheFlight *flights;
} CacheShard;

typedef struct CacheSeries {
    Series hits, misses, stale, collapsed, alone;
    Series for_room, replaced;
} CacheSeries;

struct Cache {
    CacheOptions options;
    SipKey hash_key;
    Pack *pack;
    CacheSeries series;
    _Atomic int waiting;
    uint32_t shard_count; /* a power of two */
    CacheShard shards[CACHE_SHARDS];
};

CacheShard *cache_shard(Cache *cache, uint64_t hash);

/* ---- table.c, under the shard's lock --------------------------------------------------------- */

/* What leaves under the lock and is freed after it. */
typedef struct CacheWaste {
    CacheEntry *entries; /* by `after` */
    CacheReady *ready;   /* by `after` */
} CacheWaste;

void waste_free(CacheWaste *waste);

CacheEntry *table_find(CacheShard *shard, const CacheKey *key);
bool entry_holds(const CacheEntry *entry, Time now);

/* Another use of an entry that holds. */
void table_use(CacheEntry *entry);
Blob *table_ready(CacheEntry *entry, int encoding); /* with a reference; NULL: not on the shelf */

/* Drops the ready forms of what does not hold; its place in the queue waits for the new answer. */
void table_strip(CacheShard *shard, CacheEntry *entry, CacheWaste *waste);

/* Puts a new entry in (its one reference becomes the table's), in the place of an older answer of
 * the same key if there is one, and makes room. */
void table_put(CacheShard *shard, CacheEntry *entry, CacheWaste *waste, CacheSeries *series);

void table_clear(CacheShard *shard, CacheWaste *waste);

/* The answer of `made`, packed; NULL when it is too large for its shard. One reference. Without the
 * lock. */
CacheEntry *entry_new(Cache *cache, const CacheKey *key, uint64_t moment, const CacheMade *made,
                      size_t bytes_max);

/* ---- flight.c, under the shard's lock -------------------------------------------------------- */

/* Joins the flight of the key, or begins one; fills look->found and look->lead. */
void flight_board(Cache *cache, CacheShard *shard, const CacheKey *key, CacheWaiter *waiter,
                  CacheLook *look);

typedef enum CacheVerdict {
    VERDICT_FRESH,     /* the answer holds now */
    VERDICT_OVERTAKEN, /* it held at its moment */
    VERDICT_UNKNOWN,   /* it was not said what it depends on */
} CacheVerdict;

void flight_land(Cache *cache, CacheShard *shard, const CacheLead *lead, CacheVerdict verdict,
                 CacheLanding *landing);

#endif
