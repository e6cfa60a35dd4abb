#include "meta/markup.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static Arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = arena_new(4096);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static void texts_cannot_leave_their_place(void **state)
{
    (void)state;
    Buf out = buf_new(arena, 1000);
    HTML(&out, "<a title=\"{}\">{}</a>", S("\" onclick=\"x"), S("<script>'&'</script>"));
    assert_string_equal(str_z(arena, buf_str(&out)),
                        "<a title=\"&quot; onclick=&quot;x\">"
                        "&lt;script&gt;&#39;&amp;&#39;&lt;/script&gt;</a>");
}

static void a_template_needs_no_texts(void **state)
{
    (void)state;
    Buf out = buf_new(arena, 1000);
    HTML(&out, "<hr>");
    HTML(&out, "{}{}", S("{}"), S(""));
    assert_string_equal(str_z(arena, buf_str(&out)), "<hr>{}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_cannot_leave_their_place),
        cmocka_unit_test(a_template_needs_no_texts),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
