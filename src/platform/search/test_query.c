/* Questions, as they are understood. */
#include "platform/search/query.h"

#include "base/buf.h"

#include <setjmp.h>
#include <stdlib.h>

#undef fail
#include <cmocka.h>

/* words, the last with * when it may go on; "phrases"; -exclusions; #code, with * */
static Str query_text(Arena *arena, const SearchQuery *q)
{
    Buf out = buf_new(arena, 65536);
    for (size_t i = 0; i < q->n; i++)
        buf_format(&out, "%.*s%s ", STR_ARG(q->words[i].text),
                   q->prefix && i + 1 == q->n ? "*" : "");
    for (size_t i = 0; i < q->phrase_count; i++) {
        StrList words = {(Str *)(uintptr_t)q->phrases[i].words, q->phrases[i].n};
        buf_format(&out, "\"%.*s\" ", STR_ARG(str_join(arena, words, S(" "))));
    }
    for (size_t i = 0; i < q->excluded_count; i++)
        buf_format(&out, "-%.*s ", STR_ARG(q->excluded[i].text));
    for (size_t i = 0; i < q->excluded_phrase_count; i++) {
        StrList words = {(Str *)(uintptr_t)q->excluded_phrases[i].words, q->excluded_phrases[i].n};
        buf_format(&out, "-\"%.*s\" ", STR_ARG(str_join(arena, words, S(" "))));
    }
    if (q->code.n) buf_format(&out, "#%.*s%s ", STR_ARG(q->code), q->code_prefix ? "*" : "");
    return str_trim(buf_str(&out));
}

static const char *const cases[][2] = {
    {"", ""},
    {"  \t ", ""},
    {"lamp", "lamp* #lamp"},
    {"Desk LAMP", "desk lamp*"},
    {"lamp ", "lamp #lamp"},
    {"lamp\xC2\xA0", "lamp #lamp"},
    {"l", "l"}, /* one letter does not go on */
    {"desk l", "desk l"},
    {"desk la", "desk la*"},
    {"lamp lamp desk lamp", "desk lamp*"},
    /* quotes */
    {"\"desk lamp\"", "desk lamp \"desk lamp\""},
    {"\"desk lamp", "desk lamp \"desk lamp\""},
    {"\"lamp\"", "lamp"},
    {"\"\"", ""},
    {"\" \" x \"", "x"},
    {"brass \"desk lamp\" oak", "brass desk lamp oak* \"desk lamp\""},
    {"oak\"desk lamp\"brass", "oak desk lamp brass* \"desk lamp\""},
    {"„desk lamp“ «oak table»", "desk lamp oak table \"desk lamp\" \"oak table\""},
    {"\"the lamp\"", "the lamp \"the lamp\""},
    {"\"t-shirt\"", "t shirt \"t shirt\""},
    /* exclusions */
    {"lamp -oak", "lamp* -oak"},
    {"lamp -\"side table\" -x", "lamp* -x -\"side table\""},
    {"lamp - oak", "lamp oak*"},
    {"lamp -", "lamp*"},
    {"-lamp", "-lamp"},
    {"lamp -t-shirt", "lamp* -\"t shirt\""},
    {"t-shirt", "t shirt* #tshirt"},
    {"--lamp", "-lamp"},
    {"lamp -the", "lamp* -the"},
    /* small words */
    {"the lamp of oak", "lamp oak*"},
    {"lamp of", "lamp"},
    {"the", "the #the"},
    {"of the", "of the"},
    /* codes */
    {"DL-000123-1", "dl 000123 1 #dl0001231*"},
    {"dl 0001", "dl 0001* #dl0001*"},
    {"12", "12*"},
    {"123", "123* #123"},
    {"\"DL-1\"", "dl 1 \"dl 1\""},
    {"a b c", "b c"},
    /* not words */
    {"***", ""},
    {"👍", ""},
    {"\xFF\xFE", ""},
    {"東京", "東京 #東京"},
};

static void questions_of_all_kinds(void **state)
{
    (void)state;
    Arena *arena = arena_new(65536);
    int wrong = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const SearchQuery *query = search_parse(arena, str_from(cases[i][0]), S(""));
        Str got = query_text(arena, query);
        assert_int_equal(search_is_empty(query), !query->n && !query->code.n);
        if (str_eq(got, str_from(cases[i][1]))) continue;
        print_error("'%s': '%.*s', not '%s'\n", cases[i][0], STR_ARG(got), cases[i][1]);
        wrong++;
    }
    arena_free(arena);
    assert_int_equal(wrong, 0);
}

static void words_know_where_they_stand(void **state)
{
    (void)state;
    Arena *arena = arena_new(65536);
    const SearchQuery *q = search_parse(arena, S("  Oak  \"Désk lamps\" T-shirt"), S(""));
    static const char *const sources[] = {"Oak", "Désk", "lamps", "T", "shirt"};
    assert_int_equal(q->n, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_true(str_eq(q->words[i].source, str_from(sources[i])));
        assert_true(q->words[i].source.p >= q->text.p);
        assert_true(q->words[i].source.p + q->words[i].source.n <= q->text.p + q->text.n);
    }
    assert_true(str_eq(q->words[2].stems[QUERY_OWN], S("lamp")));
    arena_free(arena);
}

static void languages_have_their_own_stems(void **state)
{
    (void)state;
    Arena *arena = arena_new(65536);
    const SearchQuery *q = search_parse(arena, S("Stehlampen"), S("de-AT"));
    assert_int_equal(q->languages, 2);
    assert_true(str_eq(q->locale, S("de-at")));
    assert_true(str_eq(q->words[0].stems[QUERY_TRANSLATION], S("stehlamp")));
    assert_true(str_eq(q->words[0].stems[QUERY_OWN], S("stehlampen")));
    q = search_parse(arena, S("lampen"), S("no language/ 'at all'"));
    assert_int_equal(q->languages, 1);
    arena_free(arena);
}

static void limits_are_kept(void **state)
{
    (void)state;
    Arena *arena = arena_new(65536);
    Buf many = buf_new(arena, 100000);
    for (int i = 0; i < 1000; i++) buf_format(&many, "\"w%d v%d\" -x%d ", i, i, i);
    const SearchQuery *q = search_parse(arena, buf_str(&many), S(""));
    assert_int_equal(q->n, SEARCH_WORDS_MAX);
    assert_int_equal(q->phrase_count, SEARCH_PHRASES_MAX);
    assert_int_equal(q->excluded_count, SEARCH_EXCLUDED_MAX);
    assert_true(q->text.n <= SEARCH_QUERY_MAX);
    many.n = 0;
    buf_lit(&many, "\"");
    for (int i = 0; i < 100; i++) buf_lit(&many, "a b ");
    q = search_parse(arena, buf_str(&many), S(""));
    assert_int_equal(q->phrases[0].n, SEARCH_PHRASE_WORDS_MAX);
    many.n = 0;
    for (int i = 0; i < SEARCH_QUERY_MAX; i++) buf_lit(&many, "é"); /* cut between two characters */
    q = search_parse(arena, buf_str(&many), S(""));
    assert_true(str_is_utf8(q->text) && q->text.n >= SEARCH_QUERY_MAX - 1);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(questions_of_all_kinds),
        cmocka_unit_test(words_know_where_they_stand),
        cmocka_unit_test(languages_have_their_own_stems),
        cmocka_unit_test(limits_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
