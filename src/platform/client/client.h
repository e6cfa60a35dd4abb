/* Calls to other machines by HTTP, on libcurl. See docs/internals/client.md.
 *
 * A call blocks its thread, so it is made outside of any transaction, by a job, a saga's step or the
 * `ahead` of a route. It has an end in time, follows no redirects, believes only certificates that are
 * valid, and takes no more bytes than were asked for. It is made once: whoever wants it again says so,
 * with a key by which the other side knows it. */
#ifndef PLATFORM_CLIENT_CLIENT_H
#define PLATFORM_CLIENT_CLIENT_H

#include "platform/ctx.h"

typedef struct ClientCall {
    const char *peer;   /* who is called, for metrics: "stripe" */
    const char *method; /* "GET", "POST", "DELETE" */
    Str url; /* http or https; checked by who calls: no client's text may stand in its host */
    StrList headers;    /* "Name: value", without line ends (a line end in one refuses the call) */
    Str body;           /* of a POST */
    int64_t timeout_ms; /* of all of it; the context's deadline may be sooner. > 0 */
    size_t answer_max;  /* bytes of the answer's body */
} ClientCall;

typedef enum ClientEnd {
    CLIENT_ANSWERED, /* with any status */
    CLIENT_UNSENT,   /* the other side has certainly seen nothing of it */
    CLIENT_LOST,     /* it may have been done, and its answer is lost */
} ClientEnd;

typedef struct ClientAnswer {
    ClientEnd end;
    int status;
    Str body;
    Str why; /* unless it was answered: for people, without secrets and without the URL */
} ClientAnswer;

/* Makes the call. Texts of the answer live in the context's arena; its trace, if it has one, goes along
 * as traceparent. Any thread. */
ClientAnswer client_call(Ctx *cx, const ClientCall *call);

/* Closes the connections that wait to be used again. When no call is under way. */
void client_close(void);

#endif
