/* The SQL of sagas. Inside of platform/saga. */
#ifndef PLATFORM_SAGA_STORE_H
#define PLATFORM_SAGA_STORE_H

#include "platform/saga/saga.h"

typedef enum SagaStatus {
    SAGA_RUNNING, /* a process is at it */
    SAGA_PAUSING, /* a step is to be tried again */
    SAGA_WAITING, /* for somebody else */
    SAGA_ENDED,   /* all is done: "done" */
    SAGA_UNDONE,  /* it was refused, and all is undone */
} SagaStatus;

extern const EnumNames saga_status_names;

typedef struct SagaRow {
    Present present;
    Id id;
    Str name;
    Str subject_kind;
    Id subject;
    Str key; /* without a pointer: none */
    Str fingerprint;
    SagaStatus status;
    Str step;
    bool undoing;
    Json state;
    int64_t attempts;
    Str error, detail;
    Id actor;
    Str actor_kind;
    Id runner;
    int64_t round;
    bool woken;
    Time until;
    Time due_at, created_at, updated_at, finished_at, forget_at; /* 0: not yet */
} SagaRow;

typedef struct SagaRowList {
    SagaRow *items;
    size_t n;
} SagaRowList;

extern const Type saga_row_type;

/* Writes down how it stands, at its beginning. Not waited for. */
void saga_insert(Ctx *cx, const SagaRow *row);

/* The same later. False: it is not this round's any more. One that waits, and was woken meanwhile, is
 * due at once. */
bool saga_update(Ctx *cx, const SagaRow *row);

/* Who passes here keeps others of the same subject from passing until his transaction ends; false:
 * somebody is there. The row that the key has begun, or, when `any`, the one that is under way; NULL:
 * none. In one round trip. */
bool saga_enter(Ctx *cx, Str name, SagaSubject subject, Str key, bool any, SagaRow **found);

SagaRow *saga_by_id(Ctx *cx, Id id);

/* One that waits is this runner's from now on; false: it does not wait any more. *row is as it is
 * then. */
bool saga_take_waiting(Ctx *cx, SagaRow *row, Id runner, Time lease_end);

void saga_post_wake(Ctx *cx, SagaSubject subject, Time now);

/* Who takes sagas on, and what. */
typedef struct SagaClaim {
    Id runner;
    Time now, lease_end;
    Time others_before; /* what was another runner's last must have been due by then */
    bool all_running;   /* those that run too, whosever they are */
    int64_t limit;
} SagaClaim;

/* Those that are due are the runner's from now on. What another process is taking at the same time is
 * passed over. */
SagaRowList sagas_claim(Ctx *cx, const SagaClaim *claim);

/* Nobody is at it, and nothing has been tried: it is due then. */
void saga_post_back(Ctx *cx, const SagaRow *row, Time due_at);

void sagas_beat(Ctx *cx, Id runner, IdList ids, Time lease_end);

/* When the first one is due that was this runner's last, and the first of all; 0: none is under way. */
Time sagas_next_due_of(Ctx *cx, Id runner);
Time sagas_next_due(Ctx *cx);

/* Which of these have ended, or wait for somebody. */
IdList sagas_settled(Ctx *cx, IdList ids);

int64_t sagas_forget(Ctx *cx, Time now, int64_t limit);

/* ---- Looking after --------------------------------------------------------------------------- */

typedef struct SagaFilter {
    Str name; /* empty: any */
    bool all; /* those too that have ended */
    int64_t limit;
} SagaFilter;
SagaRowList sagas_list(Ctx *cx, const SagaFilter *filter); /* newest first, without state */

/* It is due now; false: it runs, or has ended. */
bool saga_hurry(Ctx *cx, Id id, Time now);

typedef struct SagaCounts {
    int64_t running, waiting, stuck;
} SagaCounts;
SagaCounts sagas_count(Ctx *cx);

/* A step that has been tried so often: people should look. */
enum { SAGA_STUCK_ATTEMPTS = 10 };

#endif
