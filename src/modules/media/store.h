/* The media's SQL: every statement of the module is in store.c. */
#ifndef MODULES_MEDIA_STORE_H
#define MODULES_MEDIA_STORE_H

#include "modules/media/rules.h"

/* Rows as the world sees them, in the same order. */
MediaList media_of_rows(Ctx *cx, MediaRowList rows);

MediaRow *media_row(Ctx *cx, Id id); /* NULL: there is none */
MediaRow *media_row_by_hash(Ctx *cx, Str hash);
MediaRowList media_page(Ctx *cx, Id before,
                        int64_t limit); /* the newest first; 0: from the first */

/* False, and nothing is written, when there is one of the same bytes. */
bool media_insert(Ctx *cx, const MediaRow *row, ThumbnailRowList thumbnails);

/* Counts a change, and keeps others from it until the commit. First of each change. */
void media_touch(Ctx *cx, Id id);
void media_update_alt(Ctx *cx, Id id, Str alt);
void media_delete(Ctx *cx, Id id); /* a constraint fails while somebody shows it */

/* The file of this name ("HASH-400.jpg"), or NULL. */
MediaFile *media_file(Ctx *cx, Str name);

/* Names of the blobs that media have, from `from` up to and without `to`. */
BlobNameList media_blobs(Ctx *cx, Str from, Str to);

#endif
