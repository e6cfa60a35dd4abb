#include "platform/cli/run.h"

#include "platform/cli/help.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

enum { CANCEL_LOOK_MS = 100 };

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
    .title = "A file cannot be read.",
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

ssize_t command_read(const CommandCall *call, size_t file, void *out, size_t size)
{
    assert(file < COMMAND_FILES_MAX && call->files[file] >= 0);
    struct pollfd wait = {.fd = call->files[file], .events = POLLIN};
    for (;;) {
        if (command_cancelled(call)) {
            errno = ECANCELED;
            return -1;
        }
        if (poll(&wait, 1, CANCEL_LOOK_MS) <= 0) continue;
        ssize_t n = read(wait.fd, out, size);
        if (n >= 0 || (errno != EINTR && errno != EAGAIN)) return n;
    }
}

int command_execute(CommandCall *call, const CommandWorld *world, const CommandLine *line)
{
    int code;
    Str detail = S("");
    bool folder =
        call->command->needs == COMMAND_NEEDS_FOLDER && (call->in_server || !call->command->anyhow);
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

/* ---- Files ------------------------------------------------------------------------------- */

static bool is_file(const CommandLine *line, size_t argument)
{
    const CommandArgument *row = command_argument_row(line->command, argument);
    return row && row->file;
}

size_t command_files_count(const CommandLine *line)
{
    size_t n = 0;
    for (size_t i = 0; i < line->arguments.n; i++) n += is_file(line, i);
    return n;
}

void command_files_close(int files[static COMMAND_FILES_MAX])
{
    for (int i = 0; i < COMMAND_FILES_MAX; i++) {
        if (files[i] >= 0) close(files[i]);
        files[i] = -1;
    }
}

bool command_files_open(Arena *arena, const CommandLine *line, int files[static COMMAND_FILES_MAX],
                        Str *detail)
{
    size_t n = 0;
    for (int i = 0; i < COMMAND_FILES_MAX; i++) files[i] = -1;
    for (size_t i = 0; i < line->arguments.n; i++) {
        if (!is_file(line, i)) continue;
        Str name = line->arguments.items[i];
        bool input = str_eq(name, S("-"));
        int fd = input ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                       : open(str_z(arena, name), O_RDONLY | O_CLOEXEC | O_NOCTTY);
        if (fd < 0) {
            *detail =
                str_format(arena, "%.*s cannot be read: %s", STR_ARG(name), strerrordesc_np(errno));
            command_files_close(files);
            return false;
        }
        files[n++] = fd; /* the parser has refused more than COMMAND_FILES_MAX */
    }
    return true;
}
