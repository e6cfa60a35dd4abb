/* The ids of the shop's own accounts: they are in every posting, are few, and are never deleted.
 *
 * An id is known only after the commit of a transaction that has seen it, whether it made the account
 * or found it: on SQLite what is found may be a neighbour's in the same commit, on PostgreSQL one's
 * own, and both may still be rolled back. */
#include "modules/ledger/own.h"

#include "modules/ledger/types.h"

#include <pthread.h>

enum { KNOWN_MAX = 256 }; /* five kinds in fifty currencies; with more, it begins anew */

typedef struct Own {
    uint64_t serial; /* of the database */
    const LedgerKind *kind;
    char unit[LEDGER_UNIT_MAX];
    size_t unit_length;
    Id account;
} Own;

static struct {
    pthread_rwlock_t lock;
    Own all[KNOWN_MAX];
    size_t n;
} known = {.lock = PTHREAD_RWLOCK_INITIALIZER};

/* Under the lock; 0: none. */
static Id find(uint64_t serial, const LedgerKind *kind, Str unit)
{
    for (size_t i = 0; i < known.n; i++) {
        const Own *own = &known.all[i];
        if (own->kind == kind && own->serial == serial &&
            str_eq((Str){own->unit, own->unit_length}, unit))
            return own->account;
    }
    return (Id){0};
}

Id ledger_own_known(Ctx *cx, const LedgerKind *kind, Str unit)
{
    if (kind->owner) return (Id){0};
    pthread_rwlock_rdlock(&known.lock);
    Id account = find(db_serial(cx), kind, unit);
    pthread_rwlock_unlock(&known.lock);
    return account;
}

static void remember(void *arg)
{
    const Own *own = arg;
    pthread_rwlock_wrlock(&known.lock);
    if (!find(own->serial, own->kind, (Str){own->unit, own->unit_length}).n) {
        if (known.n == KNOWN_MAX) known.n = 0;
        known.all[known.n++] = *own;
    }
    pthread_rwlock_unlock(&known.lock);
}

void ledger_own_found(Ctx *cx, const LedgerKind *kind, Str unit, Id account)
{
    if (kind->owner || !account.n || unit.n > LEDGER_UNIT_MAX) return;
    Own *own = NEW(cx->arena, Own);
    *own = (Own){.serial = db_serial(cx), .kind = kind, .unit_length = unit.n, .account = account};
    memcpy(own->unit, unit.p, unit.n);
    ctx_after_commit(cx, remember, own);
}
