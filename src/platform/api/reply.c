#include "platform/api/errors.h"
#include "platform/api/request.h"

#include "base/hash.h"
#include "meta/json.h"

Str request_header(const Request *rq, Str name)
{
    const HttpRequest *http = rq->http;
    for (size_t i = 0; i < http->header_count; i++)
        if (str_eq_nocase(http->headers[i].name, name)) return http->headers[i].value;
    return (Str){0};
}

Reply ok(const Type *type, const void *value)
{
    return (Reply){.status = 200, .type = type, .value = value};
}

Reply ok_list(const Type *type, AnyList list, Str next_cursor)
{
    return (Reply){
        .status = 200, .type = type, .list = list, .is_list = true, .next_cursor = next_cursor};
}

Reply ok_json(Str json)
{
    return (Reply){.status = 200, .json = json};
}

Reply ok_list_json(Str items, Str next_cursor)
{
    return (Reply){.status = 200, .json = items, .is_list = true, .next_cursor = next_cursor};
}

Reply created(const Type *type, const void *value, Str location)
{
    return (Reply){.status = 201, .type = type, .value = value, .location = location};
}

Reply no_content(void)
{
    return (Reply){.status = 204};
}

Reply ok_bytes(Str bytes, Str content_type)
{
    return (Reply){.status = 200, .raw = bytes, .content_type = content_type};
}

Reply ok_blob(Blob *blob)
{
    return (Reply){.status = 200, .blob = blob_ref(blob)};
}

Reply with_version(Reply reply, int64_t version)
{
    reply.version = version;
    return reply;
}

Reply with_mask(Reply reply, const FieldMask *mask)
{
    reply.mask = mask;
    return reply;
}

Reply with_notes(Reply reply, const Type *type, const void *notes)
{
    reply.notes_type = type;
    reply.notes = notes;
    return reply;
}

Reply fail(Request *rq, const Error *error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    Reply reply = refuse((Verdict){error, str_vformat(rq->cx->arena, format, args)});
    va_end(args);
    return reply;
}

Reply refuse(Verdict verdict)
{
    return (Reply){
        .status = verdict.error->status, .error = verdict.error, .detail = verdict.detail};
}

Reply refuse_and_keep(Reply refusal)
{
    refusal.kept = refusal.error != NULL;
    return refusal;
}

Reply refuse_violations(const Violations *violations)
{
    const Violation *first = &violations->items[0];
    if (first->code == VIOLATION(SYNTAX))
        return refuse((Verdict){&error_malformed_json, first->message});
    return (Reply){
        .status = error_invalid.status, .error = &error_invalid, .violations = violations};
}

Reply not_found(Request *rq, const char *what)
{
    return fail(rq, &error_not_found, "There is no such %s, or it is not visible to you.", what);
}

Reply reply_in_flight(void)
{
    Reply reply = refuse((Verdict){&error_in_flight, {0}});
    reply.headers = S("Retry-After: 1\r\n");
    return reply;
}

Reply version_changed(Request *rq)
{
    return fail(rq, &error_version_changed, "If-Match names another version than the current one.");
}

Reply not_allowed(Request *rq, const Permission *permission)
{
    if (!rq->cx->actor.id.n)
        return fail(rq, &error_unauthenticated,
                    "This needs %s, and nobody is known by the request.", permission->name);
    return fail(rq, &error_forbidden, "This needs %s.", permission->name);
}

bool may(const Request *rq, const Permission *permission)
{
    return actor_may(&rq->cx->actor, permission);
}

/* ---- If-Match over versions ------------------------------------------------------------------ */

/* A tag of ours is "v12.5f0c…": its version part decides, so that the tag of any projection will
 * do. */
static bool tag_has_version(Str tag, int64_t version)
{
    Str head, rest;
    int64_t n;
    if (!str_starts(tag, S("\"v")) || !str_ends(tag, S("\"")))
        return false; /* weak tags never match */
    str_cut(str_slice(tag, 2, tag.n - 1), '.', &head, &rest);
    return str_to_int(head, &n) && n == version;
}

bool version_matches(const Request *rq, int64_t version)
{
    Str list = request_header(rq, S("If-Match"));
    if (!list.p) return true;
    for (bool more = true; more;) {
        Str tag;
        more = str_cut(list, ',', &tag, &list);
        tag = str_trim(tag);
        if (str_eq(tag, S("*")) || tag_has_version(tag, version)) return true;
    }
    return false;
}

/* ---- Cursors --------------------------------------------------------------------------------- */

enum { CURSOR_MAX = 1024 };

Str cursor_write(Arena *arena, const Type *type, const void *position)
{
    Buf json = buf_new(arena, CURSOR_MAX);
    json_write(&json, type, position);
    return base64url_text(arena, (const unsigned char *)json.p, json.n);
}

const void *cursor_read(Arena *arena, const Type *type, Str text)
{
    Str json;
    Violations bad = violations_new(arena);
    if (text.n > CURSOR_MAX * 4 / 3 || !base64url_parse(arena, text, &json)) return NULL;
    return json_read(arena, type, json, JSON_CREATE, &bad);
}
