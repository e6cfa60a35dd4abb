/* What happens to an upload before anybody asks the database: it is looked at, decoded, made
 * smaller, and its bytes are stored. */
#ifndef MODULES_MEDIA_UPLOAD_H
#define MODULES_MEDIA_UPLOAD_H

#include "modules/media/rules.h"

/* What a media object will be made of. */
typedef struct PreparedMedia {
    MediaRow row;                /* without id, version and times */
    ThumbnailRowList thumbnails; /* without media_id */
} PreparedMedia;

/* Takes up to seconds, outside of any transaction. A refusal, or {0} and *out in the arena of `cx`.
 * What has been stored when it refuses, or when nobody writes down what it has made, is swept a day
 * later. */
Verdict upload_prepare(Ctx *cx, const MediaUpload *upload, PreparedMedia *out);

#endif
