/* The score of a hit: integers, from the mask alone, so that both databases give the same.
 *
 * All words of a question are in every hit, so what tells hits apart is where they stand. A word in
 * the title says what the thing is, a tag what sort it is of, the description mentions; a word as
 * written is a little more than its stem. Words beside each other in the title, at its beginning or
 * its end, are worth more than apart, and a title that is the question is on top.
 *
 * No frequencies. bm25 weighs how rare a word is among all texts and how often it stands in one. The
 * first tells apart hits that lack a word, and here none does; the second rewards those who repeat
 * themselves. And both would need what the two databases count differently. */
#include "platform/search/engine.h"

enum {
    WORTH_CODE = 1000000,
    WORTH_CODE_PREFIX = 500000,
    WORTH_WHOLE_TITLE = 100000,
    WORTH_PAIR = 25,
    WORTH_LAST = 10,
    WORTH_FIRST = 6,
};

/* Of the best place. */
static int32_t worth_of(uint64_t places)
{
    if (places & PLACE_WRITTEN) return 100;
    if (places & PLACE_TITLE) return 90;
    return places & PLACE_TAG ? 40 : 10;
}

int32_t rank_score(const SearchQuery *query, uint64_t mask)
{
    int32_t score = 0;
    if (mask & MASK_CODE)
        score += WORTH_CODE;
    else if (mask & MASK_CODE_PREFIX)
        score += WORTH_CODE_PREFIX;
    if (!(mask & MASK_WORDS)) return score;
    size_t pairs = 0;
    for (size_t i = 0; i < query->n; i++) {
        score += worth_of(mask >> i * PLACE_BITS);
        if (mask & MASK_PAIR(i)) pairs++;
    }
    bool first = mask & MASK_FIRST, last = mask & MASK_LAST;
    score += (int32_t)pairs * WORTH_PAIR + (first ? WORTH_FIRST : 0) + (last ? WORTH_LAST : 0);
    return score + (first && last && pairs + 1 == query->n ? WORTH_WHOLE_TITLE : 0);
}
