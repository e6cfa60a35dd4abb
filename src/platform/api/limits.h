/* Limits of the API framework, each with its reason. Those of the wire stand in
 * platform/http/limits.h. */
#ifndef PLATFORM_API_LIMITS_H
#define PLATFORM_API_LIMITS_H

enum {
    LIMIT_BODY_BYTES = 1 << 20, /* a product with all its 250 variants in 10 currencies is 300 KB */
    /* Requests with a larger body (uploads) that are under way at once: a body lies in memory whole, and
     * who sends it is only known at its end. */
    LIMIT_LARGE_BODIES = 16,
    LIMIT_ANSWER_BYTES = 32 << 20, /* 100 products of 300 KB; of larger ones, fewer are asked for */
    LIMIT_PROBLEM_BYTES = 64 << 10, /* 50 violations with long pointers */
    LIMIT_FIELDS = 100,             /* names in fields=: more than any type of ours has */
    LIMIT_FIELD_DEPTH = 4,          /* of one: products are three deep */
    LIMIT_BATCH =
        100, /* requests in a batch: they share one transaction, which holds up other writers */
    /* Clients that limits remember at once, of 16 bytes each. With more, those are forgotten first who
     * have used least. */
    LIMIT_SUBJECTS = 1 << 16,
    LIMIT_PAGE = 100, /* objects in one list answer: bounds time and memory of a request */
};

#endif
