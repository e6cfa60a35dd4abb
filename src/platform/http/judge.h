/* Reads one request as a connection would, from pieces of any size, and writes down what it saw:
 * for the tests and the fuzzer, which hold that the pieces make no difference. */
#ifndef PLATFORM_HTTP_JUDGE_H
#define PLATFORM_HTTP_JUDGE_H

#include "base/buf.h"
#include "platform/http/parser.h"

enum { JUDGE_HEAD_MAX = 16384, JUDGE_HEADERS_MAX = 100 };

typedef struct Judgement {
    HttpFault fault; /* HTTP_FINE: accepted; HTTP_MORE: the request is not complete */
    Str seen;        /* what was accepted, written down */
} Judgement;

/* Feeds `bytes` in pieces: the first of `first` bytes, then of `step` bytes each (> 0). Each piece
 * is fed as a fresh copy of all that has come so far and not a byte more, so that reading beyond
 * it, or remembering where an earlier one lay, is seen by the sanitizer. */
Judgement judge_in_pieces(Arena *arena, Str bytes, size_t first, size_t step);

#endif
