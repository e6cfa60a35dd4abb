/* Sagas: pieces of work of several transactions, with calls to other machines between them. See
 * docs/internals/sagas.md.
 *
 * A saga is a row of its module's tables: named steps, each with its undo, and the struct that they
 * share.
 *
 *     typedef struct Purchase {
 *         Id cart, order;
 *         Money amount;
 *     } Purchase;
 *     static const Type purchase_type = TYPE(Purchase, "…", FIELD(Purchase, cart, "…"), …);
 *
 *     static const SagaStep steps[] = {
 *         {"reserve", "Promises the goods to the cart.", .write = reserve, .undo_write = let_go},
 *         {"authorise", "Asks the bank.", .call = authorise, .undo_call = give_back,
 *          .outside = asks_a_machine},
 *         {"commit", "Writes the order.", .write = commit, .undo_write = take_back},
 *     };
 *     static const Saga checkout_saga = {.name = "checkout", .doc = "…", .state = &purchase_type,
 *                                        .steps = steps, .step_count = ROWS(steps),
 *                                        .answer = answer};
 *     static const Saga *const sagas[] = {&checkout_saga};          Module.sagas
 *
 *     static Reply complete(Request *rq)                   a WRITE route whose row says `.parks`
 *     {
 *         SagaSubject cart = {"cart", rq->id};
 *         Reply before = saga_repeat(rq, &checkout_saga, cart);
 *         if (before.status) return before;
 *         Purchase *purchase = …;
 *         RequestKey key = request_key(rq);
        return saga_reply(rq, saga_begin(rq->cx, &checkout_saga, cart, &key, purchase));
 *     }
 *
 * Steps run in their order. When one refuses, what was done is undone in the opposite order. What has
 * been done is written down with each transaction, so whatever happens to the process, a saga comes to
 * one of its two ends by itself: on SQLite when the program starts again, on PostgreSQL also in another
 * process, some seconds later.
 *
 * A step may run again whenever its end was not written down: a call must be known at the other end by
 * saga_key, an undo must be harmless where there is nothing to undo. The name of a saga and of a step
 * stand in the database, so they are for ever. */
#ifndef PLATFORM_SAGA_SAGA_H
#define PLATFORM_SAGA_SAGA_H

#include "platform/module.h"

typedef enum SagaVerdict {
    SAGA_DONE,
    SAGA_REFUSED, /* it was not done and will not be: what was done before is undone. Says why */
    SAGA_AGAIN,   /* not known, or not now: once more after a pause, with the same key */
    SAGA_WAIT,    /* for somebody else (3-D Secure): until saga_wake, or until its time is up */
} SagaVerdict;

typedef struct SagaEnd {
    SagaVerdict verdict;
    const Error *error; /* SAGA_REFUSED; must stand in a module's `errors` */
    Str detail; /* of it; of SAGA_AGAIN what went wrong, for people who look after the shop */
    Time until; /* SAGA_WAIT */
} SagaEnd;

SagaEnd saga_done(void);
SagaEnd saga_refused(const Error *error, Str detail);
SagaEnd saga_again(Str detail);
SagaEnd saga_wait(Time until);

/* What a saga is about: "cart" and the id behind that prefix. `kind` lives as long as the program. */
typedef struct SagaSubject {
    const char *kind;
    Id id;
} SagaSubject;

/* A saga under way, as its steps see it. */
typedef struct SagaRun {
    Id id;
    const Saga *saga;
    SagaSubject subject;
    int attempt; /* of this step: 1 the first time */
    bool late;   /* what it waited for has not come in time: SAGA_WAIT counts as a refusal now */
} SagaRun;

/* By what an outside machine tells a repetition from something new: "saga_…:authorise", the same each
 * time that the saga runs this step; of an undo "saga_…:authorise:undo". In the context's arena. */
Str saga_key(Ctx *cx, const SagaRun *run);

/* The key of another step of the same saga, for a call that asks again what that one has asked. */
Str saga_key_of(Ctx *cx, const SagaRun *run, const char *step);

typedef struct SagaStep {
    const char *name; /* "authorise" */
    const char *doc;  /* one sentence */

    /* One of the two. `write` runs in a WRITE transaction, which it shares with the steps of its kind
     * beside it; when it refuses or wants to be run again, what that transaction has written is taken
     * back. It never waits (SAGA_WAIT). `call` runs outside of any transaction, on a thread that may
     * block, or at once in the transaction where `outside` says no: then it asks no other machine,
     * leaves nothing anywhere but in the state. What it has learnt it leaves in
     * the state, and a `write` notes it. */
    SagaEnd (*write)(Ctx *cx, SagaRun *run, void *state);
    SagaEnd (*call)(Ctx *cx, SagaRun *run, void *state);
    bool (*outside)(const void *state); /* NULL: always */

    /* Of a step that was done, or of a call that may have been. NULL: there is nothing to undo.
     * undo_write in a WRITE transaction: false, it could not be done now (nothing is written). undo_call
     * as `call`: anything but SAGA_DONE is tried again, less and less often, for ever. */
    bool (*undo_write)(Ctx *cx, SagaRun *run, void *state);
    SagaEnd (*undo_call)(Ctx *cx, SagaRun *run, void *state);

    /* It is not given up because its end is not known: it is tried until it is done, or refuses; and
     * who waits for the saga's answer is answered when that takes long. For what comes behind that
     * which matters to him. */
    bool persists;
} SagaStep;

struct Saga {
    const char *name; /* "checkout" */
    const char *doc;
    /* The struct that its steps share: what the fields say is written down with each commit, so it
     * holds ids and amounts and nothing that is large or personal. Other members are there as long as
     * the run goes without a pause. */
    const Type *state;
    const SagaStep *steps;
    size_t step_count;
    /* At most one of a subject is under way at once: a second one is answered as a repeat of the
     * first. */
    bool exclusive;
    /* What its beginner is told, in a transaction, by how it has ended: SAGA_DONE; SAGA_REFUSED
     * (refuse with end->error and end->detail); SAGA_WAIT, it waits for somebody; SAGA_AGAIN, a step that
     * `persists` takes long and will be done by itself. Asked again for each
     * repeat. */
    Reply (*answer)(Request *rq, const void *state, const SagaEnd *end);
};

enum { SAGA_STEPS_MAX = 16 };

/* ---- Beginning ------------------------------------------------------------------------------- */

/* Begins one, in the WRITE transaction of `cx`, and runs its first steps there: all up to the first
 * call that is outside. `key` is what it will be found again by, NULL: nothing. `state` lives in the context's arena. The rest happens after the commit, also when nobody asks for
 * its reply. When a first step refuses, nothing was begun, and the caller's transaction is to be taken
 * back: saga_reply does that. */
SagaRun *saga_begin(Ctx *cx, const Saga *saga, SagaSubject subject, const RequestKey *key,
                    void *state);

/* How it stands after saga_begin, for callers without a request. SAGA_AGAIN: it goes on after the
 * commit. SAGA_REFUSED without `*begun`: take the transaction back. */
SagaEnd saga_stands(const SagaRun *run, bool *begun);

/* The handler's reply: what `answer` says, when the saga has ended or waits. Until then the exchange is
 * kept, and no thread waits. The route's row says `.parks`. */
Reply saga_reply(Request *rq, SagaRun *run);

/* To be asked first by a handler that begins a saga, in its WRITE transaction: was this request's
 * Idempotency-Key, or an exclusive saga's subject, here before? A reply of {0}: no. Otherwise the
 * reply to return: what `answer` says of the one that was; 409 in_flight when it is under way; 422
 * when the key belongs to another request. One that waits for somebody goes on. Until the transaction
 * ends no other one passes here for the same subject: it is told in_flight. */
Reply saga_repeat(Request *rq, const Saga *saga, SagaSubject subject);

/* ---- While it is under way ------------------------------------------------------------------- */

/* Something has happened that a waiting saga of this subject may wait for. In a WRITE transaction. */
void saga_wake(Ctx *cx, SagaSubject subject);

/* ---- The machine ----------------------------------------------------------------------------- */

/* Takes note of the sagas of all modules, of their errors, and makes the fault points of their steps:
 * "checkout.reserve.before", ".after", ".undo.before", ".undo.after". Once, before the first
 * transaction. The rows must live as long as the program. */
void sagas_gather(const Module *const *modules, size_t count);

typedef struct SagasOptions {
    int threads;         /* calls to other machines at once */
    int64_t lease_us;    /* so long nothing is heard of a process before others take its sagas */
    int64_t patience_us; /* so long a request waits for the end, before it is told in_flight */
} SagasOptions;

extern const SagasOptions sagas_usual;

bool sagas_start(const ModuleWorld *world, const SagasOptions *options);

/* Takes no more, and waits for the step that each is at. */
void sagas_stop(void);

extern const Module sagas_module;

#endif
