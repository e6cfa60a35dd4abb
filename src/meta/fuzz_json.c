/* Any bytes as JSON: nothing may crash, and what is accepted has to keep its promises: what is
 * written is JSON again (also in the eyes of jansson), and storing and reading change nothing. */
#include "meta/json.h"
#include "meta/test_types.h"

#include <assert.h>
#include <jansson.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_is_json(Arena *arena, Str text)
{
    Buf compact = buf_new(arena, SIZE_MAX / 4);
    Violations violations = violations_new(arena);
    assert(json_compact(text, &compact, &violations));
}

static void read_as(Arena *arena, const Type *type, Str text, unsigned mode)
{
    Violations violations = violations_new(arena);
    void *object = json_read(arena, type, text, mode, &violations);
    assert((object == NULL) == (violations.n > 0) && violations.n <= violations.total);
    if (!object) return;
    Buf shown = buf_new(arena, SIZE_MAX / 4), stored = buf_new(arena, SIZE_MAX / 4),
        again = buf_new(arena, SIZE_MAX / 4);
    json_write(&shown, type, object);
    if (mode != JSON_STORED) check_is_json(arena, buf_str(&shown));
    json_write_stored(&stored, type, object);
    object = json_read(arena, type, buf_str(&stored), JSON_STORED, &violations);
    assert(object);
    json_write_stored(&again, type, object);
    assert(str_eq(buf_str(&stored), buf_str(&again)));
}

static void compact(Arena *arena, Str text)
{
    Buf out = buf_new(arena, SIZE_MAX / 4), again = buf_new(arena, SIZE_MAX / 4);
    Violations violations = violations_new(arena);
    if (!json_compact(text, &out, &violations)) return;
    assert(json_compact(buf_str(&out), &again, &violations));
    assert(str_eq(buf_str(&out), buf_str(&again)));
    size_t flags = JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL;
    json_t *theirs = json_loadb(text.p, text.n, flags, NULL);
    assert(theirs);
    json_decref(theirs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const unsigned modes[] = {JSON_CREATE, JSON_PATCH, JSON_CREATE | JSON_LENIENT,
                                     JSON_STORED};
    Arena *arena = arena_new(1 << 16);
    Str text = {(const char *)data, size};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        read_as(arena, &thing_type, text, modes[i]);
    read_as(arena, &plain_type, text, JSON_CREATE);
    compact(arena, text);
    arena_free(arena);
    return 0;
}
