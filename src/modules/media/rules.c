#include "modules/media/rules.h"

#include "platform/blobs/blobs.h"

const Error error_media_unsupported = {
    "media_unsupported", 422, "The file is no JPEG, PNG or GIF that can be shown.", LOG_DEBUG,
    "Send the picture as JPEG, PNG or GIF; WebP, AVIF, HEIC and SVG are not taken."};
const Error error_media_damaged = {"media_damaged", 422, "The picture is damaged.", LOG_DEBUG,
                                   "The detail says where; perhaps the upload broke off. Save the "
                                   "picture anew and send it again."};
const Error error_media_too_large = {
    "media_too_large", 422, "The picture is too large.", LOG_DEBUG,
    "Send it with at most 25 megapixels, and 16,384 pixels on a side."};

static const struct {
    Str extension, content_type;
} formats[] = {
    [IMAGE_JPEG] = {S_INIT("jpg"), S_INIT("image/jpeg")},
    [IMAGE_PNG] = {S_INIT("png"), S_INIT("image/png")},
    [IMAGE_GIF] = {S_INIT("gif"), S_INIT("image/gif")},
};
enum { FORMATS = sizeof formats / sizeof *formats };

Str content_type_text(ImageFormat format)
{
    return formats[format].content_type;
}

Str file_url(Arena *arena, const FileName *name)
{
    Str extension = formats[name->content_type].extension;
    if (!name->width)
        return str_format(arena, "/media/%.*s.%.*s", STR_ARG(name->hash), STR_ARG(extension));
    return str_format(arena, "/media/%.*s-%lld.%.*s", STR_ARG(name->hash), (long long)name->width,
                      STR_ARG(extension));
}

static bool is_hash(Str text)
{
    for (size_t i = 0; i < text.n; i++)
        if (!(text.p[i] >= '0' && text.p[i] <= '9') && !(text.p[i] >= 'a' && text.p[i] <= 'f'))
            return false;
    return text.n == BLOB_NAME_LENGTH;
}

static bool find_format(Str extension, ImageFormat *out)
{
    for (int i = 0; i < FORMATS; i++) {
        if (!str_eq(extension, formats[i].extension)) continue;
        *out = (ImageFormat)i;
        return true;
    }
    return false;
}

bool file_name_read(Str text, FileName *out)
{
    FileName name = {.width = 0};
    Str stem, extension, width;
    if (!str_cut(text, '.', &stem, &extension) || !find_format(extension, &name.content_type))
        return false;
    bool thumbnail = str_cut(stem, '-', &name.hash, &width);
    if (thumbnail && (!str_to_int(width, &name.width) || name.width <= 0)) return false;
    if (!is_hash(name.hash)) return false;
    *out = name;
    return true;
}

Verdict image_verdict(Arena *arena, ImageFault fault, const char *why)
{
    static const Error *const errors[] = {
        [IMAGE_FINE] = NULL,
        [IMAGE_UNKNOWN] = &error_media_unsupported,
        [IMAGE_UNSUPPORTED] = &error_media_unsupported,
        [IMAGE_DAMAGED] = &error_media_damaged,
        [IMAGE_TOO_LARGE] = &error_media_too_large,
    };
    if (!fault) return (Verdict){0};
    return (Verdict){errors[fault], str_format(arena, "The picture %s.", why)};
}
