/* Which texts were met before, and on which line: some 40 bytes for each, with what growing leaves
 * behind. By their 64-bit hashes: of a million handles two are taken for the same with a probability of
 * 3 in a hundred million. */
#ifndef MODULES_CATALOG_TRANSFER_SEEN_H
#define MODULES_CATALOG_TRANSFER_SEEN_H

#include "base/str.h"

typedef struct SeenSlot {
    uint64_t hash; /* 0: free */
    int64_t line;
} SeenSlot;

typedef struct Seen {
    Arena *arena;
    SeenSlot *slots;
    size_t n, capacity;
} Seen;

Seen seen_new(Arena *arena);

/* The line on which the text was met first; 0 when it was not. */
int64_t seen_line(const Seen *seen, Str text);

/* Notes it, unless it was met before. */
void seen_add(Seen *seen, Str text, int64_t line);

#endif
