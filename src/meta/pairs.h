/* Fields from names and texts, pair by pair: what query strings and forms have in common.
 *
 * A field that is no list may come once. Lists (StrList, IdList) come as often as they have items;
 * one that is marked .commas is a single text, "a,b,c". */
#ifndef META_PAIRS_H
#define META_PAIRS_H

#include "meta/check.h"

typedef enum PairsOf { PAIRS_PARAMETERS, PAIRS_FORM } PairsOf;

typedef struct Pairs {
    Arena *arena;
    const Type *type;
    char *object;
    PairsOf of; /* a violation's place is "?name" or "/name" */
    Violations *violations;
    size_t before; /* violations that were there already */
    uint64_t seen[TYPE_FIELDS_MAX / 64];
} Pairs;

/* Begins a new object of `type` in the arena. */
Pairs pairs_begin(Arena *arena, const Type *type, PairsOf of, Violations *violations);

/* Reads the text, as in text.h, into the field. It is UTF-8 without NUL, or any bytes for
 * FORMAT_BINARY; the object may keep views of it. */
void pairs_add(Pairs *pairs, const Field *field, Str text);

/* Sees to what no pair has set: what is required, what has an .initial. The object, or NULL when
 * something was wrong since pairs_begin. */
void *pairs_end(Pairs *pairs);

#endif
