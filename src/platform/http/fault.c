#include "platform/http/fault.h"

/* A client's mistakes are logged at debug only: whoever finds the port can make any number of them.
 */
#define FAULT(status_, code_, title_, doc_)                                                        \
    {                                                                                              \
        .code = (code_), .status = (status_), .title = (title_), .level = LOG_DEBUG, .doc = (doc_) \
    }

const Error http_faults[HTTP_FAULT_COUNT] = {
    [HTTP_BAD_REQUEST_LINE] =
        FAULT(400, "bad_request_line", "The request line is not “METHOD target HTTP/1.1”.",
              "Send exactly one blank between method, target and version (RFC 9112 §3)."),
    [HTTP_BAD_METHOD] = FAULT(400, "bad_method", "The method has a character that is no letter.",
                              "A method is a token (RFC 9110 §9.1); is this TLS on a plain port?"),
    [HTTP_UNKNOWN_METHOD] = FAULT(501, "unknown_method", "The method is not known here.",
                                  "CONNECT is not offered, and no method is that long."),
    [HTTP_BAD_TARGET] =
        FAULT(400, "bad_target", "The request target is not a path or an http URL.",
              "Percent-encode blanks, control characters, quotes, “<”, “>”, “#” and non-ASCII."),
    [HTTP_LONG_TARGET] = FAULT(414, "target_too_long", "The request target is too long.",
                               "8192 bytes are the limit; send long filters in a body."),
    [HTTP_BAD_VERSION] = FAULT(400, "bad_version", "The request line does not end in HTTP/1.1.",
                               "The version is “HTTP/1.1” or “HTTP/1.0”, in capitals."),
    [HTTP_OTHER_VERSION] = FAULT(505, "version_not_supported", "Only HTTP/1.1 and HTTP/1.0 here.",
                                 "Use HTTP/1.1, or a proxy in front that speaks more."),
    [HTTP_BAD_LINE_END] = FAULT(400, "bad_line_end", "A line does not end in CR LF.",
                                "Neither LF nor CR may stand alone (RFC 9112 §2.2)."),
    [HTTP_FOLDED_LINE] = FAULT(400, "folded_line", "A header line begins with a blank.",
                               "Folded header lines are obsolete (RFC 9112 §5.2); use one line."),
    [HTTP_BAD_HEADER_NAME] =
        FAULT(400, "bad_header_name", "A header name is empty or has a forbidden character.",
              "A name is a token, with the colon right behind it (RFC 9112 §5.1)."),
    [HTTP_BAD_HEADER_VALUE] =
        FAULT(400, "bad_header_value", "A header value has a control character.",
              "Only HTAB and bytes from 0x20 on, without 0x7F (RFC 9110 §5.5)."),
    [HTTP_LARGE_HEAD] = FAULT(431, "head_too_large", "The request's headers are too large.",
                              "Send fewer or smaller cookies, or raise http.head_max_bytes."),
    [HTTP_MANY_HEADERS] = FAULT(431, "too_many_headers", "The request has too many headers.",
                                "Send fewer, or raise http.headers_max."),
    [HTTP_NO_HOST] = FAULT(400, "host_missing", "The Host header is missing or empty.",
                           "HTTP/1.1 requires it (RFC 9112 §3.2)."),
    [HTTP_TWO_HOSTS] =
        FAULT(400, "host_repeated", "There is more than one Host header.", "Send exactly one."),
    [HTTP_BAD_HOST] = FAULT(400, "bad_host", "The host is not NAME, NAME:PORT or [V6]:PORT.",
                            "Names have letters, digits, “-”, “.”, “_” and “~” here."),
    [HTTP_BAD_LENGTH] = FAULT(400, "bad_length", "Content-Length is not a plain number.",
                              "Digits only: no sign, no blank, no list (RFC 9110 §8.6)."),
    [HTTP_TWO_LENGTHS] = FAULT(400, "length_repeated", "There is more than one Content-Length.",
                               "Send exactly one, even when they agree."),
    [HTTP_LENGTH_AND_CODING] =
        FAULT(400, "length_and_coding", "Content-Length stands beside Transfer-Encoding.",
              "A request with both may be read in two ways (RFC 9112 §6.1); send one."),
    [HTTP_BAD_CODING] = FAULT(400, "bad_coding", "Transfer-Encoding is not exactly “chunked”.",
                              "chunked once, as the last coding, and never on HTTP/1.0."),
    [HTTP_UNKNOWN_CODING] = FAULT(501, "coding_unknown", "The transfer coding is not known here.",
                                  "Only “chunked” is (RFC 9112 §7); Content-Encoding is another."),
    [HTTP_BAD_EXPECTATION] = FAULT(417, "bad_expectation", "The expectation is not known here.",
                                   "Only “Expect: 100-continue” is."),
    [HTTP_BAD_CHUNK] = FAULT(400, "bad_chunk", "The chunked body is malformed.",
                             "SIZE in hexadecimal, CR LF, data, CR LF (RFC 9112 §7.1)."),
    [HTTP_LARGE_CHUNK_LINE] = FAULT(400, "chunk_line_too_long", "Chunk extensions are too long.",
                                    "256 bytes a chunk and 4096 a body are the limits."),
    [HTTP_BAD_TRAILER] = FAULT(400, "bad_trailer", "A trailer line is malformed.",
                               "Trailers are written like headers (RFC 9112 §7.1.2)."),
    [HTTP_LARGE_TRAILER] = FAULT(431, "trailer_too_large", "The trailer lines are too large.",
                                 "4096 bytes in all are the limit; they are dropped anyway."),
    [HTTP_LARGE_BODY] = FAULT(413, "body_too_large", "The body is larger than this route takes.",
                              "The route's documentation names its limit; many take no body."),
    [HTTP_SLOW_HEAD] = FAULT(408, "head_timeout", "The request's head did not arrive in time.",
                             "Send the request again, in one piece."),
    [HTTP_SLOW_BODY] = FAULT(408, "body_timeout", "The request's body stopped arriving.",
                             "Send the request again."),
    [HTTP_BUSY] = FAULT(503, "too_many_connections", "The server has too many connections.",
                        "Try again later, or raise http.connections_max."),
    [HTTP_BUSY_CLIENT] =
        FAULT(429, "too_many_connections_client", "Your address has too many connections.",
              "Close some, or raise http.connections_per_client."),
    [HTTP_BAD_RANGE] = FAULT(416, "bad_range", "The range lies outside of the representation.",
                             "Content-Range in the answer tells its size."),
};
