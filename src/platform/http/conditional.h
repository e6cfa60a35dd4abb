/* Conditional and range requests (RFC 9110 §13 and §14) over the request's header values. Pure. */
#ifndef PLATFORM_HTTP_CONDITIONAL_H
#define PLATFORM_HTTP_CONDITIONAL_H

#include "platform/http/exchange.h"

typedef enum TagComparison { TAG_STRONG, TAG_WEAK } TagComparison;

enum { TAG_NONE = -1, TAG_ANY = ENCODING_COUNT };

/* Looks in a list of entity tags for `etag` with the suffix of any encoding. Gives the encoding,
 * TAG_ANY for "*", or TAG_NONE. Weak tags (W/"…") count in weak comparison only (RFC 9110
 * §8.8.3.2). */
int etag_list_find(Str list, Str etag, TagComparison comparison);

typedef enum RangeVerdict { RANGE_WHOLE, RANGE_PART, RANGE_OUTSIDE } RangeVerdict;

/* Reads "bytes=FROM-TO", "bytes=FROM-" or "bytes=-LAST" against a representation of `size` bytes.
 * Other units, lists of ranges and malformed values give RANGE_WHOLE: a server may ignore Range,
 * and a list gains nobody anything here. */
RangeVerdict range_parse(Str value, size_t size, size_t *from, size_t *n);

#endif
