/* Checks: the laws of a shop, asked of a live database (`souk check`).
 *
 * A module that keeps the same truth in two places, or a sum beside its parts, has a row for it:
 *
 *     static Id look_at_reserved(Ctx *cx, CheckFound *found, Id after) { … check_found(…); … }
 *     static bool repair_reserved(Ctx *cx, Id variant) { … }
 *     static const Check checks[] = {
 *         {"stock.reserved", "What is reserved at a location is the sum of its reservations.", "var",
 *          look_at_reserved, repair_reserved, "Writes down the sum of the reservations."},
 *     };                                                       Module.checks
 *
 * A law is looked at page by page, each in a READ transaction of its own, so that a large shop is
 * checked in constant memory and holds up nobody. Both sides of a law are read in one page, so what is
 * sold meanwhile is no fault. See docs/internals/checks.md. */
#ifndef PLATFORM_CHECK_H
#define PLATFORM_CHECK_H

#include "platform/module.h"

enum { CHECK_PAGE = 500 }; /* subjects that one call of `look` looks at */

/* Where a check says what it has found. */
typedef struct CheckFound {
    Arena *arena;
    struct CheckSubject {
        Id id;
        Str detail;
    } subjects[CHECK_PAGE];
    size_t n;
} CheckFound;

struct Check {
    const char *name;   /* "stock.reserved" */
    const char *doc;    /* the law, one sentence */
    const char *prefix; /* of the ids of those that break it */
    /* Looks at the next CHECK_PAGE subjects behind `after`, ascending, and names those that break the
     * law. Answers the last one it has looked at; 0: there are no more. */
    Id (*look)(Ctx *cx, CheckFound *found, Id after);
    /* Makes it right, in a WRITE transaction, on what it then finds: by entries where there is a book,
     * never in a way that hides what was. False, and nothing is written, when a person must decide.
     * NULL: always a person. */
    bool (*repair)(Ctx *cx, Id subject);
    const char *remedy; /* what repair does, one sentence */
};

/* A subject that breaks the law, and how. Once for each. */
void check_found(CheckFound *found, Id subject, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Takes note of the checks of all modules. Once, before the first command; they must live as long as
 * the program. */
void checks_gather(const Module *const *modules, size_t count);

/* The command. */
extern const Module check_module;

#endif
