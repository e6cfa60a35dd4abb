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

/* How a failed transaction is told to the client. */
const Error *problem_of_failure(DbFailure failure);

#endif
