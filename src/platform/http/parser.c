/* Reading the head of a request, strictly.
 *
 * Smuggling lives on leniency: two readers in a chain that mend the same malformed request in two
 * ways. So nothing is mended here. What RFC 9112 calls malformed is refused, and so is what it
 * merely allows to be refused, unless a real client sends it. Accepted beyond the grammar, because
 * browsers and tools do it: raw | [ ] { } ^ \ ` in targets, and one CRLF before the request line
 * (RFC 9112 §2.2). Percent signs are not decoded here: paths and queries are views of what was
 * sent, and who decodes them judges them.
 *
 * The reader works line by line. memchr finds the LF (vectorised in the C library, where a state
 * machine looks at each byte through a table), and a line is judged when it is complete, in order.
 * A verdict rests on complete lines and on lengths alone, so that it does not depend on how the
 * bytes were cut into reads, and a bad line is refused before the rest has arrived.
 *
 * A head that arrives in one read is gone through once. For one that does not, the lines that were
 * judged are not judged again until the head is complete; then all are, once more, to fill the
 * header array, which therefore needs not outlive a call. Byte by byte the cost stays linear.
 *
 * Rejected: a table-driven state machine (twice the time for a browser's head), and looking for
 * CRLFCRLF before judging (a client that ends its lines with LF would learn of it by a timeout). */
#include "platform/http/parser.h"

#include "platform/http/limits.h"

#include <arpa/inet.h>
#include <assert.h>

enum {
    SEEN_REQUEST_LINE = 1,
    SEEN_EMPTY_LINE = 2, /* the one that may stand before the request line */
    SEEN_ABSOLUTE = 4,   /* the target brought the host */
    SEEN_HOST = 8,
    SEEN_LENGTH = 16,
    SEEN_CODING = 32,
    SEEN_CHUNKED = 64,
    SEEN_OTHER_CODING = 128,
    SEEN_CLOSE = 256,
    SEEN_KEEP_ALIVE = 512,
    SEEN_EXPECT = 1024,
    SEEN_CONDITION = 2048,
};

enum { CLASS_TOKEN = 1, CLASS_TARGET = 2, CLASS_HOST = 4 };

/* RFC 9110 §5.6.2 tokens; what may stand in a target; what may stand in a host's name. */
static const unsigned char classes[256] = {
    ['0' ... '9'] = CLASS_TOKEN | CLASS_TARGET | CLASS_HOST,
    ['A' ... 'Z'] = CLASS_TOKEN | CLASS_TARGET | CLASS_HOST,
    ['a' ... 'z'] = CLASS_TOKEN | CLASS_TARGET | CLASS_HOST,
    ['-'] = CLASS_TOKEN | CLASS_TARGET | CLASS_HOST,
    ['.'] = CLASS_TOKEN | CLASS_TARGET | CLASS_HOST,
    ['_'] = CLASS_TOKEN | CLASS_TARGET | CLASS_HOST,
    ['~'] = CLASS_TOKEN | CLASS_TARGET | CLASS_HOST,
    ['!'] = CLASS_TOKEN | CLASS_TARGET,
    ['$'] = CLASS_TOKEN | CLASS_TARGET,
    ['%'] = CLASS_TOKEN | CLASS_TARGET,
    ['&'] = CLASS_TOKEN | CLASS_TARGET,
    ['\''] = CLASS_TOKEN | CLASS_TARGET,
    ['*'] = CLASS_TOKEN | CLASS_TARGET,
    ['+'] = CLASS_TOKEN | CLASS_TARGET,
    ['^'] = CLASS_TOKEN | CLASS_TARGET,
    ['`'] = CLASS_TOKEN | CLASS_TARGET,
    ['|'] = CLASS_TOKEN | CLASS_TARGET,
    ['#'] = CLASS_TOKEN,
    ['('] = CLASS_TARGET,
    [')'] = CLASS_TARGET,
    [','] = CLASS_TARGET,
    ['/'] = CLASS_TARGET,
    [':'] = CLASS_TARGET,
    [';'] = CLASS_TARGET,
    ['='] = CLASS_TARGET,
    ['?'] = CLASS_TARGET,
    ['@'] = CLASS_TARGET,
    ['['] = CLASS_TARGET,
    ['\\'] = CLASS_TARGET,
    [']'] = CLASS_TARGET,
    ['{'] = CLASS_TARGET,
    ['}'] = CLASS_TARGET,
};

static bool all_of(Str s, unsigned char class)
{
    unsigned char common = class;
    for (size_t i = 0; i < s.n; i++) common &= classes[(unsigned char)s.p[i]];
    return common != 0;
}

/* The bytes of the token at the front. */
static size_t token_length(Str s)
{
    size_t n = 0;
    while (n < s.n && classes[(unsigned char)s.p[n]] & CLASS_TOKEN) n++;
    return n;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* HTAB, and everything from 0x20 on without DEL (RFC 9110 §5.5); eight bytes at a time. */
static bool value_ok(Str s)
{
    const uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;
    size_t i = 0;
    for (; i + 8 <= s.n; i += 8) {
        uint64_t x;
        memcpy(&x, s.p + i, 8);
        uint64_t no_del = x ^ (ones * 0x7f);
        uint64_t suspect = ((x - ones * 0x20) & ~x) | ((no_del - ones) & ~no_del);
        if (suspect & highs) break; /* a tab, or a control character: look closely */
    }
    for (; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f) return false;
    }
    return true;
}

/* ---- the request line ---- */

static Method method_of(Str text)
{
    static const struct {
        Str name;
        Method method;
    } known[] = {
        {S_INIT("GET"), METHOD_GET},         {S_INIT("POST"), METHOD_POST},
        {S_INIT("HEAD"), METHOD_HEAD},       {S_INIT("PUT"), METHOD_PUT},
        {S_INIT("PATCH"), METHOD_PATCH},     {S_INIT("DELETE"), METHOD_DELETE},
        {S_INIT("OPTIONS"), METHOD_OPTIONS},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (str_eq(text, known[i].name)) return known[i].method;
    return METHOD_OTHER;
}

static bool port_ok(Str port)
{
    unsigned value = 0;
    if (port.n > 5) return false;
    for (size_t i = 0; i < port.n; i++) {
        if (!is_digit(port.p[i])) return false;
        value = value * 10 + (unsigned)(port.p[i] - '0');
    }
    return value <= 65535;
}

static bool bracketed_v6_ok(Str host, Str *rest)
{
    char text[INET6_ADDRSTRLEN];
    unsigned char address[16];
    size_t end = str_find_char(host, ']');
    if (end == host.n || end < 3 || end - 1 >= sizeof text) return false;
    memcpy(text, host.p + 1, end - 1);
    text[end - 1] = '\0';
    *rest = str_slice(host, end + 1, host.n);
    return memchr(text, '\0', end - 1) == NULL && inet_pton(AF_INET6, text, address) == 1;
}

bool http_host_ok(Str host)
{
    Str rest;
    if (host.n == 0 || host.n > HTTP_HOST_MAX) return false;
    if (host.p[0] == '[') {
        if (!bracketed_v6_ok(host, &rest)) return false;
    } else {
        size_t end = str_find_char(host, ':');
        if (end == 0 || !all_of(str_slice(host, 0, end), CLASS_HOST)) return false;
        rest = str_slice(host, end, host.n);
    }
    return rest.n == 0 || (rest.p[0] == ':' && port_ok(str_slice(rest, 1, rest.n)));
}

/* The bytes of "http://" or "https://" at the front of a target, 0 when there are none. */
static size_t scheme_length(Str target)
{
    if (str_eq_nocase(str_slice(target, 0, 7), S("http://"))) return 7;
    if (str_eq_nocase(str_slice(target, 0, 8), S("https://"))) return 8;
    return 0;
}

/* RFC 9112 §3.2.2; the authority's word counts, whatever Host says. User information is refused
 * (RFC 9110 §4.2.4). */
static HttpFault absolute_target(HeadParser *parser, Str after_scheme, HttpRequest *request)
{
    size_t end = 0;
    while (end < after_scheme.n && after_scheme.p[end] != '/' && after_scheme.p[end] != '?') end++;
    request->host = str_slice(after_scheme, 0, end);
    if (!http_host_ok(request->host)) return HTTP_BAD_TARGET;
    parser->seen |= SEEN_ABSOLUTE;
    str_cut(str_slice(after_scheme, end, after_scheme.n), '?', &request->path, &request->query);
    if (request->path.n == 0) {
        bool server_wide = request->method == METHOD_OPTIONS && end == after_scheme.n;
        request->path = server_wide ? S("*") : S("/");
    }
    return HTTP_FINE;
}

static HttpFault target(HeadParser *parser, Str text, HttpRequest *request)
{
    if (text.n > HTTP_TARGET_MAX) return HTTP_LONG_TARGET;
    if (!all_of(text, CLASS_TARGET)) return HTTP_BAD_TARGET;
    if (text.p[0] == '/') {
        str_cut(text, '?', &request->path, &request->query);
        return HTTP_FINE;
    }
    if (str_eq(text, S("*")) && request->method == METHOD_OPTIONS) {
        request->path = text;
        return HTTP_FINE;
    }
    size_t scheme = scheme_length(text);
    if (!scheme) return HTTP_BAD_TARGET;
    return absolute_target(parser, str_slice(text, scheme, text.n), request);
}

/* Minor versions above 1 are read as 1 (RFC 9110 §2.5). */
static HttpFault version(Str text, HeadParser *parser)
{
    bool shaped = text.n == 8 && str_starts(text, S("HTTP/")) && is_digit(text.p[5]) &&
                  text.p[6] == '.' && is_digit(text.p[7]);
    if (!shaped) return HTTP_BAD_VERSION;
    if (text.p[5] != '1') return HTTP_OTHER_VERSION;
    parser->minor = text.p[7] != '0';
    return HTTP_FINE;
}

static HttpFault request_line(HeadParser *parser, Str line, HttpRequest *request)
{
    Str target_text, version_text;
    request->query = request->host = S("");
    if (!str_cut(line, ' ', &request->method_text, &line)) return HTTP_BAD_REQUEST_LINE;
    if (!str_cut(line, ' ', &target_text, &version_text)) return HTTP_BAD_REQUEST_LINE;
    if (!request->method_text.n || !target_text.n) return HTTP_BAD_REQUEST_LINE;
    if (str_find_char(version_text, ' ') < version_text.n) return HTTP_BAD_REQUEST_LINE;

    if (!all_of(request->method_text, CLASS_TOKEN)) return HTTP_BAD_METHOD;
    HttpFault fault = version(version_text, parser);
    if (fault) return fault;
    if (request->method_text.n > HTTP_METHOD_MAX || str_eq(request->method_text, S("CONNECT")))
        return HTTP_UNKNOWN_METHOD;
    request->method = method_of(request->method_text);
    request->minor = parser->minor;
    parser->seen |= SEEN_REQUEST_LINE;
    return target(parser, target_text, request);
}

/* ---- header lines ---- */

bool http_list_next(Str *rest, Str *element)
{
    if (!rest->p) return false;
    bool quoted = false;
    size_t i = 0;
    for (; i < rest->n; i++) {
        char c = rest->p[i];
        if (quoted && c == '\\' && i + 1 < rest->n)
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (c == ',' && !quoted)
            break;
    }
    *element = str_trim(str_slice(*rest, 0, i));
    *rest = i < rest->n ? str_slice(*rest, i + 1, rest->n) : (Str){0};
    return true;
}

static HttpFault host_header(HeadParser *parser, Str value, HttpRequest *request)
{
    if (parser->seen & SEEN_HOST) return HTTP_TWO_HOSTS;
    parser->seen |= SEEN_HOST;
    if (value.n == 0 && parser->minor == 0) return HTTP_FINE;
    if (value.n == 0) return HTTP_NO_HOST;
    if (!http_host_ok(value)) return HTTP_BAD_HOST;
    if (!(parser->seen & SEEN_ABSOLUTE)) request->host = value;
    return HTTP_FINE;
}

static HttpFault length_header(HeadParser *parser, Str value, int64_t *length)
{
    if (parser->seen & SEEN_LENGTH) return HTTP_TWO_LENGTHS;
    parser->seen |= SEEN_LENGTH;
    int64_t total = 0;
    bool beyond = false;
    for (size_t i = 0; i < value.n; i++) {
        if (!is_digit(value.p[i])) return HTTP_BAD_LENGTH;
        beyond = beyond || __builtin_mul_overflow(total, 10, &total) ||
                 __builtin_add_overflow(total, value.p[i] - '0', &total);
    }
    if (value.n == 0) return HTTP_BAD_LENGTH;
    if (beyond) return HTTP_LARGE_BODY;
    *length = total;
    return HTTP_FINE;
}

/* RFC 9112 §6.1 and §7: "chunked" exactly once and last. Codings that we do not know are told
 * apart, for 501. */
static HttpFault coding_header(HeadParser *parser, Str value)
{
    parser->seen |= SEEN_CODING;
    for (Str element; http_list_next(&value, &element);) {
        Str name, parameters;
        bool bare = !str_cut(element, ';', &name, &parameters);
        name = str_trim(name);
        if (parser->seen & SEEN_CHUNKED || name.n == 0 || !all_of(name, CLASS_TOKEN))
            return HTTP_BAD_CODING;
        bool chunked = str_eq_nocase(name, S("chunked"));
        if (chunked && !bare) return HTTP_BAD_CODING;
        parser->seen |= chunked ? SEEN_CHUNKED : SEEN_OTHER_CODING;
    }
    return HTTP_FINE;
}

static HttpFault connection_header(HeadParser *parser, Str value)
{
    for (Str element; http_list_next(&value, &element);) {
        if (str_eq_nocase(element, S("close")))
            parser->seen |= SEEN_CLOSE;
        else if (str_eq_nocase(element, S("keep-alive")))
            parser->seen |= SEEN_KEEP_ALIVE;
    }
    return HTTP_FINE;
}

/* RFC 9110 §10.1.1; HTTP/1.0 clients cannot mean it. */
static HttpFault expect_header(HeadParser *parser, Str value)
{
    if (parser->minor == 0) return HTTP_FINE;
    if (!str_eq_nocase(value, S("100-continue"))) return HTTP_BAD_EXPECTATION;
    parser->seen |= SEEN_EXPECT;
    return HTTP_FINE;
}

/* Headers that ask for less than the whole: most requests have none, and need not be searched for them. */
static HttpFault condition_header(HeadParser *parser, Str name)
{
    static const Str names[] = {S_INIT("Range"), S_INIT("If-None-Match"),
                                S_INIT("If-Modified-Since")};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (str_eq_nocase(name, names[i])) parser->seen |= SEEN_CONDITION;
    return HTTP_FINE;
}

/* Headers that decide where the request ends, what becomes of the connection, and what is asked. */
static HttpFault framing_header(HeadParser *parser, HttpHeader header, HttpHead *out)
{
    Str name = header.name;
    switch (name.n) {
    case 4:
        if (str_eq_nocase(name, S("Host"))) return host_header(parser, header.value, &out->request);
        break;
    case 5:
    case 13:
        return condition_header(parser, name);
    case 6:
        if (str_eq_nocase(name, S("Expect"))) return expect_header(parser, header.value);
        break;
    case 10:
        if (str_eq_nocase(name, S("Connection"))) return connection_header(parser, header.value);
        break;
    case 14:
        if (str_eq_nocase(name, S("Content-Length")))
            return length_header(parser, header.value, &out->length);
        break;
    case 17:
        if (str_eq_nocase(name, S("Transfer-Encoding"))) return coding_header(parser, header.value);
        return condition_header(parser, name);
    default:
        break;
    }
    return HTTP_FINE;
}

static HttpFault header_line(HeadParser *parser, const HeadLimits *limits, Str line, HttpHead *out)
{
    size_t name = token_length(line);
    if (line.p[0] == ' ' || line.p[0] == '\t') return HTTP_FOLDED_LINE;
    if (name == 0 || name == line.n || line.p[name] != ':') return HTTP_BAD_HEADER_NAME;
    HttpHeader header = {{line.p, name}, str_trim(str_slice(line, name + 1, line.n))};
    if (!value_ok(header.value)) return HTTP_BAD_HEADER_VALUE;
    if (parser->headers >= limits->headers_max) return HTTP_MANY_HEADERS;
    out->request.headers[parser->headers++] = header;
    return framing_header(parser, header, out);
}

/* ---- the whole head ---- */

/* The empty line: what the headers say together (RFC 9112 §3.2, §6.3, §9.3). */
static HttpFault head_end(const HeadParser *parser, HttpHead *out)
{
    unsigned seen = parser->seen;
    if (parser->minor > 0 && !(seen & SEEN_HOST)) return HTTP_NO_HOST;
    if (seen & SEEN_CODING) {
        if (seen & SEEN_LENGTH) return HTTP_LENGTH_AND_CODING;
        if (parser->minor == 0) return HTTP_BAD_CODING;
        if (seen & SEEN_OTHER_CODING) return HTTP_UNKNOWN_CODING;
        assert(seen & SEEN_CHUNKED);
        out->length = BODY_CHUNKED;
    } else if (!(seen & SEEN_LENGTH)) {
        out->length = BODY_NONE;
    }
    out->request.header_count = parser->headers;
    out->keep_alive = !(seen & SEEN_CLOSE) && (parser->minor > 0 || seen & SEEN_KEEP_ALIVE);
    out->expect_continue = (seen & SEEN_EXPECT) != 0;
    out->conditional = (seen & SEEN_CONDITION) != 0;
    return HTTP_FINE;
}

/* What can be said of a line by its length and first byte, complete or not. */
static HttpFault early_verdict(const HeadParser *parser, const HeadLimits *limits, Str line)
{
    enum { REQUEST_LINE_MAX = HTTP_METHOD_MAX + HTTP_TARGET_MAX + sizeof "  HTTP/1.1\r\n" - 1 };
    if (parser->seen & SEEN_REQUEST_LINE)
        return parser->line + line.n > limits->head_max ? HTTP_LARGE_HEAD : HTTP_FINE;
    char first = line.n ? line.p[0] : '\r';
    if (first != '\r' && first != '\n' && !(classes[(unsigned char)first] & CLASS_TOKEN))
        return HTTP_BAD_METHOD;
    bool beyond = line.n > REQUEST_LINE_MAX || parser->line + line.n > limits->head_max;
    return beyond ? HTTP_LONG_TARGET : HTTP_FINE;
}

static HttpFault full_line(HeadParser *parser, const HeadLimits *limits, Str line, HttpHead *out)
{
    if (parser->seen & SEEN_REQUEST_LINE) return header_line(parser, limits, line, out);
    if (line.n) return request_line(parser, line, &out->request);
    if (parser->seen & SEEN_EMPTY_LINE) return HTTP_BAD_REQUEST_LINE;
    parser->seen |= SEEN_EMPTY_LINE;
    return HTTP_FINE;
}

static HttpFault judge_lines(HeadParser *parser, const HeadLimits *limits, Str input, HttpHead *out)
{
    for (;;) {
        Str line = {input.p + parser->line, input.n - parser->line};
        size_t unseen = line.n - parser->scanned;
        const char *lf = unseen ? memchr(line.p + parser->scanned, '\n', unseen) : NULL;
        if (lf) line.n = (size_t)(lf - line.p) + 1;
        HttpFault fault = early_verdict(parser, limits, line);
        if (fault) return fault;
        if (!lf) {
            parser->scanned = (uint32_t)line.n;
            return HTTP_MORE;
        }
        if (line.n < 2 || line.p[line.n - 2] != '\r') return HTTP_BAD_LINE_END;
        parser->line += (uint32_t)line.n;
        parser->scanned = 0;
        if (line.n == 2 && parser->seen & SEEN_REQUEST_LINE) {
            out->size = parser->line;
            return head_end(parser, out);
        }
        fault = full_line(parser, limits, (Str){line.p, line.n - 2}, out);
        if (fault) return fault;
    }
}

HttpFault http_head_parse(HeadParser *parser, const HeadLimits *limits, Str input, HttpHead *out)
{
    assert(limits->headers_max <= UINT16_MAX && limits->head_max < UINT32_MAX / 2);
    bool resumed = parser->line > 0;
    HttpFault fault = judge_lines(parser, limits, input, out);
    if (fault == HTTP_FINE && resumed) {
        *parser = (HeadParser){0};
        fault = judge_lines(parser, limits, input, out);
        assert(fault == HTTP_FINE);
    }
    return fault;
}
