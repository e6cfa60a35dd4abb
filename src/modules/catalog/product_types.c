/* Product types: what kinds of products there are, and what is to be told of each. A product names
 * its type; the rules (rules.c) hold its attributes against it whenever it is written. What a type
 * asks for later does not break products that are there: they are asked when they next change. */
#include "modules/catalog/rules.h"
#include "modules/catalog/store.h"

#include "meta/merge.h"
#include "platform/api/errors.h"
#include "platform/cache/cache.h"
#include "platform/changes.h"

static const Error error_product_type_taken = {
    "product_type_taken", 409, "Another product type has this name.", LOG_DEBUG,
    "Choose another name, or change the type that is there."};
static const Error error_product_type_used = {
    "product_type_used", 409, "Products are of this type.", LOG_DEBUG,
    "Give them another type first; `GET /v1/products?type=…` lists those that are shown."};

AttributeRuleList attribute_rules(Ctx *cx, Str type)
{
    const ProductType *found = type.n ? product_type_named(cx, type) : NULL;
    return found ? found->attributes : (AttributeRuleList){0};
}

static const ProductType *answer_of(Request *rq)
{
    return product_type_read(rq->cx, rq->id);
}

static Reply reply_type(const ProductType *type)
{
    return with_version(ok(&product_type_type, type), type->version);
}

static Reply list_product_types(Request *rq)
{
    cache_depends(rq, "product_type", (Id){0});
    ProductTypeList all = product_types_all(rq->cx);
    return ok_list(&product_type_type, (AnyList){all.items, all.n}, (Str){0});
}
HANDLER_PLAIN(list_product_types)

static Reply show_product_type(Request *rq)
{
    cache_depends(rq, "product_type", rq->id);
    const ProductType *type = answer_of(rq);
    return type ? reply_type(type) : not_found(rq, "product type");
}
HANDLER_PLAIN(show_product_type)

static Reply check_type(Request *rq, const ProductType *type)
{
    Violations *bad = NEW(rq->cx->arena, Violations);
    *bad = violations_new(rq->cx->arena);
    product_type_check(bad, type);
    return bad->n ? refuse_violations(bad) : (Reply){0};
}

static Reply create_product_type(Request *rq, const ProductType *in)
{
    Ctx *cx = rq->cx;
    Reply refused = check_type(rq, in);
    if (refused.status) return refused;
    ProductType *type = arena_copy(cx->arena, in, sizeof *in);
    type->id = ctx_id(cx);
    type->version = 1;
    type->created_at = type->updated_at = ctx_now(cx);
    merge_complete(&product_type_type, type);
    if (!product_type_insert(cx, type))
        return fail(rq, &error_product_type_taken, "\"%.*s\" is taken.", STR_ARG(type->name));
    changed(cx, "product_type", type->id);
    Reply reply = reply_type(type);
    reply.location = str_format(cx->arena, "/v1/product-types/%.*s",
                                STR_ARG(id_text(cx->arena, "ptype", type->id)));
    return reply;
}
HANDLER(create_product_type, ProductType)

static Reply change_product_type(Request *rq, const ProductType *patch)
{
    product_type_touch(rq->cx, rq->id);
    ProductType *type = product_type_read(rq->cx, rq->id);
    if (!type) return not_found(rq, "product type");
    if (!version_matches(rq, type->version - 1)) return version_changed(rq);
    merge_patch(rq->cx->arena, &product_type_type, type, patch);
    Reply refused = check_type(rq, type);
    if (refused.status) return refused;
    product_type_update(rq->cx, type);
    changed(rq->cx, "product_type", type->id);
    return reply_type(type);
}
HANDLER(change_product_type, ProductType)

static Reply delete_product_type(Request *rq)
{
    product_type_touch(rq->cx, rq->id);
    const ProductType *type = product_type_read(rq->cx, rq->id);
    if (!type) return not_found(rq, "product type");
    if (!version_matches(rq, type->version - 1)) return version_changed(rq);
    if (product_type_is_used(rq->cx, type->name))
        return fail(rq, &error_product_type_used, "There are products of the type \"%.*s\".",
                    STR_ARG(type->name));
    product_type_delete(rq->cx, rq->id);
    changed(rq->cx, "product_type", rq->id);
    return no_content();
}
HANDLER_PLAIN(delete_product_type)

/* ---- The table ------------------------------------------------------------------------------- */

static const Error *const create_errors[] = {&error_product_type_taken, NULL};
static const Error *const delete_errors[] = {&error_product_type_used, NULL};

static const Route routes[] = {
    ROUTE(GET, "/v1/product-types", list_product_types, "List the kinds of products.",
          .tx = TX_READ, .reply = &product_type_type, .list = true, .cached = true),
    ROUTE(GET, "/v1/product-types/{id:ptype}", show_product_type, "Read a kind of products.",
          .tx = TX_READ, .reply = &product_type_type, .cached = true),
    ROUTE(POST, "/v1/product-types", create_product_type,
          "Make a kind of products, and say what is to be told of each.", .tx = TX_WRITE,
          .needs = &products_write, .body = &product_type_type, .reply = &product_type_type,
          .status = 201, .errors = create_errors),
    ROUTE(PATCH, "/v1/product-types/{id:ptype}", change_product_type,
          "Change what is to be told of products of a kind.",
          .detail = "Products that are there stay as they are until they are changed.",
          .tx = TX_WRITE, .needs = &products_write, .body = &product_type_type,
          .body_mode = BODY_MERGE_PATCH, .reply = &product_type_type, .if_match = true),
    ROUTE(DELETE, "/v1/product-types/{id:ptype}", delete_product_type,
          "Delete a kind of products that no product has.", .tx = TX_WRITE,
          .needs = &products_write, .if_match = true, .errors = delete_errors),
};

static const Error *const errors[] = {&error_product_type_taken, &error_product_type_used};
static const Table tables[] = {{"product_types", &product_type_type}};

const Module product_types_module = {
    .name = "product-types",
    .doc = "What kinds of products there are, and what is told of each.",
    MODULE_ROWS(routes, route),
    MODULE_ROWS(errors, error),
    MODULE_ROWS(tables, table),
};
