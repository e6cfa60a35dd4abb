/* From a stranger's file to small pictures.
 *
 * The largest one is made from the picture itself, each smaller one from the one before: that halves
 * the time, and halving twice shows no difference. Resizing counts light, not numbers (sRGB), and
 * weighs colours by how much of them is seen. A picture is turned after it has become small, by
 * exchanging pixels, so nothing is lost by it.
 *
 * What cannot be seen through becomes JPEG, whatever it was: photographs that came as PNG are five
 * times smaller so. The rest stays PNG. Nothing of the notes in the file is taken over (where, when
 * and with what it was taken); only a JPEG's colour profile, without which its numbers would mean
 * other colours. */
#include "platform/images/stb.h"

#include "base/buf.h"

#include <pthread.h>

enum {
    JPEG_QUALITY = 85,   /* no difference is seen at arm's length; 90 would cost a third more */
    JFIF_HEADER = 2 + 18 /* of stb_image_write: SOI, and APP0 of this length */
};

typedef struct Job {
    Arena *arena;
    Str bytes;
    const ImageInfo *info;
    const int *widths;
    size_t count;
    size_t output_max;
    RenditionList list;
} Job;

/* ---- Pixels ---------------------------------------------------------------------------------- */

static size_t pixel_count(const Pixels *pixels)
{
    return (size_t)pixels->width * (size_t)pixels->height;
}

static bool is_opaque(const Pixels *pixels)
{
    for (size_t i = 0, n = pixel_count(pixels); i < n; i++)
        if (pixels->p[4 * i + 3] != 255) return false;
    return true;
}

/* Four channels become three, in place. */
static void drop_alpha(Pixels *pixels)
{
    for (size_t i = 0, n = pixel_count(pixels); i < n; i++)
        memmove(pixels->p + 3 * i, pixels->p + 4 * i, 3);
    pixels->channels = 3;
    pixels->p = stb_grow(pixels->p, 3 * pixel_count(pixels));
}

/* Which stored pixel is shown at (x, y)? Exif 2.32 §4.6.4, tag Orientation: from 5 on columns and
 * rows are exchanged; then either may run backwards. */
static size_t stored_index(const Pixels *stored, int orientation, int x, int y)
{
    bool exchanged = orientation >= 5;
    int column = exchanged ? y : x, row = exchanged ? x : y;
    if (orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8)
        column = stored->width - 1 - column;
    if (orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7)
        row = stored->height - 1 - row;
    return (size_t)row * (size_t)stored->width + (size_t)column;
}

static void turn(Pixels *pixels, int orientation)
{
    if (orientation == 1) return;
    bool exchanged = orientation >= 5;
    Pixels shown = {.width = exchanged ? pixels->height : pixels->width,
                    .height = exchanged ? pixels->width : pixels->height,
                    .channels = pixels->channels};
    size_t size = (size_t)pixels->channels;
    shown.p = stb_alloc(pixel_count(pixels) * size);
    unsigned char *to = shown.p;
    for (int y = 0; y < shown.height; y++)
        for (int x = 0; x < shown.width; x++, to += size)
            memcpy(to, pixels->p + stored_index(pixels, orientation, x, y) * size, size);
    stb_free(pixels->p);
    *pixels = shown;
}

/* ---- Files ----------------------------------------------------------------------------------- */

static void append(void *out, void *bytes, int size)
{
    buf_bytes(out, bytes, (size_t)size);
}

/* Behind JFIF's header, as ICC.1 annex B.4 has it. */
static Str with_profile(Arena *arena, Str jpeg, Str profile)
{
    enum { SEGMENT_MAX = 65535 - 2 };
    if (!profile.n || profile.n > SEGMENT_MAX) return jpeg;
    size_t length = profile.n + 2;
    Buf out = buf_new(arena, jpeg.n + length + 2);
    buf_put(&out, str_slice(jpeg, 0, JFIF_HEADER));
    buf_lit(&out, "\xFF\xE2");
    buf_char(&out, (char)(length >> 8));
    buf_char(&out, (char)length);
    buf_put(&out, profile);
    buf_put(&out, str_slice(jpeg, JFIF_HEADER, jpeg.n));
    return buf_str(&out);
}

static Rendition encode(Job *job, const Pixels *pixels)
{
    Rendition out = {.format = pixels->channels == 4 ? IMAGE_PNG : IMAGE_JPEG,
                     .width = pixels->width,
                     .height = pixels->height};
    Buf file = buf_new(job->arena, job->output_max);
    if (out.format == IMAGE_PNG)
        stb_write_png(append, &file, pixels);
    else
        stb_write_jpeg(append, &file, pixels, JPEG_QUALITY);
    if (file.full) stb_give_up(IMAGE_TOO_LARGE);
    out.bytes = buf_str(&file);
    if (out.format == IMAGE_JPEG)
        out.bytes = with_profile(job->arena, out.bytes, job->info->profile);
    return out;
}

/* ---- The work -------------------------------------------------------------------------------- */

/* The height that belongs to a width, to the nearest pixel. */
static int height_for(const ImageInfo *info, int width)
{
    int64_t whole = image_shown_width(info);
    int64_t height = ((int64_t)image_shown_height(info) * width + whole / 2) / whole;
    return height > 0 ? (int)height : 1;
}

static Pixels decode(const Job *job)
{
    Pixels pixels = stb_decode(job->bytes, job->info->format == IMAGE_JPEG ? 3 : 4);
    if (pixels.width != job->info->width || pixels.height != job->info->height)
        stb_give_up(IMAGE_DAMAGED);
    if (pixels.channels == 4 && is_opaque(&pixels)) drop_alpha(&pixels);
    return pixels;
}

static void shrink(Pixels *pixels, int width, int height)
{
    if (pixels->width == width && pixels->height == height) return;
    Pixels small = stb_resize(pixels, width, height);
    stb_free(pixels->p);
    *pixels = small;
}

static void render(void *arg)
{
    Job *job = arg;
    Pixels pixels = decode(job);
    bool turned = false;
    size_t n = 0;
    while (n < job->count && job->widths[n] <= image_shown_width(job->info)) n++;
    job->list = (RenditionList){NEW_N(job->arena, Rendition, n), n};
    while (n-- > 0) {
        int width = job->widths[n], height = height_for(job->info, width);
        bool exchanged = !turned && job->info->orientation >= 5;
        shrink(&pixels, exchanged ? height : width, exchanged ? width : height);
        if (!turned) turn(&pixels, job->info->orientation);
        turned = true;
        job->list.items[n] = encode(job, &pixels);
    }
}

static const char *why_of(ImageFault fault)
{
    return fault == IMAGE_TOO_LARGE ? "takes too much memory to decode" : "cannot be decoded";
}

ImageFault image_render(Arena *arena, Str bytes, const ImageInfo *info, const ImageLimits *limits,
                        const int *widths, size_t count, RenditionList *out, const char **why)
{
    static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
    Job job = {.arena = arena,
               .bytes = bytes,
               .info = info,
               .widths = widths,
               .count = count,
               .output_max = limits->memory_max};
    pthread_mutex_lock(&one_at_a_time);
    ImageFault fault = stb_work(limits->memory_max, render, &job);
    pthread_mutex_unlock(&one_at_a_time);
    if (fault)
        *why = why_of(fault);
    else
        *out = job.list;
    return fault;
}
