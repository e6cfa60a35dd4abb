/* The outbox: events for the outside world, each once, in one order. See docs/internals/outbox.md.
 *
 * announce() writes a public event here, in the transaction that makes it true. After the commit
 * one sequencer gives it its number, without gaps; whoever reads the feed by numbers (GET
 * /v1/events, and later webhooks and streams) misses nothing and reads nothing twice. */
#ifndef PLATFORM_OUTBOX_OUTBOX_H
#define PLATFORM_OUTBOX_OUTBOX_H

#include "platform/sequencer/sequencer.h"

/* For announce(): the event's row, in the transaction. All of a transaction are written by one
 * statement, right before its commit: they cannot be read before. */
void outbox_write(Ctx *cx, const Event *event, const void *payload);

/* What numbers them. */
extern Sequencer outbox_sequencer;

/* Begins to number, when the schema is there. False and errno: no thread. */
bool outbox_start(const ModuleWorld *world);
void outbox_stop(void); /* nothing when it was not started */

extern const Module outbox_module;

#endif
