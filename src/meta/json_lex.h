/* The words of JSON (RFC 8259), for the typed reader and for values without a type. Internal to
 * meta.
 *
 * Functions return false after a syntax error; the lexer then stands where the error is, and
 * `expected` says what should have been there. Nothing is read after that. */
#ifndef META_JSON_LEX_H
#define META_JSON_LEX_H

#include "meta/json.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

typedef enum JsonToken {
    JSON_TOKEN_OBJECT,
    JSON_TOKEN_ARRAY,
    JSON_TOKEN_STRING,
    JSON_TOKEN_NUMBER,
    JSON_TOKEN_BOOL,
    JSON_TOKEN_NULL,
    JSON_TOKEN_NONE, /* no value begins here */
} JsonToken;

typedef struct JsonLexer {
    Arena *arena; /* of strings with escapes */
    const char *start, *at, *end;
    int depth;
    const char *expected; /* NULL: fine so far */
} JsonLexer;

static inline JsonLexer json_lexer(Arena *arena, Str text)
{
    const char *p = text.p ? text.p : "";
    return (JsonLexer){.arena = arena, .start = p, .at = p, .end = p + text.n};
}

bool json_lex_fail(JsonLexer *l, const char *expected);

/* Fails unless the whole text is UTF-8; called once, before anything is read. */
bool json_lex_check_utf8(JsonLexer *l);

/* Skips blanks and says what comes next, without reading it. */
JsonToken json_lex_peek(JsonLexer *l);

/* Each reads the value that json_lex_peek announced. A string without escapes is a view. A number's
 * text is checked against the grammar and nothing else. */
bool json_lex_string(JsonLexer *l, Str *out);
bool json_lex_number(JsonLexer *l, Str *out);
bool json_lex_bool(JsonLexer *l, bool *out);
bool json_lex_null(JsonLexer *l);
bool json_lex_skip(JsonLexer *l);

/* Arrays and objects:
 *
 *     if (!json_lex_open(l)) return false;
 *     for (size_t n = 0; json_lex_more(l, ']', n); n++) …one value…
 *     return !l->expected; */
bool json_lex_open(JsonLexer *l);
bool json_lex_more(JsonLexer *l, char close, size_t count);
bool json_lex_key(JsonLexer *l, Str *out); /* and its colon */

/* Only blanks until the end. */
bool json_lex_end(JsonLexer *l);

/* Records the syntax error: line, column and byte offset, what was expected, what was found. */
void json_lex_report(const JsonLexer *l, const Place *place, Violations *violations);

/* Does any of the eight bytes end a plain piece of a string: below 0x20, '"' or '\\'? ("hasless"
 * and "haszero" of Bit Twiddling Hacks, exact as a yes or no.) */
static inline bool json_any_special(uint64_t eight)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;
    uint64_t quote = eight ^ (ones * '"'), slash = eight ^ (ones * '\\');
    uint64_t control = (eight - ones * 0x20) & ~eight;
    return (control | ((quote - ones) & ~quote) | ((slash - ones) & ~slash)) & tops;
}

static inline bool json_is_special(char c)
{
    return (unsigned char)c < 0x20 || c == '"' || c == '\\';
}

/* How many of the sixteen bytes at `p` are plain, counted from the first. */
static inline size_t json_plain_of_16(const char *p)
{
#ifdef __SSE2__
    __m128i text = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i high =
        _mm_set1_epi8(0x1F); /* min(byte, 0x1F) is the byte itself when it is a control */
    __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(text, high), text);
    __m128i quote = _mm_cmpeq_epi8(text, _mm_set1_epi8('"'));
    __m128i slash = _mm_cmpeq_epi8(text, _mm_set1_epi8('\\'));
    int special = _mm_movemask_epi8(_mm_or_si128(control, _mm_or_si128(quote, slash)));
    return special ? (size_t)__builtin_ctz((unsigned)special) : 16;
#else
    uint64_t eight[2];
    memcpy(eight, p, sizeof eight);
    size_t i = json_any_special(eight[0]) ? 0 : json_any_special(eight[1]) ? 8 : 16;
    while (i < 16 && !json_is_special(p[i])) i++;
    return i;
#endif
}

#endif
