/* What is shown of a text, and what in it is marked. */
#include "platform/search/markdown.h"
#include "platform/search/search.h"

#include "base/buf.h"

#include <setjmp.h>
#include <stdlib.h>

#undef fail
#include <cmocka.h>

typedef struct Case {
    const char *q, *text;
    size_t max;
    const char *html;
} Case;

#define WHOLE 1000

static const Case cases[] = {
    {"lamp", "A Lamp of oak", WHOLE, "A <mark>Lamp</mark> of oak"},
    {"lamps", "A Lamp, two lamps.", WHOLE, "A <mark>Lamp</mark>, two <mark>lamps</mark>."},
    {"creme", "Crème brûlée", WHOLE, "<mark>Crème</mark> brûlée"},
    {"la", "lamp black bla", WHOLE, "<mark>lamp</mark> black bla"},
    {"la ", "lamp black bla", WHOLE, "lamp black bla"},
    {"\"desk lamp\"", "desk of a lamp", WHOLE, "<mark>desk</mark> of a <mark>lamp</mark>"},
    {"lamp -oak", "oak lamp", WHOLE, "oak <mark>lamp</mark>"},
    {"-oak", "oak lamp", WHOLE, "oak lamp"},
    {"", "oak lamp", WHOLE, "oak lamp"},
    {"oak", "", WHOLE, ""},
    {"tshirt", "A T-Shirt!", WHOLE, "A <mark>T-Shirt</mark>!"},
    {"t shirt tshirt", "A T-Shirt!", WHOLE, "A <mark>T-Shirt</mark>!"},
    {"shirt", "A T-Shirt!", WHOLE, "A T-<mark>Shirt</mark>!"},
    {"東京", "東京タワー", WHOLE, "<mark>東京</mark>タワー"},
    {"chef", "Chef's knife", WHOLE, "<mark>Chef&#39;s</mark> knife"},
    /* HTML never comes from the text */
    {"b", "<b>b</b> & \"b\"", WHOLE,
     "&lt;<mark>b</mark>&gt;<mark>b</mark>&lt;/<mark>b</mark>&gt; &amp; "
     "&quot;<mark>b</mark>&quot;"},
    {"script", "<script>alert('x')</script>", WHOLE,
     "&lt;<mark>script</mark>&gt;alert(&#39;x&#39;)&lt;/<mark>script</mark>&gt;"},
    {"amp", "a&amp;b", WHOLE, "a&amp;<mark>amp</mark>;b"},
    {"x", "a\nb\tc\x01 x\x7f", WHOLE, "a b c  <mark>x</mark> "},
    /* the best part of a long text, cut between words */
    {"oak", "one two three four five six seven oak eight nine ten eleven", 20,
     "…<mark>oak</mark> eight nine ten…"},
    {"oak ten", "oak two three four five six seven eight oak nine ten eleven", 20,
     "…<mark>oak</mark> nine <mark>ten</mark> eleven"},
    {"oak", "oak two three four five six", 12, "<mark>oak</mark> two…"},
    {"zzz", "one two three four five", 12, "one two…"},
    {"oak", "one two oak", 11, "one two <mark>oak</mark>"},
    {"oak", "äää ööö oak", 11, "äää ööö <mark>oak</mark>"},
    {"zzz", "äääööö", 3, "äää…"},
    {"oak", "oak", 0, "…"},
    {"last", "one two three four five six seven last", 16, "…six seven <mark>last</mark>"},
};

static void shows_and_marks(void **state)
{
    (void)state;
    Arena *arena = arena_new(65536);
    int wrong = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const SearchQuery *query = search_parse(arena, str_from(cases[i].q), S(""));
        Str got = search_highlight(arena, query, str_from(cases[i].text), cases[i].max);
        if (str_eq(got, str_from(cases[i].html))) continue;
        print_error("%s in '%s': '%.*s', not '%s'\n", cases[i].q, cases[i].text, STR_ARG(got),
                    cases[i].html);
        wrong++;
    }
    arena_free(arena);
    assert_int_equal(wrong, 0);
}

static void translations_have_their_own_stems(void **state)
{
    (void)state;
    Arena *arena = arena_new(65536);
    const SearchQuery *query = search_parse(arena, S("Häuser"), S("de"));
    Str got = search_highlight(arena, query, S("Ein Haus."), WHOLE);
    assert_true(str_eq(got, S("Ein <mark>Haus</mark>.")));
    arena_free(arena);
}

static const char *const markdown[][2] = {
    {"", ""},
    {"A sentence.", "A sentence."},
    {"The **Oak _Lamp_** is `good`.", "The Oak Lamp is good."},
    {"# Head\n\nText\nmore", "Head\nText more"},
    {"- one\n- two\n\n1. three", "one\ntwo\nthree"},
    {"[a link](https://x.example/hidden \"title\") ![a picture](p.jpg)", "a link a picture"},
    {"before <b class=\"hidden\">bold</b> after", "before bold after"},
    {"<div>\nhidden\n</div>\n\nshown", "shown"},
    {"```\ncode < 1\n```\nafter", "code < 1\nafter"},
    {"AT&amp;T &copy; \\*no\\*", "AT&T © *no*"},
    {"> quoted", "quoted"},
};

static void markdown_becomes_text(void **state)
{
    (void)state;
    Arena *arena = arena_new(65536);
    int wrong = 0;
    for (size_t i = 0; i < sizeof markdown / sizeof *markdown; i++) {
        Str got = markdown_text(arena, str_from(markdown[i][0]));
        if (str_eq(got, str_from(markdown[i][1]))) continue;
        print_error("'%s': '%.*s', not '%s'\n", markdown[i][0], STR_ARG(got), markdown[i][1]);
        wrong++;
    }
    assert_int_equal(wrong, 0);
    const SearchQuery *query = search_parse(arena, S("lamp"), S(""));
    Str got = search_excerpt(arena, query, S("The **lamp** <i>is</i>\nold."), WHOLE);
    assert_true(str_eq(got, S("The <mark>lamp</mark> is old.")));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_and_marks),
        cmocka_unit_test(translations_have_their_own_stems),
        cmocka_unit_test(markdown_becomes_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
