#include "modules/audit/store.h"

#define COLUMNS                                                                                    \
    "id, at, action, actor_kind, actor, impersonator, session, kind, subject, request, origin, "   \
    "changes, person, personal, sequence, hash"

/* What is asked for decides which index is read; the rest is looked at row by row. Ids are given as
 * numbers: one of 0 would be a null. */
#define SELECT(by)                                                                                 \
    db_all(cx, &audit_entry_type,                                                                  \
           "select " COLUMNS " from audit_entries where " by                                       \
           " and ($1 = 0 or (actor = $1 and actor_kind = $2)) "                                    \
           "and ($3 = 0 or (subject = $3 and kind = $4)) "                                         \
           "and (action = $5 or $5 = '') and id >= $6 and id < $7 order by id desc limit $8",      \
           filter->actor.n, filter->actor_kind, filter->subject.n, filter->kind, filter->action,   \
           from, to, filter->limit)

AuditEntryList audit_entries(Ctx *cx, const AuditFilter *filter)
{
    int64_t from = id_first_of(filter->since).n, to = id_first_of(filter->until).n;
    if (filter->before.n && filter->before.n < to) to = filter->before.n;
    AnyList rows = filter->subject.n  ? SELECT("subject = $3")
                   : filter->actor.n  ? SELECT("actor = $1")
                   : filter->action.n ? SELECT("action = $5")
                                      : SELECT("id < $7");
    return DB_LIST(AuditEntryList, rows);
}
