/* The program's main function, but for its table: words in, a command run somewhere, an exit code.
 *
 * Where a command runs follows from its row. One that needs the data tries to own the folder; when
 * another process has it, the command is sent there over the control socket. Between "owned" and
 * "listens" lies a moment when the owner starts or ends, and the owner may be a command that never
 * listens: both are tried in turn for a few seconds before the user is told who has the folder. */
#include "platform/cli/cli.h"

#include "base/time.h"
#include "platform/cli/command_line.h"
#include "platform/cli/control.h"
#include "platform/cli/control_client.h"
#include "platform/cli/folder.h"
#include "platform/cli/help.h"
#include "platform/cli/run.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    ARENA_FIRST = 64 * 1024,
    OWNER_WAIT_US = 5 * 1000 * 1000, /* for the owner to listen, or to leave */
    OWNER_TRY_US = 100 * 1000,
};

/* ---- Signals ----------------------------------------------------------------------------- */

/* Set by the first SIGINT or SIGTERM; a handler can reach nothing but a global. */
static _Atomic bool cancel_asked;

static void ask_cancel(int signal)
{
    (void)signal;
    atomic_store(&cancel_asked, true);
}

/* The first signal asks the command to stop at a clean place, the second one kills. */
static void catch_signals(const Command *command)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGPIPE, &ignore, NULL);
    if (command->needs == COMMAND_IS_SERVER) return;
    struct sigaction action = {.sa_handler = ask_cancel, .sa_flags = (int)SA_RESETHAND};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

/* ---- Commands that need the folder -------------------------------------------------------- */

typedef struct Attempt {
    CommandCall call;
    const CommandLine *line;
    ConfigLoaded config;
} Attempt;

/* The settings that must be the same in a server that runs the command: those that were given as
 * flags, but for the ones that led to that server, and the database wherever it was named. */
static ConfigFlagList settings_to_share(Arena *arena, const ConfigLoaded *config)
{
    ConfigFlagList list = {NEW_N(arena, ConfigFlag, config->settings.n), 0};
    for (size_t i = 0; i < config->settings.n; i++) {
        const Setting *setting = &config->settings.items[i];
        ConfigSource source = config->origins[i].source;
        bool database = str_eq(setting->name, S("database_url")) && source != CONFIG_DEFAULT;
        bool led = str_eq(setting->name, S("data")) || str_eq(setting->name, S("config"));
        if (!database && (source != CONFIG_FLAG || led)) continue;
        list.items[list.n++] =
            (ConfigFlag){setting->name, config_text(arena, setting, &config->values, true)};
    }
    return list;
}

static int run_here(Attempt *attempt, FolderLock *lock)
{
    int code = command_execute(&attempt->call, attempt->call.table->world, attempt->line);
    folder_release(lock);
    return code;
}

/* The command cannot have what it needs: it fails, or says itself what that means. */
static int run_without(Attempt *attempt, const Error *error, Str detail)
{
    CommandCall *call = &attempt->call;
    if (!call->command->anyhow) return command_fail(call, error, "%.*s", STR_ARG(detail));
    call->obstacle = error;
    call->obstacle_detail = detail;
    return command_execute(call, call->table->world, attempt->line);
}

static int64_t owner_wait_us(const CommandTable *table)
{
    return table->patience_us ? table->patience_us : OWNER_WAIT_US;
}

/* Runs the command where the folder's owner is: here, or in the server. */
static int run_at_folder(Attempt *attempt)
{
    CommandCall *call = &attempt->call;
    ControlRequest request = {
        .shape = call->out->shape,
        .files = command_files_count(attempt->line),
        .words = attempt->line->words,
        .settings = settings_to_share(call->arena, &attempt->config),
    };
    Str folder = attempt->config.values.data, detail = S("");
    Str name = str_format(call->arena, "%s %s", call->table->program, call->command->name);
    if (call->command->anyhow && !folder_was_owned(call->arena, folder)) /* and it stays so */
        return command_execute(call, call->table->world, attempt->line);
    int64_t deadline = monotonic_us() + owner_wait_us(call->table), patience_us = 0;
    for (;;) {
        FolderLock lock;
        const Error *error = folder_claim(call->arena, folder, name, patience_us, &lock, &detail);
        if (!error) return run_here(attempt, &lock);
        if (error != &err_folder_in_use) return run_without(attempt, error, detail);
        int code = EXIT_FAILED;
        Str why = S("");
        ControlOutcome outcome =
            control_call(call->out, folder, &request, call->files, &code, &why);
        if (outcome == CONTROL_RAN) return code;
        if (outcome == CONTROL_FAILED) return run_without(attempt, &err_control, why);
        if (command_cancelled(call)) return EXIT_CANCELLED;
        if (monotonic_us() >= deadline) return run_without(attempt, error, detail);
        patience_us = OWNER_TRY_US;
    }
}

/* A server that was started with sockets takes the place of one that is still there: it waits for
 * the folder as long as that one may take to finish. Any other is refused at once. */
static int run_as_owner(Attempt *attempt)
{
    CommandCall *call = &attempt->call;
    const Config *config = &attempt->config.values;
    Str name = str_format(call->arena, "%s %s", call->table->program, call->command->name), detail;
    FolderLock lock;
    const Error *error = folder_claim(call->arena, config->data, name, 0, &lock, &detail);
    if (error == &err_folder_in_use && getenv("LISTEN_FDS")) {
        int64_t wait_us = config->http.drain_timeout_ms * 1000 + owner_wait_us(call->table);
        if (call->table->takes_over) call->table->takes_over();
        error = folder_claim(call->arena, config->data, name, wait_us, &lock, &detail);
    }
    return error ? command_fail(call, error, "%.*s", STR_ARG(detail)) : run_here(attempt, &lock);
}

/* ---- The whole --------------------------------------------------------------------------- */

static int run_with_settings(Attempt *attempt)
{
    CommandCall *call = &attempt->call;
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    ConfigSources sources = {
        .environment = environ,
        .flags = attempt->line->settings,
        .processors = processors > 0 ? (int)processors : 1,
    };
    ConfigProblemList problems;
    if (!config_load(call->arena, &sources, &attempt->config, &problems)) {
        Str mistakes = config_problems_text(call->arena, &problems);
        if (call->command->anyhow) return run_without(attempt, &err_config, mistakes);
        output_error(call->out, &err_config, mistakes);
        return EXIT_REFUSED_CONFIG;
    }
    call->config = &attempt->config;
    if (call->command->needs == COMMAND_NEEDS_FOLDER) return run_at_folder(attempt);
    if (call->command->needs == COMMAND_IS_SERVER) return run_as_owner(attempt);
    return command_execute(call, call->table->world, attempt->line);
}

static int run_command(const CommandTable *table, const CommandLine *line, char **argv, Output *out)
{
    Attempt *attempt = NEW(out->arena, Attempt);
    attempt->line = line;
    attempt->call = (CommandCall){
        .table = table,
        .command = line->command,
        .out = out,
        .arena = out->arena,
        .arguments = line->arguments,
        .words = argv,
        .cancel = line->command->needs == COMMAND_IS_SERVER ? NULL : &cancel_asked,
    };
    CommandCall *call = &attempt->call;
    CommandOutputs outputs;
    Str detail;
    if (!command_files_open(call->arena, line, call->files, &outputs, &detail))
        return command_fail(call, &err_file, "%.*s", STR_ARG(detail));
    catch_signals(line->command);
    int code = command_line_needs(line) == COMMAND_NEEDS_NOTHING
                   ? command_execute(call, table->world, line)
                   : run_with_settings(attempt);
    if (!command_outputs_finish(call->arena, &outputs, code == EXIT_FINE, &detail))
        code = command_fail(call, &err_file, "%.*s", STR_ARG(detail));
    command_files_close(call->files);
    return code;
}

static int run_line(const CommandTable *table, CommandLine *line, char **argv, Output *out)
{
    if (line->version) line->command = command_find(table, S("version"));
    if (line->help)
        line->command ? help_command(out, table, line->command)
                      : help_overview(out, table, OUTPUT_RESULT);
    if (line->help) return output_flush(out) ? EXIT_FINE : EXIT_FAILED;
    if (line->command) return run_command(table, line, argv, out);
    help_overview(out, table, OUTPUT_NOTE);
    return EXIT_USAGE;
}

int cli_main(int argc, char **argv, const CommandTable *table)
{
    Arena *arena = arena_new(ARENA_FIRST);
    StrList words = {NEW_N(arena, Str, (size_t)argc + 1), 0}, problems;
    for (int i = 1; i < argc; i++) words.items[words.n++] = str_from(argv[i]);
    CommandLine line;
    bool fine = command_line_parse(arena, table, words, &line, &problems);
    Output out = output_of_process(arena, line.json);
    int code =
        fine ? run_line(table, &line, argv, &out) : command_usage(&out, table, &line, &problems);
    arena_free(arena);
    return code;
}
