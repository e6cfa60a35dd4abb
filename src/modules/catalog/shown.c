/* What somebody sees of products.
 *
 * Shoppers get the finished document, when it is of this program's shape and its prices are still
 * in force. Staff, and whoever asks for one currency or for exact stock, get the product read from
 * its tables; so does everybody, of a document that does not hold any more. Both ways give the same
 * JSON, since documents are written by the same walker from the same tables (publish.c). */
#include "modules/catalog/documents.h"
#include "modules/catalog/rules.h"
#include "modules/catalog/store.h"

#include "platform/api/limits.h"

static bool wants_stock(const ProductView *view)
{
    for (size_t i = 0; i < view->expand.n; i++)
        if (str_eq(view->expand.items[i], S("stock"))) return true;
    return false;
}

static bool documents_will_do(const ProductView *view)
{
    return !view->staff && !view->currency.code[0] && !wants_stock(view);
}

static bool holds(Ctx *cx, const ProductDocument *document)
{
    return document->shape == document_shape() &&
           (!document->valid_until.us || document->valid_until.us > ctx_now(cx).us);
}

static ShownProduct show_document(const ProductDocument *document)
{
    return (ShownProduct){document->product_id, document->version, document->valid_until,
                          document->body};
}

static ShownProduct show_whole(Ctx *cx, const Product *product, const ProductView *view)
{
    ShownProduct shown = {.id = product->id, .version = product->version};
    Product seen = product_seen(cx->arena, product, view, ctx_now(cx), &shown.until);
    Buf json = buf_new(cx->arena, LIMIT_ANSWER_BYTES);
    if (view->staff)
        json_write(&json, &product_type, &seen);
    else
        json_write_some(&json, &product_type, &seen, product_mask(wants_stock(view)));
    shown.json = buf_str(&json);
    return shown;
}

static const ShownProduct *keep(Ctx *cx, ShownProduct shown)
{
    return arena_copy(cx->arena, &shown, sizeof shown);
}

const ShownProduct *product_shown(Ctx *cx, Id id, const ProductView *view)
{
    if (documents_will_do(view)) {
        const ProductDocument *document = document_read(cx, id, view);
        if (!document) return NULL;
        if (holds(cx, document)) return keep(cx, show_document(document));
    } else if (!view->staff && !product_is_shown(cx, id, view->channel)) {
        return NULL;
    }
    const Product *product = product_read(cx, id, view->locale);
    return product ? keep(cx, show_whole(cx, product, view)) : NULL;
}

const ShownProduct *product_shown_by_handle(Ctx *cx, Str handle, const ProductView *view)
{
    Id id = product_by_handle(cx, handle);
    return id.n ? product_shown(cx, id, view) : NULL;
}

const Product *product_of_document(Arena *arena, Str json)
{
    Violations bad = violations_new(arena);
    return json_read(arena, &product_type, json, JSON_STORED, &bad);
}

/* ---- Several --------------------------------------------------------------------------------- */

static size_t place_of(IdList ids, Id id)
{
    size_t i = 0;
    while (i < ids.n && !id_eq(ids.items[i], id)) i++;
    return i;
}

/* Puts what the documents give into its places, and returns the ids of the others that there are. */
static IdList show_documents(Ctx *cx, IdList ids, const ProductView *view, ShownProduct *places)
{
    IdList others = {NEW_N(cx->arena, Id, ids.n), 0};
    ProductDocumentList documents = documents_read(cx, ids, view);
    for (size_t i = 0; i < documents.n; i++) {
        const ProductDocument *document = &documents.items[i];
        if (holds(cx, document))
            places[place_of(ids, document->product_id)] = show_document(document);
        else
            others.items[others.n++] = document->product_id;
    }
    return others;
}

ShownProducts products_shown(Ctx *cx, IdList ids, const ProductView *view)
{
    ShownProduct *places = NEW_N(cx->arena, ShownProduct, ids.n);
    IdList others = documents_will_do(view) ? show_documents(cx, ids, view, places) : ids;
    if (others.n) {
        ProductList products = products_of(cx, others, view->locale);
        for (size_t i = 0; i < products.n; i++)
            places[place_of(ids, products.items[i].id)] = show_whole(cx, &products.items[i], view);
    }
    ShownProducts shown = {places, 0};
    for (size_t i = 0; i < ids.n; i++)
        if (places[i].id.n) shown.items[shown.n++] = places[i];
    return shown;
}

ShownProducts products_by_status(Ctx *cx, const ProductView *view, ProductStatus status, Id before,
                                 int64_t limit)
{
    ProductList page = product_page_by_status(cx, view->locale, status, before, limit);
    ShownProducts shown = {NEW_N(cx->arena, ShownProduct, page.n), page.n};
    for (size_t i = 0; i < page.n; i++) shown.items[i] = show_whole(cx, &page.items[i], view);
    return shown;
}
