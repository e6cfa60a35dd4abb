/* Memory of the store itself: from malloc, since rows come and go one by one. What grows with a
 * merchant's data has limits (limits.h) or is the data, so running out is the machine's end, as it
 * is for arenas. */
#ifndef PLATFORM_COLUMNS_MEMORY_H
#define PLATFORM_COLUMNS_MEMORY_H

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Room for `count` objects of `size` bytes at `p` (NULL: new); aborts when there is none. */
static inline void *memory_resize(void *p, size_t count, size_t size)
{
    void *moved = reallocarray(p, count ? count : 1, size);
    if (!moved) abort();
    return moved;
}

/* The same, new and zeroed. */
static inline void *memory_zeroed(size_t count, size_t size)
{
    void *p = calloc(count ? count : 1, size);
    if (!p) abort();
    return p;
}

/* The capacity to take when `needed` no longer fits: a quarter more, so that growing costs a constant
 * for each element and wastes a tenth on average. */
static inline size_t memory_capacity(size_t needed)
{
    return needed + needed / 4 + 8;
}

#endif
