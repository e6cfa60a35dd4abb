/* The functions of search.h: what goes into the index, and the steps of a question.
 *
 * An object is put with all its languages at once, because then it is one row: one hit without
 * duplicates, one exclusion that excludes it, and FTS5's rowid can be its id, so that no set of hits
 * has to be translated. Publishing puts again whatever was touched, mostly with the same texts; the
 * digest of what was given finds that out before a single word is made. */
#include "platform/search/search.h"

#include "base/buf.h"
#include "base/hash.h"
#include "platform/cache/cache.h"
#include "platform/search/engine.h"
#include "platform/search/markdown.h"
#include "platform/search/mend.h"
#include "platform/search/vocabulary.h"

#include <assert.h>

extern const char search_0001_search[];

/* Counted up when the same text gives other words than before: then nothing is "there already". */
enum { WORDS_VERSION = 2 };

static const Engine *engine_of(const Ctx *cx)
{
    return db_dialect(cx) == DB_SQLITE ? &engine_sqlite : &engine_postgres;
}

void search_set_language(Str language)
{
    stem_set_own(language);
}

/* ---- Putting in ------------------------------------------------------------------------------ */

static bool kind_fits(const char *kind)
{
    for (const char *p = kind; *p; p++)
        if ((*p < 'a' || *p > 'z') && *p != '_') return false;
    return *kind != 0;
}

typedef struct Gathering {
    Arena *arena;
    const char *language;
    EntryText *text;
} Gathering;

static void add_word(Arena *arena, EntryWords *words, EntryWord word)
{
    enum { FIRST = 16 };
    size_t n = words->n;
    if (!n || (n >= FIRST && !(n & (n - 1))))
        words->items = arena_grow(arena, words->items, n * sizeof word,
                                  (n ? n * 2 : FIRST) * sizeof word, alignof(EntryWord));
    words->items[words->n++] = word;
}

/* The words of one text into the first place that has room. */
static void gather(Gathering *g, Str text, EntryWords *into, size_t max)
{
    WordReader *reader = words_begin(g->arena, text, g->language);
    Word word;
    bool begins = true;
    while (words_next(reader, &word)) {
        EntryWords *place = into->n < max ? into : &g->text->body;
        if (place == &g->text->body && place->n >= SEARCH_BODY_WORDS_MAX) return;
        add_word(g->arena, place, (EntryWord){word.text, word.stem, word.extra, begins});
        begins = false;
    }
}

static EntryText entry_text(Arena *arena, const SearchText *text)
{
    EntryText out = {.locale = query_locale(arena, text->locale)};
    Gathering g = {arena, stem_language(text->locale), &out};
    gather(&g, text->title, &out.title, SEARCH_TITLE_WORDS_MAX);
    for (size_t i = 0; i < text->tags.n; i++)
        gather(&g, text->tags.items[i], &out.tags, SEARCH_TAG_WORDS_MAX);
    gather(&g, markdown_text(arena, text->body), &out.body, SEARCH_BODY_WORDS_MAX);
    return out;
}

static StrList entry_codes(Arena *arena, StrList codes)
{
    size_t n = codes.n < SEARCH_CODES_MAX ? codes.n : SEARCH_CODES_MAX;
    StrList out = {NEW_N(arena, Str, n), 0};
    for (size_t i = 0; i < n; i++) {
        Str code = words_code(arena, codes.items[i]);
        if (code.n) out.items[out.n++] = code;
    }
    return out;
}

/* Everything that was given, as bytes. */
static int64_t digest_of(Arena *arena, SearchTextList texts, StrList codes)
{
    Buf all = buf_new(arena, SIZE_MAX);
    const char *language = stem_language(S(""));
    buf_format(&all, "%d %s", WORDS_VERSION, language ? language : "");
    for (size_t i = 0; i < texts.n; i++) {
        const SearchText *text = &texts.items[i];
        const Str parts[] = {text->locale, text->title, text->body};
        for (size_t k = 0; k < 3; k++) {
            buf_char(&all, 1);
            buf_put(&all, parts[k]);
        }
        for (size_t k = 0; k < text->tags.n; k++) {
            buf_char(&all, 2);
            buf_put(&all, text->tags.items[k]);
        }
    }
    for (size_t i = 0; i < codes.n; i++) {
        buf_char(&all, 3);
        buf_put(&all, codes.items[i]);
    }
    return (int64_t)hash_fast(buf_str(&all));
}

static Str titles_of(Arena *arena, SearchTextList texts)
{
    Buf out = buf_new(arena, SIZE_MAX);
    for (size_t i = 0; i < texts.n; i++) {
        if (i) buf_char(&out, '\n');
        buf_put(&out, str_lower(arena, texts.items[i].locale));
        buf_char(&out, '\t');
        for (size_t k = 0; k < texts.items[i].title.n; k++) {
            char c = texts.items[i].title.p[k];
            buf_char(&out, c == '\n' ? ' ' : c);
        }
    }
    return buf_str(&out);
}

static void tell_of_words(void *id)
{
    cache_bump(SEARCH_WORDS_TAG, *(const Id *)id);
}

/* To be called by who changes an object's words: no list in memory holds any more. */
static void words_changed(Ctx *cx, Id id)
{
    ctx_after_commit(cx, tell_of_words, arena_copy(cx->arena, &id, sizeof id));
}

static void put_words(Ctx *cx, const Engine *engine, Entry *entry, SearchTextList texts,
                      StrList codes)
{
    entry->texts = NEW_N(cx->arena, EntryText, texts.n);
    entry->text_count = texts.n;
    for (size_t i = 0; i < texts.n; i++) entry->texts[i] = entry_text(cx->arena, &texts.items[i]);
    entry->codes = entry_codes(cx->arena, codes);
    engine->put(cx, entry);
    vocabulary_add(cx, entry);
    words_changed(cx, entry->id);
}

void search_put(Ctx *cx, const char *kind, Id id, SearchTextList texts, StrList codes)
{
    assert(kind_fits(kind) && id.n > 0);
    if (texts.n > SEARCH_TEXTS_MAX) texts.n = SEARCH_TEXTS_MAX;
    const Engine *engine = engine_of(cx);
    Entry entry = {.kind = kind,
                   .id = id,
                   .digest = digest_of(cx->arena, texts, codes),
                   .titles = titles_of(cx->arena, texts)};
    if (engine->claim(cx, &entry)) put_words(cx, engine, &entry, texts, codes);
}

void search_remove(Ctx *cx, const char *kind, Id id)
{
    assert(kind_fits(kind));
    engine_of(cx)->remove(cx, kind, id);
    words_changed(cx, id);
}

/* ---- Asking ---------------------------------------------------------------------------------- */

static SearchHits scored(Arena *arena, const SearchQuery *query, const HitList *found)
{
    SearchHits hits = {.ids = NEW_N(arena, Id, found->n),
                       .scores = NEW_N(arena, int32_t, found->n),
                       .n = found->n,
                       .query = query};
    for (size_t i = 0; i < found->n; i++) {
        hits.ids[i] = (Id){found->items[i].id};
        hits.scores[i] = rank_score(query, found->items[i].mask);
    }
    return hits;
}

SearchHits search_run(Ctx *cx, const char *kind, const SearchQuery *query)
{
    assert(kind_fits(kind));
    if (search_is_empty(query)) return (SearchHits){.query = query};
    const Engine *engine = engine_of(cx);
    HitList found = find_hits(cx, engine, kind, query);
    const SearchQuery *mended = NULL;
    if (!found.n && query->n && !db_failure(cx))
        mended = mend_query(cx, engine, kind, query, &found);
    SearchHits hits = scored(cx->arena, mended ? mended : query, &found);
    if (mended) hits.corrected = mended->text;
    return hits;
}

StrList search_suggest(Ctx *cx, const char *kind, Str locale, Str typed, size_t limit)
{
    assert(kind_fits(kind));
    const SearchQuery *query = query_parse(cx->arena, typed, locale, 1);
    if (!query->n || !limit) return (StrList){0};
    if (limit > SEARCH_SUGGEST_MAX) limit = SEARCH_SUGGEST_MAX;
    const Engine *engine = engine_of(cx);
    HitList found = find_hits(cx, engine, kind, query);
    if (found.n || db_failure(cx)) return suggest_ways(cx, query, &found, limit);
    const SearchQuery *mended = mend_query(cx, engine, kind, query, &found);
    if (!mended) return (StrList){0};
    StrList list = {NEW_N(cx->arena, Str, limit), 1};
    list.items[0] = mended->text;
    StrList more = suggest_ways(cx, mended, &found, limit - 1);
    for (size_t i = 0; i < more.n; i++) list.items[list.n++] = more.items[i];
    return list;
}

static const Migration migrations[] = {
    {.module = "search", .number = 1, .name = "search", .sql = search_0001_search}};

const Module search_module = {
    .name = "search",
    .doc = "Full-text search over objects of any kind.",
    MODULE_ROWS(migrations, migration),
};
