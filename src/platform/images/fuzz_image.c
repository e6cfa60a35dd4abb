/* Any bytes as a picture: what passes the walk over its structure is decoded under limits that keep
 * a run short, and what is rendered can be read again. The check sums of a PNG are mended first,
 * since no mutation would get past them. */
#include "platform/images/images.h"

#include <assert.h>

#include <zlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const ImageLimits small = {
    .pixels_max = 1 << 14, .side_max = 1 << 10, .memory_max = 1 << 22};
static const int widths[] = {1, 7, 40};

static void check_rendition(const ImageInfo *of, const Rendition *rendition)
{
    ImageInfo info;
    const char *why;
    assert(image_inspect(rendition->bytes, &small, &info, &why) == IMAGE_FINE);
    assert(info.format == rendition->format && info.orientation == 1);
    assert(info.width == rendition->width && info.height == rendition->height);
    assert(info.width <= image_shown_width(of));
    assert(info.profile.n == (info.format == IMAGE_JPEG ? of->profile.n : 0));
}

static void mend_sums(unsigned char *png, size_t size)
{
    enum { SIGNATURE = 8, LENGTH = 4, NAME = 4, SUM = 4 };
    for (size_t at = SIGNATURE; at + LENGTH + NAME + SUM <= size;) {
        unsigned char *chunk = png + at;
        size_t length =
            (size_t)chunk[0] << 24 | (size_t)chunk[1] << 16 | (size_t)chunk[2] << 8 | chunk[3];
        if (length > size - at - LENGTH - NAME - SUM) return;
        uint32_t sum = (uint32_t)crc32_z(0, chunk + LENGTH, length + NAME);
        for (int i = 0; i < SUM; i++)
            chunk[LENGTH + NAME + length + (size_t)i] = (unsigned char)(sum >> (24 - 8 * i));
        at += LENGTH + NAME + length + SUM;
    }
}

static void render(Arena *arena, Str bytes)
{
    ImageInfo info;
    const char *why = NULL;
    ImageFault fault = image_inspect(bytes, &small, &info, &why);
    assert((fault != IMAGE_FINE) == (why != NULL));
    if (fault) return;
    assert(info.width > 0 && info.height > 0 && info.orientation >= 1 && info.orientation <= 8);
    RenditionList list;
    fault = image_render(arena, bytes, &info, &small, widths, 3, &list, &why);
    assert((fault != IMAGE_FINE) == (why != NULL));
    for (size_t i = 0; !fault && i < list.n; i++) check_rendition(&info, &list.items[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena *arena = arena_new(1 << 16);
    unsigned char *bytes = arena_copy(arena, data, size);
    if (size && bytes[0] == 0x89) mend_sums(bytes, size);
    render(arena, (Str){(const char *)bytes, size});
    arena_free(arena);
    return 0;
}
