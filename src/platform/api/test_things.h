/* A shop of things whose answers are kept, over real sockets, for the tests of answers from memory. Its
 * clock stands until a test moves it, and its reads are counted. */
#ifndef PLATFORM_API_TEST_THINGS_H
#define PLATFORM_API_TEST_THINGS_H

#include "platform/api/api.h"
#include "platform/cache/answers.h"
#include "platform/cache/limits.h"
#include "platform/db/test_world.h"
#include "platform/http/testing.h"

#include <stdatomic.h>

extern _Atomic int things_reads;    /* how often a handler was asked */
extern _Atomic int things_failures; /* so many of the next reads fail */
extern _Atomic int64_t things_now_us;

typedef struct Things {
    World *w;
    Arena *arena;
    HttpApp app;
    HttpServer *server;
    Cache *cache;
    TestServer at; /* for the client of http/testing.h */
} Things;

typedef struct ThingsOptions {
    size_t cache_bytes;
    int64_t max_age_s, slow_us;
} ThingsOptions;

extern const ThingsOptions things_usual;

Things *things_open(World *w, ThingsOptions options);

/* Closes the world too. */
void things_close(Things *things);

#define ONE   "/things/thing_0000000000001"
#define TWO   "/things/thing_0000000000002"
#define EXACT "/exact/thing_0000000000001"

/* The request is on its way when this returns. `lines`: header fields, each with its end of line. */
int things_ask(Things *things, const char *method, const char *target, const char *lines);
int things_put_now(Things *things, const char *target, const char *name);

TestReply things_answer(Things *things, int fd);

TestReply things_get(Things *things, const char *target);
TestReply things_get_with(Things *things, const char *target, const char *lines);
void things_put(Things *things, const char *target, const char *name);

/* "(none)" when the answer has no such field. */
Str things_header(const TestReply *reply, const char *name);

void things_assert_status(const TestReply *reply, const char *cache_status);
void things_assert_name(const TestReply *reply, const char *name);

/* What a client asks for, what it gets, and what the tag ends with. */
typedef struct ThingsEncoding {
    const char *accept, *encoding, *tag;
} ThingsEncoding;

enum { THINGS_ENCODINGS = 4 };
extern const ThingsEncoding things_encodings[THINGS_ENCODINGS];

#endif
