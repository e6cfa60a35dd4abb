/* Tokens that were verified lately. See docs/internals/identity.md. */
#ifndef MODULES_AUTH_RECALL_H
#define MODULES_AUTH_RECALL_H

#include "modules/auth/auth.h"
#include "platform/cache/tags.h"

enum { RECALL_TAGS_MAX = 4 };

/* What was found out about a token, and on what it rests. */
typedef struct Verified {
    Actor actor;
    uint64_t moment; /* from before the transaction that found it out */
    Time until;      /* the token is over then */
    bool bound;      /* it works only from the address that it was sent from */
    TagSlot tags[RECALL_TAGS_MAX];
    size_t tag_count;
} Verified;

void verified_rests_on(Verified *verified, const char *kind, Id id);

/* Remembers it for a minute at most. Any thread. */
void recall_keep(const Credential *credential, const Verified *verified, Time now);

#endif
