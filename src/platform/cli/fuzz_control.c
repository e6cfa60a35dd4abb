#include "platform/cli/command_line.h"
#include "platform/cli/control_frame.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct AnyFlags {
    int64_t count;
    bool loud;
    StrList tag;
    Str name;
} AnyFlags;

static const Type any_flags =
    TYPE(AnyFlags, "", FIELD(AnyFlags, count, "How many.", .max = 9, .initial = "3"),
         FIELD(AnyFlags, loud, "Loud."), FIELD(AnyFlags, tag, "Any."),
         FIELD(AnyFlags, name, "Of whom.", .required = true));

static const Command rows[] = {
    {.name = "pick",
     .flags = &any_flags,
     .letters = {{'n', "count"}, {'l', "loud"}},
     .arguments = {{"FILE", "A file.", .optional = true, .many = true, .file = true}},
     .needs = COMMAND_NEEDS_FOLDER},
    {.name = "migrate up", .arguments = {{.name = "TO", .doc = "Target."}}},
};
static const CommandList lists[] = {COMMAND_LIST(rows)};
static const CommandTable table = {.program = "souk", .lists = lists, .list_count = 1};

static void check_line(Arena *arena, StrList words)
{
    CommandLine line;
    StrList problems;
    bool fine = command_line_parse(arena, &table, words, &line, &problems);
    assert(fine == (problems.n == 0));
    assert(line.words.n <= words.n && line.arguments.n <= words.n);
    if (!fine || line.help) return;
    /* What a client would send on is read again as the same. */
    CommandLine again;
    bool same = command_line_parse(arena, &table, line.words, &again, &problems);
    assert(same && again.command == line.command && again.arguments.n == line.arguments.n);
    assert(again.settings.n == 0 && again.json == line.json);
}

/* Whatever arrives at the control socket: frames end where they say, a request reads back as it
 * was written, and its words are a command line or mistakes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static Arena *arena;
    if (!arena) arena = arena_new(256 * 1024);
    Str bytes = {(const char *)data, size};
    ControlFrame frame;
    ControlRequest request;
    const char *detail = NULL;
    size_t used;
    while (control_frame_read(bytes, &frame, &used) == CONTROL_FRAME) {
        assert(used == CONTROL_HEADER + frame.payload.n && used <= bytes.n);
        bytes = str_slice(bytes, used, bytes.n);
        if (!control_request_read(arena, frame.payload, &request, &detail)) continue;
        Buf again = buf_new(arena, CONTROL_PAYLOAD_MAX);
        bool written = control_request_write(&again, &request);
        assert(written && str_eq(buf_str(&again), frame.payload));
        check_line(arena, request.words);
    }
    arena_reset(arena);
    return 0;
}
