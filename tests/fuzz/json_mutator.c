/* Steps that keep JSON what it is.
 *
 * A fuzzer that changes bytes breaks nearly every document: a reader that is strict refuses it, and what is
 * checked behind the reader (two translations into one language, two prices for one quantity) is met by
 * chance alone. Most such mistakes need something twice. So three steps of four take the text as values:
 * one is copied behind or over another, two change places, one goes, or bytes change inside of one.
 * The fourth is libFuzzer's own, so that broken JSON is made as before.
 *
 * The scanner is not the project's reader on purpose: it must go through what no reader takes, and what
 * it takes must not depend on the code under test. It goes by brackets, quotes and commas, and calls
 * whatever else there is a word.
 *
 * Rejected: a tree that is changed and written again, which loses how the text was written (blanks,
 * escapes, names that stand twice), and that is what readers get wrong. */
#include "mutator.h"

#include <stdlib.h>

enum {
    PIECES_MAX = 1024, /* what is behind them in a long text stays as it is */
    NONE = PIECES_MAX,
    DEPTH_MAX = 64, /* brackets below are words */
    TRIES = 8,      /* of a step, which may find nothing that it fits */
};

typedef enum Sort { SORT_MEMBER, SORT_KEY, SORT_STRING, SORT_WORD, SORT_LIST, SORT_OBJECT } Sort;

typedef struct Piece {
    Sort sort;
    char separator; /* between it and its like: ',', or '\n' of lines; '\0': it stands alone */
    size_t from, to;
    size_t in;                 /* which piece it is a part of; NONE */
    size_t name_from, name_to; /* of a member, with its quotes */
} Piece;

typedef struct Scan {
    const uint8_t *text;
    size_t n, at, count;
    size_t in; /* the piece that is being read */
    int depth;
    Piece pieces[PIECES_MAX + 1]; /* the last one takes what there is no room for */
} Scan;

/* ---- Where the pieces are -------------------------------------------------------------------- */

static bool is_one_of(uint8_t c, const char *set)
{
    return c && strchr(set, c);
}

static void skip(Scan *s, const char *set)
{
    while (s->at < s->n && is_one_of(s->text[s->at], set)) s->at++;
}

static Piece *begin(Scan *s, Sort sort, char separator)
{
    Piece *piece = &s->pieces[s->count < PIECES_MAX ? s->count++ : PIECES_MAX];
    *piece = (Piece){.sort = sort, .separator = separator, .from = s->at, .to = s->at, .in = s->in};
    return piece;
}

/* What is read until the end is part of the piece. */
static size_t enter(Scan *s, const Piece *piece)
{
    size_t before = s->in;
    s->in = (size_t)(piece - s->pieces);
    return before;
}

static void scan_string(Scan *s, Sort sort, char separator)
{
    Piece *piece = begin(s, sort, separator);
    for (s->at++; s->at < s->n && s->text[s->at] != '"'; s->at++)
        if (s->text[s->at] == '\\') s->at++;
    s->at = s->at < s->n ? s->at + 1 : s->n;
    piece->to = s->at;
}

static void scan_word(Scan *s, char separator)
{
    Piece *piece = begin(s, SORT_WORD, separator);
    for (s->at++; s->at < s->n && !is_one_of(s->text[s->at], " \t\r\n,:\"[]{}");) s->at++;
    piece->to = s->at;
}

static void scan_value(Scan *s, char separator);

static void scan_member(Scan *s)
{
    Piece *piece = begin(s, SORT_MEMBER, ',');
    size_t before = enter(s, piece);
    piece->name_from = s->at;
    if (s->text[s->at] == '"') scan_string(s, SORT_KEY, '\0');
    piece->name_to = s->at;
    skip(s, " \t\r\n:");
    if (s->at < s->n && !is_one_of(s->text[s->at], ",]}")) scan_value(s, '\0');
    piece->to = s->at;
    s->in = before;
}

static void scan_brackets(Scan *s, char separator)
{
    bool object = s->text[s->at] == '{';
    Piece *piece = begin(s, object ? SORT_OBJECT : SORT_LIST, separator);
    size_t before = enter(s, piece);
    s->at++;
    s->depth++;
    for (skip(s, " \t\r\n,:"); s->at < s->n && !is_one_of(s->text[s->at], "]}");) {
        if (object)
            scan_member(s);
        else
            scan_value(s, ',');
        skip(s, " \t\r\n,:");
    }
    s->depth--;
    if (s->at < s->n) s->at++;
    piece->to = s->at;
    s->in = before;
}

/* There is a byte, and it is no blank; at least that is read. */
static void scan_value(Scan *s, char separator)
{
    uint8_t c = s->text[s->at];
    if (c == '"')
        scan_string(s, SORT_STRING, separator);
    else if ((c == '{' || c == '[') && s->depth < DEPTH_MAX)
        scan_brackets(s, separator);
    else
        scan_word(s, separator);
}

static void scan(Scan *s, const uint8_t *text, size_t n)
{
    s->text = text;
    s->n = n;
    s->at = s->count = 0;
    s->in = NONE;
    s->depth = 0;
    for (skip(s, " \t\r\n"); s->at < n; skip(s, " \t\r\n")) scan_value(s, '\n');
}

/* ---- Steps ----------------------------------------------------------------------------------- */

/* A piece, and the text that it is of. */
typedef struct Found {
    const Scan *scan;
    const Piece *piece;
} Found;

static Found any_piece(const Scan *s, const Random *random)
{
    return (Found){s, s->count ? &s->pieces[random_below(random, s->count)] : NULL};
}

/* The item of a list, or the line, that the piece is, or is a part of. */
static Found item_of(Found found)
{
    const Piece *piece = found.piece;
    while (piece && (piece->sort == SORT_MEMBER || !piece->separator))
        piece = piece->in == NONE ? NULL : &found.scan->pieces[piece->in];
    return (Found){found.scan, piece};
}

/* May what was found stand behind the other piece? */
static bool may_follow(Found found, Found other)
{
    return other.piece->separator && found.piece->sort != SORT_KEY &&
           (found.piece->sort == SORT_MEMBER) == (other.piece->sort == SORT_MEMBER);
}

/* May it stand in the other's place? A member takes that of its name in another object. */
static bool may_replace(Found found, Found other)
{
    const Piece *a = found.piece, *b = other.piece;
    if (a == b || a->sort != b->sort) return false;
    size_t n = a->name_to - a->name_from;
    return n == b->name_to - b->name_from &&
           memcmp(found.scan->text + a->name_from, other.scan->text + b->name_from, n) == 0;
}

/* Any piece of `s` for which fits(found, piece); NULL: there is none. */
static const Piece *pick(const Scan *s, const Random *random, bool (*fits)(Found, Found),
                         Found found)
{
    size_t first = s->count ? random_below(random, s->count) : 0;
    for (size_t i = 0; i < s->count; i++) {
        const Piece *piece = &s->pieces[(first + i) % s->count];
        if (fits(found, (Found){s, piece})) return piece;
    }
    return NULL;
}

/* A piece of `source` behind one of the text; of the same text as often as not behind itself. */
static bool insert(FuzzText *t, const Scan *here, const Scan *source)
{
    Found what = any_piece(source, t->random);
    if (random_below(t->random, 2) == 0) what = item_of(what);
    if (!what.piece) return false;
    bool itself = source == here && what.piece->separator && random_below(t->random, 2) == 0;
    const Piece *where = itself ? what.piece : pick(here, t->random, may_follow, what);
    if (!where) return false;
    uint8_t *bytes = fuzz_copy(source->text, what.piece->from, what.piece->to, 1);
    bytes[0] = (uint8_t)where->separator;
    bool fine = fuzz_replace(t, where->to, where->to, bytes, what.piece->to - what.piece->from + 1);
    free(bytes);
    return fine;
}

/* A piece of `source` in place of one of the same sort. */
static bool overwrite(FuzzText *t, const Scan *here, const Scan *source)
{
    Found what = any_piece(source, t->random);
    const Piece *where = what.piece ? pick(here, t->random, may_replace, what) : NULL;
    if (!where) return false;
    uint8_t *bytes = fuzz_copy(source->text, what.piece->from, what.piece->to, 0);
    bool fine = fuzz_replace(t, where->from, where->to, bytes, what.piece->to - what.piece->from);
    free(bytes);
    return fine;
}

/* Away with one, and with a comma before or behind it. */
static bool take_out(FuzzText *t, const Scan *here)
{
    const Piece *piece = any_piece(here, t->random).piece;
    if (!piece || !piece->separator) return false;
    size_t from = piece->from, to = piece->to;
    while (from > 0 && is_one_of(t->p[from - 1], " \t\r")) from--;
    while (to < t->n && is_one_of(t->p[to], " \t\r")) to++;
    if (from > 0 && t->p[from - 1] == piece->separator)
        from--;
    else if (to < t->n && t->p[to] == piece->separator)
        to++;
    return fuzz_replace(t, from, to, NULL, 0);
}

/* Two change places that do not hold each other. */
static bool exchange(FuzzText *t, const Scan *here)
{
    const Piece *a = any_piece(here, t->random).piece, *b = any_piece(here, t->random).piece;
    if (!a || a->sort != b->sort || (a->from < b->to && b->from < a->to)) return false;
    const Piece *first = a->from < b->from ? a : b, *second = first == a ? b : a;
    size_t n1 = first->to - first->from, n2 = second->to - second->from;
    size_t between = second->from - first->to;
    uint8_t *old = fuzz_copy(t->p, first->from, second->to, 0), *at = t->p + first->from;
    memcpy(at, old + n1 + between, n2);
    memcpy(at + n2, old + n1, between);
    memcpy(at + n2 + between, old, n1);
    free(old);
    return true;
}

/* Bytes of one string, name or word, by libFuzzer. */
static bool change_inside(FuzzText *t, const Scan *here)
{
    const Piece *piece = any_piece(here, t->random).piece;
    if (!piece) return false;
    bool quoted = piece->sort == SORT_STRING || piece->sort == SORT_KEY;
    if (!quoted && piece->sort != SORT_WORD) return false;
    size_t from = piece->from + quoted, to = piece->to;
    if (quoted && to > from && t->p[to - 1] == '"') to--;
    return fuzz_change(t, from, to);
}

static bool step(FuzzText *t, const Scan *here)
{
    switch (random_below(t->random, 5)) {
    case 0:
        return insert(t, here, here);
    case 1:
        return overwrite(t, here, here);
    case 2:
        return exchange(t, here);
    case 3:
        return take_out(t, here);
    default:
        return change_inside(t, here);
    }
}

/* A step that fits nothing has changed nothing, so another one may be tried. */
static bool some_step(FuzzText *t)
{
    Scan here;
    scan(&here, t->p, t->n);
    for (int i = 0; i < TRIES; i++)
        if (step(t, &here)) return true;
    return false;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    RandomSeeded state;
    Random random = random_seeded(&state, seed);
    FuzzText text = {data, size, max_size, &random};
    if (random_below(&random, 4) > 0 && some_step(&text)) return text.n;
    return LLVMFuzzerMutate(data, size, max_size);
}

/* libFuzzer asks for this as often as for the other one. That is too often: what comes of two texts is
 * larger than either, and the corpus would be full of it. */
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2,
                                 size_t size2, uint8_t *out, size_t max_out, unsigned seed)
{
    Scan here, other;
    RandomSeeded state;
    Random random = random_seeded(&state, seed);
    if (size1 > max_out) return 0;
    if (size1) memcpy(out, data1, size1);
    if (random_below(&random, 8) > 0)
        return LLVMFuzzerCustomMutator(out, size1, max_out, (unsigned)random_u64(&random));
    FuzzText text = {out, size1, max_out, &random};
    scan(&here, out, size1);
    scan(&other, data2, size2);
    bool fine = random_below(&random, 2) == 0 ? insert(&text, &here, &other)
                                              : overwrite(&text, &here, &other);
    return fine ? text.n : 0;
}
