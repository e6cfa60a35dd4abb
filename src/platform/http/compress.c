/* Content codings.
 *
 * Fast levels where a client waits: on a 20 KB JSON list, zstd 1 and gzip 1 take a fraction of what
 * the handler took, and brotli's low qualities come close; their default levels would cost several
 * times that for some percent of size. For equal weights dynamic bodies prefer zstd, then brotli,
 * then gzip: that is their order of speed for the size that they reach. Bodies that are made once
 * and sent often get more effort, and of those the smallest is preferred.
 *
 * gzip is zlib's own framing (windowBits + 16), so that a header and checksum need no code here. */
#include "platform/http/compress.h"

#include <brotli/encode.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

#include "platform/http/parser.h"

struct Compressor {
    Compressor *next;
    z_stream gzip;
    bool gzip_ready;
    ZSTD_CCtx *zstd;
};

static const struct {
    Str name, tag;
} encodings[ENCODING_COUNT] = {
    [ENCODING_IDENTITY] = {S_INIT(""), S_INIT("")},
    [ENCODING_GZIP] = {S_INIT("gzip"), S_INIT("-gz")},
    [ENCODING_BROTLI] = {S_INIT("br"), S_INIT("-br")},
    [ENCODING_ZSTD] = {S_INIT("zstd"), S_INIT("-zs")},
};

Str encoding_name(int encoding)
{
    return encodings[encoding].name;
}

Str encoding_tag(int encoding)
{
    return encodings[encoding].tag;
}

/* ---- negotiation ---- */

enum { Q_ONE = 1000 };

/* qvalue = ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] ), RFC 9110 §12.4.2; -1 when it is
 * none. */
static int qvalue(Str text)
{
    if (text.n == 0 || text.n > 5 || (text.p[0] != '0' && text.p[0] != '1')) return -1;
    if (text.n > 1 && text.p[1] != '.') return -1;
    int q = text.p[0] == '1' ? Q_ONE : 0, unit = 100;
    for (size_t i = 2; i < text.n; i++, unit /= 10) {
        if (text.p[i] < '0' || text.p[i] > '9') return -1;
        q += (text.p[i] - '0') * unit;
    }
    return q <= Q_ONE ? q : -1;
}

/* "gzip;q=0.8" to name and weight; false when malformed. */
static bool weighted(Str element, Str *name, int *q)
{
    Str parameter;
    bool has_parameter = str_cut(element, ';', name, &parameter);
    *name = str_trim(*name);
    parameter = str_trim(parameter);
    *q = Q_ONE;
    if (has_parameter) {
        bool is_q = parameter.n >= 2 && (parameter.p[0] | 0x20) == 'q' && parameter.p[1] == '=';
        *q = is_q ? qvalue(str_slice(parameter, 2, parameter.n)) : -1;
    }
    return name->n > 0 && *q >= 0;
}

static int encoding_of(Str name)
{
    for (int i = ENCODING_IDENTITY + 1; i < ENCODING_COUNT; i++)
        if (str_eq_nocase(name, encodings[i].name)) return i;
    if (str_eq_nocase(name, S("x-gzip"))) return ENCODING_GZIP; /* RFC 9110 §8.4.1.3 */
    return str_eq_nocase(name, S("identity")) ? ENCODING_IDENTITY : ENCODING_COUNT;
}

EncodingWeights encoding_weights(const HttpRequest *request)
{
    int q[ENCODING_COUNT], any = -1;
    for (int i = 0; i < ENCODING_COUNT; i++) q[i] = -1; /* not named */
    for (size_t i = 0; i < request->header_count; i++) {
        Str list = request->headers[i].value, element, name;
        int weight;
        if (!str_eq_nocase(request->headers[i].name, S("Accept-Encoding"))) continue;
        while (http_list_next(&list, &element)) {
            if (!weighted(element, &name, &weight)) continue;
            int encoding = encoding_of(name);
            if (encoding < ENCODING_COUNT)
                q[encoding] = weight;
            else if (str_eq(name, S("*")))
                any = weight;
        }
    }
    EncodingWeights weights;
    for (int i = 0; i < ENCODING_COUNT; i++)
        weights.q[i] = (uint16_t)(q[i] >= 0 ? q[i] : any >= 0 ? any : 0);
    /* Identity is acceptable unless refused by name or by "*;q=0", but it is worth less than what
     * is asked for. */
    if (q[ENCODING_IDENTITY] < 0 && any != 0) weights.q[ENCODING_IDENTITY] = 1;
    return weights;
}

int encoding_choose(const EncodingWeights *weights, const int *candidates, int count)
{
    int best = ENCODING_IDENTITY;
    bool found = false;
    for (int i = 0; i < count; i++) {
        int encoding = candidates[i];
        if (weights->q[encoding] == 0) continue;
        if (found && weights->q[encoding] <= weights->q[best]) continue;
        best = encoding;
        found = true;
    }
    return best;
}

bool content_is_compressible(Str content_type)
{
    static const Str exact[] = {
        S_INIT("application/json"),
        S_INIT("application/javascript"),
        S_INIT("application/xml"),
        S_INIT("application/wasm"),
        S_INIT("application/x-ndjson"),
        S_INIT("application/manifest+json"),
        S_INIT("image/svg+xml"),
        S_INIT("font/ttf"),
        S_INIT("font/otf"),
        S_INIT("image/x-icon"),
    };
    Str type, parameters;
    str_cut(content_type, ';', &type, &parameters);
    type = str_trim(type);
    if (str_eq_nocase(str_slice(type, 0, 5), S("text/")))
        return !str_eq_nocase(type, S("text/event-stream"));
    if (type.n > 5 && str_eq_nocase(str_slice(type, type.n - 5, type.n), S("+json"))) return true;
    if (type.n > 4 && str_eq_nocase(str_slice(type, type.n - 4, type.n), S("+xml"))) return true;
    for (size_t i = 0; i < sizeof exact / sizeof exact[0]; i++)
        if (str_eq_nocase(type, exact[i])) return true;
    return false;
}

/* ---- encoders ---- */

void compressors_init(Compressors *pool)
{
    pthread_mutex_init(&pool->lock, NULL);
    pool->idle = NULL;
}

static void compressor_free(Compressor *compressor)
{
    if (compressor->gzip_ready) deflateEnd(&compressor->gzip);
    ZSTD_freeCCtx(compressor->zstd);
    free(compressor);
}

void compressors_free(Compressors *pool)
{
    while (pool->idle) {
        Compressor *compressor = pool->idle;
        pool->idle = compressor->next;
        compressor_free(compressor);
    }
    pthread_mutex_destroy(&pool->lock);
}

static Compressor *take(Compressors *pool)
{
    Compressor *compressor = NULL;
    if (pool) {
        pthread_mutex_lock(&pool->lock);
        compressor = pool->idle;
        if (compressor) pool->idle = compressor->next;
        pthread_mutex_unlock(&pool->lock);
    }
    if (!compressor) compressor = calloc(1, sizeof *compressor);
    if (!compressor) abort();
    return compressor;
}

static void give_back(Compressors *pool, Compressor *compressor)
{
    if (!pool) {
        compressor_free(compressor);
        return;
    }
    pthread_mutex_lock(&pool->lock);
    compressor->next = pool->idle;
    pool->idle = compressor;
    pthread_mutex_unlock(&pool->lock);
}

/* The encoders below write at most `room` bytes, and return how many, or 0. */

static size_t gzip(Compressor *compressor, EncodingEffort effort, Str bytes, char *to, size_t room)
{
    enum { GZIP_FRAMING = 16, MEMORY_LEVEL = 8 };
    int level = effort == ENCODE_FAST ? 1 : 6;
    z_stream *z = &compressor->gzip;
    if (!compressor->gzip_ready) {
        if (deflateInit2(z, level, Z_DEFLATED, MAX_WBITS + GZIP_FRAMING, MEMORY_LEVEL,
                         Z_DEFAULT_STRATEGY) != Z_OK)
            return 0;
        compressor->gzip_ready = true;
    } else if (deflateReset(z) != Z_OK) {
        return 0;
    }
    if (deflateParams(z, level, Z_DEFAULT_STRATEGY) != Z_OK) return 0;
    z->next_in = (Bytef *)(uintptr_t)bytes.p;
    z->avail_in = (uInt)bytes.n;
    z->next_out = (Bytef *)to;
    z->avail_out = (uInt)room;
    return deflate(z, Z_FINISH) == Z_STREAM_END ? room - z->avail_out : 0;
}

static size_t brotli(EncodingEffort effort, Str bytes, char *to, size_t room)
{
    size_t written = room;
    bool done = BrotliEncoderCompress(effort == ENCODE_FAST ? 2 : 6, BROTLI_DEFAULT_WINDOW,
                                      BROTLI_MODE_TEXT, bytes.n, (const uint8_t *)bytes.p, &written,
                                      (uint8_t *)to);
    return done ? written : 0;
}

static size_t zstd(Compressor *compressor, EncodingEffort effort, Str bytes, char *to, size_t room)
{
    if (!compressor->zstd) compressor->zstd = ZSTD_createCCtx();
    if (!compressor->zstd) return 0;
    size_t written = ZSTD_compressCCtx(compressor->zstd, to, room, bytes.p, bytes.n,
                                       effort == ENCODE_FAST ? 1 : 9);
    return ZSTD_isError(written) ? 0 : written;
}

bool encode(Compressors *pool, int encoding, EncodingEffort effort, Str bytes, Arena *arena,
            Str *out)
{
    if (bytes.n == 0 || bytes.n > UINT32_MAX / 2) return false;
    /* One byte less than the input is all the room: what does not fit is not smaller. */
    size_t room = bytes.n - 1, written = 0;
    ArenaMark mark = arena_mark(arena);
    char *to = arena_alloc(arena, room, 1);
    Compressor *compressor = take(pool);
    if (encoding == ENCODING_GZIP)
        written = gzip(compressor, effort, bytes, to, room);
    else if (encoding == ENCODING_BROTLI)
        written = brotli(effort, bytes, to, room);
    else if (encoding == ENCODING_ZSTD)
        written = zstd(compressor, effort, bytes, to, room);
    give_back(pool, compressor);
    if (written == 0) {
        arena_rewind(arena, mark);
        return false;
    }
    *out = (Str){to, written};
    return true;
}
