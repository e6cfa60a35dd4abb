#include "modules/media/store.h"

/* ---- Reading --------------------------------------------------------------------------------- */

#define MEDIA_COLUMNS                                                                              \
    "id, hash, content_type, width, height, bytes, alt, version, created_at, updated_at "

MediaRow *media_row(Ctx *cx, Id id)
{
    return db_one(cx, &media_row_type, "select " MEDIA_COLUMNS "from media where id = $1", id);
}

MediaRow *media_row_by_hash(Ctx *cx, Str hash)
{
    return db_one(cx, &media_row_type, "select " MEDIA_COLUMNS "from media where hash = $1", hash);
}

MediaRowList media_page(Ctx *cx, Id before, int64_t limit)
{
    Id from = {before.n ? before.n : INT64_MAX};
    return DB_LIST(MediaRowList, db_all(cx, &media_row_type,
                                        "select " MEDIA_COLUMNS
                                        "from media where id < $1 order by id desc limit $2",
                                        from, limit));
}

static ThumbnailRowList thumbnails_of(Ctx *cx, MediaRowList rows)
{
    IdList ids = {NEW_N(cx->arena, Id, rows.n), rows.n};
    for (size_t i = 0; i < rows.n; i++) ids.items[i] = rows.items[i].id;
    return DB_LIST(ThumbnailRowList,
                   db_all(cx, &thumbnail_row_type,
                          "select media_id, width, height, content_type, bytes, blob "
                          "from media_thumbnails where media_id in IDS($1) "
                          "order by media_id, width",
                          ids));
}

/* ---- As the world sees them ------------------------------------------------------------------ */

static MediaThumbnail thumbnail_of(Arena *arena, Str hash, const ThumbnailRow *row)
{
    FileName name = {hash, row->width, row->content_type};
    return (MediaThumbnail){.url = file_url(arena, &name),
                            .content_type = row->content_type,
                            .width = row->width,
                            .height = row->height,
                            .bytes = row->bytes};
}

static Media media_of(Arena *arena, const MediaRow *row, ThumbnailRowList thumbnails)
{
    FileName name = {row->hash, 0, row->content_type};
    Media media = {.present = PRESENT_ALL,
                   .id = row->id,
                   .url = file_url(arena, &name),
                   .alt = row->alt,
                   .content_type = row->content_type,
                   .width = row->width,
                   .height = row->height,
                   .bytes = row->bytes,
                   .thumbnails = {NEW_N(arena, MediaThumbnail, MEDIA_WIDTHS), 0},
                   .version = row->version,
                   .created_at = row->created_at,
                   .updated_at = row->updated_at};
    for (size_t i = 0; i < thumbnails.n && media.thumbnails.n < MEDIA_WIDTHS; i++)
        if (id_eq(thumbnails.items[i].media_id, row->id))
            media.thumbnails.items[media.thumbnails.n++] =
                thumbnail_of(arena, row->hash, &thumbnails.items[i]);
    return media;
}

MediaList media_of_rows(Ctx *cx, MediaRowList rows)
{
    MediaList list = {NEW_N(cx->arena, Media, rows.n), rows.n};
    ThumbnailRowList thumbnails = {0};
    if (rows.n) thumbnails = thumbnails_of(cx, rows);
    for (size_t i = 0; i < rows.n; i++)
        list.items[i] = media_of(cx->arena, &rows.items[i], thumbnails);
    return list;
}

/* ---- Writing --------------------------------------------------------------------------------- */

bool media_insert(Ctx *cx, const MediaRow *row, ThumbnailRowList thumbnails)
{
    if (db_put(cx, &media_row_type, row,
               "insert into media (id, hash, content_type, width, height, bytes, alt, version, "
               "created_at, updated_at) values (:id, :hash, :content_type, :width, :height, "
               ":bytes, :alt, :version, :created_at, :updated_at) "
               "on conflict (hash) do nothing") != 1)
        return false;
    db_post_rows(cx, &thumbnail_row_type, thumbnails.items, thumbnails.n,
                 "insert into media_thumbnails (media_id, width, height, content_type, bytes, "
                 "blob) values (:media_id, :width, :height, :content_type, :bytes, :blob)");
    return true;
}

void media_touch(Ctx *cx, Id id)
{
    db_post(cx, "update media set version = version + 1, updated_at = $2 where id = $1", id,
            ctx_now(cx));
}

void media_update_alt(Ctx *cx, Id id, Str alt)
{
    db_exec(cx, "update media set alt = $2 where id = $1", id, alt);
}

void media_delete(Ctx *cx, Id id)
{
    db_exec(cx, "delete from media where id = $1", id);
}

/* ---- Who shows what -------------------------------------------------------------------------- */

static size_t count_distinct(IdList ids)
{
    size_t distinct = 0;
    for (size_t i = 0; i < ids.n; i++) {
        bool before = false;
        for (size_t k = 0; k < i; k++) before |= id_eq(ids.items[i], ids.items[k]);
        distinct += !before;
    }
    return distinct;
}

bool media_set_uses(Ctx *cx, Id user, IdList media)
{
    db_post(cx, "delete from media_uses where user_id = $1", user);
    if (!media.n) return true;
    return (size_t)db_exec(cx,
                           "insert into media_uses (user_id, media_id) "
                           "select $1, id from media where id in IDS($2)",
                           user, media) == count_distinct(media);
}

/* ---- Files ----------------------------------------------------------------------------------- */

static MediaFile *find_file(Ctx *cx, const FileName *name)
{
    if (!name->width)
        return db_one(cx, &media_file_type,
                      "select id as media_id, hash as blob, content_type from media "
                      "where hash = $1",
                      name->hash);
    return db_one(cx, &media_file_type,
                  "select t.media_id, t.blob, t.content_type from media_thumbnails t "
                  "join media m on m.id = t.media_id where m.hash = $1 and t.width = $2",
                  name->hash, name->width);
}

MediaFile *media_file(Ctx *cx, Str name)
{
    FileName parts;
    if (!file_name_read(name, &parts)) return NULL;
    MediaFile *file = find_file(cx, &parts);
    return file && file->content_type == parts.content_type ? file : NULL;
}

Id media_by_url(Ctx *cx, Str url)
{
    Str folder = S("/media/");
    if (!str_starts(url, folder)) return (Id){0};
    const MediaFile *file = media_file(cx, str_slice(url, folder.n, url.n));
    return file ? file->media_id : (Id){0};
}

BlobNameList media_blobs(Ctx *cx, Str from, Str to)
{
    return DB_LIST(BlobNameList,
                   db_all(cx, &blob_name_type,
                          "select hash as blob from media where hash >= $1 and hash < $2 union all "
                          "select blob from media_thumbnails where blob >= $1 and blob < $2",
                          from, to));
}
