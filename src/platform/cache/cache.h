/* The answer cache, as handlers and writers see it. docs/internals/cache.md has the whole.
 *
 * A route whose row says `.cached = true` is answered from memory to whoever sends no
 * Authorization, for as long as nothing has changed that its answer was made of. What that is, only
 * the handler knows, and says while it makes the answer:
 *
 *     cache_depends(rq, "product", rq->id);      this product, whatever of it changes
 *     cache_depends(rq, "product", (Id){0});     any product: lists, searches, counts
 *     cache_expires(rq, price.until);            and not beyond this moment
 *
 * An answer that names nothing is not kept, so that forgetting costs speed and not truth. What is
 * read of the request must be in the key: the path's arguments and the declared query parameters
 * are; headers are not.
 *
 * Whoever writes says what has changed. Modules do so by changed() of platform/changes.h, which
 * calls cache_bump after the commit. */
#ifndef PLATFORM_CACHE_H
#define PLATFORM_CACHE_H

#include "base/id.h"
#include "base/time.h"

typedef struct Request Request;

/* The answer holds until the object `id` of this kind changes; id 0: until any object of the kind
 * does. `kind` is a literal, as in changed(). May be said before or after the object is read, and
 * whether it was found or not. Beyond CACHE_TAGS_MAX objects of a kind it means the whole kind. */
void cache_depends(Request *rq, const char *kind, Id id);

/* … and at most until then (by the context's clock), the earliest of what is said. */
void cache_expires(Request *rq, Time at);

/* This one answer is not to be kept, whatever else is said: exact stock is in it. */
void cache_never(Request *rq);

/* The object has changed, was made or deleted: no answer that depends on it, or on anything of its
 * kind, is given any more to a request that begins after this has returned. Call it after the
 * commit and before the writer is answered. Any thread; no lock, no failure. */
void cache_bump(const char *kind, Id id);

/* The same for everything: news may have been missed. */
void cache_bump_all(void);

#endif
