/* Columns as a server may send them: any bytes of any type. Nothing is read behind them, and a
 * value that is refused leaves what was there. */
#include "platform/db/postgres.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const Oid types[] = {16,  17,  19,  20,   21,   23,   25,   114,
                                700, 701, 705, 1042, 1043, 1184, 1700, 3802};
    if (!size) return 0;
    Arena *arena = arena_new(256);
    Str bytes = str_copy(
        arena, (Str){(const char *)data + 1, size - 1}); /* its own, so that overreading is seen */
    Value value = {.kind = VALUE_IDS, .ids = {NULL, 77}};
    if (pg_decode(types[data[0] % (sizeof types / sizeof *types)], bytes.p, bytes.n, &value))
        assert(value.kind != VALUE_IDS && value.kind != VALUE_NULL);
    else
        assert(value.kind == VALUE_IDS && value.ids.n == 77);
    arena_free(arena);
    return 0;
}
