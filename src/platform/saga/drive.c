/* Going on with a saga behind the request that began it: a thread of the lane makes a call, a WRITE
 * transaction notes its end and does the steps that follow, and so on until it has ended, waits, or
 * must pause.
 *
 * Whoever writes names runner and round, so that of two who think a saga theirs (one was stopped for
 * longer than its lease) only the later one writes.
 *
 * The transaction may run several times, so each run begins with copies of what there was before it: the
 * work, and the struct of its state, whose texts and lists steps replace and never change in place. When
 * a step wants it taken back, it is run again without that step: noting the refusal, and what follows
 * from it. */
#include "platform/saga/state.h"

#include "platform/telemetry/log.h"

#include <stdlib.h>

enum { DRIVE_ARENA = 4096, UNKNOWN_US = 60 * 1000000, REFUSALS_MOST = 4 };

LOG_EVENT(saga_unknown, "sagas.unknown", LOG_WARN,
          "A saga or a step that this program does not know was put back, for one that does.");
LOG_EVENT(saga_stuck, "sagas.stuck", LOG_ERROR,
          "A step of a saga does not succeed: `souk sagas show` says why. It is tried again.");
FAULT_POINT(fault_called, "saga.called",
            "A call of a saga's step has ended; how it ended is not written down.");

/* ---- One transaction ------------------------------------------------------------------------- */

typedef struct Settling {
    SagaWork *w, before;
    void *state; /* as it was before */
    SagaEnd end; /* of the call, when there was one */
    bool called;
    SagaEnd refusals[REFUSALS_MOST]; /* of runs that were taken back */
    size_t refusal_count;
    bool lost; /* it is another round's */
} Settling;

static bool settle_in_tx(Ctx *cx, void *arg)
{
    Settling *s = arg;
    SagaWork *w = s->w;
    *w = s->before;
    memcpy(w->state, s->state, w->run.saga->state->size);
    if (s->called) saga_take(cx, w, &s->end);
    for (size_t i = 0; i < s->refusal_count; i++) saga_take_refusal(cx, w, &s->refusals[i]);
    if (!saga_advance(cx, w)) return false;
    saga_write_row(cx, w);
    s->lost = !saga_update(cx, &w->row) && !db_failure(cx);
    return !s->lost;
}

/* False: nothing is written, and it is to be run again with what was refused. A failure that is the
 * database's own is nobody's refusal. */
static bool note_refusal(Ctx *cx, Settling *s, DbFailure failure)
{
    if (s->lost || s->refusal_count == REFUSALS_MOST) return false;
    if (failure != DB_FINE && failure != DB_CONSTRAINT && failure != DB_BROKEN) return false;
    s->refusals[s->refusal_count++] =
        failure == DB_FINE
            ? s->w->last
            : saga_again(str_format(cx->arena, "its transaction failed: %d", (int)failure));
    return true;
}

/* Notes how the call has ended, and does what can be done in a transaction. False: it was not written,
 * now or any more. */
static bool settle(Ctx *cx, SagaWork *w, const SagaEnd *end)
{
    size_t size = w->run.saga->state->size;
    Settling s = {
        .w = w, .before = *w, .state = arena_alloc(cx->arena, size, alignof(max_align_t))};
    memcpy(s.state, w->state, size);
    s.called = end != NULL;
    if (end) s.end = *end;
    for (;;) {
        s.before.last = w->last = (SagaEnd){0};
        DbFailure failure = db_run(sagas_runner.world.db, TX_WRITE, cx, settle_in_tx, &s);
        bool wanted = failure == DB_FINE && w->last.verdict == SAGA_DONE && !s.lost;
        if (wanted) return true;
        if (!note_refusal(cx, &s, failure)) return false;
    }
}

/* ---- A drive --------------------------------------------------------------------------------- */

typedef struct PutBack {
    const SagaRow *row;
    Time due_at;
} PutBack;

static bool put_back_in_tx(Ctx *cx, void *arg)
{
    const PutBack *back = arg;
    saga_post_back(cx, back->row, back->due_at);
    return true;
}

static void put_back(Ctx *cx, const SagaRow *row, int64_t pause_us)
{
    PutBack back = {row, {ctx_now(cx).us + pause_us}};
    db_run(sagas_runner.world.db, TX_WRITE, cx, put_back_in_tx, &back);
}

static void tell_stuck(const SagaWork *w)
{
    if (w->status != SAGA_PAUSING || w->attempts != SAGA_STUCK_ATTEMPTS) return;
    LOG(NULL, &saga_stuck, KV("saga", str_from(w->run.saga->name)), KV("step", w->row.step),
        KV("detail", w->row.detail));
}

/* True: who waits for it may look. */
static bool drive(Ctx *cx, SagaWork *w)
{
    while (w->status == SAGA_RUNNING) {
        if (atomic_load(&sagas_runner.stopping)) {
            put_back(cx, &w->row, 0);
            return true;
        }
        bool calls = saga_is_at_call(w);
        SagaEnd end = calls ? saga_call(cx, w) : saga_done();
        if (calls) FAULT(&fault_called);
        if (!settle(cx, w, calls ? &end : NULL)) return true;
    }
    if (w->row.finished_at.us) metric_add(saga_series(w->run.saga, w->undoing), 1);
    tell_stuck(w);
    return saga_has_answer(w);
}

static void link_drive(Drive *d)
{
    pthread_mutex_lock(&sagas_runner.lock);
    d->next = sagas_runner.drives;
    if (d->next) d->next->before = d;
    sagas_runner.drives = d;
    pthread_mutex_unlock(&sagas_runner.lock);
}

static void unlink_drive(Drive *d)
{
    pthread_mutex_lock(&sagas_runner.lock);
    if (d->before)
        d->before->next = d->next;
    else
        sagas_runner.drives = d->next;
    if (d->next) d->next->before = d->before;
    pthread_mutex_unlock(&sagas_runner.lock);
}

static void run_drive(LaneItem *item, void *thread)
{
    (void)thread;
    Drive *d = (Drive *)(void *)((char *)item - offsetof(Drive, item));
    Ctx cx = module_ctx(&sagas_runner.world, d->arena);
    SagaWork w;
    Id id = d->row.id;
    bool tell = true;
    cx.actor = (Actor){.id = d->row.actor, .prefix = saga_prefix(d->row.actor_kind)};
    if (saga_read_row(d->arena, &w, &d->row)) {
        w.run.late = d->row.until.us && d->row.until.us <= ctx_now(&cx).us;
        tell = drive(&cx, &w);
    } else {
        LOG(NULL, &saga_unknown, KV("saga", d->row.name), KV("step", d->row.step));
        put_back(&cx, &d->row, UNKNOWN_US);
    }
    unlink_drive(d);
    arena_free(d->arena);
    free(d);
    if (tell) saga_release(id, 0);
    sagas_wake(NULL); /* it may be due again */
}

/* ---- Beginning a drive ----------------------------------------------------------------------- */

static void copy(Arena *arena, Str *text)
{
    if (text->p) *text = str_copy(arena, *text);
}

static Drive *drive_new(const SagaRow *row)
{
    Drive *d = calloc(1, sizeof *d);
    if (!d) abort();
    d->arena = arena_new(DRIVE_ARENA);
    d->item.run = run_drive;
    d->row = *row;
    Str *texts[] = {&d->row.name,        &d->row.subject_kind, &d->row.key,
                    &d->row.fingerprint, &d->row.step,         &d->row.state.text,
                    &d->row.error,       &d->row.detail,       &d->row.actor_kind};
    for (size_t i = 0; i < ROWS(texts); i++) copy(d->arena, texts[i]);
    return d;
}

static bool drive_begin(Drive *d)
{
    link_drive(d);
    if (atomic_load(&sagas_runner.started) && lane_submit(sagas_runner.lane, &d->item)) return true;
    unlink_drive(d);
    arena_free(d->arena);
    free(d);
    return false;
}

bool saga_drive(const SagaRow *row)
{
    return drive_begin(drive_new(row));
}

/* ---- Who waits ------------------------------------------------------------------------------- */

void saga_keep(Parked *parked)
{
    SagaWaiter *waiter = parked->arg;
    Id id = waiter->row.id;
    Drive *d = waiter->drive ? drive_new(&waiter->row) : NULL;
    waiter->since_us = monotonic_us();
    pthread_mutex_lock(&sagas_runner.lock);
    parked->next = sagas_runner.waiters;
    sagas_runner.waiters = parked;
    pthread_mutex_unlock(&sagas_runner.lock);
    /* From here the waiter may be answered and gone. */
    bool goes = atomic_load(&sagas_runner.started) && (!d || drive_begin(d));
    if (!goes) saga_release(id, 0);
    sagas_wake(NULL);
}

void saga_release(Id id, int64_t since_us)
{
    Parked *released = NULL;
    pthread_mutex_lock(&sagas_runner.lock);
    for (Parked **at = &sagas_runner.waiters; *at;) {
        Parked *parked = *at;
        const SagaWaiter *waiter = parked->arg;
        bool meant = id.n ? id_eq(waiter->row.id, id) : waiter->since_us <= since_us;
        if (!meant) {
            at = &parked->next;
            continue;
        }
        *at = parked->next;
        parked->next = released;
        released = parked;
    }
    pthread_mutex_unlock(&sagas_runner.lock);
    while (released) {
        Parked *next = released->next;
        parked_go_on(released);
        released = next;
    }
}
