/* The cache as a whole: looking, landing, and what the metrics show. docs/internals/cache.md is the
 * way in.
 *
 * A look finds an answer or a flight under one lock of one shard, so that between "it is not there"
 * and "I make it" nobody else can decide the same. Landing is its counterpart: the answer goes into
 * the table and the flight's waiters are taken out under the same lock. What costs time (packing,
 * unpacking, freeing, sending) happens outside of it.
 *
 * An answer is judged twice when it lands: before it is packed, which is not worth doing for one that
 * something has overtaken already, and under the lock, where it is decided whom it serves. What goes
 * into the table need not hold: it is judged whenever it is found.
 *
 * Rejected: a cache for each loop (the same answer as often as there are loops, and a change must
 * reach all), look-ups without a lock (hazard pointers or epochs of memory, to save some 20 ns that
 * nobody waits for; the lock is shared by as many loops as hash to its shard at that moment). */
#include "platform/cache/core.h"

#include "base/random.h"

#include <assert.h>
#include <stdlib.h>

/* ---- Metrics --------------------------------------------------------------------------------- */

METRIC_FAMILY(requests_total, .name = "souk_cache_requests_total", .kind = METRIC_COUNTER,
              .doc = "Questions to the answer cache: hit, miss, stale (kept, but changed since), "
                     "collapsed (waited for another's answer), alone (too many are waiting).",
              .labels = {"result"});
METRIC_FAMILY(evictions_total, .name = "souk_cache_evictions_total", .kind = METRIC_COUNTER,
              .doc = "Answers that left the cache to make room.");
METRIC_FAMILY(replaced_total, .name = "souk_cache_leaders_replaced_total", .kind = METRIC_COUNTER,
              .doc = "Answers that were asked for again because they took too long to be made.");
METRIC_FAMILY(bytes_used, .name = "souk_cache_bytes", .kind = METRIC_GAUGE,
              .doc = "What the kept answers take, by form: packed, or ready to send.",
              .labels = {"form"});
METRIC_FAMILY(bytes_max, .name = "souk_cache_limit_bytes", .kind = METRIC_GAUGE,
              .doc = "What they may take (cache.bytes).");
METRIC_FAMILY(pack_bytes_used, .name = "souk_cache_packing_bytes", .kind = METRIC_GAUGE,
              .doc = "What packing them takes beside: dictionaries, buffers.");
METRIC_FAMILY(entries_kept, .name = "souk_cache_entries", .kind = METRIC_GAUGE,
              .doc = "Answers kept.");
METRIC_FAMILY(waiting_now, .name = "souk_cache_waiting", .kind = METRIC_GAUGE,
              .doc = "Requests that wait for another's answer.");

static _Atomic(Cache *) shown; /* to scrapes */

CacheTotals cache_totals(Cache *cache)
{
    CacheTotals sum = {.waiting = atomic_load(&cache->waiting)};
    for (uint32_t i = 0; i < cache->shard_count; i++) {
        CacheShard *shard = &cache->shards[i];
        pthread_mutex_lock(&shard->lock);
        sum.bytes += shard->bytes;
        sum.shelf_bytes += shard->shelf_bytes;
        sum.entries += shard->small.n + shard->main.n;
        pthread_mutex_unlock(&shard->lock);
    }
    return sum;
}

static size_t packed_bytes(Cache *cache)
{
    CacheTotals sum = cache_totals(cache);
    return sum.bytes - sum.shelf_bytes;
}

#define READER(name, expression)                                                                   \
    static double name(void *arg)                                                                  \
    {                                                                                              \
        Cache *cache = atomic_load(&shown);                                                        \
        (void)arg;                                                                                 \
        return cache ? (double)(expression) : 0;                                                   \
    }

READER(read_packed, packed_bytes(cache))
READER(read_ready, cache_totals(cache).shelf_bytes)
READER(read_limit, cache->options.bytes)
READER(read_packing, pack_memory(cache->pack))
READER(read_entries, cache_totals(cache).entries)
READER(read_waiting, atomic_load(&cache->waiting))

static void show_metrics(Cache *cache)
{
    cache->series = (CacheSeries){
        .hits = metric_series(&requests_total, "hit"),
        .misses = metric_series(&requests_total, "miss"),
        .stale = metric_series(&requests_total, "stale"),
        .collapsed = metric_series(&requests_total, "collapsed"),
        .alone = metric_series(&requests_total, "alone"),
        .for_room = metric_series(&evictions_total),
        .replaced = metric_series(&replaced_total),
    };
    atomic_store(&shown, cache);
    metric_gauge_function(&bytes_used, read_packed, NULL, "packed");
    metric_gauge_function(&bytes_used, read_ready, NULL, "ready");
    metric_gauge_function(&bytes_max, read_limit, NULL);
    metric_gauge_function(&pack_bytes_used, read_packing, NULL);
    metric_gauge_function(&entries_kept, read_entries, NULL);
    metric_gauge_function(&waiting_now, read_waiting, NULL);
}

/* ---- Life ------------------------------------------------------------------------------------ */

static uint32_t shards_for(size_t bytes)
{
    uint32_t count = CACHE_SHARDS;
    while (count > 1 && bytes / count < CACHE_SHARD_LEAST) count /= 2;
    return count;
}

Cache *cache_new(const CacheOptions *options)
{
    Cache *cache = aligned_alloc(alignof(Cache), sizeof *cache);
    if (!cache) abort();
    memset(cache, 0, sizeof *cache);
    cache->options = *options;
    cache->pack = pack_new();
    random_system.fill(random_system.state, &cache->hash_key, sizeof cache->hash_key);
    cache->shard_count = shards_for(options->bytes);
    for (uint32_t i = 0; i < cache->shard_count; i++) {
        pthread_mutex_init(&cache->shards[i].lock, NULL);
        cache->shards[i].limit = options->bytes / cache->shard_count;
    }
    show_metrics(cache);
    return cache;
}

static void shard_free(CacheShard *shard)
{
    assert(!shard->flights);
    CacheWaste waste = {0};
    table_clear(shard, &waste);
    waste_free(&waste);
    free(shard->buckets);
    free(shard->ghosts);
    pthread_mutex_destroy(&shard->lock);
}

void cache_free(Cache *cache)
{
    if (!cache) return;
    Cache *expected = cache;
    atomic_compare_exchange_strong(&shown, &expected, NULL);
    for (uint32_t i = 0; i < cache->shard_count; i++) shard_free(&cache->shards[i]);
    pack_free(cache->pack);
    free(cache);
}

uint64_t cache_hash(const Cache *cache, Str key)
{
    return hash_sip(cache->hash_key, key);
}

/* By the upper bits of the half that entries remember: the lower ones find the bucket. */
CacheShard *cache_shard(Cache *cache, uint64_t hash)
{
    return &cache->shards[((uint32_t)hash >> 28) & (cache->shard_count - 1)];
}

_Static_assert(CACHE_SHARDS <= 16, "four bits choose the shard");

/* ---- Looking and landing --------------------------------------------------------------------- */

/* Enough room on the shelf, or asked for often enough to drive something else from it. */
static bool is_hot(const CacheShard *shard, const CacheEntry *entry)
{
    enum { USES = 2 };
    return entry->uses >= USES || shard->bytes + 2 * (size_t)entry->plain_n < shard->limit;
}

static void give(CacheShard *shard, CacheEntry *entry, int wanted, CacheLook *look)
{
    table_use(entry);
    look->made = (Time){entry->made_us};
    look->until = (Time){entry->until_us};
    look->blob = table_ready(entry, cache_encoding(entry, wanted));
    look->found = look->blob ? CACHE_HIT : CACHE_PACKED;
    if (look->blob) return;
    atomic_fetch_add_explicit(&entry->refs, 1, memory_order_relaxed);
    look->entry = entry;
    look->hot = is_hot(shard, entry);
}

static void count(const CacheSeries *series, const CacheLook *look)
{
    switch (look->found) {
    case CACHE_HIT:
    case CACHE_PACKED:
        metric_add(series->hits, 1);
        break;
    case CACHE_LEAD:
        metric_add(look->stale ? series->stale : series->misses, 1);
        break;
    case CACHE_WAIT:
        metric_add(series->collapsed, 1);
        break;
    case CACHE_ALONE:
        metric_add(series->alone, 1);
        break;
    }
}

CacheLook cache_look(Cache *cache, const CacheAsk *ask, CacheWaiter *waiter)
{
    CacheLook look = {0};
    CacheWaste waste = {0};
    CacheShard *shard = cache_shard(cache, ask->key.hash);
    pthread_mutex_lock(&shard->lock);
    CacheEntry *entry = table_find(shard, &ask->key);
    if (entry && entry_holds(entry, ask->now)) {
        give(shard, entry, ask->encoding, &look);
    } else {
        look.stale = entry;
        if (entry) table_use(entry);
        if (entry) table_strip(shard, entry, &waste);
        flight_board(cache, shard, &ask->key, waiter, &look);
    }
    pthread_mutex_unlock(&shard->lock);
    waste_free(&waste);
    count(&cache->series, &look);
    return look;
}

/* Does what was made hold still, or is it not said what that depends on? */
static CacheVerdict judge(const CacheLead *lead, Time now, const CacheNote *note)
{
    if (!cache_note_keeps(note)) return VERDICT_UNKNOWN;
    bool over = note->expires.us && note->expires.us <= now.us;
    bool holds = !over && tags_hold(lead->moment, note->slots, note->tag_count);
    return holds ? VERDICT_FRESH : VERDICT_OVERTAKEN;
}

CacheLanding cache_land(Cache *cache, const CacheKey *key, const CacheLead *lead, Time now,
                        const CacheMade *made)
{
    CacheLanding landing = {0};
    CacheWaste waste = {0};
    CacheShard *shard = cache_shard(cache, key->hash);
    CacheEntry *entry = NULL;
    if (made->keep && judge(lead, now, made->note) == VERDICT_FRESH)
        entry = entry_new(cache, key, lead->moment, made, shard->limit / CACHE_SHARE_MAX);
    if (entry) {
        atomic_fetch_add_explicit(&entry->refs, 1, memory_order_relaxed);
        landing.learn = pack_show(cache->pack, made->text.body);
    }
    pthread_mutex_lock(&shard->lock);
    if (entry) table_put(shard, entry, &waste, &cache->series);
    flight_land(cache, shard, lead, judge(lead, now, made->note), &landing);
    pthread_mutex_unlock(&shard->lock);
    waste_free(&waste);
    landing.entry = entry;
    return landing;
}

void cache_learn(Cache *cache)
{
    pack_learn(cache->pack);
}

void cache_learn_later(Cache *cache)
{
    pack_learn_later(cache->pack);
}
