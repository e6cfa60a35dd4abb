#include "platform/cli/test_program.h"

static void help_lists_the_commands(void **state)
{
    const char *overview =
        "souk: a program for tests\n\n"
        "usage: souk COMMAND [flags] [arguments]\n\n"
        "  where                   Say where it runs\n"
        "  copy                    Print a file\n"
        "  save                    Write files\n"
        "  linger                  Stay\n"
        "  flood                   Write without end\n"
        "  many lines              Write a lot\n"
        "  serve                   Own the folder\n"
        "  config                  Show the settings in force and where each came "
        "from\n"
        "  help                    Say what the commands do\n"
        "  man                     Print the manual page\n"
        "  completion              Print the completion of commands and flags for a shell\n"
        "  version                 Print the version\n\n"
        "souk help COMMAND says more about one of them.\n";
    expect(START(*state, "help"), EXIT_FINE, overview, "");
    expect(START(*state, "--help"), EXIT_FINE, overview, "");
    Program program = program_start(*state, false, (const char *const[]){NULL});
    expect(program, EXIT_USAGE, "", overview);
}

static void help_explains_one(void **state)
{
    const char *text =
        "usage: souk where [--code N] [--loud] [--tag TEXT] [--name TEXT] [--SETTING\n"
        "           VALUE]… [WORD…]\n\n"
        "Prints where it runs and what it was given.\n\n"
        "arguments:\n"
        "  WORD                    Anything.\n\n"
        "flags:\n"
        "  -c, --code N            Exit code. Allowed is a whole number from 0 to 100.\n"
        "                          Default: 0.\n"
        "  -l, --loud              Say it on stderr too.\n"
        "  --tag TEXT              Anything. May be given several times.\n"
        "  --name TEXT             A name.\n"
        "  --json                  Results and errors as JSON.\n"
        "  -h, --help              This text.\n"
        "  --SETTING VALUE         Any setting, such as --data DIR or --log-level debug;\n"
        "                          `souk config --list` shows them all.\n";
    expect(START(*state, "help", "where"), EXIT_FINE, text, "");
    expect(START(*state, "where", "--help"), EXIT_FINE, text, "");
    expect(START(*state, "many", "lines", "-h", "--json"), EXIT_FINE,
           "{\"name\":\"many lines\",\"summary\":\"Write a lot\","
           "\"usage\":\"souk many lines [--SETTING VALUE]…\",\"doc\":\"Writes a lot.\"}\n",
           "");
    expect(START(*state, "help", "many", "linse"), EXIT_USAGE, "",
           "souk: there is no command \"many linse\": did you mean \"many lines\"?\n");
}

static void help_shows_words_and_examples(void **state)
{
    const char *text =
        "usage: souk completion SHELL\n\n"
        "Prints a script that completes commands, flags and their values. `make install`\n"
        "puts those of all three shells where they are found.\n\n"
        "arguments:\n"
        "  SHELL                   Which shell. One of bash, fish, zsh.\n\n"
        "flags:\n"
        "  --json                  Results and errors as JSON.\n"
        "  -h, --help              This text.\n\n"
        "examples:\n"
        "  souk completion bash > ~/.local/share/bash-completion/completions/souk\n"
        "      For one user's bash, where the package bash-completion is installed.\n"
        "  souk completion fish > ~/.config/fish/completions/souk.fish\n"
        "      For one user's fish.\n";
    expect(START(*state, "help", "completion"), EXIT_FINE, text, "");
}

static void version_is_printed(void **state)
{
    expect(START(*state, "version"), EXIT_FINE, "souk 1.2.3\n", "");
    expect(START(*state, "--version"), EXIT_FINE, "souk 1.2.3\n", "");
    expect(START(*state, "version", "--json"), EXIT_FINE,
           "{\"program\":\"souk\",\"version\":\"1.2.3\"}\n", "");
}

/* The line of a text that begins with `start`, or NULL. */
static const char *line_of(const char *text, const char *start)
{
    for (const char *at = text; at; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL)
        if (strncmp(at, start, strlen(start)) == 0) return at;
    return NULL;
}

static void config_shows_values_and_origins(void **state)
{
    setenv("DATABASE_URL", "postgresql://u:hush@h/d", 1);
    setenv("SOUK_DB_QUEUE_MAX", "77", 1);
    Program program = START(*state, "config", "--http-idle-timeout-ms", "100");
    unsetenv("DATABASE_URL");
    unsetenv("SOUK_DB_QUEUE_MAX");
    Ending ending = program_end(&program);
    assert_int_equal(ending.code, EXIT_FINE);
    static const struct {
        const char *name, *value, *from;
    } rows[] = {
        {"http.idle_timeout_ms ", " 100 ", " --http-idle-timeout-ms\n"},
        {"db.queue_max ", " 77 ", " SOUK_DB_QUEUE_MAX\n"},
        {"database_url ", " postgresql://u:********@h/d ", " DATABASE_URL\n"},
        {"log.level ", " info ", " default\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *line = line_of(ending.out, rows[i].name);
        assert_non_null(line);
        const char *value = strstr(line, rows[i].value), *from = strstr(line, rows[i].from);
        assert_true(value && from && value < from && from < strchr(line, '\n'));
    }
    assert_null(strstr(ending.out, "hush"));
    ending_free(&ending);
}

static void config_is_refused_as_a_whole(void **state)
{
    const char *detail = "--http-loops: http.loops must be at most 64, is 65: it is a whole number "
                         "from 0 to 64";
    char text[300];
    snprintf(text, sizeof text,
             "souk: %s\nsouk: --log-level: log.level must be one of debug, info, "
             "warn, error; is \"\"\n",
             detail);
    expect(START(*state, "config", "--http-loops=65", "--log-level="), EXIT_REFUSED_CONFIG, "",
           text);
    snprintf(text, sizeof text,
             "{\"code\":\"configuration\",\"title\":\"The configuration is refused.\","
             "\"detail\":\"%s\"}\n",
             detail);
    expect(START(*state, "config", "--json", "--http-loops=65"), EXIT_REFUSED_CONFIG, "", text);
}

/* Each setting appears in the list with all that is said of it. */
static void config_lists_every_setting(void **state)
{
    Arena *arena = arena_new(4096);
    SettingList settings = config_settings(arena);
    Program program = START(*state, "config", "--list");
    Ending ending = program_end(&program);
    assert_int_equal(ending.code, EXIT_FINE);
    for (size_t i = 0; i < settings.n; i++) {
        const Setting *setting = &settings.items[i];
        Str head = str_format(arena, "%.*s\n    %.*s   --%.*s\n", STR_ARG(setting->name),
                              STR_ARG(setting->variable), STR_ARG(setting->flag));
        assert_non_null(line_of(ending.out, str_z(arena, head)));
    }
    ending_free(&ending);
    arena_free(arena);
}

static void a_full_disk_is_no_success(void **state)
{
    (void)state;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
        int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
        dup2(full, 1);
        dup2(null, 2);
        char *argv[] = {(char[]){"souk"}, (char[]){"version"}, NULL};
        _exit(cli_main(2, argv, &test_table));
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), EXIT_FAILED);
}

static void the_tests_table_is_sound(void **state)
{
    (void)state;
    Arena *arena = arena_new(4096);
    Str problem = S("");
    if (!command_table_sound(&test_table, arena, &problem)) fail_msg("%.*s", STR_ARG(problem));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(help_lists_the_commands),         IN_FOLDER(help_explains_one),
        IN_FOLDER(help_shows_words_and_examples),   IN_FOLDER(version_is_printed),
        IN_FOLDER(config_shows_values_and_origins), IN_FOLDER(config_is_refused_as_a_whole),
        IN_FOLDER(config_lists_every_setting),      IN_FOLDER(a_full_disk_is_no_success),
        IN_FOLDER(the_tests_table_is_sound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
