#include "platform/cache/note.h"

#include "platform/api/request.h"

static bool is_kind(const CacheNote *note, size_t i, const char *kind)
{
    return note->kinds[i] == kind || strcmp(note->kinds[i], kind) == 0;
}

/* Is it said already, by itself or by its whole kind? Only tags of the same kind are looked at: a
 * slot that is shared with another kind may leave with that one. */
static bool is_said(const CacheNote *note, const char *kind, TagSlot slot)
{
    for (size_t i = 0; i < note->tag_count; i++)
        if ((note->whole[i] || note->slots[i] == slot) && is_kind(note, i, kind)) return true;
    return false;
}

static void add_tag(CacheNote *note, const char *kind, TagSlot slot, bool whole)
{
    size_t i = note->tag_count++;
    note->kinds[i] = kind;
    note->slots[i] = slot;
    note->whole[i] = whole;
}

/* The whole kind stands for all of its objects, since cache_bump tells both. */
static void add_kind(CacheNote *note, const char *kind)
{
    size_t kept = 0;
    for (size_t i = 0; i < note->tag_count; i++) {
        if (is_kind(note, i, kind)) continue;
        note->kinds[kept] = note->kinds[i];
        note->slots[kept] = note->slots[i];
        note->whole[kept++] = note->whole[i];
    }
    note->tag_count = kept;
    if (kept == CACHE_TAGS_MAX)
        note->never = true; /* of as many kinds: nothing is left to put together */
    else
        add_tag(note, kind, tag_slot(kind, (Id){0}), true);
}

void cache_depends(Request *rq, const char *kind, Id id)
{
    CacheNote *note = rq->cache;
    TagSlot slot = tag_slot(kind, id);
    if (!note || is_said(note, kind, slot)) return;
    if (id.n && note->tag_count < CACHE_TAGS_MAX)
        add_tag(note, kind, slot, false);
    else
        add_kind(note, kind);
}

void cache_expires(Request *rq, Time at)
{
    CacheNote *note = rq->cache;
    if (!note || (note->expires.us && note->expires.us <= at.us)) return;
    note->expires = at;
}

void cache_never(Request *rq)
{
    if (rq->cache) rq->cache->never = true;
}

bool cache_note_keeps(const CacheNote *note)
{
    return !note->never && (note->tag_count > 0 || note->expires.us);
}
