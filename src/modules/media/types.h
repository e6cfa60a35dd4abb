/* Types that only the module itself uses: rows, forms, queries. */
#ifndef MODULES_MEDIA_TYPES_H
#define MODULES_MEDIA_TYPES_H

#include "modules/media/media.h"

enum {
    /* A picture of 25 megapixels has 5 to 15 MB as JPEG; larger files are PNGs of photographs. */
    MEDIA_BYTES_MAX = 20 * 1024 * 1024,
    MEDIA_FORM_ROOM = 64 * 1024, /* what a form has around the file */
    MEDIA_ALT_MAX = 500,         /* a sentence or two, read aloud */
    MEDIA_WIDTHS = 4,
};

/* Of thumbnails, narrowest first: in a cart, in a grid, on a phone, on a page. */
extern const int media_widths[MEDIA_WIDTHS];

/* What comes with POST /v1/media. */
typedef struct MediaUpload {
    Str file;
    Str alt;
} MediaUpload;

typedef struct MediaQuery {
    int64_t limit;
    Str cursor;
} MediaQuery;

/* Where the newest-first list goes on: before this one. */
typedef struct MediaCursor {
    Id before;
} MediaCursor;

/* As a media object is stored. The hash is of the bytes that were uploaded, and the name of the blob
 * that has them. */
typedef struct MediaRow {
    Id id;
    Str hash;
    ImageFormat content_type;
    int64_t width, height;
    int64_t bytes;
    Str alt;
    int64_t version;
    Time created_at, updated_at;
} MediaRow;

typedef struct MediaRowList {
    MediaRow *items;
    size_t n;
} MediaRowList;

typedef struct ThumbnailRow {
    Id media_id;
    int64_t width, height;
    ImageFormat content_type;
    int64_t bytes;
    Str blob;
} ThumbnailRow;

typedef struct ThumbnailRowList {
    ThumbnailRow *items;
    size_t n;
} ThumbnailRowList;

/* A blob that is known by the name of a file. */
typedef struct MediaFile {
    Id media_id;
    Str blob;
    ImageFormat content_type;
} MediaFile;

typedef struct BlobName {
    Str blob;
} BlobName;

typedef struct BlobNameList {
    BlobName *items;
    size_t n;
} BlobNameList;

extern const Type media_upload_type, media_query_type, media_cursor_type, media_row_type,
    thumbnail_row_type, media_file_type, blob_name_type;

#endif
