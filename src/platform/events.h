/* Events: how modules that do not know each other act together. See docs/internals/events.md.
 *
 * A module that has done something says so with an event, a row of its own; another module that wants
 * to know has a reaction, a row too. Reactions run at once, in the announcer's transaction: what they
 * write is there with what was announced, or not at all.
 *
 *     const Event stock_crossed = {"stock.crossed", "A variant's availability is another one now."};
 *     announce(cx, &stock_crossed, &(StockCrossed){variant, STOCK_LOW});
 *
 *     static void show_availability(Ctx *cx, const StockCrossed *crossed) { … }
 *     REACTION(show_availability, StockCrossed)
 *
 *     static const Reaction reactions[] = {ON(stock_crossed, show_availability)};
 *
 * The event and its payload's struct stand in the announcer's public header. */
#ifndef PLATFORM_EVENTS_H
#define PLATFORM_EVENTS_H

#include "platform/module.h"

struct Event {
    const char *name; /* "stock.crossed": what, and what has happened to it */
    const char *doc;  /* one sentence: when */
    /* Told to the outside world too (platform/outbox): then the payload is a struct of this type, by
     * which a reader finds what it is about. NULL: only modules hear of it. */
    const Type *payload;
};

struct Reaction {
    const Event *event;
    void (*react)(Ctx *cx, const void *payload);
    const char *name; /* the function's */
};

/* Gives the reaction its payload's type. */
#define REACTION(function, Payload)                                                                \
    static void function##_reaction(Ctx *cx, const void *payload)                                  \
    {                                                                                              \
        const Payload *typed = payload;                                                            \
        function(cx, typed);                                                                       \
    }

#define ON(event_, function)                                                                       \
    {                                                                                              \
        .event = &(event_), .react = function##_reaction, .name = #function                        \
    }

/* Runs the reactions to the event, module by module as listed and row by row, now, in the transaction
 * of `cx`, which must be a WRITE. `payload` lives as long as the call. A reaction that fails fails the
 * transaction, and those behind it do not run; it may announce in turn, but not in a circle. */
void announce(Ctx *cx, const Event *event, const void *payload);

/* Takes note of the reactions of all modules. Once, before the first transaction; the rows must live
 * as long as the program. */
void events_gather(const Module *const *modules, size_t count);

#endif
