/* Finding: from a question to hits, by the lists of its terms.
 *
 * Each word is the union of what is written like it, what has its stem, and what is its stem, in each
 * language; the hits are those that all words have in common. Lists come from memory
 * (term_lists.h) or from the engine.
 *
 * Where the lists of a question's words cost much more than the question itself (PostgreSQL reads a
 * row for each object of a list), it is asked whole until all its lists are in memory; and of those
 * that were wanted before, some are read with each question. So a word that is asked again becomes
 * cheap, a word that nobody asks again costs nothing, and when words change all the time, nothing is
 * read in vain. */
#include "platform/search/engine.h"
#include "platform/search/term_lists.h"

#include "base/buf.h"

enum {
    KEY_MAX = 4096,   /* twelve words of a phrase, the locale, the kind */
    READ_MAX = 10000, /* hits of lists that are read beside a question: a few milliseconds, but that
                          the last of them may have more */
    READ_EACH = 1000, /* of which each list takes so many, however short it is: a round trip */
};

typedef struct Finding {
    Ctx *cx;
    const Engine *engine;
    const char *kind;
    const SearchQuery *query;
    TermMoment now;
    int64_t may_read; /* hits of lists, from the engine; above zero: one more list */
    bool missing;     /* a list was not there */
    const TermList **held;
    size_t held_count, held_room;
} Finding;

static Finding finding_begin(Ctx *cx, const Engine *engine, const char *kind,
                             const SearchQuery *query, int64_t may_read)
{
    Finding f = {.cx = cx, .engine = engine, .kind = kind, .query = query, .may_read = may_read};
    f.now.moment = db_moment(cx);
    f.now.slots[f.now.slot_count++] = tag_slot(SEARCH_WORDS_TAG, (Id){0});
    /* Other processes tell of the object only. */
    if (db_dialect(cx) != DB_SQLITE) f.now.slots[f.now.slot_count++] = tag_slot(kind, (Id){0});
    return f;
}

static void finding_end(Finding *f)
{
    for (size_t i = 0; i < f->held_count; i++) term_list_release(f->held[i]);
}

/* ---- Lists ----------------------------------------------------------------------------------- */

static Str key_of(const Finding *f, const Term *term)
{
    Buf key = buf_new(f->cx->arena, KEY_MAX);
    buf_format(&key, "%llu %s/%.*s%c", (unsigned long long)db_serial(f->cx), f->kind,
               STR_ARG(term->locale), (char)term->mark);
    for (size_t i = 0; i < term->n; i++) {
        if (i) buf_char(&key, ' ');
        buf_put(&key, term->words[i]);
    }
    return buf_str(&key);
}

static const TermList *hold(Finding *f, const TermList *list)
{
    enum { FIRST = 16 };
    if (f->held_count == f->held_room) {
        size_t room = f->held_room ? f->held_room * 2 : FIRST;
        f->held = arena_grow(f->cx->arena, f->held, f->held_room * sizeof(TermList *),
                             room * sizeof(TermList *), alignof(TermList *));
        f->held_room = room;
    }
    return f->held[f->held_count++] = list;
}

/* Until finding_end. Nothing, when it is neither in memory nor to be read now. */
static const TermList *list_of(Finding *f, const Term *term)
{
    static const TermList none = {0};
    Str key = key_of(f, term);
    const TermList *list = term_lists_get(key, &f->now);
    if (list) return hold(f, list);
    bool wanted = !f->engine->find || term_lists_wanted(key, &f->now);
    if (!wanted || f->may_read <= 0) {
        f->missing = true;
        return &none;
    }
    HitList hits = f->engine->list(f->cx, f->kind, term);
    if (db_failure(f->cx)) return &none;
    f->may_read -= READ_EACH + (int64_t)hits.n;
    return hold(f, term_lists_add(key, &f->now, &hits));
}

static Term term_of(const Finding *f, TermMark mark, int language, const Str *words, size_t n)
{
    Str locale = language == QUERY_TRANSLATION ? f->query->locale : S("");
    return (Term){mark, locale, words, n};
}

static const TermList *list_of_words(Finding *f, TermMark mark, int language, const Str *words,
                                     size_t n)
{
    Term term = term_of(f, mark, language, words, n);
    return list_of(f, &term);
}

/* ---- Words ----------------------------------------------------------------------------------- */

/* What each place says when it is word i that stands there. */
static void masks_of(const Finding *f, size_t i, bool written, uint64_t masks[static TERM_PLACES])
{
    for (unsigned place = 0; place < TERM_PLACES; place++) {
        uint64_t own = place & (TERM_TAG | TERM_TITLE);
        if (place & TERM_TITLE && written) own |= PLACE_WRITTEN;
        masks[place] = MASK_WORDS | MASK_PLACE(i, own);
        if (place & TERM_FIRST && i == 0) masks[place] |= MASK_FIRST;
        if (place & TERM_LAST && i + 1 == f->query->n) masks[place] |= MASK_LAST;
    }
}

static void add_list(Finding *f, HitList *hits, size_t i, bool written, const TermList *list)
{
    if (!list->n) return;
    uint64_t masks[TERM_PLACES];
    masks_of(f, i, written, masks);
    HitList own = {NEW_N(f->cx->arena, Hit, list->n), list->n};
    for (size_t k = 0; k < list->n; k++)
        own.items[k] = (Hit){list->ids[k], masks[list->places[k] % TERM_PLACES]};
    hits_join(f->cx->arena, hits, own);
}

static void add_word(Finding *f, HitList *hits, size_t i, const QueryWord *word)
{
    for (int k = 0; k < f->query->languages; k++) {
        bool own_stem = !str_eq(word->stems[k], word->text);
        add_list(f, hits, i, true, list_of_words(f, TERM_WRITTEN, k, &word->text, 1));
        add_list(f, hits, i, false, list_of_words(f, TERM_STEM, k, &word->stems[k], 1));
        if (own_stem)
            add_list(f, hits, i, false, list_of_words(f, TERM_WRITTEN, k, &word->stems[k], 1));
    }
}

/* All objects that have word i, with its places. */
static HitList hits_of_word(Finding *f, size_t i)
{
    const QueryWord *word = &f->query->words[i];
    HitList hits = {0};
    add_word(f, &hits, i, word);
    bool goes_on = f->query->prefix && i + 1 == f->query->n;
    for (int k = 0; goes_on && k < f->query->languages; k++)
        add_list(f, &hits, i, false, list_of_words(f, TERM_PREFIX, k, &word->text, 1));
    return hits;
}

/* ---- The question ---------------------------------------------------------------------------- */

/* The objects that have the phrase in any language. */
static HitList hits_of_phrase(Finding *f, const QueryPhrase *phrase)
{
    HitList hits = {0};
    for (int k = 0; k < f->query->languages; k++)
        add_list(f, &hits, 0, false, list_of_words(f, TERM_PHRASE, k, phrase->words, phrase->n));
    return hits;
}

static HitList hits_of_excluded(Finding *f, const QueryWord *word)
{
    HitList hits = {0};
    add_word(f, &hits, 0, word);
    return hits;
}

static void keep(Finding *f, HitList *hits, const HitList *others, bool inside)
{
    int64_t *ids = NEW_N(f->cx->arena, int64_t, others->n);
    for (size_t i = 0; i < others->n; i++) ids[i] = others->items[i].id;
    hits_keep(hits, ids, others->n, inside);
}

static void drop_excluded(Finding *f, HitList *hits)
{
    const SearchQuery *q = f->query;
    for (size_t i = 0; i < q->excluded_count; i++) {
        HitList others = hits_of_excluded(f, &q->excluded[i]);
        keep(f, hits, &others, false);
    }
    for (size_t i = 0; i < q->excluded_phrase_count; i++) {
        HitList others = hits_of_phrase(f, &q->excluded_phrases[i]);
        keep(f, hits, &others, false);
    }
}

static void mark_pairs(Finding *f, HitList *hits)
{
    const QueryWord *words = f->query->words;
    for (size_t i = 0; i + 1 < f->query->n; i++)
        for (int k = 0; k < f->query->languages; k++) {
            Str stems[2] = {words[i].stems[k], words[i + 1].stems[k]};
            const TermList *list = list_of_words(f, TERM_PAIR, k, stems, 2);
            hits_mark(hits, list->ids, list->n, MASK_PAIR(i));
        }
}

/* Those that have all words, wherever they stand. */
static HitList hits_of_words(Finding *f)
{
    HitList hits = {0};
    for (size_t i = 0; i < f->query->n && (i == 0 || hits.n || f->missing); i++) {
        HitList others = hits_of_word(f, i);
        if (i == 0)
            hits = others;
        else
            hits_meet(&hits, &others);
    }
    return hits;
}

static void add_codes(Finding *f, HitList *hits, TermMark mark, uint64_t mask)
{
    Term term = {mark, S(""), &f->query->code, 1};
    const TermList *list = list_of(f, &term);
    HitList own = {NEW_N(f->cx->arena, Hit, list->n), list->n};
    for (size_t i = 0; i < list->n; i++) own.items[i] = (Hit){list->ids[i], mask};
    hits_join(f->cx->arena, hits, own);
}

static HitList find_all(Finding *f)
{
    const SearchQuery *q = f->query;
    HitList hits = hits_of_words(f);
    for (size_t i = 0; i < q->phrase_count && (hits.n || f->missing); i++) {
        HitList others = hits_of_phrase(f, &q->phrases[i]);
        keep(f, &hits, &others, true);
    }
    if (hits.n || f->missing) drop_excluded(f, &hits);
    if (hits.n || f->missing) mark_pairs(f, &hits);
    if (q->code.n) add_codes(f, &hits, TERM_CODE, MASK_CODE);
    if (q->code_prefix) add_codes(f, &hits, TERM_CODE_PREFIX, MASK_CODE_PREFIX);
    return hits;
}

HitList find_hits(Ctx *cx, const Engine *engine, const char *kind, const SearchQuery *query)
{
    Finding f = finding_begin(cx, engine, kind, query, engine->find ? READ_MAX : INT64_MAX);
    HitList hits = find_all(&f);
    finding_end(&f);
    return f.missing ? engine->find(cx, kind, query) : hits;
}

int64_t find_count(Ctx *cx, const Engine *engine, const char *kind, const SearchQuery *query)
{
    Finding f = finding_begin(cx, engine, kind, query, 0);
    HitList hits = hits_of_words(&f);
    finding_end(&f);
    if (f.missing) return engine->count(cx, kind, query);
    return hits.n < COUNT_MAX ? (int64_t)hits.n : COUNT_MAX;
}
