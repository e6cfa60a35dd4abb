/* What drafts name that is no product: categories by their path, types by their name. Found, or made
 * when they are missing. */
#ifndef MODULES_CATALOG_TRANSFER_REFERENCES_H
#define MODULES_CATALOG_TRANSFER_REFERENCES_H

#include "base/map.h"
#include "modules/catalog/transfer/draft.h"
#include "platform/ctx.h"

/* Of one transaction. What is known to be there from transactions before spares questions; that a
 * category has been deleted since then, the database notices. */
typedef struct References {
    Ctx *cx;
    const Map *known; /* Id of categories, by path; NULL: none */
    Map found;        /* the same, found in this transaction, or made in it */
    Map types;        /* ProductType */
} References;

References references_new(Ctx *cx, const Map *known);

/* What was made is undone, and perhaps something that was found is not there any more. */
void references_forget(References *refs);

/* Adds the categories that were found to those that are known, with keys in `arena`; after the commit.
 */
void references_keep(const References *refs, Arena *arena, Map *known);

/* The category of that path, or 0; with `make` it is made, and 0 says that it may not be, with the
 * reason among the remarks. */
Id reference_category(References *refs, StrList titles, bool make, int64_t line, Remarks *remarks);

/* The path of a category as one text, "Home > Kitchen"; empty when there is none. */
Str reference_path(References *refs, Id category);

/* The type of that name, or NULL; with `make` it is made, without attributes. */
const ProductType *reference_type(References *refs, Str name, bool make);

#endif
