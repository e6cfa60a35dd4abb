/* The order of changes, and who has seen which.
 *
 * One counter, the epoch, numbers all changes. A fixed table of slots, found by the hash of (kind,
 * id), holds for each tag the number of its last change. An answer remembers the epoch from before
 * its snapshot and the slots of its tags; it holds as long as none of them has a larger number.
 * There is no list of answers by tag that could grow, leak, or need a lock, and a change costs two
 * stores, however many answers it makes void.
 *
 * Why this is right. A writer commits (C), then takes a number e = ++epoch (B1), then stores it in
 * the slot (B2), then is answered (A). A reader takes m = epoch (R1), opens its snapshot (R2), makes
 * the answer, and publishes it with m. Nothing else orders the two. The cases:
 *
 *   - R1 before B1: m < e. From B2 on the answer does not hold, whether its snapshot was before C
 *     or after. Between B1 and B2 an old answer still holds, but the writer has not been answered:
 *     nobody can know of the change, and reader and writer ran at the same time.
 *   - R1 after B1: m >= e, and the answer holds against this change. Then C came before B1, B1
 *     before R1, R1 before R2: the snapshot has the change.
 *
 * So an answer that lacks a change never holds after that change's writer was answered, however
 * long its reader lingered between snapshot and publication: it is judged when it is used, not
 * when it is published. test_cached.c stops readers and writers at each of these places.
 *
 * "C before B1 before R1 before R2 means that the snapshot has C" is what a database promises to
 * those who can order their steps: SQLite's next read transaction and PostgreSQL's next snapshot see
 * what COMMIT has returned for. The epoch is read and advanced by sequentially consistent
 * operations, so that R1 that sees e also happens after C.
 *
 * Two changes of one slot: the larger number must stay, whoever stores last, or an answer from
 * between the two would hold again; hence the loop in raise().
 *
 * Rejected: a generation for each tag in a map (it must be kept for ever, or be swept, for ids that
 * strangers invent), versions in the documents themselves (a list changes when something that was
 * not on it appears), deleting entries by tag (races with readers that have not published yet, which
 * is the very mistake that this order of steps excludes). */
#include "platform/cache/tags.h"

#include "base/hash.h"
#include "platform/telemetry/fault.h"

#include <stdatomic.h>

FAULT_POINT(
    fault_between, "cache.bump.between",
    "A change is committed and has its number; no answer is void yet, and its writer is not "
    "answered.");

/* 512 KB of address space, of which only what is stored to is backed. With 20 tags on a list and
 * one unrelated change a second, a shared slot voids the list once in an hour by mistake. */
enum { SLOT_BITS = 16, SLOT_COUNT = 1 << SLOT_BITS };

static _Atomic uint64_t epoch = 1;
static _Atomic uint64_t changes[SLOT_COUNT];
static _Atomic uint64_t all; /* the last change of everything */

TagSlot tag_slot(const char *kind, Id id)
{
    uint64_t hash = hash_fast(str_from(kind)) + (uint64_t)id.n * 0x9E3779B97F4A7C15u;
    hash = (hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9u; /* as SplitMix64 mixes (random.c) */
    return (TagSlot)((hash ^ (hash >> 27)) >> (64 - SLOT_BITS));
}

uint64_t tags_now(void)
{
    return atomic_load(&epoch);
}

bool tags_hold(uint64_t moment, const TagSlot *slots, size_t count)
{
    bool hold = atomic_load_explicit(&all, memory_order_acquire) <= moment;
    for (size_t i = 0; i < count; i++)
        hold &= atomic_load_explicit(&changes[slots[i]], memory_order_acquire) <= moment;
    return hold;
}

/* To `number`, unless it is larger already. */
static void raise_to(_Atomic uint64_t *slot, uint64_t number)
{
    uint64_t before = atomic_load_explicit(slot, memory_order_relaxed);
    while (before < number && !atomic_compare_exchange_weak(slot, &before, number)) continue;
}

void cache_bump(const char *kind, Id id)
{
    uint64_t number = atomic_fetch_add(&epoch, 1) + 1;
    FAULT(&fault_between);
    raise_to(&changes[tag_slot(kind, id)], number);
    raise_to(&changes[tag_slot(kind, (Id){0})], number);
}

void cache_bump_all(void)
{
    raise_to(&all, atomic_fetch_add(&epoch, 1) + 1);
}
