#include "platform/images/formats.h"

const ImageLimits image_limits = {
    /* A camera of a good phone takes 12 or 24 megapixels; a shop's picture is shown with 2 or 4. */
    .pixels_max = 25 * 1000 * 1000,
    /* Nothing that is shown on a page is longer; it keeps sums of sides within an int. */
    .side_max = 16384,
    /* What 25 megapixels of a progressive JPEG take without subsampled colours, 12 bytes each, and
     * some room. PNGs of 16 bits a channel take up to 16: they end at some 18 megapixels. */
    .memory_max = 320 * 1000 * 1000,
};

typedef struct Signature {
    Str bytes;
    ImageFault (*inspect)(Scanner *s, ImageInfo *out, const char **why);
    ImageFormat format;
} Signature;

static const Signature signatures[] = {
    {S_INIT("\xFF\xD8\xFF"), jpeg_inspect, IMAGE_JPEG},
    {S_INIT("\x89PNG\r\n\x1A\n"), png_inspect, IMAGE_PNG},
    {S_INIT("GIF87a"), gif_inspect, IMAGE_GIF},
    {S_INIT("GIF89a"), gif_inspect, IMAGE_GIF},
};

static bool is_within(const ImageInfo *info, const ImageLimits *limits)
{
    return info->width <= limits->side_max && info->height <= limits->side_max &&
           (int64_t)info->width * info->height <= limits->pixels_max;
}

ImageFault image_inspect(Str bytes, const ImageLimits *limits, ImageInfo *out, const char **why)
{
    for (size_t i = 0; i < sizeof signatures / sizeof *signatures; i++) {
        const Signature *signature = &signatures[i];
        if (!str_starts(bytes, signature->bytes)) continue;
        ImageInfo info = {.format = signature->format, .orientation = 1};
        Scanner s = scanner_of(str_slice(bytes, signature->bytes.n, bytes.n));
        ImageFault fault = signature->inspect(&s, &info, why);
        if (fault) return fault;
        if (!is_within(&info, limits)) {
            *why = "has too many pixels";
            return IMAGE_TOO_LARGE;
        }
        *out = info;
        return IMAGE_FINE;
    }
    *why = "is in no format that is known here";
    return IMAGE_UNKNOWN;
}
