/* What the answer cache allows itself, each with its reason. What an operator may want to change is
 * a setting (cache.bytes, cache.ttl_ms). */
#ifndef PLATFORM_CACHE_LIMITS_H
#define PLATFORM_CACHE_LIMITS_H

enum {
    /* A longer question is answered without the cache: texts that somebody typed seldom come twice,
     * and a key is kept beside each answer. */
    CACHE_KEY_MAX = 1024,

    /* Parts of the table, each behind a lock of its own that is held for less than a microsecond.
     * Sixteen keep as many loops apart as a machine of one shop has; more would split a small cache
     * into parts too small for one large answer. */
    CACHE_SHARDS = 16,
    CACHE_SHARD_LEAST = 1 << 20, /* bytes; below sixteen times that there are fewer parts */
    CACHE_SHARE_MAX = 8,         /* one answer may take an eighth of its part */

    /* Requests that wait for another's answer hold an arena each and no thread. Beyond, a request
     * is answered by itself, and the lane's queue says how many of those there may be. */
    CACHE_WAITERS_MAX = 4096,

    /* An answer that takes longer to be made is asked for again by the next who comes: a hundred
     * times what a list takes, and less than a shopper's patience. */
    CACHE_SLOW_US = 300 * 1000,

    /* So many who led one after the other have failed: those who still wait go each by itself,
     * since a failing database would let the last of them wait as many times as long. */
    CACHE_FAILURES_MAX = 3,

    /* Bytes that a loop unpacks by itself, at two to four gigabytes a second; more is done by a
     * thread of a lane. */
    CACHE_LOOP_UNPACK_MAX = 64 << 10,
};

#endif
