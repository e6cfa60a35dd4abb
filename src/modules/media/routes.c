/* What the media answer.
 *
 * An upload is two functions: prepare_upload looks, decodes and stores, for as long as it takes, and
 * upload_media writes down whose the bytes are, in a transaction of a millisecond. Files are answered
 * by the read lane: they are small, or mapped. */
#include "modules/media/store.h"
#include "modules/media/sweep.h"
#include "modules/media/upload.h"

#include "meta/merge.h"
#include "platform/api/errors.h"
#include "platform/blobs/blobs.h"

static const Permission media_read = {"media:read", "See what was uploaded.",
                                      .roles = "manager creator"};
static const Permission media_write = {"media:write", "Upload, describe and delete pictures.",
                                       .roles = "manager creator"};

static const Error error_media_in_use = {
    "media_in_use", 409, "Something shows the picture.", LOG_DEBUG,
    "Take it out of the products and pages that show it first."};

/* ---- Reading --------------------------------------------------------------------------------- */

static Reply reply_row(Request *rq, MediaRow *row)
{
    if (!row) return not_found(rq, "media object");
    MediaList list = media_of_rows(rq->cx, (MediaRowList){row, 1});
    return with_version(ok(&media_type, list.items), row->version);
}

/* One more than the page holds is asked for: that it exists is `has_more`. */
static Reply list_media(Request *rq)
{
    const MediaQuery *query = rq->query;
    MediaCursor start = {0};
    if (query->cursor.n) {
        const MediaCursor *cursor = cursor_read(rq->cx->arena, &media_cursor_type, query->cursor);
        if (!cursor) return fail(rq, &error_bad_cursor, "This is no cursor of /v1/media.");
        start = *cursor;
    }
    MediaRowList rows = media_page(rq->cx, start.before, query->limit + 1);
    Str next = {0};
    if (rows.n > (size_t)query->limit) {
        MediaCursor cursor = {rows.items[--rows.n - 1].id};
        next = cursor_write(rq->cx->arena, &media_cursor_type, &cursor);
    }
    MediaList list = media_of_rows(rq->cx, rows);
    return ok_list(&media_type, (AnyList){list.items, list.n}, next);
}
HANDLER_PLAIN(list_media)

static Reply show_media(Request *rq)
{
    return reply_row(rq, media_row(rq->cx, rq->id));
}
HANDLER_PLAIN(show_media)

/* ---- Uploading ------------------------------------------------------------------------------- */

/* On the slow lane, before there is a transaction. */
static Reply prepare_upload(Request *rq, const MediaUpload *upload)
{
    PreparedMedia *prepared = NEW(rq->cx->arena, PreparedMedia);
    Verdict verdict = upload_prepare(rq->cx, upload, prepared);
    rq->ahead = prepared;
    return verdict.error ? refuse(verdict) : (Reply){0};
}
HANDLER(prepare_upload, MediaUpload)

static Reply upload_media(Request *rq)
{
    Ctx *cx = rq->cx;
    PreparedMedia prepared = *(const PreparedMedia *)rq->ahead;
    MediaRow *row = media_row_by_hash(cx, prepared.row.hash);
    if (row) return reply_row(rq, row);
    row = arena_copy(cx->arena, &prepared.row, sizeof prepared.row);
    row->id = ctx_id(cx);
    row->version = 1;
    row->created_at = row->updated_at = ctx_now(cx);
    for (size_t i = 0; i < prepared.thumbnails.n; i++)
        prepared.thumbnails.items[i].media_id = row->id;
    if (!media_insert(cx, row, prepared.thumbnails)) /* somebody was faster */
        return reply_row(rq, media_row_by_hash(cx, row->hash));
    Reply reply = reply_row(rq, row);
    reply.status = 201;
    reply.location =
        str_format(cx->arena, "/v1/media/%.*s", STR_ARG(id_text(cx->arena, "media", row->id)));
    return reply;
}
HANDLER_PLAIN(upload_media)

/* ---- Changing -------------------------------------------------------------------------------- */

/* To be changed: its version is already the one that it will have. */
static MediaRow *take_media(Request *rq)
{
    media_touch(rq->cx, rq->id);
    return media_row(rq->cx, rq->id);
}

static Reply change_media(Request *rq, const Media *patch)
{
    MediaRow *row = take_media(rq);
    if (!row) return not_found(rq, "media object");
    if (!version_matches(rq, row->version - 1)) return version_changed(rq);
    Media media = {.alt = row->alt};
    merge_patch(rq->cx->arena, &media_type, &media, patch);
    row->alt = media.alt;
    media_update_alt(rq->cx, row->id, row->alt);
    return reply_row(rq, row);
}
HANDLER(change_media, Media)

static Reply delete_media(Request *rq)
{
    const MediaRow *row = take_media(rq);
    if (!row) return not_found(rq, "media object");
    if (!version_matches(rq, row->version - 1)) return version_changed(rq);
    media_delete(rq->cx, row->id);
    if (db_failure(rq->cx) == DB_CONSTRAINT)
        return fail(rq, &error_media_in_use, "Delete it when nothing shows it any more.");
    return no_content();
}
HANDLER_PLAIN(delete_media)

/* ---- Files ----------------------------------------------------------------------------------- */

/* Nothing else is ever found under the name: whoever has it need not ask again (RFC 8246). */
static Reply show_file(Request *rq)
{
    BlobBytes *bytes;
    const MediaFile *file = media_file(rq->cx, rq->args[0].text);
    if (!file) return not_found(rq, "file");
    if (blobs_read(rq->cx->blobs, file->blob, &bytes) != BLOB_FINE)
        return fail(rq, &error_internal, "The file cannot be read.");
    BlobHead head = {.content_type = content_type_text(file->content_type),
                     .etag = file->blob,
                     .headers = S("Cache-Control: public, max-age=31536000, immutable\r\n")};
    Blob *blob = blob_view(bytes->bytes, &head, blob_bytes_free, bytes);
    Reply reply = ok_blob(blob);
    blob_unref(blob);
    return reply;
}
HANDLER_PLAIN(show_file)

/* ---- The table ------------------------------------------------------------------------------- */

static const Error *const list_errors[] = {&error_bad_cursor, NULL};
static const Error *const upload_errors[] = {&error_media_unsupported, &error_media_damaged,
                                             &error_media_too_large, NULL};
static const Error *const delete_errors[] = {&error_media_in_use, NULL};

static const Route routes[] = {
    ROUTE(GET, "/v1/media", list_media, "List the pictures, the newest first.", .tx = TX_READ,
          .needs = &media_read, .query = &media_query_type, .reply = &media_type, .list = true,
          .errors = list_errors),
    ROUTE(GET, "/v1/media/{id:media}", show_media, "Read what is known of a picture.",
          .tx = TX_READ, .needs = &media_read, .reply = &media_type),
    ROUTE(POST, "/v1/media", upload_media, "Upload a picture.",
          .detail =
              "What it is, is told by its content. It is decoded, and made smaller. The same "
              "bytes again are the same object: the answer is 200, and `alt` stays as it was.",
          .tx = TX_WRITE, .needs = &media_write, .body = &media_upload_type,
          .takes = "multipart/form-data", .body_max = MEDIA_BYTES_MAX + MEDIA_FORM_ROOM, .cost = 5,
          .ahead = prepare_upload_handler, .reply = &media_type, .status = 201, .status_again = 200,
          .errors = upload_errors),
    ROUTE(PATCH, "/v1/media/{id:media}", change_media, "Say what a picture shows.", .tx = TX_WRITE,
          .needs = &media_write, .body = &media_type, .body_mode = BODY_MERGE_PATCH,
          .reply = &media_type, .if_match = true),
    ROUTE(DELETE, "/v1/media/{id:media}", delete_media, "Delete a picture that nothing shows.",
          .detail = "Its files are not found any more, though caches may keep them.",
          .tx = TX_WRITE, .needs = &media_write, .if_match = true, .errors = delete_errors),
    ROUTE(GET, "/media/{name}", show_file, "A picture, or a smaller one of it.", .tx = TX_READ,
          .detail = "`HASH.jpg` is the file as it was uploaded, `HASH-400.jpg` the one that is 400 "
                    "pixels wide; `url` of media and their thumbnails has the whole address. "
                    "Nothing else is ever found there.",
          .content_type = "image/jpeg, image/png, image/gif", .ranges = true, .lenient = true),
};

static const Error *const errors[] = {&error_media_unsupported, &error_media_damaged,
                                      &error_media_too_large, &error_media_in_use};
static const Permission *const permissions[] = {&media_read, &media_write};
static const Table tables[] = {{"media", &media_row_type},
                               {"media_thumbnails", &thumbnail_row_type}};

extern const char media_0001_media[];
static const Migration migrations[] = {
    {.module = "media", .number = 1, .name = "media", .sql = media_0001_media},
};

const Module media_module = {
    .name = "media",
    .doc = "Pictures, and smaller ones of them.",
    MODULE_ROWS(routes, route),
    MODULE_ROWS(errors, error),
    MODULE_ROWS(permissions, permission),
    MODULE_ROWS(migrations, migration),
    MODULE_ROWS(tables, table),
    .commands = &media_sweep,
    .command_count = 1,
};
