#include "platform/search/vocabulary.h"

#include <utf8proc.h>

size_t spelling_points(Str word, int32_t out[static SPELLING_WORD_MAX])
{
    size_t n = 0;
    for (size_t at = 0; at < word.n;) {
        int32_t c;
        utf8proc_ssize_t bytes = utf8proc_iterate((const utf8proc_uint8_t *)word.p + at,
                                                  (utf8proc_ssize_t)(word.n - at), &c);
        if (bytes <= 0 || n == SPELLING_WORD_MAX) return 0;
        out[n++] = c;
        at += (size_t)bytes;
    }
    return n;
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

int spelling_distance(const int32_t *a, size_t a_count, const int32_t *b, size_t b_count, int max)
{
    int rows[3][SPELLING_WORD_MAX + 1];
    int *before = rows[0], *last = rows[1], *now = rows[2];
    for (size_t k = 0; k <= b_count; k++) last[k] = (int)k;
    for (size_t i = 1; i <= a_count; i++) {
        int best = now[0] = (int)i;
        for (size_t k = 1; k <= b_count; k++) {
            int cost = least(least(last[k], now[k - 1]) + 1, last[k - 1] + (a[i - 1] != b[k - 1]));
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
                cost = least(cost, before[k - 2] + 1);
            now[k] = cost;
            best = least(best, cost);
        }
        if (best > max + 1) return max + 1; /* a swap reaches two rows back */
        int *oldest = before;
        before = last;
        last = now;
        now = oldest;
    }
    return least(last[b_count], max + 1);
}
