/* Questions: from what somebody typed to what is looked up.
 *
 * There is no syntax to get wrong: quotes that are never closed end with the text, a minus is one only
 * before something, everything else is words. So parsing cannot fail, and a shop need not explain an
 * error to a customer. Words that stand in a phrase are words of the question too: by them hits are
 * ordered and marked.
 *
 * Rejected: and/or/brackets, field names, wildcards. Who shops does not write them; staff have
 * filters. */
#include "platform/search/query.h"

#include "platform/search/fold.h"
#include "platform/search/words.h"

/* One piece of the question: what stands between quotes, or between blanks. */
typedef struct Piece {
    Str text;
    bool quoted, excluded;
} Piece;

typedef struct Parser {
    Arena *arena;
    Str text;
    size_t at;
    SearchQuery *query;
    QueryWord small[SEARCH_WORDS_MAX]; /* words that count only when there are no others */
    size_t small_count;
    bool small_last; /* the newest word was one of them */
    size_t prefix_min;
    bool plain; /* nothing was quoted or excluded */
} Parser;

/* ---- Pieces ---------------------------------------------------------------------------------- */

static bool is_blank(Str text, size_t at)
{
    unsigned char c = (unsigned char)text.p[at];
    bool wide = str_starts(str_slice(text, at, at + 3), S("\xE3\x80\x80")) || /* U+3000 */
                str_starts(str_slice(text, at, at + 2), S("\xC2\xA0"));       /* U+00A0 */
    return c <= ' ' || wide;
}

static size_t skip_blanks(Str text, size_t at)
{
    while (at < text.n && is_blank(text, at))
        at += (unsigned char)text.p[at] == 0xE3 ? 3 : (unsigned char)text.p[at] == 0xC2 ? 2 : 1;
    return at;
}

static Str without_blanks_behind(Str text)
{
    for (;;) {
        size_t n = text.n;
        for (size_t bytes = 1; bytes <= 3 && bytes <= n && text.n == n; bytes++)
            if (skip_blanks(text, n - bytes) == n) text.n = n - bytes;
        if (text.n == n) return text;
    }
}

/* A minus is one only where a word could begin, and before something. */
static bool starts_exclusion(Str text, size_t at)
{
    return text.p[at] == '-' && at + 1 < text.n && !is_blank(text, at + 1);
}

static bool next_piece(Parser *p, Piece *out)
{
    Str text = p->text;
    size_t at = skip_blanks(text, p->at);
    if (at >= text.n) return false;
    *out = (Piece){.excluded = starts_exclusion(text, at)};
    at += out->excluded;
    size_t quote = char_quote(text, at), from = at + quote;
    out->quoted = quote > 0;
    for (at = from; at < text.n && !char_quote(text, at) && (quote || !is_blank(text, at)); at++)
        continue;
    out->text = str_slice(text, from, at);
    p->at = at + (quote ? char_quote(text, at) : 0);
    return true;
}

/* ---- Words ----------------------------------------------------------------------------------- */

static QueryWord query_word(Parser *p, Str piece, const Word *word)
{
    QueryWord out = {.text = word->text, .source = str_slice(piece, word->from, word->to)};
    for (int i = 0; i < p->query->languages; i++) {
        Str stem = word->base.n ? stem_of(p->arena, p->query->language[i], word->base) : word->text;
        out.stems[i] = stem.n ? stem : word->text;
    }
    return out;
}

static void add_word(Parser *p, Piece piece, const Word *word)
{
    SearchQuery *q = p->query;
    bool small = false;
    for (int i = 0; i < q->languages && !piece.quoted; i++)
        small = small || stem_is_small(q->language[i], word->text);
    p->small_last = small;
    if (small && p->small_count < SEARCH_WORDS_MAX)
        p->small[p->small_count++] = query_word(p, piece.text, word);
    for (size_t i = 0; i < q->n && !small; i++) {
        if (!str_eq(q->words[i].text, word->text)) continue;
        /* Said twice: the newer place counts, for the beginning of a longer word. */
        memmove(q->words + i, q->words + i + 1, (q->n - i - 1) * sizeof *q->words);
        q->n--;
        break;
    }
    if (!small && q->n < SEARCH_WORDS_MAX) q->words[q->n++] = query_word(p, piece.text, word);
}

static void add_excluded(Parser *p, Piece piece)
{
    SearchQuery *q = p->query;
    WordReader *reader = words_begin(p->arena, piece.text, NULL);
    QueryPhrase phrase = {.n = 0};
    Word word, first;
    while (words_next(reader, &word)) {
        if (word.extra) continue;
        if (!phrase.n) first = word;
        if (phrase.n < SEARCH_PHRASE_WORDS_MAX) phrase.words[phrase.n++] = word.text;
    }
    if (phrase.n == 1 && q->excluded_count < SEARCH_EXCLUDED_MAX)
        q->excluded[q->excluded_count++] = query_word(p, piece.text, &first);
    if (phrase.n > 1 && q->excluded_phrase_count < SEARCH_EXCLUDED_MAX)
        q->excluded_phrases[q->excluded_phrase_count++] = phrase;
}

static void add_wanted(Parser *p, Piece piece)
{
    SearchQuery *q = p->query;
    WordReader *reader = words_begin(p->arena, piece.text, NULL);
    QueryPhrase phrase = {.n = 0};
    Word word;
    while (words_next(reader, &word)) {
        if (word.extra) continue;
        if (phrase.n < SEARCH_PHRASE_WORDS_MAX) phrase.words[phrase.n++] = word.text;
        add_word(p, piece, &word);
        q->prefix = !piece.quoted && !word.pair && !p->small_last &&
                    str_utf8_length(word.text) >= p->prefix_min;
    }
    if (piece.quoted && phrase.n > 1 && q->phrase_count < SEARCH_PHRASES_MAX)
        q->phrases[q->phrase_count++] = phrase;
}

static void set_code(Parser *p)
{
    SearchQuery *q = p->query;
    if (!p->plain) return;
    bool digit = false, blank = false;
    for (size_t i = 0; i < p->text.n; i++) {
        digit = digit || (p->text.p[i] >= '0' && p->text.p[i] <= '9');
        blank = blank || is_blank(p->text, i);
    }
    Str code = words_code(p->arena, p->text);
    if (code.n < SEARCH_CODE_MIN || (blank && !digit)) return;
    q->code = code;
    q->code_prefix = digit && code.n >= SEARCH_CODE_PREFIX_MIN;
}

/* Small words count when nothing else was said. */
static void settle_small_words(Parser *p)
{
    SearchQuery *q = p->query;
    if (q->n) return;
    memcpy(q->words, p->small, p->small_count * sizeof *p->small);
    q->n = p->small_count;
}

/* The first bytes of a question that is too long, up to a character's end. */
static Str bounded(Str q)
{
    if (q.n <= SEARCH_QUERY_MAX) return q;
    size_t n = SEARCH_QUERY_MAX;
    while (n && ((unsigned char)q.p[n] & 0xC0) == 0x80) n--;
    return str_slice(q, 0, n);
}

Str query_locale(Arena *arena, Str locale)
{
    if (locale.n > SEARCH_LOCALE_MAX) return S("");
    Str lower = str_lower(arena, locale);
    for (size_t i = 0; i < lower.n; i++) {
        char c = lower.p[i];
        if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-') return S("");
    }
    return lower;
}

const SearchQuery *query_parse(Arena *arena, Str q, Str locale, size_t prefix_min)
{
    SearchQuery *query = NEW(arena, SearchQuery);
    query->locale = query_locale(arena, locale);
    query->languages = query->locale.n ? 2 : 1;
    query->language[QUERY_OWN] = stem_language(S(""));
    query->language[QUERY_TRANSLATION] = stem_language(query->locale);
    Parser *p = NEW(arena, Parser);
    *p = (Parser){.arena = arena, .text = bounded(str_copy(arena, q)), .query = query};
    p->plain = true;
    p->prefix_min = prefix_min;
    Str text = p->text;
    p->text = without_blanks_behind(text);
    for (Piece piece; next_piece(p, &piece);) {
        if (piece.quoted || piece.excluded) p->plain = false;
        if (piece.excluded)
            add_excluded(p, piece);
        else
            add_wanted(p, piece);
    }
    if (text.n > p->text.n) query->prefix = false;
    settle_small_words(p);
    set_code(p);
    query->text = str_slice(p->text, skip_blanks(p->text, 0), p->text.n);
    return query;
}

const SearchQuery *search_parse(Arena *arena, Str q, Str locale)
{
    return query_parse(arena, q, locale, SEARCH_PREFIX_MIN);
}

bool search_is_empty(const SearchQuery *query)
{
    return !query->n && !query->code.n;
}
