#include "platform/telemetry/trace.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is accepted is written again with the same trace, under a parent of our own. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    RandomSeeded seeded;
    Random random = random_seeded(&seeded, 1);
    Trace said = {0}, trace, again;
    bool good = trace_parse((Str){(const char *)data, size}, &said);
    trace_begin(&trace, (Str){(const char *)data, size}, &random, (Id){1});
    assert(trace.sampled == said.sampled);
    if (good) assert(memcmp(trace.trace_id, said.trace_id, sizeof said.trace_id) == 0);
    char text[TRACEPARENT_LENGTH];
    trace_write(text, &trace);
    assert(trace_parse((Str){text, sizeof text}, &again));
    assert(memcmp(again.trace_id, trace.trace_id, sizeof trace.trace_id) == 0);
    assert(memcmp(again.parent_id, trace.span_id, sizeof trace.span_id) == 0);
    return 0;
}
