/* The generic cell rate algorithm (ITU-T I.371, annex A): of each subject one number is kept, the theoretical
 * arrival time, at which its burst would be whole again. What costs c moves it by c emission intervals,
 * and is admitted if it then lies no further ahead than the burst allows. It is exact: it admits what a
 * log of all that was admitted would admit (the test holds it against one), and keeps 16 bytes for it.
 *
 * The usual choice of the interval, window / quota with a burst of the whole quota, lets nearly twice the
 * quota through when a burst meets a fresh window. Here the interval is window / (quota - burst + 1): a
 * burst and all that follows it within the window are the quota, so the number in RateLimit-Policy is
 * true for every window.
 *
 * The table is made of buckets of one cache line, found by a keyed hash, so that nobody can choose his
 * neighbours. A subject whose time has come to rest is as good as none: its place is free without anyone
 * sweeping. Locks stand before groups of buckets; they are held for some twenty instructions, and an
 * exchange of two words without a lock would need both words in one.
 *
 * Rejected: a sliding log (its memory grows with the quota), two half-weighted fixed windows (wrong by
 * up to a tenth), a token bucket (the same decisions with two numbers instead of one). */
#include "platform/limit/limit.h"

#include "base/hash.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

enum {
    BUCKET_PLACES = 4,
    LOCKS = 64, /* more than threads will ever meet here */
};

static const int64_t NS_PER_US = 1000, NS_PER_S = 1000 * 1000 * 1000;

typedef struct Place {
    uint64_t subject;   /* hash of class and subject; what stood in a free place does not matter */
    int64_t arrival_ns; /* theoretical; in the past: free */
} Place;

typedef struct Bucket {
    alignas(64) Place places[BUCKET_PLACES];
} Bucket;

struct Limiter {
    SipKey key;
    uint64_t mask; /* buckets - 1 */
    pthread_mutex_t locks[LOCKS];
    Bucket buckets[];
};

Limiter *limiter_new(size_t subjects, const Random *random)
{
    size_t buckets = 1;
    while (buckets * BUCKET_PLACES < subjects) buckets *= 2;
    size_t size = sizeof(Limiter) + buckets * sizeof(Bucket);
    Limiter *limiter = aligned_alloc(alignof(Limiter), size);
    if (!limiter) abort();
    memset(limiter, 0, size);
    random->fill(random->state, &limiter->key, sizeof limiter->key);
    limiter->mask = buckets - 1;
    for (int i = 0; i < LOCKS; i++) pthread_mutex_init(&limiter->locks[i], NULL);
    return limiter;
}

void limiter_free(Limiter *limiter)
{
    if (!limiter) return;
    for (int i = 0; i < LOCKS; i++) pthread_mutex_destroy(&limiter->locks[i]);
    free(limiter);
}

/* Rounded up: it may be slower than the quota by that, never faster. */
static int64_t interval_ns(const LimitClass *class)
{
    int64_t steps = class->quota - class->burst + 1;
    return (class->window_s * NS_PER_S + steps - 1) / steps;
}

static uint64_t hash_of(const Limiter *limiter, const LimitClass *class, Str subject)
{
    uint64_t hash = hash_sip(limiter->key, subject);
    Str of_class = {(const char *)&class,
                    sizeof class}; /* rows are static: their address names them */
    return hash ^ hash_sip((SipKey){limiter->key.k1, limiter->key.k0}, of_class);
}

/* The subject's place, or else the one that is forgotten for it. */
static Place *find(Bucket *bucket, uint64_t subject)
{
    Place *oldest = &bucket->places[0];
    for (int i = 0; i < BUCKET_PLACES; i++) {
        Place *place = &bucket->places[i];
        if (place->subject == subject) return place;
        if (place->arrival_ns < oldest->arrival_ns) oldest = place;
    }
    return oldest;
}

/* `arrival_ns`: of the subject, not before now. */
static LimitVerdict judge(const LimitClass *class, int64_t arrival_ns, int64_t cost, int64_t now_ns)
{
    int64_t interval = interval_ns(class), tolerance = class->burst * interval;
    /* A cost above the burst is never admitted; left out here before it can overflow. */
    bool possible = cost <= class->burst;
    int64_t after = possible ? arrival_ns + cost * interval : arrival_ns;
    bool admitted = possible && after - now_ns <= tolerance;
    if (admitted) arrival_ns = after;
    int64_t ahead = arrival_ns - now_ns;
    return (LimitVerdict){
        .admitted = admitted,
        .remaining = ahead < tolerance ? (tolerance - ahead) / interval : 0,
        .reset_us = (ahead + NS_PER_US - 1) / NS_PER_US,
        .retry_us =
            admitted || !possible ? 0 : (after - now_ns - tolerance + NS_PER_US - 1) / NS_PER_US,
    };
}

static LimitVerdict ask(Limiter *limiter, const LimitClass *class, Str subject, int64_t cost,
                        int64_t now_us, bool take)
{
    assert(class->burst >= 1 && class->quota >= class->burst && cost >= 1);
    assert(class->window_s >= 1 && class->window_s <= LIMIT_WINDOW_MAX_S);
    assert(class->burst <=
           INT64_MAX / 4 / interval_ns(class)); /* so that nothing below overflows */
    uint64_t hash = hash_of(limiter, class, subject), at = hash & limiter->mask;
    int64_t now_ns = now_us * NS_PER_US;
    pthread_mutex_t *lock = &limiter->locks[at % LOCKS];
    pthread_mutex_lock(lock);
    Place *place = find(&limiter->buckets[at], hash);
    bool known = place->subject == hash && place->arrival_ns > now_ns;
    int64_t arrival_ns = known ? place->arrival_ns : now_ns;
    LimitVerdict verdict = judge(class, arrival_ns, cost, now_ns);
    if (take && verdict.admitted) *place = (Place){hash, arrival_ns + cost * interval_ns(class)};
    pthread_mutex_unlock(lock);
    return verdict;
}

LimitVerdict limit_take(Limiter *limiter, const LimitClass *class, Str subject, int64_t cost,
                        int64_t now_us)
{
    return ask(limiter, class, subject, cost, now_us, true);
}

LimitVerdict limit_look(Limiter *limiter, const LimitClass *class, Str subject, int64_t cost,
                        int64_t now_us)
{
    return ask(limiter, class, subject, cost, now_us, false);
}
