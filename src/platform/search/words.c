/* From text to words: a reader that gives one after the other.
 *
 * A run of letters and digits may hold apostrophes (between letters) and dots or commas (between
 * digits), and runs may be joined by hyphens; each run gives one or two words, and a joined word one
 * more. Scripts without blanks give pairs. The rules are few and local, since whatever they decide
 * they decide for texts and for questions: a wrong cut that is always made finds what it has cut.
 *
 * Rejected: Unicode's word boundaries (UAX 29): "500ml" would be one word, "T-shirt" two that never
 * meet "tshirt", and ideographs one by one. */
#include "platform/search/words.h"

#include "platform/search/fold.h"
#include "platform/search/limits.h"

enum {
    PARTS_MAX = 8,   /* of one word with hyphens; what follows is the next word */
    READY_MAX = 32,  /* words that one such word may bring: more than three a part it cannot */
    JOINED_MAX = 40, /* bytes of its parts written together: what a person would type as one */
    STEM_MIN = 3,    /* bytes; shorter words have no endings */
    ELISION_MAX = 2, /* letters before an apostrophe that are a word of their own: l', d', qu' */
    UNIT_MAX = 3,    /* letters behind a number that are its unit: ml, cm, kwh */
};

struct WordReader {
    Arena *arena;
    Str text;
    const char *language;
    size_t at;
    Word ready[READY_MAX]; /* words that were found and not yet given out */
    int first, count;
    size_t pair_from, pair_at; /* inside of a script without blanks: the last unit, and behind it */
    bool in_pairs, pair_given;
};

WordReader *words_begin(Arena *arena, Str text, const char *language)
{
    WordReader *r = NEW(arena, WordReader);
    r->arena = arena;
    r->text = text;
    r->language = language;
    return r;
}

/* ---- One word -------------------------------------------------------------------------------- */

static void give(WordReader *r, Word word)
{
    if (word.text.n && r->count < READY_MAX) r->ready[r->count++] = word;
}

static bool has_letters_only(Str word)
{
    for (size_t i = 0; i < word.n; i++)
        if ((word.p[i] >= '0' && word.p[i] <= '9') || word.p[i] == '.') return false;
    return true;
}

static void set_stem(WordReader *r, Word *word)
{
    word->stem = word->text;
    if (word->text.n < STEM_MIN || !has_letters_only(word->text)) {
        word->base = S("");
        return;
    }
    if (!word->base.n) word->base = word->text;
    Str stem = r->language ? stem_of(r->arena, r->language, word->base) : S("");
    if (stem.n) word->stem = stem;
}

static void give_word(WordReader *r, size_t from, size_t to)
{
    Word word = {.from = from, .to = to};
    word.text = fold_word(r->arena, str_slice(r->text, from, to), &word.base);
    set_stem(r, &word);
    give(r, word);
}

/* A number that ends in its unit is two words. */
static void give_number(WordReader *r, size_t from, size_t to)
{
    size_t at = from, letters = 0, bytes;
    while (at < to && (char_class(r->text, at, &bytes) == CHAR_DIGIT || r->text.p[at] == '.' ||
                       r->text.p[at] == ','))
        at += bytes;
    size_t unit = at;
    for (; at < to; at += bytes, letters++)
        if (char_class(r->text, at, &bytes) != CHAR_LETTER) break;
    if (at < to || !letters || letters > UNIT_MAX || unit == from) {
        give_word(r, from, to);
        return;
    }
    give_word(r, from, unit);
    give_word(r, unit, to);
}

/* The letters before the first apostrophe, when they are few enough to be an elided word; *next is
 * behind the apostrophe. 0: there is none. */
static size_t elided(Str text, size_t from, size_t to, size_t *next)
{
    size_t letters = 0, bytes;
    for (size_t at = from; at < to && letters <= ELISION_MAX; at += bytes) {
        size_t apostrophe = char_apostrophe(text, at);
        *next = at + apostrophe;
        if (apostrophe) return letters ? at : 0;
        if (char_class(text, at, &bytes) != CHAR_MARK) letters++;
    }
    return 0;
}

static void give_run(WordReader *r, size_t from, size_t to)
{
    size_t bytes, next;
    for (size_t end; (end = elided(r->text, from, to, &next)); from = next) give_word(r, from, end);
    if (from < to && char_class(r->text, from, &bytes) == CHAR_DIGIT)
        give_number(r, from, to);
    else if (from < to)
        give_word(r, from, to);
}

/* ---- Runs ------------------------------------------------------------------------------------ */

static bool is_word_class(CharClass class)
{
    return class == CHAR_LETTER || class == CHAR_DIGIT;
}

static CharClass class_at(Str text, size_t at)
{
    size_t bytes;
    return at < text.n ? char_class(text, at, &bytes) : CHAR_OTHER;
}

/* Does something stand here that belongs to the word when the right things stand around it: an
 * apostrophe between letters, a dot or comma between digits? Its bytes, or 0. */
static size_t inner_mark(Str text, size_t at, CharClass before)
{
    size_t apostrophe = char_apostrophe(text, at);
    if (apostrophe)
        return before == CHAR_LETTER && class_at(text, at + apostrophe) == CHAR_LETTER ? apostrophe
                                                                                       : 0;
    bool mark = text.p[at] == '.' || text.p[at] == ',';
    return mark && before == CHAR_DIGIT && class_at(text, at + 1) == CHAR_DIGIT ? 1 : 0;
}

/* Where the run of letters and digits that begins at `at` ends. */
static size_t run_end(Str text, size_t at)
{
    CharClass before = CHAR_OTHER;
    while (at < text.n) {
        size_t bytes, inner = inner_mark(text, at, before);
        CharClass class = char_class(text, at, &bytes);
        if (inner)
            bytes = inner;
        else if (class == CHAR_OTHER || class == CHAR_PAIR)
            break;
        else if (class != CHAR_MARK)
            before = class;
        at += bytes;
    }
    return at;
}

/* The parts of a word with hyphens, written together. */
static void give_joined(WordReader *r, int first, size_t from, size_t to)
{
    char joined[JOINED_MAX];
    size_t n = 0;
    bool letter = false;
    for (int i = first; i < r->count; i++) {
        if (n + r->ready[i].text.n > sizeof joined) return;
        memcpy(joined + n, r->ready[i].text.p, r->ready[i].text.n);
        n += r->ready[i].text.n;
        letter = letter || has_letters_only(r->ready[i].text);
    }
    if (!letter) return;
    Word word = {.text = str_copy(r->arena, (Str){joined, n}), .from = from, .to = to};
    word.extra = true;
    set_stem(r, &word);
    give(r, word);
}

static void read_run(WordReader *r)
{
    size_t from = r->at, to = from;
    int parts = 0;
    for (;;) {
        size_t begin = to;
        to = run_end(r->text, begin);
        give_run(r, begin, to);
        size_t hyphen = char_hyphen(r->text, to);
        if (++parts == PARTS_MAX || !hyphen || !is_word_class(class_at(r->text, to + hyphen)))
            break;
        to += hyphen;
    }
    if (parts > 1) give_joined(r, 0, from, to);
    r->at = to;
}

/* ---- Scripts without blanks ------------------------------------------------------------------ */

/* A character of such a script with the marks on it. */
static size_t unit_end(Str text, size_t at)
{
    size_t bytes;
    char_class(text, at, &bytes);
    at += bytes;
    while (at < text.n && char_class(text, at, &bytes) == CHAR_MARK) at += bytes;
    return at;
}

static Str fold_slice(WordReader *r, size_t from, size_t to)
{
    Str base;
    return fold_word(r->arena, str_slice(r->text, from, to), &base);
}

/* The pair of the unit before and the next one; at the end the last unit by itself, which stands
 * beside its pair, or alone when there was but one. */
static void read_pair(WordReader *r)
{
    bool next = class_at(r->text, r->pair_at) == CHAR_PAIR;
    size_t end = next ? unit_end(r->text, r->pair_at) : r->pair_at;
    Word word = {.from = r->pair_from, .to = end, .pair = true, .extra = !next && r->pair_given};
    word.text = fold_slice(r, word.from, word.to);
    word.stem = next ? fold_slice(r, r->pair_from, r->pair_at) : word.text;
    if (!word.stem.n) word.stem = word.text; /* an invisible letter: U+3164 */
    give(r, word);
    r->pair_given = true;
    r->in_pairs = next;
    r->pair_from = r->pair_at;
    r->pair_at = end;
    r->at = end;
}

static void begin_pairs(WordReader *r)
{
    r->in_pairs = true;
    r->pair_given = false;
    r->pair_from = r->at;
    r->pair_at = unit_end(r->text, r->at);
}

/* ---- Reading --------------------------------------------------------------------------------- */

bool words_next(WordReader *r, Word *out)
{
    while (r->first == r->count) {
        r->first = r->count = 0;
        if (r->in_pairs) {
            read_pair(r);
            continue;
        }
        if (r->at >= r->text.n) return false;
        size_t bytes;
        CharClass class = char_class(r->text, r->at, &bytes);
        if (is_word_class(class))
            read_run(r);
        else if (class == CHAR_PAIR)
            begin_pairs(r);
        else
            r->at += bytes;
    }
    *out = r->ready[r->first++];
    return true;
}

Str words_code(Arena *arena, Str text)
{
    char *out = arena_alloc(arena, SEARCH_CODE_MAX, 1);
    size_t n = 0, bytes;
    for (size_t at = 0; at < text.n; at += bytes) {
        CharClass class = char_class(text, at, &bytes);
        if (!is_word_class(class) && class != CHAR_PAIR) continue;
        Str base, folded = fold_word(arena, str_slice(text, at, at + bytes), &base);
        if (n + folded.n > SEARCH_CODE_MAX) break;
        memcpy(out + n, folded.p, folded.n);
        n += folded.n;
    }
    return (Str){out, n};
}
