/* Any bytes as CSV: the size of the pieces must not matter, and records that are written again must
 * read as they were. */
#include "meta/csv.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads in pieces and writes what was read. */
static Str read_and_write(Arena *arena, Str text, size_t step, Str *error)
{
    Buf out = buf_new(arena, SIZE_MAX / 4);
    CsvReader reader = csv_reader(arena);
    CsvRecord record;
    for (size_t at = 0; at <= text.n; at += step) {
        csv_push(&reader, str_slice(text, at, at + step));
        if (at + step > text.n) csv_end(&reader);
        while (csv_next(&reader, &record)) {
            size_t begin = out.n;
            assert(record.n > 0 && record.line > 0);
            for (size_t i = 0; i < record.n; i++) {
                if (i) buf_char(&out, ',');
                assert(str_eq(csv_unguard(csv_guard(arena, record.fields[i])), record.fields[i]));
                csv_write_field(&out, record.fields[i]);
            }
            if (out.n == begin) buf_lit(&out, "\"\"");
            buf_lit(&out, "\r\n");
        }
    }
    *error = reader.error;
    return buf_str(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena *arena = arena_new(1 << 16);
    Str text = {(const char *)data, size}, error, other_error, again_error;
    Str whole = read_and_write(arena, text, size + 1, &error);
    Str pieces = read_and_write(arena, text, 1 + size % 7, &other_error);
    assert(str_eq(whole, pieces) && str_eq(error, other_error));
    /* A mark inside a text would be one at the start: the only thing that writing cannot keep. */
    if (!str_starts(whole, S("\xEF\xBB\xBF"))) {
        Str again = read_and_write(arena, whole, whole.n + 1, &again_error);
        assert(again_error.n == 0 && str_eq(again, whole));
    }
    arena_free(arena);
    return 0;
}
