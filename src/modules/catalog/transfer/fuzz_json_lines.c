/* Any bytes as JSON Lines: each line is a draft with a handle, or a refusal. */
#include "modules/catalog/transfer/input.h"
#include "modules/catalog/transfer/json_lines.h"
#include "modules/catalog/transfer/variants.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static ssize_t read_piece(void *state, void *out, size_t size)
{
    Str *rest = state, piece = str_slice(*rest, 0, size < 50 ? size : 50);
    if (piece.n) memcpy(out, piece.p, piece.n);
    *rest = str_slice(*rest, piece.n, rest->n);
    return (ssize_t)piece.n;
}

static void check_draft(Arena *arena, const Draft *draft)
{
    for (size_t i = 0; i < draft->remarks.n; i++) {
        assert(str_is_utf8(draft->remarks.items[i].message));
        assert(str_is_utf8(draft->remarks.items[i].place));
    }
    assert(!draft->handle.n || text_is_slug(draft->handle));
    if (draft->remarks.refusals) return;
    assert(draft->handle.n);
    Remarks remarks = remarks_new(arena);
    WantedVariants wanted = variants_wanted(arena, draft, NULL, &remarks);
    assert(wanted.list.n == draft->variant_count);
    for (size_t i = 0; i < wanted.list.n; i++) assert(!wanted.list.items[i].id.n);
    TranslationList texts = draft->translations;
    for (size_t i = 1; i < texts.n; i++)
        assert(str_cmp(texts.items[i - 1].locale, texts.items[i].locale) < 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena *arena = arena_new(1 << 16);
    Str rest = {(const char *)data, size};
    LineInput input = line_input(window_open(arena, (ByteSource){read_piece, &rest}));
    int64_t before = 0;
    for (InputStep step; (step = line_input_next(&input)) != INPUT_END;) {
        assert(input.number > before);
        before = input.number;
        if (step == INPUT_READ)
            check_draft(arena, line_draft(arena, str_copy(arena, input.line), input.number));
    }
    arena_free(arena);
    return 0;
}
