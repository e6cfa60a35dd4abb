/* The table of answers and the flights of those that are being made, as the framework uses them
 * (api/cached.c). docs/internals/cache.md has the picture.
 *
 *     cache_look ── HIT ─────▶ send look.blob
 *         │ ────── PACKED ──▶ cache_unpack look.entry, make a blob, cache_shelve, cache_release
 *         │ ────── WAIT ────▶ nothing: whoever leads will hand this waiter out
 *         │ ────── ALONE ───▶ make the answer as if there were no cache
 *         └─────── LEAD ────▶ make the answer, then cache_land (it was made) or cache_fail
 *
 * All functions: any thread. Blobs are counted references; a look's blob and entry are the
 * caller's. */
#ifndef PLATFORM_CACHE_ANSWERS_H
#define PLATFORM_CACHE_ANSWERS_H

#include "platform/cache/note.h"
#include "platform/http/exchange.h"

typedef struct Cache Cache;
typedef struct CacheEntry CacheEntry;
typedef struct CacheFlight CacheFlight;

typedef struct CacheOptions {
    size_t bytes;    /* of all answers with what keeping them takes */
    int64_t ttl_us;  /* an answer holds no longer, whatever it depends on */
    int64_t slow_us; /* CACHE_SLOW_US: one that takes longer to be made is asked for again */
} CacheOptions;

Cache *cache_new(const CacheOptions *options); /* shows itself in the metrics */
void cache_free(Cache *cache);                 /* nobody uses it any more; NULL is fine */

typedef struct CacheTotals {
    size_t entries, bytes, shelf_bytes; /* shelf_bytes: the part of ready forms */
    int waiting;                        /* requests, for another's answer */
} CacheTotals;

CacheTotals cache_totals(Cache *cache);

/* What is asked: any bytes, at most CACHE_KEY_MAX of them, and their hash by cache_hash. */
typedef struct CacheKey {
    Str bytes;
    uint64_t hash;
} CacheKey;

uint64_t cache_hash(const Cache *cache, Str key); /* keyed, since strangers choose keys */

/* ---- Looking --------------------------------------------------------------------------------- */

typedef enum CacheFound { CACHE_HIT, CACHE_PACKED, CACHE_LEAD, CACHE_WAIT, CACHE_ALONE } CacheFound;

/* Somebody whose answer is being made by another. Its memory is the caller's, until it is handed
 * out. */
typedef struct CacheWaiter {
    struct CacheWaiter *next;
    uint64_t arrived; /* tags_now() at that time */
} CacheWaiter;

/* The right, and the duty, to make the answer of a flight. */
typedef struct CacheLead {
    CacheFlight *flight; /* NULL: none */
    uint64_t moment;     /* by tags_now(): before the snapshot that is to be opened */
} CacheLead;

typedef struct CacheAsk {
    CacheKey key;
    Time now;
    int encoding; /* wanted of an answer that is encoded at all */
} CacheAsk;

typedef struct CacheLook {
    CacheFound found;
    Blob *blob;        /* HIT: ready to send */
    CacheEntry *entry; /* PACKED */
    Time made;         /* HIT, PACKED: when */
    Time until;        /* HIT, PACKED: holds at most so long */
    bool hot;          /* PACKED: asked for often, so worth a place on the shelf */
    bool stale;        /* LEAD, WAIT: there was an answer, but something has changed */
    CacheLead lead;    /* LEAD */
} CacheLook;

/* `waiter` is kept when the answer is WAIT. */
CacheLook cache_look(Cache *cache, const CacheAsk *ask, CacheWaiter *waiter);

/* ---- Entries --------------------------------------------------------------------------------- */

typedef struct CacheText {
    Str body; /* plain */
    Str content_type, etag, headers;
    bool encoded; /* it is worth encoding for those who ask for it */
} CacheText;

size_t cache_plain_size(const CacheEntry *entry);
int cache_encoding(const CacheEntry *entry, int wanted); /* what to send to who wants that */
CacheText cache_unpack(Cache *cache, CacheEntry *entry, Arena *arena);

/* Puts a ready form of the entry's answer beside it, for the next who ask for this encoding; takes a
 * reference of its own, or none when the entry is gone or has such a form by now. */
void cache_shelve(Cache *cache, CacheEntry *entry, int encoding, Blob *blob);
void cache_release(CacheEntry *entry);

/* ---- Flights --------------------------------------------------------------------------------- */

typedef struct CacheMade {
    const CacheNote *note;
    Time made;
    CacheText text;
    bool keep; /* false: it may only be shared, as a refusal */
} CacheMade;

typedef struct CacheLanding {
    CacheWaiter *served; /* may have this answer */
    CacheWaiter *heir;   /* must make another, by `lead` */
    CacheWaiter
        *released; /* must each go by itself: the answer says nothing of what it depends on */
    CacheLead lead;
    CacheEntry *entry; /* the answer is kept: the caller's reference, for cache_shelve */
    bool learn;        /* cache_learn has something to do */
} CacheLanding;

/* The leader has the answer of `key`, made inside a snapshot that was opened after lead->moment.
 * What it points to is copied. A waiter is served only if nothing that the answer depends on has
 * changed before it arrived. */
CacheLanding cache_land(Cache *cache, const CacheKey *key, const CacheLead *lead, Time now,
                        const CacheMade *made);

/* The leader has failed: `heir` leads now, or all are released, or others still lead. */
CacheLanding cache_fail(Cache *cache, const CacheLead *lead);

/* Learns from the answers how to pack them: takes a tenth of a second. Or says that it cannot be
 * done now. */
void cache_learn(Cache *cache);
void cache_learn_later(Cache *cache);

#endif
