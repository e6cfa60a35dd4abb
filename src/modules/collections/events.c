#include "modules/collections/events.h"

const Event collection_products_named = {.name = "collection.products_named",
                                         .doc =
                                             "Products were named that are to be in a collection; "
                                             "who knows products says which is none."};
const Event collection_members_changed = {
    .name = "collection.members_changed",
    .doc = "Products came into a collection, left it, or stand elsewhere in it."};

Id collection_unknown_product(Ctx *cx, IdList products)
{
    Id unknown = {0};
    announce(cx, &collection_products_named, &(CollectionProductsNamed){products, &unknown});
    return unknown;
}

/* One list of all of them: those that were put somewhere, and those that are gone. */
void collection_tell_members(Ctx *cx, Id id, const MemberChanges *changes)
{
    IdList products = {NEW_N(cx->arena, Id, changes->put.n + changes->gone.n), 0};
    for (size_t i = 0; i < changes->put.n; i++)
        products.items[products.n++] = changes->put.items[i].product;
    for (size_t i = 0; i < changes->gone.n; i++)
        products.items[products.n++] = changes->gone.items[i];
    announce(cx, &collection_members_changed, &(CollectionMembersChanged){id, products});
}
