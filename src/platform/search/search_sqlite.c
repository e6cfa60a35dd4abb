/* The index on SQLite: one FTS5 table without content, a row an object.
 *
 * FTS5 walks a word's postings at 40 ns each, but takes 200 ns for a row at which it is to look
 * closer (an auxiliary function, bm25, a column's content). So nothing is looked at: where a word
 * stands is part of the indexed word, and each question is taken apart into sets of ids that come
 * from the postings alone, in their order, to be merged here. And a word is in one set only, by the
 * best of its places, so that a set of 30,000 is read once.
 *
 *     product/.g:lamp     an object with the tag "lamp" (or the description, b; or the title: o when it
 *                         is all of it, f when it is the first word, l the last, t another)
 *     product/de.t~lamp   … a word whose stem is lamp and which is written otherwise, in German
 *     product/de_desk_lamp  stems that stand beside each other in the title
 *     product/#dl0001     a code
 *     product/de:lamp     all words as written in the order of the text: FTS5's own phrases find
 *                         what was quoted
 *
 * The words arrive ready, parted by blanks, so FTS5's plain `ascii` tokenizer is enough, and any
 * SQLite can open the file. */
#include "platform/search/engine.h"

#include "base/buf.h"
#include "base/hash.h"

/* A description of the most words there may be, three indexed words for each. */
#define ENTRY_TEXT_MAX ((size_t)8 << 20)

/* ---- Putting in ------------------------------------------------------------------------------ */

typedef struct Writer {
    Arena *arena;
    Buf out;
    const char *kind;
    Str locale;
    Str *seen; /* what is in a set already: its mark and the word; open addressing */
    size_t capacity;
} Writer;

/* " product/de" */
static void put_key(Writer *w)
{
    if (w->out.n) buf_char(&w->out, ' ');
    buf_put(&w->out, str_from(w->kind));
    buf_char(&w->out, '/');
    buf_put(&w->out, w->locale);
}

static void put_word(Writer *w, char mark, Str word)
{
    put_key(w);
    buf_char(&w->out, mark);
    buf_put(&w->out, word);
}

/* The words that have a place, in their order. Nothing reaches from one tag, or from one field, into
 * the next. */
static void put_order(Writer *w, const EntryWords *words)
{
    for (size_t i = 0; i < words->n; i++) {
        const EntryWord *word = &words->items[i];
        if (word->extra) continue;
        if (word->begins && i) buf_lit(&w->out, " |");
        put_word(w, ':', word->text);
    }
    buf_lit(&w->out, " |");
}

static void begin_sets(Writer *w, const EntryText *text)
{
    size_t most = 2 * (text->title.n + text->tags.n + text->body.n);
    for (w->capacity = 16; w->capacity < most * 2;) w->capacity *= 2;
    w->seen = NEW_N(w->arena, Str, w->capacity);
}

/* Puts the word into the set of its place, unless it is in that of a better one. */
static void put_in_set(Writer *w, char place, char mark, Str word)
{
    size_t begin = w->out.n;
    put_key(w);
    buf_char(&w->out, '.');
    buf_char(&w->out, place);
    size_t at = w->out.n;
    buf_char(&w->out, mark);
    buf_put(&w->out, word);
    if (w->out.full) return;
    Str own = {w->out.p + at, w->out.n - at};
    size_t slot = (size_t)hash_fast(own) & (w->capacity - 1);
    while (w->seen[slot].n && !str_eq(w->seen[slot], own)) slot = (slot + 1) & (w->capacity - 1);
    if (w->seen[slot].n)
        w->out.n = begin;
    else
        w->seen[slot] = str_copy(w->arena, own);
}

static bool has_own_stem(const EntryWord *word)
{
    return !str_eq(word->stem, word->text);
}

static void put_sets(Writer *w, char place, const EntryWords *words)
{
    for (size_t i = 0; i < words->n; i++) {
        put_in_set(w, place, ':', words->items[i].text);
        if (has_own_stem(&words->items[i])) put_in_set(w, place, '~', words->items[i].stem);
    }
}

static char title_place(bool first, bool last)
{
    if (first && last) return 'o';
    return first ? 'f' : last ? 'l' : 't';
}

static void put_title_sets(Writer *w, const EntryWords *title)
{
    const EntryWord none = {.text = S("")}, *first = &none, *last = &none;
    for (size_t i = 0; i < title->n; i++) {
        if (title->items[i].extra) continue;
        if (first == &none) first = &title->items[i];
        last = &title->items[i];
    }
    for (size_t i = 0; i < title->n; i++) {
        const EntryWord *word = &title->items[i];
        bool is_first = str_eq(word->text, first->text), is_last = str_eq(word->text, last->text);
        put_in_set(w, title_place(is_first, is_last), ':', word->text);
        if (!has_own_stem(word)) continue;
        is_first = has_own_stem(first) && str_eq(word->stem, first->stem);
        is_last = has_own_stem(last) && str_eq(word->stem, last->stem);
        put_in_set(w, title_place(is_first, is_last), '~', word->stem);
    }
}

static void put_pairs(Writer *w, const EntryWords *title)
{
    Str left = S("");
    for (size_t i = 0; i < title->n; i++) {
        if (title->items[i].extra) continue;
        if (left.n) {
            put_word(w, '_', left);
            buf_char(&w->out, '_');
            buf_put(&w->out, title->items[i].stem);
        }
        left = title->items[i].stem;
    }
}

static Str entry_words(Arena *arena, const Entry *entry)
{
    Writer w = {.arena = arena, .out = buf_new(arena, ENTRY_TEXT_MAX), .kind = entry->kind};
    for (size_t i = 0; i < entry->text_count; i++) {
        const EntryText *text = &entry->texts[i];
        w.locale = text->locale;
        put_order(&w, &text->title);
        put_order(&w, &text->tags);
        put_order(&w, &text->body);
        begin_sets(&w, text);
        put_title_sets(&w, &text->title);
        put_sets(&w, 'g', &text->tags);
        put_sets(&w, 'b', &text->body);
        put_pairs(&w, &text->title);
    }
    w.locale = S("");
    for (size_t i = 0; i < entry->codes.n; i++) put_word(&w, '#', entry->codes.items[i]);
    return buf_str(&w.out);
}

static bool sqlite_claim(Ctx *cx, const Entry *entry)
{
    return db_exec(cx,
                   "insert into search_objects (id, kind, digest, titles) values ($1, $2, $3, $4) "
                   "on conflict (id) do update set kind = excluded.kind, "
                   "digest = excluded.digest, titles = excluded.titles "
                   "where search_objects.digest <> excluded.digest",
                   entry->id, str_from(entry->kind), entry->digest, entry->titles) > 0;
}

static void sqlite_put(Ctx *cx, const Entry *entry)
{
    db_exec(cx, "insert or replace into search_words (rowid, words) values ($1, $2)", entry->id,
            entry_words(cx->arena, entry));
}

static void sqlite_remove(Ctx *cx, const char *kind, Id id)
{
    if (db_exec(cx, "delete from search_objects where id = $1 and kind = $2", id, str_from(kind)))
        db_exec(cx, "delete from search_words where rowid = $1", id);
}

/* ---- Sets ------------------------------------------------------------------------------------ */

/* What FTS5 is asked for: alternatives, each of which is one indexed word, or several in a row. */
typedef struct Asking {
    Ctx *cx;
    const char *kind;
    Str locale;
    Buf match;
} Asking;

static void asking_begin(Asking *a)
{
    a->match = buf_new(a->cx->arena, ENTRY_TEXT_MAX);
}

static void ask_or(Asking *a)
{
    if (a->match.n) buf_lit(&a->match, " OR ");
}

static void ask_key(Asking *a)
{
    buf_put(&a->match, str_from(a->kind));
    buf_char(&a->match, '/');
    buf_put(&a->match, a->locale);
}

static void ask_in_set(Asking *a, char place, char mark, Str word)
{
    ask_or(a);
    buf_char(&a->match, '"');
    ask_key(a);
    buf_char(&a->match, '.');
    buf_char(&a->match, place);
    buf_char(&a->match, mark);
    buf_put(&a->match, word);
    buf_char(&a->match, '"');
}

static void ask_prefix(Asking *a, Str word)
{
    for (const char *place = "ofltg"; *place; place++) {
        ask_in_set(a, *place, ':', word);
        buf_lit(&a->match, " *");
    }
}

/* The words follow each other as "product/:oak product/:desk", or are one: "product/_oak_desk". */
static void ask_row(Asking *a, char mark, const Str *words, size_t n, bool in_one)
{
    ask_or(a);
    buf_char(&a->match, '"');
    for (size_t i = 0; i < n; i++) {
        if (i && !in_one) buf_char(&a->match, ' ');
        if (!i || !in_one) ask_key(a);
        buf_char(&a->match, mark);
        buf_put(&a->match, words[i]);
    }
    buf_char(&a->match, '"');
}

/* In the order of the ids. */
static IdList asking_end(Asking *a)
{
    return db_ids(a->cx,
                  "select rowid from search_words where search_words match $1 order by rowid",
                  buf_str(&a->match));
}

/* ---- Lists ----------------------------------------------------------------------------------- */

static HitList hits_at(Arena *arena, IdList ids, uint64_t place)
{
    HitList hits = {NEW_N(arena, Hit, ids.n), ids.n};
    for (size_t i = 0; i < ids.n; i++) hits.items[i] = (Hit){ids.items[i].n, place};
    return hits;
}

/* A word or a stem: one set for each of its places. */
static HitList list_places(Asking *a, const Term *term)
{
    static const struct {
        char place;
        uint64_t bits;
    } sets[] = {{'o', TERM_TITLE | TERM_FIRST | TERM_LAST},
                {'f', TERM_TITLE | TERM_FIRST},
                {'l', TERM_TITLE | TERM_LAST},
                {'t', TERM_TITLE},
                {'g', TERM_TAG},
                {'b', 0}};
    HitList hits = {0};
    for (size_t i = 0; i < ROWS(sets); i++) {
        asking_begin(a);
        ask_in_set(a, sets[i].place, (char)term->mark, term->words[0]);
        hits_join(a->cx->arena, &hits, hits_at(a->cx->arena, asking_end(a), sets[i].bits));
    }
    return hits;
}

static void ask_term(Asking *a, const Term *term)
{
    switch (term->mark) {
    case TERM_PREFIX:
        ask_prefix(a, term->words[0]);
        break;
    case TERM_PAIR:
        ask_row(a, '_', term->words, term->n, true);
        break;
    case TERM_PHRASE:
        ask_row(a, ':', term->words, term->n, false);
        break;
    case TERM_WRITTEN:
    case TERM_STEM:
    case TERM_CODE:
    case TERM_CODE_PREFIX:
        ask_row(a, '#', term->words, 1, true);
        if (term->mark == TERM_CODE_PREFIX) buf_lit(&a->match, " *");
        break;
    }
}

static HitList sqlite_list(Ctx *cx, const char *kind, const Term *term)
{
    Asking a = {.cx = cx, .kind = kind, .locale = term->locale};
    if (term->mark == TERM_WRITTEN || term->mark == TERM_STEM) return list_places(&a, term);
    asking_begin(&a);
    ask_term(&a, term);
    return hits_at(cx->arena, asking_end(&a), 0);
}

/* ---- Counting -------------------------------------------------------------------------------- */

/* The word as it is written, the words of its stem, and the stem itself as a word. */
static void ask_word(Asking *a, const QueryWord *word, Str stem)
{
    for (const char *place = "ofltgb"; *place; place++) {
        ask_in_set(a, *place, ':', word->text);
        ask_in_set(a, *place, '~', stem);
        if (!str_eq(stem, word->text)) ask_in_set(a, *place, ':', stem);
    }
}

static int64_t sqlite_count(Ctx *cx, const char *kind, const SearchQuery *query)
{
    Asking a = {.cx = cx, .kind = kind};
    Buf all = buf_new(cx->arena, ENTRY_TEXT_MAX);
    for (size_t i = 0; i < query->n; i++) {
        asking_begin(&a);
        for (int k = 0; k < query->languages; k++) {
            a.locale = k == QUERY_TRANSLATION ? query->locale : S("");
            ask_word(&a, &query->words[i], query->words[i].stems[k]);
            if (query->prefix && i + 1 == query->n) ask_prefix(&a, query->words[i].text);
        }
        if (i) buf_lit(&all, " AND ");
        buf_char(&all, '(');
        buf_put(&all, buf_str(&a.match));
        buf_char(&all, ')');
    }
    return db_int(cx, 0,
                  "select count(*) from (select 1 from search_words where search_words match $1 "
                  "limit $2)",
                  buf_str(&all), (int64_t)COUNT_MAX);
}

const Engine engine_sqlite = {.claim = sqlite_claim,
                              .put = sqlite_put,
                              .remove = sqlite_remove,
                              .list = sqlite_list,
                              .count = sqlite_count};
