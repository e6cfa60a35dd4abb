#include "meta/html_markdown.h"

#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

typedef struct Case {
    const char *html, *markdown;
} Case;

static void try_all(const Case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        Arena *arena = arena_new(4096);
        Str got = markdown_from_html(arena, str_from(cases[i].html));
        if (!str_eq(got, str_from(cases[i].markdown)))
            fail_msg("%s\ngives    %.*s\nand not  %s", cases[i].html, STR_ARG(got),
                     cases[i].markdown);
        arena_free(arena);
    }
}
#define TRY_ALL(cases) try_all(cases, sizeof(cases) / sizeof *(cases))

/* ---- What is kept ---------------------------------------------------------------------------- */

static void texts_become_paragraphs(void **state)
{
    (void)state;
    static const Case cases[] = {
        {"", ""},
        {"Plain text.", "Plain text."},
        {"<p>One</p>\r\n<p>Two\r\nlines</p>", "One\n\nTwo lines"},
        {"<div><div>One</div><div>Two</div></div>", "One\n\nTwo"},
        {"One<br>Two<br/>\nThree", "One  \nTwo  \nThree"},
        {"One<br><br />Two", "One\n\nTwo"},
        {"<p>&nbsp;</p><p> </p><p>A&nbsp;&nbsp; b</p><p></p>", "A b"},
        {"<h1>Big</h1>small<h6>tiny</h6>", "# Big\n\nsmall\n\n###### tiny"},
        {"a<hr>b", "a\n\n-----\n\nb"},
        {"<blockquote>One<p>Two</p></blockquote>Three", "> One\n> \n> Two\n\nThree"},
        {"<dl><dt>Term</dt><dd>Meaning</dd></dl>", "Term\n\nMeaning"},
    };
    TRY_ALL(cases);
}

static void emphasis_stands_at_words(void **state)
{
    (void)state;
    static const Case cases[] = {
        {"a <b>bold </b>word", "a **bold** word"},
        {"a<strong> bold</strong>.", "a **bold**."},
        {"<em>one</em><i>two</i>", "*onetwo*"},
        {"<b>x <i>y</i></b> z", "**x *y*** z"},
        {"<b></b><i> </i>a", "a"},
        {"<p><b>one</p><p>two</b></p>three", "**one**\n\n**two**\n\nthree"},
        {"<b>a<i>b</b>c</i>", "abc"},
        {"<p><strong>Size:</strong>M</p>", "**Size**:M"},
        {"go<b>(on)</b>", "go(on)"},
        {"<code>a*b</code> <pre>x\n  *y*\n</pre>", "`a*b`\n\n``` text\nx\n  *y*\n```"},
    };
    TRY_ALL(cases);
}

static void lists_nest(void **state)
{
    (void)state;
    static const Case cases[] = {
        {"<ul><li>One</li>\n<li>Two</li></ul>", "  - One\n  - Two"},
        {"<ul><li>One<ul><li>deep</ul></li><li>Two</ul>", "  - One\n      - deep\n  - Two"},
        {"<ul><li>One</li><ul><li>deep</li></ul></ul>", "  - One\n      - deep"},
        {"<ol start=7><li>a<li><p>b</p></ol>", "7.  a\n8.  b"},
        {"<ul><li><p>a</p><p>b</p></li></ul>", "  - a\n    \n    b"},
        {"<li>stray</li><li>item</li>", "  - stray\n  - item"},
        {"<ul></ul><ul><li></li></ul>", ""},
        {"<ul><li>a</li></ul><ol><li>b</li></ol>", "  - a\n\n1.  b"},
    };
    TRY_ALL(cases);
}

static void tables_have_a_header_and_all_their_cells(void **state)
{
    (void)state;
    static const Case cases[] = {
        {"<table><tr><th>Size</th><th>cm</th></tr><tr><td>S</td></tr></table>",
         "| Size | cm |\n| --- | --- |\n| S |  |"},
        {"<table><tr><td>a|b<td>c<br>d<ul><li>e</ul></table>", "| a\\|b | c d e |\n| --- | --- |"},
        {"<table><tr><td>alone</td></tr><tr><td><b>below</b></td></tr></table>",
         "alone\n\n**below**"},
        {"<table><tr><td>a<table><tr><td>b<td>c</tr></table>d<td>e</table>f",
         "| a b c d | e |\n| --- | --- |\n\nf"},
    };
    TRY_ALL(cases);
}

static void links_and_pictures_lead_to_the_web(void **state)
{
    (void)state;
    static const Case cases[] = {
        {"<a href='https://a.example/?x=1&amp;y=2'>go</a>", "[go](https://a.example/?x=1&y=2)"},
        {"<a href=\"/pages/care\">care</a>", "[care](/pages/care)"},
        {"<a href='mailto:a@b.example'>mail</a>", "[mail](mailto:a@b.example)"},
        {"<a href='javascript:alert(1)'>bad</a>", "bad"},
        {"<a href=' java\nscript:alert(1)'>bad</a>", "[bad](java%20script:alert\\(1\\))"},
        {"<a href='&#106;avascript:x'>bad</a> <a>none</a>", "bad none"},
        {"<img src='https://a.example/b c.png' alt='A cup'>",
         "![A cup](https://a.example/b%20c.png)"},
        {"<img src='data:image/png;base64,AA' alt='A cup'>", "A cup"},
        {"<img>", ""},
    };
    TRY_ALL(cases);
}

/* ---- What is not ----------------------------------------------------------------------------- */

static void what_is_no_text_is_dropped(void **state)
{
    (void)state;
    static const Case cases[] = {
        {"a<script>if (a<b) x()</script>b<style>p{}</style>c", "abc"},
        {"a<!-- hidden <b>x</b> -->b<!DOCTYPE html>c<?xml ?>d", "abcd"},
        {"<span style='color:red'>red</span> <u>line</u> H<sub>2</sub>O", "red line H2O"},
        {"<iframe src='https://video.example'>none</iframe>after", "after"},
        {"before<video>after", "beforeafter"}, /* which has no end */
        {"a<!-- no end", "a"},
    };
    TRY_ALL(cases);
}

static void signs_are_text(void **state)
{
    (void)state;
    static const Case cases[] = {
        {"5 < 6 & 7 > 2", "5 \\< 6 & 7 \\> 2"},
        {"a &lt;b&gt; &amp;amp; &quot;c&#39; &euro; &#8364; &#x20ac;",
         "a \\<b\\> \\&amp; \"c' € € €"},
        {"&unknown; &copy", "\\&unknown; \\&copy"},
        {"*a* _b_ `c` [d] #e", "\\*a\\* \\_b\\_ \\`c\\` \\[d\\] \\#e"},
        {"<p>1. a</p><p>- b</p><p>+ c</p><p># d</p>", "1\\. a\n\n\\- b\n\n\\+ c\n\n\\# d"},
        {"<b unclosed", "\\<b unclosed"},
        {"<b title='>'>x</b> <b title=\"y>z</b>", "**x** **z**"},
    };
    TRY_ALL(cases);
}

/* ---- The way back ---------------------------------------------------------------------------- */

static void markdown_becomes_safe_html(void **state)
{
    (void)state;
    Arena *arena = arena_new(4096);
    static const struct {
        Str markdown, html;
    } cases[] = {
        {S_INIT("A **b** & c"), S_INIT("<p>A <strong>b</strong> &amp; c</p>")},
        {S_INIT("\"a\" ![\"b\"](c)"),
         S_INIT("<p>\"a\" <img src=\"c\" alt=\"&quot;b&quot;\" /></p>")},
        {S_INIT("<script>x</script>"), S_INIT("<!-- raw HTML omitted -->")},
        {S_INIT("[a](javascript:x)"), S_INIT("<p><a href=\"\">a</a></p>")},
        {S_INIT("| a |\n|---|\n| b |"),
         S_INIT("<table>\n<thead>\n<tr>\n<th>a</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>b</td>\n"
                "</tr>\n</tbody>\n</table>")},
        {S_INIT("# a\n\n> ##### b\n\n###### c"),
         S_INIT("<h2>a</h2>\n<blockquote>\n<h6>b</h6>\n</blockquote>\n<h6>c</h6>")},
        {S_INIT(""), S_INIT("")},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Str got = markdown_to_html(arena, cases[i].markdown, 2);
        if (!str_eq(got, cases[i].html))
            fail_msg("%.*s gives %.*s", STR_ARG(cases[i].markdown), STR_ARG(got));
    }
    arena_free(arena);
}

/* A megabyte of what makes naive code slow. */
static void much_of_the_same_ends_soon(void **state)
{
    (void)state;
    static const char *const pieces[] = {
        "<b>a</b>.", "<svg>", "<b\"", "<div>",         "<ul><li>",        "&amp;",
        "<!--",      "<td>x", "</p>", "<a href='x'>y", "<i><b>x</i> </b>"};
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        Arena *arena = arena_new(1 << 20);
        Buf html = buf_new(arena, 1 << 21);
        while (html.n < 1 << 18) buf_put(&html, str_from(pieces[i]));
        assert_true(str_is_utf8(markdown_from_html(arena, buf_str(&html))));
        arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_become_paragraphs),
        cmocka_unit_test(emphasis_stands_at_words),
        cmocka_unit_test(lists_nest),
        cmocka_unit_test(tables_have_a_header_and_all_their_cells),
        cmocka_unit_test(links_and_pictures_lead_to_the_web),
        cmocka_unit_test(what_is_no_text_is_dropped),
        cmocka_unit_test(signs_are_text),
        cmocka_unit_test(markdown_becomes_safe_html),
        cmocka_unit_test(much_of_the_same_ends_soon),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
