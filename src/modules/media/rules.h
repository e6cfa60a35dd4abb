/* What the media decide without asking anybody: what files are called, and what is refused. */
#ifndef MODULES_MEDIA_RULES_H
#define MODULES_MEDIA_RULES_H

#include "modules/media/types.h"

/* The name of a file below /media/: HASH.jpg as it was uploaded, HASH-400.jpg a thumbnail. */
typedef struct FileName {
    Str hash;
    int64_t width; /* 0: as it was uploaded */
    ImageFormat content_type;
} FileName;

/* "/media/HASH-400.jpg" */
Str file_url(Arena *arena, const FileName *name);

/* False, and *out untouched, for what file_url does not write. The hash is a view of the text. */
bool file_name_read(Str text, FileName *out);

/* "image/jpeg" */
Str content_type_text(ImageFormat format);

/* A fault of an upload as a refusal; `why` goes on from "The picture". */
Verdict image_verdict(Arena *arena, ImageFault fault, const char *why);

extern const Error error_media_unsupported, error_media_damaged, error_media_too_large;

#endif
