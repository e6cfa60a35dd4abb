/* The walkers over the structure of each format, and what they share. */
#ifndef PLATFORM_IMAGES_FORMATS_H
#define PLATFORM_IMAGES_FORMATS_H

#include "platform/images/images.h"

/* What is left of the bytes. Reading past their end gives zeros and sets `over`. */
typedef struct Scanner {
    const unsigned char *at, *end;
    bool over;
} Scanner;

static inline Scanner scanner_of(Str bytes)
{
    const unsigned char *at = (const unsigned char *)bytes.p;
    return (Scanner){at, at + bytes.n, false};
}

static inline size_t scanner_left(const Scanner *s)
{
    return (size_t)(s->end - s->at);
}

/* The next `n` bytes as a scanner of their own, and goes past them. */
static inline Scanner scan_piece(Scanner *s, size_t n)
{
    if (n > scanner_left(s)) {
        s->over = true;
        n = scanner_left(s);
    }
    Scanner piece = {s->at, s->at + n, s->over};
    s->at += n;
    return piece;
}

static inline uint32_t scan_number(Scanner *s, size_t bytes, bool little)
{
    uint32_t number = 0;
    Scanner piece = scan_piece(s, bytes);
    if (piece.over) return 0;
    for (size_t i = 0; i < bytes; i++)
        number |= (uint32_t)piece.at[i] << 8 * (little ? i : bytes - 1 - i);
    return number;
}

static inline uint32_t scan_8(Scanner *s)
{
    return scan_number(s, 1, false);
}

static inline uint32_t scan_big_16(Scanner *s)
{
    return scan_number(s, 2, false);
}

static inline uint32_t scan_big_32(Scanner *s)
{
    return scan_number(s, 4, false);
}

static inline uint32_t scan_little_16(Scanner *s)
{
    return scan_number(s, 2, true);
}

/* Do the next bytes read so? Goes past them when they do. */
static inline bool scan_word(Scanner *s, Str word)
{
    if (scanner_left(s) < word.n || memcmp(s->at, word.p, word.n) != 0) return false;
    s->at += word.n;
    return true;
}

/* Each begins behind the signature and sets width, height and what else the format knows. */
ImageFault jpeg_inspect(Scanner *s, ImageInfo *out, const char **why);
ImageFault png_inspect(Scanner *s, ImageInfo *out, const char **why);
ImageFault gif_inspect(Scanner *s, ImageInfo *out, const char **why);

/* The orientation that an EXIF block (behind "Exif", NUL, NUL) names; 1 when it names none, or is
 * malformed: a picture is not refused for its notes. CIPA DC-008 (Exif 2.32) §4.6. */
int exif_orientation(Scanner s);

#endif
