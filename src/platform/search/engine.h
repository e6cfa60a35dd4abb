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

/* What can be looked up by itself. */
typedef enum TermMark {
    TERM_WRITTEN = ':',     /* a word as written */
    TERM_STEM = '~',        /* words of this stem that are written otherwise */
    TERM_PREFIX = '^',      /* words of titles and tags that begin so */
    TERM_PAIR = '_',        /* two stems that stand beside each other in a title */
    TERM_PHRASE = '"',      /* words as written that follow each other */
    TERM_CODE = '#',        /* a code */
    TERM_CODE_PREFIX = '*', /* codes that begin so */
} TermMark;

typedef struct Term {
    TermMark mark;
    Str locale; /* empty: the shop's own language; codes have none */
    const Str *words;
    size_t n;
} Term;

/* Where an object has a word or stem, its best place: the bits of its hit's mask. None for the
 * description, and for other terms. */
enum {
    TERM_TAG = PLACE_TAG,
    TERM_TITLE = PLACE_TITLE,
    TERM_FIRST = 4, /* a title begins with it */
    TERM_LAST = 8,  /* or ends */
    TERM_PLACES = 16,
};

enum { COUNT_MAX = 4000 };

typedef struct Engine {
    /* Notes what is about to be put, without its words. False: it is there already, by its digest. */
    bool (*claim)(Ctx *cx, const Entry *entry);
    void (*put)(Ctx *cx, const Entry *entry); /* after a claim that was true */
    void (*remove)(Ctx *cx, const char *kind, Id id);

    /* The objects that have the term, with TERM_… places. */
    HitList (*list)(Ctx *cx, const char *kind, const Term *term);

    /* All hits of a question at once, where that costs less than the lists of its terms; else NULL. */
    HitList (*find)(Ctx *cx, const char *kind, const SearchQuery *query);

    /* How many objects have all the words, wherever they stand; at most COUNT_MAX. Phrases,
     * exclusions and codes are not asked about. */
    int64_t (*count)(Ctx *cx, const char *kind, const SearchQuery *query);
} Engine;

extern const Engine engine_sqlite, engine_postgres;

/* ---- Finding (find.c) ---------------------------------------------------------------- */

HitList find_hits(Ctx *cx, const Engine *engine, const char *kind, const SearchQuery *query);

/* Engine.count, from memory when the words are there. */
int64_t find_count(Ctx *cx, const Engine *engine, const char *kind, const SearchQuery *query);

/* ---- Hits (hits.c): all by id -------------------------------------------------------- */

/* Sorts by id and joins the masks of hits with the same id. */
void hits_settle(Arena *arena, HitList *hits);

/* Adds the others; who is in both has the bits of both. */
void hits_join(Arena *arena, HitList *hits, HitList others);

/* Keeps who is in both, with the bits of both. */
void hits_meet(HitList *hits, const HitList *others);

/* Gives the bits to those who are in the set; keeps those who are in it, or those who are not. */
void hits_mark(HitList *hits, const int64_t *ids, size_t n, uint64_t mask);
void hits_keep(HitList *hits, const int64_t *ids, size_t n, bool inside);

/* ---- Scores (rank.c) ----------------------------------------------------------------- */

int32_t rank_score(const SearchQuery *query, uint64_t mask);

/* ---- Suggestions (suggest.c) --------------------------------------------------------- */

StrList suggest_ways(Ctx *cx, const SearchQuery *query, const HitList *hits, size_t limit);

#endif
