/* Idempotency-Key (draft-ietf-httpapi-idempotency-key-header-07): a POST that is sent again with
 * the same key answers as it did the first time and does nothing. The key is claimed in the
 * transaction of the effect: a rolled-back effect leaves no key, and a second request that comes while
 * the first one's transaction is open is told so and does not wait. Refusals are not kept, so that a corrected request
 * may use the key again. Keys belong to their actor and are kept for 24 hours at least. */
#ifndef PLATFORM_API_IDEMPOTENCY_H
#define PLATFORM_API_IDEMPOTENCY_H

#include "platform/api/request.h"

enum { IDEMPOTENCY_KEY_MAX = 255 };

/* An answer that was given under a key. */
typedef struct KeptAnswer {
    Id actor_id;
    Str name;
    Str fingerprint;
    int64_t status; /* 0: claimed, not yet answered (only inside the claiming transaction) */
    Str location, etag, body;
    Time created_at;
} KeptAnswer;

extern const Type kept_answer_type;

/* 1 to IDEMPOTENCY_KEY_MAX printable ASCII characters: what the draft's strings can hold, and every
 * database. */
bool idempotency_key_ok(Str key);

/* SHA-256 over method, path, query and body, in hexadecimal. */
Str idempotency_fingerprint(Arena *arena, const HttpRequest *http);

typedef enum KeyClaim {
    KEY_FRESH,     /* it was free, and is ours now */
    KEY_KEPT,      /* *kept is what it has done: the same request when the fingerprints are equal */
    KEY_IN_FLIGHT, /* somebody is at it in another transaction */
} KeyClaim;

/* Claims the key for the actor of `cx`, inside a write transaction. Waits for nobody. */
KeyClaim idempotency_claim(Ctx *cx, Str name, Str fingerprint, const KeptAnswer **kept);

/* Keeps the answer under the key that was claimed. */
void idempotency_keep(Ctx *cx, const KeptAnswer *answer);

/* Gives the key back: nothing was done under it. */
void idempotency_release(Ctx *cx, Str name);

/* The schema of the above. */
extern const Migration idempotency_migration;

#endif
