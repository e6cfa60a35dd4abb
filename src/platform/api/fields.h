/* fields=: a caller that wants only some fields of what a route answers. Every GET route of /v1 that
 * answers documents takes it; a list applies it to each of its objects. Handlers need not know. */
#ifndef PLATFORM_API_FIELDS_H
#define PLATFORM_API_FIELDS_H

#include "meta/json.h"
#include "platform/api/request.h"

/* The parameters that the framework reads by itself. */
typedef struct FieldsQuery {
    StrList fields; /* sorted, each once */
} FieldsQuery;

extern const Type fields_query_type;

/* What was asked for, checked against the type of the route's documents. */
typedef struct Fields {
    const FieldsQuery *query;
    const Type *type;
    FieldMask mask;
} Fields;

bool route_takes_fields(const Route *route);

/* Sets rq->fields; violations name each unknown field. */
void fields_choose(Request *rq, FieldsQuery *query, Violations *bad);

/* Appends one object of the type, or several with commas between, written already: only the fields
 * that were asked for. False: the text is damaged. */
bool fields_put(Buf *out, const Fields *fields, Str json);

#endif
