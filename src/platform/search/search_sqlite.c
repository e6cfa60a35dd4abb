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
    const SearchQuery *query;
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

static void ask_key(Asking *a, int language)
{
    buf_put(&a->match, str_from(a->kind));
    buf_char(&a->match, '/');
    if (language == QUERY_TRANSLATION) buf_put(&a->match, a->query->locale);
}

static void ask_in_set(Asking *a, int language, char place, char mark, Str word)
{
    ask_or(a);
    buf_char(&a->match, '"');
    ask_key(a, language);
    buf_char(&a->match, '.');
    buf_char(&a->match, place);
    buf_char(&a->match, mark);
    buf_put(&a->match, word);
    buf_char(&a->match, '"');
}

/* The word as it is written. */
static void ask_written(Asking *a, const char *places, const QueryWord *word)
{
    for (int i = 0; i < a->query->languages; i++)
        for (const char *place = places; *place; place++) ask_in_set(a, i, *place, ':', word->text);
}

/* What else it fits: words of its stem, and the stem itself as a word. */
static void ask_stem(Asking *a, const char *places, const QueryWord *word)
{
    for (int i = 0; i < a->query->languages; i++)
        for (const char *place = places; *place; place++) {
            ask_in_set(a, i, *place, '~', word->stems[i]);
            if (!str_eq(word->stems[i], word->text)) ask_in_set(a, i, *place, ':', word->stems[i]);
        }
}

static void ask_prefix(Asking *a, const char *places, const QueryWord *word)
{
    for (int i = 0; i < a->query->languages; i++)
        for (const char *place = places; *place; place++) {
            ask_in_set(a, i, *place, ':', word->text);
            buf_lit(&a->match, " *");
        }
}

static void ask_phrase(Asking *a, const QueryPhrase *phrase)
{
    for (int i = 0; i < a->query->languages; i++) {
        ask_or(a);
        buf_char(&a->match, '"');
        for (size_t k = 0; k < phrase->n; k++) {
            if (k) buf_char(&a->match, ' ');
            ask_key(a, i);
            buf_char(&a->match, ':');
            buf_put(&a->match, phrase->words[k]);
        }
        buf_char(&a->match, '"');
    }
}

static void ask_pair(Asking *a, const QueryWord *left, const QueryWord *right)
{
    for (int i = 0; i < a->query->languages; i++) {
        ask_or(a);
        buf_char(&a->match, '"');
        ask_key(a, i);
        buf_char(&a->match, '_');
        buf_put(&a->match, left->stems[i]);
        buf_char(&a->match, '_');
        buf_put(&a->match, right->stems[i]);
        buf_char(&a->match, '"');
    }
}

static void ask_code(Asking *a, const char *rest)
{
    buf_char(&a->match, '"');
    ask_key(a, QUERY_OWN);
    buf_char(&a->match, '#');
    buf_put(&a->match, a->query->code);
    buf_char(&a->match, '"');
    buf_put(&a->match, str_from(rest));
}

/* In the order of the ids. */
static IdList asking_end(Asking *a)
{
    return db_ids(a->cx,
                  "select rowid from search_words where search_words match $1 order by rowid",
                  buf_str(&a->match));
}

/* ---- Merging --------------------------------------------------------------------------------- */

/* Adds the set to the hits; those of them that are there already take the bits too. */
static void hits_join(Arena *arena, HitList *hits, IdList ids, uint64_t mask)
{
    if (!ids.n) return;
    HitList all = {NEW_N(arena, Hit, hits->n + ids.n), 0};
    for (size_t i = 0, k = 0; i < hits->n || k < ids.n;) {
        bool old = k == ids.n || (i < hits->n && hits->items[i].id <= ids.items[k].n);
        Hit hit = old ? hits->items[i++] : (Hit){ids.items[k].n, 0};
        if (k < ids.n && hit.id == ids.items[k].n) {
            hit.mask |= mask;
            k++;
        }
        all.items[all.n++] = hit;
    }
    *hits = all;
}

/* Gives the bits to those hits that are in the set. */
static void hits_mark(HitList *hits, IdList ids, uint64_t mask)
{
    for (size_t i = 0, k = 0; i < hits->n && k < ids.n; i++) {
        while (k < ids.n && ids.items[k].n < hits->items[i].id) k++;
        if (k < ids.n && ids.items[k].n == hits->items[i].id) hits->items[i].mask |= mask;
    }
}

/* Keeps the hits that are in the set, or those that are not. */
static void hits_keep(HitList *hits, IdList ids, bool inside)
{
    size_t kept = 0;
    for (size_t i = 0, k = 0; i < hits->n; i++) {
        while (k < ids.n && ids.items[k].n < hits->items[i].id) k++;
        bool in = k < ids.n && ids.items[k].n == hits->items[i].id;
        if (in == inside) hits->items[kept++] = hits->items[i];
    }
    hits->n = kept;
}

/* Keeps the hits that are in both, with the bits of both. */
static void hits_meet(HitList *hits, const HitList *others)
{
    size_t kept = 0;
    for (size_t i = 0, k = 0; i < hits->n; i++) {
        while (k < others->n && others->items[k].id < hits->items[i].id) k++;
        if (k == others->n || others->items[k].id != hits->items[i].id) continue;
        hits->items[kept] = hits->items[i];
        hits->items[kept++].mask |= others->items[k].mask;
    }
    hits->n = kept;
}

/* ---- Finding --------------------------------------------------------------------------------- */

/* The places of a set, and what a hit from it knows. */
typedef struct PlaceSet {
    const char *places;
    uint64_t place, more;
} PlaceSet;

/* For the first of the question's words and for the last one it matters where in the title it
 * stands. */
static const PlaceSet first_sets[] = {
    {"fo", PLACE_TITLE, MASK_FIRST}, {"tl", PLACE_TITLE, 0}, {"g", PLACE_TAG, 0}, {"b", 0, 0}};
static const PlaceSet last_sets[] = {
    {"lo", PLACE_TITLE, MASK_LAST}, {"ft", PLACE_TITLE, 0}, {"g", PLACE_TAG, 0}, {"b", 0, 0}};
static const PlaceSet only_sets[] = {{"o", PLACE_TITLE, MASK_FIRST | MASK_LAST},
                                     {"f", PLACE_TITLE, MASK_FIRST},
                                     {"l", PLACE_TITLE, MASK_LAST},
                                     {"t", PLACE_TITLE, 0},
                                     {"g", PLACE_TAG, 0},
                                     {"b", 0, 0}};
static const PlaceSet other_sets[] = {{"oflt", PLACE_TITLE, 0}, {"g", PLACE_TAG, 0}, {"b", 0, 0}};

static const PlaceSet *sets_of(const SearchQuery *query, size_t i, size_t *count)
{
    bool first = i == 0, last = i + 1 == query->n;
    *count = first && last ? ROWS(only_sets) : first || last ? ROWS(first_sets) : ROWS(other_sets);
    if (first) return last ? only_sets : first_sets;
    return last ? last_sets : other_sets;
}

static void add_sets(Asking *a, size_t i, HitList *hits)
{
    const QueryWord *word = &a->query->words[i];
    size_t count;
    const PlaceSet *sets = sets_of(a->query, i, &count);
    for (size_t k = 0; k < count; k++) {
        uint64_t mask = MASK_WORDS | MASK_PLACE(i, sets[k].place) | sets[k].more;
        asking_begin(a);
        ask_written(a, sets[k].places, word);
        if (sets[k].place == PLACE_TITLE) {
            uint64_t written = mask | MASK_PLACE(i, PLACE_WRITTEN);
            hits_join(a->cx->arena, hits, asking_end(a), written);
            asking_begin(a);
        }
        ask_stem(a, sets[k].places, word);
        hits_join(a->cx->arena, hits, asking_end(a), mask);
    }
}

/* All objects that have the word, with its places. */
static HitList hits_of_word(Asking *a, size_t i)
{
    HitList hits = {0};
    add_sets(a, i, &hits);
    if (!a->query->prefix || i + 1 < a->query->n) return hits;
    asking_begin(a);
    ask_prefix(a, "ofltg", &a->query->words[i]);
    hits_join(a->cx->arena, &hits, asking_end(a), MASK_WORDS);
    return hits;
}

static void drop_excluded(Asking *a, HitList *hits)
{
    const SearchQuery *q = a->query;
    for (size_t i = 0; i < q->excluded_count; i++) {
        asking_begin(a);
        ask_written(a, "ofltgb", &q->excluded[i]);
        ask_stem(a, "ofltgb", &q->excluded[i]);
        hits_keep(hits, asking_end(a), false);
    }
    for (size_t i = 0; i < q->excluded_phrase_count; i++) {
        asking_begin(a);
        ask_phrase(a, &q->excluded_phrases[i]);
        hits_keep(hits, asking_end(a), false);
    }
}

static void mark_pairs(Asking *a, HitList *hits)
{
    const SearchQuery *q = a->query;
    for (size_t i = 0; i + 1 < q->n; i++) {
        asking_begin(a);
        ask_pair(a, &q->words[i], &q->words[i + 1]);
        hits_mark(hits, asking_end(a), MASK_PAIR(i));
    }
}

static HitList find_words(Asking *a)
{
    const SearchQuery *q = a->query;
    HitList hits = {0};
    if (q->n) hits = hits_of_word(a, 0);
    for (size_t i = 1; i < q->n && hits.n; i++) {
        HitList others = hits_of_word(a, i);
        hits_meet(&hits, &others);
    }
    for (size_t i = 0; i < q->phrase_count && hits.n; i++) {
        asking_begin(a);
        ask_phrase(a, &q->phrases[i]);
        hits_keep(&hits, asking_end(a), true);
    }
    if (hits.n) drop_excluded(a, &hits);
    if (hits.n) mark_pairs(a, &hits);
    return hits;
}

static HitList sqlite_find(Ctx *cx, const char *kind, const SearchQuery *query)
{
    Asking a = {.cx = cx, .kind = kind, .query = query};
    HitList hits = find_words(&a);
    if (query->code.n) {
        asking_begin(&a);
        ask_code(&a, "");
        hits_join(cx->arena, &hits, asking_end(&a), MASK_CODE);
    }
    if (query->code_prefix) {
        asking_begin(&a);
        ask_code(&a, " *");
        hits_join(cx->arena, &hits, asking_end(&a), MASK_CODE_PREFIX);
    }
    return hits;
}

static int64_t sqlite_count(Ctx *cx, const char *kind, const SearchQuery *query)
{
    Asking a = {.cx = cx, .kind = kind, .query = query};
    Buf all = buf_new(cx->arena, ENTRY_TEXT_MAX);
    for (size_t i = 0; i < query->n; i++) {
        asking_begin(&a);
        ask_written(&a, "ofltgb", &query->words[i]);
        ask_stem(&a, "ofltgb", &query->words[i]);
        if (query->prefix && i + 1 == query->n) ask_prefix(&a, "ofltg", &query->words[i]);
        if (i) buf_lit(&all, " AND ");
        buf_char(&all, '(');
        buf_put(&all, buf_str(&a.match));
        buf_char(&all, ')');
    }
    return db_int(cx, 0,
                  "select count(*) from (select 1 from search_words where search_words match $1 "
                  "limit 4000)",
                  buf_str(&all));
}

const Engine engine_sqlite = {sqlite_claim, sqlite_put, sqlite_remove, sqlite_find, sqlite_count};
