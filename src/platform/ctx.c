#include "platform/ctx.h"

#include <assert.h>

struct BeforeCommit {
    struct BeforeCommit *before;
    void (*f)(Ctx *cx, void **items, size_t n);
    void *item;
};

void ctx_before_commit(Ctx *cx, void (*f)(Ctx *cx, void **items, size_t n), void *item)
{
    assert(cx->db);
    BeforeCommit *entry = NEW(cx->arena, BeforeCommit);
    *entry = (BeforeCommit){cx->before_commit, f, item};
    cx->before_commit = entry;
}

/* Takes what is f's out of entries that are newest first. Returns how many those were; `items` has
 * room for `n`, and they are at its end. */
static size_t take_items(BeforeCommit **entries, void (*f)(Ctx *cx, void **items, size_t n),
                         void **items, size_t n)
{
    size_t first = n;
    for (BeforeCommit *entry; (entry = *entries);) {
        if (entry->f != f) {
            entries = &entry->before;
            continue;
        }
        items[--first] = entry->item;
        *entries = entry->before;
    }
    return n - first;
}

void ctx_run_before_commit(Ctx *cx)
{
    BeforeCommit *entries = cx->before_commit;
    if (!entries) return;
    cx->before_commit = NULL;
    size_t n = 0;
    for (const BeforeCommit *entry = entries; entry; entry = entry->before) n++;
    void **items = NEW_N(cx->arena, void *, n);
    while (entries) {
        const BeforeCommit *oldest = entries;
        while (oldest->before) oldest = oldest->before;
        size_t count = take_items(&entries, oldest->f, items, n);
        oldest->f(cx, items + n - count, count);
    }
    assert(!cx->before_commit);
}

struct AfterCommit {
    struct AfterCommit *before;
    void (*f)(void *arg);
    void *arg;
};

void ctx_after_commit(Ctx *cx, void (*f)(void *arg), void *arg)
{
    AfterCommit *entry = NEW(cx->arena, AfterCommit);
    *entry = (AfterCommit){cx->after_commit, f, arg};
    cx->after_commit = entry;
}

void ctx_run_after_commit(Ctx *cx)
{
    AfterCommit *oldest = NULL;
    while (cx->after_commit) {
        AfterCommit *entry = cx->after_commit;
        cx->after_commit = entry->before;
        entry->before = oldest;
        oldest = entry;
    }
    for (const AfterCommit *entry = oldest; entry; entry = entry->before) entry->f(entry->arg);
}
