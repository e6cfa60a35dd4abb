/* Id: 63 bits made in the program, sortable by the time they were made, shown as a prefix and 13
 * characters.
 *
 *     42 bits milliseconds since 2024-01-01Z | 10 bits node | 11 bits sequence
 *
 * The text is the prefix, "_", and Crockford base32 in lower case ("prod_0d3k9v7m2c8qh"): letters i
 * l o u do not occur; reading accepts capitals and takes i and l for 1 and o for 0, as Crockford
 * asks. 0 is "no id". */
#ifndef BASE_ID_H
#define BASE_ID_H

#include "base/time.h"

typedef struct Id {
    int64_t n;
} Id;

typedef struct IdList {
    Id *items;
    size_t n;
} IdList;

enum {
    ID_DIGITS = 13,
    ID_PREFIX_MAX = 8,
    ID_TEXT_MAX = ID_PREFIX_MAX + 1 + ID_DIGITS,
    ID_NODE_MAX = 1023
};

/* Makes ids for one node; safe to share between threads. Time that runs backwards, or more than
 * 2048 ids in a millisecond, borrow from the future: ids stay unique and ascending. */
typedef struct IdMaker {
    _Atomic int64_t last;
    int node;
} IdMaker;

/* `last_known`: the newest id that this node ever made, or 0. */
void id_maker_init(IdMaker *maker, int node, Id last_known);
Id id_make(IdMaker *maker, Time now);
Time id_time(Id id);

/* The lowest id that can be made at that time: every id made before is lower. Behind all of them for a
 * time that no id has (they end in 2163). */
Id id_first_of(Time time);

/* Writes prefix, "_" and digits; returns the length. `prefix` is without the underscore: "prod". */
size_t id_write(char out[static ID_TEXT_MAX], const char *prefix, Id id);
Str id_text(Arena *arena, const char *prefix, Id id);

/* False, and *out untouched, unless the text is exactly an id of this prefix. */
bool id_parse(Str text, const char *prefix, Id *out);

static inline bool id_eq(Id a, Id b)
{
    return a.n == b.n;
}

#endif
