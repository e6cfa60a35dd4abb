/* The one file that has the code of the stb libraries in it; compiled without our warnings. */
#include "platform/images/stb.h"

#include <zlib.h>

#define STB_ASSERT(condition) ((condition) ? (void)0 : stb_give_up(IMAGE_DAMAGED))

/* ---- Reading --------------------------------------------------------------------------------- */

#define STBI_ONLY_JPEG
#define STBI_ONLY_PNG
#define STBI_ONLY_GIF
#define STBI_NO_STDIO
#define STBI_NO_LINEAR
#define STBI_NO_HDR
#define STBI_NO_FAILURE_STRINGS
#define STBI_MAX_DIMENSIONS    65535 /* asked before, with a reason of its own */
#define STBI_ASSERT(condition) STB_ASSERT(condition)
#define STBI_MALLOC(size)      stb_alloc(size)
#define STBI_REALLOC(p, size)  stb_grow((p), (size))
#define STBI_FREE(p)           stb_free(p)
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#include <stb/stb_image.h>

Pixels stb_decode(Str bytes, int channels)
{
    Pixels pixels = {.channels = channels};
    int found;
    pixels.p = stbi_load_from_memory((const unsigned char *)bytes.p, (int)bytes.n, &pixels.width,
                                     &pixels.height, &found, channels);
    if (!pixels.p) stb_give_up(IMAGE_DAMAGED);
    return pixels;
}

/* ---- Resizing: two generations of the library, of Debian 12 and 13 --------------------------- */

#define STBIR_ASSERT(condition)   STB_ASSERT(condition)
#define STBIR_MALLOC(size, owner) ((void)(owner), stb_alloc(size))
#define STBIR_FREE(p, owner)      ((void)(owner), stb_free(p))

#ifdef HAVE_STB_IMAGE_RESIZE2

#define STB_IMAGE_RESIZE2_STATIC
#define STB_IMAGE_RESIZE_STATIC
#define STB_IMAGE_RESIZE_IMPLEMENTATION
#include <stb/stb_image_resize2.h>

static int resize(const Pixels *from, const Pixels *to)
{
    return stbir_resize_uint8_srgb(from->p, from->width, from->height, 0, to->p, to->width,
                                   to->height, 0,
                                   from->channels == 4 ? STBIR_RGBA : STBIR_RGB) != NULL;
}

#else

#define STB_IMAGE_RESIZE_STATIC
#define STB_IMAGE_RESIZE_IMPLEMENTATION
#include <stb/stb_image_resize.h>

static int resize(const Pixels *from, const Pixels *to)
{
    int alpha = from->channels == 4 ? 3 : STBIR_ALPHA_CHANNEL_NONE;
    return stbir_resize_uint8_srgb(from->p, from->width, from->height, 0, to->p, to->width,
                                   to->height, 0, from->channels, alpha, 0);
}

#endif

Pixels stb_resize(const Pixels *pixels, int width, int height)
{
    Pixels small = {.width = width, .height = height, .channels = pixels->channels};
    small.p = stb_alloc((size_t)width * (size_t)height * (size_t)small.channels);
    if (!resize(pixels, &small)) stb_give_up(IMAGE_DAMAGED);
    return small;
}

/* ---- Writing --------------------------------------------------------------------------------- */

/* zlib packs better than stb's own, and faster. */
static unsigned char *compress_zlib(unsigned char *data, int size, int *out_size, int quality)
{
    uLongf packed = compressBound((uLong)size);
    unsigned char *out = stb_alloc(packed);
    if (compress2(out, &packed, data, (uLong)size, quality) != Z_OK) stb_give_up(IMAGE_TOO_LARGE);
    *out_size = (int)packed;
    return out;
}

#define STBI_WRITE_NO_STDIO
#define STBIW_ASSERT(condition) STB_ASSERT(condition)
#define STBIW_MALLOC(size)      stb_alloc(size)
#define STBIW_REALLOC(p, size)  stb_grow((p), (size))
#define STBIW_FREE(p)           stb_free(p)
#define STBIW_ZLIB_COMPRESS     compress_zlib
#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb/stb_image_write.h>

void stb_write_jpeg(StbWrite *write, void *out, const Pixels *pixels, int quality)
{
    if (!stbi_write_jpg_to_func(write, out, pixels->width, pixels->height, pixels->channels,
                                pixels->p, quality))
        stb_give_up(IMAGE_DAMAGED);
}

void stb_write_png(StbWrite *write, void *out, const Pixels *pixels)
{
    if (!stbi_write_png_to_func(write, out, pixels->width, pixels->height, pixels->channels,
                                pixels->p, 0))
        stb_give_up(IMAGE_DAMAGED);
}
