#include "platform/search/engine.h"

/* Least significant byte first; a byte that is the same everywhere is no pass. Ids begin with the
 * time at which they were made, so half of their bytes are. */
static void sort_by_id(Arena *arena, Hit *hits, size_t n)
{
    Hit *from = hits, *to = NEW_N(arena, Hit, n);
    for (int shift = 0; shift < 64; shift += 8) {
        size_t at[257] = {0};
        for (size_t i = 0; i < n; i++) at[((uint64_t)from[i].id >> shift & 255) + 1]++;
        if (at[((uint64_t)from[0].id >> shift & 255) + 1] == n) continue;
        for (int byte = 0; byte < 256; byte++) at[byte + 1] += at[byte];
        for (size_t i = 0; i < n; i++) to[at[(uint64_t)from[i].id >> shift & 255]++] = from[i];
        Hit *swap = from;
        from = to;
        to = swap;
    }
    if (from != hits) memcpy(hits, from, n * sizeof *hits);
}

static bool is_sorted(const HitList *hits)
{
    for (size_t i = 1; i < hits->n; i++)
        if (hits->items[i - 1].id >= hits->items[i].id) return false;
    return true;
}

void hits_settle(Arena *arena, HitList *hits)
{
    if (is_sorted(hits)) return;
    sort_by_id(arena, hits->items, hits->n);
    size_t kept = 0;
    for (size_t i = 1; i < hits->n; i++) {
        if (hits->items[i].id == hits->items[kept].id)
            hits->items[kept].mask |= hits->items[i].mask;
        else
            hits->items[++kept] = hits->items[i];
    }
    hits->n = kept + 1;
}

/* ---- Merging --------------------------------------------------------------------------------- */

void hits_join(Arena *arena, HitList *hits, HitList others)
{
    if (!others.n) return;
    if (!hits->n) {
        *hits = others;
        return;
    }
    HitList all = {NEW_N(arena, Hit, hits->n + others.n), 0};
    size_t i = 0, k = 0;
    while (i < hits->n && k < others.n) {
        Hit a = hits->items[i], b = others.items[k];
        i += a.id <= b.id;
        k += b.id <= a.id;
        Hit hit = a.id <= b.id ? a : b;
        if (a.id == b.id) hit.mask |= b.mask;
        all.items[all.n++] = hit;
    }
    memcpy(all.items + all.n, hits->items + i, (hits->n - i) * sizeof(Hit));
    all.n += hits->n - i;
    memcpy(all.items + all.n, others.items + k, (others.n - k) * sizeof(Hit));
    all.n += others.n - k;
    *hits = all;
}

void hits_meet(HitList *hits, const HitList *others)
{
    size_t kept = 0;
    for (size_t i = 0, k = 0; i < hits->n && k < others->n;) {
        Hit a = hits->items[i], b = others->items[k];
        if (a.id == b.id) hits->items[kept++] = (Hit){a.id, a.mask | b.mask};
        i += a.id <= b.id;
        k += b.id <= a.id;
    }
    hits->n = kept;
}

void hits_mark(HitList *hits, const int64_t *ids, size_t n, uint64_t mask)
{
    for (size_t i = 0, k = 0; i < hits->n && k < n; i++) {
        while (k < n && ids[k] < hits->items[i].id) k++;
        if (k < n && ids[k] == hits->items[i].id) hits->items[i].mask |= mask;
    }
}

void hits_keep(HitList *hits, const int64_t *ids, size_t n, bool inside)
{
    size_t kept = 0;
    for (size_t i = 0, k = 0; i < hits->n; i++) {
        while (k < n && ids[k] < hits->items[i].id) k++;
        bool in = k < n && ids[k] == hits->items[i].id;
        if (in == inside) hits->items[kept++] = hits->items[i];
    }
    hits->n = kept;
}
