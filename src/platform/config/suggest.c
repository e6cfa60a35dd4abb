#include "platform/config/suggest.h"

size_t suggest_distance(Str a, Str b)
{
    if (a.n > SUGGEST_WORD_MAX || b.n > SUGGEST_WORD_MAX) return SIZE_MAX;
    size_t rows[3][SUGGEST_WORD_MAX + 1]; /* of the matrix: the present one and the two before */
    size_t *before = rows[0], *last = rows[1], *row = rows[2];
    for (size_t j = 0; j <= b.n; j++) last[j] = j;
    for (size_t i = 1; i <= a.n; i++) {
        row[0] = i;
        for (size_t j = 1; j <= b.n; j++) {
            size_t least = last[j - 1] + (a.p[i - 1] != b.p[j - 1]);
            if (last[j] + 1 < least) least = last[j] + 1;
            if (row[j - 1] + 1 < least) least = row[j - 1] + 1;
            bool swapped = i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1];
            if (swapped && before[j - 2] + 1 < least) least = before[j - 2] + 1;
            row[j] = least;
        }
        size_t *oldest = before;
        before = last, last = row, row = oldest;
    }
    return last[b.n];
}

Suggestion suggest_for(Str typed)
{
    size_t tolerated = typed.n / 3 > 1 ? typed.n / 3 : 1;
    return (Suggestion){.typed = typed, .best = S(""), .distance = tolerated + 1};
}

void suggest_consider(Suggestion *suggestion, Str candidate)
{
    size_t distance = suggest_distance(suggestion->typed, candidate);
    if (distance >= suggestion->distance) return;
    suggestion->distance = distance;
    suggestion->best = candidate;
}

Str suggest_text(Arena *arena, const Suggestion *suggestion, const char *prefix)
{
    if (suggestion->best.n == 0) return S("");
    return str_format(arena, ": did you mean \"%s%.*s\"?", prefix, STR_ARG(suggestion->best));
}
