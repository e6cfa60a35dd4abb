/* Characters: what is part of a word, and what it looks like when case, accents and width do not
 * count. Inside of platform/search. Pure. */
#ifndef PLATFORM_SEARCH_FOLD_H
#define PLATFORM_SEARCH_FOLD_H

#include "base/str.h"

typedef enum CharClass {
    CHAR_OTHER, /* stands between words */
    CHAR_LETTER,
    CHAR_DIGIT,
    CHAR_MARK, /* goes with the letter before it, or is invisible */
    CHAR_PAIR, /* of a script without blanks */
} CharClass;

/* The character at `at`, and in *bytes its length. A byte that is no UTF-8 is CHAR_OTHER and one
 * long. */
CharClass char_class(Str text, size_t at, size_t *bytes);

/* Is it one of the characters that are written as an apostrophe, as a hyphen, as a quotation mark?
 * The answer is its length in bytes, or 0. */
size_t char_apostrophe(Str text, size_t at);
size_t char_hyphen(Str text, size_t at);
size_t char_quote(Str text, size_t at);

/* The part of a text that is one word, folded: NFKC, case folding, without accents and what is no
 * letter or digit; a comma or dot becomes a dot. *base, where it differs: the same with its accents
 * and apostrophes, which stemmers want; else empty. At most SEARCH_WORD_MAX bytes each. */
Str fold_word(Arena *arena, Str source, Str *base);

/* Without accents alone: for stems. */
Str fold_accents(Arena *arena, Str word);

#endif
