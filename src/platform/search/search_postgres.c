/* The index on PostgreSQL: a tsvector of our own words under a GIN index, and beside it the marks.
 *
 * GIN says quickly which rows have some words, but only that: asking again for each word and place
 * costs each time as much as the first (ten questions over 4,000 rows: 7 ms), and looking into a
 * row's tsvector costs a microsecond, which is what makes ts_rank slow. So one question finds the
 * rows, and brings for each its marks: the hashes of the words of its titles and tags in their
 * order, some 40 bytes, from which the places of the question's words are read here.
 *
 *     :lamp       a word as written, in the shop's own language, with its places
 *     de/:lampe   … in German
 *     ~lamp       a stem that is not the word itself
 *     ^lamp       a word of a title or tag: what the beginning of a word is looked for in
 *     _desk_lamp  stems that stand beside each other in a title
 *     +0k3jx9a    the hash of two words as written that follow each other anywhere, none of them a
 *                 small one: most phrases of two words are one of these, and of others only those
 *                 rows are looked into that have all their pairs (looking into a row costs 5 us).
 *                 With small words they would be about three times as many
 *     #dl0001     a code
 *
 * The server's dictionaries and parsers are not used: they know other words than ours. */
#include "platform/search/engine.h"

#include "base/buf.h"
#include "base/hash.h"

#include <endian.h>

#define ENTRY_TEXT_MAX ((size_t)8 << 20)

/* A row's marks: its length in bytes and its id (both little-endian), then numbers of four bytes:
 * hashes of words as written, in order, each with its lowest bit set when the hash of its stem
 * follows; and between them these. Two words of different hashes are different; that two words of
 * one hash are the same is wrong once in two billion comparisons, and costs an order then. */
enum {
    MARK_TITLE = 2,  /* a title begins */
    MARK_BESIDE = 4, /* words of the title that have no place in its order */
    MARK_TAGS = 6,   /* its tags begin */
    MARK_FIRST_HASH = 8,
};

typedef struct MarksHead {
    uint32_t bytes; /* of all */
    uint32_t id[2]; /* low, high: so that nothing is misaligned but by four */
} MarksHead;

_Static_assert(sizeof(MarksHead) == 12, "no padding");

static uint32_t word_hash(Str locale, Str word)
{
    char bytes[SEARCH_LOCALE_MAX + 1 + SEARCH_WORD_MAX];
    memcpy(bytes, locale.p, locale.n);
    bytes[locale.n] = '/';
    memcpy(bytes + locale.n + 1, word.p, word.n);
    uint32_t hash = (uint32_t)hash_fast((Str){bytes, locale.n + 1 + word.n}) & ~(uint32_t)1;
    return hash < MARK_FIRST_HASH ? hash + MARK_FIRST_HASH : hash;
}

/* ---- Putting in ------------------------------------------------------------------------------ */

static void put_number(Buf *out, uint32_t number)
{
    uint32_t little = htole32(number);
    buf_bytes(out, (const char *)&little, sizeof little);
}

static void put_hashes(Buf *out, Str locale, const EntryWord *word)
{
    bool stem = !str_eq(word->stem, word->text);
    put_number(out, word_hash(locale, word->text) | stem);
    if (stem) put_number(out, word_hash(locale, word->stem));
}

static void put_marks_of(Buf *out, const EntryText *text)
{
    put_number(out, MARK_TITLE);
    for (size_t i = 0; i < text->title.n; i++)
        if (!text->title.items[i].extra) put_hashes(out, text->locale, &text->title.items[i]);
    put_number(out, MARK_BESIDE);
    for (size_t i = 0; i < text->title.n; i++)
        if (text->title.items[i].extra) put_hashes(out, text->locale, &text->title.items[i]);
    put_number(out, MARK_TAGS);
    for (size_t i = 0; i < text->tags.n; i++) put_hashes(out, text->locale, &text->tags.items[i]);
}

static Str entry_marks(Arena *arena, const Entry *entry)
{
    Buf out = buf_new(arena, ENTRY_TEXT_MAX);
    MarksHead head = {
        .id = {htole32((uint32_t)entry->id.n), htole32((uint32_t)(entry->id.n >> 32))}};
    buf_bytes(&out, (const char *)&head, sizeof head);
    for (size_t i = 0; i < entry->text_count; i++) put_marks_of(&out, &entry->texts[i]);
    head.bytes = htole32((uint32_t)out.n);
    memcpy(out.p, &head, sizeof head);
    return buf_str(&out);
}

static bool is_small(Str locale, Str word)
{
    return stem_is_small(stem_language(locale), word);
}

/* Two words that follow each other: seven characters, whatever they are. False: nothing is noted
 * when one of them is small. */
static bool put_follows(Buf *out, const char *before, Str locale, Str left, Str right)
{
    if (is_small(locale, left) || is_small(locale, right)) return false;
    char bytes[2 * SEARCH_WORD_MAX + 1], text[8] = "+";
    memcpy(bytes, left.p, left.n);
    bytes[left.n] = ' ';
    memcpy(bytes + left.n + 1, right.p, right.n);
    uint64_t hash = hash_fast((Str){bytes, left.n + 1 + right.n}) ^ hash_fast(locale);
    for (int i = 1; i < 8; i++, hash >>= 5) text[i] = "0123456789abcdefghjkmnpqrstvwxyz"[hash & 31];
    buf_format(out, "%s '%.8s'", before, text);
    return true;
}

static void put_lexeme(Buf *out, Str locale, char mark, Str word)
{
    buf_lit(out, " '");
    buf_put(out, locale);
    if (locale.n) buf_char(out, '/');
    buf_char(out, mark);
    buf_put(out, word);
    buf_char(out, '\'');
}

/* *place: of the word before. Where a tag or a field begins, one place is left out, so that no phrase
 * reaches across. */
static void put_lexemes(Buf *out, Str locale, const EntryWords *words, bool head, int *place)
{
    const EntryWord *before = NULL;
    for (size_t i = 0; i < words->n; i++) {
        const EntryWord *word = &words->items[i];
        if (!word->extra) *place += word->begins ? 2 : 1;
        put_lexeme(out, locale, ':', word->text);
        if (!word->extra) buf_format(out, ":%d", *place);
        if (!str_eq(word->stem, word->text)) put_lexeme(out, locale, '~', word->stem);
        if (head) put_lexeme(out, locale, '^', word->text);
        if (word->extra) continue;
        if (before && !word->begins) put_follows(out, "", locale, before->text, word->text);
        before = word;
    }
}

static Str pair_of(Arena *arena, Str left, Str right)
{
    return str_format(arena, "%.*s_%.*s", STR_ARG(left), STR_ARG(right));
}

static void put_pairs(Arena *arena, Buf *out, Str locale, const EntryWords *title)
{
    const EntryWord *before = NULL;
    for (size_t i = 0; i < title->n; i++) {
        const EntryWord *word = &title->items[i];
        if (word->extra) continue;
        if (before) put_lexeme(out, locale, '_', pair_of(arena, before->stem, word->stem));
        before = word;
    }
}

static Str entry_lexemes(Arena *arena, const Entry *entry)
{
    Buf out = buf_new(arena, ENTRY_TEXT_MAX);
    for (size_t i = 0; i < entry->text_count; i++) {
        const EntryText *text = &entry->texts[i];
        int place = 0;
        put_lexemes(&out, text->locale, &text->title, true, &place);
        put_lexemes(&out, text->locale, &text->tags, true, &place);
        put_lexemes(&out, text->locale, &text->body, false, &place);
        put_pairs(arena, &out, text->locale, &text->title);
    }
    for (size_t i = 0; i < entry->codes.n; i++) put_lexeme(&out, S(""), '#', entry->codes.items[i]);
    return buf_str(&out);
}

/* The statement that puts looks for itself: asking first would be a round trip. */
static bool postgres_claim(Ctx *cx, const Entry *entry)
{
    (void)cx, (void)entry;
    return true;
}

static void postgres_put(Ctx *cx, const Entry *entry)
{
    Value marks = {VALUE_BYTES, .s = entry_marks(cx->arena, entry)};
    db_post(cx,
            "insert into search_objects (id, kind, digest, titles, marks, words) "
            "values ($1, $2, $3, $4, $5, cast($6 as tsvector)) "
            "on conflict (id) do update set kind = excluded.kind, digest = excluded.digest, "
            "titles = excluded.titles, marks = excluded.marks, words = excluded.words "
            "where search_objects.digest <> excluded.digest",
            entry->id, str_from(entry->kind), entry->digest, entry->titles, marks,
            entry_lexemes(cx->arena, entry));
}

static void postgres_remove(Ctx *cx, const char *kind, Id id)
{
    db_post(cx, "delete from search_objects where id = $1 and kind = $2", id, str_from(kind));
}

/* ---- The question as a tsquery --------------------------------------------------------------- */

static Str language_of(const SearchQuery *query, int i)
{
    return i == QUERY_TRANSLATION ? query->locale : S("");
}

/* Alternatives stand in brackets: `(`, then these, then ask_close. */
static void ask_or(Buf *out)
{
    if (out->p[out->n - 1] != '(') buf_lit(out, " |");
}

static void ask_open(Buf *out, const char *before)
{
    if (out->n) buf_put(out, str_from(before));
    buf_char(out, '(');
}

static void ask_word(Buf *out, const SearchQuery *q, const QueryWord *word)
{
    for (int i = 0; i < q->languages; i++) {
        Str locale = language_of(q, i);
        ask_or(out);
        put_lexeme(out, locale, '~', word->stems[i]);
        ask_or(out);
        put_lexeme(out, locale, ':', word->stems[i]);
        if (str_eq(word->stems[i], word->text)) continue;
        ask_or(out);
        put_lexeme(out, locale, ':', word->text);
    }
}

static void ask_prefix(Buf *out, const SearchQuery *q, const QueryWord *word)
{
    for (int i = 0; i < q->languages; i++) {
        ask_or(out);
        put_lexeme(out, language_of(q, i), '^', word->text);
        buf_lit(out, ":*");
    }
}

/* As its pairs; and unless they say all, its words must also follow each other in one place. */
static void ask_phrase_in(Buf *out, Str locale, const Str *words, size_t n)
{
    size_t pairs = 0;
    buf_char(out, '(');
    for (size_t i = 0; i + 1 < n; i++)
        pairs += put_follows(out, pairs ? " &" : "", locale, words[i], words[i + 1]);
    bool all = pairs == 1 && n == 2;
    for (size_t i = 0; i < n && !all; i++) {
        if (i == 0 && pairs) buf_lit(out, " & ");
        buf_put(out, i ? S(" <->") : S("("));
        put_lexeme(out, locale, ':', words[i]);
    }
    buf_put(out, all ? S(")") : S("))"));
}

static void ask_phrase(Buf *out, const SearchQuery *q, const QueryPhrase *phrase)
{
    for (int i = 0; i < q->languages; i++) {
        ask_or(out);
        ask_phrase_in(out, language_of(q, i), phrase->words, phrase->n);
    }
}

static void ask_words(Buf *out, const SearchQuery *q)
{
    for (size_t i = 0; i < q->n; i++) {
        ask_open(out, " & ");
        ask_word(out, q, &q->words[i]);
        if (q->prefix && i + 1 == q->n) ask_prefix(out, q, &q->words[i]);
        buf_char(out, ')');
    }
    for (size_t i = 0; i < q->excluded_count; i++) {
        ask_open(out, " & !");
        ask_word(out, q, &q->excluded[i]);
        buf_char(out, ')');
    }
    for (size_t i = 0; i < q->excluded_phrase_count; i++) {
        ask_open(out, " & !");
        ask_phrase(out, q, &q->excluded_phrases[i]);
        buf_char(out, ')');
    }
}

static void ask_phrases(Buf *out, const SearchQuery *q)
{
    for (size_t i = 0; i < q->phrase_count; i++) {
        ask_open(out, " & ");
        ask_phrase(out, q, &q->phrases[i]);
        buf_char(out, ')');
    }
}

static Str words_query(Arena *arena, const SearchQuery *q, bool phrases)
{
    Buf out = buf_new(arena, ENTRY_TEXT_MAX);
    ask_words(&out, q);
    if (phrases) ask_phrases(&out, q);
    return buf_str(&out);
}

/* ---- Places, from the marks ------------------------------------------------------------------ */

typedef struct WordHashes {
    uint32_t text[QUERY_LANGUAGES], stem[QUERY_LANGUAGES];
} WordHashes;

typedef struct Reading {
    const SearchQuery *query;
    WordHashes words[SEARCH_WORDS_MAX];
    uint64_t mask;
    uint64_t fits_before, stems_before; /* words of the question that the title's word before fits,
                                           and those whose stem it has */
    bool begun;                         /* the title has had a word */
} Reading;

static void hash_query(Reading *r, const SearchQuery *q)
{
    *r = (Reading){.query = q};
    for (size_t i = 0; i < q->n; i++)
        for (int k = 0; k < q->languages; k++) {
            r->words[i].text[k] = word_hash(language_of(q, k), q->words[i].text);
            r->words[i].stem[k] = word_hash(language_of(q, k), q->words[i].stems[k]);
        }
}

/* Words of the question that a word of a text fits: in *written those that are written like it, in
 * *stems those of its stem. */
static uint64_t fitting(const Reading *r, uint32_t text, uint32_t stem, uint64_t *written,
                        uint64_t *stems)
{
    uint64_t fits = 0;
    *written = *stems = 0;
    for (size_t i = 0; i < r->query->n; i++)
        for (int k = 0; k < r->query->languages; k++) {
            bool same = text == r->words[i].text[k], of_stem = stem == r->words[i].stem[k];
            if (same) *written |= (uint64_t)1 << i;
            if (of_stem) *stems |= (uint64_t)1 << i;
            if (same || of_stem || text == r->words[i].stem[k]) fits |= (uint64_t)1 << i;
        }
    return fits;
}

static void note_places(Reading *r, uint64_t words, uint64_t place)
{
    for (; words; words &= words - 1) r->mask |= MASK_PLACE(__builtin_ctzll(words), place);
}

/* The title ends. */
static void note_last(Reading *r)
{
    if (r->begun && r->fits_before >> (r->query->n - 1) & 1) r->mask |= MASK_LAST;
    r->begun = false;
    r->fits_before = r->stems_before = 0;
}

static void note_order(Reading *r, uint64_t fits, uint64_t stems)
{
    if (!r->begun && fits & 1) r->mask |= MASK_FIRST;
    for (uint64_t pairs = r->stems_before & stems >> 1; pairs; pairs &= pairs - 1)
        r->mask |= MASK_PAIR(__builtin_ctzll(pairs));
    r->begun = true;
    r->fits_before = fits;
    r->stems_before = stems;
}

static uint32_t number_at(const char *p)
{
    uint32_t little;
    memcpy(&little, p, sizeof little);
    return le32toh(little);
}

/* The hashes of a row's word: of its stem, when that is another word, else twice the same. */
static bool next_word(Str marks, size_t *at, uint32_t *text, uint32_t *stem)
{
    *text = *stem = number_at(marks.p + *at);
    *at += 4;
    if (*text < MARK_FIRST_HASH) return false;
    if (*text & 1 && *at + 4 <= marks.n) {
        *stem = number_at(marks.p + *at);
        *at += 4;
    }
    *text &= ~(uint32_t)1;
    return true;
}

static uint64_t read_marks(void *arg, Str marks)
{
    Reading *r = arg;
    uint32_t part = MARK_TITLE, text, stem;
    r->mask = MASK_WORDS;
    for (size_t at = 0; at + 4 <= marks.n;) {
        if (!next_word(marks, &at, &text, &stem)) {
            if (part == MARK_TITLE) note_last(r);
            part = text;
            continue;
        }
        uint64_t written, stems, fits = fitting(r, text, stem, &written, &stems);
        note_places(r, fits, part == MARK_TAGS ? PLACE_TAG : PLACE_TITLE);
        if (part != MARK_TAGS) note_places(r, written, PLACE_WRITTEN);
        if (part == MARK_TITLE) note_order(r, fits, stems);
    }
    return r->mask;
}

/* Counts the rows, so that the hits need no growing. */
static size_t rows_in(Str marks)
{
    size_t n = 0, bytes = 0;
    for (size_t at = 0; at + sizeof(MarksHead) <= marks.n; at += bytes, n++) {
        bytes = number_at(marks.p + at);
        if (bytes < sizeof(MarksHead) || bytes > marks.n - at) break; /* damaged */
    }
    return n;
}

typedef uint64_t ReadMarks(void *arg, Str marks);

/* A hit for each row, with the mask that `read` makes of its marks. */
static HitList read_rows(Arena *arena, Str marks, ReadMarks *read, void *arg)
{
    size_t rows = rows_in(marks);
    HitList hits = {NEW_N(arena, Hit, rows), rows};
    for (size_t at = 0, n = 0; n < rows; n++) {
        const char *row = marks.p + at;
        size_t bytes = number_at(row);
        uint64_t id = number_at(row + 4) | (uint64_t)number_at(row + 8) << 32;
        Str own = str_slice(marks, at + sizeof(MarksHead), at + bytes);
        hits.items[n] = (Hit){(int64_t)id, read(arg, own)};
        at += bytes;
    }
    return hits;
}

static Str marks_of(Ctx *cx, const char *kind, Str query)
{
    return db_text(cx, S(""),
                   "select string_agg(marks, cast('' as bytea)) from search_objects "
                   "where kind = $1 and words @@ cast($2 as tsquery)",
                   str_from(kind), query);
}

static HitList ids_of(Ctx *cx, const char *kind, Str query, uint64_t mask)
{
    IdList ids = db_ids(cx,
                        "select id from search_objects where kind = $1 and words @@ "
                        "cast($2 as tsquery)",
                        str_from(kind), query);
    HitList hits = {NEW_N(cx->arena, Hit, ids.n), ids.n};
    for (size_t i = 0; i < ids.n; i++) hits.items[i] = (Hit){ids.items[i].n, mask};
    hits_settle(cx->arena, &hits);
    return hits;
}

/* ---- Lists ----------------------------------------------------------------------------------- */

/* A word or a stem, and where in a row it stands. */
typedef struct Placing {
    uint32_t hash;
    bool stem;
} Placing;

static uint64_t read_places(void *arg, Str marks)
{
    const Placing *p = arg;
    uint64_t places = 0;
    uint32_t part = MARK_TITLE, text, stem;
    bool begun = false, last = false;
    for (size_t at = 0; at + 4 <= marks.n;) {
        if (!next_word(marks, &at, &text, &stem)) {
            if (part == MARK_TITLE && last) places |= TERM_LAST;
            begun = last = false;
            part = text;
            continue;
        }
        bool is_it = p->stem ? stem == p->hash && stem != text : text == p->hash;
        if (is_it) places |= part == MARK_TAGS ? TERM_TAG : TERM_TITLE;
        if (part != MARK_TITLE) continue;
        if (is_it && !begun) places |= TERM_FIRST;
        begun = true;
        last = is_it;
    }
    return places;
}

static Str term_query(Arena *arena, const Term *term)
{
    Buf out = buf_new(arena, ENTRY_TEXT_MAX);
    switch (term->mark) {
    case TERM_PAIR:
        put_lexeme(&out, term->locale, '_', pair_of(arena, term->words[0], term->words[1]));
        break;
    case TERM_PHRASE:
        ask_phrase_in(&out, term->locale, term->words, term->n);
        break;
    case TERM_CODE_PREFIX:
        put_lexeme(&out, S(""), '#', term->words[0]);
        buf_lit(&out, ":*");
        break;
    case TERM_WRITTEN:
    case TERM_STEM:
    case TERM_PREFIX:
    case TERM_CODE:
        put_lexeme(&out, term->locale, (char)term->mark, term->words[0]);
        if (term->mark == TERM_PREFIX) buf_lit(&out, ":*");
        break;
    }
    return buf_str(&out);
}

static HitList postgres_list(Ctx *cx, const char *kind, const Term *term)
{
    Str query = term_query(cx->arena, term);
    bool stem = term->mark == TERM_STEM;
    if (!stem && term->mark != TERM_WRITTEN) return ids_of(cx, kind, query, 0);
    Placing placing = {word_hash(term->locale, term->words[0]), stem};
    HitList hits = read_rows(cx->arena, marks_of(cx, kind, query), read_places, &placing);
    hits_settle(cx->arena, &hits);
    return hits;
}

/* ---- Finding --------------------------------------------------------------------------------- */

static Str code_query(Arena *arena, const SearchQuery *query, bool prefix)
{
    Term term = {prefix ? TERM_CODE_PREFIX : TERM_CODE, S(""), &query->code, 1};
    return term_query(arena, &term);
}

static HitList postgres_find(Ctx *cx, const char *kind, const SearchQuery *query)
{
    HitList hits = {0};
    if (query->n) {
        Reading *reading = NEW(cx->arena, Reading);
        hash_query(reading, query);
        hits = read_rows(cx->arena, marks_of(cx, kind, words_query(cx->arena, query, true)),
                         read_marks, reading);
        hits_settle(cx->arena, &hits);
    }
    if (query->code.n)
        hits_join(cx->arena, &hits,
                  ids_of(cx, kind, code_query(cx->arena, query, false), MASK_CODE));
    if (query->code_prefix)
        hits_join(cx->arena, &hits,
                  ids_of(cx, kind, code_query(cx->arena, query, true), MASK_CODE_PREFIX));
    return hits;
}

static int64_t postgres_count(Ctx *cx, const char *kind, const SearchQuery *query)
{
    return db_int(cx, 0,
                  "select count(*) from (select 1 from search_objects where kind = $1 and "
                  "words @@ cast($2 as tsquery) limit $3) found",
                  str_from(kind), words_query(cx->arena, query, false), (int64_t)COUNT_MAX);
}

const Engine engine_postgres = {.claim = postgres_claim,
                                .put = postgres_put,
                                .remove = postgres_remove,
                                .list = postgres_list,
                                .find = postgres_find,
                                .count = postgres_count};
