/* What the two halves of the OpenAPI writer share: the state, and short words for writing it. */
#ifndef PLATFORM_API_OPENAPI_WRITER_H
#define PLATFORM_API_OPENAPI_WRITER_H

#include "meta/json.h"
#include "meta/schema.h"
#include "platform/api/openapi.h"
#include "platform/api/router.h"

#include <jansson.h>
#include <stdlib.h>

enum { OPENAPI_LISTS_MAX = 500, OPENAPI_RESPONSES_MAX = 500 };

/* A component response: the refusals of one status that some operation can give. */
typedef struct RefusalSet {
    Str name;
    const Error *const *errors;
    size_t n;
} RefusalSet;

/* A component schema: the pages of a type, and what is said beside their objects. */
typedef struct ListSchema {
    const Type *type;
    const Type *notes; /* NULL: nothing */
} ListSchema;

typedef struct Writer {
    JsonOut *out;
    Arena *arena;
    Router *router;
    const json_t *examples;
    const OpenapiLogin *login;
    SchemaSet schemas;
    ListSchema *lists;
    size_t list_count;
    RefusalSet *refusals;
    size_t refusal_count;
} Writer;

static inline void write_text(Writer *w, const char *key, Str text)
{
    json_out_key(w->out, key);
    json_out_str(w->out, text);
}

static inline void write_z(Writer *w, const char *key, const char *text)
{
    write_text(w, key, str_from(text));
}

static inline void write_true(Writer *w, const char *key)
{
    json_out_key(w->out, key);
    json_out_bool(w->out, true);
}

static inline void begin(Writer *w, const char *key)
{
    json_out_key(w->out, key);
    json_out_begin(w->out, '{');
}

static inline void end(Writer *w)
{
    json_out_end(w->out, '}');
}

static inline void write_ref(Writer *w, const char *section, Str name)
{
    write_text(w, "$ref", str_format(w->arena, "#/components/%s/%.*s", section, STR_ARG(name)));
}

/* {"$ref": …} under a key. */
static inline void write_key_ref(Writer *w, const char *key, const char *section, Str name)
{
    begin(w, key);
    write_ref(w, section, name);
    end(w);
}

static inline void write_json(Writer *w, const char *key, const json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    json_out_key(w->out, key);
    json_out_raw(w->out, str_from(text));
    free(text);
}

/* ---- openapi_parts.c: what is described once and referred to --------------------------------- */

/* The schema of a page of this type, "ProductList"; remembers that it is needed. */
void write_list_ref(Writer *w, const Type *type, const Type *notes);

/* The name of the component response for these refusals, which share a status:
 * "handle_taken.sku_taken"; remembers that it is needed. */
Str refusal_name(Writer *w, const Error *const *errors, size_t n);

/* application/problem+json with each of the refusals as an example, into an open `content`. */
void write_problem_media(Writer *w, const Error *const *errors, size_t n);

/* Everything that was referred to. Last. */
void write_components(Writer *w);

#endif
