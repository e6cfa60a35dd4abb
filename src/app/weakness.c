/* What production asks of the settings.
 *
 * Only what can be seen in the settings alone stands here, so that a start is refused before anything
 * is opened, and by the same words as `souk doctor` uses. What must never be, in whatever mode, is
 * refused where it is met: a master key that others can read by platform/vault, a folder that is open
 * to others by platform/cli/folder.c.
 *
 * Rejected: warnings in the log instead of a refusal (nobody reads the log of a shop that runs), and a
 * way to except single settings (each of them would be one that somebody forgets). Who knows better
 * runs in development mode. */
#include "app/weakness.h"

#include "app/doctor.h"
#include "platform/module.h"

const Error err_weak_settings = {
    .code = "weak_settings",
    .status = 500,
    .title = "Production mode does not start with weak settings.",
    .level = LOG_ERROR,
    .doc = "The detail names each of them and says what to do. `souk doctor` says the same without "
           "a start; `mode = development` is for trying.",
};

/* ---- What is looked for ---------------------------------------------------------------------- */

static bool no_address(const Config *config)
{
    return !config->shop.url.n;
}

static bool address_is_http(const Config *config)
{
    return str_starts(config->shop.url, S("http:"));
}

static bool https_without_proxy(const Config *config)
{
    return str_starts(config->shop.url, S("https:")) && !config->http.trusted_proxies.n;
}

static bool strangers_are_trusted(const Config *config)
{
    StrList trusted = config->http.trusted_proxies;
    for (size_t i = 0; i < trusted.n; i++)
        if (trusts_everybody(trusted.items[i])) return true;
    return false;
}

static bool open_without_proxy(const Config *config)
{
    if (config->http.trusted_proxies.n) return false;
    for (size_t i = 0; i < config->listen.n; i++)
        if (listens_everywhere(config->listen.items[i])) return true;
    return false;
}

static bool some_origin_is_http(const Config *config)
{
    StrList origins = config->http.cors_origins;
    for (size_t i = 0; i < origins.n; i++)
        if (str_starts(origins.items[i], S("http:"))) return true;
    return false;
}

static bool writes_are_unlimited(const Config *config)
{
    return config->limits.writes_per_minute == 0;
}

/* 64 random digits lack more than six of the sixteen once in 10^8 times; what people type lacks more. */
static bool key_is_typed(const Config *config)
{
    enum { FEWEST = 10 };
    unsigned seen = 0;
    for (size_t i = 0; i < config->master_key.n; i++) {
        int c = config->master_key.p[i];
        seen |= 1u << (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return seen && __builtin_popcount(seen) < FEWEST;
}

static bool mail_stays_here(const Config *config)
{
    return config->mail.transport != MAIL_BY_SMTP;
}

static bool stripe_is_http(const Config *config)
{
    return config->payments.stripe_key.n && str_starts(config->payments.stripe_url, S("http:"));
}

static bool stripe_is_for_trying(const Config *config)
{
    return str_find(config->payments.stripe_key, S("_test_")) < config->payments.stripe_key.n;
}

static bool stripe_is_not_heard(const Config *config)
{
    return config->payments.stripe_key.n && !config->payments.stripe_webhook_secret.n;
}

static bool log_says_all(const Config *config)
{
    return config->log.level == LOG_DEBUG;
}

static bool faults_are_armed(const Config *config)
{
    return config->fault.n > 0;
}

/* ---- The table ------------------------------------------------------------------------------- */

const Weakness weaknesses[] = {
    {"shop.url",
     "The shop does not know its own address, so links in mails and what clients are told of it "
     "would follow what a request claims.",
     "Set it to the https address where people find the shop.", no_address},
    {"shop.url", "The address is http: passwords and sessions would cross networks in the clear.",
     "Put a proxy that speaks TLS before the shop, and set the https address.", address_is_http},
    {"http.trusted_proxies",
     "The address is https, but no proxy is trusted: the shop takes every client for the proxy, "
     "limits count them as one, and cookies are sent without Secure.",
     "Name the address of the proxy that speaks TLS.", https_without_proxy},
    {"http.trusted_proxies",
     "A block takes in strangers, and whoever is trusted can claim any address.",
     "Name the addresses of your proxies only.", strangers_are_trusted},
    {"listen", "It is open to every network, without TLS, and no proxy is trusted.",
     "Listen on 127.0.0.1 behind a proxy that speaks TLS, and name it in http.trusted_proxies.",
     open_without_proxy},
    {"http.cors_origins",
     "A page that came by http may read answers with cookies, and anybody on its way can change "
     "it.",
     "List https origins only.", some_origin_is_http},
    {"limits.writes_per_minute", "Anybody may write as often as he likes.",
     "Set a limit that no person reaches; the default is 600.", writes_are_unlimited},
    {"master_key", "The key has so few different digits that it was not drawn by chance.",
     "Draw one (`openssl rand -hex 32`), or leave it to the file that the first start makes.",
     key_is_typed},
    {"mail.transport",
     "Mail goes to files or to the terminal, where the links in it lie open and nobody gets them.",
     "Set smtp, and the mail server in mail.url.", mail_stays_here},
    {"payments.stripe_url",
     "Stripe is asked by http: the account's key and every payment would cross networks in the "
     "clear.",
     "Leave it at its default.", stripe_is_http},
    {"payments.stripe_key", "The key is one for trying: customers would get goods for nothing.",
     "Set the account's live key.", stripe_is_for_trying},
    {"payments.stripe_webhook_secret",
     "Nothing that Stripe tells is believed: what customers finish at their banks, and what is "
     "given "
     "back in Stripe's pages, would not be known here.",
     "Add an endpoint at Stripe, and set its signing secret.", stripe_is_not_heard},
    {"log.level", "The log would keep more than it should, of requests and of people.",
     "Set info or warn.", log_says_all},
    {"fault", "Faults are armed, and those are for tests.", "Take the setting away.",
     faults_are_armed},
};
const size_t weakness_count = ROWS(weaknesses);

/* ---- Telling --------------------------------------------------------------------------------- */

Str weaknesses_text(Arena *arena, const Config *config)
{
    StrList lines = {NEW_N(arena, Str, weakness_count), 0};
    for (size_t i = 0; i < weakness_count; i++) {
        const Weakness *row = &weaknesses[i];
        if (row->is_there(config))
            lines.items[lines.n++] =
                str_format(arena, "%s: %s %s", row->setting, row->doc, row->advice);
    }
    return str_join(arena, lines, S("\n"));
}

Str weaknesses_names(Arena *arena, const Config *config)
{
    StrList names = {NEW_N(arena, Str, weakness_count), 0};
    for (size_t i = 0; i < weakness_count; i++)
        if (weaknesses[i].is_there(config))
            names.items[names.n++] = str_from(weaknesses[i].setting);
    return str_join(arena, names, S(", "));
}
