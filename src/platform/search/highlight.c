/* What is shown of a text that was found.
 *
 * The text is read into words as the index reads it, and each word that the question asks for is
 * marked where it stands in the source, so stems, accents and hyphens are marked as they are written.
 * A long text is cut to the part that begins with the word from which on most of the question's
 * words follow, with a few words before it. Everything but the marks themselves is escaped here, so
 * that no caller can forget it.
 *
 * Rejected: FTS5's highlight and ts_headline. Both need the stored text and know other words than we
 * do, and ts_headline costs a millisecond a text. */
#include "platform/search/markdown.h"
#include "platform/search/query.h"
#include "platform/search/words.h"

#include "base/buf.h"

enum {
    LOOKED_AT_MAX = 12000, /* bytes of a text: whoever mentions it later than that, mentions it */
    LEAD_MAX = 40,         /* characters shown before the first word that was found */
    BREAK_MAX = 24,        /* characters given up so that a cut falls between two words */
};

/* A word of the text that the question asks for. */
typedef struct Found {
    size_t from, to; /* bytes */
    size_t at;       /* characters before it */
    uint32_t words;  /* of the question: a bit each */
} Found;

typedef struct FoundList {
    Found *items;
    size_t n, room;
} FoundList;

/* ---- Finding --------------------------------------------------------------------------------- */

static uint32_t words_that_fit(const SearchQuery *q, const Word *word)
{
    uint32_t fit = 0;
    for (size_t i = 0; i < q->n; i++) {
        bool fits = str_eq(word->text, q->words[i].text);
        for (int k = 0; k < q->languages && !fits; k++)
            fits = str_eq(word->stem, q->words[i].stems[k]) ||
                   str_eq(word->text, q->words[i].stems[k]);
        if (i + 1 == q->n && q->prefix) fits = fits || str_starts(word->text, q->words[i].text);
        fit |= (uint32_t)fits << i;
    }
    return fit;
}

static size_t step(Str text, size_t at)
{
    size_t bytes = str_utf8_step(str_slice(text, at, at + 4));
    return bytes ? bytes : 1;
}

/* A joined word lies over its parts, and pairs over each other: what overlaps is one. */
static void add_found(Arena *arena, FoundList *list, Found found)
{
    enum { FIRST = 16 };
    while (list->n && found.from < list->items[list->n - 1].to) {
        const Found *last = &list->items[--list->n];
        if (last->from < found.from) found.at = last->at;
        if (last->from < found.from) found.from = last->from;
        if (last->to > found.to) found.to = last->to;
        found.words |= last->words;
    }
    size_t n = list->n;
    if (n == list->room) {
        list->room = n ? n * 2 : FIRST;
        list->items = arena_grow(arena, list->items, n * sizeof found, list->room * sizeof found,
                                 alignof(Found));
    }
    list->items[list->n++] = found;
}

static FoundList find_words(Arena *arena, const SearchQuery *q, Str text)
{
    FoundList list = {0};
    const char *language = q->language[q->languages - 1];
    WordReader *reader = words_begin(arena, str_slice(text, 0, LOOKED_AT_MAX), language);
    size_t at = 0, characters = 0;
    for (Word word; q->n && words_next(reader, &word);) {
        uint32_t fit = words_that_fit(q, &word);
        if (!fit) continue;
        for (; at < word.from; at += step(text, at)) characters++;
        /* A joined word begins before the part that was read last. */
        size_t begins = characters;
        for (size_t back = word.from; back < at; back += step(text, back)) begins--;
        add_found(arena, &list, (Found){word.from, word.to, begins, fit});
    }
    return list;
}

/* ---- The part that is shown ------------------------------------------------------------------ */

/* The index of the found word with which the best part begins: it has most of the question's words,
 * then most words, then it comes first. */
static size_t best_begin(const FoundList *found, size_t room)
{
    size_t best = 0;
    int best_worth = -1;
    for (size_t i = 0; i < found->n; i++) {
        uint32_t words = 0;
        int count = 0;
        for (size_t k = i; k < found->n && found->items[k].at < found->items[i].at + room; k++) {
            words |= found->items[k].words;
            count++;
        }
        int worth = __builtin_popcount(words) * 1000 + (count < 999 ? count : 999);
        if (worth <= best_worth) continue;
        best_worth = worth;
        best = i;
    }
    return best;
}

static bool is_blank(Str text, size_t at)
{
    return (unsigned char)text.p[at] <= ' ';
}

static bool begins_word(Str text, size_t at)
{
    return at < text.n && !is_blank(text, at) && (at == 0 || is_blank(text, at - 1));
}

static bool ends_word(Str text, size_t at)
{
    return at > 0 && !is_blank(text, at - 1) && (at == text.n || is_blank(text, at));
}

/* Up to `characters` back from `at`, to where a word begins if one does. */
static size_t go_back(Str text, size_t at, size_t characters)
{
    size_t best = at;
    for (; at > 0 && characters > 0; characters--) {
        at--;
        while (at > 0 && ((unsigned char)text.p[at] & 0xC0) == 0x80) at--;
        if (begins_word(text, at)) best = at;
    }
    return best;
}

/* The end of at most `characters` from `from`, at a word's end if one is near. */
static size_t go_forward(Str text, size_t from, size_t characters)
{
    size_t at = from, word_end = from, since = 0;
    for (; at < text.n && characters > 0; characters--) {
        at += step(text, at);
        since++;
        if (!ends_word(text, at)) continue;
        word_end = at;
        since = 0;
    }
    return at < text.n && since <= BREAK_MAX && word_end > from ? word_end : at;
}

static size_t characters_of(Str text)
{
    size_t n = 0;
    for (size_t at = 0; at < text.n; at += step(text, at)) n++;
    return n;
}

/* ---- HTML ------------------------------------------------------------------------------------ */

static void put_escaped(Buf *out, Str text)
{
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c == '&')
            buf_lit(out, "&amp;");
        else if (c == '<')
            buf_lit(out, "&lt;");
        else if (c == '>')
            buf_lit(out, "&gt;");
        else if (c == '"')
            buf_lit(out, "&quot;");
        else if (c == '\'')
            buf_lit(out, "&#39;");
        else
            buf_char(out, (unsigned char)c < ' ' || c == 127 ? ' ' : c);
    }
}

static Str write_part(Arena *arena, const FoundList *found, Str text, size_t from, size_t to)
{
    Buf out = buf_new(arena, SIZE_MAX);
    size_t at = from;
    if (from > 0) buf_lit(&out, "…");
    for (size_t i = 0; i < found->n; i++) {
        const Found *word = &found->items[i];
        if (word->from < from || word->to > to) continue;
        put_escaped(&out, str_slice(text, at, word->from));
        buf_lit(&out, "<mark>");
        put_escaped(&out, str_slice(text, word->from, word->to));
        buf_lit(&out, "</mark>");
        at = word->to;
    }
    put_escaped(&out, str_slice(text, at, to));
    if (to < text.n) buf_lit(&out, "…");
    return buf_str(&out);
}

Str search_highlight(Arena *arena, const SearchQuery *query, Str text, size_t max_chars)
{
    FoundList found = find_words(arena, query, text);
    size_t from = 0, to = text.n;
    if (text.n > max_chars && characters_of(text) > max_chars) {
        size_t lead = max_chars / 4 < LEAD_MAX ? max_chars / 4 : LEAD_MAX;
        size_t best = best_begin(&found, max_chars - lead);
        if (found.n && found.items[best].at > lead)
            from = go_back(text, found.items[best].from, lead);
        if (characters_of(str_slice(text, from, text.n)) < max_chars)
            from = go_back(text, text.n, max_chars);
        to = go_forward(text, from, max_chars);
    }
    return write_part(arena, &found, text, from, to);
}

Str search_excerpt(Arena *arena, const SearchQuery *query, Str markdown, size_t max_chars)
{
    return search_highlight(arena, query, markdown_text(arena, markdown), max_chars);
}
