#include "platform/http/judge.h"

typedef struct Judge {
    HeadParser parser;
    ChunkDecoder chunks;
    HttpHead head;
    HttpHeader headers[JUDGE_HEADERS_MAX];
    bool head_done;
    size_t used;
    Buf body;
} Judge;

static const HeadLimits limits = {JUDGE_HEAD_MAX, JUDGE_HEADERS_MAX};

static void write_down(const Judge *judge, Str bytes, Buf *out)
{
    const HttpRequest *request = &judge->head.request;
    buf_format(out, "%.*s|%.*s|%.*s|%.*s|1.%d|%s|%s", STR_ARG(request->method_text),
               STR_ARG(request->path), STR_ARG(request->query), STR_ARG(request->host),
               request->minor, judge->head.keep_alive ? "keep" : "close",
               judge->head.expect_continue ? "expect" : "-");
    for (size_t i = 0; i < request->header_count; i++)
        buf_format(out, "|%.*s=%.*s", STR_ARG(request->headers[i].name),
                   STR_ARG(request->headers[i].value));
    buf_format(out, "|body:%.*s|rest:%zu", STR_ARG(buf_str(&judge->body)), bytes.n - judge->used);
}

static HttpFault judge_body(Judge *judge, Str bytes)
{
    if (judge->head.length == BODY_CHUNKED) {
        HttpFault fault;
        Str input = str_slice(bytes, judge->used, bytes.n), data;
        while ((fault = http_chunk_decode(&judge->chunks, &input, &data)) == HTTP_FINE && data.n)
            buf_put(&judge->body, data);
        judge->used = bytes.n - input.n;
        return fault;
    }
    size_t length = (size_t)judge->head.length;
    if (bytes.n - judge->used < length) return HTTP_MORE;
    buf_put(&judge->body, str_slice(bytes, judge->used, judge->used + length));
    judge->used += length;
    return HTTP_FINE;
}

/* `bytes` is all that has arrived so far. */
static HttpFault judge_feed(Judge *judge, Str bytes)
{
    if (!judge->head_done) {
        /* Nothing of it needs to outlive a call that wants more. */
        memset(&judge->head, 0xa5, sizeof judge->head);
        memset(judge->headers, 0xa5, sizeof judge->headers);
        judge->head.request.headers = judge->headers;
        HttpFault fault = http_head_parse(&judge->parser, &limits, bytes, &judge->head);
        if (fault) return fault;
        judge->head_done = true;
        judge->used = judge->head.size;
    }
    return judge_body(judge, bytes);
}

Judgement judge_in_pieces(Arena *arena, Str bytes, size_t first, size_t step)
{
    Judge judge = {.body = buf_new(arena, 1 << 20)};
    Judgement out = {.fault = HTTP_MORE, .seen = S("")};
    for (size_t n = first < bytes.n ? first : bytes.n; out.fault == HTTP_MORE; n += step) {
        if (n > bytes.n) n = bytes.n;
        ArenaMark mark = arena_mark(arena);
        Str copy = str_copy(arena, str_slice(bytes, 0, n));
        out.fault = judge_feed(&judge, copy);
        if (out.fault == HTTP_FINE) {
            Buf seen = buf_new(arena, 1 << 20);
            write_down(&judge, bytes, &seen);
            out.seen = buf_str(&seen);
        } else if (!judge.head_done) {
            arena_rewind(arena, mark);
        }
        if (n == bytes.n) break;
    }
    return out;
}
