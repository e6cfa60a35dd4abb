/* Trace context: the traceparent header of W3C Trace Context (Recommendation, level 1) and request
 * ids. */
#ifndef PLATFORM_TELEMETRY_TRACE_H
#define PLATFORM_TELEMETRY_TRACE_H

#include "platform/ctx.h"

enum { TRACEPARENT_LENGTH = 55 };

/* Reads "00-<32 hex>-<16 hex>-<2 hex>" in lower case into trace_id, parent_id and sampled. Refused,
 * with *out untouched: version ff, ids of zeros, anything else than this form; of a later version
 * (01 to fe) the same fields are taken, and what follows them after a "-" is ignored (§4.3). A
 * request with several of these headers has none. */
bool trace_parse(Str traceparent, Trace *out);

/* Begins a piece of work: joins the trace that the header names or, when it is missing or bad,
 * begins a new one, which is not sampled. The span id is new either way; `request` becomes "req_…".
 */
void trace_begin(Trace *trace, Str traceparent, const Random *random, Id request);

/* The header for calls that the work makes: this span is their parent. No NUL. */
void trace_write(char out[static TRACEPARENT_LENGTH], const Trace *trace);

#endif
