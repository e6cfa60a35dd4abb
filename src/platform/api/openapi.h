/* The OpenAPI 3.1 document, written from the rows of all modules (spec.openapis.org/oas/v3.1.0). */
#ifndef PLATFORM_API_OPENAPI_H
#define PLATFORM_API_OPENAPI_H

#include "base/buf.h"
#include "platform/module.h"

enum { OPENAPI_MAX = 8 << 20 };

/* How a reader of the documentation logs in: by his password, as this client of OAuth 2. */
typedef struct OpenapiLogin {
    const char *token_path, *client_id;
} OpenapiLogin;

/* What the rows do not say. */
typedef struct OpenapiText {
    Str version;      /* of the program */
    Str introduction; /* Markdown; its first heading gives way to the document's title */
    Str examples;     /* what tools/examples.c made of the golden conversations, or empty */
    const OpenapiLogin *login; /* NULL: only by keys */
} OpenapiText;

/* Appends the document; the same rows and text give the same bytes. Works in the buffer's arena.
 * Rows that the router would refuse, or two handlers of one name, are a bug. */
void openapi_write(Buf *out, const Module *const *modules, size_t module_count,
                   const OpenapiText *text);

#endif
