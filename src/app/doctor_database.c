/* What `souk doctor` looks at in the database. */
#include "app/doctor.h"
#include "app/modules.h"
#include "modules/auth/auth.h"
#include "platform/api/errors.h"

static const char *driver_name(const Doctor *d)
{
    return d->config->database_url.n ? "PostgreSQL" : "SQLite";
}

/* What libpq says comes in lines, with tabs. */
static Str in_one_line(Arena *arena, Str text)
{
    char *line = str_z(arena, text);
    for (char *c = line; *c; c++) *c = *c == '\n' || *c == '\t' ? ' ' : *c;
    return str_from(line);
}

Finding look_at_database(Doctor *d)
{
    if (d->vital) return check_fine(d, "%s answers", driver_name(d));
    if (d->db_error) {
        Str detail = in_one_line(d->arena, d->db_detail);
        Finding finding =
            check_fail(d, "%s%s%.*s", d->db_error->title, detail.n ? " " : "", STR_ARG(detail));
        finding.advice = str_from(d->db_error->doc);
        return finding;
    }
    const char *why = d->call->obstacle ? "it was not opened: the folder cannot be had"
                                        : "it is not there yet: `souk serve` makes it";
    return (Finding){.result = CHECK_SKIPPED, .found = str_from(why)};
}

Finding look_at_version(Doctor *d)
{
    const DbVitals *v = &d->vitals;
    if (v->version_fine) return check_fine(d, "%s %.*s", driver_name(d), STR_ARG(v->version));
    return check_fail(d, "%s %.*s is older than %.*s", driver_name(d), STR_ARG(v->version),
                      STR_ARG(v->version_wanted));
}

Finding look_at_encoding(Doctor *d)
{
    Str encoding = d->vitals.encoding;
    return d->vitals.encoding_fine ? check_fine(d, "%.*s", STR_ARG(encoding))
                                   : check_fail(d, "it is %.*s", STR_ARG(encoding));
}

Finding look_at_connections(Doctor *d)
{
    long long wanted = d->vitals.connections_wanted, most = d->vitals.connections_max;
    if (wanted > most)
        return check_warn(d, "this process may want %lld, the server has %lld for all", wanted,
                          most);
    return check_fine(d, "this process may want %lld of the server's %lld", wanted, most);
}

Finding look_at_clock(Doctor *d)
{
    const DbVitals *v = &d->vitals;
    Time now = ctx_now(d->cx);
    Str here = time_text(d->arena, now);
    CheckResult result = clock_result(now, v->newest);
    if (result == CHECK_FAILURE)
        return check_fail(d, "it is %.*s: ids cannot be made of that", STR_ARG(here));
    if (result == CHECK_WARNING)
        return check_warn(d, "it is %.*s, but there are ids of %.*s: was the clock set back?",
                          STR_ARG(here), STR_ARG(time_text(d->arena, id_time(v->newest))));
    double ahead_s = (double)v->clock_ahead_us / 1e6;
    if (skew_result(v->clock_ahead_us, v->round_trip_us) != CHECK_OK)
        return check_warn(d, "the database server's clock is %+.1f s from ours", ahead_s);
    if (d->config->database_url.n)
        return check_fine(d, "the database server's clock is %+.3f s from ours", ahead_s);
    return check_fine(d, "it is %.*s", STR_ARG(here));
}

Finding look_at_schema(Doctor *d)
{
    size_t count, pending = 0;
    const Migration *migrations = app_migrations(d->arena, &count);
    MigrationState *states = NEW_N(d->arena, MigrationState, count);
    Str detail = S("");
    const Error *error = db_migration_status(d->db, d->cx, migrations, count, states, &detail);
    if (error) {
        Finding finding = check_fail(d, "%s %.*s", error->title, STR_ARG(detail));
        finding.advice = str_from(error->doc);
        return finding;
    }
    for (size_t i = 0; i < count; i++) pending += states[i].applied_at.us == 0;
    if (pending) return check_warn(d, "%zu of %zu steps are pending", pending, count);
    return check_fine(d, "all %zu steps are applied, as this program has them", count);
}

static bool is_cancelled(void *call)
{
    return command_cancelled(call);
}

Finding look_at_integrity(Doctor *d)
{
    DbIntegrity found;
    const Error *error = db_integrity(d->db, d->cx, is_cancelled, d->call, &found);
    if (error) return check_fail(d, "the tables cannot be read: %s", error->title);
    if (found.problems.n)
        return check_fail(d, "%.*s", STR_ARG(str_join(d->arena, found.problems, S("\n"))));
    if (!found.not_to_end.n) return check_fine(d, "%lld tables are whole", (long long)found.tables);
    return check_fine(d, "%lld tables: nothing wrong was found; looked at for a second only: %.*s",
                      (long long)found.tables,
                      STR_ARG(str_join(d->arena, found.not_to_end, S(", "))));
}

enum { NODES_MANY = (ID_NODE_MAX + 1) * 9 / 10 };

Finding look_at_nodes(Doctor *d)
{
    long long taken = d->vitals.nodes_taken;
    Finding finding = check_fine(d, "%lld of %d are taken", taken, ID_NODE_MAX + 1);
    if (taken > NODES_MANY) finding.result = CHECK_WARNING;
    return finding;
}

static bool ask_keys(Ctx *cx, void *arg)
{
    *(AuthKeys *)arg = auth_keys(cx);
    return true;
}

Finding look_at_keys(Doctor *d)
{
    AuthKeys keys;
    if (db_run(d->db, TX_READ, d->cx, ask_keys, &keys) != DB_FINE)
        return (Finding){.result = CHECK_SKIPPED, .found = S("they could not be read")};
    if (!keys.count) {
        Finding finding = check_warn(d, "there is none: nobody can change anything");
        finding.advice = S("`souk key add --name …` makes one; so does the first start.");
        return finding;
    }
    if (keys.first.n)
        return check_warn(d, "the key of the first start is still valid: %.*s",
                          STR_ARG(id_text(d->arena, "key", keys.first)));
    return check_fine(d, "%lld, none of them that of the first start", (long long)keys.count);
}
