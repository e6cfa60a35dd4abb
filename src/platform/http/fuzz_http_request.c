/* Any bytes as a request, head and body: the verdict and everything read must be the same however
 * the bytes arrive, and what is accepted must keep the promises of HttpRequest. */
#include "platform/http/judge.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_promises(Str bytes)
{
    HttpHeader headers[JUDGE_HEADERS_MAX];
    HttpHead head = {.request.headers = headers};
    HeadParser parser = {0};
    HeadLimits limits = {JUDGE_HEAD_MAX, JUDGE_HEADERS_MAX};
    if (http_head_parse(&parser, &limits, bytes, &head) != HTTP_FINE) return;
    const HttpRequest *request = &head.request;
    assert(head.size <= bytes.n && head.size <= JUDGE_HEAD_MAX);
    assert(str_ends((Str){bytes.p, head.size}, S("\r\n\r\n")));
    assert(request->method_text.n > 0 && request->path.n > 0);
    assert(request->path.p[0] == '/' || str_eq(request->path, S("*")));
    assert(request->minor == 0 || request->host.n > 0);
    assert(request->host.n == 0 || http_host_ok(request->host));
    assert(head.length >= BODY_CHUNKED);
    for (size_t i = 0; i < request->header_count; i++) {
        Str value = headers[i].value, element;
        assert(headers[i].name.n > 0 && str_eq(value, str_trim(value)));
        size_t elements = 0;
        while (http_list_next(&value, &element)) elements++;
        assert(elements <= headers[i].value.n + 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena *arena = arena_new(1 << 16);
    Str bytes = {(const char *)data, size};
    Judgement whole = judge_in_pieces(arena, bytes, size, 1);
    size_t cuts[] = {1, size / 2, size ? data[size / 2] % size : 0, size ? size - 1 : 0};
    for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
        Judgement cut = judge_in_pieces(arena, bytes, cuts[i], size + 1);
        assert(cut.fault == whole.fault && str_eq(cut.seen, whole.seen));
    }
    size_t step = size < 300 ? 1 : size / 50;
    Judgement steps = judge_in_pieces(arena, bytes, step, step);
    assert(steps.fault == whole.fault && str_eq(steps.seen, whole.seen));
    check_promises(bytes);
    arena_free(arena);
    return 0;
}
