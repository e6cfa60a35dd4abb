/* Characters, by utf8proc's tables.
 *
 * Folding goes by code points: taken apart and case-folded (NFKD), freed of accents, put together
 * again. Accents are a list of ranges and not the category "mark", since in many scripts a mark is a
 * vowel, and without it हिन्दी would be three consonants. Letters with a stroke (ø, ł, đ) are no
 * base with a mark for Unicode but are for who types them, so they have a table. ASCII, which is most
 * of most shops, goes a short way.
 *
 * Rejected: utf8proc_map with STRIPMARK (strips vowels too); ICU's transforms (36 MB). */
#include "platform/search/fold.h"

#include "platform/search/limits.h"

#include <utf8proc.h>

enum {
    POINTS_MAX = 4 * SEARCH_WORD_MAX, /* code points of one word while it is taken apart: one
                                         character may become eighteen */
};

/* ---- Classes --------------------------------------------------------------------------------- */

/* Scripts that are written without blanks between words, and Hangul, whose words carry their
 * endings with them: Thai, Lao, Myanmar, Khmer, Kana, CJK ideographs, Hangul. */
static bool is_pair_script(int32_t c)
{
    static const int32_t ranges[][2] = {
        {0x0E00, 0x0EFF}, {0x1000, 0x109F}, {0x1100, 0x11FF},   {0x1780, 0x17FF},
        {0x3005, 0x3007}, {0x3040, 0x30FF}, {0x3130, 0x318F},   {0x31F0, 0x31FF},
        {0x3400, 0x4DBF}, {0x4E00, 0x9FFF}, {0xA960, 0xA97F},   {0xAC00, 0xD7FF},
        {0xF900, 0xFAFF}, {0xFF66, 0xFFDC}, {0x1B000, 0x1B16F}, {0x20000, 0x3FFFF},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges && c >= ranges[i][0]; i++)
        if (c <= ranges[i][1]) return true;
    return false;
}

static CharClass class_of(int32_t c)
{
    if (c == 0x200B) return CHAR_OTHER;                 /* ZERO WIDTH SPACE */
    if (c == 0xFF9E || c == 0xFF9F) return CHAR_MARK;   /* voicing marks of narrow Kana */
    if (c >= 0x3300 && c <= 0x33FF) return CHAR_LETTER; /* ㎏, ㎖: letters squeezed into one */
    switch ((int)utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
        return is_pair_script(c) ? CHAR_PAIR : CHAR_LETTER;
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
        return is_pair_script(c) ? CHAR_PAIR : CHAR_DIGIT;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_CF:
        return CHAR_MARK;
    default:
        return CHAR_OTHER;
    }
}

/* utf8proc_iterate with what an invalid byte is to us. */
static int32_t point_at(Str text, size_t at, size_t *bytes)
{
    int32_t c;
    utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)text.p + at,
                                          (utf8proc_ssize_t)(text.n - at), &c);
    *bytes = n > 0 ? (size_t)n : 1;
    return n > 0 ? c : -1;
}

CharClass char_class(Str text, size_t at, size_t *bytes)
{
    unsigned char byte = (unsigned char)text.p[at];
    if (byte < 0x80) {
        *bytes = 1;
        if ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z') return CHAR_LETTER;
        return byte >= '0' && byte <= '9' ? CHAR_DIGIT : CHAR_OTHER;
    }
    int32_t c = point_at(text, at, bytes);
    return c < 0 ? CHAR_OTHER : class_of(c);
}

static size_t one_of(Str text, size_t at, const char *ascii, const int32_t *others, size_t count)
{
    if (at >= text.n) return 0;
    if ((unsigned char)text.p[at] < 0x80) return text.p[at] && strchr(ascii, text.p[at]) ? 1 : 0;
    size_t bytes;
    int32_t c = point_at(text, at, &bytes);
    for (size_t i = 0; i < count; i++)
        if (c == others[i]) return bytes;
    return 0;
}

size_t char_apostrophe(Str text, size_t at)
{
    static const int32_t others[] = {0x2019, 0x2018, 0x02BC, 0xFF07};
    return one_of(text, at, "'", others, 4);
}

size_t char_hyphen(Str text, size_t at)
{
    static const int32_t others[] = {0x2010, 0x2011, 0xFF0D};
    return one_of(text, at, "-", others, 3);
}

size_t char_quote(Str text, size_t at)
{
    static const int32_t others[] = {0x201C, 0x201D, 0x201E, 0x201F, 0x00AB, 0x00BB, 0xFF02};
    return one_of(text, at, "\"", others, 7);
}

/* ---- Folding --------------------------------------------------------------------------------- */

/* Accents and other marks that people leave out when they type. Vowel signs of scripts where the
 * mark makes the word (Devanagari, Thai, the Japanese voicing mark) stay. */
static bool is_accent(int32_t c, int32_t before)
{
    if (c == 0x0306 && before == 0x0438) return false; /* й is a letter of its own */
    return (c >= 0x0300 && c <= 0x036F) || (c >= 0x0483 && c <= 0x0489) ||
           (c >= 0x0591 && c <= 0x05C7) || (c >= 0x0610 && c <= 0x061A) ||
           (c >= 0x064B && c <= 0x065F) || c == 0x0640 || c == 0x0670 ||
           (c >= 0x1AB0 && c <= 0x1AFF) || (c >= 0x1DC0 && c <= 0x1DFF) ||
           (c >= 0x20D0 && c <= 0x20FF) || (c >= 0xFE20 && c <= 0xFE2F);
}

/* Letters that Unicode does not take apart, as who has no such key types them. */
static const char *plain_letter(int32_t c)
{
    switch (c) {
    case 0x00E6:
        return "ae";
    case 0x00F0:
    case 0x0111:
        return "d";
    case 0x00F8:
        return "o";
    case 0x00FE:
        return "th";
    case 0x0127:
        return "h";
    case 0x0131:
        return "i";
    case 0x0138:
        return "k";
    case 0x0142:
        return "l";
    case 0x0153:
        return "oe";
    case 0x0167:
        return "t";
    default:
        return NULL;
    }
}

static size_t strip_accents(int32_t *points, size_t n, int32_t *out)
{
    size_t kept = 0;
    int32_t before = 0;
    for (size_t i = 0; i < n; i++) {
        const char *plain = plain_letter(points[i]);
        for (; plain && *plain; plain++) out[kept++] = *plain;
        if (!plain_letter(points[i]) && !is_accent(points[i], before)) out[kept++] = points[i];
        before = points[i];
    }
    return kept;
}

/* Composes and writes as UTF-8, cut after SEARCH_WORD_MAX bytes at a character's end. */
static Str write_points(Arena *arena, int32_t *points, size_t n)
{
    utf8proc_ssize_t composed = utf8proc_normalize_utf32(
        points, (utf8proc_ssize_t)n, (utf8proc_option_t)(UTF8PROC_COMPOSE | UTF8PROC_STABLE));
    char *out = arena_alloc(arena, SEARCH_WORD_MAX + 4, 1);
    size_t length = 0;
    for (utf8proc_ssize_t i = 0; i < composed; i++) {
        utf8proc_ssize_t bytes = utf8proc_encode_char(points[i], (utf8proc_uint8_t *)out + length);
        if (length + (size_t)bytes > SEARCH_WORD_MAX) break;
        length += (size_t)bytes;
    }
    return (Str){arena_grow(arena, out, SEARCH_WORD_MAX + 4, length + 1, 1), length};
}

/* Only what words are made of is left: compatibility forms may bring other things (½ is 1⁄2). */
static size_t keep_word_points(int32_t *points, size_t n, bool apostrophes)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        int32_t c = points[i] == ',' ? '.' : points[i];
        if (apostrophes && (c == 0x2019 || c == 0x2018 || c == 0x02BC)) c = '\'';
        bool stays = c == '.' || (apostrophes && c == '\'');
        if (stays || (class_of(c) != CHAR_OTHER && c != 0x02BC)) points[kept++] = c;
    }
    return kept;
}

/* The code points of the word, folded for case and width, taken apart. */
static size_t take_apart(Str source, int32_t *points)
{
    utf8proc_ssize_t n = utf8proc_decompose(
        (const utf8proc_uint8_t *)source.p, (utf8proc_ssize_t)source.n, points, POINTS_MAX,
        (utf8proc_option_t)(UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD |
                            UTF8PROC_IGNORE | UTF8PROC_STABLE));
    return n > 0 && n <= POINTS_MAX ? (size_t)n : 0;
}

static Str fold_unicode(Arena *arena, Str source, Str *base)
{
    int32_t points[POINTS_MAX + 1], own[POINTS_MAX * 2 + 1];
    size_t n = take_apart(source, points);
    memcpy(own, points, n * sizeof *points);
    size_t kept = keep_word_points(own, n, true);
    *base = write_points(arena, own, kept);
    n = keep_word_points(points, n, false);
    size_t stripped = strip_accents(points, n, own);
    Str text = write_points(arena, own, stripped);
    if (str_eq(text, *base)) *base = S("");
    return text;
}

/* Most words. */
static Str fold_ascii(Arena *arena, Str source, Str *base)
{
    char *out = arena_alloc(arena, source.n + 1, 1);
    size_t n = 0;
    bool apostrophe = false;
    for (size_t i = 0; i < source.n; i++) {
        char c = source.p[i];
        if (c == '\'') apostrophe = true;
        if (c == '\'') continue;
        if (c >= 'A' && c <= 'Z') c = (char)(c + 32);
        out[n++] = c == ',' ? '.' : c;
    }
    *base = apostrophe ? str_lower(arena, source) : S("");
    return (Str){out, n};
}

/* As many whole characters of `s` as fit into `max` bytes. */
static Str cut_to(Str s, size_t max)
{
    if (s.n <= max) return s;
    while (max && ((unsigned char)s.p[max] & 0xC0) == 0x80) max--;
    return str_slice(s, 0, max);
}

Str fold_word(Arena *arena, Str source, Str *base)
{
    source = cut_to(source, SEARCH_WORD_MAX);
    for (size_t i = 0; i < source.n; i++)
        if ((unsigned char)source.p[i] >= 0x80) return fold_unicode(arena, source, base);
    return fold_ascii(arena, source, base);
}

Str fold_accents(Arena *arena, Str word)
{
    bool ascii = true;
    for (size_t i = 0; i < word.n; i++) ascii = ascii && (unsigned char)word.p[i] < 0x80;
    if (ascii) return word;
    int32_t points[POINTS_MAX + 1], own[POINTS_MAX * 2 + 1];
    size_t n = keep_word_points(points, take_apart(cut_to(word, SEARCH_WORD_MAX), points), false);
    return write_points(arena, own, strip_accents(points, n, own));
}
