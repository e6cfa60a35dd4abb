/* The vocabulary in memory: a set of words for each kind, shared by all threads under one lock.
 *
 * Comparing a misspelt word with all words of a shop sounds slow and is not: length and letters (as a
 * mask of 32 bits) exclude nearly all of 50,000 in 0.1 ms, and the others cost 100 ns each. So there
 * is no index of trigrams or deletions, which would have to be written with each word, on disk.
 *
 * A word becomes known after the commit that brings it; a word of a transaction that is rolled back
 * never does, and will be written again. Frequencies are not kept: they would be rows that all
 * writers change, and the index itself counts the few candidates that matter. */
#include "platform/search/vocabulary.h"

#include "base/hash.h"

#include <pthread.h>
#include <stdlib.h>

enum {
    LETTERS_MIN = 3, /* a shorter word is near to everything */
    KINDS_MAX = 8,
};

/* News of other processes, when a question finds nothing: no more often than this. */
#define READ_AGAIN_US ((int64_t)10000000)

typedef struct Known {
    Str word;
    uint32_t letters; /* a bit for each character it has (by its code modulo 32) */
    uint32_t count;   /* of its characters */
} Known;

/* The words of a kind. Words are only added, so that what was found stays. */
typedef struct Vocabulary {
    const char *kind;
    uint64_t serial; /* of the database */
    int64_t read_us;
    Arena *arena;
    Known *words;
    size_t n, room;
    uint32_t *slots; /* index + 1; open addressing */
    size_t capacity;
} Vocabulary;

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static Vocabulary vocabularies[KINDS_MAX];
static size_t vocabulary_count;

/* ---- In memory, under the lock --------------------------------------------------------------- */

static size_t slot_of(const Vocabulary *v, Str word)
{
    size_t at = (size_t)hash_fast(word) & (v->capacity - 1);
    while (v->slots[at] && !str_eq(v->words[v->slots[at] - 1].word, word))
        at = (at + 1) & (v->capacity - 1);
    return at;
}

static bool knows(const Vocabulary *v, Str word)
{
    return v->capacity && v->slots[slot_of(v, word)];
}

static void grow(Vocabulary *v)
{
    free(v->slots);
    v->capacity = v->capacity ? v->capacity * 2 : 1024;
    v->slots = calloc(v->capacity, sizeof *v->slots);
    if (!v->slots) abort();
    for (size_t i = 0; i < v->n; i++) v->slots[slot_of(v, v->words[i].word)] = (uint32_t)i + 1;
}

static uint32_t letters_of(const int32_t *points, size_t n)
{
    uint32_t letters = 0;
    for (size_t i = 0; i < n; i++) letters |= (uint32_t)1 << (points[i] & 31);
    return letters;
}

static void add(Vocabulary *v, Str word)
{
    int32_t points[SPELLING_WORD_MAX];
    size_t count = spelling_points(word, points);
    if (!count || knows(v, word)) return;
    if ((v->n + 1) * 2 > v->capacity) grow(v);
    if (v->n == v->room) {
        v->room = v->room ? v->room * 2 : 1024;
        v->words = realloc(v->words, v->room * sizeof *v->words);
        if (!v->words) abort();
    }
    size_t slot = slot_of(v, word);
    v->words[v->n++] =
        (Known){str_copy(v->arena, word), letters_of(points, count), (uint32_t)count};
    v->slots[slot] = (uint32_t)v->n;
}

static Vocabulary *find(const char *kind, uint64_t serial)
{
    for (size_t i = 0; i < vocabulary_count; i++)
        if (vocabularies[i].serial == serial && !strcmp(vocabularies[i].kind, kind))
            return &vocabularies[i];
    return NULL;
}

static void forget(Vocabulary *v)
{
    arena_free(v->arena);
    free(v->words);
    free(v->slots);
}

/* The place of a database that was closed may be had again. */
static Vocabulary *make(const char *kind, uint64_t serial)
{
    Vocabulary *v = find(kind, serial);
    if (v) return v;
    for (size_t i = 0; i < vocabulary_count && !v; i++)
        if (vocabularies[i].serial < serial) v = &vocabularies[i];
    if (v)
        forget(v);
    else if (vocabulary_count < KINDS_MAX)
        v = &vocabularies[vocabulary_count++];
    else
        return NULL;
    *v = (Vocabulary){.kind = kind, .serial = serial, .arena = arena_new(65536)};
    return v;
}

/* ---- The table ------------------------------------------------------------------------------- */

typedef struct WordRow {
    Str word;
} WordRow;

typedef struct WordRowList {
    WordRow *items;
    size_t n;
} WordRowList;

static const Type word_row_type =
    TYPE(WordRow, "A word of the vocabulary.", FIELD(WordRow, word, ""));

static void read_all(Ctx *cx, const char *kind)
{
    WordRowList rows = DB_LIST(
        WordRowList, db_all(cx, &word_row_type,
                            "select word from search_vocabulary where kind = $1", str_from(kind)));
    if (db_failure(cx)) return;
    pthread_rwlock_wrlock(&lock);
    Vocabulary *v = make(kind, db_serial(cx));
    for (size_t i = 0; i < rows.n && v; i++) add(v, rows.items[i].word);
    if (v) v->read_us = monotonic_us();
    pthread_rwlock_unlock(&lock);
}

/* Reads the table when this process never has, or not for a while. */
static void refresh(Ctx *cx, const char *kind, int64_t age_us)
{
    pthread_rwlock_rdlock(&lock);
    const Vocabulary *v = find(kind, db_serial(cx));
    bool fresh = v && (!age_us || monotonic_us() - v->read_us < age_us);
    pthread_rwlock_unlock(&lock);
    if (!fresh) read_all(cx, kind);
}

/* ---- Adding ---------------------------------------------------------------------------------- */

/* What waits for the commit. */
typedef struct News {
    const char *kind;
    uint64_t serial;
    StrList words;
} News;

static bool is_spelt(const EntryWord *word)
{
    if (word->text.n < LETTERS_MIN) return false;
    for (size_t i = 0; i < word->text.n; i++)
        if ((word->text.p[i] >= '0' && word->text.p[i] <= '9') || word->text.p[i] == '.')
            return false;
    return true;
}

static void collect(const Vocabulary *v, const EntryWords *words, StrList *news, size_t max)
{
    for (size_t i = 0; i < words->n && news->n < max; i++)
        if (is_spelt(&words->items[i]) && !knows(v, words->items[i].text))
            news->items[news->n++] = words->items[i].text;
}

static int by_bytes(const void *a, const void *b)
{
    return str_cmp(*(const Str *)a, *(const Str *)b);
}

/* Words of the entry that are not known, each once, in the order of their bytes, so that two writers
 * never wait for each other. */
static StrList unknown_words(Ctx *cx, const Entry *entry)
{
    size_t max = 0;
    for (size_t i = 0; i < entry->text_count; i++)
        max += entry->texts[i].title.n + entry->texts[i].tags.n + entry->texts[i].body.n;
    StrList news = {NEW_N(cx->arena, Str, max), 0};
    pthread_rwlock_rdlock(&lock);
    const Vocabulary *v = find(entry->kind, db_serial(cx));
    for (size_t i = 0; i < entry->text_count && v; i++) {
        collect(v, &entry->texts[i].title, &news, max);
        collect(v, &entry->texts[i].tags, &news, max);
        collect(v, &entry->texts[i].body, &news, max);
    }
    pthread_rwlock_unlock(&lock);
    qsort(news.items, news.n, sizeof *news.items, by_bytes);
    size_t kept = 0;
    for (size_t i = 0; i < news.n; i++)
        if (!kept || !str_eq(news.items[kept - 1], news.items[i]))
            news.items[kept++] = news.items[i];
    news.n = kept;
    return news;
}

static void learn(void *arg)
{
    const News *news = arg;
    pthread_rwlock_wrlock(&lock);
    Vocabulary *v = find(news->kind, news->serial);
    for (size_t i = 0; i < news->words.n && v; i++) add(v, news->words.items[i]);
    pthread_rwlock_unlock(&lock);
}

void vocabulary_add(Ctx *cx, const Entry *entry)
{
    refresh(cx, entry->kind, 0);
    StrList words = unknown_words(cx, entry);
    if (!words.n) return;
    for (size_t i = 0; i < words.n; i++)
        db_post(cx,
                "insert into search_vocabulary (kind, word) values ($1, $2) "
                "on conflict (kind, word) do nothing",
                str_from(entry->kind), words.items[i]);
    News *news = NEW(cx->arena, News);
    *news = (News){entry->kind, db_serial(cx), words};
    ctx_after_commit(cx, learn, news);
}

/* ---- Asking ---------------------------------------------------------------------------------- */

bool vocabulary_has(Ctx *cx, const char *kind, Str word)
{
    refresh(cx, kind, READ_AGAIN_US);
    pthread_rwlock_rdlock(&lock);
    const Vocabulary *v = find(kind, db_serial(cx));
    bool has = v && knows(v, word);
    pthread_rwlock_unlock(&lock);
    return has;
}

static bool is_before(const Candidate *a, const Candidate *b)
{
    return a->distance != b->distance ? a->distance < b->distance : str_cmp(a->word, b->word) < 0;
}

/* Into its place in the list, whose last one goes when it is full. */
static void keep_best(CandidateList *list, Candidate candidate, size_t max)
{
    if (list->n == max && !is_before(&candidate, &list->items[max - 1])) return;
    if (list->n < max) list->n++;
    size_t at = list->n - 1;
    for (; at > 0 && is_before(&candidate, &list->items[at - 1]); at--)
        list->items[at] = list->items[at - 1];
    list->items[at] = candidate;
}

/* One slip changes at most two of the bits: a letter that goes and one that comes. */
static void compare_all(const Vocabulary *v, const int32_t *points, size_t count, int distance,
                        CandidateList *list, size_t max)
{
    uint32_t letters = letters_of(points, count);
    for (size_t i = 0; i < v->n; i++) {
        const Known *known = &v->words[i];
        size_t longer = known->count > count ? known->count - count : count - known->count;
        if (longer > (size_t)distance ||
            __builtin_popcount(known->letters ^ letters) > 2 * distance)
            continue;
        int32_t other[SPELLING_WORD_MAX];
        size_t n = spelling_points(known->word, other);
        int found = spelling_distance(points, count, other, n, distance);
        if (found <= distance && found > 0) keep_best(list, (Candidate){known->word, found}, max);
    }
}

CandidateList vocabulary_near(Ctx *cx, const char *kind, Str word, int distance, size_t max)
{
    CandidateList list = {NEW_N(cx->arena, Candidate, max), 0};
    int32_t points[SPELLING_WORD_MAX];
    size_t count = spelling_points(word, points);
    if (!count) return list;
    refresh(cx, kind, READ_AGAIN_US);
    pthread_rwlock_rdlock(&lock);
    const Vocabulary *v = find(kind, db_serial(cx));
    if (v) compare_all(v, points, count, distance, &list, max);
    for (size_t i = 0; i < list.n; i++)
        list.items[i].word = str_copy(cx->arena, list.items[i].word);
    pthread_rwlock_unlock(&lock);
    return list;
}
