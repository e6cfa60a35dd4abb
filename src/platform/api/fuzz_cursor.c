/* Any text as a cursor: it is refused, or it is a position that writes itself back as it was read. */
#include "platform/api/request.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct Position {
    Id before;
    Str title;
    int64_t amount;
    Time at;
} Position;

static const Type position_type =
    TYPE(Position, "A position with a key of each kind that lists are ordered by.",
         FIELD(Position, before, "", .prefix = "prod", .required = true),
         FIELD(Position, title, "", .max = 200), FIELD(Position, amount, "", .min = 0),
         FIELD(Position, at, ""));

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena *arena = arena_new(4096);
    const Position *position = cursor_read(arena, &position_type, (Str){(const char *)data, size});
    if (position) {
        Str text = cursor_write(arena, &position_type, position);
        const Position *again = cursor_read(arena, &position_type, text);
        assert(again && id_eq(again->before, position->before) && again->at.us == position->at.us &&
               again->amount == position->amount && str_eq(again->title, position->title));
    }
    arena_free(arena);
    return 0;
}
