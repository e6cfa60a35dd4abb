/* Any bytes as a question (its first line) and as a text: nothing is refused, limits are kept, and
 * what is shown is the text, escaped, with marks in pairs. */
#include "platform/search/markdown.h"
#include "platform/search/query.h"
#include "platform/search/words.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_words(Arena *arena, Str text)
{
    WordReader *reader = words_begin(arena, text, stem_language(S("en")));
    for (Word word; words_next(reader, &word);) {
        assert(word.text.n > 0 && word.text.n <= SEARCH_WORD_MAX);
        assert(word.stem.n > 0 && word.stem.n <= SEARCH_WORD_MAX);
        assert(str_is_utf8(word.text) && str_is_utf8(word.stem));
        assert(word.from < word.to && word.to <= text.n);
        for (size_t i = 0; i < word.text.n; i++)
            assert(!strchr(" '\"\\|:~_#/()*&!<>", word.text.p[i]));
        for (size_t i = 0; i < word.stem.n; i++)
            assert(!strchr(" '\"\\|:~_#/()*&!<>", word.stem.p[i]));
    }
    Str code = words_code(arena, text);
    assert(code.n <= SEARCH_CODE_MAX && str_is_utf8(code));
}

static void check_query(const SearchQuery *query)
{
    assert(query->n <= SEARCH_WORDS_MAX && query->phrase_count <= SEARCH_PHRASES_MAX);
    assert(query->text.n <= SEARCH_QUERY_MAX && query->code.n <= SEARCH_CODE_MAX);
    for (size_t i = 0; i < query->n; i++) {
        Str source = query->words[i].source;
        assert(source.p >= query->text.p);
        assert(source.p + source.n <= query->text.p + query->text.n);
    }
}

/* Takes marks and escapes away again; what is left must be the text, blanks for what cannot be
 * seen. */
static void check_html(Str html, Str text)
{
    static const Str escapes[] = {S_INIT("&amp;"), S_INIT("&lt;"), S_INIT("&gt;"), S_INIT("&quot;"),
                                  S_INIT("&#39;")};
    bool marked = false;
    size_t at = 0;
    for (size_t i = 0; i < html.n;) {
        Str rest = str_slice(html, i, html.n);
        if (str_starts(rest, marked ? S("</mark>") : S("<mark>"))) {
            i += marked ? 7 : 6;
            marked = !marked;
            continue;
        }
        char c = html.p[i];
        assert(c != '<' && c != '>' && c != '"' && c != '\'' && at < text.n);
        size_t step = 1;
        for (size_t k = 0; k < 5 && c == '&'; k++)
            if (str_starts(rest, escapes[k])) step = escapes[k].n, c = "&<>\"'"[k];
        assert(step > 1 || c != '&');
        char own = text.p[at++];
        assert(c == own || (c == ' ' && ((unsigned char)own < ' ' || own == 127)));
        i += step;
    }
    assert(!marked && at == text.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena *arena = arena_new(1 << 16);
    Str question, text;
    str_cut((Str){(const char *)data, size}, '\n', &question, &text);
    check_words(arena, text);
    const SearchQuery *query = search_parse(arena, question, size % 2 ? S("") : S("de"));
    check_query(query);
    check_html(search_highlight(arena, query, text, SIZE_MAX), text);
    search_highlight(arena, query, text, size % 50);
    search_excerpt(arena, query, text, 100);
    arena_free(arena);
    return 0;
}
