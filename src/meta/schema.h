/* JSON Schema (draft 2020-12, as OpenAPI 3.1 uses it) from types.
 *
 * One type gives up to four schemas, because what may be sent is not what is answered:
 *
 *     Product         OUTPUT   all fields but write-only ones, all of them required: answers are
 * whole ProductCreate   CREATE   without read-only fields; required as the rows say; nothing else
 *     ProductPatch    PATCH    a merge patch: nothing required, null removes what is optional
 *     ProductWhole    WHOLE    inside a patch, an object that cannot be partial: all of it required
 *
 * Nested types are references; the set collects what is referred to, each once. In an answer only
 * fields marked .nullable may be null: one that can be absent needs that mark. */
#ifndef META_SCHEMA_H
#define META_SCHEMA_H

#include "meta/json.h"

typedef enum SchemaUse { SCHEMA_OUTPUT, SCHEMA_CREATE, SCHEMA_PATCH, SCHEMA_WHOLE } SchemaUse;

typedef struct SchemaEntry {
    const Type *type;
    SchemaUse use;
    Str name;
} SchemaEntry;

typedef struct SchemaSet {
    Arena *arena;
    SchemaEntry *items;
    size_t n, capacity;
} SchemaSet;

static inline SchemaSet schema_set(Arena *arena)
{
    return (SchemaSet){.arena = arena};
}

/* Writes {"$ref": "#/components/schemas/ProductCreate"} and remembers that it is needed. Two types
 * of one name in a set are a bug (assert). */
void schema_ref(SchemaSet *set, JsonOut *out, const Type *type, SchemaUse use);

/* Writes the schema of one field, without its prose: for a property or a parameter. */
void schema_field(SchemaSet *set, JsonOut *out, const Field *field, SchemaUse use);

/* Writes one OpenAPI parameter object for each field of a query type, into an open array. */
void schema_parameters(SchemaSet *set, JsonOut *out, const Type *query);

/* Writes everything referred to so far, and what that refers to, as members "Product": {…} in the
 * order of their names, into an open object: the content of components.schemas. */
void schema_components(SchemaSet *set, JsonOut *out);

#endif
