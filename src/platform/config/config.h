/* Settings: one table of rows, read from four sources. See docs/internals/commands.md and
 * docs/guide/configuration.md.
 *
 * The rows are Types (meta/type.h): a section of souk.conf is a nested struct, a setting is a field
 * of it. From the row's place follow all its names:
 *
 *     http.idle_timeout_ms         in messages; in souk.conf the line idle_timeout_ms under [http]
 *     SOUK_HTTP_IDLE_TIMEOUT_MS    in the environment; but database_url is DATABASE_URL
 *     --http-idle-timeout-ms       on the command line
 *
 * Later sources win: defaults (Field.initial), souk.conf, environment, flags. Every mistake in any
 * of them is reported, all at once, even in a value that a later source replaces.
 *
 * To add a setting: a member, a row in config.c, and the code that reads it. `live` only if
 * config_reload's caller really applies it to the running program. */
#ifndef PLATFORM_CONFIG_CONFIG_H
#define PLATFORM_CONFIG_CONFIG_H

#include "base/error.h"
#include "meta/type.h"
#include "platform/telemetry/log.h"

typedef struct HttpConfig {
    int64_t loops;
    int64_t connections_max;
    int64_t connections_per_client;
    int64_t requests_per_connection;
    int64_t head_max_bytes;
    int64_t headers_max;
    int64_t head_timeout_ms;
    int64_t body_timeout_ms;
    int64_t idle_timeout_ms;
    int64_t send_timeout_ms;
    int64_t request_timeout_ms;
    int64_t drain_timeout_ms;
    StrList trusted_proxies;
    bool forwarded;
    StrList cors_origins;
    bool hsts_subdomains;
} HttpConfig;

typedef struct DbConfig {
    int64_t readers;
    int64_t writers;
    int64_t queue_max;
    int64_t batch_max;
    int64_t batch_wait_us;
    int64_t read_timeout_ms;
    int64_t slow_statement_ms;
} DbConfig;

typedef struct ShopConfig {
    Str url; /* without a slash at its end; empty: unknown */
    Str locale;
    Currency currency;
    Str shipping_name;
    StrList shipping_rates;
} ShopConfig;

typedef struct CacheConfig {
    int64_t bytes;
    int64_t ttl_ms;
    int64_t max_age_s;
} CacheConfig;

typedef struct AccountsConfig {
    int64_t hash_threads;
    int64_t hash_nice;
    int64_t hash_queue_max;
    int64_t password_min;
    int64_t session_idle_s;
    int64_t session_life_s;
} AccountsConfig;

typedef struct JobsConfig {
    int64_t threads;
    int64_t lease_s;
} JobsConfig;

typedef struct LimitsConfig {
    int64_t reads_per_minute; /* 0: not limited, as all of these */
    int64_t writes_per_minute;
    int64_t key_requests_per_minute;
} LimitsConfig;
typedef enum MailTransport { MAIL_TO_FOLDER, MAIL_TO_CONSOLE, MAIL_BY_SMTP } MailTransport;
typedef enum MailTls { MAIL_TLS_REQUIRED, MAIL_TLS_NEVER } MailTls;

typedef struct MailConfig {
    Str from;
    MailTransport transport;
    Str url;
    MailTls tls;
    Str ca_file; /* empty: the system's */
    Str folder;  /* empty: mail/ in the data folder */
} MailConfig;

typedef struct PaymentsConfig {
    bool manual;
    Str stripe_key; /* empty: not offered */
    Str stripe_webhook_secret;
    Str stripe_url;
} PaymentsConfig;

typedef struct LogConfig {
    LogStyle style;
    LogLevel level;
    bool requests;
} LogConfig;

/* What production asks of the settings stands in app/weakness.c. */
typedef enum Mode { MODE_DEVELOPMENT, MODE_PRODUCTION } Mode;

typedef struct Config {
    Mode mode;
    Str data;
    Str config;
    StrList listen;
    Str database_url; /* empty: SQLite in the data folder */
    Str master_key;   /* 64 hexadecimal digits; empty: in a file of the data folder */
    Str owner_email;
    Str owner_password_file;
    StrList fault; /* NAME=action */
    ShopConfig shop;
    HttpConfig http;
    DbConfig db;
    CacheConfig cache;
    AccountsConfig accounts;
    JobsConfig jobs;
    LimitsConfig limits;
    MailConfig mail;
    PaymentsConfig payments;
    LogConfig log;
} Config;

extern const Type config_type;

enum {
    CONFIG_SETTINGS_MAX = 128,   /* rows of the table, all sections together; a test counts them */
    CONFIG_FILE_MAX = 64 * 1024, /* bytes of souk.conf: settings, not data */
    CONFIG_PROBLEMS_MAX = 100,   /* reported; a wrong file as souk.conf must not fill the screen */
};

/* A row with its names, flattened. */
typedef struct Setting {
    Str name;     /* "http.idle_timeout_ms" */
    Str variable; /* "SOUK_HTTP_IDLE_TIMEOUT_MS" */
    Str flag;     /* "http-idle-timeout-ms" */
    const Field *field;
    size_t offset; /* within Config */
} Setting;

typedef struct SettingList {
    Setting *items;
    size_t n;
} SettingList;

/* All rows in the order of the table. */
SettingList config_settings(Arena *arena);

typedef enum ConfigSource {
    CONFIG_DEFAULT,
    CONFIG_FILE,
    CONFIG_ENVIRONMENT,
    CONFIG_FLAG
} ConfigSource;

/* Where an effective value came from. */
typedef struct ConfigOrigin {
    ConfigSource source;
    Str place; /* "default", "data/souk.conf:12", "SOUK_LISTEN", "--listen" */
} ConfigOrigin;

/* A flag of the command line that names a setting: {"http-loops", "2"}. */
typedef struct ConfigFlag {
    Str name, value;
} ConfigFlag;

typedef struct ConfigFlagList {
    ConfigFlag *items;
    size_t n;
} ConfigFlagList;

typedef struct ConfigSources {
    char *const *environment; /* as environ; NULL: none */
    ConfigFlagList flags;
    int processors; /* of the machine; settings of 0 threads are derived from it */
} ConfigSources;

typedef struct ConfigProblem {
    Str place; /* "data/souk.conf:12", "SOUK_LISTEN", "--listen" */
    Str text;  /* what is wrong and what is allowed, in one sentence */
} ConfigProblem;

typedef struct ConfigProblemList {
    ConfigProblem *items;
    size_t n;
} ConfigProblemList;

typedef struct ConfigLoaded {
    Arena *arena; /* the caller's; holds every text below and lives as long as the configuration */
    Config values;
    SettingList settings;
    ConfigOrigin origins[CONFIG_SETTINGS_MAX]; /* by index into settings */
    ConfigSources sources;
    Str file; /* that was read; empty when there is none */
} ConfigLoaded;

/* Reads all sources. False, with every problem in *problems and *out untouched, when any is
 * refused. A missing souk.conf in the data folder is no problem; a missing file named by --config
 * is. `sources` (and what it points to) is kept by reference for config_reload. */
bool config_load(Arena *arena, const ConfigSources *sources, ConfigLoaded *out,
                 ConfigProblemList *problems);

typedef struct ConfigChanges {
    StrList applied; /* names of live settings that changed */
    StrList restart; /* names of those that changed in the sources and wait for a restart */
} ConfigChanges;

/* Reads the sources again (on SIGHUP: in effect the file) and takes over the live settings;
 * *changes says what happened, in `scratch`. False, with *problems in `scratch` and nothing
 * changed, when anything is refused. For the one thread that owns `config`; what other threads must
 * learn of a live setting, the caller tells them. */
bool config_reload(ConfigLoaded *config, Arena *scratch, ConfigChanges *changes,
                   ConfigProblemList *problems);

/* The effective value as souk.conf would write it. `reveal` false masks secrets: whole, or, in a
 * URL, its passwords. */
Str config_text(Arena *arena, const Setting *setting, const Config *values, bool reveal);

/* "a whole number from 1 to 64", "true or false", "one of auto, json, text": what a message or the
 * help says. */
Str config_allowed(Arena *arena, const Field *field);

extern const Error err_config; /* title for the list of problems; detail by config_problems_text */
Str config_problems_text(Arena *arena, const ConfigProblemList *problems);

#endif
