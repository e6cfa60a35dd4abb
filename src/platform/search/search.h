/* Full-text search over objects of any kind ("product", "article"), the same on both databases. See
 * docs/internals/search.md.
 *
 * Each object has one entry in the index: a title, tags and a description in the shop's own
 * language and in any number of others, and codes (SKUs, barcodes). The entry is replaced in the
 * transaction that changes the object, and a search that begins when it has been committed sees it;
 * a search inside of a WRITE transaction sees what that has put.
 *
 * What is found by words depends on the tag SEARCH_WORDS_TAG (cache_depends), whatever the kind.
 * Other processes learn of an object's new words by changed(cx, kind, id), which its writer says
 * in any case.
 *
 * Words are made by our own code (words.h): accents, case and width do not count, words of one stem
 * find each other. What is typed in between quotes is found as it stands. */
#ifndef PLATFORM_SEARCH_SEARCH_H
#define PLATFORM_SEARCH_SEARCH_H

#include "meta/type.h"
#include "platform/db/db.h"
#include "platform/module.h"
#include "platform/search/limits.h"

/* The language of texts whose locale is "": a BCP 47 tag such as "en" or "de-AT". Once, before the
 * first text is put or asked for; "en" until then. What was put under another language keeps its
 * old words until it is put again. */
void search_set_language(Str language);

#define SEARCH_WORDS_TAG "search"

/* ---- Putting in ---------------------------------------------------------------------- */

typedef struct SearchText {
    Str locale; /* "": the shop's own language; else a BCP 47 tag: a translation */
    Str title;
    StrList tags; /* also words like the vendor and the categories */
    Str body;     /* Markdown */
} SearchText;

typedef struct SearchTextList {
    const SearchText *items;
    size_t n;
} SearchTextList;

/* Puts the object into the index, or replaces what was there: all its languages at once. `codes`
 * are found whole or by their beginning, whatever stands between their letters and digits. In the
 * transaction that changes the object. Costs next to nothing when nothing has changed. `kind`: a
 * literal of a-z and _. */
void search_put(Ctx *cx, const char *kind, Id id, SearchTextList texts, StrList codes);
void search_remove(Ctx *cx, const char *kind, Id id);

/* ---- Asking -------------------------------------------------------------------------- */

/* What somebody typed, understood: every word must be there (or one of its stem); "words in quotes"
 * stand beside each other as they are; -word and -"words" must not be there; the last word, unless
 * a blank follows, may go on in titles and tags. Small words (the, und, de) count only inside of
 * quotes or when there are no others. The whole may also be a code. */
typedef struct SearchQuery SearchQuery;

/* Any bytes are understood somehow; what is beyond the limits is not. `locale`: texts of this
 * translation are searched beside those of the shop's own language; "" searches those alone. */
const SearchQuery *search_parse(Arena *arena, Str q, Str locale);

/* Is there nothing to look for: no word, no phrase, no code? Then the result is empty as well. */
bool search_is_empty(const SearchQuery *query);

/* The ids that fit, each once, in no order, with their scores: title over tags over description, the
 * word as written over its stem, words beside each other over words apart, the whole title on top.
 * Scores are the same on both databases and mean nothing outside of one result. */
typedef struct SearchHits {
    Id *ids;
    int32_t *scores;
    size_t n;
    /* The question that was really answered, when nothing fits what was written and its spelling
     * was mended; empty otherwise. */
    Str corrected;
    const SearchQuery *query; /* the same, understood: for highlights */
} SearchHits;

SearchHits search_run(Ctx *cx, const char *kind, const SearchQuery *query);

/* ---- Showing ------------------------------------------------------------------------- */

/* The plain text as HTML: escaped, with <mark> around the words that were found. When it is longer
 * than `max_chars` characters, the part of it that says most about the query, with "…" where it was
 * cut. */
Str search_highlight(Arena *arena, const SearchQuery *query, Str text, size_t max_chars);

/* The same for Markdown, whose marks are left out. */
Str search_excerpt(Arena *arena, const SearchQuery *query, Str markdown, size_t max_chars);

/* What the person at the search box may want to type: up to `limit` questions that begin with what
 * is there, best first. Each of them finds something. */
StrList search_suggest(Ctx *cx, const char *kind, Str locale, Str typed, size_t limit);

/* The tables. */
extern const Module search_module;

#endif
