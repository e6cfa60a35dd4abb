/* What the files of the HTTP core share; nobody else includes it. docs/internals/http.md has the
 * picture.
 *
 * Ownership: a loop's thread alone touches its connections, its exchanges' private parts, its
 * timers and its spare lists. Other threads reach a loop through its mailbox only. What is atomic
 * or behind a lock says so. */
#ifndef PLATFORM_HTTP_CORE_H
#define PLATFORM_HTTP_CORE_H

#include "platform/http/address.h"
#include "platform/http/compress.h"
#include "platform/http/limits.h"
#include "platform/http/listen.h"
#include "platform/http/parser.h"
#include "platform/http/proxy.h"
#include "platform/http/server.h"

#include <pthread.h>
#include <stdatomic.h>

typedef struct HttpLoop HttpLoop;
typedef struct HttpConn HttpConn;
typedef struct HttpCall HttpCall;
typedef struct HttpStream HttpStream;

/* ---- messages to a loop ---- */

typedef struct HttpMail {
    struct HttpMail *next;
    void (*deliver)(HttpLoop *loop, struct HttpMail *mail); /* on the loop's thread */
} HttpMail;

/* Any thread. The mail belongs to the loop until it is delivered. */
void loop_post(HttpLoop *loop, HttpMail *mail);

/* ---- input ---- */

/* What was read, until the last exchange whose views point into it is finished. */
typedef struct HttpBlock {
    struct HttpBlock *next; /* among the spare ones */
    uint32_t refs, n, size;
    char bytes[];
} HttpBlock;

/* ---- timers ---- */

/* One list a kind: all of a kind run equally long, so that the list is sorted by itself, and
 * setting a timer is a move to the end. */
typedef enum HttpTimer {
    TIMER_NONE,
    TIMER_HEAD,
    TIMER_BODY,
    TIMER_IDLE,
    TIMER_SEND,
    TIMER_LINGER,
    TIMER_DRAIN_IDLE,
    TIMER_DRAIN_FRESH,
    TIMER_COUNT
} HttpTimer;

typedef struct HttpTimerList {
    HttpConn *first, *last;
} HttpTimerList;

/* ---- the private side of an exchange ---- */

typedef enum CallState {
    CALL_READING,   /* its body is arriving */
    CALL_WAITING,   /* with the application */
    CALL_ANSWERED,  /* the answer is known, its head not yet written */
    CALL_SENDING,   /* in `out` */
    CALL_STREAMING, /* the head is in `out` or sent, pieces follow */
} CallState;

/* 100 Continue, a head, and three for a chunk of a stream. */
enum { CALL_OUT_MAX = 5 };

struct HttpCall {
    Exchange exchange; /* first: an Exchange * is an HttpCall * */
    HttpLoop *loop;
    HttpConn *conn; /* NULL once the connection is lost */
    HttpCall *next; /* in the connection's pipeline, or among the spare ones */
    HttpMail mail;
    HttpBlock *block; /* where the views of the request point to */
    CallState state;
    bool answered; /* by the application; asserted once */
    bool seen;     /* the application has seen it in `head`, and is told when it is finished */
    bool expect_continue, conditional;
    bool last;    /* the connection closes after it */
    bool discard; /* its body is dropped */

    /* the body, while it arrives */
    int64_t body_left; /* of Content-Length, or BODY_CHUNKED */
    ChunkDecoder chunks;
    char *body; /* its own memory when it does not lie in `block` */
    size_t body_n, body_size;

    /* the answer */
    Answer answer;
    HttpFault fault;   /* instead of it: what the core refuses itself */
    int encoding;      /* of the body, or of the blob */
    bool varies;       /* another Accept-Encoding would have got another body */
    int etag_encoding; /* whose tag is shown */
    bool ranged;
    size_t range_from, range_size, range_of;
    HttpStream *stream;
    Str out[CALL_OUT_MAX]; /* what the socket has not taken yet */
    int out_count;
};

static inline HttpCall *call_of(Exchange *ex)
{
    return (HttpCall *)(void *)ex;
}

/* ---- connections ---- */

/* About 200 bytes, and all that an idle connection has. */
struct HttpConn {
    HttpLoop *loop;
    HttpConn *timer_before, *timer_after;
    int64_t deadline_us;
    HttpConn *all_before, *all_after; /* the loop's connections */
    HttpConn *queue_next; /* in the loop's work list, its graveyard, or among the spare ones */
    HttpBlock *block;     /* NULL while nothing is half read */
    uint32_t at;          /* of the block: what has been used */
    HeadParser parser;
    int64_t began_us;       /* the first byte of the head that is being read */
    HttpCall *first, *last; /* the pipeline, in the order of the requests */
    HttpCall *receiving;    /* whose body is arriving: the last of the pipeline */
    HttpMail mail;          /* from the accepting loop */
    NetAddress peer;
    int fd;
    int requests;
    int queued_bytes; /* in the kernel, when the socket took no more: is the reader reading? */
    uint32_t lingered;
    uint8_t calls; /* length of the pipeline */
    uint8_t timer;
    bool trusted : 1;  /* the peer is a trusted proxy */
    bool counted : 1;  /* in the table of clients */
    bool readable : 1; /* the socket may have more: edge-triggered */
    bool writable : 1;
    bool hung_up : 1;    /* the client's last byte has arrived, perhaps not yet read */
    bool end_seen : 1;   /* it has been read */
    bool input_done : 1; /* nothing more is read as a request */
    bool linger : 1;     /* unread input is likely when we close */
    bool lingering : 1;
    bool queued : 1;   /* in the loop's work list */
    bool progress : 1; /* since the timer was set */
    bool running : 1;  /* conn_run is on the stack: it will see what changes */
    bool dead : 1;
};

void conn_open(HttpLoop *loop, HttpConn *conn); /* with fd, peer, trusted and counted set */
void conn_event(HttpConn *conn, uint32_t events);
void conn_run(
    HttpConn *conn); /* reads, parses and writes until the socket or the application has to move */
void conn_timed_out(HttpConn *conn);
void conn_cut(HttpConn *conn);   /* closes at once; exchanges under way are told or orphaned */
void conn_drain(HttpConn *conn); /* the server has begun to drain */
bool conn_at_work(const HttpConn *conn); /* closing it now would lose something */
Str conn_unused(const HttpConn *conn);   /* input that is not cut into requests yet */
void conn_forget_last(HttpConn *conn);   /* takes the newest call out of the pipeline */

/* ---- exchanges ---- */

HttpCall *call_new(HttpConn *conn);                    /* for what is no request */
void call_begin(HttpCall *call, const HttpHead *head); /* the head is complete */
bool call_receive(HttpCall *call); /* more of the body has arrived; true when it is complete */
char *call_body_room(HttpCall *call, size_t *size); /* where to read the body to; NULL: the block */
void call_answer(HttpCall *call, const Answer *answer); /* any thread, exactly once */
void call_refuse(HttpCall *call,
                 HttpFault fault);          /* answers from the core; the last on its connection */
void call_abandon(HttpCall *call);          /* its request will not become complete */
void call_lost(HttpCall *call);             /* its connection is gone */
void call_finish(HttpCall *call, bool cut); /* tells the application and recycles */

/* ---- answers: answer.c ---- */

/* Chooses among 304, 206, 416 and encodings; on the thread that answers. */
void answer_prepare(HttpCall *call);
/* Fills `out` with the head and the body; on the loop. */
void answer_write(HttpCall *call);

/* ---- loops ---- */

/* Written by the loop alone, read by anyone. */
typedef struct LoopStats {
    _Atomic uint64_t accepted, closed, pauses, requests, bytes_in, bytes_out, timed_out;
    _Atomic uint64_t busy_us;
    _Atomic uint64_t faults[HTTP_FAULT_COUNT];
} LoopStats;

static inline void stat_add(_Atomic uint64_t *stat, uint64_t n)
{
    uint64_t now = atomic_load_explicit(stat, memory_order_relaxed);
    atomic_store_explicit(stat, now + n, memory_order_relaxed);
}

struct HttpLoop {
    /* What other threads write has a cache line of its own. */
    alignas(64) _Atomic(HttpMail *) mailbox; /* newest first; any thread pushes */
    atomic_bool asleep;                      /* or about to be: a sender must ring */
    atomic_int senders;                      /* threads in loop_post */
    atomic_int load; /* connections given to this loop: the accepting loop chooses by it */

    alignas(64) HttpServer *server;
    pthread_t thread, self;
    int epoll_fd, event_fd;
    int64_t now_us;    /* monotonic, when the present round began */
    int64_t rested_us; /* and when the last one ended */
    int64_t date_until_us;
    char date[TIME_HTTP_LENGTH];

    HttpTimerList timers[TIMER_COUNT];
    HttpConn *conns;
    HttpConn *work_first, *work_last; /* have something to do before the loop sleeps */
    HttpConn *graveyard;              /* closed in this round; an event may still name them */
    int64_t accept_again_us;          /* accepting is paused until then; 0: it is not */

    HttpCall *spare_calls;
    HttpBlock *spare_blocks;
    int spare_call_count, spare_block_count;
    HttpHeader *scratch; /* headers_max of them, for the parser */

    int live_calls;
    bool accepting, draining, stopping;
    LoopStats stats;
};

bool loop_start(HttpLoop *loop, HttpServer *server); /* accepts nothing yet */
void loop_close(HttpLoop *loop);                     /* after its thread is joined */
bool loop_is_mine(const HttpLoop *loop);
void loop_work(HttpLoop *loop,
               HttpConn *conn); /* conn_run before the loop sleeps; once, however often asked */
void loop_timer(HttpConn *conn, HttpTimer timer); /* from now on; TIMER_NONE stops */
HttpCall *loop_call(HttpLoop *loop);
void loop_call_recycle(HttpLoop *loop, HttpCall *call);
HttpBlock *loop_block(HttpLoop *loop, size_t size); /* one reference */
void block_unref(HttpLoop *loop, HttpBlock *block);
Str loop_date(HttpLoop *loop); /* the Date header's value */

/* ---- accepting: accept.c, on the first loop ---- */

void accept_connections(HttpLoop *loop);
void accept_watch(HttpLoop *loop, bool on);
void accept_resume(HttpLoop *loop); /* after a pause */
void accept_stop(HttpLoop *loop);   /* takes what has connected, and closes the listeners */

/* ---- the server ---- */

struct HttpServer {
    Arena *arena; /* the server itself, and its own small things */
    HttpOptions options;
    HttpApp app;
    HeadLimits limits;
    int64_t timeouts_us[TIMER_COUNT];
    Proxies proxies;
    Listener listeners[HTTP_LISTENERS_MAX]; /* touched by the first loop alone, once it runs */
    int listener_count;
    bool handed_over; /* a successor accepts from the same sockets */
    HttpLoop *loops;
    int loop_count;
    ClientTable clients;
    Compressors compressors;
    Str busy_answers[2]; /* for connections over a limit: in all, by client */
    Str address;
    atomic_int connections, cut;

    pthread_mutex_t lock; /* with `changed`: what http_drain and its kind wait for */
    pthread_cond_t changed;
    int orders; /* not yet carried out */
};

void server_connection_closed(HttpServer *server);

/* ---- metrics.c ---- */

void metrics_show(HttpServer *server); /* to the scrapes of this process, from now on */
void metrics_hide(HttpServer *server); /* before it is freed */

#endif
