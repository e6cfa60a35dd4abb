/* SMTP by libcurl: one connection a message. A shop sends a few messages a second at most; a mail
 * server beside it takes hundreds of connections, and a connection that was kept would have to be
 * tried first. TLS is asked for, and the server's certificate checked, unless the settings say
 * otherwise. */
#include "platform/mail/transport.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdlib.h>

enum {
    CONNECT_MAX_MS = 15000,
    STALL_MAX_S = 30, /* without a byte */
};

typedef struct Sending {
    const MailEnvelope *mail;
    size_t at;
} Sending;

static size_t give(char *out, size_t size, size_t count, void *arg)
{
    Sending *sending = arg;
    Str rest = str_slice(sending->mail->bytes, sending->at, sending->mail->bytes.n);
    size_t n = size * count < rest.n ? size * count : rest.n;
    if (n) memcpy(out, rest.p, n);
    sending->at += n;
    return n;
}

static int ask_whether_to_go_on(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    (void)a, (void)b, (void)c, (void)d;
    const MailEnvelope *mail = ((Sending *)arg)->mail;
    return mail->cancelled && mail->cancelled(mail->arg);
}

MailOutcome mail_outcome_of(long reply)
{
    static const long ours[] = {530, 534, 535, 538}; /* RFC 4954 §6, RFC 3207 §4 */
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if (reply == ours[i]) return MAIL_LATER;
    return reply >= 500 && reply <= 599 ? MAIL_REFUSED : MAIL_LATER;
}

static void set_up(CURL *curl, Arena *arena, const MailConfig *config, Sending *sending)
{
    bool clear = config->tls == MAIL_TLS_NEVER;
    curl_easy_setopt(curl, CURLOPT_URL, str_z(arena, config->url));
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(curl, CURLOPT_USE_SSL, (long)(clear ? CURLUSESSL_NONE : CURLUSESSL_ALL));
    if (config->ca_file.n) curl_easy_setopt(curl, CURLOPT_CAINFO, str_z(arena, config->ca_file));
    curl_easy_setopt(curl, CURLOPT_MAIL_FROM, str_z(arena, sending->mail->from));
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, give);
    curl_easy_setopt(curl, CURLOPT_READDATA, sending);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, ask_whether_to_go_on);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, sending);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MAX_MS);
    curl_easy_setopt(curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)STALL_MAX_S);
    curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
}

static void begin_curl(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

MailOutcome mail_by_smtp(Arena *arena, const MailConfig *config, const MailEnvelope *mail, Str *why)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, begin_curl);
    CURL *curl = curl_easy_init();
    if (!curl) abort();
    Sending sending = {.mail = mail};
    set_up(curl, arena, config, &sending);
    struct curl_slist *to =
        curl_slist_append(NULL, str_z(arena, str_format(arena, "<%.*s>", STR_ARG(mail->to))));
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, to);
    CURLcode code = curl_easy_perform(curl);
    long reply = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply);
    MailOutcome outcome = MAIL_SENT;
    if (code != CURLE_OK) {
        outcome = code == CURLE_SEND_ERROR || code == CURLE_WEIRD_SERVER_REPLY
                      ? mail_outcome_of(reply)
                      : MAIL_LATER;
        *why = reply ? str_format(arena, "%s (reply %ld)", curl_easy_strerror(code), reply)
                     : str_copy(arena, str_from(curl_easy_strerror(code)));
    }
    curl_slist_free_all(to);
    curl_easy_cleanup(curl);
    return outcome;
}
