/* PNG (W3C Recommendation, third edition): chunks of length, name, data and check sum. Every chunk
 * is checked, since the sums tell for certain whether the file came as it was sent. */
#include "platform/images/formats.h"

#include <zlib.h>

static ImageFault damaged(const char **why, const char *what)
{
    *why = what;
    return IMAGE_DAMAGED;
}

typedef struct Chunk {
    Str name;
    Scanner data;
} Chunk;

static bool next_chunk(Scanner *s, Chunk *out)
{
    uint32_t length = scan_big_32(s);
    const unsigned char *named = s->at;
    out->name = (Str){(const char *)named, 4};
    scan_piece(s, 4);
    out->data = scan_piece(s, length);
    uint32_t sum = scan_big_32(s);
    return !s->over && sum == crc32_z(crc32_z(0, NULL, 0), named, (z_size_t)length + 4);
}

/* §11.2.1: which depths each colour type may have, a bit each. */
static bool is_depth(uint32_t colour, uint32_t depth)
{
    static const uint32_t depths[] = {
        [0] = 1 << 1 | 1 << 2 | 1 << 4 | 1 << 8 | 1 << 16,
        [2] = 1 << 8 | 1 << 16,
        [3] = 1 << 1 | 1 << 2 | 1 << 4 | 1 << 8,
        [4] = 1 << 8 | 1 << 16,
        [6] = 1 << 8 | 1 << 16,
    };
    return colour < sizeof depths / sizeof *depths && depth <= 16 && depths[colour] >> depth & 1;
}

static ImageFault read_header(Scanner *s, ImageInfo *out, bool *palette, const char **why)
{
    enum { HEADER_BYTES = 13 };
    uint32_t width = scan_big_32(s), height = scan_big_32(s);
    uint32_t depth = scan_8(s), colour = scan_8(s);
    uint32_t compression = scan_8(s), filter = scan_8(s), interlace = scan_8(s);
    if (s->over || scanner_left(s)) return damaged(why, "has a header of the wrong length");
    if (!width || !height || width > INT32_MAX || height > INT32_MAX)
        return damaged(why, "has no pixels, or more than there can be");
    if (!is_depth(colour, depth) || compression || filter || interlace > 1)
        return damaged(why, "has a header that says what cannot be");
    out->width = (int)width;
    out->height = (int)height;
    *palette = colour == 3;
    return IMAGE_FINE;
}

/* A name's fifth bit of the first letter: a reader that does not know the chunk may pass it over. */
static bool is_optional(Str name)
{
    return name.p[0] & 0x20;
}

ImageFault png_inspect(Scanner *s, ImageInfo *out, const char **why)
{
    Chunk chunk;
    bool palette = false, colours = false, data = false;
    if (!next_chunk(s, &chunk) || !str_eq(chunk.name, S("IHDR")))
        return damaged(why, "has no header that is whole");
    ImageFault fault = read_header(&chunk.data, out, &palette, why);
    while (!fault) {
        if (!next_chunk(s, &chunk))
            return damaged(why, s->over ? "ends before it is complete"
                                        : "does not have the sums that it was written with");
        if (str_eq(chunk.name, S("IEND"))) break;
        if (str_eq(chunk.name, S("PLTE"))) {
            colours = true;
        } else if (str_eq(chunk.name, S("IDAT"))) {
            data = true;
            if (palette && !colours) return damaged(why, "has no palette before its pixels");
        } else if (!is_optional(chunk.name)) {
            *why = "is a PNG of a kind of its own, with parts that no standard knows";
            return IMAGE_UNSUPPORTED;
        }
    }
    if (fault) return fault;
    return data ? IMAGE_FINE : damaged(why, "has no pixels in it");
}
