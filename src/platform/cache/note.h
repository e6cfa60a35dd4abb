/* What a handler has said of the answer that it makes: for the framework, which reads it when the
 * handler has returned. */
#ifndef PLATFORM_CACHE_NOTE_H
#define PLATFORM_CACHE_NOTE_H

#include "platform/cache/tags.h"

/* A list page with its products, category, collection and price list is below it by name; more of
 * one kind is taken as the kind. Bounds what an entry costs and how long a hit takes to judge. */
enum { CACHE_TAGS_MAX = 32 };

typedef struct CacheNote {
    const char *kinds[CACHE_TAGS_MAX];
    TagSlot slots[CACHE_TAGS_MAX]; /* of kinds[i] and an id, or of the whole kind */
    bool whole[CACHE_TAGS_MAX];
    size_t tag_count;
    Time expires; /* 0: nothing was said */
    bool never;
} CacheNote;

/* May the answer be kept? Only one that has named what it depends on. */
bool cache_note_keeps(const CacheNote *note);

#endif
