/* What `souk doctor` looks at in the settings. */
#include "app/doctor.h"
#include "app/weakness.h"
#include "platform/http/listen.h"
#include "platform/http/proxy.h"
#include "platform/http/server.h"
#include "platform/mail/mail.h"
#include "platform/module.h"
#include "platform/telemetry/fault.h"

#include <stdio.h>

Finding look_at_configuration(Doctor *d)
{
    const CommandCall *call = d->call;
    if (!d->config) return check_fail(d, "%.*s", STR_ARG(call->obstacle_detail));
    size_t set = 0;
    for (size_t i = 0; i < call->config->settings.n; i++)
        set += call->config->origins[i].source != CONFIG_DEFAULT;
    Str file = call->config->file;
    return check_fine(d, "%zu of %zu settings are not the default%s%.*s", set,
                      call->config->settings.n, file.n ? ", some of them from " : "",
                      STR_ARG(file));
}

/* The server's sources as they are now, against what it runs with. */
Finding look_at_changes(Doctor *d)
{
    const ConfigLoaded *running = d->call->config;
    ConfigLoaded *now = NEW(d->arena, ConfigLoaded);
    ConfigProblemList problems;
    if (!config_load(d->arena, &running->sources, now, &problems))
        return check_warn(d, "the settings would be refused now: %.*s",
                          STR_ARG(config_problems_text(d->arena, &problems)));
    StrList changed = {NEW_N(d->arena, Str, now->settings.n), 0};
    for (size_t i = 0; i < now->settings.n; i++) {
        const Setting *setting = &now->settings.items[i];
        if (!str_eq(config_text(d->arena, setting, &now->values, true),
                    config_text(d->arena, setting, &running->values, true)))
            changed.items[changed.n++] = setting->name;
    }
    if (!changed.n) return check_fine(d, "the server runs with what its sources say");
    return check_warn(d, "changed since the server started: %.*s",
                      STR_ARG(str_join(d->arena, changed, S(", "))));
}

/* The advice is that of each weakness, which says more than the row can. */
Finding look_at_mode(Doctor *d)
{
    bool production = d->config->mode == MODE_PRODUCTION;
    Str names = weaknesses_names(d->arena, d->config);
    const char *mode = production ? "production" : "development";
    if (!names.n) return check_fine(d, "%s, and no setting is weak", mode);
    if (!production)
        return check_fine(d, "development; production would not start with %.*s as it is",
                          STR_ARG(names));
    Finding finding = check_fail(d, "production does not start with %.*s as it is", STR_ARG(names));
    finding.advice = weaknesses_text(d->arena, d->config);
    return finding;
}

/* Tries to listen where a server would, and lets go again. Sockets of the file system are left
 * alone: trying one would take it away from whoever has it. */
static bool can_listen(Doctor *d, Str address, Str *why)
{
    Listener listeners[8];
    int count = 0;
    if (str_starts(address, S("unix:"))) return true;
    const Error *error =
        listeners_open(d->arena, (StrList){&address, 1}, listeners, ROWS(listeners), &count, why);
    if (!error) listeners_close(listeners, count);
    return !error;
}

Finding look_at_listen(Doctor *d)
{
    StrList listen = d->config->listen;
    bool runs = d->call->in_server || d->call->obstacle;
    Str everywhere = S(""), why = S("");
    for (size_t i = 0; i < listen.n; i++) {
        if (!runs && !can_listen(d, listen.items[i], &why))
            return check_fail(d, "%.*s", STR_ARG(why));
        if (listens_everywhere(listen.items[i])) everywhere = listen.items[i];
    }
    if (everywhere.n && !d->config->http.trusted_proxies.n)
        return check_warn(d, "%.*s is open to every network, without TLS, and no proxy is trusted",
                          STR_ARG(everywhere));
    return check_fine(d, "%.*s", STR_ARG(str_join(d->arena, listen, S(", "))));
}

/* Whether the server takes it, only a message tells: `souk mail test`. */
Finding look_at_mail(Doctor *d)
{
    Str problem = mail_problem(d->arena, d->config);
    if (problem.n) return check_fail(d, "%.*s", STR_ARG(problem));
    switch (d->config->mail.transport) {
    case MAIL_TO_FOLDER:
        return check_fine(d, "messages become files; none goes out");
    case MAIL_TO_CONSOLE:
        return check_fine(d, "messages are printed; none goes out");
    case MAIL_BY_SMTP:
        break;
    }
    if (d->config->mail.tls == MAIL_TLS_NEVER)
        return check_warn(d, "messages go out by SMTP without TLS (mail.tls)");
    return check_fine(d, "messages go out by SMTP, with TLS");
}

Finding look_at_proxies(Doctor *d)
{
    StrList trusted = d->config->http.trusted_proxies;
    Proxies proxies;
    Str bad;
    if (!proxies_parse(d->arena, trusted, &proxies, &bad))
        return check_fail(d, "http.trusted_proxies: \"%.*s\" is no address and no block",
                          STR_ARG(bad));
    for (size_t i = 0; i < trusted.n; i++)
        if (trusts_everybody(trusted.items[i]))
            return check_warn(d, "http.trusted_proxies: %.*s takes in strangers",
                              STR_ARG(trusted.items[i]));
    if (!trusted.n) return check_fine(d, "none is trusted");
    return check_fine(d, "%.*s", STR_ARG(str_join(d->arena, trusted, S(", "))));
}

Finding look_at_faults(Doctor *d)
{
    StrList faults = d->config->fault;
    if (!faults.n) return check_fine(d, "none is armed");
    return check_warn(d, "armed: %.*s", STR_ARG(str_join(d->arena, faults, S(", "))));
}

Finding look_at_open_files(Doctor *d)
{
    int wanted = (int)d->config->http.connections_max, left = http_connections_max(wanted);
    if (left < wanted)
        return check_warn(d, "the limit of open files leaves %d of %d connections", left, wanted);
    return check_fine(d, "there are enough for %d connections", wanted);
}

/* ---- Memory ---------------------------------------------------------------------------------- */

/* The first number of a file, or UINT64_MAX: there is none, or it says "max". */
static uint64_t number_in(const char *path, const char *format)
{
    unsigned long long number;
    FILE *file = fopen(path, "re");
    if (!file) return UINT64_MAX;
    bool found = fscanf(file, format, &number) == 1;
    fclose(file);
    return found ? number : UINT64_MAX;
}

/* What the process's control group (version 2) and those above it may have: the least of them. */
static uint64_t group_limit(Arena *arena)
{
    char line[4096] = "";
    FILE *file = fopen("/proc/self/cgroup", "re");
    if (!file) return UINT64_MAX;
    while (fgets(line, sizeof line, file) && strncmp(line, "0::", 3) != 0) line[0] = 0;
    fclose(file);
    Str path = str_from(line[0] ? line + 3 : "");
    if (str_ends(path, S("\n"))) path.n--;
    uint64_t least = UINT64_MAX;
    for (;;) {
        Str name = str_format(arena, "/sys/fs/cgroup%.*s/memory.max", STR_ARG(path));
        uint64_t limit = number_in(str_z(arena, name), "%llu");
        if (limit < least) least = limit;
        if (!path.n) return least;
        while (path.n && path.p[path.n - 1] != '/') path.n--;
        if (path.n) path.n--; /* the group above */
    }
}

Finding look_at_memory(Doctor *d)
{
    uint64_t kibibytes = number_in("/proc/meminfo", "MemTotal: %llu kB");
    uint64_t all = kibibytes > UINT64_MAX / 1024 ? UINT64_MAX : kibibytes * 1024;
    uint64_t group = group_limit(d->arena), limit = group < all ? group : all;
    uint64_t cache = (uint64_t)d->config->cache.bytes;
    Finding finding =
        check_fine(d, "the answer cache may take %llu of %llu MiB",
                   (unsigned long long)(cache >> 20), (unsigned long long)(limit >> 20));
    finding.result = memory_result(cache, limit);
    return finding;
}
