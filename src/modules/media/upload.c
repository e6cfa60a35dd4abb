#include "modules/media/upload.h"

#include "platform/api/errors.h"
#include "platform/blobs/blobs.h"

static Verdict store(Ctx *cx, Str bytes, Str *name)
{
    static const Error *const errors[] = {
        [BLOB_FINE] = NULL,
        [BLOB_MISSING] = &error_internal,
        [BLOB_FULL] = &error_storage_full,
        [BLOB_READ_ONLY] = &error_read_only,
        [BLOB_BROKEN] = &error_internal,
    };
    return (Verdict){errors[blobs_put(cx->blobs, cx->arena, bytes, name)], {0}};
}

static Verdict store_thumbnails(Ctx *cx, RenditionList renditions, ThumbnailRowList *out)
{
    *out = (ThumbnailRowList){NEW_N(cx->arena, ThumbnailRow, renditions.n), renditions.n};
    for (size_t i = 0; i < renditions.n; i++) {
        const Rendition *rendition = &renditions.items[i];
        ThumbnailRow *row = &out->items[i];
        *row = (ThumbnailRow){.width = rendition->width,
                              .height = rendition->height,
                              .content_type = rendition->format,
                              .bytes = (int64_t)rendition->bytes.n};
        Verdict verdict = store(cx, rendition->bytes, &row->blob);
        if (verdict.error) return verdict;
    }
    return (Verdict){0};
}

Verdict upload_prepare(Ctx *cx, const MediaUpload *upload, PreparedMedia *out)
{
    ImageInfo info;
    RenditionList renditions;
    const char *why;
    ImageFault fault = image_inspect(upload->file, &image_limits, &info, &why);
    if (!fault)
        fault = image_render(cx->arena, upload->file, &info, &image_limits, media_widths,
                             MEDIA_WIDTHS, &renditions, &why);
    if (fault) return image_verdict(cx->arena, fault, why);
    out->row = (MediaRow){.content_type = info.format,
                          .width = image_shown_width(&info),
                          .height = image_shown_height(&info),
                          .bytes = (int64_t)upload->file.n,
                          .alt = upload->alt};
    Verdict verdict = store(cx, upload->file, &out->row.hash);
    return verdict.error ? verdict : store_thumbnails(cx, renditions, &out->thumbnails);
}
