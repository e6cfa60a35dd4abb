#include "platform/telemetry/trace.h"

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* `n` bytes from 2n digits. */
static bool read_hex(const char *text, unsigned char *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int high = hex_value(text[2 * i]), low = hex_value(text[2 * i + 1]);
        if (high < 0 || low < 0) return false;
        out[i] = (unsigned char)(high << 4 | low);
    }
    return true;
}

static char *put_hex(char *at, const unsigned char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        *at++ = "0123456789abcdef"[bytes[i] >> 4];
        *at++ = "0123456789abcdef"[bytes[i] & 15];
    }
    return at;
}

static bool is_zero(const unsigned char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (bytes[i]) return false;
    return true;
}

bool trace_parse(Str traceparent, Trace *out)
{
    const char *p = traceparent.p;
    if (traceparent.n < TRACEPARENT_LENGTH || p[2] != '-' || p[35] != '-' || p[52] != '-')
        return false;
    unsigned char version, flags, trace_id[16], parent_id[8];
    if (!read_hex(p, &version, 1) || !read_hex(p + 3, trace_id, 16) ||
        !read_hex(p + 36, parent_id, 8) || !read_hex(p + 53, &flags, 1))
        return false;
    bool more = traceparent.n > TRACEPARENT_LENGTH;
    if (version == 0xff || (more && (version == 0 || p[TRACEPARENT_LENGTH] != '-'))) return false;
    if (is_zero(trace_id, 16) || is_zero(parent_id, 8)) return false;
    memcpy(out->trace_id, trace_id, 16);
    memcpy(out->parent_id, parent_id, 8);
    out->sampled = flags & 1;
    return true;
}

void trace_begin(Trace *trace, Str traceparent, const Random *random, Id request)
{
    struct Fresh {
        unsigned char span_id[8], trace_id[16];
    } fresh;
    do random->fill(random->state, &fresh, sizeof fresh);
    while (is_zero(fresh.span_id, sizeof fresh.span_id) ||
           is_zero(fresh.trace_id, sizeof fresh.trace_id));
    *trace = (Trace){0};
    if (!trace_parse(traceparent, trace))
        memcpy(trace->trace_id, fresh.trace_id, sizeof trace->trace_id);
    memcpy(trace->span_id, fresh.span_id, sizeof trace->span_id);
    id_write(trace->request_id, "req", request);
}

void trace_write(char out[static TRACEPARENT_LENGTH], const Trace *trace)
{
    char *at = out;
    memcpy(at, "00-", 3);
    at = put_hex(at + 3, trace->trace_id, sizeof trace->trace_id);
    *at++ = '-';
    at = put_hex(at, trace->span_id, sizeof trace->span_id);
    memcpy(at, trace->sampled ? "-01" : "-00", 3);
}
