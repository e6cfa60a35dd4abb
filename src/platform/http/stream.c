/* Streams: an answer whose body is posted piece by piece, from any thread.
 *
 * Writers append to `waiting` under the stream's lock. The loop takes all of it at once as
 * `sending`, frames it as one chunk, and takes the next when that has left: pieces that come faster
 * than the reader reads gather into larger chunks by themselves. What waits and what is on its way
 * together stay below the stream's bound; a piece that would pass it is refused whole
 * (STREAM_FULL), and the writer is called back when there is room. A reader that takes nothing at
 * all meets the connection's send timeout.
 *
 * One mail serves all notices (written, ended): `posted` says that it is on its way. The end is
 * posted once and last, so the call can be recycled when a delivery finds `ended`, or at the latest
 * when the rest is sent. A client that hangs up its sending side keeps its stream, for it may still
 * read; if it does not, the next piece meets a reset.
 *
 * Memory is taken when something waits and freed when it is sent: ten thousand silent subscribers
 * cost their structs. */
#include "platform/http/stream.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

struct HttpStream {
    pthread_mutex_t lock;
    size_t max;
    bool chunked; /* else the end of the connection is the end of the body */
    bool silent;  /* the answer to HEAD */
    HttpMail mail;
    HttpCall *call;

    /* guarded by the lock */
    char *waiting;
    size_t waiting_n, waiting_size, sending_n;
    bool ended, cut, posted;
    bool owed; /* the writer met STREAM_FULL, or the reader is gone: `writable` is to be called */
    void (*writable)(void *arg);
    void *writable_arg;

    /* the loop's own */
    char *sending;
    char size_line[20];
};

/* ---- writers ---- */

/* With the lock held, on the loop: what the caller is to call after releasing it, NULL when
 * nothing. */
static void (*take_debt(HttpStream *stream))(void *)
{
    size_t held = stream->waiting_n + stream->sending_n;
    bool due = stream->owed && (stream->cut || held <= stream->max / 2);
    if (!due || !stream->writable) return NULL;
    stream->owed = false;
    return stream->writable;
}

static void deliver(HttpLoop *loop, HttpMail *mail)
{
    HttpStream *stream = (HttpStream *)(void *)((char *)mail - offsetof(HttpStream, mail));
    HttpCall *call = stream->call;
    pthread_mutex_lock(&stream->lock);
    stream->posted = false;
    bool over = stream->ended && !call->conn;
    void (*writable)(void *) = take_debt(stream), *arg = stream->writable_arg;
    pthread_mutex_unlock(&stream->lock);
    if (writable) writable(arg);
    if (over)
        call_finish(call, true);
    else if (call->conn)
        loop_work(loop, call->conn);
}

/* With the lock held; true when the caller is to post the mail after releasing it. */
static bool must_post(HttpStream *stream)
{
    bool first = !stream->posted;
    stream->posted = true;
    return first;
}

static void append(HttpStream *stream, Str bytes)
{
    size_t wanted = stream->waiting_n + bytes.n;
    if (wanted > stream->waiting_size) {
        size_t size = stream->waiting_size ? stream->waiting_size * 2 : 512;
        while (size < wanted) size *= 2;
        char *grown = realloc(stream->waiting, size);
        if (!grown) abort();
        stream->waiting = grown;
        stream->waiting_size = size;
    }
    memcpy(stream->waiting + stream->waiting_n, bytes.p, bytes.n);
    stream->waiting_n = wanted;
}

StreamState exchange_stream_write(Exchange *ex, Str bytes)
{
    HttpStream *stream = call_of(ex)->stream;
    StreamState state = STREAM_OPEN;
    bool post = false;
    if (bytes.n == 0) return STREAM_OPEN; /* an empty chunk would end the body */
    pthread_mutex_lock(&stream->lock);
    assert(!stream->ended);
    size_t held = stream->waiting_n + stream->sending_n;
    if (stream->cut) {
        state = STREAM_CUT;
    } else if (bytes.n > stream->max - held) {
        state = STREAM_FULL;
        stream->owed = true;
    } else if (!stream->silent) {
        append(stream, bytes);
        post = must_post(stream);
    }
    pthread_mutex_unlock(&stream->lock);
    if (post) loop_post(call_of(ex)->loop, &stream->mail);
    return state;
}

void exchange_stream_end(Exchange *ex)
{
    HttpStream *stream = call_of(ex)->stream;
    HttpLoop *loop = call_of(ex)->loop;
    pthread_mutex_lock(&stream->lock);
    assert(!stream->ended);
    stream->ended = true;
    stream->writable = NULL;
    bool post = must_post(stream);
    pthread_mutex_unlock(&stream->lock);
    if (post) loop_post(loop, &stream->mail); /* from here on, the exchange may be gone */
}

void exchange_stream_on_writable(Exchange *ex, void (*f)(void *arg), void *arg)
{
    HttpStream *stream = call_of(ex)->stream;
    pthread_mutex_lock(&stream->lock);
    stream->writable = f;
    stream->writable_arg = arg;
    bool post = f && stream->owed && must_post(stream); /* it may be due already */
    pthread_mutex_unlock(&stream->lock);
    if (post) loop_post(call_of(ex)->loop, &stream->mail);
}

void exchange_stream(Exchange *ex, const Answer *head, size_t buffer_max)
{
    HttpCall *call = call_of(ex);
    HttpStream *stream = NEW(ex->arena, HttpStream);
    assert(!head->blob && head->body.n == 0 && buffer_max > 0);
    pthread_mutex_init(&stream->lock, NULL);
    stream->max = buffer_max;
    stream->chunked = ex->request.minor > 0;
    stream->silent = ex->request.method == METHOD_HEAD;
    stream->mail.deliver = deliver;
    stream->call = call;
    call->stream = stream;
    call_answer(call, head);
}

/* ---- the loop ---- */

/* With the lock held: what waits becomes what is sent. */
static void take_waiting(HttpStream *stream)
{
    stream->sending = stream->waiting;
    stream->sending_n = stream->waiting_n;
    stream->waiting = NULL;
    stream->waiting_n = stream->waiting_size = 0;
}

static void frame(HttpCall *call, HttpStream *stream)
{
    if (stream->chunked) {
        int n = snprintf(stream->size_line, sizeof stream->size_line, "%zx\r\n", stream->sending_n);
        call->out[call->out_count++] = (Str){stream->size_line, (size_t)n};
    }
    call->out[call->out_count++] = (Str){stream->sending, stream->sending_n};
    if (stream->chunked) call->out[call->out_count++] = S("\r\n");
}

void stream_fill(HttpCall *call)
{
    HttpStream *stream = call->stream;
    if (stream->sending) return;
    pthread_mutex_lock(&stream->lock);
    if (stream->waiting_n > 0) take_waiting(stream);
    bool over = stream->ended && !stream->posted && !stream->sending;
    pthread_mutex_unlock(&stream->lock);
    if (stream->sending) {
        frame(call, stream);
    } else if (over) {
        if (stream->chunked && !stream->silent) call->out[call->out_count++] = S("0\r\n\r\n");
        call->state = CALL_SENDING;
    }
}

void stream_sent(HttpCall *call)
{
    HttpStream *stream = call->stream;
    if (!stream->sending) return;
    free(stream->sending);
    stream->sending = NULL;
    pthread_mutex_lock(&stream->lock);
    stream->sending_n = 0;
    void (*writable)(void *) = take_debt(stream), *arg = stream->writable_arg;
    pthread_mutex_unlock(&stream->lock);
    if (writable) writable(arg);
}

bool stream_cut(HttpCall *call)
{
    HttpStream *stream = call->stream;
    pthread_mutex_lock(&stream->lock);
    stream->cut = stream->owed = true;
    bool over = stream->ended && !stream->posted;
    void (*writable)(void *) = take_debt(stream), *arg = stream->writable_arg;
    pthread_mutex_unlock(&stream->lock);
    if (writable) writable(arg); /* so that a writer that waits for room learns of it */
    return over;
}

void stream_free(HttpStream *stream)
{
    if (!stream) return;
    free(stream->waiting);
    free(stream->sending);
    pthread_mutex_destroy(&stream->lock);
}
