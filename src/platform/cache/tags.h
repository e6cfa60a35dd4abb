/* Tags: what an answer depends on, and whether it has changed since. For the cache, and for what else
 * in platform is kept in memory beside the database. */
#ifndef PLATFORM_CACHE_TAGS_H
#define PLATFORM_CACHE_TAGS_H

#include "platform/cache/cache.h"

#include <stdbool.h>
#include <stddef.h>

/* The place of a tag. Several tags may share one, which costs an answer now and then, never truth.
 */
typedef uint16_t TagSlot;

TagSlot tag_slot(const char *kind, Id id);

/* The moment that an answer is to be judged by. Taken before its snapshot is opened. */
uint64_t tags_now(void);

/* Has none of the tags changed since `moment`? */
bool tags_hold(uint64_t moment, const TagSlot *slots, size_t count);

#endif
