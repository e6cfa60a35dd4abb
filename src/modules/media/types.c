#include "modules/media/types.h"

#include "platform/api/limits.h"

const int media_widths[MEDIA_WIDTHS] = {160, 400, 800, 1600};

/* In the order of ImageFormat. */
static const EnumNames content_type_names = ENUM_NAMES("image/jpeg", "image/png", "image/gif");

static const Type media_thumbnail_type =
    TYPE(MediaThumbnail, "A smaller picture, without what the file says about itself.",
         FIELD(MediaThumbnail, url, "Where it is, on this server; it never changes."),
         ENUM(MediaThumbnail, content_type, "PNG where it can be seen through, else JPEG.",
              content_type_names),
         FIELD(MediaThumbnail, width, "In pixels."), FIELD(MediaThumbnail, height, "In pixels."),
         FIELD(MediaThumbnail, bytes, "Size of the file."));

const Type media_type = TYPE_WITH_ABSENCE(
    Media, "A picture that was uploaded.",
    FIELD(Media, id, "Identifier.", .prefix = "media", .read_only = true),
    FIELD(Media, url,
          "Where the file is, as it was uploaded, on this server. It never changes, and everybody "
          "who knows it can read it.",
          .read_only = true),
    FIELD(Media, alt, "What it shows, for who cannot see it.", .max = MEDIA_ALT_MAX, .initial = ""),
    ENUM(Media, content_type, "By its content.", content_type_names, .read_only = true),
    FIELD(Media, width, "In pixels, as it is shown.", .read_only = true),
    FIELD(Media, height, "In pixels, as it is shown.", .read_only = true),
    FIELD(Media, bytes, "Size of the file.", .read_only = true),
    LIST(Media, thumbnails,
         "Narrowest first: 160, 400, 800 and 1600 pixels wide, as far as the picture is as wide.",
         media_thumbnail_type, .read_only = true),
    FIELD(Media, version, "Counts its changes.", .read_only = true),
    FIELD(Media, created_at, "When it was uploaded first.", .read_only = true),
    FIELD(Media, updated_at, "When it last changed.", .read_only = true));

const Type media_upload_type =
    TYPE(MediaUpload, "A picture to keep.",
         FIELD(MediaUpload, file, "JPEG, PNG or GIF, of at most 20 MiB and 25 megapixels.",
               .required = true, .min = 1, .max = MEDIA_BYTES_MAX, .format = FORMAT_BINARY),
         FIELD(MediaUpload, alt, "What it shows, for who cannot see it.", .max = MEDIA_ALT_MAX,
               .initial = ""));

const Type media_query_type = TYPE(
    MediaQuery, "A page of media, the newest first.",
    FIELD(MediaQuery, limit, "Objects on a page.", .min = 1, .max = LIMIT_PAGE, .initial = "20"),
    FIELD(MediaQuery, cursor, "`next_cursor` of the page before.", .max = 1400));

const Type media_cursor_type = TYPE(
    MediaCursor, "Where the list of media goes on.",
    FIELD(MediaCursor, before, "Media made before this one.", .prefix = "media", .required = true));

const Type media_row_type =
    TYPE(MediaRow, "A media object as it is stored.",
         FIELD(MediaRow, id, "Identifier.", .prefix = "media"),
         FIELD(MediaRow, hash, "SHA-256 of the file: the name of its blob."),
         ENUM(MediaRow, content_type, "By its content.", content_type_names),
         FIELD(MediaRow, width, "In pixels, as it is shown."),
         FIELD(MediaRow, height, "In pixels, as it is shown."),
         FIELD(MediaRow, bytes, "Size of the file."), FIELD(MediaRow, alt, "What it shows."),
         FIELD(MediaRow, version, "Counts its changes."),
         FIELD(MediaRow, created_at, "When it was uploaded first."),
         FIELD(MediaRow, updated_at, "When it last changed."));

const Type thumbnail_row_type =
    TYPE(ThumbnailRow, "A thumbnail as it is stored.",
         FIELD(ThumbnailRow, media_id, "Of which picture.", .prefix = "media"),
         FIELD(ThumbnailRow, width, "In pixels."), FIELD(ThumbnailRow, height, "In pixels."),
         ENUM(ThumbnailRow, content_type, "PNG or JPEG.", content_type_names),
         FIELD(ThumbnailRow, bytes, "Size of the file."),
         FIELD(ThumbnailRow, blob, "SHA-256 of the file: the name of its blob."));

const Type media_file_type =
    TYPE(MediaFile, "A blob that is known by the name of a file.",
         FIELD(MediaFile, media_id, "", .prefix = "media"), FIELD(MediaFile, blob, ""),
         ENUM(MediaFile, content_type, "", content_type_names));

const Type blob_name_type = TYPE(BlobName, "The name of a blob.", FIELD(BlobName, blob, ""));
