/* GIF87a and GIF89a, by the specification of CompuServe of 1990: a screen, perhaps a table of
 * colours, and blocks. All of them are walked, so that an upload that broke off is seen. */
#include "platform/images/formats.h"

enum { BLOCK_EXTENSION = 0x21, BLOCK_IMAGE = 0x2C, BLOCK_TRAILER = 0x3B };

static ImageFault damaged(const char **why, const char *what)
{
    *why = what;
    return IMAGE_DAMAGED;
}

/* Goes past a table of 2, 4, … 256 colours, if the flags say that there is one. */
static bool skip_colours(Scanner *s, uint32_t flags)
{
    if (!(flags & 0x80)) return false;
    scan_piece(s, (size_t)3 << ((flags & 7) + 1));
    return true;
}

/* Sub-blocks of up to 255 bytes; one of none ends them. */
static void skip_blocks(Scanner *s)
{
    for (uint32_t n; !s->over && (n = scan_8(s)) > 0;) scan_piece(s, n);
}

static ImageFault skip_image(Scanner *s, const ImageInfo *screen, bool has_colours,
                             const char **why)
{
    enum { CODE_SIZE_MAX = 11 };
    uint32_t left = scan_little_16(s), top = scan_little_16(s);
    uint32_t width = scan_little_16(s), height = scan_little_16(s);
    has_colours = skip_colours(s, scan_8(s)) || has_colours;
    uint32_t code_size = scan_8(s);
    skip_blocks(s);
    if (left + width > (uint32_t)screen->width || top + height > (uint32_t)screen->height)
        return damaged(why, "has a frame that is larger than itself");
    if (!has_colours) return damaged(why, "has no table of colours");
    if (code_size < 1 || code_size > CODE_SIZE_MAX)
        return damaged(why, "is packed in a way that there is not");
    return IMAGE_FINE;
}

ImageFault gif_inspect(Scanner *s, ImageInfo *out, const char **why)
{
    size_t frames = 0;
    out->width = (int)scan_little_16(s);
    out->height = (int)scan_little_16(s);
    uint32_t flags = scan_8(s);
    scan_piece(s, 2); /* background colour, aspect ratio */
    bool has_colours = skip_colours(s, flags);
    if (!s->over && (!out->width || !out->height)) return damaged(why, "has no pixels");
    for (uint32_t kind; !s->over && (kind = scan_8(s)) != BLOCK_TRAILER;) {
        ImageFault fault = IMAGE_FINE;
        if (kind == BLOCK_IMAGE) {
            frames++;
            fault = skip_image(s, out, has_colours, why);
        } else if (kind == BLOCK_EXTENSION) {
            scan_8(s);
            skip_blocks(s);
        } else {
            fault = damaged(why, "has a block of an unknown kind");
        }
        if (fault && !s->over) return fault;
    }
    if (s->over) return damaged(why, "ends before it is complete");
    return frames ? IMAGE_FINE : damaged(why, "has no frame");
}
