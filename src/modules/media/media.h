/* The media: pictures that were uploaded, and smaller pictures of them. Owns the objects; their
 * bytes are blobs (platform/blobs). Whoever shows a picture says so (media_set_uses), so that none is
 * deleted while it is shown. See docs/internals/media.md. */
#ifndef MODULES_MEDIA_MEDIA_H
#define MODULES_MEDIA_MEDIA_H

#include "platform/images/images.h"
#include "platform/module.h"

/* A smaller picture. */
typedef struct MediaThumbnail {
    Str url;
    ImageFormat content_type;
    int64_t width, height;
    int64_t bytes;
} MediaThumbnail;

typedef struct MediaThumbnailList {
    MediaThumbnail *items;
    size_t n;
} MediaThumbnailList;

typedef struct Media {
    Present present;
    Id id;
    Str url; /* a path on this server, "/media/HASH.jpg": nothing else is ever found there */
    Str alt;
    ImageFormat content_type;
    int64_t width, height; /* as shown */
    int64_t bytes;
    MediaThumbnailList thumbnails; /* narrowest first */
    int64_t version;
    Time created_at, updated_at;
} Media;

typedef struct MediaList {
    Media *items;
    size_t n;
} MediaList;

/* The media whose file, or whose thumbnail, is at this address; 0: it is no address of ours, or there
 * is nothing any more. */
Id media_by_url(Ctx *cx, Str url);

/* From now on `user` (a product, a category, …) shows these and no others; none when it is deleted.
 * False when one of them does not exist: then refuse, what was written of it is rolled back. */
bool media_set_uses(Ctx *cx, Id user, IdList media);

extern const Type media_type;
extern const Module media_module;

#endif
