/* The index against a reader who looks at every word of every text: random objects that come, change
 * and go, random questions, on both databases. The reader shares with the index what a word is, and
 * the score of a mask; what fits, and where, it decides by itself. */
#include "platform/search/engine.h"

#include "platform/db/test_world.h"

enum { OBJECTS = 70, CHANGES = 40, ROUNDS = 6, QUESTIONS = 60, LINE_MAX = 64, LINES_MAX = 16 };

/* Words that are near to each other in all the ways that the index knows. */
static const char *const pool[] = {
    "lamp",  "lamps",    "lampshade", "bed",   "beds",       "bedding", "run",    "running",
    "Runs",  "oak",      "Oaken",     "desk",  "café",       "cafe",    "CAFÉS",  "the",
    "of",    "t-shirt",  "tshirt",    "shirt", "500ml",      "500 ml",  "ml",     "happy",
    "happi", "universe", "univers",   "東京",  "京都タワー", "x",       "chef's", "Häuser",
    "haus",  "lampe",    "Lampen",    "1,5",   "bedding's",  "AB-1-7",  "AB"};

enum { POOL = sizeof pool / sizeof *pool };

typedef struct Model {
    World *w;
    RandomSeeded seed;
    Random random;
    struct {
        bool there;
        SearchText texts[3];
        size_t text_count;
        StrList codes;
    } objects[OBJECTS];
} Model;

static size_t below(Model *m, size_t n)
{
    return (size_t)random_below(&m->random, n);
}

static Str some_words(Model *m, size_t max)
{
    Buf out = buf_new(m->w->arena, SEARCH_QUERY_MAX);
    for (size_t n = below(m, max + 1); n > 0; n--) {
        if (out.n) buf_char(&out, ' ');
        buf_put(&out, str_from(pool[below(m, POOL)]));
    }
    return buf_str(&out);
}

static StrList some_list(Model *m, size_t max, size_t words)
{
    StrList list = {NEW_N(m->w->arena, Str, max + 1), below(m, max + 1)};
    for (size_t i = 0; i < list.n; i++) list.items[i] = some_words(m, words);
    return list;
}

static void change_object(Model *m, Ctx *cx, size_t i)
{
    static const char *const locales[] = {"", "de", "fr"};
    m->objects[i].there = below(m, 5) > 0;
    if (!m->objects[i].there) {
        search_remove(cx, "thing", (Id){(int64_t)i + 1});
        return;
    }
    m->objects[i].text_count = 1 + below(m, 3);
    for (size_t k = 0; k < m->objects[i].text_count; k++)
        m->objects[i].texts[k] = (SearchText){str_from(locales[k]), some_words(m, 4),
                                              some_list(m, 2, 2), some_words(m, 8)};
    m->objects[i].codes = (StrList){NEW_N(m->w->arena, Str, 1), below(m, 2)};
    static const char *const codes[] = {"AB-1-7", "ab 1/70", "AB", "Lamp-1", "x-9-9"};
    m->objects[i].codes.items[0] = str_from(codes[below(m, 5)]);
    search_put(cx, "thing", (Id){(int64_t)i + 1},
               (SearchTextList){m->objects[i].texts, m->objects[i].text_count},
               m->objects[i].codes);
}

static bool change_some(Ctx *cx, void *arg)
{
    Model *m = arg;
    for (int i = 0; i < CHANGES; i++) change_object(m, cx, below(m, OBJECTS));
    return true;
}

/* ---- The reader ------------------------------------------------------------------------------ */

/* One run of words in which phrases may stand. */
typedef struct Line {
    Word words[LINE_MAX];
    size_t n;
    int place;    /* 0: description, or a bit of PLACE_ */
    int language; /* of the question: its own, or its translation */
} Line;

static Line line_of(Model *m, Str text, const SearchText *of, int place, int language)
{
    Line line = {.place = place, .language = language};
    WordReader *reader = words_begin(m->w->arena, text, stem_language(of->locale));
    while (line.n < LINE_MAX && words_next(reader, &line.words[line.n])) line.n++;
    return line;
}

/* The lines of an object that the question looks at. */
static size_t lines_of(Model *m, size_t i, const SearchQuery *q, Line *lines)
{
    size_t n = 0;
    for (size_t k = 0; k < m->objects[i].text_count; k++) {
        const SearchText *text = &m->objects[i].texts[k];
        bool own = !text->locale.n,
             translation = q->languages == 2 && str_eq(text->locale, q->locale);
        if (!own && !translation) continue;
        int language = own ? QUERY_OWN : QUERY_TRANSLATION;
        lines[n++] = line_of(m, text->title, text, PLACE_TITLE, language);
        for (size_t t = 0; t < text->tags.n; t++)
            lines[n++] = line_of(m, text->tags.items[t], text, PLACE_TAG, language);
        lines[n++] = line_of(m, text->body, text, 0, language);
    }
    return n;
}

static bool fits(const QueryWord *asked, const Word *word, int language)
{
    return str_eq(word->text, asked->text) || str_eq(word->stem, asked->stems[language]) ||
           str_eq(word->text, asked->stems[language]);
}

static bool line_has_phrase(const Line *line, const QueryPhrase *phrase)
{
    const Word *order[LINE_MAX];
    size_t n = 0;
    for (size_t i = 0; i < line->n; i++)
        if (!line->words[i].extra) order[n++] = &line->words[i];
    for (size_t i = 0; i + phrase->n <= n; i++) {
        size_t k = 0;
        while (k < phrase->n && str_eq(order[i + k]->text, phrase->words[k])) k++;
        if (k == phrase->n) return true;
    }
    return false;
}

static bool has_phrase(const Line *lines, size_t n, const QueryPhrase *phrase)
{
    for (size_t i = 0; i < n; i++)
        if (line_has_phrase(&lines[i], phrase)) return true;
    return false;
}

/* Is the word there? Notes in the mask where. */
static bool has_word(const Line *lines, size_t n, const QueryWord *asked, bool prefix, size_t at,
                     uint64_t *mask)
{
    bool has = false;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < lines[i].n; k++) {
            const Word *word = &lines[i].words[k];
            if (fits(asked, word, lines[i].language)) {
                has = true;
                *mask |= MASK_PLACE(at, lines[i].place);
                if (lines[i].place == PLACE_TITLE && str_eq(word->text, asked->text))
                    *mask |= MASK_PLACE(at, PLACE_WRITTEN);
            }
            if (prefix && lines[i].place && str_starts(word->text, asked->text)) has = true;
        }
    return has;
}

static void note_title(const Line *title, const SearchQuery *q, uint64_t *mask)
{
    const Word *order[LINE_MAX];
    size_t n = 0;
    for (size_t i = 0; i < title->n; i++)
        if (!title->words[i].extra) order[n++] = &title->words[i];
    if (!n) return;
    if (fits(&q->words[0], order[0], title->language)) *mask |= MASK_FIRST;
    if (fits(&q->words[q->n - 1], order[n - 1], title->language)) *mask |= MASK_LAST;
    for (size_t i = 0; i + 1 < n; i++)
        for (size_t k = 0; k + 1 < q->n; k++)
            if (str_eq(order[i]->stem, q->words[k].stems[title->language]) &&
                str_eq(order[i + 1]->stem, q->words[k + 1].stems[title->language]))
                *mask |= MASK_PAIR(k);
}

/* 0: the object does not fit. */
static uint64_t words_mask(const Line *lines, size_t n, const SearchQuery *q)
{
    uint64_t mask = MASK_WORDS, ignored = 0;
    if (!q->n) return 0;
    for (size_t i = 0; i < q->n; i++)
        if (!has_word(lines, n, &q->words[i], q->prefix && i + 1 == q->n, i, &mask)) return 0;
    for (size_t i = 0; i < q->phrase_count; i++)
        if (!has_phrase(lines, n, &q->phrases[i])) return 0;
    for (size_t i = 0; i < q->excluded_count; i++)
        if (has_word(lines, n, &q->excluded[i], false, 0, &ignored)) return 0;
    for (size_t i = 0; i < q->excluded_phrase_count; i++)
        if (has_phrase(lines, n, &q->excluded_phrases[i])) return 0;
    for (size_t i = 0; i < n; i++)
        if (lines[i].place == PLACE_TITLE) note_title(&lines[i], q, &mask);
    return mask;
}

static uint64_t mask_of(Model *m, size_t i, const SearchQuery *q)
{
    ArenaMark before = arena_mark(m->w->arena);
    Line *lines = NEW_N(m->w->arena, Line, LINES_MAX);
    uint64_t mask = words_mask(lines, lines_of(m, i, q, lines), q);
    for (size_t k = 0; k < m->objects[i].codes.n && q->code.n; k++) {
        Str code = words_code(m->w->arena, m->objects[i].codes.items[k]);
        if (str_eq(code, q->code)) mask |= MASK_CODE;
        if (q->code_prefix && str_starts(code, q->code)) mask |= MASK_CODE_PREFIX;
    }
    arena_rewind(m->w->arena, before);
    return mask;
}

/* ---- Questions ------------------------------------------------------------------------------- */

/* Two or three words as they follow each other in an object, also over the end of a field. */
static Str some_words_of_a_text(Model *m)
{
    Buf all = buf_new(m->w->arena, 4096), out = buf_new(m->w->arena, 4096);
    const SearchText *text = &m->objects[below(m, OBJECTS)].texts[0];
    buf_put(&all, text->title);
    for (size_t i = 0; i < text->tags.n; i++) {
        buf_char(&all, ' ');
        buf_put(&all, text->tags.items[i]);
    }
    buf_char(&all, ' ');
    buf_put(&all, text->body);
    Str rest = buf_str(&all), word;
    for (size_t skip = below(m, 8); skip > 0; skip--) str_cut(rest, ' ', &word, &rest);
    for (size_t n = 2 + below(m, 2); n > 0; n--) {
        str_cut(rest, ' ', &word, &rest);
        buf_format(&out, "%.*s ", STR_ARG(word));
    }
    return buf_str(&out);
}

static Str some_question(Model *m)
{
    Buf out = buf_new(m->w->arena, SEARCH_QUERY_MAX);
    for (size_t n = 1 + below(m, 3); n > 0; n--) {
        size_t kind = below(m, 12);
        if (out.n) buf_char(&out, ' ');
        if (kind < 2) buf_char(&out, '-');
        if (kind == 1 || kind == 2)
            buf_format(&out, "\"%s %s\"", pool[below(m, POOL)], pool[below(m, POOL)]);
        else
            buf_put(&out, str_from(pool[below(m, POOL)]));
    }
    if (below(m, 3) == 0) buf_char(&out, ' ');
    if (below(m, 3) == 0 && out.n > 3) out.n -= out.p[out.n - 1] == ' ' ? 2 : 1;
    if (below(m, 3) == 0)
        return str_format(m->w->arena, "\"%.*s\"", STR_ARG(some_words_of_a_text(m)));
    if (below(m, 20) == 0) return str_format(m->w->arena, "ab%zu", below(m, 30));
    if (below(m, 20) == 0) return str_format(m->w->arena, "AB-%zu", below(m, 3));
    if (below(m, 10) == 0) return S("AB-1-7"); /* by its code and by its words */
    return buf_str(&out);
}

static void check_hits(Model *m, const SearchQuery *q, const SearchHits *hits)
{
    size_t want = 0;
    for (size_t i = 0; i < OBJECTS; i++) {
        uint64_t mask = m->objects[i].there ? mask_of(m, i, q) : 0;
        size_t found = 0;
        for (size_t k = 0; k < hits->n; k++) {
            if (hits->ids[k].n != (int64_t)i + 1) continue;
            found++;
            if (mask) WANT_INT(hits->scores[k], rank_score(q, mask));
        }
        WANT_INT(found, mask != 0);
        want += mask != 0;
    }
    WANT_INT(hits->n, want);
}

static void check_question(Ctx *cx, Model *m, const SearchQuery *q)
{
    SearchHits hits = search_run(cx, "thing", q);
    if (hits.corrected.n) {
        WANT(hits.n > 0 && hits.query != q);
        SearchHits none = {0};
        check_hits(m, q, &none); /* it was mended only because nothing fits */
    }
    check_hits(m, hits.query, &hits);
    WANT(hits.n == 0 || !search_is_empty(q));
}

/* Again and again, since more of it comes from memory each time. */
static bool ask_one(Ctx *cx, void *arg)
{
    Model *m = arg;
    static const char *const locales[] = {"", "de", "fr", "xx"};
    Str text = some_question(m);
    const SearchQuery *q = search_parse(cx->arena, text, str_from(locales[below(m, 4)]));
    for (int again = 0; again < 4; again++) check_question(cx, m, q);
    return true;
}

static void finds_what_a_reader_finds(void **state)
{
    World *w = world_of(state);
    Str detail = S("");
    int applied;
    assert_null(db_migrate(w->db, &w->cx, search_module.migrations, search_module.migration_count,
                           &applied, &detail));
    Model *m = calloc(1, sizeof *m);
    m->w = w;
    m->random = random_seeded(&m->seed, 4711);
    for (int round = 0; round < ROUNDS; round++) {
        RUN(w, TX_WRITE, change_some, m);
        for (int i = 0; i < QUESTIONS; i++) RUN(w, TX_READ, ask_one, m);
    }
    free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {ON_BOTH(finds_what_a_reader_finds)};
    return cmocka_run_group_tests(tests, worlds_begin, worlds_end);
}
