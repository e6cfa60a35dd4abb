/* A loop: one thread, one epoll set, and the connections that it owns from accept to close.
 *
 * Edge-triggered, registered once: each connection is added with EPOLLIN | EPOLLOUT | EPOLLRDHUP |
 * EPOLLET and never changed, so that epoll_ctl stays off the path of a request. The price is that a
 * connection remembers what the kernel told
 * (`readable`, `writable`), and that whoever stops reading early must come back by itself: the work
 * list. Listening sockets are level-triggered, since accepting may stop for a while (limits,
 * descriptors) and be resumed.
 *
 * Timers are lists, one a kind, because all of a kind run equally long: the list is sorted by being
 * appended to, setting a timer is unlinking and appending, and only the heads are looked at. No
 * heap, no wheel, no timer system calls; the clock is read twice a round.
 *
 * The mailbox is a stack that any thread pushes to (one compare-and-swap) and the loop takes whole.
 * A sender rings the eventfd only when the loop says that it is asleep, and clears that flag: a
 * batch of answers costs one write, and under load none. The order of the flag and the stack on
 * both sides (sequentially consistent) excludes a lost wake-up: either the sender sees the flag, or
 * the loop sees the mail.
 *
 * Rejected: a lock-free list of timers or a wheel (nothing to gain over appending), EPOLLEXCLUSIVE
 * accepting on all loops (the kernel wakes the newest waiter, so that one loop gets most
 * connections), io_uring (not in every container). */
#include "platform/http/core.h"

#include <assert.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { EVENTS_MAX = 128 };

static const int64_t SECOND_US = 1000000;

static void *must(void *p)
{
    if (!p) abort(); /* out of memory, as in an arena */
    return p;
}

/* ---- mail ---- */

bool loop_is_mine(const HttpLoop *loop)
{
    return pthread_equal(pthread_self(), loop->self) != 0;
}

static void push_and_ring(HttpLoop *loop, HttpMail *mail)
{
    mail->next = atomic_load_explicit(&loop->mailbox, memory_order_relaxed);
    while (!atomic_compare_exchange_weak(&loop->mailbox, &mail->next, mail)) continue;
    if (!atomic_load(&loop->asleep) || !atomic_exchange(&loop->asleep, false)) return;
    uint64_t one = 1;
    ssize_t written = write(loop->event_fd, &one, sizeof one);
    (void)written; /* fails only when the counter is full: the loop is being woken anyway */
}

void loop_post(HttpLoop *loop, HttpMail *mail)
{
    atomic_fetch_add_explicit(&loop->senders, 1, memory_order_relaxed);
    push_and_ring(loop, mail);
    atomic_fetch_sub_explicit(&loop->senders, 1, memory_order_release);
}

static void take_mail(HttpLoop *loop)
{
    if (!atomic_load_explicit(&loop->mailbox, memory_order_relaxed)) return;
    HttpMail *newest = atomic_exchange(&loop->mailbox, NULL), *oldest = NULL;
    while (newest) {
        HttpMail *next = newest->next;
        newest->next = oldest;
        oldest = newest;
        newest = next;
    }
    while (oldest) {
        HttpMail *mail = oldest;
        oldest = mail->next; /* before it is delivered, and perhaps recycled */
        mail->deliver(loop, mail);
    }
}

/* ---- timers ---- */

static void timer_unlink(HttpConn *conn)
{
    HttpTimerList *list = &conn->loop->timers[conn->timer];
    *(conn->timer_before ? &conn->timer_before->timer_after : &list->first) = conn->timer_after;
    *(conn->timer_after ? &conn->timer_after->timer_before : &list->last) = conn->timer_before;
    conn->timer = TIMER_NONE;
}

void loop_timer(HttpConn *conn, HttpTimer timer)
{
    HttpLoop *loop = conn->loop;
    if (conn->timer != TIMER_NONE) timer_unlink(conn);
    if (timer == TIMER_NONE) return;
    HttpTimerList *list = &loop->timers[timer];
    conn->timer = (uint8_t)timer;
    conn->deadline_us = loop->now_us + loop->server->timeouts_us[timer];
    conn->timer_before = list->last;
    conn->timer_after = NULL;
    *(list->last ? &list->last->timer_after : &list->first) = conn;
    list->last = conn;
}

static void run_timers(HttpLoop *loop)
{
    for (int timer = TIMER_NONE + 1; timer < TIMER_COUNT; timer++) {
        HttpConn *conn;
        while ((conn = loop->timers[timer].first) && conn->deadline_us <= loop->now_us)
            conn_timed_out(conn); /* stops or moves its timer */
    }
}

/* Milliseconds until the next timer, rounded up; -1 when there is none. */
static int sleep_ms(const HttpLoop *loop)
{
    int64_t next = loop->accept_again_us ? loop->accept_again_us : INT64_MAX;
    for (int timer = TIMER_NONE + 1; timer < TIMER_COUNT; timer++) {
        const HttpConn *conn = loop->timers[timer].first;
        if (conn && conn->deadline_us < next) next = conn->deadline_us;
    }
    if (next == INT64_MAX) return -1;
    int64_t wait_us = next - loop->rested_us;
    if (wait_us <= 0) return 0;
    return wait_us > 3600 * SECOND_US ? 3600 * 1000 : (int)((wait_us + 999) / 1000);
}

/* ---- what is kept for the next request ---- */

HttpBlock *loop_block(HttpLoop *loop, size_t size)
{
    HttpBlock *block = loop->spare_blocks;
    if (size <= HTTP_BLOCK_SIZE && block) {
        loop->spare_blocks = block->next;
        loop->spare_block_count--;
    } else {
        if (size < HTTP_BLOCK_SIZE) size = HTTP_BLOCK_SIZE;
        block = must(malloc(sizeof *block + size));
        block->size = (uint32_t)size;
    }
    block->refs = 1;
    block->n = 0;
    return block;
}

void block_unref(HttpLoop *loop, HttpBlock *block)
{
    if (!block || --block->refs > 0) return;
    if (block->size != HTTP_BLOCK_SIZE || loop->spare_block_count >= HTTP_SPARE_MAX) {
        free(block);
        return;
    }
    block->next = loop->spare_blocks;
    loop->spare_blocks = block;
    loop->spare_block_count++;
}

HttpCall *loop_call(HttpLoop *loop)
{
    HttpCall *call = loop->spare_calls;
    Arena *arena;
    if (call) {
        loop->spare_calls = call->next;
        loop->spare_call_count--;
        arena = call->exchange.arena;
    } else {
        call = must(malloc(sizeof *call));
        arena = arena_new(HTTP_ARENA_FIRST);
    }
    *call = (HttpCall){.exchange.arena = arena, .loop = loop};
    loop->live_calls++;
    return call;
}

void loop_call_recycle(HttpLoop *loop, HttpCall *call)
{
    loop->live_calls--;
    if (loop->spare_call_count >= HTTP_SPARE_MAX) {
        arena_free(call->exchange.arena);
        free(call);
        return;
    }
    arena_reset(call->exchange.arena);
    call->next = loop->spare_calls;
    loop->spare_calls = call;
    loop->spare_call_count++;
}

static void free_spare(HttpLoop *loop)
{
    for (HttpCall *call; (call = loop->spare_calls);) {
        loop->spare_calls = call->next;
        arena_free(call->exchange.arena);
        free(call);
    }
    for (HttpBlock *block; (block = loop->spare_blocks);) {
        loop->spare_blocks = block->next;
        free(block);
    }
}

/* ---- the round ---- */

void loop_work(HttpLoop *loop, HttpConn *conn)
{
    if (conn->queued || conn->dead) return;
    conn->queued = true;
    conn->queue_next = NULL;
    *(loop->work_last ? &loop->work_last->queue_next : &loop->work_first) = conn;
    loop->work_last = conn;
}

/* What is queued while this runs waits for the next round, so that one busy connection cannot keep
 * the others waiting. */
static void do_work(HttpLoop *loop)
{
    HttpConn *conn = loop->work_first;
    loop->work_first = loop->work_last = NULL;
    while (conn) {
        HttpConn *next = conn->queue_next;
        conn->queued = false;
        if (conn->dead) {
            conn->queue_next = loop->graveyard;
            loop->graveyard = conn;
        } else {
            conn_run(conn);
        }
        conn = next;
    }
}

static void bury(HttpLoop *loop)
{
    while (loop->graveyard) {
        HttpConn *conn = loop->graveyard;
        loop->graveyard = conn->queue_next;
        free(conn);
    }
}

Str loop_date(HttpLoop *loop)
{
    if (loop->now_us >= loop->date_until_us) {
        Time now = clock_now(&clock_system);
        time_write_http(loop->date, now);
        loop->date_until_us = loop->now_us + SECOND_US - now.us % SECOND_US;
    }
    return (Str){loop->date, TIME_HTTP_LENGTH};
}

static void handle_event(HttpLoop *loop, const struct epoll_event *event)
{
    void *source = event->data.ptr;
    if (source == loop) return; /* the eventfd; edge-triggered, so its counter needs no reading */
    if (source == loop->server)
        accept_connections(loop);
    else
        conn_event(source, event->events);
}

/* As a system call, for the reason that conn.c gives. */
static int wait_for_events(int epoll_fd, struct epoll_event *events, int timeout_ms)
{
    return (int)syscall(SYS_epoll_pwait, epoll_fd, events, EVENTS_MAX, timeout_ms, NULL, 0);
}

static void round_once(HttpLoop *loop)
{
    struct epoll_event events[EVENTS_MAX];
    int timeout_ms = loop->work_first ? 0 : sleep_ms(loop);
    atomic_store(&loop->asleep, true);
    if (atomic_load(&loop->mailbox)) timeout_ms = 0;
    int count = wait_for_events(loop->epoll_fd, events, timeout_ms);
    atomic_store(&loop->asleep, false);

    loop->now_us = monotonic_us();
    for (int i = 0; i < count; i++) handle_event(loop, &events[i]);
    take_mail(loop);
    run_timers(loop);
    accept_resume(loop);
    do_work(loop);
    bury(loop);
    loop->rested_us = monotonic_us();
    stat_add(&loop->stats.busy_us, (uint64_t)(loop->rested_us - loop->now_us));
}

static void *loop_main(void *arg)
{
    HttpLoop *loop = arg;
    loop->self = pthread_self();
    loop->now_us = loop->rested_us = monotonic_us();
    pthread_setname_np(loop->self, "http-loop");
    while (!loop->stopping || loop->conns || loop->live_calls) round_once(loop);
    free_spare(loop);
    return NULL;
}

/* ---- start and end ---- */

static bool watch(HttpLoop *loop, int fd, void *source, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = source};
    return epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

bool loop_start(HttpLoop *loop, HttpServer *server)
{
    *loop = (HttpLoop){.server = server, .epoll_fd = -1, .event_fd = -1};
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    loop->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    loop->scratch = must(calloc((size_t)server->limits.headers_max, sizeof *loop->scratch));
    if (loop->epoll_fd >= 0 && loop->event_fd >= 0 &&
        watch(loop, loop->event_fd, loop, EPOLLIN | EPOLLET) &&
        pthread_create(&loop->thread, NULL, loop_main, loop) == 0)
        return true;
    loop_close(loop);
    return false;
}

/* A sender may still be about to ring, although its mail was delivered and the loop has ended on it. */
void loop_close(HttpLoop *loop)
{
    while (atomic_load_explicit(&loop->senders, memory_order_acquire) > 0) sched_yield();
    if (loop->epoll_fd >= 0) close(loop->epoll_fd);
    if (loop->event_fd >= 0) close(loop->event_fd);
    free(loop->scratch);
}
