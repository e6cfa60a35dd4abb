/* Outbound HTTP.
 *
 * Each call has a libcurl handle to itself while it lasts; afterwards the handle, with its open connections,
 * waits on a short stack for the next one. The one that was used last is used first, so that under little load
 * there are few connections, and they are warm. A TLS handshake with a provider of payments costs as much as
 * the call itself.
 *
 * What the environment says of proxies, .netrc and the like is not heard: a setting that nobody sees would
 * decide where money is asked for.
 *
 * Rejected: one handle for all with a lock (calls would wait for each other), CURLSH with shared connections
 * (documented as not safe between threads), the multi interface on a thread of its own (whoever calls has
 * nothing else to do than wait for the answer), following redirects (credentials would go where the answer
 * says), retries (only the caller knows what a second call means). */
#include "platform/client/client.h"

#include "base/buf.h"
#include "platform/telemetry/fault.h"
#include "platform/telemetry/metrics.h"
#include "platform/telemetry/trace.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdlib.h>

enum {
    KEPT_MAX = 16, /* handles that wait: as many as there are threads that call */
    CONNECT_MAX_MS = 10000,
};

FAULT_POINT(fault_answered, "client.answered",
            "The other side has answered, and nobody here has seen it. fail: it is lost.");

METRIC_FAMILY(calls_family, .name = "souk_client_calls_total", .kind = METRIC_COUNTER,
              .doc =
                  "Calls to other machines, by who was called and how it ended: the class of the "
                  "answer's status, unsent or lost.",
              .labels = {"peer", "end"});
METRIC_FAMILY(seconds_family, .name = "souk_client_call_seconds", .kind = METRIC_HISTOGRAM,
              .doc = "How long calls to other machines took.", .labels = {"peer"},
              .bounds = metric_seconds_bounds, .bound_count = metric_seconds_bound_count);

/* ---- Handles --------------------------------------------------------------------------------- */

static struct {
    pthread_mutex_t lock;
    CURL *handles[KEPT_MAX];
    size_t n;
} kept = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void begin_curl(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

static CURL *take_handle(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, begin_curl);
    pthread_mutex_lock(&kept.lock);
    CURL *handle = kept.n ? kept.handles[--kept.n] : NULL;
    pthread_mutex_unlock(&kept.lock);
    if (!handle) handle = curl_easy_init();
    if (!handle) abort();
    return handle;
}

static void give_handle(CURL *handle)
{
    curl_easy_reset(handle); /* forgets all but the connections */
    pthread_mutex_lock(&kept.lock);
    bool room = kept.n < KEPT_MAX;
    if (room) kept.handles[kept.n++] = handle;
    pthread_mutex_unlock(&kept.lock);
    if (!room) curl_easy_cleanup(handle);
}

void client_close(void)
{
    pthread_mutex_lock(&kept.lock);
    while (kept.n) curl_easy_cleanup(kept.handles[--kept.n]);
    pthread_mutex_unlock(&kept.lock);
}

/* ---- One call -------------------------------------------------------------------------------- */

static size_t take(char *bytes, size_t size, size_t count, void *arg)
{
    Buf *body = arg;
    buf_bytes(body, bytes, size * count);
    return body->full ? 0 : size * count; /* less than it was given ends the call */
}

/* A header that ends its line would bring others with it. */
static bool is_one_line(Str text)
{
    return str_find_char(text, '\r') == text.n && str_find_char(text, '\n') == text.n &&
           str_find_char(text, 0) == text.n;
}

static bool add_header(Arena *arena, struct curl_slist **list, Str header)
{
    if (!is_one_line(header)) return false;
    struct curl_slist *longer = curl_slist_append(*list, str_z(arena, header));
    if (!longer) abort();
    *list = longer;
    return true;
}

static bool add_headers(Ctx *cx, const ClientCall *call, struct curl_slist **list)
{
    static const unsigned char none[16];
    bool fine = add_header(cx->arena, list, S("Expect:")); /* send the body at once */
    for (size_t i = 0; fine && i < call->headers.n; i++)
        fine = add_header(cx->arena, list, call->headers.items[i]);
    if (!fine || memcmp(cx->trace.trace_id, none, sizeof none) == 0) return fine;
    char parent[TRACEPARENT_LENGTH];
    trace_write(parent, &cx->trace);
    return add_header(cx->arena, list,
                      str_format(cx->arena, "traceparent: %.*s", TRACEPARENT_LENGTH, parent));
}

static void set_up(CURL *curl, Arena *arena, const ClientCall *call, int64_t left_ms, Buf *body)
{
    int64_t connect_ms = left_ms < CONNECT_MAX_MS ? left_ms : CONNECT_MAX_MS;
    curl_easy_setopt(curl, CURLOPT_URL, str_z(arena, call->url));
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)left_ms);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "souk");
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, body);
    if (strcmp(call->method, "POST") == 0) {
        curl_easy_setopt(curl, CURLOPT_POST, 1L);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, call->body.n ? call->body.p : "");
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.n);
    } else {
        curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, call->method);
    }
}

/* Had the connection not even been made ready, nothing of the request was sent. */
static ClientEnd end_of(CURL *curl, CURLcode code)
{
    curl_off_t ready_us = 0;
    if (code == CURLE_OK) return CLIENT_ANSWERED;
    curl_easy_getinfo(curl, CURLINFO_PRETRANSFER_TIME_T, &ready_us);
    return ready_us ? CLIENT_LOST : CLIENT_UNSENT;
}

static ClientAnswer perform(Ctx *cx, CURL *curl, const ClientCall *call, int64_t left_ms)
{
    Buf body = buf_new(cx->arena, call->answer_max);
    ClientAnswer answer = {.end = CLIENT_UNSENT, .why = S("a header of it has a line end")};
    struct curl_slist *headers = NULL;
    if (add_headers(cx, call, &headers)) {
        set_up(curl, cx->arena, call, left_ms, &body);
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
        CURLcode code = curl_easy_perform(curl);
        long status = 0;
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
        answer = (ClientAnswer){.end = end_of(curl, code), .body = buf_str(&body)};
        if (code == CURLE_OK) answer.status = (int)status;
        if (code != CURLE_OK) answer.body = S("");
        if (code != CURLE_OK)
            answer.why = body.full ? S("the answer is longer than was asked for")
                                   : str_copy(cx->arena, str_from(curl_easy_strerror(code)));
    }
    curl_slist_free_all(headers);
    return answer;
}

static const char *label_of(const ClientAnswer *answer)
{
    static const char *const classes[] = {"1xx", "2xx", "3xx", "4xx", "5xx"};
    if (answer->end == CLIENT_UNSENT) return "unsent";
    if (answer->end == CLIENT_LOST) return "lost";
    int class = answer->status / 100;
    return class >= 1 && class <= 5 ? classes[class - 1] : "other";
}

ClientAnswer client_call(Ctx *cx, const ClientCall *call)
{
    int64_t began = monotonic_us(), left_ms = call->timeout_ms;
    if (cx->deadline_us && (cx->deadline_us - began) / 1000 < left_ms)
        left_ms = (cx->deadline_us - began) / 1000;
    ClientAnswer answer = {.end = CLIENT_UNSENT, .why = S("the time for it is over")};
    if (left_ms > 0) {
        CURL *curl = take_handle();
        answer = perform(cx, curl, call, left_ms);
        give_handle(curl);
    }
    if (answer.end == CLIENT_ANSWERED && FAULT(&fault_answered))
        answer = (ClientAnswer){.end = CLIENT_LOST, .why = S("lost at a fault point")};
    metric_add(metric_series(&calls_family, call->peer, label_of(&answer)), 1);
    metric_observe_us(metric_series(&seconds_family, call->peer), monotonic_us() - began);
    return answer;
}
