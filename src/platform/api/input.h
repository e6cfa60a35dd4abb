/* What a request brings, by its route's row: a body of the right content type, which with the query
 * becomes structs. */
#ifndef PLATFORM_API_INPUT_H
#define PLATFORM_API_INPUT_H

#include "platform/api/request.h"

/* Before the body is taken: 415 when it is none that the route takes, else a reply of {0}. */
Reply input_check_content_type(Request *rq, const Exchange *ex);

/* May the body have more than LIMIT_BODY_BYTES? One whose length nobody has told may. */
bool input_is_large(const Exchange *ex);

/* Reads the query alone into rq->query, in the context's arena. A refusal, or a reply of {0}. */
Reply input_read_query(Request *rq);

/* Reads the query into rq->query and the body into *body, in the context's arena. A refusal that
 * lists what is wrong, or a reply of {0}. */
Reply input_read(Request *rq, const void **body);

#endif
