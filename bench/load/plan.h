/* Plan: what is asked, and in which order. Read once at start, shared by all threads, then
 * constant. */
#ifndef BENCH_LOAD_PLAN_H
#define BENCH_LOAD_PLAN_H

#include "base/buf.h"

/* Chance for choosing paths, repeatable from its seed: SplitMix64. */
typedef struct Chance {
    uint64_t state;
} Chance;

uint64_t chance_next(Chance *chance);

/* A body or head with holes: {n} is a number that no other request of the run has, {r} a random one below
 * 2^31. */
typedef struct Template {
    StrList pieces; /* text and holes by turns: text, hole, text, hole, …, text */
} Template;

Template template_parse(Arena *arena, Str text);

typedef struct Plan {
    Str method;
    StrList paths; /* each perhaps with a tab and a header line of its own behind it */
    Template head; /* what follows the path: " HTTP/1.1\r\nHost: …" and further lines, without the
                      empty one */
    bool has_body;
    Template body;
    bool once; /* each path one time, in the order of the list */
    /* Walker's alias table when paths are picked by Zipf's law, else NULL. */
    const struct PlanAlias *alias;
} Plan;

/* The lines of a file; empty ones are left out. `arena` keeps `text`'s pieces: the caller keeps
 * `text`. */
StrList plan_lines(Arena *arena, Str text);

/* Gives the path of rank k a weight of 1/k^exponent. Ranks are dealt to the paths at random (from a
 * fixed seed), so that popularity has nothing to do with the order of the keys in the database. */
void plan_use_zipf(Arena *arena, Plan *plan, double exponent);

/* Which path the `turn`th request of the run asks for. False: with `once`, none is left. */
bool plan_pick(const Plan *plan, uint64_t turn, Chance *chance, size_t *path);

/* Appends the whole request for paths.items[path]; `number` fills {n}. */
void plan_write(const Plan *plan, size_t path, uint64_t number, Chance *chance, Buf *out);

#endif
