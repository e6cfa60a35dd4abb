/* Fault points: named places where a test makes the program stop, wait, fail or die. See
 * docs/internals/faults.md.
 *
 *     FAULT_POINT(fault_before_commit, "db.commit.before",
 *                 "The batch is written, COMMIT has not been sent.");
 *     …
 *     if (FAULT(&fault_before_commit)) return false;   a point that can fail
 *     FAULT(&fault_after_commit);                      one that can only stop, delay or kill
 *
 * A point that is not armed costs one relaxed load of a variable that never changes. */
#ifndef PLATFORM_TELEMETRY_FAULT_H
#define PLATFORM_TELEMETRY_FAULT_H

#include "base/str.h"
#include "platform/telemetry/gather.h"

#include <stdatomic.h>

typedef struct FaultPoint {
    const char *name; /* "db.commit.before": module, step, moment */
    const char *doc;  /* what has happened by then, and what has not */
} FaultPoint;

enum { FAULTS_ARMED_MAX = 16 };

/* Defines a row, at file scope. */
#define FAULT_POINT(variable, name_, doc_)                                                         \
    static const FaultPoint variable = {name_, doc_};                                              \
    GATHER(FaultPoint, souk_faults, variable)

extern _Atomic int fault_armed;
bool fault_pass(const FaultPoint *point);

/* True when the point is armed with `fail` and this pass is meant. The other actions happen inside.
 */
#define FAULT(point) fault_here(point)
static inline bool fault_here(const FaultPoint *point)
{
    bool any = atomic_load_explicit(&fault_armed, memory_order_relaxed) != 0;
    return __builtin_expect(any, 0) && fault_pass(point);
}

/* Arms a point, before or while threads run: NAME=ACTION with
 *
 *     kill           SIGKILL to the own process
 *     fail           FAULT is true
 *     delay:MS       the thread sleeps
 *     stop           SIGSTOP to the own process; SIGCONT goes on
 *     stop:FILE      the thread makes FILE and waits until someone removes it; other threads run on
 *
 * on each pass, or with "@N" behind it only on the N-th, or with "%P" on P of 100 passes by chance.
 * False, with the reason in *why (in the arena), for anything else; an unknown name is answered
 * with the known ones. */
bool fault_arm(Arena *arena, Str spec, Str *why);
void fault_disarm_all(void); /* for tests; no thread may be inside a point */

/* All points of the program, in no particular order. */
const FaultPoint *const *fault_list(size_t *count);
const FaultPoint *const *fault_list_gathered(size_t *count); /* those of FAULT_POINT alone */

/* Points that follow from other rows (the steps of sagas), in place of those added before. They live as
 * long as the program. Before any thread runs. */
void fault_add_made(const FaultPoint *const *points, size_t count);

#endif
