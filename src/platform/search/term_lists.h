/* TermLists: which objects have a term, and where, in the memory of the process.
 *
 * A shop's visitors ask with few words. What the database says about one of them is kept until the
 * words of an object change, so that the next question with that word merges sorted ids in memory.
 * A list is judged when it is used, as an answer of the cache is (cache/tags.c): it holds when no
 * words have changed since before the snapshot that it was read from.
 *
 * Any thread; one lock, held for a look at a hash table. Inside of platform/search. */
#ifndef PLATFORM_SEARCH_TERM_LISTS_H
#define PLATFORM_SEARCH_TERM_LISTS_H

#include "platform/cache/tags.h"
#include "platform/search/engine.h"

/* What a list is judged by. */
typedef struct TermMoment {
    uint64_t moment;  /* before the snapshot; 0: of a transaction that writes, so never kept */
    TagSlot slots[2]; /* of the tags that change with the words */
    size_t slot_count;
} TermMoment;

/* Immutable; who has one gives it back. */
typedef struct TermList {
    size_t n;
    const int64_t *ids;    /* ascending */
    const uint8_t *places; /* of each: TERM_… bits */
} TermList;

/* One reference, or NULL when there is none that holds. */
const TermList *term_lists_get(Str key, const TermMoment *now);

/* One reference to a new list of these hits, whose masks are TERM_… bits. It is kept for others,
 * unless it does not hold any more or is too large; the least used ones give way. */
const TermList *term_lists_add(Str key, const TermMoment *read_at, const HitList *hits);

void term_list_release(const TermList *list);

/* Has this been said of the key before, since words have last changed? */
bool term_lists_wanted(Str key, const TermMoment *now);

#endif
