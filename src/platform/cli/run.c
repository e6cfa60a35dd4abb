#include "platform/cli/run.h"

#include "platform/cli/help.h"

const Error err_usage = {
    .code = "usage",
    .status = 400,
    .title = "The command line does not fit the command.",
    .level = LOG_DEBUG,
    .doc = "`souk help COMMAND` shows how it is used.",
};
const Error err_output_lost = {
    .code = "output_lost",
    .status = 500,
    .title = "The results could not be written.",
    .level = LOG_ERROR,
    .doc = "Whoever reads stdout went away, or its disk is full.",
};
const Error err_file = {
    .code = "file_unreadable",
    .status = 400,
    .title = "A file cannot be read or written.",
    .level = LOG_DEBUG,
    .doc = "The detail names the file and the reason.",
};

bool command_cancelled(const CommandCall *call)
{
    return call->cancel && atomic_load_explicit(call->cancel, memory_order_relaxed);
}

int command_fail(CommandCall *call, const Error *error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    output_error(call->out, error, str_vformat(call->arena, format, args));
    va_end(args);
    return error->status == 503 ? EXIT_NOT_NOW : EXIT_FAILED;
}

int command_execute(CommandCall *call, const CommandWorld *world, const CommandLine *line)
{
    int code;
    Str detail = S("");
    command_files_share(call, line);
    bool folder = command_line_needs(line) == COMMAND_NEEDS_FOLDER &&
                  (call->in_server || !call->command->anyhow);
    const Error *error = folder ? world->enter(world->state, call, &detail) : NULL;
    if (error) {
        code = command_fail(call, error, "%.*s", STR_ARG(detail));
    } else {
        code = call->command->run(call, line->flags);
        if (folder) world->leave(world->state, call);
    }
    if (output_flush(call->out) || code != EXIT_FINE) return code;
    return command_fail(call, &err_output_lost, "%s", err_output_lost.title);
}

int command_usage(Output *out, const CommandTable *table, const CommandLine *line,
                  const StrList *problems)
{
    output_error(out, &err_usage, str_join(out->arena, *problems, S("\n")));
    if (out->shape.json) return EXIT_USAGE;
    if (line->command)
        output_note(out, "usage: %.*s\n%s help %s says more.\n",
                    STR_ARG(help_usage(out->arena, table, line->command)), table->program,
                    line->command->name);
    else
        output_note(out, "%s help lists the commands.\n", table->program);
    return EXIT_USAGE;
}
