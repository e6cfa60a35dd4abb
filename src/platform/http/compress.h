/* Content codings: which one the client wants (RFC 9110 §12.5.3), and making it. */
#ifndef PLATFORM_HTTP_COMPRESS_H
#define PLATFORM_HTTP_COMPRESS_H

#include "platform/http/exchange.h"

#include <pthread.h>

/* Weights in thousandths; 0: not acceptable. */
typedef struct EncodingWeights {
    uint16_t q[ENCODING_COUNT];
} EncodingWeights;

/* What the Accept-Encoding headers of a request allow. Without the header every coding would be
 * allowed, but nobody who does not ask for one can be trusted to read it: identity alone. A
 * malformed element counts as absent. */
EncodingWeights encoding_weights(const HttpRequest *request);

/* The acceptable encoding of the largest weight among `candidates` (ENCODING_…, by preference, with
 * identity among them); identity when none is acceptable, since an answer that is too plain is
 * better than none. */
int encoding_choose(const EncodingWeights *weights, const int *candidates, int count);

/* "gzip", "br", "zstd"; empty for identity. */
Str encoding_name(int encoding);
/* What an encoding adds to an ETag: "", "-gz", "-br", "-zs". */
Str encoding_tag(int encoding);

/* Whether encoding such content gains anything: text, JSON, XML, JavaScript, SVG, fonts; not
 * images, archives, streams. */
bool content_is_compressible(Str content_type);

/* What the encoders remember between bodies (some 0.5 MB each, once used), so that a body costs no
 * allocation. As many as threads that encode at the same time. */
typedef struct Compressor Compressor;
typedef struct Compressors {
    pthread_mutex_t lock;
    Compressor *idle;
} Compressors;

void compressors_init(Compressors *pool);
void compressors_free(Compressors *pool);

/* FAST: while a client waits. SMALL: once, for bytes that are sent often. */
typedef enum EncodingEffort { ENCODE_FAST, ENCODE_SMALL } EncodingEffort;

/* Encodes into the arena; false, and *out untouched, when the result would not be smaller. `pool`
 * may be NULL. */
bool encode(Compressors *pool, int encoding, EncodingEffort effort, Str bytes, Arena *arena,
            Str *out);

#endif
