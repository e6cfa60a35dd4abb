/* The audit trail: who did what, and what was there before and after. See docs/internals/audit.md.
 *
 * Whoever changes identity, permission, money or settings says so, in the transaction that does it:
 *
 *     static const AuditAction user_banned = {"user.banned", "A user may not log in any more."};
 *     audit(cx, &user_banned, "user", user->id, &user_type, before, user);
 *
 * The entry is there with its effect, or not at all. Within a second after the commit a thread gives
 * it its place in a chain of hashes, so that nobody can change, drop or reorder entries unseen. */
#ifndef PLATFORM_AUDIT_AUDIT_H
#define PLATFORM_AUDIT_AUDIT_H

#include "platform/module.h"

/* A row of the module that does it (Module.audits). */
struct AuditAction {
    const char *name; /* "user.banned": what, and what was done to it */
    const char *doc;  /* one sentence */
};

/* Writes the entry, inside a WRITE transaction of a context with a vault. Who acts, from where and by
 * which request is in `cx`.
 *
 * `kind` is the prefix of the subject's id ("user", "plist"); without an id (0) it names a thing of
 * which there is one ("settings"). `before` and `after` are whole objects of `type`, and what differs
 * between them is written; NULL: it was not there, is gone; both, and no type: nothing is told but
 * the action. Of `.secret` fields it is told that they have changed, and not to what. `.personal`
 * ones are encrypted by the key of the person: the subject, when it is a user, else the user who
 * acts. Costs two statements, of which one is waited for where the key of a person is needed. */
void audit(Ctx *cx, const AuditAction *action, const char *kind, Id subject, const Type *type,
           const void *before, const void *after);

/* Forgets a person: what was encrypted for him, in all entries so far and to come, cannot be read by
 * anybody any more, once this commits. The chain still verifies. */
void audit_forget(Ctx *cx, Id person);

/* The tables, and what seals them. */
extern const Module audit_trail_module;

#endif
