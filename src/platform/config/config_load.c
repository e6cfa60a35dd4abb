/* Reading the sources of the settings, in their order, and again on SIGHUP.
 *
 * Each source turns into assignments "this setting, this text, from this place", and one function
 * puts an assignment into the struct or notes what is wrong with it. A refused assignment does not
 * stop the others: whoever made three mistakes sees three. What is overruled by a later source is
 * checked all the same, since it would come into force on the day the other is removed.
 *
 * The data folder holds souk.conf, so the file's place depends on two settings (data, config) that
 * the environment and the flags may give: those two are looked up before, as plain text. The file
 * cannot move itself: `config` in a file, and `data` in the file of the data folder, are refused.
 *
 * Reloading loads everything anew into a scratch configuration and compares: the rules of a first
 * load and of a reload cannot drift apart. */
#include "platform/config/config.h"
#include "platform/config/config_file.h"
#include "platform/config/suggest.h"

#include "meta/text.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct Load {
    Arena *arena;
    ConfigLoaded config; /* under construction */
    ConfigProblemList problems;
} Load;

static void add_problem(Load *load, Str place, Str text)
{
    if (load->problems.n == CONFIG_PROBLEMS_MAX) return;
    load->problems.items[load->problems.n++] = (ConfigProblem){place, text};
}

/* ---- One assignment ---------------------------------------------------------------------- */

typedef struct Assignment {
    const Setting *setting;
    Str text;
    ConfigSource source;
    Str place;
} Assignment;

static void refuse_value(Load *load, const Assignment *a, const Violations *violations)
{
    const Field *field = a->setting->field;
    Str name = a->setting->name;
    const Violation *first = &violations->items[0];
    Str text;
    if (field->secret) {
        text = str_format(load->arena, "the value of %.*s is not allowed. %s", STR_ARG(name),
                          field->doc);
    } else if (first->code == VIOLATION(PATTERN)) {
        text = str_format(load->arena, "%.*s cannot be \"%.*s\". %s", STR_ARG(name),
                          STR_ARG(violation_quote(load->arena, a->text)), field->doc);
    } else {
        bool number = field->kind == KIND_INT || field->kind == KIND_DOUBLE;
        Str allowed = number ? config_allowed(load->arena, field) : S("");
        text = str_format(load->arena, "%.*s %.*s%s%.*s", STR_ARG(name), STR_ARG(first->message),
                          number ? ": it is " : "", STR_ARG(allowed));
    }
    if (field->kind == KIND_ENUM) {
        Suggestion near = suggest_for(a->text);
        for (size_t i = 0; i < field->names->n; i++)
            suggest_consider(&near, str_from(field->names->names[i]));
        Str hint = suggest_text(load->arena, &near, "");
        text = str_format(load->arena, "%.*s%.*s", STR_ARG(text), STR_ARG(hint));
    }
    add_problem(load, a->place, text);
}

/* The items of "a, b,c" behind those that the list has already; blanks around each do not count. */
static bool read_list(Load *load, const Assignment *a, StrList *list, Violations *violations)
{
    size_t commas = 0;
    for (size_t i = 0; i < a->text.n; i++) commas += a->text.p[i] == ',';
    StrList longer = {NEW_N(load->arena, Str, list->n + commas + 1), list->n};
    if (list->n) memcpy(longer.items, list->items, list->n * sizeof *list->items);
    Str rest = a->text;
    bool more = str_trim(a->text).n > 0;
    while (more) {
        Str item;
        more = str_cut(rest, ',', &item, &rest);
        if (!text_read_item(a->setting->field, str_trim(item), NULL, &longer.items[longer.n],
                            violations))
            return false;
        longer.n++;
    }
    if (!check_member(violations, NULL, a->setting->field, &longer)) return false;
    *list = longer;
    return true;
}

/* Puts the text into the struct, or says what is wrong with it. A list grows by what its source
 * says several times; another source begins it anew. */
static void assign(Load *load, const Assignment *a)
{
    size_t index = (size_t)(a->setting - load->config.settings.items);
    ConfigOrigin *origin = &load->config.origins[index];
    void *member = (char *)&load->config.values + a->setting->offset;
    Violations violations = violations_new(load->arena);
    bool fine;
    if (a->setting->field->kind == KIND_STR_LIST) {
        StrList list = origin->source == a->source ? *(StrList *)member : (StrList){0};
        fine = read_list(load, a, &list, &violations);
        if (fine) *(StrList *)member = list;
    } else {
        fine = text_read(load->arena, a->setting->field, a->text, NULL, member, &violations);
    }
    if (!fine) refuse_value(load, a, &violations);
    *origin = (ConfigOrigin){a->source, a->place};
}

/* ---- Sources ----------------------------------------------------------------------------- */

static void load_defaults(Load *load)
{
    for (size_t i = 0; i < load->config.settings.n; i++) {
        const Setting *setting = &load->config.settings.items[i];
        load->config.origins[i] = (ConfigOrigin){CONFIG_DEFAULT, S("default")};
        if (setting->field->initial)
            assign(load, &(Assignment){setting, str_from(setting->field->initial), CONFIG_DEFAULT,
                                       S("default")});
    }
    assert(load->problems.n == 0); /* a row whose default breaks its own bounds */
}

typedef enum NameStyle { BY_NAME, BY_VARIABLE, BY_FLAG } NameStyle;

static Str setting_name(const Setting *setting, NameStyle style)
{
    return style == BY_NAME       ? setting->name
           : style == BY_VARIABLE ? setting->variable
                                  : setting->flag;
}

static const Setting *find_setting(const Load *load, Str name, NameStyle style)
{
    for (size_t i = 0; i < load->config.settings.n; i++)
        if (str_eq(setting_name(&load->config.settings.items[i], style), name))
            return &load->config.settings.items[i];
    return NULL;
}

static void refuse_name(Load *load, Str name, NameStyle style, Str place)
{
    Suggestion near = suggest_for(name);
    for (size_t i = 0; i < load->config.settings.n; i++)
        suggest_consider(&near, setting_name(&load->config.settings.items[i], style));
    add_problem(
        load, place,
        str_format(load->arena, "there is no setting \"%.*s\"%.*s",
                   STR_ARG(violation_quote(load->arena, name)),
                   STR_ARG(suggest_text(load->arena, &near, style == BY_FLAG ? "--" : ""))));
}

/* Kubernetes gives each container variables about the services of its namespace: for one that is
 * named "souk" SOUK_SERVICE_HOST, SOUK_SERVICE_PORT…, SOUK_PORT and SOUK_PORT_8080_TCP…; for
 * "souk-db" the same behind SOUK_DB. They are not meant for us. A test keeps settings from having
 * such names. */
static bool is_from_kubernetes(Str name)
{
    Str parts[] = {S("_SERVICE_HOST"), S("_SERVICE_PORT"), S("_PORT_")};
    for (size_t i = 0; i < name.n; i++)
        for (size_t k = 0; k < sizeof parts / sizeof *parts; k++)
            if (str_starts(str_slice(name, i, name.n), parts[k])) return true;
    return str_ends(name, S("_PORT"));
}

/* The name and value of one of our variables. One without a value counts as not set, which is what
 * `docker compose` makes of a variable that is not there. SOUK_TEST_… belongs to the tests. */
static bool is_ours(const char *variable, Str *name, Str *value)
{
    if (!str_cut(str_from(variable), '=', name, value) || value->n == 0) return false;
    if (str_eq(*name, S("DATABASE_URL"))) return true;
    if (str_starts(*name, S("SOUK_TEST_")) || is_from_kubernetes(*name)) return false;
    return str_starts(*name, S("SOUK_"));
}

static void load_environment(Load *load)
{
    Str name, value;
    for (char *const *at = load->config.sources.environment; at && *at; at++) {
        if (!is_ours(*at, &name, &value)) continue;
        const Setting *setting = find_setting(load, name, BY_VARIABLE);
        if (!setting) {
            refuse_name(load, name, BY_VARIABLE, S("environment"));
            continue;
        }
        if (!str_is_utf8(value)) {
            add_problem(load, setting->variable, S("the value is no UTF-8 text"));
            continue;
        }
        assign(load, &(Assignment){setting, str_copy(load->arena, value), CONFIG_ENVIRONMENT,
                                   setting->variable});
    }
}

static void load_flags(Load *load)
{
    ConfigFlagList flags = load->config.sources.flags;
    for (size_t i = 0; i < flags.n; i++) {
        Str place = str_format(load->arena, "--%.*s", STR_ARG(flags.items[i].name));
        const Setting *setting = find_setting(load, flags.items[i].name, BY_FLAG);
        if (setting)
            assign(load, &(Assignment){setting, flags.items[i].value, CONFIG_FLAG, place});
        else
            refuse_name(load, flags.items[i].name, BY_FLAG, place);
    }
}

/* ---- The file ---------------------------------------------------------------------------- */

/* The text that environment and flags give for a setting, before anything is checked. */
static Str early_value(const Load *load, const char *setting_name_z)
{
    const Setting *setting = find_setting(load, str_from(setting_name_z), BY_NAME);
    Str found = S(""), name, value;
    for (char *const *at = load->config.sources.environment; at && *at; at++)
        if (is_ours(*at, &name, &value) && str_eq(name, setting->variable)) found = value;
    ConfigFlagList flags = load->config.sources.flags;
    for (size_t i = 0; i < flags.n; i++)
        if (str_eq(flags.items[i].name, setting->flag)) found = flags.items[i].value;
    return found.n || !setting->field->initial ? found : str_from(setting->field->initial);
}

/* The whole file as text; false when there is none or it is refused. Only a regular file: another
 * cannot be read again on SIGHUP. */
static bool read_file(Load *load, Str path, bool must_exist, Str *content)
{
    int fd = open(str_z(load->arena, path), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        if (must_exist || (errno != ENOENT && errno != ENOTDIR))
            add_problem(load, path,
                        str_format(load->arena, "cannot be read: %s", strerrordesc_np(errno)));
        return false;
    }
    struct stat status;
    size_t room = CONFIG_FILE_MAX + 1, n = 0; /* one more than allowed: then it is refused */
    char *bytes = arena_alloc(load->arena, room, 1);
    Str wrong = S("");
    if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode)) wrong = S("is no regular file");
    while (wrong.n == 0 && n < room) {
        ssize_t got = read(fd, bytes + n, room - n);
        if (got < 0) wrong = str_format(load->arena, "cannot be read: %s", strerrordesc_np(errno));
        if (got <= 0) break;
        n += (size_t)got;
    }
    close(fd);
    if (wrong.n) add_problem(load, path, wrong);
    *content = (Str){bytes, n};
    return wrong.n == 0;
}

/* Why this line of the file is refused although the setting exists, or an empty text. */
static Str refused_in_file(Load *load, const Setting *setting, const ConfigLine *line, bool named)
{
    if (str_eq(setting->name, S("config"))) return S("config cannot be set in the file itself");
    if (!named && str_eq(setting->name, S("data")))
        return S("data cannot be set in a file that was found in the data folder: use --data, "
                 "SOUK_DATA, or name the file with --config");
    const ConfigOrigin *origin = &load->config.origins[setting - load->config.settings.items];
    if (origin->source == CONFIG_FILE && setting->field->kind != KIND_STR_LIST)
        return str_format(load->arena, "%.*s is set a second time (the first: %.*s)",
                          STR_ARG(line->name), STR_ARG(origin->place));
    return S("");
}

static void load_line(Load *load, const ConfigLine *line, bool named, Str place)
{
    const Setting *setting = find_setting(load, line->name, BY_NAME);
    Str wrong = setting ? refused_in_file(load, setting, line, named) : S("");
    if (!setting)
        refuse_name(load, line->name, BY_NAME, place);
    else if (wrong.n)
        add_problem(load, place, wrong);
    else
        assign(load, &(Assignment){setting, line->value, CONFIG_FILE, place});
}

static Str place_in_file(const Load *load, int line)
{
    Str path = load->config.file;
    return line ? str_format(load->arena, "%.*s:%d", STR_ARG(path), line) : path;
}

static void load_file(Load *load)
{
    Str named = early_value(load, "config"), data = early_value(load, "data");
    Str path = named.n ? named : str_format(load->arena, "%.*s/souk.conf", STR_ARG(data));
    Str content;
    if (!read_file(load, path, named.n > 0, &content)) return;
    load->config.file = path;
    ConfigLineList lines;
    ConfigLineProblems misspelt;
    config_file_parse(load->arena, content, &lines, &misspelt);
    for (size_t i = 0, k = 0; i < lines.n || k < misspelt.n;) { /* in the order of the file */
        if (k == misspelt.n || (i < lines.n && lines.items[i].line < misspelt.items[k].line)) {
            load_line(load, &lines.items[i], named.n > 0, place_in_file(load, lines.items[i].line));
            i++;
        } else {
            add_problem(load, place_in_file(load, misspelt.items[k].line), misspelt.items[k].text);
            k++;
        }
    }
}

/* ---- The whole --------------------------------------------------------------------------- */

/* Replaces the thread counts that are left to the machine. */
static void derive(Config *values, int processors)
{
    int64_t half = processors / 2, all = processors;
    if (values->http.loops == 0) values->http.loops = half > 1 ? half : 1;
    if (values->accounts.hash_threads == 0) values->accounts.hash_threads = half > 1 ? half : 1;
    if (values->db.readers == 0)
        values->db.readers = values->database_url.n ? 16 : all > 2 ? all : 2;
}

bool config_load(Arena *arena, const ConfigSources *sources, ConfigLoaded *out,
                 ConfigProblemList *problems)
{
    Load load = {.arena = arena};
    load.problems.items = NEW_N(arena, ConfigProblem, CONFIG_PROBLEMS_MAX);
    load.config.arena = arena;
    load.config.settings = config_settings(arena);
    load.config.sources = *sources;
    load.config.file = S("");
    load_defaults(&load);
    load_file(&load);
    load_environment(&load);
    load_flags(&load);
    *problems = load.problems;
    if (load.problems.n) return false;
    derive(&load.config.values, sources->processors);
    *out = load.config;
    return true;
}

/* Copies one value; its text is read again, so that nothing of it stays in the other's arena. */
static void take_over(ConfigLoaded *config, const ConfigLoaded *fresh, size_t index)
{
    const Setting *setting = &config->settings.items[index];
    void *member = (char *)&config->values + setting->offset;
    Str text = str_copy(config->arena, config_text(config->arena, setting, &fresh->values, true));
    Violations violations = violations_new(config->arena);
    bool fine = text_read(config->arena, setting->field, text, NULL, member, &violations);
    assert(fine); /* it was read from such a text a moment ago */
    (void)fine;
    config->origins[index] = (ConfigOrigin){fresh->origins[index].source,
                                            str_copy(config->arena, fresh->origins[index].place)};
}

bool config_reload(ConfigLoaded *config, Arena *scratch, ConfigChanges *changes,
                   ConfigProblemList *problems)
{
    ConfigLoaded fresh;
    if (!config_load(scratch, &config->sources, &fresh, problems)) return false;
    size_t n = config->settings.n;
    *changes = (ConfigChanges){{NEW_N(scratch, Str, n), 0}, {NEW_N(scratch, Str, n), 0}};
    for (size_t i = 0; i < n; i++) {
        const Setting *setting = &config->settings.items[i];
        Str before = config_text(scratch, setting, &config->values, true);
        if (str_eq(before, config_text(scratch, setting, &fresh.values, true))) continue;
        bool live = setting->field->live;
        StrList *list = live ? &changes->applied : &changes->restart;
        list->items[list->n++] = setting->name;
        if (live) take_over(config, &fresh, i);
    }
    return true;
}
