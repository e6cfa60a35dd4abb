/* Patterns: PCRE2 expressions of field rows, compiled once a program.
 *
 * A pattern is a literal, so its address names it. The cache is an open-addressed table of atomic
 * pointers that only grows: whoever finds an empty slot compiles and tries to publish; the loser of
 * a race frees its own. There is no lock, and nothing is ever evicted, because the set of literals
 * is part of the program.
 *
 * The meaning is kept near ECMA-262, so that the same text stands in the OpenAPI document: "$" is
 * the very end only, \d and \w are ASCII, \uHHHH is a character. */
#include "meta/check.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

typedef struct Compiled {
    const char *pattern;
    pcre2_code *code;
    pcre2_match_context *limits;
} Compiled;

static _Atomic(Compiled *) cache[PATTERNS_MAX];

static pcre2_code *compile(const char *pattern, int *error)
{
    PCRE2_SIZE at;
    uint32_t options = PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_ALT_BSUX | PCRE2_NEVER_BACKSLASH_C;
    return pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, options, error, &at, NULL);
}

static void compiled_free(Compiled *compiled)
{
    pcre2_match_context_free(compiled->limits);
    pcre2_code_free(compiled->code);
    free(compiled);
}

static Compiled *compiled_new(const char *pattern)
{
    int error;
    Compiled *compiled = malloc(sizeof *compiled);
    if (!compiled) abort();
    *compiled = (Compiled){pattern, compile(pattern, &error), pcre2_match_context_create(NULL)};
    assert(compiled->code && compiled->limits);
    pcre2_set_match_limit(compiled->limits, PATTERN_MATCH_MAX);
    return compiled;
}

static const Compiled *compiled_of(const char *pattern)
{
    size_t first = ((uintptr_t)pattern * UINT64_C(0x9E3779B97F4A7C15)) >> 32;
    for (size_t i = 0; i < PATTERNS_MAX; i++) {
        _Atomic(Compiled *) *slot = &cache[(first + i) % PATTERNS_MAX];
        Compiled *there = atomic_load_explicit(slot, memory_order_acquire);
        if (!there) {
            Compiled *made = compiled_new(pattern);
            if (atomic_compare_exchange_strong(slot, &there, made)) return made;
            compiled_free(made);
        }
        if (there->pattern == pattern) return there;
    }
    assert(false && "PATTERNS_MAX covers the patterns of the program");
    abort();
}

bool pattern_matches(const char *pattern, Str text)
{
    const Compiled *compiled = compiled_of(pattern);
    pcre2_match_data *data = pcre2_match_data_create(1, NULL);
    if (!data) abort();
    int found = pcre2_match(compiled->code, (PCRE2_SPTR)(text.p ? text.p : ""), text.n, 0,
                            PCRE2_NO_UTF_CHECK, data, compiled->limits);
    pcre2_match_data_free(data);
    return found >= 0;
}

Str pattern_error(Arena *arena, const char *pattern)
{
    int error;
    pcre2_code *code = compile(pattern, &error);
    if (code) {
        pcre2_code_free(code);
        return S("");
    }
    PCRE2_UCHAR message[200];
    pcre2_get_error_message(error, message, sizeof message);
    return str_copy(arena, str_from((const char *)message));
}
