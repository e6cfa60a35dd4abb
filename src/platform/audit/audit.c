/* Writing an entry: what differs between before and after, and who it was.
 *
 * What may be read by whoever reads the trail stands in `changes`; what a person may want to be
 * forgotten is encrypted in `personal`. The address of who acted is his, not the subject's, and is
 * encrypted for him. So an entry may need the keys of two persons; they are read by one statement.
 *
 * The hash is over what is stored, ciphertexts and all. So nothing that is erased later has to be
 * known to verify the chain. */
#include "platform/audit/entry.h"

#include "meta/json.h"
#include "platform/audit/limits.h"
#include "platform/audit/sealer.h"
#include "platform/audit/store.h"

#include <assert.h>

const Type audit_entry_type = TYPE(
    AuditEntry, "An entry of the audit trail, as it is stored.",
    FIELD(AuditEntry, id, "Identifier.", .prefix = "aud"), FIELD(AuditEntry, at, "When."),
    FIELD(AuditEntry, action, "What was done."),
    FIELD(AuditEntry, actor_kind, "Prefix of the actor's id."),
    FIELD(AuditEntry, actor, "Who did it.", .prefix = "id", .nullable = true),
    FIELD(AuditEntry, impersonator, "Who acted as the actor.", .prefix = "user", .nullable = true),
    FIELD(AuditEntry, session, "In which session.", .prefix = "sess", .nullable = true),
    FIELD(AuditEntry, kind, "Prefix of the subject's id, or its name."),
    FIELD(AuditEntry, subject, "To what it was done.", .prefix = "id", .nullable = true),
    FIELD(AuditEntry, request, "By which request."),
    FIELD(AuditEntry, origin, "From which address, encrypted."),
    FIELD(AuditEntry, changes, "What differs."),
    FIELD(AuditEntry, person, "Whose key `personal` is encrypted by.", .prefix = "id",
          .nullable = true),
    FIELD(AuditEntry, personal, "What differs and is personal, encrypted."),
    FIELD(AuditEntry, sequence, "Its place in the chain."),
    FIELD(AuditEntry, hash, "The chain's hash up to it."));

/* ---- What differs ---------------------------------------------------------------------------- */

typedef struct Differences {
    Buf changes, personal; /* items of a JSON array, with commas between */
} Differences;

/* Does the field, or anything inside it, have the mark? */
static bool is_secret(const Field *field)
{
    bool secret = field->secret;
    for (size_t i = 0; field->type && i < field->type->field_count; i++)
        secret = secret || is_secret(&field->type->fields[i]);
    return secret;
}

static bool is_personal(const Field *field)
{
    bool personal = field->personal;
    for (size_t i = 0; field->type && i < field->type->field_count; i++)
        personal = personal || is_personal(&field->type->fields[i]);
    return personal;
}

static Str value_text(Arena *arena, const Type *type, const Field *field, const void *object)
{
    if (!object || !field_is_set(type, field, object) || field_is_null(type, field, object))
        return S("null");
    Buf out = buf_new(arena, SIZE_MAX / 2);
    json_write_member(&out, field, (const char *)object + field->offset);
    return buf_str(&out);
}

static void write_value(Buf *out, const char *key, Str json)
{
    buf_format(out, ",\"%s\":", key);
    if (json.n <= AUDIT_VALUE_BYTES) {
        buf_put(out, json);
        return;
    }
    unsigned char hash[SHA256_BYTES];
    hash_sha256(json, hash);
    buf_format(out, "{\"bytes\":%zu,\"sha256\":\"%.*s\"}", json.n,
               STR_ARG(hex_text(out->arena, hash, sizeof hash)));
}

static void add_difference(Arena *arena, Differences *all, const Type *type, const Field *field,
                           const void *before, const void *after)
{
    Str was = value_text(arena, type, field, before), is = value_text(arena, type, field, after);
    if (str_eq(was, is)) return;
    bool secret = is_secret(field);
    Buf *out = is_personal(field) && !secret ? &all->personal : &all->changes;
    buf_format(out, "%s{\"field\":\"%s\"", out->n ? "," : "", field->name);
    if (secret) {
        buf_lit(out, ",\"secret\":true}");
        return;
    }
    write_value(out, "before", was);
    write_value(out, "after", is);
    buf_char(out, '}');
}

static Str array_of(Arena *arena, const Buf *items)
{
    return str_format(arena, "[%.*s]", STR_ARG(buf_str(items)));
}

/* ---- Whose it is ----------------------------------------------------------------------------- */

Id audit_origin_person(const AuditEntry *entry)
{
    if (entry->impersonator.n) return entry->impersonator;
    if (entry->actor.n) return entry->actor;
    return entry->subject.n ? entry->subject : entry->id;
}

static Id person_of(const AuditEntry *entry)
{
    if (str_eq(entry->kind, S("user")) && entry->subject.n) return entry->subject;
    if (str_eq(entry->actor_kind, S("user"))) return entry->actor;
    return entry->subject.n ? entry->subject : audit_origin_person(entry);
}

Str audit_about(Arena *arena, const char *what, Id entry)
{
    return str_format(arena, "%s:%.*s", what, STR_ARG(id_text(arena, "aud", entry)));
}

static void encrypt(Ctx *cx, AuditEntry *entry, Str personal)
{
    Str address = cx->actor.address;
    Id people[2];
    IdList list = {people, 0};
    if (personal.n) people[list.n++] = entry->person = person_of(entry);
    if (address.n) people[list.n++] = audit_origin_person(entry);
    if (!list.n) return;
    PersonKeys keys = person_keys(cx, list, true);
    if (personal.n)
        entry->personal = person_seal(cx, &keys, entry->person, personal,
                                      audit_about(cx->arena, "personal", entry->id));
    if (address.n)
        entry->origin = person_seal(cx, &keys, audit_origin_person(entry), address,
                                    audit_about(cx->arena, "origin", entry->id));
    explicit_bzero(keys.items, keys.n * sizeof *keys.items);
}

/* ---- The entry ------------------------------------------------------------------------------- */

void audit(Ctx *cx, const AuditAction *action, const char *kind, Id subject, const Type *type,
           const void *before, const void *after)
{
    assert(cx->db && cx->vault && (type || (!before && !after)));
    Differences all = {buf_new(cx->arena, SIZE_MAX / 2), buf_new(cx->arena, SIZE_MAX / 2)};
    for (size_t i = 0; type && i < type->field_count; i++)
        add_difference(cx->arena, &all, type, &type->fields[i], before, after);
    const Actor *actor = &cx->actor;
    AuditEntry entry = {
        .id = ctx_id(cx),
        .at = ctx_now(cx),
        .action = str_from(action->name),
        .actor_kind = str_from(actor->id.n ? actor->prefix : ""),
        .actor = actor->id,
        .impersonator = actor->impersonator,
        .session = actor->session,
        .kind = str_from(kind),
        .subject = subject,
        .request = str_from(cx->trace.request_id),
        .changes = array_of(cx->arena, &all.changes),
    };
    encrypt(cx, &entry, all.personal.n ? array_of(cx->arena, &all.personal) : S(""));
    audit_entry_insert(cx, &entry);
    ctx_after_commit(cx, sealer_wake, NULL);
}
