/* Words: a table of languages and of what is odd in them. Each line is a text and its words as
 * `word`, `word~stem` where the stem is another, `+word` where it stands beside others. */
#include "platform/search/words.h"

#include "base/buf.h"
#include "platform/search/fold.h"
#include "platform/search/limits.h"

#include <setjmp.h>
#include <stdlib.h>

#include <cmocka.h>

typedef struct Case {
    const char *locale, *text, *words;
} Case;

static const Case cases[] = {
    /* nothing */
    {"en", "", ""},
    {"en", " \t\n.,;:!?-–—…*#|_", ""},
    {"en", "👍 ☕️ → ™ ©", ""},
    {"en", "\xCC\x81 \xE2\x80\x8D", ""}, /* marks without a letter */
    /* case, width, compatibility */
    {"", "Lamp LAMP", "lamp lamp"},
    {"x", "Ｌａｍｐ ﬁne ㎏ ½", "lamp fine kg 12"},
    {"x", "Straße STRASSE ẞ", "strasse strasse ss"},
    {"x", "İstanbul ıslak I", "istanbul islak i"},
    {"x", "ΣΊΣΥΦΟΣ Σίσυφος σίσυφοσ", "σισυφοσ σισυφοσ σισυφοσ"},
    {"x", "ǅungla", "dzungla"},
    /* accents */
    {"x", "Crème brûlée", "creme brulee"},
    {"x",
     "Cre\xCC\x80me bru\xCC\x82le\xCC\x81"
     "e",
     "creme brulee"},
    {"x", "Ångström Łódź Ørsted Đakovo Þór Æther Œuvre",
     "angstrom lodz orsted dakovo thor aether oeuvre"},
    {"x", "Žluťoučký kůň", "zlutoucky kun"},
    {"x", "Ёлка ёж мой", "елка еж мой"},
    {"x", "שָׁלוֹם", "שלום"},
    {"x", "مُحَمَّد", "محمد"},
    {"x", "हिन्दी", "हिन्दी"},
    /* stems, from the word with its accents */
    {"en", "running runs runner happily", "running~run runs~run runner happily~happili"},
    {"en", "Lamps lamp", "lamps~lamp lamp"},
    {"de", "Häuser Haus", "hauser~haus haus"},
    {"fr", "chargée chargés", "chargee~charg charges~charg"},
    {"es", "camiones camión", "camiones~camion camion"},
    {"ru", "лампы лампа", "лампы~ламп лампа~ламп"},
    {"de-AT", "Lampen", "lampen~lamp"},
    {"nb", "lamper", "lamper~lamp"},
    {"xx", "running", "running"},
    {"", "running", "running~run"},
    {"en", "is as 12s", "is as 12 s"}, /* too short, or no word */
    /* apostrophes */
    {"en", "chef's chef’s don't", "chefs~chef chefs~chef dont"},
    {"fr", "l'eau d’or aujourd'hui", "l eau d or aujourdhui"},
    {"en", "'quoted' rock'n'roll O'Neill", "quoted~quot rocknroll~rocknrol o neill"},
    {"x", "a'", "a"},
    /* hyphens */
    {"en", "T-Shirts", "t shirts~shirt +tshirts~tshirt"},
    {"x", "wi-fi e‑mail", "wi fi +wifi e mail +email"},
    {"x", "DL-000123-1", "dl 000123 1 +dl0001231"},
    {"x", "2024-05-01 - -x y-", "2024 05 01 x y"},
    {"x", "a-b-c-d-e-f-g-h-i", "a b c d e f g h +abcdefgh i"},
    /* numbers and units */
    {"x", "500ml 500 ml 1.5l 1,5 l 12V", "500 ml 500 ml 1.5 l 1.5 l 12 v"},
    {"x", "mp3 A4 WH-1000XM4 4K", "mp3 a4 wh 1000xm4 +wh1000xm4 4 k"},
    {"x", "v1.2.3. 3,", "v1.2.3 3"},
    {"x", "１２３ ٣", "123 ٣"},
    {"x", "100kwh 100 000,50", "100 kwh 100 000.50"},
    {"x", "5stars", "5stars"},
    /* what is invisible */
    {"x",
     "so\xC2\xAD"
     "fa zero\xE2\x80\x8Bwidth",
     "sofa zero width"},
    {"x", "\xEF\xBB\xBFlamp", "lamp"},
    /* scripts without blanks: pairs, whose stem is their first character */
    {"x", "東京都", "東京~東 京都~京 +都"},
    {"x", "東", "東"},
    {"x", "\xE3\x85\xA4 \xE3\x85\xA4가", "가 +가"}, /* U+3164, which is a letter and nothing */
    {"x", "ガーデン ｶﾞｰﾃﾞﾝ", "ガー~ガ ーデ~ー デン~デ +ン ガー~ガ ーデ~ー デン~デ +ン"},
    {"x", "LED電球60W", "led 電球~電 +球 60 w"},
    {"x", "도자기", "도자~도 자기~자 +기"},
    {"x", "ชาม", "ชา~ช าม~า +ม"},
    /* bytes that are no UTF-8 part words */
    {"x", "la\xFFmp \xC3 \xE2\x82 x", "la mp x"},
};

static Str words_text(Arena *arena, const Case *c)
{
    Buf out = buf_new(arena, 4096);
    WordReader *reader = words_begin(arena, str_from(c->text), stem_language(str_from(c->locale)));
    for (Word word; words_next(reader, &word);) {
        assert_true(word.from < word.to && word.to <= strlen(c->text));
        if (out.n) buf_char(&out, ' ');
        if (word.extra) buf_char(&out, '+');
        buf_put(&out, word.text);
        if (str_eq(word.stem, word.text)) continue;
        buf_char(&out, '~');
        buf_put(&out, word.stem);
    }
    return buf_str(&out);
}

static void words_of_all_kinds(void **state)
{
    (void)state;
    Arena *arena = arena_new(65536);
    int wrong = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Str got = words_text(arena, &cases[i]);
        if (str_eq(got, str_from(cases[i].words))) continue;
        print_error("%s '%s': '%.*s', not '%s'\n", cases[i].locale, cases[i].text, STR_ARG(got),
                    cases[i].words);
        wrong++;
    }
    arena_free(arena);
    assert_int_equal(wrong, 0);
}

/* The same word in each of its spellings has the same text and, by one language, the same stem. */
static void spellings_fold_to_one(void **state)
{
    (void)state;
    static const char *const same[][3] = {{"naïve", "NAÏVE", "nai\xCC\x88ve"},
                                          {"Öl", "öl", "O\xCC\x88l"},
                                          {"ﬃ", "ffi", "FFI"},
                                          {"ｷﾞﾌﾄ", "ギフト", "ギフト"}};
    Arena *arena = arena_new(65536);
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        Case first = {"fr", same[i][0], ""};
        for (int k = 1; k < 3; k++) {
            Case other = {"fr", same[i][k], ""};
            Str got = words_text(arena, &other), want = words_text(arena, &first);
            assert_true(str_eq(got, want));
        }
    }
    arena_free(arena);
}

static void long_words_are_cut(void **state)
{
    (void)state;
    Arena *arena = arena_new(65536);
    enum { LONG = 10000 };
    char *text = arena_alloc(arena, LONG, 1);
    memset(text, 'x', LONG);
    Word word;
    WordReader *reader = words_begin(arena, (Str){text, LONG}, stem_language(S("en")));
    assert_true(words_next(reader, &word));
    assert_int_equal(word.text.n, SEARCH_WORD_MAX);
    assert_int_equal(word.to, LONG);
    assert_false(words_next(reader, &word));
    for (size_t i = 0; i + 1 < LONG; i += 2) memcpy(text + i, "é", 2);
    reader = words_begin(arena, (Str){text, LONG}, stem_language(S("en")));
    assert_true(words_next(reader, &word));
    assert_true(str_is_utf8(word.text) && word.text.n <= SEARCH_WORD_MAX);
    assert_false(words_next(reader, &word));
    for (size_t i = 0; i + 1 < LONG; i += 2) memcpy(text + i, "l'", 2); /* one elision a letter */
    size_t n = 0;
    for (reader = words_begin(arena, (Str){text, LONG}, stem_language(S("fr")));
         words_next(reader, &word);)
        n++;
    assert_true(n > 0 && n <= LONG / 2);
    arena_free(arena);
}

static void codes_are_letters_and_digits(void **state)
{
    (void)state;
    Arena *arena = arena_new(4096);
    assert_true(str_eq(words_code(arena, S("DL-000 123/1_ß")), S("dl0001231ss")));
    assert_true(str_eq(words_code(arena, S("--- ")), S("")));
    assert_true(str_eq(words_code(arena, S("Ａ１é")), S("a1e")));
    char text[SEARCH_CODE_MAX * 2];
    memset(text, '7', sizeof text);
    assert_int_equal(words_code(arena, (Str){text, sizeof text}).n, SEARCH_CODE_MAX);
    arena_free(arena);
}

static void small_words(void **state)
{
    (void)state;
    assert_true(stem_is_small(stem_language(S("en")), S("the")));
    assert_false(stem_is_small(stem_language(S("en")), S("th")));
    assert_false(stem_is_small(stem_language(S("en")), S("he a")));
    assert_false(stem_is_small(stem_language(S("en")), S("")));
    assert_false(stem_is_small(stem_language(S("en")), S("lamp")));
    assert_false(stem_is_small(NULL, S("the")));
    assert_true(stem_is_small(stem_language(S("de-CH")), S("fur")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_of_all_kinds), cmocka_unit_test(spellings_fold_to_one),
        cmocka_unit_test(long_words_are_cut), cmocka_unit_test(codes_are_letters_and_digits),
        cmocka_unit_test(small_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
