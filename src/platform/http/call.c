/* The life of an exchange, between its connection and the application.
 *
 *     READING ──────── body complete: ready() ────────▶ WAITING
 *        │ answered in head(), refused                     │ exchange_answer, from any thread
 *        ▼                                                 ▼
 *     ANSWERED ──── at the front of the pipeline ────▶ SENDING ──── all sent: finished()
 *
 * A call belongs to its loop, but for the time between ready() and exchange_answer, when it belongs
 * to whoever the application gave it to. If the connection is lost meanwhile, the call only loses
 * its way back (`conn`); it is finished when its answer arrives.
 *
 * Bodies. One that fits behind its head in the block is read there and never copied. A larger one
 * gets memory of its own, which starts small and doubles as bytes arrive, and into which the socket
 * is read directly. A chunked one is decoded into such memory. What is to be dropped goes nowhere.
 */
#include "platform/http/core.h"
#include "platform/http/stream.h"

#include <assert.h>
#include <stdlib.h>

/* ---- the end ---- */

void call_finish(HttpCall *call, bool cut)
{
    HttpLoop *loop = call->loop;
    HttpApp *app = &loop->server->app;
    call->exchange.cut = cut;
    if (call->seen) app->finished(app->state, &call->exchange);
    stream_free(call->stream);
    blob_unref(call->answer.blob);
    block_unref(loop, call->block);
    free(call->body);
    loop_call_recycle(loop, call);
}

void call_lost(HttpCall *call)
{
    call->conn = NULL;
    if (call->state == CALL_WAITING) return;       /* with the application */
    if (call->stream && !stream_cut(call)) return; /* the application has not ended it yet */
    call_finish(call, true);
}

void call_abandon(HttpCall *call)
{
    HttpConn *conn = call->conn;
    conn->receiving = NULL;
    if (call->state == CALL_READING) {
        conn_forget_last(conn);
        call_finish(call, true);
        return;
    }
    call->last = true; /* answered before its body was complete: the answer is still sent */
}

/* ---- answers ---- */

static void answered(HttpCall *call)
{
    HttpConn *conn = call->conn;
    call->state = CALL_ANSWERED;
    if (!conn)
        call_lost(call);
    else if (!conn->running)
        loop_work(call->loop, conn);
}

static void deliver_answer(HttpLoop *loop, HttpMail *mail)
{
    (void)loop;
    answered((HttpCall *)(void *)((char *)mail - offsetof(HttpCall, mail)));
}

void call_answer(HttpCall *call, const Answer *answer)
{
    bool mine = loop_is_mine(call->loop);
    assert(!call->answered); /* exactly once */
    assert(mine || call->state == CALL_WAITING);
    call->answered = true;
    call->answer = *answer;
    answer_prepare(call);
    call->mail.deliver = deliver_answer;
    if (mine)
        answered(call);
    else
        loop_post(call->loop, &call->mail);
}

void exchange_answer(Exchange *ex, const Answer *answer)
{
    call_answer(call_of(ex), answer);
}

void call_refuse(HttpCall *call, HttpFault fault)
{
    HttpLoop *loop = call->loop;
    HttpApp *app = &loop->server->app;
    HttpConn *conn = call->conn;
    const Error *row = &http_faults[fault];
    call->last = conn->linger = conn->input_done = true;
    conn->receiving = NULL;
    stat_add(&loop->stats.faults[fault], 1);
    if (call->answered) return; /* a body that was only being dropped: the answer stands */
    call->answered = true;
    call->answer = app->refusal(app->state, &call->exchange, call->exchange.arena, row->status,
                                row->code, str_from(row->title));
    answered(call);
}

/* ---- the beginning ---- */

HttpCall *call_new(HttpConn *conn)
{
    HttpCall *call = loop_call(conn->loop);
    call->exchange.request = (HttpRequest){
        .method = METHOD_OTHER,
        .method_text = S(""),
        .path = S(""),
        .query = S(""),
        .host = S(""),
        .body = S(""),
        .minor = 1,
        .peer = conn->peer,
        .client = conn->peer,
    };
    call->exchange.began_us = conn->began_us;
    return call;
}

static void fill_request(HttpCall *call, const HttpHead *head)
{
    HttpRequest *request = &call->exchange.request;
    HttpConn *conn = call->conn;
    *request = head->request;
    request->headers =
        arena_alloc(call->exchange.arena, request->header_count * sizeof *request->headers,
                    alignof(HttpHeader));
    memcpy(request->headers, head->request.headers,
           request->header_count * sizeof *request->headers);
    request->body = S("");
    request->peer = request->client = conn->peer;
    if (conn->trusted) proxy_resolve(&conn->loop->server->proxies, request);
}

static void ready(HttpCall *call)
{
    HttpApp *app = &call->loop->server->app;
    call->conn->receiving = NULL;
    if (call->last) call->conn->input_done = true;
    if (call->state != CALL_READING) return; /* already answered */
    call->state = CALL_WAITING;
    app->ready(app->state, &call->exchange);
}

/* Answered without its body: a short one is dropped to keep the connection. A client that waits for
 * 100 Continue may send it or not (RFC 9110 §10.1.1), so nothing that follows could be told from
 * it. */
static void receive_to_drop(HttpCall *call)
{
    HttpConn *conn = call->conn;
    bool short_enough = call->body_left <= HTTP_DISCARD_MAX;
    call->discard = true;
    if (short_enough && !call->expect_continue && !call->last) {
        conn->receiving = call;
        return;
    }
    call->last = conn->linger = conn->input_done = true;
}

static void receive_body(HttpCall *call)
{
    static const char interim[] = "HTTP/1.1 100 Continue\r\n\r\n";
    HttpConn *conn = call->conn;
    conn->receiving = call;
    if (!call->expect_continue || conn_unused(conn).n > 0) return;
    call->out[call->out_count++] = (Str){interim, sizeof interim - 1};
}

void call_begin(HttpCall *call, const HttpHead *head)
{
    HttpApp *app = &call->loop->server->app;
    Exchange *ex = &call->exchange;
    fill_request(call, head);
    call->expect_continue = head->expect_continue;
    call->conditional = head->conditional;
    call->body_left = head->length;
    call->seen = true;
    app->head(app->state, ex);

    bool early = call->state != CALL_READING;
    if (head->length == 0)
        ready(call);
    else if (early)
        receive_to_drop(call);
    else if (head->length > 0 && (uint64_t)head->length > ex->body_max)
        call_refuse(call, HTTP_LARGE_BODY);
    else if (head->length == BODY_CHUNKED && ex->body_max == 0)
        call_refuse(call, HTTP_LARGE_BODY);
    else
        receive_body(call);
}

/* ---- the body ---- */

/* Room for `more` bytes of a body of its own, at least doubled; its limit has been checked. */
static void body_grow(HttpCall *call, size_t more)
{
    size_t wanted = call->body_n + more;
    if (wanted <= call->body_size) return;
    size_t size = call->body_size ? call->body_size * 2 : HTTP_BODY_FIRST;
    while (size < wanted) size *= 2;
    if (call->body_left > 0 && size > (size_t)call->body_left) size = (size_t)call->body_left;
    char *grown = realloc(call->body, size);
    if (!grown) abort();
    call->body = grown;
    call->body_size = size;
}

static void body_append(HttpCall *call, Str data)
{
    if (data.n == 0) return;
    body_grow(call, data.n);
    memcpy(call->body + call->body_n, data.p, data.n);
    call->body_n += data.n;
}

char *call_body_room(HttpCall *call, size_t *size)
{
    if (!call->body || call->body_left == BODY_CHUNKED) return NULL;
    if (call->body_n == call->body_size) body_grow(call, 1);
    *size = call->body_size - call->body_n;
    return call->body + call->body_n;
}

static void body_complete(HttpCall *call)
{
    if (call->body) call->exchange.request.body = (Str){call->body, call->body_n};
    ready(call);
}

static bool receive_chunks(HttpCall *call)
{
    HttpConn *conn = call->conn;
    Exchange *ex = &call->exchange;
    Str input = conn_unused(conn), data;
    size_t most = call->discard ? HTTP_DISCARD_MAX : ex->body_max;
    HttpFault fault;
    while ((fault = http_chunk_decode(&call->chunks, &input, &data)) == HTTP_FINE && data.n > 0) {
        if (data.n > most - call->body_n) {
            call_refuse(call, HTTP_LARGE_BODY);
            return false;
        }
        if (call->discard)
            call->body_n += data.n;
        else
            body_append(call, data);
    }
    conn->at = conn->block ? conn->block->n - (uint32_t)input.n : 0;
    if (fault == HTTP_FINE)
        body_complete(call);
    else if (fault != HTTP_MORE)
        call_refuse(call, fault);
    return fault == HTTP_FINE;
}

static bool receive_dropped(HttpCall *call)
{
    HttpConn *conn = call->conn;
    size_t here = conn_unused(conn).n;
    if ((int64_t)here > call->body_left) here = (size_t)call->body_left;
    conn->at += (uint32_t)here;
    call->body_left -= (int64_t)here;
    if (call->body_left == 0) ready(call);
    return call->body_left == 0;
}

bool call_receive(HttpCall *call)
{
    HttpConn *conn = call->conn;
    if (call->body_left == BODY_CHUNKED) return receive_chunks(call);
    if (call->discard) return receive_dropped(call);

    size_t length = (size_t)call->body_left;
    Str input = conn_unused(conn);
    if (!call->body && conn->block == call->block && length <= conn->block->size - conn->at) {
        if (input.n < length) return false;
        call->exchange.request.body = str_slice(input, 0, length);
        conn->at += (uint32_t)length;
        ready(call);
        return true;
    }
    if (input.n > length - call->body_n) input.n = length - call->body_n;
    if (!call->body) body_grow(call, 1); /* from now on, the socket is read into it */
    body_append(call, input);
    if (conn->block) conn->at += (uint32_t)input.n;
    if (call->body_n < length) return false;
    body_complete(call);
    return true;
}

/* ---- what the application asks ---- */

static const HttpHeader *find_header(const Exchange *ex, Str name)
{
    const HttpRequest *request = &ex->request;
    for (size_t i = 0; i < request->header_count; i++) {
        const HttpHeader *header = &request->headers[i];
        if (header->name.n == name.n && str_eq_nocase(header->name, name)) return header;
    }
    return NULL;
}

Str exchange_header(const Exchange *ex, Str name)
{
    const HttpHeader *header = find_header(ex, name);
    return header ? header->value : S("");
}

bool exchange_has_header(const Exchange *ex, Str name)
{
    return find_header(ex, name) != NULL;
}
