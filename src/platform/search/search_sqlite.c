/* The index on SQLite: one FTS5 table without content, a row an object.
 *
 * FTS5 walks a word's postings at 40 ns each, but asks 200 ns for a row at which it is to look
 * closer (an auxiliary function, bm25, a column's content). So nothing is looked at: where a word
 * stands is part of the indexed word, and each question is taken apart into sets of ids that come
 * from the postings alone, in order, to be merged here.
 *
 *     product/:t:lamp    "lamp" in the title of a product, in the shop's own language
 *     product/de:t~lamp  … in its German title, a word whose stem is lamp; in titles for each word,
 *                        elsewhere where the stem is not the word itself
 *     g, b               likewise tags and description
 *     2:desk_lamp        beside each other in the title, by their stems; 2:_desk at its beginning,
 *                        2:lamp_ at its end
 *     product/#dl0001    a code
 *
 * Words as written follow each other as in the text, so FTS5's own phrases find what was quoted. The
 * words arrive ready, parted by blanks, so FTS5's plain `ascii` tokenizer is enough, and any SQLite
 * can open the file. */
#include "platform/search/engine.h"

#include "base/buf.h"

/* A hundred bytes a word (its key, and its stem's) would be much. */
#define ENTRY_TEXT_MAX ((size_t)8 << 20)

/* ---- Putting in ------------------------------------------------------------------------------ */

typedef struct Writer {
    Buf out;
    const char *kind;
    Str locale;
} Writer;

/* "product/de:t" */
static void put_key(Writer *w, char field)
{
    if (w->out.n) buf_char(&w->out, ' ');
    buf_put(&w->out, str_from(w->kind));
    buf_char(&w->out, '/');
    buf_put(&w->out, w->locale);
    if (!field) return;
    buf_char(&w->out, ':');
    buf_char(&w->out, field);
}

static void put_word(Writer *w, char field, char mark, Str word)
{
    put_key(w, field);
    buf_char(&w->out, mark);
    buf_put(&w->out, word);
}

/* First those that have a place, in their order. */
static void put_words(Writer *w, char field, const EntryWords *words)
{
    for (size_t i = 0; i < words->n; i++) {
        const EntryWord *word = &words->items[i];
        if (word->extra) continue;
        if (word->begins && i)
            buf_lit(&w->out, " |"); /* nothing reaches from one tag into the next */
        put_word(w, field, ':', word->text);
    }
    buf_lit(&w->out, " |");
    for (size_t i = 0; i < words->n; i++) {
        const EntryWord *word = &words->items[i];
        if (word->extra) put_word(w, field, ':', word->text);
        if (field == 't' || !str_eq(word->stem, word->text)) put_word(w, field, '~', word->stem);
    }
}

static void put_pair(Writer *w, Str left, Str right)
{
    put_word(w, '2', ':', left);
    buf_char(&w->out, '_');
    buf_put(&w->out, right);
}

static void put_pairs(Writer *w, const EntryWords *title)
{
    Str left = S("");
    for (size_t i = 0; i < title->n; i++) {
        if (title->items[i].extra) continue;
        put_pair(w, left, title->items[i].stem);
        left = title->items[i].stem;
    }
    if (left.n) put_pair(w, left, S(""));
}

static Str entry_words(Arena *arena, const Entry *entry)
{
    Writer w = {buf_new(arena, ENTRY_TEXT_MAX), entry->kind, S("")};
    for (size_t i = 0; i < entry->text_count; i++) {
        const EntryText *text = &entry->texts[i];
        w.locale = text->locale;
        put_words(&w, 't', &text->title);
        put_pairs(&w, &text->title);
        put_words(&w, 'g', &text->tags);
        put_words(&w, 'b', &text->body);
    }
    w.locale = S("");
    for (size_t i = 0; i < entry->codes.n; i++) put_word(&w, 0, '#', entry->codes.items[i]);
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

static void ask_key(Asking *a, int language, char field, char mark)
{
    buf_put(&a->match, str_from(a->kind));
    buf_char(&a->match, '/');
    if (language == QUERY_TRANSLATION) buf_put(&a->match, a->query->locale);
    if (field) buf_char(&a->match, ':');
    if (field) buf_char(&a->match, field);
    buf_char(&a->match, mark);
}

static void ask_or(Asking *a)
{
    if (a->match.n) buf_lit(&a->match, " OR ");
}

static void ask_one(Asking *a, int language, char field, char mark, Str word)
{
    ask_or(a);
    buf_char(&a->match, '"');
    ask_key(a, language, field, mark);
    buf_put(&a->match, word);
    buf_char(&a->match, '"');
}

static void ask_word(Asking *a, char field, const QueryWord *word)
{
    for (int i = 0; i < a->query->languages; i++) {
        ask_one(a, i, field, '~', word->stems[i]);
        ask_one(a, i, field, ':', word->stems[i]);
        if (!str_eq(word->stems[i], word->text)) ask_one(a, i, field, ':', word->text);
    }
}

static void ask_prefix(Asking *a, char field, Str word)
{
    for (int i = 0; i < a->query->languages; i++) {
        ask_one(a, i, field, ':', word);
        buf_lit(&a->match, " *");
    }
}

static void ask_phrase(Asking *a, char field, const QueryPhrase *phrase)
{
    for (int i = 0; i < a->query->languages; i++) {
        ask_or(a);
        buf_char(&a->match, '"');
        for (size_t k = 0; k < phrase->n; k++) {
            if (k) buf_char(&a->match, ' ');
            ask_key(a, i, field, ':');
            buf_put(&a->match, phrase->words[k]);
        }
        buf_char(&a->match, '"');
    }
}

static void ask_pair(Asking *a, const QueryWord *left, const QueryWord *right)
{
    for (int i = 0; i < a->query->languages; i++) {
        ask_one(a, i, '2', ':', left ? left->stems[i] : S(""));
        a->match.n--; /* the quote */
        buf_char(&a->match, '_');
        buf_put(&a->match, right ? right->stems[i] : S(""));
        buf_char(&a->match, '"');
    }
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

static IdList set_of_word(Asking *a, char field, const QueryWord *word)
{
    asking_begin(a);
    ask_word(a, field, word);
    return asking_end(a);
}

/* All objects that have the word, with its places. */
static HitList hits_of_word(Asking *a, size_t i)
{
    const QueryWord *word = &a->query->words[i];
    Arena *arena = a->cx->arena;
    HitList hits = {0};
    hits_join(arena, &hits, set_of_word(a, 't', word), MASK_PLACE(i, PLACE_TITLE) | MASK_WORDS);
    hits_join(arena, &hits, set_of_word(a, 'g', word), MASK_PLACE(i, PLACE_TAG) | MASK_WORDS);
    hits_join(arena, &hits, set_of_word(a, 'b', word), MASK_WORDS);
    if (!a->query->prefix || i + 1 < a->query->n) return hits;
    asking_begin(a);
    ask_prefix(a, 't', word->text);
    ask_prefix(a, 'g', word->text);
    hits_join(arena, &hits, asking_end(a), MASK_WORDS);
    return hits;
}

static void ask_phrase_anywhere(Asking *a, const QueryPhrase *phrase)
{
    asking_begin(a);
    ask_phrase(a, 't', phrase);
    ask_phrase(a, 'g', phrase);
    ask_phrase(a, 'b', phrase);
}

static void drop_excluded(Asking *a, HitList *hits)
{
    const SearchQuery *q = a->query;
    for (size_t i = 0; i < q->excluded_count; i++) {
        asking_begin(a);
        ask_word(a, 't', &q->excluded[i]);
        ask_word(a, 'g', &q->excluded[i]);
        ask_word(a, 'b', &q->excluded[i]);
        hits_keep(hits, asking_end(a), false);
    }
    for (size_t i = 0; i < q->excluded_phrase_count; i++) {
        ask_phrase_anywhere(a, &q->excluded_phrases[i]);
        hits_keep(hits, asking_end(a), false);
    }
}

/* What the title says beyond the places of single words. */
static void mark_titles(Asking *a, HitList *hits)
{
    const SearchQuery *q = a->query;
    for (size_t i = 0; i <= q->n; i++) {
        asking_begin(a);
        ask_pair(a, i ? &q->words[i - 1] : NULL, i < q->n ? &q->words[i] : NULL);
        uint64_t mask = MASK_PAIR(i - 1);
        if (!i) mask = MASK_FIRST;
        if (i == q->n) mask = MASK_LAST;
        hits_mark(hits, asking_end(a), mask);
    }
    for (size_t i = 0; i < q->n; i++) {
        asking_begin(a);
        for (int k = 0; k < q->languages; k++) ask_one(a, k, 't', ':', q->words[i].text);
        hits_mark(hits, asking_end(a), MASK_PLACE(i, PLACE_WRITTEN));
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
        ask_phrase_anywhere(a, &q->phrases[i]);
        hits_keep(&hits, asking_end(a), true);
    }
    if (hits.n) drop_excluded(a, &hits);
    if (hits.n) mark_titles(a, &hits);
    return hits;
}

static HitList sqlite_find(Ctx *cx, const char *kind, const SearchQuery *query)
{
    Asking a = {.cx = cx, .kind = kind, .query = query};
    HitList hits = find_words(&a);
    if (query->code.n) {
        asking_begin(&a);
        ask_one(&a, QUERY_OWN, 0, '#', query->code);
        hits_join(cx->arena, &hits, asking_end(&a), MASK_CODE);
    }
    if (query->code_prefix) {
        asking_begin(&a);
        ask_one(&a, QUERY_OWN, 0, '#', query->code);
        buf_lit(&a.match, " *");
        hits_join(cx->arena, &hits, asking_end(&a), MASK_CODE_PREFIX);
    }
    return hits;
}

static int64_t sqlite_count(Ctx *cx, const char *kind, const SearchQuery *query)
{
    Asking a = {.cx = cx, .kind = kind, .query = query};
    Buf all = buf_new(cx->arena, ENTRY_TEXT_MAX);
    for (size_t i = 0; i < query->n; i++) {
        const QueryWord *word = &query->words[i];
        asking_begin(&a);
        for (const char *field = "tgb"; *field; field++) ask_word(&a, *field, word);
        bool prefix = query->prefix && i + 1 == query->n;
        if (prefix) ask_prefix(&a, 't', word->text);
        if (prefix) ask_prefix(&a, 'g', word->text);
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
