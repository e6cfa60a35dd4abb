/* What a saga does next, and what follows from how that ends. No lanes and no waiting here: begin.c and
 * drive.c run this inside of transactions and between them.
 *
 * `step` counts: so many steps are done. Forward, the next one is steps[step]; undoing, it is
 * steps[step - 1]. A call whose end is not known and that is given up counts as done, so that it is
 * undone: undoing what was not done must be harmless.
 *
 * A write step that refuses may have written something before it did. So the whole transaction is taken
 * back, not only the step, and the refusal is noted in the next one; there are no savepoints, which
 * every checkout would pay for. */
#include "platform/saga/state.h"

#include "meta/json.h"

#include <assert.h>
#include <stdio.h>

static const Error error_not_reached = {
    "not_reached", 503, "Somebody who is needed for this does not answer; nothing was done.",
    LOG_WARN, "The payment provider, for instance. Try again in a while, with a new key."};
static const Error error_waited_too_long = {
    "waited_too_long", 409, "What this waited for has not come in time; all was undone.", LOG_DEBUG,
    "Begin again, with a new `Idempotency-Key`."};
const Error *const saga_errors[] = {&error_not_reached, &error_waited_too_long};

enum { PAUSE_FIRST_US = 100000, PAUSE_MAX_S = 3600, STATE_MAX = 1 << 20 };

/* ---- Ends ------------------------------------------------------------------------------------ */

SagaEnd saga_done(void)
{
    return (SagaEnd){.verdict = SAGA_DONE};
}

SagaEnd saga_refused(const Error *error, Str detail)
{
    return (SagaEnd){.verdict = SAGA_REFUSED, .error = error, .detail = detail};
}

SagaEnd saga_again(Str detail)
{
    return (SagaEnd){.verdict = SAGA_AGAIN, .detail = detail};
}

SagaEnd saga_wait(Time until)
{
    return (SagaEnd){.verdict = SAGA_WAIT, .until = until};
}

/* ---- One step -------------------------------------------------------------------------------- */

static size_t next_index(const SagaWork *w)
{
    return w->undoing ? w->step - 1 : w->step;
}

static const SagaStep *next_step(const SagaWork *w)
{
    if (w->undoing ? w->step == 0 : w->step == w->run.saga->step_count) return NULL;
    return &w->run.saga->steps[next_index(w)];
}

Str saga_key(Ctx *cx, const SagaRun *run)
{
    const SagaWork *w = saga_work_of(run);
    return str_format(cx->arena, "%.*s:%s%s", STR_ARG(id_text(cx->arena, "saga", run->id)),
                      next_step(w)->name, w->undoing ? ":undo" : "");
}

Str saga_key_of(Ctx *cx, const SagaRun *run, const char *step)
{
    return str_format(cx->arena, "%.*s:%s", STR_ARG(id_text(cx->arena, "saga", run->id)), step);
}

bool saga_is_at_call(const SagaWork *w)
{
    const SagaStep *step = next_step(w);
    if (!step || !(w->undoing ? step->undo_call : step->call)) return false;
    return !step->outside || step->outside(w->state);
}

static SagaEnd do_step(Ctx *cx, SagaWork *w, const SagaStep *step)
{
    if (!w->undoing)
        return step->write ? step->write(cx, &w->run, w->state) : step->call(cx, &w->run, w->state);
    if (step->undo_call) return step->undo_call(cx, &w->run, w->state);
    if (!step->undo_write || step->undo_write(cx, &w->run, w->state)) return saga_done();
    return saga_again(S("it cannot be undone now"));
}

/* With `fail`, what was not begun, or what has ended in a way that nobody heard of. */
static SagaEnd perform(Ctx *cx, SagaWork *w)
{
    const SagaStep *step = next_step(w);
    size_t i = next_index(w);
    bool has_points = !w->undoing || step->undo_write || step->undo_call;
    StepMoment before = w->undoing ? STEP_UNDO_BEFORE : STEP_BEFORE;
    w->run.attempt = (int)w->attempts + 1;
    if (has_points && FAULT(saga_fault(w->run.saga, i, before)))
        return saga_again(S("a fault point"));
    SagaEnd end = do_step(cx, w, step);
    if (has_points && FAULT(saga_fault(w->run.saga, i, before + 1)))
        return saga_again(S("a fault point"));
    return end;
}

SagaEnd saga_call(Ctx *cx, SagaWork *w)
{
    assert(!cx->db && saga_is_at_call(w));
    return perform(cx, w);
}

/* ---- What follows ---------------------------------------------------------------------------- */

static void go_on(SagaWork *w)
{
    w->step += w->undoing ? (size_t)-1 : 1;
    w->attempts = 0;
    w->run.late = false;
}

static void turn_back(SagaWork *w, size_t done, SagaEnd why)
{
    w->undoing = true;
    w->step = done;
    w->attempts = 0;
    w->run.late = false;
    w->ended = why;
}

/* Doubling, and somewhere between half and all of it, so that those who failed together do not come
 * back together. */
static void pause_for(Ctx *cx, SagaWork *w, Str detail)
{
    int64_t most_us = PAUSE_MAX_S * SECOND_US;
    if (w->attempts < 16) most_us = (int64_t)PAUSE_FIRST_US << w->attempts;
    if (most_us > PAUSE_MAX_S * SECOND_US) most_us = PAUSE_MAX_S * SECOND_US;
    int64_t wait_us = most_us / 2 + (int64_t)random_below(cx->random, (uint64_t)most_us / 2 + 1);
    w->attempts++;
    w->status = SAGA_PAUSING;
    w->due_at = (Time){ctx_now(cx).us + wait_us};
    w->ended.detail = w->undoing ? w->ended.detail : detail;
}

/* A step is not done, and it is not known whether it ever will be. `maybe`: it may have been. */
static void try_again(Ctx *cx, SagaWork *w, Str detail, bool maybe)
{
    bool may_turn = !w->undoing && !next_step(w)->persists;
    if (!may_turn || w->attempts + 1 < SAGA_ATTEMPTS) {
        pause_for(cx, w, detail);
        return;
    }
    turn_back(w, w->step + maybe, saga_refused(&error_not_reached, detail));
}

void saga_take(Ctx *cx, SagaWork *w, const SagaEnd *end)
{
    bool may_turn = !w->undoing;
    bool waits = end->verdict == SAGA_WAIT && !w->undoing;
    if (end->verdict == SAGA_DONE) {
        go_on(w);
    } else if (end->verdict == SAGA_REFUSED && may_turn) {
        turn_back(w, w->step, *end);
    } else if (waits && w->run.late && may_turn) {
        turn_back(w, w->step + 1, saga_refused(&error_waited_too_long, S("")));
    } else if (waits) {
        w->status = SAGA_WAITING;
        w->due_at = end->until;
    } else {
        try_again(cx, w, end->detail, true);
    }
}

void saga_take_refusal(Ctx *cx, SagaWork *w, const SagaEnd *last)
{
    if (last->verdict == SAGA_REFUSED && !w->undoing)
        turn_back(w, w->step, *last);
    else
        try_again(cx, w, last->detail, false);
}

/* ---- In a transaction ------------------------------------------------------------------------ */

static bool end_of_way(Ctx *cx, SagaWork *w)
{
    w->status = w->undoing ? SAGA_UNDONE : SAGA_ENDED;
    if (!w->undoing) w->ended = saga_done();
    (void)cx;
    return true;
}

bool saga_advance(Ctx *cx, SagaWork *w)
{
    while (w->status == SAGA_RUNNING && !saga_is_at_call(w)) {
        const SagaStep *step = next_step(w);
        if (!step) return end_of_way(cx, w);
        SagaEnd end = perform(cx, w);
        bool writes = w->undoing ? !step->undo_call : step->write != NULL;
        assert(!writes || end.verdict != SAGA_WAIT);
        if (db_failure(cx)) return false;
        if (!writes || end.verdict == SAGA_DONE) {
            saga_take(cx, w, &end);
            continue;
        }
        w->last = end;
        return false;
    }
    return !db_failure(cx);
}

/* ---- Rows ------------------------------------------------------------------------------------ */

static Json state_text(Arena *arena, const SagaWork *w)
{
    Buf text = buf_new(arena, STATE_MAX);
    json_write_stored(&text, w->run.saga->state, w->state);
    assert(!text.full);
    return (Json){buf_str(&text)};
}

void saga_write_row(Ctx *cx, SagaWork *w)
{
    Time now = ctx_now(cx);
    const SagaStep *next = next_step(w);
    bool ended = w->status == SAGA_ENDED || w->status == SAGA_UNDONE;
    SagaRow *row = &w->row;
    row->present = PRESENT_ALL;
    row->status = w->status;
    row->step = str_from(next && !ended ? next->name : "");
    row->undoing = w->undoing;
    row->state = state_text(cx->arena, w);
    row->attempts = w->attempts;
    row->error = str_from(w->undoing ? w->ended.error->code : "");
    row->detail = w->ended.detail.p ? w->ended.detail : S("");
    row->until = w->status == SAGA_WAITING ? w->due_at : (Time){0};
    row->due_at = w->status == SAGA_RUNNING ? saga_lease_end(cx) : ended ? now : w->due_at;
    row->updated_at = now;
    row->finished_at = ended ? now : (Time){0};
    row->forget_at = (Time){ended ? now.us + SAGA_KEEP_S * SECOND_US : 0};
    Present *present = &row->present;
    *present = (Present){.set = UINT64_MAX};
    if (!row->key.n) MARK_ABSENT(&saga_row_type, row, SagaRow, key);
    if (!row->until.us) MARK_ABSENT(&saga_row_type, row, SagaRow, until);
    if (!ended) MARK_ABSENT(&saga_row_type, row, SagaRow, finished_at);
    if (!ended) MARK_ABSENT(&saga_row_type, row, SagaRow, forget_at);
}

/* How many steps are done, by the name of the next; SIZE_MAX: there is no such step here. */
static size_t steps_done(const Saga *saga, const SagaRow *row)
{
    bool ended = row->status == SAGA_ENDED || row->status == SAGA_UNDONE;
    if (ended || !row->step.n) return row->undoing ? 0 : saga->step_count;
    for (size_t i = 0; i < saga->step_count; i++)
        if (str_eq(row->step, str_from(saga->steps[i].name))) return row->undoing ? i + 1 : i;
    return SIZE_MAX;
}

bool saga_read_row(Arena *arena, SagaWork *w, const SagaRow *row)
{
    const Saga *saga = saga_kind(row->name);
    size_t step = saga ? steps_done(saga, row) : SIZE_MAX;
    if (step == SIZE_MAX) return false;
    Violations violations = violations_new(arena);
    void *state = json_read(arena, saga->state, row->state.text, JSON_STORED, &violations);
    if (!state) return false;
    const Error *error = saga_error(row->error);
    *w = (SagaWork){.run = {.id = row->id,
                            .saga = saga,
                            .subject = {saga_prefix(row->subject_kind), row->subject}},
                    .status = row->status,
                    .step = step,
                    .undoing = row->undoing,
                    .attempts = row->attempts,
                    .due_at = row->due_at,
                    .ended = {error ? SAGA_REFUSED : SAGA_DONE, error, row->detail, row->until},
                    .state = state,
                    .row = *row,
                    .begun = true};
    return true;
}

/* ---- What there is to tell ------------------------------------------------------------------- */

bool saga_has_answer(const SagaWork *w)
{
    if (w->status == SAGA_PAUSING && !w->undoing) return next_step(w)->persists;
    return w->status == SAGA_ENDED || w->status == SAGA_UNDONE || w->status == SAGA_WAITING;
}

SagaEnd saga_answer_end(const SagaWork *w)
{
    if (w->status == SAGA_WAITING) return saga_wait(w->due_at);
    if (w->status == SAGA_PAUSING) return saga_again(w->ended.detail);
    return w->ended;
}
