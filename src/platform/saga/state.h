/* Between the files of platform/saga: steps.c is what a saga does next, begin.c how handlers begin one,
 * drive.c the thread that goes on with it, runner.c what is done by the clock, gather.c the rows. */
#ifndef PLATFORM_SAGA_STATE_H
#define PLATFORM_SAGA_STATE_H

#include "platform/pulse.h"
#include "platform/saga/store.h"
#include "platform/telemetry/fault.h"
#include "platform/telemetry/metrics.h"

#include <stdatomic.h>

#define SECOND_US INT64_C(1000000)

enum {
    SAGA_ATTEMPTS = 8,         /* of a forward step, some 20 s: then what was done is undone */
    SAGA_KEEP_S = 3 * 86400,   /* an ended one answers repetitions for so long */
    SAGA_UNDER_WAY_MAX = 4096, /* that wait for a thread here: as many as requests may wait for */
};

/* ---- gather.c -------------------------------------------------------------------------------- */

typedef enum StepMoment { STEP_BEFORE, STEP_AFTER, STEP_UNDO_BEFORE, STEP_UNDO_AFTER } StepMoment;

const Saga *saga_kind(Str name); /* NULL: this program has none */
const FaultPoint *saga_fault(const Saga *saga, size_t step, StepMoment moment);
const Error *saga_error(Str code); /* NULL for an empty code */
Series saga_series(const Saga *saga, bool undone);
const char *saga_prefix(Str kind); /* that text, for as long as the program lives */

extern const Error *const saga_errors[];

/* ---- steps.c --------------------------------------------------------------------------------- */

/* A saga while somebody is at it. */
typedef struct SagaWork {
    SagaRun run; /* what its steps see; stands first */
    SagaStatus status;
    size_t step; /* so many steps are done, or, when it is undoing, may be */
    bool undoing;
    int64_t attempts; /* of what is next, without success */
    Time due_at;      /* SAGA_PAUSING, SAGA_WAITING */
    SagaEnd ended; /* SAGA_REFUSED with the reason, when it is undoing; of SAGA_AGAIN the detail */
    SagaEnd last;  /* of a transaction that is to be taken back: why */
    void *state;
    SagaRow row;  /* as it was read, or is written first */
    bool begun;   /* there is a row */
    bool awaited; /* by a request, which begins the drive */
} SagaWork;

static inline SagaWork *saga_work_of(const SagaRun *run)
{
    return (SagaWork *)(uintptr_t)run;
}

/* Does the next thing ask another machine? Then it is for saga_call, outside of a transaction. */
bool saga_is_at_call(const SagaWork *w);
SagaEnd saga_call(Ctx *cx, SagaWork *w);

/* Takes note of how the call has ended that was next. */
void saga_take(Ctx *cx, SagaWork *w, const SagaEnd *end);

/* The transaction was taken back because of w->last: what follows from that. */
void saga_take_refusal(Ctx *cx, SagaWork *w, const SagaEnd *last);

/* Does in this transaction what can be done there. False: it is to be taken back, and w->last says
 * why. */
bool saga_advance(Ctx *cx, SagaWork *w);

/* The row of how it stands; its texts are in the arena. And back: false when this program does not
 * know the saga or the step. */
void saga_write_row(Ctx *cx, SagaWork *w);
bool saga_read_row(Arena *arena, SagaWork *w, const SagaRow *row);

/* Has it ended, or does it wait: is there something to tell who began it? */
bool saga_has_answer(const SagaWork *w);
SagaEnd saga_answer_end(const SagaWork *w);

/* ---- drive.c --------------------------------------------------------------------------------- */

/* A saga that this process is at, outside of the request that has begun it. */
typedef struct Drive {
    LaneItem item;
    struct Drive *next, *before;
    Arena *arena;
    SagaRow row;
} Drive;

/* Goes on with what the row says, which is this runner's; on a thread of the lane. False: there is no
 * room, and the lease runs out. Copies the row. */
bool saga_drive(const SagaRow *row);

/* An exchange that waits for this saga. */
typedef struct SagaWaiter {
    Parked parked;
    SagaRow row;
    bool drive; /* it begins with the waiting */
    int64_t since_us;
} SagaWaiter;

void saga_keep(Parked *parked);

/* Who waits for it may look again. Those of before `since_us` when the id is 0. */
void saga_release(Id id, int64_t since_us);

/* ---- runner.c -------------------------------------------------------------------------------- */

typedef struct SagasRunner {
    Pulse pulse;
    ModuleWorld world;
    SagasOptions options;
    Lane *lane;
    Id self;
    _Atomic bool started, stopping;

    pthread_mutex_t lock; /* of the two lists */
    Drive *drives;
    Parked *waiters;

    /* The pulse's own. */
    bool fresh; /* SQLite: whatever runs was another process's, which is dead */
    int64_t beat_us, forget_us, count_us, claim_us;
    _Atomic int64_t running, waiting, stuck;
} SagasRunner;

extern SagasRunner sagas_runner;

Time saga_lease_end(const Ctx *cx);
void sagas_wake(void *nothing); /* something is due; any thread */

#endif
