/* What handlers ask for: to begin a saga, to find one again, to be answered when it has ended.
 *
 * The first steps run in the handler's own transaction. Where no step asks another machine that is all of
 * them, and the saga is one row more in a transaction that is there anyway. Its row is written when the
 * first steps have run: a refusal then leaves nothing, and one insert says all. */
#include "platform/saga/state.h"

#include "platform/api/errors.h"

/* ---- Beginning ------------------------------------------------------------------------------- */

/* After the commit. Who has a request that waits begins the drive when the waiting has begun. */
static void count_begun(void *arg)
{
    SagaWork *w = arg;
    bool ended = w->status == SAGA_ENDED || w->status == SAGA_UNDONE;
    if (ended) metric_add(saga_series(w->run.saga, w->undoing), 1);
    if (w->status == SAGA_RUNNING && !w->awaited) saga_drive(&w->row);
    if (w->status == SAGA_PAUSING || w->status == SAGA_WAITING) sagas_wake(NULL);
}

static void write_beginning(Ctx *cx, SagaWork *w, const RequestKey *key)
{
    const Actor *actor = &cx->actor;
    w->row = (SagaRow){.id = w->run.id,
                       .name = str_from(w->run.saga->name),
                       .subject_kind = str_from(w->run.subject.kind),
                       .subject = w->run.subject.id,
                       .key = key ? key->text : (Str){0},
                       .fingerprint = key && key->fingerprint.p ? key->fingerprint : S(""),
                       .actor = actor->id,
                       .actor_kind = str_from(actor->prefix ? actor->prefix : ""),
                       .runner = sagas_runner.self,
                       .round = 1,
                       .created_at = ctx_now(cx)};
    saga_write_row(cx, w);
    saga_insert(cx, &w->row);
    w->begun = true;
    ctx_after_commit(cx, count_begun, w);
}

SagaRun *saga_begin(Ctx *cx, const Saga *saga, SagaSubject subject, const RequestKey *key,
                    void *state)
{
    SagaWork *w = NEW(cx->arena, SagaWork);
    *w = (SagaWork){.run = {.id = ctx_id(cx), .saga = saga, .subject = subject}, .state = state};
    if (saga_advance(cx, w)) {
        write_beginning(cx, w, key);
    } else {
        bool refused = w->last.verdict == SAGA_REFUSED && w->last.error;
        w->ended = refused ? w->last : saga_refused(&error_unavailable, S(""));
    }
    return &w->run;
}

SagaEnd saga_stands(const SagaRun *run, bool *begun)
{
    const SagaWork *w = saga_work_of(run);
    *begun = w->begun;
    if (!w->begun || saga_has_answer(w)) return saga_answer_end(w);
    return saga_again(S(""));
}

/* ---- Answering ------------------------------------------------------------------------------- */

static Reply tell(Request *rq, const SagaWork *w)
{
    SagaEnd end = w->begun ? saga_answer_end(w) : w->ended;
    Reply reply = w->run.saga->answer(rq, w->state, &end);
    bool stays = reply.error && w->begun; /* that it was tried, and undone */
    return stays ? refuse_and_keep(reply) : reply;
}

/* As it stands now, for one that has waited, or has waited for long enough. */
static Reply answer_later(Request *rq, Parked *parked)
{
    SagaWaiter *waiter = parked->arg;
    SagaWork w;
    const SagaRow *row = saga_by_id(rq->cx, waiter->row.id);
    if (!row || !saga_read_row(rq->cx->arena, &w, row) || !saga_has_answer(&w))
        return reply_in_flight();
    SagaEnd end = saga_answer_end(&w);
    return w.run.saga->answer(rq, w.state, &end);
}

static Reply park(Request *rq, const SagaRow *row, bool drive)
{
    SagaWaiter *waiter = NEW(rq->cx->arena, SagaWaiter);
    *waiter = (SagaWaiter){.parked = {.keep = saga_keep, .answer = answer_later, .arg = waiter},
                           .row = *row,
                           .drive = drive};
    return reply_later(rq, &waiter->parked);
}

Reply saga_reply(Request *rq, SagaRun *run)
{
    SagaWork *w = saga_work_of(run);
    if (!w->begun || saga_has_answer(w)) return tell(rq, w);
    w->awaited = true;
    return park(rq, &w->row, w->status == SAGA_RUNNING);
}

/* ---- Repeating ------------------------------------------------------------------------------- */

static Reply repeat_found(Request *rq, SagaRow *row, const RequestKey *key)
{
    SagaWork *w = NEW(rq->cx->arena, SagaWork);
    bool same_key = key->text.n && str_eq(row->key, key->text);
    if (same_key && !str_eq(row->fingerprint, key->fingerprint))
        return fail(rq, &error_idempotency_key_reused,
                    "The key was used for another request; nothing was done.");
    if (row->status == SAGA_WAITING) {
        if (!saga_take_waiting(rq->cx, row, sagas_runner.self, saga_lease_end(rq->cx)))
            return reply_in_flight();
        return park(rq, row, true);
    }
    if (!saga_read_row(rq->cx->arena, w, row) || !saga_has_answer(w)) return reply_in_flight();
    Reply reply = tell(rq, w);
    if (same_key)
        reply.headers =
            str_format(rq->cx->arena, "%.*sIdempotent-Replayed: true\r\n", STR_ARG(reply.headers));
    return reply;
}

Reply saga_repeat(Request *rq, const Saga *saga, SagaSubject subject)
{
    RequestKey key = request_key(rq);
    SagaRow *found;
    if (!key.text.n && !saga->exclusive) return (Reply){0};
    if (!saga_enter(rq->cx, str_from(saga->name), subject, key.text, saga->exclusive, &found))
        return reply_in_flight();
    return found ? repeat_found(rq, found, &key) : (Reply){0};
}

/* ---- While it is under way ------------------------------------------------------------------- */

void saga_wake(Ctx *cx, SagaSubject subject)
{
    saga_post_wake(cx, subject, ctx_now(cx));
    ctx_after_commit(cx, sagas_wake, NULL);
}
