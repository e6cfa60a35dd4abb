/* Suggestions: how what is typed may go on.
 *
 * They are taken from the titles of what is found already: the rest of the word that is being typed,
 * and the word behind it, as often as they occur among a sample of the best hits. So each suggestion
 * leads somewhere, fits the words before it ("oak d" goes on with what is made of oak), and needs no
 * table of popular questions that somebody would have to keep. */
#include "platform/search/engine.h"
#include "platform/search/mend.h"

#include "base/buf.h"
#include "base/map.h"

#include <stdlib.h>
#include <utf8proc.h>

enum {
    SAMPLE = 256, /* titles that are read: each a row */
};

typedef struct Titles {
    Id id;
    Str titles;
} Titles;

typedef struct TitlesList {
    Titles *items;
    size_t n;
} TitlesList;

static const Type titles_type = TYPE(Titles, "An object's titles.", FIELD(Titles, id, ""),
                                     FIELD(Titles, titles, "A line for each language."));

/* A way to go on. */
typedef struct Way {
    Str text;
    Str shorter; /* the same without its last word, when that is a way too */
    int count;
} Way;

typedef struct Suggesting {
    Ctx *cx;
    const SearchQuery *query;
    Str before; /* what is typed before the word that goes on */
    Map ways;
} Suggesting;

/* ---- A sample of the best hits --------------------------------------------------------------- */

static IdList sample(Arena *arena, const SearchQuery *query, const HitList *hits)
{
    int32_t *scores = NEW_N(arena, int32_t, hits->n), best = 0;
    size_t with_best = 0;
    for (size_t i = 0; i < hits->n; i++) {
        scores[i] = rank_score(query, hits->items[i].mask);
        if (scores[i] > best) with_best = 0;
        if (scores[i] > best) best = scores[i];
        with_best += scores[i] == best;
    }
    IdList ids = {NEW_N(arena, Id, SAMPLE), 0};
    size_t others = hits->n - with_best, every = with_best / SAMPLE + 1;
    for (size_t i = 0, k = 0; i < hits->n && ids.n < SAMPLE; i++)
        if (scores[i] == best && k++ % every == 0) ids.items[ids.n++] = (Id){hits->items[i].id};
    every = ids.n < SAMPLE ? others / (SAMPLE - ids.n) + 1 : 1;
    for (size_t i = 0, k = 0; i < hits->n && ids.n < SAMPLE; i++)
        if (scores[i] != best && k++ % every == 0) ids.items[ids.n++] = (Id){hits->items[i].id};
    return ids;
}

/* ---- Ways ------------------------------------------------------------------------------------ */

static Str lower(Arena *arena, Str text)
{
    Buf out = buf_new(arena, text.n * 2 + 8);
    for (size_t at = 0; at < text.n;) {
        int32_t c;
        utf8proc_ssize_t bytes = utf8proc_iterate((const utf8proc_uint8_t *)text.p + at,
                                                  (utf8proc_ssize_t)(text.n - at), &c);
        if (bytes <= 0) return text;
        char encoded[4];
        utf8proc_ssize_t n = utf8proc_encode_char(utf8proc_tolower(c), (utf8proc_uint8_t *)encoded);
        buf_bytes(&out, encoded, (size_t)n);
        at += (size_t)bytes;
    }
    return buf_str(&out);
}

static Str add_way(Suggesting *s, Str more, Str shorter)
{
    Str text = str_format(s->cx->arena, "%.*s%.*s", STR_ARG(s->before),
                          STR_ARG(lower(s->cx->arena, more)));
    Way *way = map_get(&s->ways, text);
    if (!way) {
        way = NEW(s->cx->arena, Way);
        *way = (Way){.text = text, .shorter = shorter};
        map_put(&s->ways, text, way);
    }
    way->count++;
    return text;
}

static bool goes_on(const SearchQuery *q, const Word *word)
{
    const QueryWord *last = &q->words[q->n - 1];
    return q->prefix ? str_starts(word->text, last->text) : str_eq(word->text, last->text);
}

static bool is_small(const SearchQuery *q, Str word)
{
    for (int i = 0; i < q->languages; i++)
        if (stem_is_small(q->language[i], word)) return true;
    return false;
}

/* The ways that one title offers. */
static void read_title(Suggesting *s, Str title)
{
    WordReader *reader = words_begin(s->cx->arena, title, NULL);
    Word word, first = {0};
    bool open = false;
    while (words_next(reader, &word)) {
        if (word.extra) continue;
        if (open) {
            if (is_small(s->query, word.text)) continue; /* "shoes for" goes on */
            bool own = s->query->prefix;                 /* else the word itself is typed already */
            Str shorter = S("");
            if (own) shorter = add_way(s, str_slice(title, first.from, first.to), S(""));
            add_way(s, str_slice(title, first.from, word.to), shorter);
            return;
        }
        open = goes_on(s->query, &word);
        first = word;
    }
    if (open && s->query->prefix) add_way(s, str_slice(title, first.from, first.to), S(""));
}

/* The title in the question's language, else in the shop's own. */
static Str title_of(const SearchQuery *q, Str titles)
{
    Str own = S(""), line, locale, title;
    for (Str rest = titles; rest.n;) {
        str_cut(rest, '\n', &line, &rest);
        str_cut(line, '\t', &locale, &title);
        if (str_eq(locale, q->locale)) return title;
        if (!locale.n) own = title;
    }
    return own;
}

static int by_count(const void *a, const void *b)
{
    const Way *left = *(Way *const *)a, *right = *(Way *const *)b;
    if (left->count != right->count) return left->count > right->count ? -1 : 1;
    return str_cmp(left->text, right->text);
}

/* Best first. Who is always followed by the same word is left out. */
static StrList best_ways(Suggesting *s, size_t limit)
{
    Way **ways = NEW_N(s->cx->arena, Way *, s->ways.n);
    size_t n = 0, at = 0;
    Str key;
    for (void *value; map_next(&s->ways, &at, &key, &value);) {
        Way *way = value, *shorter = map_get(&s->ways, way->shorter);
        if (shorter && shorter->count == way->count) shorter->count = 0;
        ways[n++] = way;
    }
    qsort(ways, n, sizeof *ways, by_count);
    StrList list = {NEW_N(s->cx->arena, Str, limit), 0};
    for (size_t i = 0; i < n && list.n < limit && ways[i]->count > 0; i++)
        if (!str_eq(ways[i]->text, s->query->text)) list.items[list.n++] = ways[i]->text;
    return list;
}

StrList suggest_ways(Ctx *cx, const SearchQuery *query, const HitList *hits, size_t limit)
{
    Suggesting s = {.cx = cx, .query = query, .ways = map_new(cx->arena)};
    Str last = query->words[query->n - 1].source;
    s.before = str_slice(query->text, 0, (size_t)(last.p - query->text.p));
    IdList ids = sample(cx->arena, query, hits);
    TitlesList rows = DB_LIST(
        TitlesList,
        db_all(cx, &titles_type, "select id, titles from search_objects where id in IDS($1)", ids));
    for (size_t i = 0; i < rows.n; i++) read_title(&s, title_of(query, rows.items[i].titles));
    return best_ways(&s, limit);
}
