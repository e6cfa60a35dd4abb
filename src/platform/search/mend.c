/* Mending the spelling of a question that found nothing as it was written.
 *
 * First: which of its words does nothing have? Each of them is looked up among all words of the
 * vocabulary that are a slip or two away, written as one with its neighbour ("book shelf"), or taken
 * apart ("desklamp"). Of the candidates the nearest wins, and among equals the one that most objects
 * have, counted by the index itself: a frequency kept beside the vocabulary would be a row that
 * every writer changes. A word that cannot be mended is left out, as long as another one stays.
 *
 * When something has each word, but nothing has all, it is not the spelling, and the answer is that
 * there is nothing. */
#include "platform/search/mend.h"

#include "base/buf.h"
#include "platform/search/vocabulary.h"

enum {
    CANDIDATES = 12,  /* of one word, for which the index is asked */
    ONE_SLIP_MIN = 4, /* letters: a shorter word has more neighbours than meaning */
    TWO_SLIPS_MIN = 8,
    PART_MIN = 3, /* letters of each of the two that a word is taken apart into */
};

typedef struct Mending {
    Ctx *cx;
    const Engine *engine;
    const char *kind;
    const SearchQuery *query;
    Str words[SEARCH_WORDS_MAX]; /* what stands for each of the question's; empty: left out */
} Mending;

/* ---- What could be meant --------------------------------------------------------------------- */

/* How many objects have all the words, and none of the last one's beginnings. */
static int64_t objects_with(const Mending *m)
{
    StrList list = {(Str *)(uintptr_t)m->words, m->query->n};
    Str text = str_format(m->cx->arena, "%.*s ", STR_ARG(str_join(m->cx->arena, list, S(" "))));
    const SearchQuery *asked = search_parse(m->cx->arena, text, m->query->locale);
    return asked->n ? find_count(m->cx, m->engine, m->kind, asked) : 0;
}

/* The same when word i were `word`. */
static int64_t objects_if(Mending *m, size_t i, Str word)
{
    Str before = m->words[i];
    m->words[i] = word;
    int64_t count = objects_with(m);
    m->words[i] = before;
    return count;
}

static int slips_allowed(Str word)
{
    size_t letters = str_utf8_length(word);
    if (letters < ONE_SLIP_MIN) return 0;
    return letters < TWO_SLIPS_MIN ? 1 : 2;
}

/* The most frequent of the words that are exactly so many slips away; empty when there is none. */
static Str best_at(Mending *m, size_t i, const CandidateList *near, int distance)
{
    Str best = S("");
    int64_t most = 0;
    for (size_t k = 0; k < near->n; k++) {
        if (near->items[k].distance != distance) continue;
        int64_t count = objects_if(m, i, near->items[k].word);
        if (count <= most) continue;
        most = count;
        best = near->items[k].word;
    }
    return best;
}

/* "desklamp": "desk lamp". */
static Str taken_apart(Mending *m, size_t i, Str word)
{
    Str best = S("");
    int64_t most = 0;
    for (size_t at = PART_MIN; at + PART_MIN <= word.n; at++) {
        Str left = str_slice(word, 0, at), right = str_slice(word, at, word.n);
        if (!vocabulary_has(m->cx, m->kind, left) || !vocabulary_has(m->cx, m->kind, right))
            continue;
        Str both = str_format(m->cx->arena, "%.*s %.*s", STR_ARG(left), STR_ARG(right));
        int64_t count = objects_if(m, i, both);
        if (count <= most) continue;
        most = count;
        best = both;
    }
    return best;
}

/* "book shelf": "bookshelf", with the word before or the one behind. */
static bool joined(Mending *m, size_t left)
{
    const QueryWord *words = m->query->words;
    if (left + 1 >= m->query->n) return false;
    Str one = str_format(m->cx->arena, "%.*s%.*s", STR_ARG(words[left].text),
                         STR_ARG(words[left + 1].text));
    if (!vocabulary_has(m->cx, m->kind, one)) return false;
    Str before[2] = {m->words[left], m->words[left + 1]};
    m->words[left] = one;
    m->words[left + 1] = S("");
    if (objects_with(m) > 0) return true;
    m->words[left] = before[0];
    m->words[left + 1] = before[1];
    return false;
}

static Str mended(Mending *m, size_t i)
{
    Str word = m->query->words[i].text;
    int slips = slips_allowed(word);
    CandidateList near = {0};
    if (slips) near = vocabulary_near(m->cx, m->kind, word, slips, CANDIDATES);
    Str best = best_at(m, i, &near, 1);
    if (!best.n) best = taken_apart(m, i, word);
    if (!best.n) best = best_at(m, i, &near, 2);
    return best;
}

/* ---- The question ---------------------------------------------------------------------------- */

/* Words that nothing has; those that something has stand in m->words. */
static size_t find_unknown(Mending *m, bool *unknown)
{
    const SearchQuery *q = m->query;
    size_t n = 0;
    for (size_t i = 0; i < q->n; i++) {
        SearchQuery one = *q;
        one.words[0] = q->words[i];
        one.n = 1;
        one.prefix = q->prefix && i + 1 == q->n;
        one.phrase_count = one.excluded_count = one.excluded_phrase_count = 0;
        unknown[i] = find_count(m->cx, m->engine, m->kind, &one) == 0;
        m->words[i] = unknown[i] ? S("") : q->words[i].text;
        n += unknown[i];
    }
    return n;
}

static bool mend_words(Mending *m, const bool *unknown)
{
    size_t n = m->query->n;
    bool any = false;
    for (size_t i = 0; i < n; i++) {
        if (!unknown[i] || m->words[i].n) continue;
        bool beside = (i && unknown[i - 1] && !m->words[i - 1].n) || i + 1 < n;
        if (beside && joined(m, i)) continue;
        if (i && joined(m, i - 1)) continue;
        m->words[i] = mended(m, i);
    }
    for (size_t i = 0; i < n; i++) any = any || m->words[i].n;
    return any;
}

/* The question's text with the new words in their places. */
static Str new_text(const Mending *m)
{
    const SearchQuery *q = m->query;
    Buf out = buf_new(m->cx->arena, SEARCH_QUERY_MAX * 4);
    const char *at = q->text.p, *end = q->text.p + q->text.n;
    for (size_t i = 0; i < q->n; i++) {
        Str source = q->words[i].source;
        if (source.p < at) continue;
        buf_bytes(&out, at, (size_t)(source.p - at));
        buf_put(&out, str_eq(m->words[i], q->words[i].text) ? source : m->words[i]);
        at = source.p + source.n;
    }
    buf_bytes(&out, at, (size_t)(end - at));
    size_t n = 0;
    for (size_t i = 0; i < out.n; i++)
        if (out.p[i] != ' ' || (n && out.p[n - 1] != ' ')) out.p[n++] = out.p[i];
    return str_trim((Str){out.p, n});
}

const SearchQuery *mend_query(Ctx *cx, const Engine *engine, const char *kind,
                              const SearchQuery *query, HitList *hits)
{
    Mending m = {.cx = cx, .engine = engine, .kind = kind, .query = query};
    bool unknown[SEARCH_WORDS_MAX];
    size_t count = find_unknown(&m, unknown);
    bool changed = false;
    if (count && count <= SEARCH_MENDED_WORDS_MAX) changed = mend_words(&m, unknown);
    for (size_t i = 0; i + 1 < query->n && !count && !changed; i++) changed = joined(&m, i);
    if (!changed || db_failure(cx)) return NULL;
    const SearchQuery *mended = search_parse(cx->arena, new_text(&m), query->locale);
    *hits = find_hits(cx, engine, kind, mended);
    return hits->n ? mended : NULL;
}
