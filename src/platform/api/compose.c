/* From a handler's reply to the answer's bytes. */
#include "platform/api/call.h"

#include "meta/query.h"
#include "platform/api/document.h"
#include "platform/api/errors.h"
#include "platform/api/fields.h"
#include "platform/api/headers.h"
#include "platform/api/limits.h"
#include "platform/api/problem.h"

static Str request_id(const Call *call)
{
    return str_from(call->cx.trace.request_id);
}

void api_write_question(Buf *out, const Call *call)
{
    const Request *rq = &call->rq;
    const Type *type = rq->route->query;
    if (type && rq->query != call->place->plain)
        query_write(out, type, rq->query, call->place->plain);
    if (rq->fields) query_write(out, &fields_query_type, rq->fields->query, &(FieldsQuery){0});
}

/* The same question for the page after `cursor`, in its canonical text: the answer may be kept and
 * given to others, whatever they and the first who asked made of their parameters. */
Str api_next_link(const Call *call, Arena *arena, Str cursor)
{
    if (!cursor.n) return S("");
    Buf out = buf_new(arena, 16384), query = buf_new(arena, 16384);
    api_write_question(&query, call);
    buf_lit(&out, "Link: <");
    buf_put(&out, call->ex->request.path);
    buf_char(&out, '?');
    Str rest = buf_str(&query);
    for (bool more = rest.n > 0; more;) {
        Str pair;
        more = str_cut(rest, '&', &pair, &rest);
        if (str_starts(pair, S("cursor="))) continue;
        buf_put(&out, pair);
        buf_char(&out, '&');
    }
    buf_lit(&out, "cursor=");
    buf_put(&out, cursor);
    buf_lit(&out, ">; rel=\"next\"\r\n");
    return buf_str(&out);
}

static void write_server_timing(Buf *out, const Call *call)
{
    int64_t total_us = monotonic_us() - call->ex->began_us;
    buf_format(out, "Server-Timing: db;dur=%.3f;desc=\"%d statements\", total;dur=%.3f\r\n",
               (double)call->cx.cost.db_us / 1e3, call->cx.cost.statements, (double)total_us / 1e3);
}

/* RFC 6750 §3: what is wrong is said to who sent something. */
static void write_challenge(Buf *out, const Call *call)
{
    const Route *route = call->rq.route;
    if (route && route->refusals) {
        buf_format(out, "WWW-Authenticate: %s\r\n", route->refusals->challenge);
        return;
    }
    buf_lit(out, "WWW-Authenticate: Bearer realm=\"souk\"");
    if (call->bad_token) buf_lit(out, ", error=\"invalid_token\"");
    buf_lit(out, "\r\n");
}

Str api_headers(Call *call, const Reply *reply)
{
    Buf out = buf_new(call->ex->arena, 16384 + headers_room(call));
    headers_write(&out, call);
    if (reply->location.n) {
        buf_lit(&out, "Location: ");
        buf_put(&out, reply->location);
        buf_lit(&out, "\r\n");
    }
    buf_put(&out, api_next_link(call, call->ex->arena, reply->next_cursor));
    buf_put(&out, reply->headers);
    if (actor_is_staff(&call->cx.actor)) write_server_timing(&out, call);
    if (reply->status == 401) write_challenge(&out, call);
    if (reply->status == 503) buf_lit(&out, "Retry-After: 1\r\n");
    const Actor *actor = &call->cx.actor;
    bool known = actor->id.n && !actor_is_public(actor);
    bool own = known && !reply->blob; /* a blob says by itself what may be kept */
    bool said = str_find(reply->headers, S("Cache-Control:")) < reply->headers.n;
    if ((own || reply->error) && !said) buf_lit(&out, "Cache-Control: no-store\r\n");
    cached_write_headers(&out, call);
    return buf_str(&out);
}

/* A refusal as the route's protocol writes it. */
static Answer foreign_refusal(Call *call, const RefusalForm *form)
{
    Reply *reply = &call->reply;
    Arena *arena = call->ex->arena;
    Buf json = buf_new(arena, LIMIT_PROBLEM_BYTES);
    reply->status = form->status(reply->error);
    json_write(&json, form->type,
               form->document(arena, reply->error, reply->detail, reply->violations));
    return (Answer){.status = reply->status,
                    .content_type = S("application/json"),
                    .body = buf_str(&json),
                    .as_is = call->rq.route->tx == TX_WRITE};
}

void api_compose(Call *call)
{
    Arena *arena = call->ex->arena;
    Str document;
    const Error *unwritten = reply_document(arena, &call->reply, call->rq.fields, &document);
    if (unwritten) call->reply = refuse((Verdict){unwritten, {0}});
    call->reply = headers_of_page(&call->rq, call->reply);
    const Reply *reply = &call->reply;
    const Route *route = call->rq.route;
    call->answer = (Answer){.status = reply->status, .as_is = route && route->tx == TX_WRITE};
    if (reply->error && route && route->refusals) {
        call->answer = foreign_refusal(call, route->refusals);
    } else if (reply->error) {
        call->answer.content_type = S("application/problem+json");
        call->answer.body =
            problem_text(arena, reply->error, reply->detail, reply->violations, request_id(call));
    } else if (reply->blob) {
        call->answer.blob = reply->blob;
    } else if (reply->type || reply->is_list || reply->json.n) {
        call->answer.content_type = S("application/json");
        call->answer.body = document;
        call->answer.etag = reply_tag(arena, reply->version, document);
    } else {
        call->answer.content_type = reply->content_type;
        call->answer.body = reply->raw;
        if (reply->raw.n) call->answer.etag = reply_tag(arena, 0, reply->raw);
    }
    call->answer.headers = api_headers(call, reply);
}
