/* The grammar of RFC 8259, read in place.
 *
 * Strictness is the point: what two readers can take differently, one of them can be made to take
 * wrongly. So there is no leniency to switch on, and three things that the grammar allows are
 * refused too: lone surrogates (no UTF-8 can hold them), U+0000 (PostgreSQL's text cannot), and
 * nesting beyond a limit (the reader recurses). UTF-8 is checked once over the whole text, eight
 * bytes at a time, so that strings need no look at their bytes beyond quotes, backslashes and
 * controls.
 *
 * Strings without escapes, nearly all of them, are views of the input. The rest is decoded into the
 * arena, into as many bytes as the string had: no escape is shorter than what it stands for. */
#include "meta/json_lex.h"

#include <stdio.h>

bool json_lex_fail(JsonLexer *l, const char *expected)
{
    if (!l->expected) l->expected = expected;
    return false;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool json_lex_check_utf8(JsonLexer *l)
{
    Str text = {l->start, (size_t)(l->end - l->start)};
    if (str_is_utf8(text)) return true;
    for (size_t i = 0, step = 1; i < text.n; i += step) {
        step = 1;
        while (step <= 4 && !str_is_utf8(str_slice(text, i, i + step))) step++;
        if (step <= 4) continue;
        l->at = l->start + i;
        break;
    }
    return json_lex_fail(l, "text in UTF-8");
}

JsonToken json_lex_peek(JsonLexer *l)
{
    while (l->at < l->end && (*l->at == ' ' || *l->at == '\n' || *l->at == '\r' || *l->at == '\t'))
        l->at++;
    if (l->at == l->end) return JSON_TOKEN_NONE;
    switch (*l->at) {
    case '{':
        return JSON_TOKEN_OBJECT;
    case '[':
        return JSON_TOKEN_ARRAY;
    case '"':
        return JSON_TOKEN_STRING;
    case 't':
    case 'f':
        return JSON_TOKEN_BOOL;
    case 'n':
        return JSON_TOKEN_NULL;
    default:
        return *l->at == '-' || is_digit(*l->at) ? JSON_TOKEN_NUMBER : JSON_TOKEN_NONE;
    }
}

/* ---- Strings ---- */

/* The closing quote of the string whose content begins at l->at, or NULL. */
static const char *find_quote(JsonLexer *l, bool *escapes)
{
    const char *p = l->at;
    for (;;) {
        for (size_t run = 16; run == 16 && l->end - p >= 16; p += run) run = json_plain_of_16(p);
        while (p < l->end && !json_is_special(*p)) p++;
        if (p < l->end && *p == '"') return p;
        if (p < l->end && *p == '\\' && l->end - p >= 2) {
            *escapes = true;
            p += 2;
            continue;
        }
        l->at = p;
        json_lex_fail(l, p < l->end && *p != '\\' ? "an escape instead of a control character"
                                                  : "a closing quote");
        return NULL;
    }
}

static int hex_value(char c)
{
    if (is_digit(c)) return c - '0';
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* The four digits after "\u"; l->at stands at the backslash and moves behind them. */
static bool read_unit(JsonLexer *l, unsigned *unit)
{
    unsigned value = 0;
    for (int i = 2; i < 6; i++) {
        int digit = l->end - l->at > i ? hex_value(l->at[i]) : -1;
        if (digit < 0) return json_lex_fail(l, "\\u and four hexadecimal digits");
        value = value << 4 | (unsigned)digit;
    }
    l->at += 6;
    *unit = value;
    return true;
}

static size_t put_utf8(char *to, unsigned c)
{
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = n; i-- > 1; c >>= 6) to[i] = (char)(0x80 | (c & 0x3F));
    to[0] = (char)(lead[n] | c);
    return n;
}

/* A character written as \uXXXX, or as two of them (RFC 8259 §7). */
static bool read_unicode(JsonLexer *l, char **to)
{
    const char *begin = l->at;
    unsigned c, low;
    if (!read_unit(l, &c)) return false;
    if (c >= 0xD800 && c < 0xDC00 && l->end - l->at >= 2 && l->at[0] == '\\' && l->at[1] == 'u') {
        if (!read_unit(l, &low)) return false;
        if (low >= 0xDC00 && low < 0xE000) {
            c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
            *to += put_utf8(*to, c);
            return true;
        }
    }
    bool surrogate = c >= 0xD800 && c < 0xE000;
    if (surrogate || c == 0) {
        l->at = begin;
        return json_lex_fail(l, surrogate ? "a surrogate pair instead of a lone surrogate"
                                          : "text without U+0000");
    }
    *to += put_utf8(*to, c);
    return true;
}

static bool read_escape(JsonLexer *l, char **to)
{
    static const char from[] = "\"\\/bfnrt", plain[] = "\"\\/\b\f\n\r\t";
    if (l->at[1] == 'u') return read_unicode(l, to);
    const char *found = l->at[1] ? strchr(from, l->at[1]) : NULL;
    if (!found) return json_lex_fail(l, "one of the escapes \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u");
    *(*to)++ = plain[found - from];
    l->at += 2;
    return true;
}

bool json_lex_string(JsonLexer *l, Str *out)
{
    bool escapes = false;
    l->at++;
    const char *quote = find_quote(l, &escapes);
    if (!quote) return false;
    Str raw = {l->at, (size_t)(quote - l->at)};
    if (escapes) {
        char *text = arena_alloc(l->arena, raw.n, 1), *to = text;
        while (l->at < quote) {
            if (*l->at != '\\')
                *to++ = *l->at++;
            else if (!read_escape(l, &to))
                return false;
        }
        raw = (Str){text, (size_t)(to - text)};
    }
    l->at = quote + 1;
    *out = raw;
    return true;
}

/* ---- Numbers and words ---- */

static bool skip_digits(JsonLexer *l)
{
    if (l->at == l->end || !is_digit(*l->at)) return json_lex_fail(l, "a digit");
    while (l->at < l->end && is_digit(*l->at)) l->at++;
    return true;
}

bool json_lex_number(JsonLexer *l, Str *out)
{
    const char *begin = l->at;
    if (*l->at == '-') l->at++;
    if (l->at < l->end && *l->at == '0') {
        l->at++;
        if (l->at < l->end && is_digit(*l->at))
            return json_lex_fail(l, "a number without leading zeros");
    } else if (!skip_digits(l)) {
        return false;
    }
    if (l->at < l->end && *l->at == '.') {
        l->at++;
        if (!skip_digits(l)) return false;
    }
    if (l->at < l->end && (*l->at == 'e' || *l->at == 'E')) {
        l->at++;
        if (l->at < l->end && (*l->at == '+' || *l->at == '-')) l->at++;
        if (!skip_digits(l)) return false;
    }
    *out = (Str){begin, (size_t)(l->at - begin)};
    return true;
}

static bool read_word(JsonLexer *l, Str word)
{
    if (!str_starts((Str){l->at, (size_t)(l->end - l->at)}, word))
        return json_lex_fail(l, "true, false or null");
    l->at += word.n;
    return true;
}

bool json_lex_bool(JsonLexer *l, bool *out)
{
    bool value = *l->at == 't';
    if (!read_word(l, value ? S("true") : S("false"))) return false;
    *out = value;
    return true;
}

bool json_lex_null(JsonLexer *l)
{
    return read_word(l, S("null"));
}

/* ---- Arrays and objects ---- */

bool json_lex_open(JsonLexer *l)
{
    if (l->depth == JSON_DEPTH_MAX) return json_lex_fail(l, "arrays and objects less deep");
    l->depth++;
    l->at++;
    return true;
}

bool json_lex_more(JsonLexer *l, char close, size_t count)
{
    if (l->expected) return false;
    json_lex_peek(l);
    char c = l->at < l->end ? *l->at : 0;
    if (c == close) {
        l->at++;
        l->depth--;
        return false;
    }
    if (count == 0) return true;
    if (c != ',') return json_lex_fail(l, close == '}' ? "\",\" or \"}\"" : "\",\" or \"]\"");
    l->at++;
    return true;
}

bool json_lex_key(JsonLexer *l, Str *out)
{
    if (json_lex_peek(l) != JSON_TOKEN_STRING) return json_lex_fail(l, "a key in quotes");
    if (!json_lex_string(l, out)) return false;
    json_lex_peek(l);
    if (l->at == l->end || *l->at != ':') return json_lex_fail(l, "\":\"");
    l->at++;
    return true;
}

bool json_lex_skip(JsonLexer *l)
{
    Str text;
    bool value;
    switch (json_lex_peek(l)) {
    case JSON_TOKEN_STRING:
        return json_lex_string(l, &text);
    case JSON_TOKEN_NUMBER:
        return json_lex_number(l, &text);
    case JSON_TOKEN_BOOL:
        return json_lex_bool(l, &value);
    case JSON_TOKEN_NULL:
        return json_lex_null(l);
    case JSON_TOKEN_ARRAY:
        if (!json_lex_open(l)) return false;
        for (size_t n = 0; json_lex_more(l, ']', n); n++)
            if (!json_lex_skip(l)) return false;
        return !l->expected;
    case JSON_TOKEN_OBJECT:
        if (!json_lex_open(l)) return false;
        for (size_t n = 0; json_lex_more(l, '}', n); n++)
            if (!json_lex_key(l, &text) || !json_lex_skip(l)) return false;
        return !l->expected;
    case JSON_TOKEN_NONE:
        break;
    }
    return json_lex_fail(l, "a value");
}

bool json_lex_end(JsonLexer *l)
{
    json_lex_peek(l);
    return l->at == l->end || json_lex_fail(l, "nothing after the value");
}

void json_lex_report(const JsonLexer *l, const Place *place, Violations *violations)
{
    int line = 1, column = 1;
    for (const char *p = l->start; p < l->at; p++) {
        bool newline = *p == '\n';
        line += newline;
        column = newline ? 1 : column + (((unsigned char)*p & 0xC0) != 0x80);
    }
    unsigned char c = l->at < l->end ? (unsigned char)*l->at : 0;
    char found[24];
    if (l->at == l->end)
        snprintf(found, sizeof found, "the end");
    else if (c > 0x20 && c < 0x7F)
        snprintf(found, sizeof found, "\"%c\"", c);
    else
        snprintf(found, sizeof found, "byte 0x%02X", c);
    violation_add(violations, place, VIOLATION(SYNTAX),
                  "line %d, column %d (byte %td): expected %s, found %s", line, column,
                  l->at - l->start, l->expected, found);
}
