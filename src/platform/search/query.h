/* A question, understood. Inside of platform/search. */
#ifndef PLATFORM_SEARCH_QUERY_H
#define PLATFORM_SEARCH_QUERY_H

#include "platform/search/search.h"

/* Texts are searched in the shop's own language and, when the question names one, in a translation:
 * each has its own stems. */
enum { QUERY_OWN, QUERY_TRANSLATION, QUERY_LANGUAGES };

/* One word. It fits a word of a text that is written like it, or like its stem, or has its stem. */
typedef struct QueryWord {
    Str text;
    Str stems[QUERY_LANGUAGES];
    Str source; /* where it stands in the question */
} QueryWord;

typedef struct QueryPhrase {
    Str words[SEARCH_PHRASE_WORDS_MAX];
    size_t n;
} QueryPhrase;

struct SearchQuery {
    Str locale;                            /* in lower case; empty: the shop's own language alone */
    int languages;                         /* of QueryWord.stems: 1 or 2 */
    const char *language[QUERY_LANGUAGES]; /* of stem_of */
    QueryWord words[SEARCH_WORDS_MAX];     /* all must be there; those of phrases too */
    size_t n;
    bool prefix;                             /* the last of `words` may go on */
    QueryPhrase phrases[SEARCH_PHRASES_MAX]; /* of two words and more */
    size_t phrase_count;
    QueryWord excluded[SEARCH_EXCLUDED_MAX];
    size_t excluded_count;
    QueryPhrase excluded_phrases[SEARCH_EXCLUDED_MAX];
    size_t excluded_phrase_count;
    Str code; /* the whole, as a code; empty when it can be none */
    bool code_prefix;
    Str text; /* what was asked, without blanks around it; QueryWord.source are parts of it */
};

/* search_parse; the last word may go on when it has at least so many letters. */
const SearchQuery *query_parse(Arena *arena, Str q, Str locale, size_t prefix_min);

/* A language tag in lower case; empty when it is none (RFC 5646: letters, digits, hyphens). */
Str query_locale(Arena *arena, Str locale);

#endif
