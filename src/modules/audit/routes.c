#include "modules/audit/commands.h"
#include "modules/audit/store.h"
#include "modules/audit/types.h"
#include "platform/api/errors.h"
#include "platform/api/request.h"

/* The trail tells of everybody, and from where: not for each who works here. */
static const Permission audit_read = {"audit:read", "See who did what.", .roles = ""};

/* ---- Showing entries ------------------------------------------------------------------------- */

/* Whose keys the entries' values are encrypted by. */
static PersonKeys keys_of(Ctx *cx, AuditEntryList entries)
{
    IdList people = {NEW_N(cx->arena, Id, 2 * entries.n), 0};
    for (size_t i = 0; i < entries.n; i++) {
        const AuditEntry *entry = &entries.items[i];
        if (entry->person.n) people.items[people.n++] = entry->person;
        if (entry->origin.n) people.items[people.n++] = audit_origin_person(entry);
    }
    return people.n ? person_keys(cx, people, false) : (PersonKeys){0};
}

static void add_changes(Arena *arena, AuditChangeList *list, Str json)
{
    AuditChanges read = {0};
    Violations violations = violations_new(arena);
    const Field *field = &audit_changes_type.fields[0];
    if (!json_read_value(arena, field, json, JSON_STORED, NULL, &read.list, &violations)) return;
    AuditChange *items = NEW_N(arena, AuditChange, list->n + read.list.n);
    if (list->n) memcpy(items, list->items, list->n * sizeof *items);
    if (read.list.n) memcpy(items + list->n, read.list.items, read.list.n * sizeof *items);
    *list = (AuditChangeList){items, list->n + read.list.n};
}

static Str decrypted(Arena *arena, const PersonKeys *keys, const AuditEntry *entry, Id person,
                     const char *what, Str sealed)
{
    Str text;
    Str about = audit_about(arena, what, entry->id);
    return person_unseal(arena, keys, person, sealed, about, &text) ? text : (Str){0};
}

static Str id_or_nothing(Arena *arena, Str prefix, Id id)
{
    if (!id.n || prefix.n > ID_PREFIX_MAX) return (Str){0};
    return id_text(arena, str_z(arena, prefix), id);
}

#define ABSENT_IF(condition, member)                                                               \
    if (condition) MARK_ABSENT(&audit_shown_type, out, AuditShown, member)

static void show(Arena *arena, const PersonKeys *keys, const AuditEntry *entry, AuditShown *out)
{
    Str address =
        decrypted(arena, keys, entry, audit_origin_person(entry), "origin", entry->origin);
    Str personal = decrypted(arena, keys, entry, entry->person, "personal", entry->personal);
    *out = (AuditShown){.id = entry->id,
                        .at = entry->at,
                        .action = entry->action,
                        .actor = id_or_nothing(arena, entry->actor_kind, entry->actor),
                        .impersonator = entry->impersonator,
                        .session = entry->session,
                        .kind = entry->kind,
                        .subject = id_or_nothing(arena, entry->kind, entry->subject),
                        .request = entry->request,
                        .address = address,
                        .sequence = entry->sequence,
                        .hash = entry->hash,
                        .present = PRESENT_ALL};
    out->forgotten = (entry->person.n && !personal.n) || (entry->origin.n && !address.n);
    add_changes(arena, &out->changes, entry->changes);
    if (personal.n) add_changes(arena, &out->changes, personal);
    ABSENT_IF(!out->actor.n, actor);
    ABSENT_IF(!out->impersonator.n, impersonator);
    ABSENT_IF(!out->session.n, session);
    ABSENT_IF(!out->subject.n, subject);
    ABSENT_IF(!out->request.n, request);
    ABSENT_IF(!out->address.n, address);
    ABSENT_IF(!out->sequence, sequence);
    ABSENT_IF(!out->sequence, hash);
}

/* ---- The list -------------------------------------------------------------------------------- */

/* The id and its prefix; the query's pattern has seen to the text. */
static Id id_of(Arena *arena, Str text, Str *prefix)
{
    Str rest;
    Id id = {0};
    if (str_cut(text, '_', prefix, &rest)) id_parse(text, str_z(arena, *prefix), &id);
    return id;
}

static const Time end_of_time = {INT64_C(253402300799000000)}; /* 9999-12-31T23:59:59Z */

static AuditFilter filter_of(Ctx *cx, const AuditQuery *query)
{
    const Type *type = &audit_query_type;
    bool since = IS_SET(type, query, AuditQuery, since);
    bool until = IS_SET(type, query, AuditQuery, until);
    AuditFilter filter = {.action = query->action,
                          .since = since ? query->since : (Time){0},
                          .until = until ? query->until : end_of_time,
                          .limit = query->limit + 1};
    filter.actor = id_of(cx->arena, query->actor, &filter.actor_kind);
    filter.subject = id_of(cx->arena, query->subject, &filter.kind);
    return filter;
}

/* One more than the page holds is asked for: that it exists is `has_more`. */
static Reply list_audit_entries(Request *rq)
{
    Ctx *cx = rq->cx;
    const AuditQuery *query = rq->query;
    AuditFilter filter = filter_of(cx, query);
    if (query->cursor.n) {
        const AuditCursor *cursor = cursor_read(cx->arena, &audit_cursor_type, query->cursor);
        if (!cursor) return fail(rq, &error_bad_cursor, "This is no cursor of /v1/audit.");
        filter.before = cursor->before;
    }
    AuditEntryList entries = audit_entries(cx, &filter);
    Str next = {0};
    if (entries.n > (size_t)query->limit) {
        AuditCursor cursor = {entries.items[--entries.n - 1].id};
        next = cursor_write(cx->arena, &audit_cursor_type, &cursor);
    }
    PersonKeys keys = keys_of(cx, entries);
    AuditShown *shown = NEW_N(cx->arena, AuditShown, entries.n);
    for (size_t i = 0; i < entries.n; i++) show(cx->arena, &keys, &entries.items[i], &shown[i]);
    return ok_list(&audit_shown_type, (AnyList){shown, entries.n}, next);
}
HANDLER_PLAIN(list_audit_entries)

/* ---- The table ------------------------------------------------------------------------------- */

static const Error *const list_errors[] = {&error_bad_cursor, NULL};

static const Route routes[] = {
    ROUTE(GET, "/v1/audit", list_audit_entries, "List who did what, the newest first.",
          .detail = "Changes of identity, permission, money and settings. Filters may be combined. "
                    "An entry has its place in the chain (`sequence`, `hash`) about a second after "
                    "it was made; `souk audit verify` tells whether the chain is whole.",
          .tx = TX_READ, .needs = &audit_read, .query = &audit_query_type,
          .reply = &audit_shown_type, .list = true, .errors = list_errors),
};

static const Permission *const permissions[] = {&audit_read};

const Module audit_module = {
    .name = "audit",
    .doc = "Who did what, and whether nobody has changed that.",
    MODULE_ROWS(routes, route),
    MODULE_ROWS(permissions, permission),
    .commands = audit_commands,
    .command_count = AUDIT_COMMANDS,
};
