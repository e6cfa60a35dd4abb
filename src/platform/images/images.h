/* Images: is it a picture, how large is it, and smaller pictures of it. See docs/internals/media.md.
 *
 * The bytes are a stranger's. image_inspect walks their structure without decoding anything, so that
 * what would be too large is refused before it takes memory; image_render decodes what has passed. */
#ifndef PLATFORM_IMAGES_H
#define PLATFORM_IMAGES_H

#include "base/str.h"

typedef enum ImageFormat { IMAGE_JPEG, IMAGE_PNG, IMAGE_GIF } ImageFormat;

typedef struct ImageLimits {
    int64_t pixels_max; /* width × height */
    int side_max;       /* each of them */
    size_t memory_max;  /* that decoding may hold */
} ImageLimits;

extern const ImageLimits image_limits; /* their reasons are in inspect.c */

typedef enum ImageFault {
    IMAGE_FINE,
    IMAGE_UNKNOWN,     /* none of the formats above */
    IMAGE_UNSUPPORTED, /* one of them, in a way that hardly anybody uses */
    IMAGE_DAMAGED,
    IMAGE_TOO_LARGE,
} ImageFault;

typedef struct ImageInfo {
    ImageFormat format;
    int width, height; /* as stored */
    int orientation;   /* of EXIF, 1 to 8: 1 as stored, from 5 on with the sides exchanged */
    Str profile;       /* a JPEG's ICC profile for RGB, a view; empty: sRGB is meant */
} ImageInfo;

static inline int image_shown_width(const ImageInfo *info)
{
    return info->orientation < 5 ? info->width : info->height;
}

static inline int image_shown_height(const ImageInfo *info)
{
    return info->orientation < 5 ? info->height : info->width;
}

/* What the bytes say that they are. On any fault *out is untouched, and *why tells the sender, in
 * words that go on from "The picture". */
ImageFault image_inspect(Str bytes, const ImageLimits *limits, ImageInfo *out, const char **why);

/* A smaller picture: JPEG, or PNG where it can be seen through. */
typedef struct Rendition {
    ImageFormat format;
    int width, height;
    Str bytes; /* a file, without any metadata but the colour profile */
} Rendition;

typedef struct RenditionList {
    Rendition *items;
    size_t n;
} RenditionList;

enum { IMAGE_WIDTHS_MAX = 8 };

/* Decodes the picture (of a GIF: its first frame), turns it as its orientation says, and makes one
 * rendition for each of the widths that is not above its own; `widths` ascend, as the renditions in
 * `arena` do. Takes up to seconds and limits->memory_max; a second call waits for the first, so
 * that this memory is needed once. Faults as image_inspect. */
ImageFault image_render(Arena *arena, Str bytes, const ImageInfo *info, const ImageLimits *limits,
                        const int *widths, size_t count, RenditionList *out, const char **why);

#endif
