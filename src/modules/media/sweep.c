/* Blobs are found that nobody refers to: of deleted media, and of uploads that were not finished.
 * One shard of names after the other, so that memory is bounded, however many there are.
 *
 * An upload stores its blobs before it writes down whose they are. So only blobs that were last
 * wanted a day ago are deleted, which no upload takes. */
#include "modules/media/sweep.h"

#include "base/map.h"
#include "modules/media/store.h"
#include "platform/api/errors.h"
#include "platform/blobs/blobs.h"

#define DAY_US (INT64_C(24) * 3600 * 1000000)

typedef struct SweepResult {
    int64_t kept, deleted;
} SweepResult;

static const Type sweep_result_type =
    TYPE(SweepResult, "What a sweep has done.",
         FIELD(SweepResult, kept, "Files that are needed, or too young to tell."),
         FIELD(SweepResult, deleted, "Files that nobody needed."));

typedef struct Shard {
    unsigned number;
    Map needed; /* names of blobs that somebody refers to */
} Shard;

static bool find_needed(Ctx *cx, void *arg)
{
    Shard *shard = arg;
    bool last = shard->number + 1 == BLOB_SHARDS;
    Str from = str_format(cx->arena, "%02x", shard->number);
    Str to = last ? S("g") : str_format(cx->arena, "%02x", shard->number + 1);
    BlobNameList names = media_blobs(cx, from, to);
    shard->needed = map_new(cx->arena);
    for (size_t i = 0; i < names.n; i++) map_put(&shard->needed, names.items[i].blob, shard);
    return true;
}

static bool sweep_shard(CommandCall *call, Arena *arena, unsigned number, SweepResult *result)
{
    Ctx cx = *call->cx;
    cx.arena = arena;
    StrList names = blobs_list(cx.blobs, arena, number);
    Shard shard = {.number = number};
    if (!names.n) return true;
    if (db_run(call->db, TX_READ, &cx, find_needed, &shard) != DB_FINE) return false;
    for (size_t i = 0; i < names.n; i++) {
        bool needed = map_get(&shard.needed, names.items[i]);
        bool gone = !needed && blobs_sweep(cx.blobs, names.items[i], DAY_US);
        result->deleted += gone;
        result->kept += !gone;
    }
    return true;
}

static int sweep(CommandCall *call, const void *flags)
{
    (void)flags;
    SweepResult result = {0};
    Arena *arena = arena_new(1 << 16);
    bool fine = true;
    for (unsigned shard = 0; fine && shard < BLOB_SHARDS; shard++) {
        arena_reset(arena);
        fine = sweep_shard(call, arena, shard, &result);
    }
    arena_free(arena);
    if (!fine) return command_fail(call, &error_unavailable, "the media could not be read");
    output_object(call->out, &sweep_result_type, &result);
    return EXIT_FINE;
}

const Command media_sweep = {
    .name = "media sweep",
    .summary = "Delete files that no picture needs any more",
    .doc =
        "Deleting a media object leaves its files in the data folder, and so does an upload that "
        "was not finished. This deletes them, once they are a day old. Run it now and then.",
    .needs = COMMAND_NEEDS_FOLDER,
    .run = sweep};
