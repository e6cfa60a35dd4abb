/* Texts in one form: NFKC (Unicode Standard Annex 15), so that it does not matter how something was typed. */
#ifndef META_NFKC_H
#define META_NFKC_H

#include "base/str.h"

/* The text in NFKC; with `fold` also without case (the default case folding). In `arena`; without a
 * pointer when it is no UTF-8. */
Str nfkc(Arena *arena, Str text, bool fold);

#endif
