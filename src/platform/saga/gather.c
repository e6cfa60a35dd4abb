/* The sagas of all modules, and what follows from their rows: fault points, errors by their code. */
#include "platform/saga/state.h"

#include "platform/api/errors.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum { SAGAS_MAX = 32, MOMENTS = 4 };

METRIC_FAMILY(ends_family, .name = "souk_saga_ends_total", .kind = METRIC_COUNTER,
              .doc = "Sagas that have come to an end, by which of the two.",
              .labels = {"saga", "end"});

typedef struct SagaKind {
    const Saga *saga;
    FaultPoint faults[SAGA_STEPS_MAX][MOMENTS];
    Series ends[2];
} SagaKind;

static struct {
    SagaKind kinds[SAGAS_MAX];
    size_t n;
    const FaultPoint *faults[SAGAS_MAX * SAGA_STEPS_MAX * MOMENTS];
    const Module *const *modules;
    size_t module_count;
} all;

static const struct {
    const char *suffix, *doc;
} moments[MOMENTS] = {
    [STEP_BEFORE] = {"before", "The step is about to be done. With `fail` it counts as not done."},
    [STEP_AFTER] = {"after", "The step is done, and that is not written down. With `fail` its end "
                             "counts as lost."},
    [STEP_UNDO_BEFORE] = {"undo.before", "The step is about to be undone."},
    [STEP_UNDO_AFTER] = {"undo.after", "The step is undone, and that is not written down."},
};

/* Rows of the step table cannot name their points by themselves: the names are made of two others.
 * They live as long as the program, and are made once. */
static void make_faults(SagaKind *kind, size_t step, size_t *count)
{
    const SagaStep *s = &kind->saga->steps[step];
    bool undone = s->undo_write || s->undo_call;
    for (int m = 0; m < MOMENTS; m++) {
        if (m >= STEP_UNDO_BEFORE && !undone) continue;
        char *name;
        if (asprintf(&name, "%s.%s.%s", kind->saga->name, s->name, moments[m].suffix) < 0) abort();
        kind->faults[step][m] = (FaultPoint){name, moments[m].doc};
        all.faults[(*count)++] = &kind->faults[step][m];
    }
}

static void check_step(const SagaStep *step)
{
    assert(!step->write != !step->call);
    assert(!step->undo_write || !step->undo_call);
    assert(!step->outside || step->call);
    (void)step;
}

static void add(const Saga *saga, size_t *faults)
{
    assert(all.n < SAGAS_MAX && saga->step_count <= SAGA_STEPS_MAX);
    SagaKind *kind = &all.kinds[all.n++];
    *kind = (SagaKind){.saga = saga,
                       .ends = {metric_series(&ends_family, saga->name, "done"),
                                metric_series(&ends_family, saga->name, "undone")}};
    for (size_t i = 0; i < saga->step_count; i++) {
        check_step(&saga->steps[i]);
        make_faults(kind, i, faults);
    }
}

static void forget_before(void)
{
    for (size_t i = 0; i < all.n; i++)
        for (size_t s = 0; s < SAGA_STEPS_MAX; s++)
            for (int m = 0; m < MOMENTS; m++)
                free((char *)(uintptr_t)all.kinds[i].faults[s][m].name);
    all.n = 0;
}

void sagas_gather(const Module *const *modules, size_t count)
{
    size_t faults = 0;
    if (all.modules == modules && all.module_count == count) return;
    forget_before();
    all.modules = modules;
    all.module_count = count;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < modules[i]->saga_count; k++) add(modules[i]->sagas[k], &faults);
    fault_add_made(all.faults, faults);
}

static SagaKind *kind_of(const Saga *saga)
{
    for (size_t i = 0; i < all.n; i++)
        if (all.kinds[i].saga == saga) return &all.kinds[i];
    abort(); /* no module lists it in its `sagas` */
}

const Saga *saga_kind(Str name)
{
    for (size_t i = 0; i < all.n; i++)
        if (str_eq(name, str_from(all.kinds[i].saga->name))) return all.kinds[i].saga;
    return NULL;
}

const FaultPoint *saga_fault(const Saga *saga, size_t step, StepMoment moment)
{
    return &kind_of(saga)->faults[step][moment];
}

Series saga_series(const Saga *saga, bool undone)
{
    return kind_of(saga)->ends[undone];
}

static const Error *find(const Error *const *errors, size_t count, Str code)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(str_from(errors[i]->code), code)) return errors[i];
    return NULL;
}

/* A code that this program does not know any more is still a refusal. */
const Error *saga_error(Str code)
{
    if (!code.n) return NULL;
    const Error *found = find(api_errors, api_error_count, code);
    for (size_t i = 0; i < all.module_count && !found; i++)
        found = find(all.modules[i]->errors, all.modules[i]->error_count, code);
    return found ? found : &error_conflict;
}

/* A subject's kind is a literal of the module that begins the saga; what comes out of the database is
 * a view into an arena. Few kinds, so they are kept for good. */
const char *saga_prefix(Str kind)
{
    enum { KINDS_MAX = 64 };
    static char *kinds[KINDS_MAX];
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&lock);
    size_t i = 0;
    while (i < KINDS_MAX && kinds[i] && !str_eq(str_from(kinds[i]), kind)) i++;
    if (i == KINDS_MAX) abort();
    if (!kinds[i]) {
        kinds[i] = calloc(1, kind.n + 1);
        if (!kinds[i]) abort();
        memcpy(kinds[i], kind.p, kind.n);
    }
    pthread_mutex_unlock(&lock);
    return kinds[i];
}
