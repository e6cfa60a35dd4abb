/* The words that texts of a kind have been put with, in the memory of the process: what misspelt
 * words are compared with. Inside of platform/search.
 *
 * Behind it is the table search_vocabulary. It is read once, and then this process adds what its own
 * transactions bring, each word once: who puts a text whose words are all known writes nothing.
 * Words that other processes bring are read when a question needs them and the last reading is a
 * while ago. A word that no text has any more stays; whoever uses one asks the index first. */
#ifndef PLATFORM_SEARCH_VOCABULARY_H
#define PLATFORM_SEARCH_VOCABULARY_H

#include "platform/search/engine.h"

void vocabulary_add(Ctx *cx, const Entry *entry);

typedef struct Candidate {
    Str word;
    int distance;
} Candidate;

typedef struct CandidateList {
    Candidate *items;
    size_t n;
} CandidateList;

/* The words that are at most `distance` (1 or 2) slips of the finger away (spelling_distance), nearest
 * first, then by the alphabet; at most `max`. */
CandidateList vocabulary_near(Ctx *cx, const char *kind, Str word, int distance, size_t max);

bool vocabulary_has(Ctx *cx, const char *kind, Str word);

/* ---- spelling.c ----------------------------------------------------------------------- */

enum { SPELLING_WORD_MAX = 32 }; /* characters; longer words are not compared */

/* Code points of a word; 0 when it has more than SPELLING_WORD_MAX. */
size_t spelling_points(Str word, int32_t out[static SPELLING_WORD_MAX]);

/* The number of letters to add, leave out, replace, or swap with their neighbour, to make one from
 * the other (optimal string alignment, Damerau 1964); `max` + 1 when it is more than `max`. */
int spelling_distance(const int32_t *a, size_t a_count, const int32_t *b, size_t b_count, int max);

#endif
