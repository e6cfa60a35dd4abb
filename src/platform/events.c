#include "platform/events.h"

#include "platform/outbox/outbox.h"

#include <assert.h>

/* A reaction to a reaction to a reaction is the most that can be followed; more is a circle. */
enum { DEPTH_MAX = 4 };

static struct {
    const Module *const *modules;
    size_t count;
} all;

static _Thread_local int depth;

void events_gather(const Module *const *modules, size_t count)
{
    all.modules = modules;
    all.count = count;
}

static void react(const Module *module, Ctx *cx, const Event *event, const void *payload)
{
    for (size_t i = 0; i < module->reaction_count && !db_failure(cx); i++)
        if (module->reactions[i].event == event) module->reactions[i].react(cx, payload);
}

void announce(Ctx *cx, const Event *event, const void *payload)
{
    assert(cx->db && depth < DEPTH_MAX);
    if (event->payload)
        outbox_write(cx, event, payload); /* the cause before what follows from it */
    depth++;
    for (size_t i = 0; i < all.count; i++) react(all.modules[i], cx, event, payload);
    depth--;
}
