/* db_try: a part of a transaction that may fail by itself. On both databases it is a savepoint. */
#include "platform/db/driver.h"

#include <assert.h>

/* What broke is the part's, and is gone with it; only the constraint's name is kept, for who wants
 * to tell it. */
static void forget_failure(DbConn *c)
{
    c->failure = DB_FINE;
    c->failed_sql = NULL;
    c->detail = S("");
    c->may_repeat = false;
}

bool db_try(Ctx *cx, bool (*run)(Ctx *cx, void *arg), void *arg)
{
    DbConn *c = cx->db;
    assert(c);
    if (c->ask_count) db_settle(cx);
    BeforeCommit *before = cx->before_commit;
    AfterCommit *after = cx->after_commit;
    if (c->failure || !c->ops->save(c)) return false;
    c->constraint = S("");
    bool kept = run(cx, arg);
    if (kept && db_settle(cx)) return c->ops->keep(c); /* what is under way belongs to the part */
    c->ask_count = 0;
    cx->before_commit = before;
    cx->after_commit = after;
    if (c->failure && c->failure != DB_CONSTRAINT) return false;
    forget_failure(c);
    c->ops->undo(c);
    return false;
}
