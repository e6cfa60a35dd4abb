/* Flights: answers that are being made, and who waits for them.
 *
 * The first who asks for what is not there leads: makes the answer as any request would. Who comes
 * meanwhile waits in the flight, as an exchange that is kept, and no thread waits with it. So a
 * thousand requests for a product whose price has just changed cost one read.
 *
 * Who waits must get what it would have got by itself. An answer that is still valid when it lands
 * serves all. One that something has overtaken (its snapshot was before a change, or its time is
 * over) serves only those who came before any change that followed its moment: for them reading and
 * changing happened at the same time. Those who came later may know of the change; one of them, the
 * heir, leads, with a moment after all of their arrivals, so that the next landing serves them.
 * Epochs are compared, not clocks: `arrived <= moment` says that nothing at all had changed between
 * the leader's moment and the arrival.
 *
 * A leader that fails hands over to the next who waits; after a few such failures in a row everyone
 * goes by itself. A leader that is slow is not waited for by more: the next who comes leads beside
 * it, and whichever lands first serves all. Nobody watches the clock for those who already wait
 * when nobody else comes, since there is no hung leader: it is work in a lane, which ends by its
 * deadline at the latest and then lands or fails; and who waits for it waits for what it would have
 * waited for by itself, the lane and the database.
 *
 * Flights are few (as many as lanes have work), so each shard keeps them in a list. */
#include "platform/cache/core.h"

#include <assert.h>
#include <stdlib.h>

static CacheFlight **find_flight(CacheShard *shard, const CacheKey *key)
{
    CacheFlight **link = &shard->flights;
    while (*link &&
           ((*link)->hash != key->hash || !str_eq((Str){(*link)->key, (*link)->key_n}, key->bytes)))
        link = &(*link)->chain;
    return link;
}

static CacheFlight *flight_new(const CacheKey *key)
{
    CacheFlight *flight = malloc(sizeof *flight + key->bytes.n);
    if (!flight) abort();
    *flight = (CacheFlight){.hash = key->hash, .key_n = key->bytes.n};
    flight->end = &flight->first;
    memcpy(flight->key, key->bytes.p, key->bytes.n);
    return flight;
}

static CacheLead lead(CacheFlight *flight)
{
    flight->leaders++;
    flight->led_us = monotonic_us();
    return (CacheLead){flight, tags_now()};
}

static bool wait_in(Cache *cache, CacheFlight *flight, CacheWaiter *waiter)
{
    if (atomic_fetch_add(&cache->waiting, 1) >= CACHE_WAITERS_MAX) {
        atomic_fetch_sub(&cache->waiting, 1);
        return false;
    }
    *waiter = (CacheWaiter){.arrived = tags_now()};
    *flight->end = waiter;
    flight->end = &waiter->next;
    return true;
}

void flight_board(Cache *cache, CacheShard *shard, const CacheKey *key, CacheWaiter *waiter,
                  CacheLook *look)
{
    CacheFlight **link = find_flight(shard, key), *flight = *link;
    if (!flight) {
        flight = *link = flight_new(key);
        look->lead = lead(flight);
        look->found = CACHE_LEAD;
    } else if (monotonic_us() - flight->led_us > cache->options.slow_us) {
        metric_add(cache->series.replaced, 1);
        look->lead = lead(flight);
        look->found = CACHE_LEAD;
    } else {
        look->found = wait_in(cache, flight, waiter) ? CACHE_WAIT : CACHE_ALONE;
    }
}

/* Moves those who may have the answer to *served; the others stay, in their order. */
static void serve(Cache *cache, CacheFlight *flight, uint64_t moment, bool fresh,
                  CacheWaiter **served)
{
    CacheWaiter *waiter = flight->first;
    flight->first = NULL;
    flight->end = &flight->first;
    while (waiter) {
        CacheWaiter *next = waiter->next;
        waiter->next = NULL;
        if (fresh || waiter->arrived <= moment) {
            *served = waiter;
            served = &waiter->next;
            atomic_fetch_sub(&cache->waiting, 1);
        } else {
            *flight->end = waiter;
            flight->end = &waiter->next;
        }
        waiter = next;
    }
}

static CacheWaiter *release_all(Cache *cache, CacheFlight *flight)
{
    CacheWaiter *all = flight->first;
    for (const CacheWaiter *waiter = all; waiter; waiter = waiter->next)
        atomic_fetch_sub(&cache->waiting, 1);
    flight->first = NULL;
    flight->end = &flight->first;
    return all;
}

static void appoint(Cache *cache, CacheFlight *flight, CacheLanding *landing)
{
    CacheWaiter *heir = flight->first;
    flight->first = heir->next;
    if (!heir->next) flight->end = &flight->first;
    heir->next = NULL;
    atomic_fetch_sub(&cache->waiting, 1);
    landing->heir = heir;
    landing->lead = lead(flight);
}

/* A flight without leaders has nobody in it. */
static void end_flight(CacheShard *shard, CacheFlight *flight)
{
    if (flight->leaders > 0) return;
    assert(!flight->first);
    CacheFlight **link = &shard->flights;
    while (*link != flight) link = &(*link)->chain;
    *link = flight->chain;
    free(flight);
}

void flight_land(Cache *cache, CacheShard *shard, const CacheLead *lead, CacheVerdict verdict,
                 CacheLanding *landing)
{
    CacheFlight *flight = lead->flight;
    flight->leaders--;
    flight->failures = 0;
    if (verdict == VERDICT_UNKNOWN)
        landing->released = release_all(cache, flight);
    else
        serve(cache, flight, lead->moment, verdict == VERDICT_FRESH, &landing->served);
    if (flight->first) appoint(cache, flight, landing);
    end_flight(shard, flight);
}

CacheLanding cache_fail(Cache *cache, const CacheLead *lead)
{
    CacheLanding landing = {0};
    CacheFlight *flight = lead->flight;
    CacheShard *shard = cache_shard(cache, flight->hash);
    pthread_mutex_lock(&shard->lock);
    flight->leaders--;
    flight->failures++;
    if (flight->failures >= CACHE_FAILURES_MAX)
        landing.released = release_all(cache, flight);
    else if (flight->leaders == 0 && flight->first)
        appoint(cache, flight, &landing);
    end_flight(shard, flight);
    pthread_mutex_unlock(&shard->lock);
    return landing;
}
