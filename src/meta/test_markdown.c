#include "meta/markdown.h"

#include <setjmp.h>

#include <cmocka.h>

typedef struct Thing {
    Str name;
    int64_t count;
    Str hidden;
    Str doc;
} Thing;

static const Type thing_type =
    TYPE(Thing, "A thing.", FIELD(Thing, name, "Name."), FIELD(Thing, count, "How many."),
         FIELD(Thing, hidden, "Secret.", .write_only = true), FIELD(Thing, doc, "Prose."));

static void a_row_is_a_row_whatever_it_says(void **state)
{
    (void)state;
    Arena *arena = arena_new(4096);
    Buf out = buf_new(arena, 10000);
    Thing things[] = {
        {S("a_b"), 5, S("no"), S("Plain `code_*|*`.")},
        {S("x|y"), -1, S("no"), S("*:PORT, [V6]:PORT <b>\nand `<i>` \\.")},
        {S(""), 0, S("no"), S("")},
    };
    markdown_table(&out, &thing_type, (AnyList){things, 3});
    assert_string_equal(str_z(arena, buf_str(&out)),
                        "| name | count | doc |\n"
                        "|---|---|---|\n"
                        "| `a_b` | 5 | Plain `code_*\\|*`. |\n"
                        "| `x\\|y` | -1 | \\*:PORT, \\[V6]:PORT \\<b> and `<i>` \\\\. |\n"
                        "|  | 0 |  |\n");
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_row_is_a_row_whatever_it_says)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
