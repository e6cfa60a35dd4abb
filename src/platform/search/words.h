/* Words: what the index and the questions to it are made of. The same text gives the same words
 * wherever it stands. Inside of platform/search.
 *
 * A word is a run of letters, marks and digits (Unicode categories), folded: NFKC, case folding,
 * without accents. What is special:
 *
 *   chef's        one word, chefs, whose stem is chef; l'eau is two: l, eau
 *   T-shirt       two words, t and shirt, and beside them tshirt
 *   500ml, 500 ml two words: 500, ml; but mp3, a4, wh1000xm4 are one
 *   1.5 and 1,5   one word: 1.5
 *   ケーキ屋        scripts without blanks: each two neighbours are a word; its stem is the first of
 *                 them, so that one character finds it
 */
#ifndef PLATFORM_SEARCH_WORDS_H
#define PLATFORM_SEARCH_WORDS_H

#include "base/str.h"

typedef struct Word {
    Str text; /* folded */
    Str stem; /* folded; the same as `text` where there is none */
    Str base; /* what stems are made of: folded but for accents; empty where there are none */
    size_t from, to; /* bytes of the source */
    bool extra;      /* stands beside another word: has no place in the order of words */
    bool pair;       /* of a script without blanks */
} Word;

typedef struct WordReader WordReader;

/* `language`: of the stems, as stem_language gives it; NULL: no stems. The words live as long as the
 * arena. */
WordReader *words_begin(Arena *arena, Str text, const char *language);
bool words_next(WordReader *reader, Word *out);

/* The letters and digits of `text`, folded, with nothing between them: what codes are compared by.
 * At most SEARCH_CODE_MAX bytes. */
Str words_code(Arena *arena, Str text);

/* ---- Stems (stem.c) ------------------------------------------------------------------ */

/* The language that the stemmer knows for a locale ("" is the shop's own): a pointer that stays, or
 * NULL. */
const char *stem_language(Str locale);
void stem_set_own(Str locale);

/* The stem of a word's base, folded. Empty when the stemmer makes nothing of it. */
Str stem_of(Arena *arena, const char *language, Str base);

/* Is it one of the language's small words (the, und, de)? `text` is folded. */
bool stem_is_small(const char *language, Str text);

#endif
