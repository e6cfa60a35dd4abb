/* Refusals as application/problem+json (RFC 9457). */
#ifndef PLATFORM_API_PROBLEM_H
#define PLATFORM_API_PROBLEM_H

#include "platform/api/request.h"

/* {"type","title","status","code","detail","request_id","errors":[{"pointer","parameter","code","message"}]};
 * members without content are left out. */
Str problem_text(Arena *arena, const Error *error, Str detail, const Violations *violations,
                 Str request_id);

/* The row of what the HTTP core refuses by itself. */
const Error *problem_row(const char *code);

/* After a failure each statement answers "nothing". A document made of that may lack what it must
 * have, and "not found" may be wrong, so neither is told; a refusal that names a reason is. The reply
 * of a handler in whose transaction nothing failed is given back as it is. */
Reply problem_unless_fine(Request *rq, Reply reply);

/* How a failed transaction is told to the client. */
const Error *problem_of_failure(DbFailure failure);

#endif
