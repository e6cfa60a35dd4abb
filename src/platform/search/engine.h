/* What differs between the databases, and what both are given. Inside of platform/search.
 *
 * search.c turns an object into an Entry and a question into a SearchQuery; an engine keeps the
 * first and answers the second with hits: the id, and a mask that says where its words stand, from
 * which rank.c makes the score. So what fits and what comes first is decided once, and the engines
 * only find it. */
#ifndef PLATFORM_SEARCH_ENGINE_H
#define PLATFORM_SEARCH_ENGINE_H

#include "platform/search/query.h"
#include "platform/search/words.h"

/* ---- Putting in ---------------------------------------------------------------------- */

typedef struct EntryWord {
    Str text, stem;
    bool extra;  /* stands beside another word: has no place in the order */
    bool begins; /* the first word of a tag */
} EntryWord;

typedef struct EntryWords {
    EntryWord *items;
    size_t n;
} EntryWords;

typedef struct EntryText {
    Str locale; /* in lower case */
    EntryWords title, tags, body;
} EntryText;

/* All that the index knows of an object. */
typedef struct Entry {
    const char *kind;
    Id id;
    int64_t digest; /* of all that follows */
    EntryText *texts;
    size_t text_count;
    StrList codes; /* letters and digits only */
    Str titles;    /* a line for each text: its locale, a tab, its title */
} Entry;

/* ---- Asking -------------------------------------------------------------------------- */

/* A hit's mask. Where word i of the question stands in the object: three bits, none for the
 * description (or for the beginning of a longer word). Titles and tags count whichever of the
 * question's languages they are in. */
#define PLACE_TAG            1 /* as written or by its stem */
#define PLACE_TITLE          2 /* likewise */
#define PLACE_WRITTEN        4 /* in the title as written */
#define PLACE_BITS           3

#define MASK_PLACE(i, place) ((uint64_t)(place) << ((i)*PLACE_BITS))

/* Further bits: word i and the next one stand beside each other in the title, by their stems; the
 * title begins with the first word, ends with the last; the whole question is a code of the object,
 * or the beginning of one; it was found by its words, not by a code alone. */
#define MASK_PAIR(i)     ((uint64_t)1 << (SEARCH_WORDS_MAX * PLACE_BITS + (i)))
#define MASK_FIRST       ((uint64_t)1 << 59)
#define MASK_LAST        ((uint64_t)1 << 60)
#define MASK_CODE        ((uint64_t)1 << 61)
#define MASK_CODE_PREFIX ((uint64_t)1 << 62)
#define MASK_WORDS       ((uint64_t)1 << 63)

_Static_assert(SEARCH_WORDS_MAX *(PLACE_BITS + 1) <= 59, "the words' bits would meet the others");

typedef struct Hit {
    int64_t id;
    uint64_t mask;
} Hit;

typedef struct HitList {
    Hit *items; /* by id */
    size_t n;
} HitList;

typedef struct Engine {
    /* Notes what is about to be put, without its words. False: it is there already, by its digest. */
    bool (*claim)(Ctx *cx, const Entry *entry);
    void (*put)(Ctx *cx, const Entry *entry); /* after a claim that was true */
    void (*remove)(Ctx *cx, const char *kind, Id id);
    HitList (*find)(Ctx *cx, const char *kind, const SearchQuery *query);

    /* How many objects have all the words, wherever they stand; counted up to a few thousand.
     * Phrases, exclusions and codes are not asked about. */
    int64_t (*count)(Ctx *cx, const char *kind, const SearchQuery *query);
} Engine;

extern const Engine engine_sqlite, engine_postgres;

/* Sorts by id and joins the masks of hits with the same id. */
void hits_settle(Arena *arena, HitList *hits);

/* ---- Scores (rank.c) ----------------------------------------------------------------- */

int32_t rank_score(const SearchQuery *query, uint64_t mask);

/* ---- Suggestions (suggest.c) --------------------------------------------------------- */

StrList suggest_ways(Ctx *cx, const SearchQuery *query, const HitList *hits, size_t limit);

#endif
