/* "Did you mean …?": the known word nearest to a mistyped one. */
#ifndef PLATFORM_CONFIG_SUGGEST_H
#define PLATFORM_CONFIG_SUGGEST_H

#include "base/str.h"

enum { SUGGEST_WORD_MAX = 64 }; /* bytes of a word that is compared at all; our names are shorter */

/* How many letters have to be inserted, removed, replaced or exchanged with their neighbour to turn
 * one word into the other, each place touched once (optimal string alignment; Damerau 1964). Bytes
 * count as letters. Words longer than SUGGEST_WORD_MAX are SIZE_MAX apart. */
size_t suggest_distance(Str a, Str b);

/* The search for the nearest word, fed candidate by candidate: the winner is the first of the least
 * distance, if that is at most a third of the typed word's length (and at least one letter). */
typedef struct Suggestion {
    Str typed;
    Str best; /* empty: none is near */
    size_t distance;
} Suggestion;

Suggestion suggest_for(Str typed);
void suggest_consider(Suggestion *suggestion, Str candidate);

/* `: did you mean "best"?`, or an empty text when nothing is near. */
Str suggest_text(Arena *arena, const Suggestion *suggestion, const char *prefix);

#endif
