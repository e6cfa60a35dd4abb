#include "platform/ctx.h"

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
