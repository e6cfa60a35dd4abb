/* The commands that every program with a table has: what the table and the settings say, in the
 * forms that people and their tools read (help, manual page, completion, values in force).
 *
 * They stand here and not in the app, since they need nothing but the rows, and a test program has
 * them too. Rejected: a flag of `help` for each form (`help --man`); a command is found in the
 * list, and completed. */
#include "platform/cli/cli.h"
#include "platform/cli/command_line.h"
#include "platform/cli/completion.h"
#include "platform/cli/help.h"
#include "platform/cli/manual.h"
#include "platform/config/suggest.h"

const CommandExit cli_exits[CLI_EXITS] = {
    {EXIT_FINE, "Done."},
    {EXIT_FAILED, "The work was tried and did not succeed; stderr says why."},
    {EXIT_USAGE, "The command line is wrong; nothing was tried."},
    {EXIT_NOT_NOW, "Not now: the folder is in use, the database is down. Later perhaps."},
    {EXIT_REFUSED_CONFIG,
     "A setting is refused; starting again will not help (RestartPreventExitStatus of systemd)."},
    {EXIT_CANCELLED, "Cancelled by SIGINT or SIGTERM, as shells expect of Ctrl-C."},
};

/* ---- help -------------------------------------------------------------------------------- */

static int run_help(CommandCall *call, const void *flags)
{
    (void)flags;
    if (call->arguments.n == 0) {
        help_overview(call->out, call->table, OUTPUT_RESULT);
        return EXIT_FINE;
    }
    Str name = str_join(call->arena, call->arguments, S(" "));
    const Command *command = command_find(call->table, name);
    if (command) {
        help_command(call->out, call->table, command);
        return EXIT_FINE;
    }
    Suggestion near = suggest_for(name);
    for (size_t at = 0; (command = command_next(call->table, &at));)
        suggest_consider(&near, str_from(command->name));
    Str hint = suggest_text(call->arena, &near, "");
    command_fail(call, &err_usage, "there is no command \"%.*s\"%.*s", STR_ARG(name),
                 STR_ARG(hint));
    return EXIT_USAGE;
}

/* ---- version ----------------------------------------------------------------------------- */

typedef struct VersionRow {
    Str program, version;
} VersionRow;

static const Type version_row_type =
    TYPE(VersionRow, "Which program this is.", FIELD(VersionRow, program, "Its name."),
         FIELD(VersionRow, version, "Its version."));

static int run_version(CommandCall *call, const void *flags)
{
    (void)flags;
    VersionRow row = {str_from(call->table->program), str_from(call->table->version)};
    if (call->out->shape.json)
        output_object(call->out, &version_row_type, &row);
    else
        output_print(call->out, "%s %s\n", call->table->program, call->table->version);
    return EXIT_FINE;
}

/* ---- config ------------------------------------------------------------------------------ */

typedef struct ConfigFlags {
    bool list;
} ConfigFlags;

static const Type config_flags_type =
    TYPE(ConfigFlags, "", FIELD(ConfigFlags, list, "All settings with their documentation."));

/* What is in force. */
typedef struct ValueRow {
    Str name, value, from;
} ValueRow;

static const Type value_row_type =
    TYPE(ValueRow, "A setting in force.", FIELD(ValueRow, name, "The setting."),
         FIELD(ValueRow, value, "Its value; secrets are masked."),
         FIELD(ValueRow, from, "Where it was set: default, FILE:LINE, a variable or a flag."));

typedef struct ValueRowList {
    ValueRow *items;
    size_t n;
} ValueRowList;

/* What can be set. */
typedef struct SettingRow {
    Str name, variable, flag, allowed, initial;
    bool live;
    Str doc;
} SettingRow;

static const Type setting_row_type =
    TYPE(SettingRow, "A setting.", FIELD(SettingRow, name, "Section and name in souk.conf."),
         FIELD(SettingRow, variable, "Its variable of the environment."),
         FIELD(SettingRow, flag, "Its flag."), FIELD(SettingRow, allowed, "What it can be set to."),
         FIELD(SettingRow, initial, "What holds when it is not set."),
         FIELD(SettingRow, live, "Does the running server take a change when it gets SIGHUP?"),
         FIELD(SettingRow, doc, "What it does."));

typedef struct SettingRowList {
    SettingRow *items;
    size_t n;
} SettingRowList;

static void list_settings_as_json(CommandCall *call, SettingList settings)
{
    SettingRowList rows = {NEW_N(call->arena, SettingRow, settings.n), 0};
    for (size_t i = 0; i < settings.n; i++) {
        const Setting *setting = &settings.items[i];
        rows.items[rows.n++] = (SettingRow){
            .name = setting->name,
            .variable = setting->variable,
            .flag = str_format(call->arena, "--%.*s", STR_ARG(setting->flag)),
            .allowed = config_allowed(call->arena, setting->field),
            .initial = str_from(setting->field->initial),
            .live = setting->field->live,
            .doc = str_from(setting->field->doc),
        };
    }
    output_table(call->out, &setting_row_type, (AnyList){rows.items, rows.n});
}

static void list_settings(CommandCall *call, SettingList settings)
{
    int columns = call->out->shape.columns < 100 ? call->out->shape.columns : 100;
    for (size_t i = 0; i < settings.n; i++) {
        const Setting *setting = &settings.items[i];
        const char *initial = setting->field->initial;
        Str allowed = config_allowed(call->arena, setting->field);
        output_print(call->out, "%s%.*s\n", i ? "\n" : "", STR_ARG(setting->name));
        output_print(call->out, "    %.*s   --%.*s\n    ", STR_ARG(setting->variable),
                     STR_ARG(setting->flag));
        help_wrapped(call->out, OUTPUT_RESULT, str_from(setting->field->doc), 4, 4, columns);
        output_print(call->out, "    %.*s; default: %s%s\n", STR_ARG(allowed),
                     initial ? initial : "not set",
                     setting->field->live ? "; changes with SIGHUP" : "");
    }
}

static int run_config(CommandCall *call, const ConfigFlags *flags)
{
    const ConfigLoaded *config = call->config;
    if (flags->list) {
        if (call->out->shape.json)
            list_settings_as_json(call, config->settings);
        else
            list_settings(call, config->settings);
        return EXIT_FINE;
    }
    ValueRowList rows = {NEW_N(call->arena, ValueRow, config->settings.n), 0};
    for (size_t i = 0; i < config->settings.n; i++)
        rows.items[rows.n++] = (ValueRow){
            .name = config->settings.items[i].name,
            .value = config_text(call->arena, &config->settings.items[i], &config->values, false),
            .from = config->origins[i].place,
        };
    output_table(call->out, &value_row_type, (AnyList){rows.items, rows.n});
    return EXIT_FINE;
}
COMMAND_HANDLER(run_config, ConfigFlags)

/* ---- man, completion --------------------------------------------------------------------- */

static int run_man(CommandCall *call, const void *flags)
{
    (void)flags;
    Buf out = buf_new(call->arena, MANUAL_MAX);
    manual_write(&out, call->table);
    output_put(call->out, OUTPUT_RESULT, buf_str(&out));
    return EXIT_FINE;
}

static int run_completion(CommandCall *call, const void *flags)
{
    (void)flags;
    unsigned shell = 0;
    Buf out = buf_new(call->arena, COMPLETION_MAX);
    if (enum_parse(&completion_shells, call->arguments.items[0], &shell))
        completion_write(&out, call->table, shell);
    output_put(call->out, OUTPUT_RESULT, buf_str(&out));
    return EXIT_FINE;
}

/* ---- The rows ---------------------------------------------------------------------------- */

static const Command rows[] = {
    {
        .name = "config",
        .summary = "Show the settings in force and where each came from",
        .doc = "Reads the settings as the server would, from defaults, souk.conf, the environment "
               "and flags (later ones win), and prints them; secrets are masked. Mistakes are "
               "reported all at once.",
        .flags = &config_flags_type,
        .letters = {{'l', "list"}},
        .examples = {{"souk config --list", "What there is to set."},
                     {"SOUK_LOG_LEVEL=debug souk config --http-loops 2",
                      "What would be in force, and where each value comes from."}},
        .needs = COMMAND_NEEDS_SETTINGS,
        .run = COMMAND_RUN(run_config),
    },
    {
        .name = "help",
        .summary = "Say what the commands do",
        .doc = "Without an argument it lists the commands.",
        .arguments = {{"COMMAND", "Which command.", .optional = true, .many = true,
                       .command = true}},
        .run = run_help,
    },
    {
        .name = "man",
        .summary = "Print the manual page",
        .doc = "souk(1) for man(1): all commands, flags, settings, files and exit codes. `make "
               "install` puts it where man finds it.",
        .examples = {{"souk man | man -l -", "Read it without installing."}},
        .run = run_man,
    },
    {
        .name = "completion",
        .summary = "Print the completion of commands and flags for a shell",
        .doc = "Prints a script that completes commands, flags and their values. `make install` "
               "puts those of all three shells where they are found.",
        .arguments = {{"SHELL", "Which shell.", .names = &completion_shells}},
        .examples = {{"souk completion bash > ~/.local/share/bash-completion/completions/souk",
                      "For one user's bash, where the package bash-completion is installed."},
                     {"souk completion fish > ~/.config/fish/completions/souk.fish",
                      "For one user's fish."}},
        .run = run_completion,
    },
    {
        .name = "version",
        .summary = "Print the version",
        .doc = "Prints the name and version of the program.",
        .run = run_version,
    },
};

const CommandList cli_builtins = COMMAND_LIST(rows);
