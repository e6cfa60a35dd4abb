/* The parser's law: what is refused, with which answer, and what is accepted. Each case is judged
 * whole, byte by byte, and cut in two at every position; the verdict must always be the same. */
#include "platform/http/judge.h"

#include "platform/http/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

enum { HEAD_MAX = JUDGE_HEAD_MAX, HEADERS_MAX = JUDGE_HEADERS_MAX };

static void assert_same(const char *name, const char *how, size_t at, Judgement a, Judgement b)
{
    if (a.fault == b.fault && str_eq(a.seen, b.seen)) return;
    fail_msg("%s, %s %zu: fault %d, seen \"%.*s\"; whole it was fault %d, seen \"%.*s\"", name, how,
             at, (int)b.fault, STR_ARG(b.seen), (int)a.fault, STR_ARG(a.seen));
}

/* The verdict on the whole, after making sure that every way to cut it gives the same. */
static Judgement judge_every_way(Arena *arena, const char *name, Str bytes)
{
    Judgement whole = judge_in_pieces(arena, bytes, bytes.n, 1);
    size_t stride = bytes.n < 2000 ? 1 : 97; /* long cases are long by repetition */
    for (size_t at = 1; at < bytes.n; at += stride) {
        ArenaMark mark = arena_mark(arena);
        assert_same(name, "cut at", at, whole, judge_in_pieces(arena, bytes, at, bytes.n));
        arena_rewind(arena, mark);
    }
    ArenaMark mark = arena_mark(arena);
    size_t step = bytes.n < 2000 ? 1 : 61;
    assert_same(name, "in steps of", step, whole, judge_in_pieces(arena, bytes, step, step));
    arena_rewind(arena, mark);
    return whole;
}

/* ---- refusals ---- */

typedef struct Refusal {
    const char *name;
    Str bytes;
    HttpFault fault;
    int status;
    size_t fill; /* the byte 0x01 in `bytes` stands for that many of `fill_with` */
    char fill_with;
} Refusal;

#define GET     "GET / HTTP/1.1\r\n"
#define POST    "POST / HTTP/1.1\r\n"
#define HOST    "Host: a\r\n"
#define CHUNKED POST HOST "Transfer-Encoding: chunked\r\n\r\n"

static const Refusal refusals[] = {
    /* the request line */
    {"no target", S_INIT("GET HTTP/1.1\r\n" HOST "\r\n"), HTTP_BAD_REQUEST_LINE, 400, 0, 0},
    {"method alone", S_INIT("GET\r\n" HOST "\r\n"), HTTP_BAD_REQUEST_LINE, 400, 0, 0},
    {"HTTP/0.9", S_INIT("GET /\r\n"), HTTP_BAD_REQUEST_LINE, 400, 0, 0},
    {"two blanks before the target", S_INIT("GET  / HTTP/1.1\r\n" HOST "\r\n"),
     HTTP_BAD_REQUEST_LINE, 400, 0, 0},
    {"two blanks before the version", S_INIT("GET /  HTTP/1.1\r\n" HOST "\r\n"),
     HTTP_BAD_REQUEST_LINE, 400, 0, 0},
    {"blank in the target", S_INIT("GET /a b HTTP/1.1\r\n" HOST "\r\n"), HTTP_BAD_REQUEST_LINE, 400,
     0, 0},
    {"blank behind the version", S_INIT("GET / HTTP/1.1 \r\n" HOST "\r\n"), HTTP_BAD_REQUEST_LINE,
     400, 0, 0},
    {"tab instead of a blank", S_INIT("GET\t/ HTTP/1.1\r\n" HOST "\r\n"), HTTP_BAD_REQUEST_LINE,
     400, 0, 0},
    {"blank before the method", S_INIT(" GET / HTTP/1.1\r\n" HOST "\r\n"), HTTP_BAD_METHOD, 400, 0,
     0},
    {"two empty lines before", S_INIT("\r\n\r\n" GET HOST "\r\n"), HTTP_BAD_REQUEST_LINE, 400, 0,
     0},
    {"bare LF before", S_INIT("\n" GET HOST "\r\n"), HTTP_BAD_LINE_END, 400, 0, 0},
    {"separator in the method", S_INIT("GE(T / HTTP/1.1\r\n" HOST "\r\n"), HTTP_BAD_METHOD, 400, 0,
     0},
    {"colon in the method", S_INIT("GET: / HTTP/1.1\r\n" HOST "\r\n"), HTTP_BAD_METHOD, 400, 0, 0},
    {"NUL in the method", S_INIT("G\0T / HTTP/1.1\r\n" HOST "\r\n"), HTTP_BAD_METHOD, 400, 0, 0},
    {"TLS on a plain port", S_INIT("\x16\x03\x01\x02"), HTTP_BAD_METHOD, 400, 0, 0},
    {"overlong method", S_INIT("\x01 / HTTP/1.1\r\n" HOST "\r\n"), HTTP_UNKNOWN_METHOD, 501,
     HTTP_METHOD_MAX + 1, 'A'},
    {"CONNECT", S_INIT("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n"), HTTP_UNKNOWN_METHOD, 501,
     0, 0},
    {"relative target", S_INIT("GET a HTTP/1.1\r\n" HOST "\r\n"), HTTP_BAD_TARGET, 400, 0, 0},
    {"asterisk for GET", S_INIT("GET * HTTP/1.1\r\n" HOST "\r\n"), HTTP_BAD_TARGET, 400, 0, 0},
    {"fragment in the target", S_INIT("GET /a#b HTTP/1.1\r\n" HOST "\r\n"), HTTP_BAD_TARGET, 400, 0,
     0},
    {"quote in the target", S_INIT("GET /\"a HTTP/1.1\r\n" HOST "\r\n"), HTTP_BAD_TARGET, 400, 0,
     0},
    {"angle bracket in the target", S_INIT("GET /<a> HTTP/1.1\r\n" HOST "\r\n"), HTTP_BAD_TARGET,
     400, 0, 0},
    {"NUL in the target", S_INIT("GET /a\0b HTTP/1.1\r\n" HOST "\r\n"), HTTP_BAD_TARGET, 400, 0, 0},
    {"tab in the target", S_INIT("GET /a\tb HTTP/1.1\r\n" HOST "\r\n"), HTTP_BAD_TARGET, 400, 0, 0},
    {"DEL in the target", S_INIT("GET /a\x7f HTTP/1.1\r\n" HOST "\r\n"), HTTP_BAD_TARGET, 400, 0,
     0},
    {"raw UTF-8 in the target", S_INIT("GET /\xc3\xa9 HTTP/1.1\r\n" HOST "\r\n"), HTTP_BAD_TARGET,
     400, 0, 0},
    {"CR in the target", S_INIT("GET /a\rb HTTP/1.1\r\n" HOST "\r\n"), HTTP_BAD_TARGET, 400, 0, 0},
    {"ftp URL", S_INIT("GET ftp://a/ HTTP/1.1\r\n" HOST "\r\n"), HTTP_BAD_TARGET, 400, 0, 0},
    {"URL without a host", S_INIT("GET http:///a HTTP/1.1\r\n" HOST "\r\n"), HTTP_BAD_TARGET, 400,
     0, 0},
    {"URL with a user", S_INIT("GET http://u:p@a/ HTTP/1.1\r\n" HOST "\r\n"), HTTP_BAD_TARGET, 400,
     0, 0},
    {"URL with a bad port", S_INIT("GET http://a:x/ HTTP/1.1\r\n" HOST "\r\n"), HTTP_BAD_TARGET,
     400, 0, 0},
    {"overlong target", S_INIT("GET /\x01 HTTP/1.1\r\n" HOST "\r\n"), HTTP_LONG_TARGET, 414,
     HTTP_TARGET_MAX, 'a'},
    {"endless target", S_INIT("GET /\x01"), HTTP_LONG_TARGET, 414, HEAD_MAX, 'a'},
    {"HTTP/2.0", S_INIT("GET / HTTP/2.0\r\n" HOST "\r\n"), HTTP_OTHER_VERSION, 505, 0, 0},
    {"HTTP/2 preface", S_INIT("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), HTTP_OTHER_VERSION, 505, 0, 0},
    {"HTTP/0.9 spelt out", S_INIT("GET / HTTP/0.9\r\n" HOST "\r\n"), HTTP_OTHER_VERSION, 505, 0, 0},
    {"HTTP/9.9", S_INIT("GET / HTTP/9.9\r\n" HOST "\r\n"), HTTP_OTHER_VERSION, 505, 0, 0},
    {"version without its minor", S_INIT("GET / HTTP/1\r\n" HOST "\r\n"), HTTP_BAD_VERSION, 400, 0,
     0},
    {"version with two digits", S_INIT("GET / HTTP/1.10\r\n" HOST "\r\n"), HTTP_BAD_VERSION, 400, 0,
     0},
    {"version with a leading zero", S_INIT("GET / HTTP/01.1\r\n" HOST "\r\n"), HTTP_BAD_VERSION,
     400, 0, 0},
    {"version with a plus", S_INIT("GET / HTTP/+1.1\r\n" HOST "\r\n"), HTTP_BAD_VERSION, 400, 0, 0},
    {"version in small letters", S_INIT("GET / http/1.1\r\n" HOST "\r\n"), HTTP_BAD_VERSION, 400, 0,
     0},
    {"other protocol", S_INIT("GET / ICY/1.1\r\n" HOST "\r\n"), HTTP_BAD_VERSION, 400, 0, 0},
    /* line ends */
    {"request line with a bare LF", S_INIT("GET / HTTP/1.1\n" HOST "\r\n"), HTTP_BAD_LINE_END, 400,
     0, 0},
    {"header with a bare LF", S_INIT(GET "Host: a\n\r\n"), HTTP_BAD_LINE_END, 400, 0, 0},
    {"head ended by a bare LF", S_INIT(GET HOST "\n"), HTTP_BAD_LINE_END, 400, 0, 0},
    {"CR CR LF", S_INIT(GET HOST "A: b\r\r\n\r\n"), HTTP_BAD_HEADER_VALUE, 400, 0, 0},
    {"CR CR LF behind the version", S_INIT("GET / HTTP/1.1\r\r\n" HOST "\r\n"), HTTP_BAD_VERSION,
     400, 0, 0},
    {"CR in a value", S_INIT(GET HOST "A: b\rc\r\n\r\n"), HTTP_BAD_HEADER_VALUE, 400, 0, 0},
    {"CR instead of a line end", S_INIT(GET HOST "A: b\rContent-Length: 3\r\n\r\nabc"),
     HTTP_BAD_HEADER_VALUE, 400, 0, 0},
    {"CR in a name", S_INIT(GET HOST "A\r: b\r\n\r\n"), HTTP_BAD_HEADER_NAME, 400, 0, 0},
    /* header lines */
    {"folded line", S_INIT(GET HOST "A: b\r\n c\r\n\r\n"), HTTP_FOLDED_LINE, 400, 0, 0},
    {"folded line with a tab", S_INIT(GET HOST "A: b\r\n\tc\r\n\r\n"), HTTP_FOLDED_LINE, 400, 0, 0},
    {"blank before the first header", S_INIT(GET " Host: a\r\n\r\n"), HTTP_FOLDED_LINE, 400, 0, 0},
    {"line of one blank", S_INIT(GET HOST " \r\n\r\n"), HTTP_FOLDED_LINE, 400, 0, 0},
    {"blank before the colon", S_INIT(POST HOST "Content-Length : 3\r\n\r\nabc"),
     HTTP_BAD_HEADER_NAME, 400, 0, 0},
    {"tab before the colon", S_INIT(POST HOST "Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n"),
     HTTP_BAD_HEADER_NAME, 400, 0, 0},
    {"blank in a name", S_INIT(GET HOST "A b: c\r\n\r\n"), HTTP_BAD_HEADER_NAME, 400, 0, 0},
    {"empty name", S_INIT(GET HOST ": b\r\n\r\n"), HTTP_BAD_HEADER_NAME, 400, 0, 0},
    {"no colon", S_INIT(GET HOST "Abc\r\n\r\n"), HTTP_BAD_HEADER_NAME, 400, 0, 0},
    {"NUL in a name", S_INIT(GET HOST "A\0: b\r\n\r\n"), HTTP_BAD_HEADER_NAME, 400, 0, 0},
    {"UTF-8 in a name", S_INIT(GET HOST "\xc3\xa9: b\r\n\r\n"), HTTP_BAD_HEADER_NAME, 400, 0, 0},
    {"brackets in a name", S_INIT(GET HOST "A[0]: b\r\n\r\n"), HTTP_BAD_HEADER_NAME, 400, 0, 0},
    {"quote in a name", S_INIT(GET HOST "\"A\": b\r\n\r\n"), HTTP_BAD_HEADER_NAME, 400, 0, 0},
    {"NUL in a value", S_INIT(GET HOST "A: b\0c\r\n\r\n"), HTTP_BAD_HEADER_VALUE, 400, 0, 0},
    {"NUL in a long value", S_INIT(GET HOST "A: 0123456789abcdef\0ghijklmn\r\n\r\n"),
     HTTP_BAD_HEADER_VALUE, 400, 0, 0},
    {"escape character in a value", S_INIT(GET HOST "A: 0123456\x1b[31m\r\n\r\n"),
     HTTP_BAD_HEADER_VALUE, 400, 0, 0},
    {"DEL in a value", S_INIT(GET HOST "A: 012345678\x7f\r\n\r\n"), HTTP_BAD_HEADER_VALUE, 400, 0,
     0},
    {"vertical tab in a value", S_INIT(POST HOST "Transfer-Encoding: \vchunked\r\n\r\n0\r\n\r\n"),
     HTTP_BAD_HEADER_VALUE, 400, 0, 0},
    {"overlong header", S_INIT(GET HOST "A: \x01\r\n\r\n"), HTTP_LARGE_HEAD, 431, HEAD_MAX, 'a'},
    {"endless header", S_INIT(GET HOST "A: \x01"), HTTP_LARGE_HEAD, 431, HEAD_MAX, 'a'},
    {"overlong name", S_INIT(GET HOST "\x01: b\r\n\r\n"), HTTP_LARGE_HEAD, 431, HEAD_MAX, 'a'},
    {"too many headers",
     S_INIT(GET HOST
#define TEN "A:\r\nA:\r\nA:\r\nA:\r\nA:\r\nA:\r\nA:\r\nA:\r\nA:\r\nA:\r\n"
                TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN "\r\n"),
     HTTP_MANY_HEADERS, 431, 0, 0},
    /* Host */
    {"no Host", S_INIT(GET "\r\n"), HTTP_NO_HOST, 400, 0, 0},
    {"no Host beside a URL", S_INIT("GET http://a/ HTTP/1.1\r\n\r\n"), HTTP_NO_HOST, 400, 0, 0},
    {"empty Host", S_INIT(GET "Host:\r\n\r\n"), HTTP_NO_HOST, 400, 0, 0},
    {"two Hosts", S_INIT(GET HOST "Host: b\r\n\r\n"), HTTP_TWO_HOSTS, 400, 0, 0},
    {"two equal Hosts", S_INIT(GET HOST HOST "\r\n"), HTTP_TWO_HOSTS, 400, 0, 0},
    {"two Hosts on 1.0", S_INIT("GET / HTTP/1.0\r\n" HOST "hOST: b\r\n\r\n"), HTTP_TWO_HOSTS, 400,
     0, 0},
    {"list of Hosts", S_INIT(GET "Host: a, b\r\n\r\n"), HTTP_BAD_HOST, 400, 0, 0},
    {"Host with a path", S_INIT(GET "Host: a/b\r\n\r\n"), HTTP_BAD_HOST, 400, 0, 0},
    {"Host with a user", S_INIT(GET "Host: u@a\r\n\r\n"), HTTP_BAD_HOST, 400, 0, 0},
    {"Host with a blank", S_INIT(GET "Host: a b\r\n\r\n"), HTTP_BAD_HOST, 400, 0, 0},
    {"Host with a bad port", S_INIT(GET "Host: a:8o\r\n\r\n"), HTTP_BAD_HOST, 400, 0, 0},
    {"Host with a large port", S_INIT(GET "Host: a:65536\r\n\r\n"), HTTP_BAD_HOST, 400, 0, 0},
    {"Host of a port alone", S_INIT(GET "Host: :80\r\n\r\n"), HTTP_BAD_HOST, 400, 0, 0},
    {"bare IPv6 Host", S_INIT(GET "Host: ::1\r\n\r\n"), HTTP_BAD_HOST, 400, 0, 0},
    {"unclosed IPv6 Host", S_INIT(GET "Host: [::1\r\n\r\n"), HTTP_BAD_HOST, 400, 0, 0},
    {"no IPv6 in brackets", S_INIT(GET "Host: [abc]\r\n\r\n"), HTTP_BAD_HOST, 400, 0, 0},
    {"text behind an IPv6 Host", S_INIT(GET "Host: [::1]a\r\n\r\n"), HTTP_BAD_HOST, 400, 0, 0},
    {"overlong Host", S_INIT(GET "Host: \x01\r\n\r\n"), HTTP_BAD_HOST, 400, HTTP_HOST_MAX + 1, 'a'},
    {"bad Host beside a URL", S_INIT("GET http://a/ HTTP/1.1\r\nHost: b@c\r\n\r\n"), HTTP_BAD_HOST,
     400, 0, 0},
    /* lengths */
    {"length beside coding",
     S_INIT(POST HOST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
     HTTP_LENGTH_AND_CODING, 400, 0, 0},
    {"coding beside length",
     S_INIT(POST HOST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"),
     HTTP_LENGTH_AND_CODING, 400, 0, 0},
    {"unknown coding beside length",
     S_INIT(POST HOST "Transfer-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello"),
     HTTP_LENGTH_AND_CODING, 400, 0, 0},
    {"two lengths", S_INIT(POST HOST "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!"),
     HTTP_TWO_LENGTHS, 400, 0, 0},
    {"two equal lengths", S_INIT(POST HOST "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"),
     HTTP_TWO_LENGTHS, 400, 0, 0},
    {"list of lengths", S_INIT(POST HOST "Content-Length: 5, 5\r\n\r\nhello"), HTTP_BAD_LENGTH, 400,
     0, 0},
    {"plus in a length", S_INIT(POST HOST "Content-Length: +5\r\n\r\nhello"), HTTP_BAD_LENGTH, 400,
     0, 0},
    {"minus in a length", S_INIT(POST HOST "Content-Length: -5\r\n\r\nhello"), HTTP_BAD_LENGTH, 400,
     0, 0},
    {"minus zero", S_INIT(POST HOST "Content-Length: -0\r\n\r\n"), HTTP_BAD_LENGTH, 400, 0, 0},
    {"blank in a length", S_INIT(POST HOST "Content-Length: 1 0\r\n\r\n0123456789"),
     HTTP_BAD_LENGTH, 400, 0, 0},
    {"hexadecimal length", S_INIT(POST HOST "Content-Length: 0x5\r\n\r\nhello"), HTTP_BAD_LENGTH,
     400, 0, 0},
    {"length with a point", S_INIT(POST HOST "Content-Length: 5.0\r\n\r\nhello"), HTTP_BAD_LENGTH,
     400, 0, 0},
    {"length in quotes", S_INIT(POST HOST "Content-Length: \"5\"\r\n\r\nhello"), HTTP_BAD_LENGTH,
     400, 0, 0},
    {"empty length", S_INIT(POST HOST "Content-Length:\r\n\r\n"), HTTP_BAD_LENGTH, 400, 0, 0},
    {"length beyond 63 bits", S_INIT(POST HOST "Content-Length: 9223372036854775808\r\n\r\n"),
     HTTP_LARGE_BODY, 413, 0, 0},
    {"length that wraps to 5",
     S_INIT(POST HOST "Content-Length: 18446744073709551621\r\n\r\nhello"), HTTP_LARGE_BODY, 413, 0,
     0},
    /* codings */
    {"unknown coding", S_INIT(POST HOST "Transfer-Encoding: gzip\r\n\r\n"), HTTP_UNKNOWN_CODING,
     501, 0, 0},
    {"identity coding", S_INIT(POST HOST "Transfer-Encoding: identity\r\n\r\n"),
     HTTP_UNKNOWN_CODING, 501, 0, 0},
    {"unknown coding, then chunked",
     S_INIT(POST HOST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"), HTTP_UNKNOWN_CODING,
     501, 0, 0},
    {"the same in two lines",
     S_INIT(POST HOST "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
     HTTP_UNKNOWN_CODING, 501, 0, 0},
    {"misspelt chunked", S_INIT(POST HOST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
     HTTP_UNKNOWN_CODING, 501, 0, 0},
    {"chunked not last", S_INIT(POST HOST "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"),
     HTTP_BAD_CODING, 400, 0, 0},
    {"chunked twice", S_INIT(POST HOST "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"),
     HTTP_BAD_CODING, 400, 0, 0},
    {"chunked in two lines",
     S_INIT(POST HOST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
     HTTP_BAD_CODING, 400, 0, 0},
    {"chunked with a parameter",
     S_INIT(POST HOST "Transfer-Encoding: chunked;a=b\r\n\r\n0\r\n\r\n"), HTTP_BAD_CODING, 400, 0,
     0},
    {"chunked in quotes", S_INIT(POST HOST "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n"),
     HTTP_BAD_CODING, 400, 0, 0},
    {"empty coding", S_INIT(POST HOST "Transfer-Encoding:\r\n\r\n"), HTTP_BAD_CODING, 400, 0, 0},
    {"empty element before chunked",
     S_INIT(POST HOST "Transfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n"), HTTP_BAD_CODING, 400, 0, 0},
    {"empty element behind chunked",
     S_INIT(POST HOST "Transfer-Encoding: chunked,\r\n\r\n0\r\n\r\n"), HTTP_BAD_CODING, 400, 0, 0},
    {"chunked on 1.0",
     S_INIT("POST / HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
     HTTP_BAD_CODING, 400, 0, 0},
    {"other expectation", S_INIT(POST HOST "Expect: 200-ok\r\nContent-Length: 1\r\n\r\na"),
     HTTP_BAD_EXPECTATION, 417, 0, 0},
    /* chunks */
    {"chunk without a size", S_INIT(CHUNKED "\r\nhello\r\n0\r\n\r\n"), HTTP_BAD_CHUNK, 400, 0, 0},
    {"chunk size with a sign", S_INIT(CHUNKED "+5\r\nhello\r\n0\r\n\r\n"), HTTP_BAD_CHUNK, 400, 0,
     0},
    {"negative chunk size", S_INIT(CHUNKED "-5\r\nhello\r\n0\r\n\r\n"), HTTP_BAD_CHUNK, 400, 0, 0},
    {"chunk size with 0x", S_INIT(CHUNKED "0x5\r\nhello\r\n0\r\n\r\n"), HTTP_BAD_CHUNK, 400, 0, 0},
    {"blank before a chunk size", S_INIT(CHUNKED " 5\r\nhello\r\n0\r\n\r\n"), HTTP_BAD_CHUNK, 400,
     0, 0},
    {"blank behind a chunk size", S_INIT(CHUNKED "5 \r\nhello\r\n0\r\n\r\n"), HTTP_BAD_CHUNK, 400,
     0, 0},
    {"chunk size that is no number", S_INIT(CHUNKED "5g\r\nhello\r\n0\r\n\r\n"), HTTP_BAD_CHUNK,
     400, 0, 0},
    {"chunk size beyond 63 bits", S_INIT(CHUNKED "8000000000000000\r\n"), HTTP_LARGE_BODY, 413, 0,
     0},
    {"chunk size that wraps to 5", S_INIT(CHUNKED "10000000000000005\r\nhello\r\n0\r\n\r\n"),
     HTTP_LARGE_BODY, 413, 0, 0},
    {"endless zeros in a chunk size",
     S_INIT(CHUNKED "\x01"
                    "5\r\nhello\r\n0\r\n\r\n"),
     HTTP_LARGE_CHUNK_LINE, 400, HTTP_CHUNK_LINE_MAX, '0'},
    {"chunk size with a bare LF", S_INIT(CHUNKED "5\nhello\r\n0\r\n\r\n"), HTTP_BAD_CHUNK, 400, 0,
     0},
    {"chunk size with a bare CR", S_INIT(CHUNKED "5\rhello\r\n0\r\n\r\n"), HTTP_BAD_CHUNK, 400, 0,
     0},
    {"chunk longer than its size", S_INIT(CHUNKED "5\r\nhello!\r\n0\r\n\r\n"), HTTP_BAD_CHUNK, 400,
     0, 0},
    {"chunk shorter than its size", S_INIT(CHUNKED "6\r\nhello\r\n0\r\n\r\n"), HTTP_BAD_CHUNK, 400,
     0, 0},
    {"chunk data ended by LF", S_INIT(CHUNKED "5\r\nhello\n0\r\n\r\n"), HTTP_BAD_CHUNK, 400, 0, 0},
    {"chunk data ended by CR", S_INIT(CHUNKED "5\r\nhello\r0\r\n\r\n"), HTTP_BAD_CHUNK, 400, 0, 0},
    {"extension without a name", S_INIT(CHUNKED "5;\r\nhello\r\n0\r\n\r\n"), HTTP_BAD_CHUNK, 400, 0,
     0},
    {"extension without a value", S_INIT(CHUNKED "5;a=\r\nhello\r\n0\r\n\r\n"), HTTP_BAD_CHUNK, 400,
     0, 0},
    {"LF in an extension", S_INIT(CHUNKED "5;a\nhello\r\n0\r\n\r\n"), HTTP_BAD_CHUNK, 400, 0, 0},
    {"line end in a quoted extension", S_INIT(CHUNKED "5;a=\"\r\nhello\"\r\n0\r\n\r\n"),
     HTTP_BAD_CHUNK, 400, 0, 0},
    {"escaped line end in an extension", S_INIT(CHUNKED "5;a=\"\\\nhello\"\r\n0\r\n\r\n"),
     HTTP_BAD_CHUNK, 400, 0, 0},
    {"blank behind an extension", S_INIT(CHUNKED "5;a \r\nhello\r\n0\r\n\r\n"), HTTP_BAD_CHUNK, 400,
     0, 0},
    {"NUL in an extension", S_INIT(CHUNKED "5;a\0\r\nhello\r\n0\r\n\r\n"), HTTP_BAD_CHUNK, 400, 0,
     0},
    {"overlong extension", S_INIT(CHUNKED "5;\x01\r\nhello\r\n0\r\n\r\n"), HTTP_LARGE_CHUNK_LINE,
     400, HTTP_CHUNK_LINE_MAX, 'a'},
    {"trailer without a name", S_INIT(CHUNKED "0\r\n: b\r\n\r\n"), HTTP_BAD_TRAILER, 400, 0, 0},
    {"trailer without a colon", S_INIT(CHUNKED "0\r\nabc\r\n\r\n"), HTTP_BAD_TRAILER, 400, 0, 0},
    {"folded trailer", S_INIT(CHUNKED "0\r\nA: b\r\n c\r\n\r\n"), HTTP_BAD_TRAILER, 400, 0, 0},
    {"trailer with a bare LF", S_INIT(CHUNKED "0\r\nA: b\n\r\n"), HTTP_BAD_TRAILER, 400, 0, 0},
    {"trailer with a bare CR", S_INIT(CHUNKED "0\r\nA: b\rc\r\n\r\n"), HTTP_BAD_TRAILER, 400, 0, 0},
    {"body ended by a bare LF", S_INIT(CHUNKED "0\r\n\n"), HTTP_BAD_TRAILER, 400, 0, 0},
    {"body ended by CR and text", S_INIT(CHUNKED "0\r\n\rX"), HTTP_BAD_TRAILER, 400, 0, 0},
    {"overlong trailer", S_INIT(CHUNKED "0\r\nA: \x01\r\n\r\n"), HTTP_LARGE_TRAILER, 431,
     HTTP_TRAILERS_MAX, 'a'},
};

static Str filled(Arena *arena, const Refusal *refusal)
{
    Str head, tail;
    if (!refusal->fill) return refusal->bytes;
    assert_true(str_cut(refusal->bytes, '\x01', &head, &tail));
    char *fill = arena_alloc(arena, refusal->fill, 1);
    memset(fill, refusal->fill_with, refusal->fill);
    Str parts[] = {head, {fill, refusal->fill}, tail};
    return str_join(arena, (StrList){parts, 3}, S(""));
}

static void test_refusals(void **state)
{
    (void)state;
    size_t count = sizeof refusals / sizeof refusals[0];
    for (size_t i = 0; i < count; i++) {
        const Refusal *refusal = &refusals[i];
        Arena *arena = arena_new(1 << 16);
        Judgement verdict = judge_every_way(arena, refusal->name, filled(arena, refusal));
        if (verdict.fault != refusal->fault)
            fail_msg("%s: expected %s, but it was %s", refusal->name,
                     http_faults[refusal->fault].code,
                     verdict.fault > HTTP_MORE    ? http_faults[verdict.fault].code
                     : verdict.fault == HTTP_MORE ? "left waiting"
                                                  : "accepted");
        assert_int_equal(http_faults[verdict.fault].status, refusal->status);
        arena_free(arena);
    }
    assert_true(count >= 59);
}

/* ---- what must be accepted ---- */

typedef struct Acceptance {
    const char *name;
    Str bytes;
    const char *seen; /* as write_down writes it */
} Acceptance;

static const Acceptance acceptances[] = {
    {"plain", S_INIT("GET /a/b?c=d HTTP/1.1\r\nHost: a\r\n\r\n"),
     "GET|/a/b|c=d|a|1.1|keep|-|Host=a|body:|rest:0"},
    {"health check of HAProxy", S_INIT("OPTIONS / HTTP/1.0\r\n\r\n"),
     "OPTIONS|/|||1.0|close|-|body:|rest:0"},
    {"ab with keep-alive",
     S_INIT("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\nHost: a:80\r\nAccept: */*\r\n\r\n"),
     "GET|/||a:80|1.0|keep|-|Connection=Keep-Alive|Host=a:80|Accept=*/*|body:|rest:0"},
    {"empty Host on 1.0", S_INIT("GET / HTTP/1.0\r\nHost:\r\n\r\n"),
     "GET|/|||1.0|close|-|Host=|body:|rest:0"},
    {"URL, whose host counts", S_INIT("GET http://b:81/x?y HTTP/1.1\r\nHost: a\r\n\r\n"),
     "GET|/x|y|b:81|1.1|keep|-|Host=a|body:|rest:0"},
    {"URL without a path", S_INIT("GET HTTPS://b HTTP/1.1\r\nHost: b\r\n\r\n"),
     "GET|/||b|1.1|keep|-|Host=b|body:|rest:0"},
    {"URL with a query alone", S_INIT("GET http://b?y=1 HTTP/1.1\r\nHost: b\r\n\r\n"),
     "GET|/|y=1|b|1.1|keep|-|Host=b|body:|rest:0"},
    {"URL in a path", S_INIT("GET /http://b/ HTTP/1.1\r\nHost: a\r\n\r\n"),
     "GET|/http://b/||a|1.1|keep|-|Host=a|body:|rest:0"},
    {"two slashes", S_INIT("GET //b/c HTTP/1.1\r\nHost: a\r\n\r\n"),
     "GET|//b/c||a|1.1|keep|-|Host=a|body:|rest:0"},
    {"OPTIONS *", S_INIT("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"),
     "OPTIONS|*||a|1.1|keep|-|Host=a|body:|rest:0"},
    {"OPTIONS of a whole server by URL", S_INIT("OPTIONS http://b HTTP/1.1\r\nHost: b\r\n\r\n"),
     "OPTIONS|*||b|1.1|keep|-|Host=b|body:|rest:0"},
    {"one empty line before", S_INIT("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
     "GET|/||a|1.1|keep|-|Host=a|body:|rest:0"},
    {"raw characters of browsers", S_INIT("GET /|[]{}^\\`?a=|[]{}^\\` HTTP/1.1\r\nHost: a\r\n\r\n"),
     "GET|/|[]{}^\\`|a=|[]{}^\\`|a|1.1|keep|-|Host=a|body:|rest:0"},
    {"question marks in a query", S_INIT("GET /?a?b=?& HTTP/1.1\r\nHost: a\r\n\r\n"),
     "GET|/|a?b=?&|a|1.1|keep|-|Host=a|body:|rest:0"},
    {"percent signs as they are", S_INIT("GET /100%?%zz HTTP/1.1\r\nHost: a\r\n\r\n"),
     "GET|/100%|%zz|a|1.1|keep|-|Host=a|body:|rest:0"},
    {"bytes above 0x80 in a value",
     S_INIT("GET / HTTP/1.1\r\nHost: a\r\nA: caf\xc3\xa9\xff\x80\r\n\r\n"),
     "GET|/||a|1.1|keep|-|Host=a|A=caf\xc3\xa9\xff\x80|body:|rest:0"},
    {"blanks around values", S_INIT("GET / HTTP/1.1\r\nHost:\t a \t\r\nA:b\r\nC: \r\nD:\r\n\r\n"),
     "GET|/||a|1.1|keep|-|Host=a|A=b|C=|D=|body:|rest:0"},
    {"tabs in a value", S_INIT("GET / HTTP/1.1\r\nHost: a\r\nA: b\tc d\te\tf\tg\r\n\r\n"),
     "GET|/||a|1.1|keep|-|Host=a|A=b\tc d\te\tf\tg|body:|rest:0"},
    {"names in any case", S_INIT("POST / HTTP/1.1\r\nhOST: a\r\ncONTENT-lENGTH: 2\r\n\r\nhi"),
     "POST|/||a|1.1|keep|-|hOST=a|cONTENT-lENGTH=2|body:hi|rest:0"},
    {"odd characters in a name", S_INIT("GET / HTTP/1.1\r\nHost: a\r\n!#$%&'*+-.^_`|~9: b\r\n\r\n"),
     "GET|/||a|1.1|keep|-|Host=a|!#$%&'*+-.^_`|~9=b|body:|rest:0"},
    {"method of its own", S_INIT("PURGE / HTTP/1.1\r\nHost: a\r\n\r\n"),
     "PURGE|/||a|1.1|keep|-|Host=a|body:|rest:0"},
    {"later minor version", S_INIT("GET / HTTP/1.9\r\nHost: a\r\n\r\n"),
     "GET|/||a|1.1|keep|-|Host=a|body:|rest:0"},
    {"IPv6 host", S_INIT("GET / HTTP/1.1\r\nHost: [2001:db8::1]:8080\r\n\r\n"),
     "GET|/||[2001:db8::1]:8080|1.1|keep|-|Host=[2001:db8::1]:8080|body:|rest:0"},
    {"host of a container", S_INIT("GET / HTTP/1.1\r\nHost: souk_web-1.example:\r\n\r\n"),
     "GET|/||souk_web-1.example:|1.1|keep|-|Host=souk_web-1.example:|body:|rest:0"},
    {"close", S_INIT("GET / HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n"),
     "GET|/||a|1.1|close|-|Host=a|Connection=Close|body:|rest:0"},
    {"close in a list",
     S_INIT("GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, x,close\r\n\r\n"),
     "GET|/||a|1.1|close|-|Host=a|Connection=keep-alive, x,close|body:|rest:0"},
    {"upgrade to h2c is ignored",
     S_INIT("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
            "HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n"),
     "GET|/||a|1.1|keep|-|Host=a|Connection=Upgrade, HTTP2-Settings|Upgrade=h2c|"
     "HTTP2-Settings=AAMAAABkAAQAAP__|body:|rest:0"},
    {"expectation",
     S_INIT("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n\r\nx"),
     "PUT|/||a|1.1|keep|expect|Host=a|Expect=100-Continue|Content-Length=1|body:x|rest:0"},
    {"expectation on 1.0 is ignored",
     S_INIT("PUT / HTTP/1.0\r\nExpect: whatever\r\nContent-Length: 1\r\n\r\nx"),
     "PUT|/|||1.0|close|-|Expect=whatever|Content-Length=1|body:x|rest:0"},
    {"length", S_INIT("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhelloGET"),
     "POST|/||a|1.1|keep|-|Host=a|Content-Length=5|body:hello|rest:3"},
    {"length with zeros", S_INIT("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0005\r\n\r\nhello"),
     "POST|/||a|1.1|keep|-|Host=a|Content-Length=0005|body:hello|rest:0"},
    {"length 0", S_INIT("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"),
     "GET|/||a|1.1|keep|-|Host=a|Content-Length=0|body:|rest:0"},
    {"chunks", S_INIT(CHUNKED "5\r\nhello\r\n00A\r\n, world!!!\r\n0\r\n\r\nGET"),
     "POST|/||a|1.1|keep|-|Host=a|Transfer-Encoding=chunked|body:hello, world!!!|rest:3"},
    {"chunked in capitals",
     S_INIT("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: CHUNKED\r\n\r\n0\r\n\r\n"),
     "POST|/||a|1.1|keep|-|Host=a|Transfer-Encoding=CHUNKED|body:|rest:0"},
    {"line ends in chunk data", S_INIT(CHUNKED "7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n"),
     "POST|/||a|1.1|keep|-|Host=a|Transfer-Encoding=chunked|body:\r\n0\r\n\r\n|rest:0"},
    {"extensions",
     S_INIT(CHUNKED "5;a\r\nhello\r\n1 ; b = c;d=\"e \\\" ; \\\\\"\r\n!\r\n0;x=y;z\r\n\r\n"),
     "POST|/||a|1.1|keep|-|Host=a|Transfer-Encoding=chunked|body:hello!|rest:0"},
    {"trailers are dropped",
     S_INIT(CHUNKED "1\r\nx\r\n0\r\nDigest: abc\r\nContent-Length: 99\r\nEmpty:\r\n\r\n"),
     "POST|/||a|1.1|keep|-|Host=a|Transfer-Encoding=chunked|body:x|rest:0"},
};

static void test_acceptances(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof acceptances / sizeof acceptances[0]; i++) {
        const Acceptance *acceptance = &acceptances[i];
        Arena *arena = arena_new(1 << 16);
        Judgement verdict = judge_every_way(arena, acceptance->name, acceptance->bytes);
        if (verdict.fault != HTTP_FINE || !str_eq(verdict.seen, str_from(acceptance->seen)))
            fail_msg("%s: fault %d, seen \"%.*s\", expected \"%s\"", acceptance->name,
                     (int)verdict.fault, STR_ARG(verdict.seen), acceptance->seen);
        arena_free(arena);
    }
}

/* Everything that fits the limits exactly is accepted; one byte more is refused above. */
static void test_at_the_limits(void **state)
{
    (void)state;
    static const Refusal cases[] = {
        {"longest method", S_INIT("\x01 / HTTP/1.1\r\n" HOST "\r\n"), HTTP_FINE, 0, HTTP_METHOD_MAX,
         'A'},
        {"longest target", S_INIT("GET /\x01 HTTP/1.1\r\n" HOST "\r\n"), HTTP_FINE, 0,
         HTTP_TARGET_MAX - 1, 'a'},
        {"longest Host", S_INIT(GET "Host: \x01\r\n\r\n"), HTTP_FINE, 0, HTTP_HOST_MAX, 'a'},
        {"largest head", S_INIT(GET HOST "A: \x01\r\n\r\n"), HTTP_FINE, 0,
         HEAD_MAX - (sizeof GET HOST "A: \r\n\r\n" - 1), 'a'},
        {"longest extension", S_INIT(CHUNKED "5;\x01\r\nhello\r\n0\r\n\r\n"), HTTP_FINE, 0,
         HTTP_CHUNK_LINE_MAX - 4, 'a'},
        {"largest trailer", S_INIT(CHUNKED "0\r\nA: \x01\r\n\r\n"), HTTP_FINE, 0,
         HTTP_TRAILERS_MAX - (sizeof "A: \r\n\r\n" - 1), 'a'},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Arena *arena = arena_new(1 << 16);
        Judgement verdict = judge_every_way(arena, cases[i].name, filled(arena, &cases[i]));
        if (verdict.fault != HTTP_FINE)
            fail_msg("%s: %s", cases[i].name, http_faults[verdict.fault].code);
        Refusal beyond = cases[i];
        beyond.fill++;
        verdict = judge_every_way(arena, beyond.name, filled(arena, &beyond));
        if (verdict.fault <= HTTP_MORE) fail_msg("%s: one more was accepted", beyond.name);
        arena_free(arena);
    }
}

/* Extensions are bounded over a whole body, not only by the line. */
static void test_extension_flood(void **state)
{
    (void)state;
    Arena *arena = arena_new(1 << 16);
    Buf bytes = buf_new(arena, 1 << 20);
    buf_lit(&bytes, CHUNKED);
    for (int i = 0; i <= HTTP_CHUNK_EXTENSIONS_MAX / 200; i++)
        buf_format(&bytes, "1;%0200d\r\nx\r\n", 0);
    buf_lit(&bytes, "0\r\n\r\n");
    Judgement verdict = judge_every_way(arena, "flood of extensions", buf_str(&bytes));
    assert_int_equal(verdict.fault, HTTP_LARGE_CHUNK_LINE);
    arena_free(arena);
}

/* A request that stops anywhere is neither accepted nor refused. */
static void test_incomplete(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof acceptances / sizeof acceptances[0]; i++) {
        Arena *arena = arena_new(1 << 16);
        Str bytes = acceptances[i].bytes;
        Judgement whole = judge_in_pieces(arena, bytes, bytes.n, 1);
        Str rest = str_slice(whole.seen, whole.seen.n - 1, whole.seen.n);
        size_t end = bytes.n - (size_t)(rest.p[0] - '0'); /* "rest:3" */
        for (size_t n = 0; n < end; n++) {
            Judgement verdict = judge_in_pieces(arena, str_slice(bytes, 0, n), n, 1);
            if (verdict.fault != HTTP_MORE)
                fail_msg("%s: a verdict after %zu bytes", acceptances[i].name, n);
        }
        arena_free(arena);
    }
}

static void test_lists(void **state)
{
    (void)state;
    Str list = S(" a, \"b,\\\",c\" ,, d"), element;
    static const Str expected[] = {S_INIT("a"), S_INIT("\"b,\\\",c\""), S_INIT(""), S_INIT("d")};
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        assert_true(http_list_next(&list, &element));
        assert_true(str_eq(element, expected[i]));
    }
    assert_false(http_list_next(&list, &element));
}

/* Each refusal can be shown: a code, a status, words; and no code twice. */
static void test_fault_rows(void **state)
{
    (void)state;
    for (int i = HTTP_MORE + 1; i < HTTP_FAULT_COUNT; i++) {
        const Error *row = &http_faults[i];
        assert_true(row->code && row->title && row->doc && row->status >= 400);
        for (int j = HTTP_MORE + 1; j < i; j++)
            assert_string_not_equal(row->code, http_faults[j].code);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refusals),      cmocka_unit_test(test_acceptances),
        cmocka_unit_test(test_at_the_limits), cmocka_unit_test(test_extension_flood),
        cmocka_unit_test(test_incomplete),    cmocka_unit_test(test_lists),
        cmocka_unit_test(test_fault_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
