/* One shard's entries: found by key, driven out by S3-FIFO, packed, with a shelf of ready forms.
 *
 * Replacement is S3-FIFO (Yang, Zhang, Qiu, Yue, Vigfusson: "FIFO queues are all you need for cache
 * eviction", SOSP 2023). A new answer enters the small queue, a tenth of the bytes; if it is asked
 * for twice more before it reaches the end, it moves to the main queue, else it goes and only its
 * hash is remembered; who comes back while it is remembered enters the main queue at once. The main
 * queue is a clock with two bits. So answers that are asked for once, a crawler's walk through all
 * products, pass through the small queue and disturb nobody, and a hit is one increment: nothing is
 * moved. At Zipf 0.9 over 100,000 answers of which a tenth fits, it answers 67.6 % against 60.5 of
 * LRU, 68.0 of W-TinyLFU and 70.7 of who knows all popularities (half fits: 88.2, 86.6, 88.6,
 * 90.5); W-TinyLFU gives those 0.4 % for a sketch that each hit must count in and lists that each
 * hit must reorder. docs/decisions/answer-cache-policy.md.
 *
 * An entry keeps its answer packed (pack.c). What is asked for often is also kept ready to send, in
 * each encoding that was asked for: a CacheReady on the shelf, a clock of its own. The shelf may
 * take what is free; when room is needed it gives way first, down to a sixteenth of the shard.
 *
 * An answer that does not hold any more stays in its queue until the next one takes its place: what
 * is popular does not lose its rank by being changed. The hand takes it if nobody asks again.
 *
 * The lock is held for a look-up and a few pointers. What leaves is freed by the caller after it. */
#include "platform/cache/core.h"

#include <assert.h>
#include <malloc.h>
#include <stdlib.h>

enum {
    BUCKETS_FIRST = 64,
    ALLOCATION = 16,    /* what malloc and the tables of hashes take for an entry beside itself */
    SMALL_SHARE = 10,   /* of the shard's bytes: the small queue */
    SHELF_SHARE = 16,   /* of the shard's bytes: ready forms, when room is short */
    PROMOTED_AFTER = 2, /* uses in the small queue */
    USES_MAX = 3,
    HAND_STEPS_MAX = 64, /* entries that the hand passes at most for one to go: bounds the lock */
    GHOST_WAYS = 4,
    PACKED_AT_BEST = 32, /* what is more than so many times too large is not even packed */
};

static void *must(void *p)
{
    if (!p) abort(); /* out of memory, as in an arena */
    return p;
}

/* ---- Entries --------------------------------------------------------------------------------- */

static TagSlot *slots_of(const CacheEntry *entry)
{
    return (TagSlot *)(void *)(uintptr_t)entry->text;
}

static const char *key_of(const CacheEntry *entry)
{
    return entry->text + entry->tag_n * sizeof(TagSlot);
}

static Str etag_of(const CacheEntry *entry)
{
    return (Str){key_of(entry) + entry->key_n, entry->etag_n};
}

static Str type_of(const CacheEntry *entry)
{
    Str etag = etag_of(entry);
    return (Str){etag.p + etag.n, entry->type_n};
}

static Str headers_of(const CacheEntry *entry)
{
    Str type = type_of(entry);
    return (Str){type.p + type.n, entry->headers_n};
}

static Packed packed_of(const CacheEntry *entry)
{
    Str headers = headers_of(entry);
    return (Packed){{headers.p + headers.n, entry->packed_n}, entry->plain_n, entry->form};
}

static void put_text(char **to, Str text)
{
    if (text.n) memcpy(*to, text.p, text.n);
    *to += text.n;
}

/* Texts beside the body that do not fit their counters are no answers of ours. */
static bool fits(const CacheMade *made)
{
    const CacheText *text = &made->text;
    return text->etag.n <= UINT16_MAX && text->content_type.n <= UINT16_MAX &&
           text->headers.n <= UINT16_MAX && text->body.n <= UINT32_MAX;
}

static CacheEntry *entry_fill(CacheEntry *entry, const CacheKey *key, const CacheMade *made,
                              const Packed *packed)
{
    const CacheNote *note = made->note;
    char *to = entry->text;
    put_text(&to, (Str){(const char *)note->slots, note->tag_count * sizeof(TagSlot)});
    put_text(&to, key->bytes);
    put_text(&to, made->text.etag);
    put_text(&to, made->text.content_type);
    put_text(&to, made->text.headers);
    put_text(&to, packed->bytes);
    entry->hash = (uint32_t)key->hash;
    entry->packed_n = (uint32_t)packed->bytes.n;
    entry->plain_n = (uint32_t)packed->plain;
    entry->form = packed->form;
    entry->tag_n = (uint8_t)note->tag_count;
    entry->key_n = (uint16_t)key->bytes.n;
    entry->etag_n = (uint16_t)made->text.etag.n;
    entry->type_n = (uint16_t)made->text.content_type.n;
    entry->headers_n = (uint16_t)made->text.headers.n;
    entry->encoded = made->text.encoded;
    return entry;
}

CacheEntry *entry_new(Cache *cache, const CacheKey *key, uint64_t moment, const CacheMade *made,
                      size_t bytes_max)
{
    const CacheText *text = &made->text;
    if (!fits(made) || text->body.n / PACKED_AT_BEST > bytes_max) return NULL;
    Arena *scratch = arena_new(text->body.n);
    Packed packed = pack_bytes(cache->pack, scratch, text->body);
    size_t size = sizeof(CacheEntry) + made->note->tag_count * sizeof(TagSlot) + key->bytes.n +
                  text->etag.n + text->content_type.n + text->headers.n + packed.bytes.n;
    CacheEntry *entry = NULL;
    if (size + ALLOCATION <= bytes_max) {
        entry = must(malloc(size));
        *entry = (CacheEntry){.moment = moment, .made_us = made->made.us};
        atomic_init(&entry->refs, 1);
        int64_t expires_us = made->note->expires.us;
        entry->until_us = made->made.us + cache->options.ttl_us;
        if (expires_us && expires_us < entry->until_us) entry->until_us = expires_us;
        entry->bytes = (uint32_t)(malloc_usable_size(entry) + ALLOCATION);
        entry_fill(entry, key, made, &packed);
    }
    arena_free(scratch);
    return entry;
}

void cache_release(CacheEntry *entry)
{
    if (atomic_fetch_sub_explicit(&entry->refs, 1, memory_order_acq_rel) == 1) free(entry);
}

bool entry_holds(const CacheEntry *entry, Time now)
{
    return entry->made_us <= now.us && now.us < entry->until_us &&
           tags_hold(entry->moment, slots_of(entry), entry->tag_n);
}

size_t cache_plain_size(const CacheEntry *entry)
{
    return entry->plain_n;
}

int cache_encoding(const CacheEntry *entry, int wanted)
{
    return entry->encoded ? wanted : ENCODING_IDENTITY;
}

CacheText cache_unpack(Cache *cache, CacheEntry *entry, Arena *arena)
{
    Packed packed = packed_of(entry);
    return (CacheText){.body = unpack_bytes(cache->pack, arena, &packed),
                       .content_type = type_of(entry),
                       .etag = etag_of(entry),
                       .headers = headers_of(entry),
                       .encoded = entry->encoded};
}

/* ---- Finding --------------------------------------------------------------------------------- */

static CacheEntry **bucket_of(CacheShard *shard, uint32_t hash)
{
    return &shard->buckets[hash & shard->mask];
}

CacheEntry *table_find(CacheShard *shard, const CacheKey *key)
{
    if (!shard->buckets) return NULL;
    uint32_t hash = (uint32_t)key->hash;
    CacheEntry *entry = *bucket_of(shard, hash);
    while (entry &&
           (entry->hash != hash || !str_eq((Str){key_of(entry), entry->key_n}, key->bytes)))
        entry = entry->chain;
    return entry;
}

static CacheGhost *ghosts_of(CacheShard *shard, uint32_t hash)
{
    return &shard->ghosts[hash & shard->mask & ~(uint32_t)(GHOST_WAYS - 1)];
}

static void ghost_add(CacheShard *shard, uint32_t hash)
{
    CacheGhost *ways = ghosts_of(shard, hash), *oldest = ways;
    for (int i = 1; i < GHOST_WAYS; i++)
        if (ways[i].number < oldest->number) oldest = &ways[i];
    *oldest = (CacheGhost){hash, ++shard->ghost_number};
}

/* Was it driven out lately? Then it is forgotten, since it comes back. */
static bool ghost_take(CacheShard *shard, uint32_t hash)
{
    CacheGhost *ways = ghosts_of(shard, hash);
    for (int i = 0; i < GHOST_WAYS; i++) {
        bool lately = ways[i].number && shard->ghost_number - ways[i].number < shard->main.n;
        if (!lately || ways[i].hash != hash) continue;
        ways[i] = (CacheGhost){0};
        return true;
    }
    return false;
}

static void grow(CacheShard *shard)
{
    size_t before = shard->buckets ? (size_t)shard->mask + 1 : 0;
    size_t after = before ? before * 2 : BUCKETS_FIRST;
    CacheEntry **buckets = shard->buckets;
    CacheGhost *ghosts = shard->ghosts;
    shard->buckets = must(calloc(after, sizeof *buckets));
    shard->ghosts = must(calloc(after, sizeof *ghosts));
    shard->mask = (uint32_t)(after - 1);
    for (size_t i = 0; i < before; i++) {
        for (CacheEntry *entry; (entry = buckets[i]);) {
            buckets[i] = entry->chain;
            CacheEntry **bucket = bucket_of(shard, entry->hash);
            entry->chain = *bucket;
            *bucket = entry;
        }
        shard->ghosts[i + (ghosts[i].hash & before)] = ghosts[i];
    }
    free(buckets);
    free(ghosts);
}

/* ---- Queues ---------------------------------------------------------------------------------- */

static CacheFifo *fifo_of(CacheShard *shard, CacheQueue queue)
{
    return queue == QUEUE_SMALL ? &shard->small : &shard->main;
}

static void enqueue(CacheShard *shard, CacheEntry *entry, CacheQueue queue)
{
    CacheFifo *fifo = fifo_of(shard, queue);
    entry->queue = (uint8_t)queue;
    entry->before = fifo->last;
    entry->after = NULL;
    *(fifo->last ? &fifo->last->after : &fifo->first) = entry;
    fifo->last = entry;
    fifo->bytes += entry->bytes;
    fifo->n++;
}

static void dequeue(CacheShard *shard, CacheEntry *entry)
{
    CacheFifo *fifo = fifo_of(shard, entry->queue);
    *(entry->before ? &entry->before->after : &fifo->first) = entry->after;
    *(entry->after ? &entry->after->before : &fifo->last) = entry->before;
    fifo->bytes -= entry->bytes;
    fifo->n--;
    entry->queue = QUEUE_NONE;
}

void table_use(CacheEntry *entry)
{
    if (entry->uses < USES_MAX) entry->uses++;
}

/* ---- The shelf ------------------------------------------------------------------------------- */

static void shelf_append(CacheShard *shard, CacheReady *ready)
{
    ready->before = shard->shelf_last;
    ready->after = NULL;
    *(shard->shelf_last ? &shard->shelf_last->after : &shard->shelf_first) = ready;
    shard->shelf_last = ready;
}

static void shelf_unlink(CacheShard *shard, CacheReady *ready)
{
    *(ready->before ? &ready->before->after : &shard->shelf_first) = ready->after;
    *(ready->after ? &ready->after->before : &shard->shelf_last) = ready->before;
}

static CacheReady *find_ready(const CacheEntry *entry, int encoding)
{
    CacheReady *ready = entry->ready;
    while (ready && ready->encoding != encoding) ready = ready->next;
    return ready;
}

Blob *table_ready(CacheEntry *entry, int encoding)
{
    Blob *blob = entry->front;
    if (!blob) return NULL;
    if (entry->front_encoding != encoding) {
        const CacheReady *ready = find_ready(entry, encoding);
        if (!ready) return NULL;
        blob = ready->blob;
    }
    entry->ready_used |= (uint8_t)(1u << encoding);
    return blob_ref(blob);
}

static void choose_front(CacheEntry *entry)
{
    const CacheReady *ready = entry->ready;
    entry->front = ready ? ready->blob : NULL;
    entry->front_encoding = ready ? ready->encoding : 0;
}

static void drop_ready(CacheShard *shard, CacheReady *ready, CacheWaste *waste)
{
    CacheReady **link = &ready->entry->ready;
    while (*link != ready) link = &(*link)->next;
    *link = ready->next;
    choose_front(ready->entry);
    shelf_unlink(shard, ready);
    shard->shelf_bytes -= ready->bytes;
    shard->bytes -= ready->bytes;
    ready->after = waste->ready;
    waste->ready = ready;
}

void table_strip(CacheShard *shard, CacheEntry *entry, CacheWaste *waste)
{
    while (entry->ready) drop_ready(shard, entry->ready, waste);
}

static bool is_used(const CacheReady *ready)
{
    return ready->entry->ready_used >> ready->encoding & 1;
}

static void shrink_shelf(CacheShard *shard, CacheWaste *waste)
{
    CacheReady *ready = shard->shelf_first;
    for (int steps = 0; is_used(ready) && steps < HAND_STEPS_MAX; steps++) {
        ready->entry->ready_used &= (uint8_t) ~(1u << ready->encoding);
        shelf_unlink(shard, ready);
        shelf_append(shard, ready);
        ready = shard->shelf_first;
    }
    drop_ready(shard, ready, waste);
}

/* ---- Making room ----------------------------------------------------------------------------- */

static void drop_entry(CacheShard *shard, CacheEntry *entry, CacheWaste *waste)
{
    table_strip(shard, entry, waste);
    CacheEntry **link = bucket_of(shard, entry->hash);
    while (*link != entry) link = &(*link)->chain;
    *link = entry->chain;
    dequeue(shard, entry);
    shard->bytes -= entry->bytes;
    entry->after = waste->entries;
    waste->entries = entry;
}

static void move_to_main(CacheShard *shard, CacheEntry *entry)
{
    dequeue(shard, entry);
    entry->uses = 0;
    enqueue(shard, entry, QUEUE_MAIN);
}

static bool has_changed(const CacheEntry *entry)
{
    return !tags_hold(entry->moment, slots_of(entry), entry->tag_n);
}

/* One step of the small queue's end: to the main queue, or out. */
static void shrink_small(CacheShard *shard, CacheWaste *waste)
{
    CacheEntry *entry = shard->small.first;
    if (entry->uses >= PROMOTED_AFTER) {
        move_to_main(shard, entry);
        return;
    }
    ghost_add(shard, entry->hash);
    drop_entry(shard, entry, waste);
}

static void shrink_main(CacheShard *shard, CacheWaste *waste)
{
    CacheEntry *entry = shard->main.first;
    for (int steps = 0; entry->uses && !has_changed(entry) && steps < HAND_STEPS_MAX; steps++) {
        entry->uses--;
        dequeue(shard, entry);
        enqueue(shard, entry, QUEUE_MAIN);
        entry = shard->main.first;
    }
    drop_entry(shard, entry, waste);
}

static void make_room(CacheShard *shard, CacheWaste *waste, CacheSeries *series)
{
    while (shard->bytes > shard->limit) {
        if (shard->shelf_bytes > shard->limit / SHELF_SHARE) {
            shrink_shelf(shard, waste);
            continue;
        }
        size_t before = shard->bytes;
        bool small = shard->small.bytes >= shard->limit / SMALL_SHARE || !shard->main.n;
        if (small)
            shrink_small(shard, waste);
        else
            shrink_main(shard, waste);
        if (shard->bytes < before) metric_add(series->for_room, 1);
    }
}

void table_clear(CacheShard *shard, CacheWaste *waste)
{
    while (shard->small.first) drop_entry(shard, shard->small.first, waste);
    while (shard->main.first) drop_entry(shard, shard->main.first, waste);
}

void waste_free(CacheWaste *waste)
{
    for (CacheReady *ready; (ready = waste->ready);) {
        waste->ready = ready->after;
        blob_unref(ready->blob);
        free(ready);
    }
    for (CacheEntry *entry; (entry = waste->entries);) {
        waste->entries = entry->after;
        cache_release(entry);
    }
}

/* ---- Putting in ------------------------------------------------------------------------------ */

/* The new answer of an old question: it takes its place in the queue and what is known of its use. */
static void replace(CacheShard *shard, CacheEntry *old, CacheEntry *entry, CacheWaste *waste)
{
    CacheFifo *fifo = fifo_of(shard, old->queue);
    table_strip(shard, old, waste);
    CacheEntry **link = bucket_of(shard, old->hash);
    while (*link != old) link = &(*link)->chain;
    *link = entry;
    entry->chain = old->chain;
    entry->before = old->before;
    entry->after = old->after;
    *(old->before ? &old->before->after : &fifo->first) = entry;
    *(old->after ? &old->after->before : &fifo->last) = entry;
    entry->queue = old->queue;
    entry->uses = old->uses;
    fifo->bytes = fifo->bytes - old->bytes + entry->bytes;
    shard->bytes = shard->bytes - old->bytes + entry->bytes;
    old->queue = QUEUE_NONE;
    old->after = waste->entries;
    waste->entries = old;
}

static void insert(CacheShard *shard, CacheEntry *entry)
{
    if (!shard->buckets || shard->small.n + shard->main.n > shard->mask) grow(shard);
    CacheEntry **bucket = bucket_of(shard, entry->hash);
    entry->chain = *bucket;
    *bucket = entry;
    shard->bytes += entry->bytes;
    enqueue(shard, entry, ghost_take(shard, entry->hash) ? QUEUE_MAIN : QUEUE_SMALL);
}

void table_put(CacheShard *shard, CacheEntry *entry, CacheWaste *waste, CacheSeries *series)
{
    CacheKey key = {{key_of(entry), entry->key_n}, entry->hash}; /* the lower half finds it */
    CacheEntry *old = table_find(shard, &key);
    if (old && old->moment > entry->moment) { /* a slow leader comes after its successor */
        entry->after = waste->entries;
        waste->entries = entry;
        return;
    }
    if (old)
        replace(shard, old, entry, waste);
    else
        insert(shard, entry);
    make_room(shard, waste, series);
}

void cache_shelve(Cache *cache, CacheEntry *entry, int encoding, Blob *blob)
{
    CacheShard *shard = cache_shard(cache, entry->hash);
    CacheReady *ready = must(malloc(sizeof *ready));
    CacheWaste waste = {0};
    *ready = (CacheReady){.entry = entry,
                          .blob = blob_ref(blob),
                          .bytes = (uint32_t)(blob_size(blob) + sizeof *ready + 2 * ALLOCATION),
                          .encoding = (uint8_t)encoding};
    pthread_mutex_lock(&shard->lock);
    bool wanted = entry->queue != QUEUE_NONE && !find_ready(entry, ready->encoding) &&
                  ready->bytes <= shard->limit / CACHE_SHARE_MAX;
    if (wanted) {
        ready->next = entry->ready;
        entry->ready = ready;
        choose_front(entry);
        shelf_append(shard, ready);
        shard->shelf_bytes += ready->bytes;
        shard->bytes += ready->bytes;
        make_room(shard, &waste, &cache->series);
    } else {
        ready->after = waste.ready;
        waste.ready = ready;
    }
    pthread_mutex_unlock(&shard->lock);
    waste_free(&waste);
}
