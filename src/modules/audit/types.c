#include "modules/audit/types.h"

#include "platform/api/limits.h"

/* "user_…": the prefix of any module's ids. */
#define ANY_ID "^[a-z]{1,8}_[0-9a-hjkmnp-tv-z]{13}$"

const Type audit_query_type = TYPE_WITH_ABSENCE(
    AuditQuery, "Which entries, the newest first.",
    FIELD(AuditQuery, actor, "By whom: an id, as `user_…` or `key_…`.", .pattern = ANY_ID,
          .max = 32),
    FIELD(AuditQuery, subject, "To what it was done: an id of any kind.", .pattern = ANY_ID,
          .max = 32),
    FIELD(AuditQuery, action, "What was done, as `key.created`.", .max = 100),
    FIELD(AuditQuery, since, "Not before this time."),
    FIELD(AuditQuery, until, "Before this time."),
    FIELD(AuditQuery, limit, "Entries on a page.", .min = 1, .max = LIMIT_PAGE, .initial = "20"),
    FIELD(AuditQuery, cursor, "`next_cursor` of the page before.", .max = 1400));

const Type audit_cursor_type = TYPE(
    AuditCursor, "Where the list of entries goes on.",
    FIELD(AuditCursor, before, "Entries made before this one.", .prefix = "aud", .required = true));

const Type audit_change_type =
    TYPE(AuditChange, "A field that differs.", FIELD(AuditChange, field, "Its name."),
         FIELD(AuditChange, before, "What it was; null: nothing.", .nullable = true),
         FIELD(AuditChange, after, "What it is now; null: nothing.", .nullable = true),
         FIELD(AuditChange, secret, "It is a secret: that it differs is all that is told."));

const Type audit_changes_type = TYPE(AuditChanges, "Fields that differ.",
                                     LIST(AuditChanges, list, "One a field.", audit_change_type));

const Type audit_shown_type = TYPE_WITH_ABSENCE(
    AuditShown, "An entry of the audit trail.",
    FIELD(AuditShown, id, "Identifier.", .prefix = "aud"), FIELD(AuditShown, at, "When."),
    FIELD(AuditShown, action, "What was done."),
    FIELD(AuditShown, actor,
          "Who did it, by id; null: nobody was known, or the program by itself, or a command on "
          "the machine (then `request` is null, too).",
          .nullable = true),
    FIELD(AuditShown, impersonator, "The user who acted as the actor.", .prefix = "user",
          .nullable = true),
    FIELD(AuditShown, session, "In which session.", .prefix = "sess", .nullable = true),
    FIELD(AuditShown, kind, "What kind of thing it was done to."),
    FIELD(AuditShown, subject, "To which one, by id.", .nullable = true),
    FIELD(AuditShown, request, "By which request: its X-Request-Id.", .nullable = true),
    FIELD(AuditShown, address, "From which address.", .personal = true, .nullable = true),
    LIST(AuditShown, changes, "What differs.", audit_change_type),
    FIELD(AuditShown, forgotten,
          "Values of a person who was forgotten stood here, and cannot be read any more."),
    FIELD(AuditShown, sequence, "Its place in the chain; null: it has none yet.", .nullable = true),
    FIELD(AuditShown, hash, "The chain's hash up to it.", .nullable = true));
