/* The settings: their rows, their names, and how a value is shown.
 *
 * One table for all, instead of one in each part, because whoever runs the program wants to see all
 * settings on one page, and because `souk config` must refuse what nobody reads: a part that has
 * a setting adds a row here. Sizes and times are plain integers with the unit in the name; suffixes
 * ("5s", "64k") were rejected, since each reader of a file has to guess whether k is 1000 or 1024.
 *
 * Thread counts of 0 stand for "by the machine" and are replaced at load (config_load.c), so that
 * `souk config` shows the number that is in force. */
#include "platform/config/config.h"

#include "meta/text.h"

#include <assert.h>
#include <inttypes.h>

static const EnumNames mode_names = ENUM_NAMES("development", "production");
static const EnumNames log_style_names = ENUM_NAMES("auto", "json", "text");
static const EnumNames log_level_names = ENUM_NAMES("debug", "info", "warn", "error");

static const Type http_config_type = TYPE(
    HttpConfig, "The HTTP server.",
    FIELD(HttpConfig, loops, "Threads that own connections. 0: half the processors, at least one.",
          .min = 0, .max = 64, .initial = "0"),
    FIELD(HttpConfig, connections_max,
          "Connections at the same time; further ones are closed at once.", .min = 1,
          .max = 1000000, .initial = "20000"),
    FIELD(HttpConfig, connections_per_client,
          "Connections at the same time from one address (IPv6: one /64). Trusted proxies are "
          "exempt. 0: no limit.",
          .min = 0, .max = 1000000, .initial = "1024"),
    FIELD(HttpConfig, requests_per_connection,
          "Requests after which a connection is closed, so that load spreads again over several "
          "servers. 0: no limit.",
          .min = 0, .max = 1000000000, .initial = "0"),
    FIELD(HttpConfig, head_max_bytes, "Bytes of a request's line and headers together.",
          .min = 1024, .max = 1048576, .initial = "16384"),
    FIELD(HttpConfig, headers_max, "Headers of a request.", .min = 8, .max = 1000,
          .initial = "100"),
    FIELD(HttpConfig, head_timeout_ms, "From the first byte of a request's head to its end.",
          .min = 10, .max = 3600000, .initial = "10000"),
    FIELD(HttpConfig, body_timeout_ms, "Without a byte, while a request's body arrives.", .min = 10,
          .max = 3600000, .initial = "20000"),
    FIELD(HttpConfig, idle_timeout_ms, "Between two requests of a connection.", .min = 10,
          .max = 86400000, .initial = "75000"),
    FIELD(HttpConfig, send_timeout_ms, "Without the client taking a byte, while an answer is sent.",
          .min = 10, .max = 3600000, .initial = "30000"),
    FIELD(HttpConfig, request_timeout_ms,
          "From the last byte of a request: work that has waited longer is not begun, statements "
          "that run longer are stopped, and the answer is 503.",
          .min = 100, .max = 3600000, .initial = "30000"),
    FIELD(HttpConfig, drain_timeout_ms,
          "After SIGTERM: how long requests under way may take before they are cut.", .min = 0,
          .max = 3600000, .initial = "30000", .live = true),
    FIELD(HttpConfig, trusted_proxies,
          "Addresses or blocks (10.0.0.0/8) of proxies whose X-Forwarded-For and -Proto headers "
          "are believed.",
          .max = 256, .item_max = 64),
    FIELD(HttpConfig, forwarded,
          "The trusted proxies write Forwarded (RFC 7239): it is believed, X-Forwarded-* is not.",
          .initial = "false"),
    FIELD(HttpConfig, cors_origins,
          "Origins (https://shop.example) whose pages may read answers, with the cookies of who "
          "is signed in; or *: all pages may, without cookies. Empty: only the shop's own.",
          .max = 64, .item_max = 200,
          .pattern = "^(\\*|https?://([a-z0-9.-]+|\\[[0-9a-f:.]+\\])(:[0-9]{1,5})?)$"),
    FIELD(HttpConfig, hsts_subdomains,
          "Browsers that have come by https are told to come by https only, for a year. True: for "
          "all subdomains, too.",
          .initial = "false"));

static const Type db_config_type = TYPE(
    DbConfig, "The database.",
    FIELD(DbConfig, readers,
          "Threads (and connections) that read. 0: as many as processors, at least two, for "
          "SQLite; 16 for PostgreSQL.",
          .min = 0, .max = 256, .initial = "0"),
    FIELD(DbConfig, writers,
          "Threads (and connections) that write to PostgreSQL. SQLite has exactly one.", .min = 1,
          .max = 256, .initial = "16"),
    FIELD(DbConfig, queue_max,
          "Requests that may wait for each kind of thread; further ones are answered 503.",
          .min = 1, .max = 1000000, .initial = "1024"),
    FIELD(DbConfig, batch_max, "SQLite: writes that share one commit.", .min = 1, .max = 10000,
          .initial = "256"),
    FIELD(DbConfig, batch_wait_us,
          "SQLite: how long the first write of a batch waits for the commit while others join it; "
          "up to four times as long where commits are slow and more writes are queued.",
          .min = 0, .max = 1000000, .initial = "5000"),
    FIELD(DbConfig, read_timeout_ms,
          "SQLite: the longest that the reads of one request may take; one that takes longer keeps "
          "the log of writes from beginning anew, and is answered 503.",
          .min = 10, .max = 3600000, .initial = "1000"),
    FIELD(DbConfig, slow_statement_ms,
          "Statements that take longer are logged with their plan. 0: never.", .min = 0,
          .max = 3600000, .initial = "200"));

static const Type shop_config_type = TYPE(
    ShopConfig, "The shop.",
    FIELD(ShopConfig, url,
          "Where people find the shop, as \"https://shop.example\": what search engines and "
          "shared links are told. Empty: they are told paths.",
          .pattern = "^(https?://[A-Za-z0-9.-]+(:[0-9]+)?)?$", .max = 200, .initial = ""),
    FIELD(ShopConfig, locale,
          "Language of the texts that are no translations, BCP 47: by its rules words are "
          "searched.",
          .format = FORMAT_LOCALE, .max = 35, .initial = "en"),
    FIELD(ShopConfig, currency,
          "By whose prices lists are sorted and filtered when a request names none, and of carts "
          "that name none.",
          .initial = "EUR"),
    FIELD(ShopConfig, shipping_name, "What customers are told the way of shipping is called.",
          .min = 1, .max = 100, .initial = "Standard"),
    FIELD(ShopConfig, shipping_rates,
          "What shipping costs, one for each currency: \"EUR 4.90\", or \"EUR 4.90 free from "
          "50\". None at all: it is free. A currency that is missing cannot be shipped in.",
          .max = 50, .item_max = 60,
          .pattern = "^[A-Z]{3} [0-9]+(\\.[0-9]+)?( free from [0-9]+(\\.[0-9]+)?)?$"));

static const Type cache_config_type = TYPE(
    CacheConfig, "Answers that are kept in memory.",
    FIELD(CacheConfig, bytes, "What the kept answers may take, of memory. 0: nothing is kept.",
          .min = 0, .max = INT64_C(1) << 40, .initial = "67108864"),
    FIELD(CacheConfig, ttl_ms,
          "The longest that an answer is kept. What has changed is not given any more in any case.",
          .min = 1, .max = 86400000, .initial = "3600000"),
    FIELD(CacheConfig, max_age_s,
          "How long browsers and proxies may go on with such an answer without asking whether it "
          "has changed. 0: they ask each time.",
          .min = 0, .max = 86400, .initial = "0"));

static const Type accounts_config_type = TYPE(
    AccountsConfig, "Accounts and passwords.",
    FIELD(AccountsConfig, hash_threads,
          "Threads that hash passwords, when no other thread wants to run. Each takes 19 MB. 0: "
          "half the processors, at least one.",
          .min = 0, .max = 64, .initial = "0"),
    FIELD(
        AccountsConfig, hash_nice,
        "How far these threads stand back behind all others of the machine, as nice(1) counts. 19: "
        "they take what is left.",
        .min = 0, .max = 19, .initial = "19"),
    FIELD(AccountsConfig, hash_queue_max,
          "Log-ins that may wait for such a thread; further ones are answered 503.", .min = 1,
          .max = 100000, .initial = "128"),
    FIELD(AccountsConfig, password_min,
          "Characters that a password has at least. NIST SP 800-63B asks for 15 where there is "
          "no second factor.",
          .min = 8, .max = 64, .initial = "8"),
    FIELD(
        AccountsConfig, session_idle_s,
        "A session that nobody uses for so long is over. Two weeks; a shop's back office may want "
        "an hour.",
        .min = 300, .max = 315360000, .initial = "1209600"),
    FIELD(
        AccountsConfig, session_life_s,
        "After so long everybody is asked again who he is, however much he used his session: three "
        "months.",
        .min = 300, .max = 315360000, .initial = "7776000"));

static const Type jobs_config_type =
    TYPE(JobsConfig, "Work that is done after an answer: mail, sweeping.",
         FIELD(JobsConfig, threads,
               "Threads that run jobs. One that waits for a mail server does nothing else.",
               .min = 1, .max = 64, .initial = "4"),
         FIELD(JobsConfig, lease_s,
               "How long nothing is heard of a process before another one runs its jobs again.",
               .min = 2, .max = 3600, .initial = "30"));

static const Type limits_config_type = TYPE(
    LimitsConfig, "How often one client may ask. `souk limits` has the rest.",
    FIELD(LimitsConfig, reads_per_minute,
          "Requests that read, by one user or one address (IPv6: one /64). 0: no limit, since a "
          "shop's pages may all be rendered by one server.",
          .min = 0, .max = 100000000, .initial = "0"),
    FIELD(LimitsConfig, writes_per_minute,
          "Requests that write, by one user or one address. Nobody clicks ten times a second for a "
          "minute. 0: no limit.",
          .min = 0, .max = 100000000, .initial = "600"),
    FIELD(LimitsConfig, key_requests_per_minute,
          "Requests with one API key that has permissions. 0: no limit, since imports make "
          "thousands a second and whoever has such a key is trusted.",
          .min = 0, .max = 100000000, .initial = "0"));
static const EnumNames mail_transport_names = ENUM_NAMES("folder", "console", "smtp");
static const EnumNames mail_tls_names = ENUM_NAMES("required", "never");

static const Type mail_config_type = TYPE(
    MailConfig, "Mail that the shop sends.",
    FIELD(MailConfig, from, "Who it is from: \"Shop <shop@example.org>\", or the address alone.",
          .min = 3, .max = 400, .initial = "Souk <shop@localhost>"),
    ENUM(MailConfig, transport,
         "folder: a file for each message; console: on stdout; smtp: to mail.url.",
         mail_transport_names, .initial = "folder"),
    FIELD(MailConfig, url,
          "smtp://USER:PASSWORD@HOST:587 (begins in clear and turns to TLS), or smtps://…:465.",
          .max = 1000, .pattern = "^(smtps?://.+)?$", .secret = true),
    ENUM(MailConfig, tls,
         "required: nothing is sent before the server has shown a certificate that holds; never: "
         "for a server on this machine.",
         mail_tls_names, .initial = "required"),
    FIELD(MailConfig, ca_file, "Certificates to trust instead of the system's: a PEM file.",
          .max = 4000),
    FIELD(MailConfig, folder, "Where files of messages go. Empty: mail in the data folder.",
          .max = 4000));

static const Type payments_config_type = TYPE(
    PaymentsConfig, "How customers pay.",
    FIELD(PaymentsConfig, manual,
          "Customers may pay by bank transfer or in cash; staff say when the money is there.",
          .initial = "true"),
    FIELD(PaymentsConfig, stripe_key,
          "The secret key of a Stripe account, \"sk_live_…\" or a restricted one. Empty: the shop "
          "does not use Stripe.",
          .max = 255, .pattern = "^((sk|rk)_[A-Za-z0-9_]+)?$", .secret = true, .initial = ""),
    FIELD(PaymentsConfig, stripe_webhook_secret,
          "By which Stripe signs what it tells the shop, \"whsec_…\". Empty: nothing is believed.",
          .max = 255, .pattern = "^(whsec_[A-Za-z0-9+/=_-]+)?$", .secret = true, .initial = ""),
    FIELD(PaymentsConfig, stripe_url, "Where Stripe is asked. Another one is for tests.",
          .max = 200, .pattern = "^https?://[A-Za-z0-9.-]+(:[0-9]+)?$",
          .initial = "https://api.stripe.com"));

static const Type log_config_type =
    TYPE(LogConfig, "The log, on stderr.",
         ENUM(LogConfig, style, "auto: text on a terminal, otherwise JSON.", log_style_names,
              .initial = "auto"),
         ENUM(LogConfig, level, "Events below it are left out.", log_level_names, .initial = "info",
              .live = true),
         FIELD(LogConfig, requests, "A line for each answer, not only for failures.",
               .initial = "true"));

const Type config_type = TYPE(
    Config, "Everything that can be set.",
    ENUM(Config, mode,
         "production: a server does not start with settings that make the shop weak, and says what "
         "to do about each. development: for trying; `souk doctor` tells of them.",
         mode_names, .initial = "development"),
    FIELD(Config, data,
          "The data folder: the SQLite database, the lock of its owner, souk.conf. Made when "
          "missing.",
          .min = 1, .max = 4000, .initial = "data"),
    FIELD(Config, config, "A configuration file instead of souk.conf in the data folder.",
          .max = 4000),
    FIELD(Config, listen,
          "Addresses to listen on: HOST:PORT, [V6]:PORT, *:PORT or unix:PATH; port 0 picks one.",
          .min = 1, .max = 16, .item_max = 200,
          .pattern = "^(([^:\\[\\]\\s]+|\\[[0-9A-Fa-f:.]+\\]):[0-9]{1,5}|unix:.+)$",
          .initial = "127.0.0.1:8080"),
    FIELD(Config, database_url,
          "postgresql://USER:PASSWORD@HOST:PORT/DATABASE. Empty: SQLite in the data folder.",
          .max = 2000, .pattern = "^(postgres(ql)?://.+)?$", .secret = true),
    FIELD(Config, master_key,
          "The key behind all that is sealed in the database: 64 hexadecimal digits, the same on "
          "every machine of the shop. Empty: the file master.key in the data folder, made at the "
          "first start.",
          .max = 64, .pattern = "^([0-9A-Fa-f]{64})?$", .secret = true),
    FIELD(
        Config, owner_email,
        "On a shop without an owner: the address of the one that the start makes. Empty: the start "
        "prints a link to a page that makes the owner.",
        .pattern = "^([^@ ]+@[^@ ]+)?$", .max = 254, .initial = ""),
    FIELD(Config, owner_password_file,
          "A file whose first line is that owner's password. Empty: he sets one by a link that the "
          "start prints.",
          .max = 4000, .initial = ""),
    FIELD(Config, fault,
          "NAME=ACTION: faults to provoke, for tests; ACTION is kill, fail, stop, stop:FILE or "
          "delay:MS, with @N behind it on the Nth pass only, with %P on P of 100 passes.",
          .max = 64, .item_max = 200, .pattern = "^[a-z0-9_.-]+=.+$"),
    OBJECT(Config, shop, "The shop.", shop_config_type),
    OBJECT(Config, http, "The HTTP server.", http_config_type),
    OBJECT(Config, db, "The database.", db_config_type),
    OBJECT(Config, cache, "Answers that are kept in memory.", cache_config_type),
    OBJECT(Config, accounts, "Accounts and passwords.", accounts_config_type),
    OBJECT(Config, jobs, "Work that is done after an answer.", jobs_config_type),
    OBJECT(Config, limits, "Limits.", limits_config_type),
    OBJECT(Config, mail, "Mail that the shop sends.", mail_config_type),
    OBJECT(Config, payments, "How customers pay.", payments_config_type),
    OBJECT(Config, log, "The log, on stderr.", log_config_type));

const Error err_config = {
    .code = "configuration",
    .status = 500,
    .title = "The configuration is refused.",
    .level = LOG_ERROR,
    .doc = "Each line names the source of a setting, what is wrong with it, and what is allowed. "
           "`souk config --list` shows all settings.",
};

/* ---- Names ------------------------------------------------------------------------------- */

static Str spelt(Arena *arena, const char *prefix, Str name, bool upper, char between)
{
    Str text = str_format(arena, "%s%.*s", prefix, STR_ARG(name));
    char *p = str_z(arena, text);
    for (size_t i = 0; i < text.n; i++) {
        if (p[i] == '.' || p[i] == '_') p[i] = between;
        if (upper && p[i] >= 'a' && p[i] <= 'z') p[i] = (char)(p[i] - 'a' + 'A');
    }
    return (Str){p, text.n};
}

static void add_settings(Arena *arena, SettingList *list, const Type *type, Str section,
                         size_t offset)
{
    for (size_t i = 0; i < type->field_count; i++) {
        const Field *field = &type->fields[i];
        Str dot = section.n ? S(".") : S("");
        Str name = str_format(arena, "%.*s%.*s%s", STR_ARG(section), STR_ARG(dot), field->name);
        if (field->kind == KIND_OBJECT) {
            add_settings(arena, list, field->type, name, offset + field->offset);
            continue;
        }
        assert(list->n < CONFIG_SETTINGS_MAX);
        bool by_custom = str_eq(name, S("database_url"));
        list->items[list->n++] = (Setting){
            .name = name,
            .variable = by_custom ? S("DATABASE_URL") : spelt(arena, "SOUK_", name, true, '_'),
            .flag = spelt(arena, "", name, false, '-'),
            .field = field,
            .offset = offset + field->offset,
        };
    }
}

SettingList config_settings(Arena *arena)
{
    SettingList list = {NEW_N(arena, Setting, CONFIG_SETTINGS_MAX), 0};
    add_settings(arena, &list, &config_type, S(""), 0);
    return list;
}

/* ---- Showing values ---------------------------------------------------------------------- */

static const char HIDDEN[] = "********";

/* The first place of `what` in `text` at or behind `from`, or text.n. */
static size_t find(Str text, Str what, size_t from)
{
    for (size_t i = from; i + what.n <= text.n; i++)
        if (str_starts(str_slice(text, i, text.n), what)) return i;
    return text.n;
}

/* A URL with its passwords masked: what stands between the first colon behind "://" and the last
 * "@" of the whole text, since people forget to escape an "@" or "/" in a password; and the values
 * of parameters whose name ends in "password" (libpq knows password and sslpassword). May hide too
 * much of an odd URL, never too little. */
static Str mask_url(Arena *arena, Str url)
{
    size_t from = find(url, S("://"), 0);
    size_t colon = find(url, S(":"), from + 3), at = url.n;
    while (at > colon && url.p[at - 1] != '@') at--;
    Str text = url;
    if (at > colon + 2)
        text = str_format(arena, "%.*s:%s@%.*s", (int)colon, url.p, HIDDEN, (int)(url.n - at),
                          url.p + at);
    size_t next = 0;
    while ((next = find(text, S("password="), next)) < text.n) {
        size_t value = next + S("password=").n;
        size_t end = find(text, S("&"), value);
        text = str_format(arena, "%.*s%s%.*s", (int)value, text.p, HIDDEN, (int)(text.n - end),
                          text.p + end);
        next = value;
    }
    return text;
}

Str config_text(Arena *arena, const Setting *setting, const Config *values, bool reveal)
{
    const void *member = (const char *)values + setting->offset;
    Str text = text_write(arena, setting->field, member);
    if (!setting->field->secret || reveal || text.n == 0) return text;
    return find(text, S("://"), 0) < text.n ? mask_url(arena, text) : S("********");
}

static Str allowed_number(Arena *arena, const Field *field)
{
    const char *what = field->kind == KIND_DOUBLE ? "a number" : "a whole number";
    if (field->min != NO_MIN && field->max != NO_MAX)
        return str_format(arena, "%s from %" PRId64 " to %" PRId64, what, field->min, field->max);
    if (field->min != NO_MIN) return str_format(arena, "%s of at least %" PRId64, what, field->min);
    if (field->max != NO_MAX) return str_format(arena, "%s of at most %" PRId64, what, field->max);
    return str_from(what);
}

Str config_allowed(Arena *arena, const Field *field)
{
    if (field->kind == KIND_BOOL) return S("true or false");
    if (field->kind == KIND_INT || field->kind == KIND_DOUBLE) return allowed_number(arena, field);
    if (field->kind == KIND_STR_LIST) return S("texts, with commas between");
    if (field->kind != KIND_ENUM) return S("a text");
    return str_format(arena, "one of %.*s", STR_ARG(enum_join(arena, field->names, S(", "))));
}

Str config_problems_text(Arena *arena, const ConfigProblemList *problems)
{
    StrList lines = {NEW_N(arena, Str, problems->n + 1), problems->n};
    for (size_t i = 0; i < problems->n; i++) {
        const ConfigProblem *problem = &problems->items[i];
        lines.items[i] =
            str_format(arena, "%.*s: %.*s", STR_ARG(problem->place), STR_ARG(problem->text));
    }
    return str_join(arena, lines, S("\n"));
}
