#include "platform/http/blob.h"

#include "base/buf.h"
#include "base/hash.h"
#include "platform/http/compress.h"

#include <assert.h>

static Str hex64(Arena *arena, uint64_t n)
{
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++) bytes[i] = (unsigned char)(n >> (56 - 8 * i));
    return hex_text(arena, bytes, sizeof bytes);
}

enum { LINES_ROOM = 224 }; /* what lines_of adds to the blob's own texts */

static Str lines_of(const Blob *blob, int encoding)
{
    size_t room = LINES_ROOM + blob->content_type.n + blob->etag.n + blob->headers.n;
    Buf lines = buf_new(blob->arena, room);
    buf_reserve(&lines, room);
    buf_lit(&lines, "Content-Type: ");
    buf_put(&lines, blob->content_type);
    buf_lit(&lines, "\r\nContent-Length: ");
    buf_int(&lines, (int64_t)blob->bodies[encoding].bytes.n);
    buf_lit(&lines, "\r\nETag: \"");
    buf_put(&lines, blob->etag);
    buf_put(&lines, encoding_tag(encoding));
    buf_lit(&lines, "\"\r\n");
    if (!blob->single) buf_lit(&lines, "Accept-Ranges: bytes\r\n");
    if (encoding != ENCODING_IDENTITY) {
        buf_lit(&lines, "Content-Encoding: ");
        buf_put(&lines, encoding_name(encoding));
        buf_lit(&lines, "\r\n");
    }
    if (blob->varies) buf_lit(&lines, "Vary: Accept-Encoding\r\n");
    buf_put(&lines, blob->headers);
    assert(!lines.full);
    return buf_str(&lines);
}

Blob *blob_new(Str bytes, Str content_type, Str headers, bool compress)
{
    Arena *arena = arena_new(sizeof(Blob) + bytes.n + headers.n * ENCODING_COUNT + 2048);
    Blob *blob = NEW(arena, Blob);
    blob->arena = arena;
    atomic_init(&blob->refs, 1);
    blob->content_type = str_copy(arena, content_type);
    blob->headers = str_copy(arena, headers);
    blob->etag = hex64(arena, hash_fast(bytes));
    blob->bodies[ENCODING_IDENTITY].bytes = str_copy(arena, bytes);
    Arena *scratch = arena_new(bytes.n + 64); /* an encoder's room is larger than what it writes */
    for (int i = ENCODING_IDENTITY + 1; i < ENCODING_COUNT && compress; i++) {
        Str encoded;
        arena_reset(scratch);
        if (!encode(NULL, i, ENCODE_SMALL, bytes, scratch, &encoded)) continue;
        blob->bodies[i].bytes = str_copy(arena, encoded);
        blob->varies = true;
    }
    arena_free(scratch);
    for (int i = 0; i < ENCODING_COUNT; i++)
        if (blob->bodies[i].bytes.p) blob->bodies[i].lines = lines_of(blob, i);
    return blob;
}

/* All in one piece of memory, the lines right before the bytes. */
Blob *blob_of(const BlobParts *parts)
{
    size_t texts = parts->content_type.n + parts->etag.n + parts->headers.n;
    Arena *arena = arena_new(sizeof(Blob) + 2 * texts + LINES_ROOM + parts->bytes.n);
    Blob *blob = NEW(arena, Blob);
    BlobBody *body = &blob->bodies[parts->encoding];
    blob->arena = arena;
    atomic_init(&blob->refs, 1);
    blob->single = true;
    blob->varies = parts->varies;
    blob->encoding = (uint8_t)parts->encoding;
    blob->content_type = str_copy(arena, parts->content_type);
    blob->headers = str_copy(arena, parts->headers);
    blob->etag = str_copy(arena, parts->etag);
    body->bytes = parts->bytes;
    body->lines = lines_of(blob, parts->encoding);
    body->bytes = str_copy(arena, parts->bytes);
    return blob;
}

Blob *blob_view(Str bytes, const BlobHead *head, void (*release)(void *owner), void *owner)
{
    enum { LINES = 256 };
    Arena *arena = arena_new(sizeof(Blob) + head->etag.n + LINES +
                             2 * (head->headers.n + head->content_type.n));
    Blob *blob = NEW(arena, Blob);
    blob->arena = arena;
    atomic_init(&blob->refs, 1);
    blob->content_type = str_copy(arena, head->content_type);
    blob->headers = str_copy(arena, head->headers);
    blob->etag = str_copy(arena, head->etag);
    blob->release = release;
    blob->owner = owner;
    blob->bodies[ENCODING_IDENTITY].bytes = bytes;
    blob->bodies[ENCODING_IDENTITY].lines = lines_of(blob, ENCODING_IDENTITY);
    return blob;
}

Blob *blob_ref(Blob *blob)
{
    int before = atomic_fetch_add_explicit(&blob->refs, 1, memory_order_relaxed);
    assert(before > 0);
    return blob;
}

void blob_unref(Blob *blob)
{
    if (!blob) return;
    int before = atomic_fetch_sub_explicit(&blob->refs, 1, memory_order_acq_rel);
    assert(before > 0);
    if (before > 1) return;
    if (blob->release) blob->release(blob->owner);
    arena_free(blob->arena);
}

size_t blob_size(const Blob *blob)
{
    return arena_used(blob->arena);
}
