#include "response.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool header_read(Str line, ResponseHead *head, bool *has_length)
{
    Str name, value;
    if (!str_cut(line, ':', &name, &value)) return false;
    if (value.n > 0 && value.p[value.n - 1] == '\r') value.n--;
    value = str_trim(value);
    int64_t n;
    if (str_eq_nocase(name, S("Content-Length"))) {
        if (*has_length || !str_to_int(value, &n) || n < 0) return false;
        head->body_size = (size_t)n;
        *has_length = true;
    } else if (str_eq_nocase(name, S("Connection"))) {
        head->close = str_eq_nocase(value, S("close"));
    } else if (str_eq_nocase(name, S("Transfer-Encoding"))) {
        return false;
    }
    return true;
}

ResponseState response_head(Str in, ResponseHead *out)
{
    static const char start[] = "HTTP/1.1 ";
    size_t fixed = sizeof start - 1;
    if (memcmp(in.p, start, in.n < fixed ? in.n : fixed) != 0) return RESPONSE_BAD;
    const char *end = memmem(in.p, in.n, "\r\n\r\n", 4);
    if (!end) return RESPONSE_MORE;
    Str head = {in.p, (size_t)(end - in.p) + 2};
    if (head.n < fixed + 4) return RESPONSE_BAD;
    const char *code = head.p + fixed;
    if (!is_digit(code[0]) || !is_digit(code[1]) || !is_digit(code[2])) return RESPONSE_BAD;
    ResponseHead r = {.status = (code[0] - '0') * 100 + (code[1] - '0') * 10 + (code[2] - '0'),
                      .head_size = head.n + 2};
    bool has_length = false;
    Str line, rest;
    str_cut(head, '\n', &line, &rest);
    while (rest.n > 0) {
        str_cut(rest, '\n', &line, &rest);
        /* Only names that begin with C or T matter: the common case costs one look a line. */
        char first = line.n ? (char)(line.p[0] | 0x20) : 'c';
        if ((first == 'c' || first == 't') && !header_read(line, &r, &has_length))
            return RESPONSE_BAD;
    }
    bool bodiless = r.status == 204 || r.status == 304;
    if (bodiless) r.body_size = 0;
    if (!has_length && !bodiless) return RESPONSE_BAD;
    *out = r;
    return RESPONSE_HEAD;
}
