/* From an Answer to bytes, in two steps.
 *
 * answer_prepare runs on the thread that answers. It makes the choices that cost something: is 304
 * enough, which encoding, which part; and it encodes. answer_write runs on the loop when the
 * answer's turn has come, since only then is it known whether the connection goes on; it writes the
 * head by memcpy into the exchange's arena. Head and body leave in one sendmsg, the body uncopied.
 *
 * Entity tags. The application names the content; each encoding of it is another representation and
 * must have another strong tag (RFC 9110 §8.8.3.3), so the encoding's suffix is appended here.
 * If-None-Match is answered 304 when the client holds any encoding that it could be sent now, and
 * the 304 repeats the tag of that one: a cache updates what it holds by that tag (RFC 9111 §4.3.4).
 */
#include "base/buf.h"
#include "platform/http/blob.h"
#include "platform/http/conditional.h"
#include "platform/http/core.h"
#include "platform/http/stream.h"

#include <assert.h>

static Str status_line(int status)
{
    switch (status) {
#define STATUS(code, reason)                                                                       \
    case code:                                                                                     \
        return S("HTTP/1.1 " #code " " reason "\r\n")
        STATUS(200, "OK");
        STATUS(201, "Created");
        STATUS(202, "Accepted");
        STATUS(204, "No Content");
        STATUS(206, "Partial Content");
        STATUS(301, "Moved Permanently");
        STATUS(302, "Found");
        STATUS(303, "See Other");
        STATUS(304, "Not Modified");
        STATUS(307, "Temporary Redirect");
        STATUS(308, "Permanent Redirect");
        STATUS(400, "Bad Request");
        STATUS(401, "Unauthorized");
        STATUS(402, "Payment Required");
        STATUS(403, "Forbidden");
        STATUS(404, "Not Found");
        STATUS(405, "Method Not Allowed");
        STATUS(406, "Not Acceptable");
        STATUS(408, "Request Timeout");
        STATUS(409, "Conflict");
        STATUS(410, "Gone");
        STATUS(411, "Length Required");
        STATUS(412, "Precondition Failed");
        STATUS(413, "Content Too Large");
        STATUS(414, "URI Too Long");
        STATUS(415, "Unsupported Media Type");
        STATUS(416, "Range Not Satisfiable");
        STATUS(417, "Expectation Failed");
        STATUS(421, "Misdirected Request");
        STATUS(422, "Unprocessable Content");
        STATUS(424, "Failed Dependency");
        STATUS(428, "Precondition Required");
        STATUS(429, "Too Many Requests");
        STATUS(431, "Request Header Fields Too Large");
        STATUS(451, "Unavailable For Legal Reasons");
        STATUS(500, "Internal Server Error");
        STATUS(501, "Not Implemented");
        STATUS(502, "Bad Gateway");
        STATUS(503, "Service Unavailable");
        STATUS(504, "Gateway Timeout");
        STATUS(505, "HTTP Version Not Supported");
        STATUS(507, "Insufficient Storage");
#undef STATUS
    default:
        return (Str){0};
    }
}

/* ---- choosing ---- */

static Str etag_of(const Answer *answer)
{
    return answer->etag.n || !answer->blob ? answer->etag : answer->blob->etag;
}

static bool is_read(const HttpRequest *request)
{
    return request->method == METHOD_GET || request->method == METHOD_HEAD;
}

/* False when the header is missing or malformed: then it does not count. */
static bool date_header(const Exchange *ex, Str name, Time *out)
{
    Str value = exchange_header(ex, name);
    return value.n > 0 && time_parse_http(value, clock_now(&clock_system), out);
}

/* RFC 9110 §13.1.2 and §13.1.3: If-Modified-Since counts only without If-None-Match. */
static bool client_has_it(HttpCall *call, const EncodingWeights *weights)
{
    const Exchange *ex = &call->exchange;
    const Answer *answer = &call->answer;
    Str etag = etag_of(answer), none_match = exchange_header(ex, S("If-None-Match"));
    if (none_match.n) {
        int found = etag.n ? etag_list_find(none_match, etag, TAG_WEAK) : TAG_NONE;
        if (found == TAG_NONE) return false;
        if (found == TAG_ANY) return true;
        call->etag_encoding = found;
        return found == ENCODING_IDENTITY || weights->q[found] > 0;
    }
    Time since;
    return answer->last_modified.us != 0 && date_header(ex, S("If-Modified-Since"), &since) &&
           answer->last_modified.us / 1000000 <= since.us / 1000000;
}

/* RFC 9110 §13.1.5: the part is wanted only of the very representation that the client holds the
 * rest of. */
static bool if_range_holds(const HttpCall *call, Str etag)
{
    Str value = exchange_header(&call->exchange, S("If-Range"));
    Time date;
    if (value.n == 0) return true;
    if (value.p[0] == '"') return etag_list_find(value, etag, TAG_STRONG) == call->encoding;
    return call->answer.last_modified.us != 0 &&
           date_header(&call->exchange, S("If-Range"), &date) &&
           call->answer.last_modified.us / 1000000 == date.us / 1000000;
}

static void choose_range(HttpCall *call)
{
    const Blob *blob = call->answer.blob;
    Str value = exchange_header(&call->exchange, S("Range"));
    if (call->exchange.request.method != METHOD_GET || value.n == 0) return;
    if (!if_range_holds(call, blob->etag)) return;
    call->range_of = blob->bodies[call->encoding].bytes.n;
    switch (range_parse(value, call->range_of, &call->range_from, &call->range_size)) {
    case RANGE_WHOLE:
        break;
    case RANGE_PART:
        call->answer.status = 206;
        break;
    case RANGE_OUTSIDE:
        call->fault = HTTP_BAD_RANGE;
        break;
    }
}

static const int fastest[] = {ENCODING_ZSTD, ENCODING_BROTLI, ENCODING_GZIP, ENCODING_IDENTITY};

int exchange_encoding(const Exchange *ex)
{
    EncodingWeights weights = encoding_weights(&ex->request);
    return encoding_choose(&weights, fastest, ENCODING_COUNT);
}

bool exchange_encode(Exchange *ex, int encoding, Str bytes, Str *out)
{
    Compressors *pool = &call_of(ex)->loop->server->compressors;
    return encode(pool, encoding, ENCODE_FAST, bytes, ex->arena, out);
}

static void choose_encoding(HttpCall *call, const EncodingWeights *weights)
{
    int candidates[ENCODING_COUNT], count = 0;
    const Answer *answer = &call->answer;
    if (!answer->blob) {
        call->encoding = encoding_choose(weights, fastest, ENCODING_COUNT);
        return;
    }
    if (answer->blob->single) {
        call->encoding = answer->blob->encoding;
        return;
    }
    for (int i = 0; i < ENCODING_COUNT; i++) {
        const BlobBody *bodies = answer->blob->bodies;
        if (!bodies[i].bytes.p) continue;
        int at = count++;
        for (; at > 0 && bodies[candidates[at - 1]].bytes.n > bodies[i].bytes.n; at--)
            candidates[at] = candidates[at - 1];
        candidates[at] = i;
    }
    call->encoding = encoding_choose(weights, candidates, count);
}

bool content_is_encoded(Str content_type, size_t size)
{
    return size >= HTTP_COMPRESS_MIN && size <= HTTP_COMPRESS_MAX &&
           content_is_compressible(content_type);
}

static bool has_choice(const Answer *answer)
{
    if (answer->blob) return answer->blob->varies;
    return !answer->as_is && content_is_encoded(answer->content_type, answer->body.n);
}

void answer_prepare(HttpCall *call)
{
    Answer *answer = &call->answer;
    const HttpRequest *request = &call->exchange.request;
    bool conditional = call->conditional && answer->status == 200 && is_read(request);
    if (call->stream) return; /* sent as it comes */
    EncodingWeights weights = {{[ENCODING_IDENTITY] = 1}};
    call->varies = has_choice(answer);
    bool single = answer->blob && answer->blob->single;
    if (call->varies && (conditional || !single)) weights = encoding_weights(request);
    if (call->varies || single) choose_encoding(call, &weights);
    call->etag_encoding = call->encoding;
    if (conditional && client_has_it(call, &weights)) {
        answer->status = 304;
        return;
    }
    call->etag_encoding = call->encoding;
    if (answer->blob) {
        if (conditional && !single) choose_range(call);
        return;
    }
    if (call->encoding == ENCODING_IDENTITY) return;
    if (!exchange_encode(&call->exchange, call->encoding, answer->body, &answer->body))
        call->encoding = call->etag_encoding = ENCODING_IDENTITY;
}

/* ---- writing ---- */

/* Whether the connection closes after this answer. While the server drains, the last one that we
 * can see says so. */
static bool closes_after(const HttpCall *call)
{
    const HttpConn *conn = call->conn;
    if (call->last || call->answer.close) return true;
    return call->loop->draining && call == conn->last && !conn->readable &&
           conn_unused(conn).n == 0;
}

static void decide_close(HttpCall *call)
{
    HttpConn *conn = call->conn;
    if (!closes_after(call)) return;
    conn->linger = conn->linger || !call->last;
    call->last = conn->input_done = true;
    if (conn->receiving != call) return;
    conn->receiving = NULL; /* what is left of its body is not worth reading now */
    conn->linger = true;
}

static bool bodiless(int status)
{
    return status == 204 || status == 304;
}

static void put_etag(Buf *head, const HttpCall *call)
{
    Str etag = etag_of(&call->answer);
    if (etag.n == 0) return;
    buf_lit(head, "ETag: \"");
    buf_put(head, etag);
    buf_put(head, encoding_tag(call->etag_encoding));
    buf_lit(head, "\"\r\n");
}

static void put_range(Buf *head, const HttpCall *call)
{
    buf_lit(head, "Content-Range: bytes ");
    if (call->fault == HTTP_BAD_RANGE) {
        buf_char(head, '*');
    } else {
        buf_int(head, (int64_t)call->range_from);
        buf_char(head, '-');
        buf_int(head, (int64_t)(call->range_from + call->range_size - 1));
    }
    buf_char(head, '/');
    buf_int(head, (int64_t)call->range_of);
    buf_lit(head, "\r\n");
}

/* The lines that say what the body is, where a blob has not got them ready. */
static void put_body_lines(Buf *head, const HttpCall *call, Str content_type, size_t size)
{
    const Answer *answer = &call->answer;
    if (!bodiless(answer->status)) {
        if (content_type.n) {
            buf_lit(head, "Content-Type: ");
            buf_put(head, content_type);
            buf_lit(head, "\r\n");
        }
        if (!call->stream) {
            buf_lit(head, "Content-Length: ");
            buf_int(head, (int64_t)size);
            buf_lit(head, "\r\n");
        } else if (call->exchange.request.minor > 0) {
            buf_lit(head, "Transfer-Encoding: chunked\r\n");
        }
        if (call->encoding != ENCODING_IDENTITY) {
            buf_lit(head, "Content-Encoding: ");
            buf_put(head, encoding_name(call->encoding));
            buf_lit(head, "\r\n");
        }
    }
    put_etag(head, call);
    if (call->varies) buf_lit(head, "Vary: Accept-Encoding\r\n");
    if (answer->status == 206 || call->fault == HTTP_BAD_RANGE) put_range(head, call);
    if (answer->blob) buf_put(head, answer->blob->headers);
}

static void put_status(Buf *head, int status)
{
    Str line = status_line(status);
    if (line.n) {
        buf_put(head, line);
        return;
    }
    buf_lit(head, "HTTP/1.1 ");
    buf_int(head, status);
    buf_lit(head, " \r\n");
}

static void put_last_modified(Buf *head, Time time)
{
    char text[TIME_HTTP_LENGTH];
    if (time.us == 0) return;
    time_write_http(text, time);
    buf_lit(head, "Last-Modified: ");
    buf_bytes(head, text, sizeof text);
    buf_lit(head, "\r\n");
}

static Str body_of(const HttpCall *call)
{
    const Answer *answer = &call->answer;
    if (!answer->blob) return answer->body;
    Str bytes = answer->blob->bodies[call->encoding].bytes;
    if (answer->status != 206) return bytes;
    return str_slice(bytes, call->range_from, call->range_from + call->range_size);
}

/* To copy a small body behind its head costs less than a second vector in the system call. */
enum { JOIN_MAX = 2048 };

static Str write_head(HttpCall *call, Str body, bool joined)
{
    enum { FIXED_LINES = 512 }; /* what this file writes by itself takes less */
    const Answer *answer = &call->answer;
    const Blob *blob = answer->blob;
    Str lines = blob && answer->status == 200 ? blob->bodies[call->encoding].lines : (Str){0};
    size_t room = FIXED_LINES + (joined ? body.n : 0) + lines.n + answer->headers.n +
                  answer->etag.n + answer->content_type.n +
                  (blob ? blob->headers.n + blob->content_type.n : 0);
    Buf head = buf_new(call->exchange.arena, room);
    buf_reserve(&head, room);
    put_status(&head, answer->status);
    buf_lit(&head, "Date: ");
    buf_put(&head, loop_date(call->loop));
    buf_lit(&head, "\r\n");
    if (lines.n)
        buf_put(&head, lines);
    else
        put_body_lines(&head, call, blob ? blob->content_type : answer->content_type, body.n);
    put_last_modified(&head, answer->last_modified);
    buf_put(&head, answer->headers);
    if (call->last)
        buf_lit(&head, "Connection: close\r\n");
    else if (call->exchange.request.minor == 0)
        buf_lit(&head, "Connection: keep-alive\r\n");
    buf_lit(&head, "\r\n");
    if (joined) buf_put(&head, body);
    assert(!head.full);
    return buf_str(&head);
}

/* 416 is the core's own refusal, and refusals are written on the loop. */
static void refuse_range(HttpCall *call)
{
    HttpApp *app = &call->loop->server->app;
    const Error *row = &http_faults[call->fault];
    blob_unref(call->answer.blob);
    call->answer = app->refusal(app->state, &call->exchange, call->exchange.arena, row->status,
                                row->code, str_from(row->title));
    call->encoding = call->etag_encoding = ENCODING_IDENTITY;
    stat_add(&call->loop->stats.faults[call->fault], 1);
}

void answer_write(HttpCall *call)
{
    if (call->fault) refuse_range(call);
    if (call->stream && call->exchange.request.minor == 0) call->answer.close = true;
    decide_close(call);
    Str body = body_of(call);
    call->exchange.status = call->answer.status;
    bool silent = call->exchange.request.method == METHOD_HEAD || bodiless(call->answer.status);
    bool joined = !silent && body.n <= JOIN_MAX;
    call->out[call->out_count++] = write_head(call, body, joined);
    if (body.n > 0 && !silent && !joined) call->out[call->out_count++] = body;
    call->state = call->stream ? CALL_STREAMING : CALL_SENDING;
}
