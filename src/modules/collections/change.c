#include "modules/collections/change.h"

#include "meta/merge.h"
#include "meta/slug.h"
#include "modules/collections/events.h"
#include "modules/collections/rules.h"
#include "modules/collections/store.h"
#include "platform/changes.h"

Verdict collection_put_with_handle(Ctx *cx, Collection *collection,
                                   bool (*put)(Ctx *cx, const Collection *collection))
{
    bool made = !collection->handle.n;
    if (made) collection->handle = slug_of_title(cx->arena, collection->title, S("collection"));
    if (put(cx, collection)) return (Verdict){0};
    if (made) collection->handle = slug_unique(cx->arena, collection->handle, collection->id);
    if (made && put(cx, collection)) return (Verdict){0};
    return (Verdict){&error_collection_handle_taken,
                     str_format(cx->arena, "\"%.*s\" is taken.", STR_ARG(collection->handle))};
}

Verdict collection_create(Ctx *cx, Collection *collection)
{
    if (!IS_SET(&collection_type, collection, Collection, sort))
        collection->sort = collection_sort_initial(collection->kind);
    collection->id = ctx_id(cx);
    collection->version = 1;
    collection->created_at = collection->updated_at = ctx_now(cx);
    if (collection->image.url.n) MARK_SET(&collection_type, collection, Collection, image);
    merge_complete(&collection_type, collection);
    Verdict verdict = collection_put_with_handle(cx, collection, collection_insert);
    if (!verdict.error) changed(cx, "collection", collection->id);
    return verdict;
}

/* ---- Members --------------------------------------------------------------------------------- */

Verdict collection_has_members(const Collection *collection)
{
    if (collection->kind == COLLECTION_MANUAL) return (Verdict){0};
    return (Verdict){.error = &error_collection_by_rules};
}

static Verdict check_members(Ctx *cx, IdList wanted, IdList come)
{
    if (wanted.n > COLLECTION_PRODUCTS_MAX)
        return (Verdict){&error_collection_full,
                         str_format(cx->arena, "It would have %zu.", wanted.n)};
    Id unknown = collection_unknown_product(cx, come);
    if (unknown.n)
        return (Verdict){&error_unknown_product,
                         str_format(cx->arena, "There is no product \"%.*s\".",
                                    STR_ARG(id_text(cx->arena, "prod", unknown)))};
    return (Verdict){0};
}

Verdict collection_set_members(Ctx *cx, const Collection *collection, CollectionPlaces members,
                               IdList wanted)
{
    MemberChanges changes = collection_members_change(cx->arena, members, wanted);
    Verdict verdict = collection_has_members(collection);
    if (!verdict.error) verdict = check_members(cx, wanted, changes.come);
    if (verdict.error) return verdict;
    collection_members_put(cx, collection->id, changes.put);
    if (changes.gone.n) collection_members_remove(cx, collection->id, changes.gone);
    collection_tell_members(cx, collection->id, &changes);
    return (Verdict){0};
}

Verdict collection_add(Ctx *cx, Id id, IdList products)
{
    collection_touch(cx, id);
    changed(cx, "collection", id);
    const Collection *collection = collection_read(cx, id, S(""));
    if (!collection) return (Verdict){.error = &error_unknown_collection};
    CollectionPlaces members = collection_members(cx, id);
    return collection_set_members(cx, collection, members,
                                  collection_members_with(cx->arena, members, products));
}
