#include "platform/api/problem.h"

#include "meta/json.h"
#include "platform/api/errors.h"
#include "platform/api/limits.h"
#include "platform/http/fault.h"

static void write_member(JsonOut *out, const char *key, Str text)
{
    if (!text.n) return;
    json_out_key(out, key);
    json_out_str(out, text);
}

/* The whole document has the pointer "" (RFC 6901 §5), which must be told too. */
static void write_violation(JsonOut *out, const Violation *violation)
{
    bool parameter = str_starts(violation->pointer, S("?"));
    json_out_begin(out, '{');
    json_out_key(out, parameter ? "parameter" : "pointer");
    json_out_str(out, str_slice(violation->pointer, parameter, violation->pointer.n));
    write_member(out, "code", str_from(violation->code->code));
    write_member(out, "message", violation->message);
    json_out_end(out, '}');
}

static void write_violations(JsonOut *out, const Violations *violations)
{
    json_out_key(out, "errors");
    json_out_begin(out, '[');
    for (size_t i = 0; i < violations->n; i++) write_violation(out, &violations->items[i]);
    json_out_end(out, ']');
}

Str problem_text(Arena *arena, const Error *error, Str detail, const Violations *violations,
                 Str request_id)
{
    Buf buf = buf_new(arena, LIMIT_PROBLEM_BYTES);
    JsonOut out = json_out(&buf);
    json_out_begin(&out, '{');
    write_member(&out, "type", str_format(arena, "/docs/errors#%s", error->code));
    write_member(&out, "title", str_from(error->title));
    json_out_key(&out, "status");
    json_out_int(&out, error->status);
    write_member(&out, "code", str_from(error->code));
    if (!str_eq(detail, str_from(error->title))) write_member(&out, "detail", detail);
    write_member(&out, "request_id", request_id);
    if (violations && violations->n) write_violations(&out, violations);
    json_out_end(&out, '}');
    /* Half a document says less than one without its list. */
    return buf.full ? problem_text(arena, error, detail, NULL, request_id) : buf_str(&buf);
}

const Error *problem_row(const char *code)
{
    for (size_t i = 0; i < HTTP_FAULT_COUNT; i++)
        if (http_faults[i].code && strcmp(http_faults[i].code, code) == 0) return &http_faults[i];
    return &error_internal; /* a code of no row: a bug of ours */
}

Reply problem_unless_fine(Request *rq, Reply reply)
{
    DbFailure failure = db_failure(rq->cx);
    bool reasoned = reply.error && reply.error != &error_not_found;
    if (failure == DB_FINE || reasoned) return reply;
    blob_unref(reply.blob);
    if (failure != DB_CONSTRAINT) return refuse((Verdict){problem_of_failure(failure), {0}});
    return fail(rq, &error_conflict, "The data does not allow it (%.*s).",
                STR_ARG(db_constraint(rq->cx)));
}

const Error *problem_of_failure(DbFailure failure)
{
    switch (failure) {
    case DB_CONSTRAINT:
        return &error_conflict;
    case DB_CONFLICT:
        return &error_overloaded;
    case DB_UNAVAILABLE:
        return &error_unavailable;
    case DB_FULL:
        return &error_storage_full;
    case DB_READ_ONLY:
        return &error_read_only;
    case DB_TIMEOUT:
        return &error_timeout;
    case DB_FINE:
    case DB_BROKEN:
        break;
    }
    return &error_internal;
}
