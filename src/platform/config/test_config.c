#include "platform/config/config.h"

#include "base/buf.h"
#include "meta/type_check.h"
#include "platform/config/config_file.h"
#include "platform/config/suggest.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- A folder of one's own, and loading from it ------------------------------------------ */

typedef struct Bench {
    Arena *arena;
    char folder[32];
    char data[64]; /* "SOUK_DATA=…", what every load begins with */
} Bench;

static int bench_up(void **state)
{
    Bench *bench = calloc(1, sizeof *bench);
    bench->arena = arena_new(4096);
    snprintf(bench->folder, sizeof bench->folder, "/tmp/souk-config-XXXXXX");
    if (!mkdtemp(bench->folder)) return -1;
    snprintf(bench->data, sizeof bench->data, "SOUK_DATA=%s", bench->folder);
    *state = bench;
    return 0;
}

static int bench_down(void **state)
{
    Bench *bench = *state;
    unlink(str_z(bench->arena, str_format(bench->arena, "%s/souk.conf", bench->folder)));
    unlink(str_z(bench->arena, str_format(bench->arena, "%s/other.conf", bench->folder)));
    rmdir(bench->folder);
    arena_free(bench->arena);
    free(bench);
    return 0;
}

static Str write_file(Bench *bench, const char *name, const char *text)
{
    Str path = str_format(bench->arena, "%s/%s", bench->folder, name);
    FILE *file = fopen(str_z(bench->arena, path), "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
    return path;
}

enum { VARIABLES_MAX = 8 };

typedef struct Given {
    const char *file; /* souk.conf; NULL: none */
    const char *variables[VARIABLES_MAX];
    ConfigFlag flags[VARIABLES_MAX];
} Given;

static bool load(Bench *bench, const Given *given, ConfigLoaded *out, ConfigProblemList *problems)
{
    char **environment = NEW_N(bench->arena, char *, VARIABLES_MAX + 2);
    size_t n = 0, flags = 0;
    environment[n++] = bench->data;
    for (size_t i = 0; i < VARIABLES_MAX && given->variables[i]; i++)
        environment[n++] = str_z(bench->arena, str_from(given->variables[i]));
    ConfigFlag *kept = NEW_N(bench->arena, ConfigFlag, VARIABLES_MAX);
    for (; flags < VARIABLES_MAX && given->flags[flags].name.n; flags++)
        kept[flags] = given->flags[flags];
    if (given->file) write_file(bench, "souk.conf", given->file);
    ConfigSources sources = {.environment = environment, .flags = {kept, flags}, .processors = 8};
    return config_load(bench->arena, &sources, out, problems);
}

static ConfigLoaded loaded(Bench *bench, const Given *given)
{
    ConfigLoaded config;
    ConfigProblemList problems;
    bool fine = load(bench, given, &config, &problems);
    if (!fine) print_error("%.*s\n", STR_ARG(config_problems_text(bench->arena, &problems)));
    assert_true(fine);
    return config;
}

/* All problems as text, the folder's path replaced by "DIR". */
static const char *refusals(Bench *bench, const Given *given)
{
    ConfigLoaded config, before;
    memset(&config, 0x5A, sizeof config);
    memcpy(&before, &config, sizeof config);
    ConfigProblemList problems;
    assert_false(load(bench, given, &config, &problems));
    assert_memory_equal(&config, &before, sizeof config); /* untouched */
    Str text = config_problems_text(bench->arena, &problems), folder = str_from(bench->folder);
    Buf out = buf_new(bench->arena, 100000);
    while (text.n) {
        bool hit = str_starts(text, folder);
        buf_put(&out, hit ? S("DIR") : str_slice(text, 0, 1));
        text = str_slice(text, hit ? folder.n : 1, text.n);
    }
    return str_z(bench->arena, buf_str(&out));
}

static size_t index_of(const ConfigLoaded *config, const char *name)
{
    for (size_t i = 0; i < config->settings.n; i++)
        if (str_eq(config->settings.items[i].name, str_from(name))) return i;
    fail_msg("no setting %s", name);
    return 0;
}

static const char *shown(Bench *bench, const ConfigLoaded *config, const char *name)
{
    const Setting *setting = &config->settings.items[index_of(config, name)];
    return str_z(bench->arena, config_text(bench->arena, setting, &config->values, false));
}

static const char *origin(Bench *bench, const ConfigLoaded *config, const char *name)
{
    return str_z(bench->arena, config->origins[index_of(config, name)].place);
}

/* ---- The table --------------------------------------------------------------------------- */

static void every_row_has_names_of_its_own(void **state)
{
    Bench *bench = *state;
    SettingList list = config_settings(bench->arena);
    assert_true(list.n > 20);
    for (size_t i = 0; i < list.n; i++) {
        const Setting *setting = &list.items[i];
        for (size_t k = 0; k < i; k++) {
            assert_false(str_eq(setting->name, list.items[k].name));
            assert_false(str_eq(setting->variable, list.items[k].variable));
            assert_false(str_eq(setting->flag, list.items[k].flag));
        }
        /* Kubernetes makes variables that end so, and they are ignored. */
        assert_false(str_ends(setting->variable, S("_PORT")));
        assert_false(str_ends(setting->variable, S("_SERVICE_HOST")));
        assert_true(setting->name.n < 50); /* libinih keeps so much of a name */
        assert_true(strlen(setting->field->doc) > 10);
        assert_int_equal(setting->field->doc[strlen(setting->field->doc) - 1], '.');
    }
}

static void the_types_describe_their_structs(void **state)
{
    (void)state;
    assert_type(&config_type);
}

static void numbers_have_bounds_and_a_default(void **state)
{
    Bench *bench = *state;
    SettingList list = config_settings(bench->arena);
    for (size_t i = 0; i < list.n; i++) {
        const Field *field = list.items[i].field;
        if (field->kind == KIND_STR || field->kind == KIND_STR_LIST)
            assert_true(field->max != NO_MAX);
        if (field->kind != KIND_INT) continue;
        assert_true(field->min != NO_MIN && field->max != NO_MAX);
        assert_non_null(field->initial);
    }
}

static void names_follow_from_the_place(void **state)
{
    Bench *bench = *state;
    ConfigLoaded config = loaded(bench, &(Given){0});
    const Setting *nested = &config.settings.items[index_of(&config, "http.idle_timeout_ms")];
    assert_string_equal(str_z(bench->arena, nested->variable), "SOUK_HTTP_IDLE_TIMEOUT_MS");
    assert_string_equal(str_z(bench->arena, nested->flag), "http-idle-timeout-ms");
    const Setting *url = &config.settings.items[index_of(&config, "database_url")];
    assert_string_equal(str_z(bench->arena, url->variable), "DATABASE_URL");
    assert_string_equal(str_z(bench->arena, url->flag), "database-url");
    assert_ptr_equal((char *)&config.values + nested->offset, &config.values.http.idle_timeout_ms);
}

/* ---- Precedence -------------------------------------------------------------------------- */

static void without_sources_the_defaults_hold(void **state)
{
    Bench *bench = *state;
    ConfigLoaded config = loaded(bench, &(Given){0});
    assert_int_equal(config.values.listen.n, 1);
    assert_true(str_eq(config.values.listen.items[0], S("127.0.0.1:8080")));
    assert_int_equal(config.values.http.idle_timeout_ms, 75000);
    assert_int_equal(config.values.log.level, LOG_INFO);
    assert_int_equal(config.values.log.style, LOG_STYLE_AUTO);
    assert_int_equal(config.values.fault.n, 0);
    assert_int_equal(config.file.n, 0);
    assert_string_equal(origin(bench, &config, "http.idle_timeout_ms"), "default");
    assert_string_equal(origin(bench, &config, "data"), "SOUK_DATA");
}

static void later_sources_win_one_by_one(void **state)
{
    Bench *bench = *state;
    const char *file = "[http]\nidle_timeout_ms = 1001\nbody_timeout_ms = 1001\n"
                       "head_timeout_ms = 1001\n";
    ConfigLoaded config = loaded(
        bench,
        &(Given){.file = file,
                 .variables = {"SOUK_HTTP_BODY_TIMEOUT_MS=1002", "SOUK_HTTP_HEAD_TIMEOUT_MS=1002"},
                 .flags = {{S("http-head-timeout-ms"), S("1003")}}});
    assert_int_equal(config.values.http.send_timeout_ms, 30000);
    assert_int_equal(config.values.http.idle_timeout_ms, 1001);
    assert_int_equal(config.values.http.body_timeout_ms, 1002);
    assert_int_equal(config.values.http.head_timeout_ms, 1003);
    Str place = str_format(bench->arena, "%s/souk.conf:2", bench->folder);
    assert_string_equal(origin(bench, &config, "http.idle_timeout_ms"), str_z(bench->arena, place));
    assert_string_equal(origin(bench, &config, "http.body_timeout_ms"),
                        "SOUK_HTTP_BODY_TIMEOUT_MS");
    assert_string_equal(origin(bench, &config, "http.head_timeout_ms"), "--http-head-timeout-ms");
    assert_int_equal(config.origins[index_of(&config, "http.head_timeout_ms")].source, CONFIG_FLAG);
}

static void lists_gather_in_a_source_and_begin_anew_in_the_next(void **state)
{
    Bench *bench = *state;
    Given given = {.file = "listen = 127.0.0.1:1\nlisten = 127.0.0.1:2,  [::1]:3\n"};
    ConfigLoaded config = loaded(bench, &given);
    assert_string_equal(shown(bench, &config, "listen"), "127.0.0.1:1,127.0.0.1:2,[::1]:3");
    given.flags[0] = (ConfigFlag){S("listen"), S("*:4")};
    given.flags[1] = (ConfigFlag){S("listen"), S("unix:/run/souk")};
    config = loaded(bench, &given);
    assert_string_equal(shown(bench, &config, "listen"), "*:4,unix:/run/souk");
}

static void the_last_flag_of_a_name_counts(void **state)
{
    ConfigLoaded config = loaded(
        *state, &(Given){.flags = {{S("db-queue-max"), S("5")}, {S("db-queue-max"), S("6")}}});
    assert_int_equal(config.values.db.queue_max, 6);
}

static void threads_are_left_to_the_machine(void **state)
{
    Bench *bench = *state;
    ConfigLoaded config = loaded(bench, &(Given){0}); /* 8 processors */
    assert_int_equal(config.values.http.loops, 4);
    assert_int_equal(config.values.db.readers, 8);
    config = loaded(bench, &(Given){.variables = {"DATABASE_URL=postgres://h/d"}});
    assert_int_equal(config.values.db.readers, 16);
    config =
        loaded(bench, &(Given){.flags = {{S("http-loops"), S("3")}, {S("db-readers"), S("5")}}});
    assert_int_equal(config.values.http.loops, 3);
    assert_int_equal(config.values.db.readers, 5);
    ConfigSources small = {.processors = 1};
    ConfigProblemList problems;
    assert_true(config_load(bench->arena, &small, &config, &problems));
    assert_int_equal(config.values.http.loops, 1);
    assert_int_equal(config.values.db.readers, 2);
}

static void variables_of_others_are_left_alone(void **state)
{
    loaded(*state, &(Given){.variables = {"PATH=/bin", "SOUKX=1", "SOUK_LISTEN=", "DATABASE_URL=",
                                          "SOUK_PORT=tcp://10.0.0.1:80", "SOUK_SERVICE_HOST=h",
                                          "SOUK_DB_PORT_5432_TCP_ADDR=10.0.0.2", "SOUK_TEST_X=1"}});
}

/* ---- The file's place -------------------------------------------------------------------- */

static void config_names_another_file(void **state)
{
    Bench *bench = *state;
    write_file(bench, "souk.conf", "nonsense\n"); /* not read */
    Str other = write_file(bench, "other.conf", "[db]\nqueue_max = 7\n");
    ConfigLoaded config = loaded(bench, &(Given){.flags = {{S("config"), other}}});
    assert_int_equal(config.values.db.queue_max, 7);
    assert_true(str_eq(config.file, other));
}

static void a_named_file_may_place_the_data(void **state)
{
    Bench *bench = *state;
    Str other = write_file(bench, "other.conf", "data = elsewhere\n");
    ConfigSources sources = {.flags = {(ConfigFlag[]){{S("config"), other}}, 1}, .processors = 1};
    ConfigLoaded config;
    ConfigProblemList problems;
    assert_true(config_load(bench->arena, &sources, &config, &problems));
    assert_true(str_eq(config.values.data, S("elsewhere")));
}

static void a_file_cannot_move_itself(void **state)
{
    assert_string_equal(
        refusals(*state, &(Given){.file = "data = x\nconfig = y\n"}),
        "DIR/souk.conf:1: data cannot be set in a file that was found in the data folder: use "
        "--data, SOUK_DATA, or name the file with --config\n"
        "DIR/souk.conf:2: config cannot be set in the file itself");
}

static void a_file_that_cannot_be_read_is_refused(void **state)
{
    Bench *bench = *state;
    assert_string_equal(
        refusals(bench, &(Given){.variables = {"SOUK_CONFIG=/nonexistent/souk.conf"}}),
        "/nonexistent/souk.conf: cannot be read: No such file or directory");
    assert_string_equal(
        refusals(bench, &(Given){.flags = {{S("config"), str_from(bench->folder)}}}),
        "DIR: is no regular file");
}

/* ---- Refusals ---------------------------------------------------------------------------- */

static void everything_wrong_is_told_at_once(void **state)
{
    const char *file = "[http]\n"
                       "loops = many\n"
                       "idle_timeout = 5\n"
                       "what is this\n"
                       "head_max_bytes = 100\n"
                       "[log]\n"
                       "level = wran\n"
                       "level = info\n";
    assert_string_equal(
        refusals(*state,
                 &(Given){.file = file,
                          .variables = {"SOUK_HTTP_LOPS=2", "SOUK_DB_QUEUE_MAX=0",
                                        "SOUK_LISTEN=localhost", "SOUK_LOG_STYLE=\xff"},
                          .flags = {{S("log-style"), S("xml")}, {S("fault"), S("commit")}}}),
        "DIR/souk.conf:2: http.loops must be an integer, written with digits only, is many: it is "
        "a "
        "whole number from 0 to 64\n"
        "DIR/souk.conf:3: there is no setting \"http.idle_timeout\": did you mean "
        "\"http.idle_timeout_ms\"?\n"
        "DIR/souk.conf:4: the line is neither a section nor `name = value`\n"
        "DIR/souk.conf:5: http.head_max_bytes must be at least 1024, is 100: it is a whole number "
        "from 1024 to 1048576\n"
        "DIR/souk.conf:7: log.level must be one of debug, info, warn, error; is \"wran\": did you "
        "mean \"warn\"?\n"
        "DIR/souk.conf:8: log.level is set a second time (the first: DIR/souk.conf:7)\n"
        "environment: there is no setting \"SOUK_HTTP_LOPS\": did you mean \"SOUK_HTTP_LOOPS\"?\n"
        "SOUK_DB_QUEUE_MAX: db.queue_max must be at least 1, is 0: it is a whole number from 1 to "
        "1000000\n"
        "SOUK_LISTEN: listen cannot be \"localhost\". Addresses to listen on: HOST:PORT, "
        "[V6]:PORT, "
        "*:PORT or unix:PATH; port 0 picks one.\n"
        "SOUK_LOG_STYLE: the value is no UTF-8 text\n"
        "--log-style: log.style must be one of auto, json, text; is \"xml\"\n"
        "--fault: fault cannot be \"commit\". NAME=ACTION: faults to provoke, for tests; ACTION is "
        "kill, fail, stop, stop:FILE or delay:MS, with @N behind it on the Nth pass only, with %P "
        "on P of 100 passes.");
}

static void what_a_later_source_overrules_is_checked_too(void **state)
{
    assert_string_equal(refusals(*state, &(Given){.variables = {"SOUK_DB_READERS=x"},
                                                  .flags = {{S("db-readers"), S("4")}}}),
                        "SOUK_DB_READERS: db.readers must be an integer, written with digits only, "
                        "is x: it is a whole number from 0 to 256");
}

static void a_refused_secret_is_not_shown(void **state)
{
    const char *text = refusals(*state, &(Given){.variables = {"DATABASE_URL=mysql://u:hush@h/d"}});
    assert_null(strstr(text, "hush"));
    assert_non_null(strstr(text, "DATABASE_URL: the value of database_url is not allowed."));
}

static void problems_are_bounded(void **state)
{
    Bench *bench = *state;
    Buf file = buf_new(bench->arena, CONFIG_FILE_MAX);
    for (int i = 0; i < 2 * CONFIG_PROBLEMS_MAX; i++) buf_format(&file, "x%d = 1\n", i);
    ConfigLoaded config;
    ConfigProblemList problems;
    assert_false(
        load(bench, &(Given){.file = str_z(bench->arena, buf_str(&file))}, &config, &problems));
    assert_int_equal(problems.n, CONFIG_PROBLEMS_MAX);
}

/* ---- Masks ------------------------------------------------------------------------------- */

static void passwords_in_urls_are_masked(void **state)
{
    Bench *bench = *state;
    static const struct {
        const char *url, *shown;
    } rows[] = {
        {"postgresql://souk:hush@db:5432/souk", "postgresql://souk:********@db:5432/souk"},
        {"postgresql://souk@db/souk", "postgresql://souk@db/souk"},
        {"postgresql://db:5432/souk", "postgresql://db:5432/souk"},
        {"postgresql://u:a@b/c:d@db/x", "postgresql://u:********@db/x"}, /* not escaped */
        {"postgresql:///x?host=/run&password=hush", "postgresql:///x?host=/run&password=********"},
        {"postgresql://h/x?sslpassword=a&password=b&connect_timeout=3",
         "postgresql://h/x?sslpassword=********&password=********&connect_timeout=3"},
        {"postgresql://u:@h/x", "postgresql://u:@h/x"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Given given = {.flags = {{S("database-url"), str_from(rows[i].url)}}};
        ConfigLoaded config = loaded(bench, &given);
        assert_string_equal(shown(bench, &config, "database_url"), rows[i].shown);
        const Setting *setting = &config.settings.items[index_of(&config, "database_url")];
        Str revealed = config_text(bench->arena, setting, &config.values, true);
        assert_string_equal(str_z(bench->arena, revealed), rows[i].url);
    }
}

/* ---- Reload ------------------------------------------------------------------------------ */

static void a_reload_takes_live_settings_and_names_the_others(void **state)
{
    Bench *bench = *state;
    ConfigLoaded config = loaded(bench, &(Given){.file = "[log]\nlevel = info\n"});
    Arena *scratch = arena_new(4096);
    ConfigChanges changes;
    ConfigProblemList problems;
    write_file(bench, "souk.conf", "[log]\n\nlevel = debug\nstyle = json\n[db]\nqueue_max = 5\n");
    assert_true(config_reload(&config, scratch, &changes, &problems));
    assert_int_equal(changes.applied.n, 1);
    assert_true(str_eq(changes.applied.items[0], S("log.level")));
    assert_int_equal(changes.restart.n, 2);
    assert_true(str_eq(changes.restart.items[0], S("db.queue_max")));
    assert_true(str_eq(changes.restart.items[1], S("log.style")));
    arena_free(scratch); /* nothing that was taken over lies in it */
    assert_int_equal(config.values.log.level, LOG_DEBUG);
    assert_int_equal(config.values.log.style, LOG_STYLE_AUTO);
    assert_int_equal(config.values.db.queue_max, 1024);
    Str place = str_format(bench->arena, "%s/souk.conf:3", bench->folder);
    assert_string_equal(origin(bench, &config, "log.level"), str_z(bench->arena, place));
    assert_string_equal(origin(bench, &config, "db.queue_max"), "default");
}

static void a_refused_reload_changes_nothing(void **state)
{
    Bench *bench = *state;
    ConfigLoaded config = loaded(bench, &(Given){0});
    ConfigChanges changes;
    ConfigProblemList problems;
    write_file(bench, "souk.conf", "[log]\nlevel = debug\nstyle = xml\n");
    assert_false(config_reload(&config, bench->arena, &changes, &problems));
    assert_int_equal(problems.n, 1);
    assert_int_equal(config.values.log.level, LOG_INFO);
    write_file(bench, "souk.conf", "");
    assert_true(config_reload(&config, bench->arena, &changes, &problems));
    assert_int_equal(changes.applied.n + changes.restart.n, 0);
}

/* ---- Suggestions ------------------------------------------------------------------------- */

static void distances(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        size_t distance;
    } rows[] = {
        {"", "", 0},        {"", "abc", 3},      {"abc", "abc", 0}, {"kitten", "sitting", 3},
        {"ab", "ba", 1},    {"abcd", "acbd", 1}, {"ca", "abc", 3}, /* each place touched once */
        {"seed", "sed", 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Str a = str_from(rows[i].a), b = str_from(rows[i].b);
        assert_int_equal(suggest_distance(a, b), rows[i].distance);
        assert_int_equal(suggest_distance(b, a), rows[i].distance);
    }
    char longer[SUGGEST_WORD_MAX + 1];
    memset(longer, 'x', sizeof longer);
    assert_true(suggest_distance((Str){longer, sizeof longer}, S("x")) == SIZE_MAX);
}

static void only_near_words_are_suggested(void **state)
{
    Bench *bench = *state;
    Suggestion near = suggest_for(S("servr"));
    suggest_consider(&near, S("seed"));
    suggest_consider(&near, S("serve"));
    suggest_consider(&near, S("server"));
    Str text = suggest_text(bench->arena, &near, "");
    assert_string_equal(str_z(bench->arena, text), ": did you mean \"serve\"?");
    Suggestion far = suggest_for(S("abc"));
    suggest_consider(&far, S("xyc"));
    assert_int_equal(suggest_text(bench->arena, &far, "").n, 0);
}

#define ON_BENCH(f) cmocka_unit_test_setup_teardown(f, bench_up, bench_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BENCH(every_row_has_names_of_its_own),
        ON_BENCH(the_types_describe_their_structs),
        ON_BENCH(numbers_have_bounds_and_a_default),
        ON_BENCH(names_follow_from_the_place),
        ON_BENCH(without_sources_the_defaults_hold),
        ON_BENCH(later_sources_win_one_by_one),
        ON_BENCH(lists_gather_in_a_source_and_begin_anew_in_the_next),
        ON_BENCH(the_last_flag_of_a_name_counts),
        ON_BENCH(threads_are_left_to_the_machine),
        ON_BENCH(variables_of_others_are_left_alone),
        ON_BENCH(config_names_another_file),
        ON_BENCH(a_named_file_may_place_the_data),
        ON_BENCH(a_file_cannot_move_itself),
        ON_BENCH(a_file_that_cannot_be_read_is_refused),
        ON_BENCH(everything_wrong_is_told_at_once),
        ON_BENCH(what_a_later_source_overrules_is_checked_too),
        ON_BENCH(a_refused_secret_is_not_shown),
        ON_BENCH(problems_are_bounded),
        ON_BENCH(passwords_in_urls_are_masked),
        ON_BENCH(a_reload_takes_live_settings_and_names_the_others),
        ON_BENCH(a_refused_reload_changes_nothing),
        ON_BENCH(distances),
        ON_BENCH(only_near_words_are_suggested),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
