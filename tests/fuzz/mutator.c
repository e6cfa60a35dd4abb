#include "mutator.h"

#include <stdlib.h>

bool fuzz_replace(FuzzText *t, size_t from, size_t to, const uint8_t *bytes, size_t n)
{
    if (n > t->max - (t->n - (to - from))) return false;
    memmove(t->p + from + n, t->p + to, t->n - to);
    if (n) memcpy(t->p + from, bytes, n);
    t->n = t->n - (to - from) + n;
    return true;
}

uint8_t *fuzz_copy(const uint8_t *text, size_t from, size_t to, size_t before)
{
    uint8_t *copy = malloc(to - from + before + 1);
    if (!copy) abort();
    if (to > from) memcpy(copy + before, text + from, to - from);
    return copy;
}

bool fuzz_change(FuzzText *t, size_t from, size_t to)
{
    size_t n = to - from, room = t->max - t->n + n;
    if (!room) return false;
    uint8_t *bytes = malloc(room);
    if (!bytes) abort();
    memcpy(bytes, t->p + from, n);
    bool fine = fuzz_replace(t, from, to, bytes, LLVMFuzzerMutate(bytes, n, room));
    free(bytes);
    return fine;
}
