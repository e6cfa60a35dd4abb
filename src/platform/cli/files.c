/* Files that a command reads and writes. The process that the user has started opens them, so that a
 * path means what the user's shell means by it, with the user's rights; when the command runs inside
 * the server, the descriptors travel there. So this process is also the one that gives a file that was
 * written its name, when all is well. */
#include "platform/cli/run.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CANCEL_LOOK_MS = 100 };

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

bool command_write(int output, Str bytes)
{
    while (bytes.n) {
        ssize_t n = write(output, bytes.p, bytes.n);
        if (n < 0 && errno != EINTR) return false;
        if (n > 0) bytes = str_slice(bytes, (size_t)n, bytes.n);
    }
    return true;
}

/* ---- Which ----------------------------------------------------------------------------------- */

static bool is_file(const CommandLine *line, size_t argument)
{
    const CommandArgument *row = command_argument_row(line->command, argument);
    return row && row->file;
}

/* The name that was given for the row; empty: none. */
static Str name_of_output(const CommandLine *line, size_t row)
{
    const char *flag = line->command->writes[row].flag;
    if (!flag) return S("");
    const Field *field = type_field(line->command->flags, str_from(flag));
    return *(const Str *)((const char *)line->flags + field->offset);
}

static size_t count_arguments(const CommandLine *line)
{
    size_t n = 0;
    for (size_t i = 0; i < line->arguments.n; i++) n += is_file(line, i);
    return n;
}

size_t command_files_count(const CommandLine *line)
{
    size_t n = count_arguments(line);
    for (size_t i = 0; i < COMMAND_WRITE_ROWS; i++) n += name_of_output(line, i).n > 0;
    return n;
}

void command_files_share(CommandCall *call, const CommandLine *line)
{
    size_t next = count_arguments(line);
    for (size_t i = 0; i < COMMAND_WRITE_ROWS; i++)
        call->outputs[i] = name_of_output(line, i).n ? call->files[next++] : -1;
}

/* ---- Opening and closing --------------------------------------------------------------------- */

void command_files_close(int files[static COMMAND_FILES_MAX])
{
    for (int i = 0; i < COMMAND_FILES_MAX; i++) {
        if (files[i] >= 0) close(files[i]);
        files[i] = -1;
    }
}

static int open_input(Arena *arena, Str name, Str *detail)
{
    int fd = str_eq(name, S("-")) ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                                  : open(str_z(arena, name), O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        *detail =
            str_format(arena, "%.*s cannot be read: %s", STR_ARG(name), strerrordesc_np(errno));
    return fd;
}

/* That of the file which will be replaced, or what open(2) would give a new one. */
static mode_t mode_of(const char *path)
{
    struct stat there;
    if (stat(path, &there) == 0) return there.st_mode & 07777;
    mode_t mask = umask(0);
    umask(mask);
    return 0666 & ~mask;
}

/* A new file in the folder of `name`, of a name that nobody looks for. */
static int open_beside(Arena *arena, Str name, Str *temporary)
{
    size_t folder = name.n;
    while (folder && name.p[folder - 1] != '/') folder--;
    char *path = str_z(arena, str_format(arena, "%.*s.%.*s.XXXXXX", (int)folder, name.p,
                                         STR_ARG(str_slice(name, folder, name.n))));
    int fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0 && fchmod(fd, mode_of(str_z(arena, name))) < 0) {
        int why = errno;
        close(fd);
        unlink(path);
        errno = why;
        return -1;
    }
    if (fd >= 0) *temporary = str_from(path);
    return fd;
}

/* Devices and pipes are written as it comes: there is nothing to put in their place. */
static bool is_special(const char *path)
{
    struct stat there;
    return stat(path, &there) == 0 && !S_ISREG(there.st_mode);
}

static int open_output(Arena *arena, Str name, bool as_it_comes, CommandOutputs *outputs,
                       size_t row, Str *detail)
{
    const char *path = str_z(arena, name);
    int fd;
    if (as_it_comes || is_special(path)) {
        fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666);
    } else {
        fd = open_beside(arena, name, &outputs->temporary[row]);
        if (fd >= 0) outputs->names[row] = name;
    }
    if (fd < 0)
        *detail =
            str_format(arena, "%.*s cannot be written: %s", STR_ARG(name), strerrordesc_np(errno));
    return fd;
}

static bool open_all(Arena *arena, const CommandLine *line, int files[static COMMAND_FILES_MAX],
                     CommandOutputs *outputs, Str *detail)
{
    size_t n = 0; /* the parser has refused more than COMMAND_FILES_MAX */
    for (size_t i = 0; i < line->arguments.n; i++) {
        if (!is_file(line, i)) continue;
        files[n] = open_input(arena, line->arguments.items[i], detail);
        if (files[n++] < 0) return false;
    }
    for (size_t i = 0; i < COMMAND_WRITE_ROWS; i++) {
        Str name = name_of_output(line, i);
        if (!name.n) continue;
        files[n] =
            open_output(arena, name, line->command->writes[i].as_it_comes, outputs, i, detail);
        if (files[n++] < 0) return false;
    }
    return true;
}

bool command_files_open(Arena *arena, const CommandLine *line, int files[static COMMAND_FILES_MAX],
                        CommandOutputs *outputs, Str *detail)
{
    Str unused;
    for (int i = 0; i < COMMAND_FILES_MAX; i++) files[i] = -1;
    *outputs = (CommandOutputs){0};
    if (open_all(arena, line, files, outputs, detail)) return true;
    command_outputs_finish(arena, outputs, false, &unused);
    command_files_close(files);
    return false;
}

/* On disk before it takes the place of what was there. */
static bool put_in_place(const char *temporary, const char *name)
{
    int fd = open(temporary, O_WRONLY | O_CLOEXEC);
    bool synced = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) close(fd);
    return synced && rename(temporary, name) == 0;
}

bool command_outputs_finish(Arena *arena, const CommandOutputs *outputs, bool well, Str *detail)
{
    bool fine = true;
    for (size_t i = 0; i < COMMAND_WRITE_ROWS; i++) {
        Str name = outputs->names[i];
        const char *temporary = outputs->temporary[i].p;
        if (!name.n || (well && put_in_place(temporary, str_z(arena, name)))) continue;
        if (well)
            *detail = str_format(arena, "%.*s cannot be written: %s", STR_ARG(name),
                                 strerrordesc_np(errno));
        unlink(temporary);
        fine &= !well;
    }
    return fine;
}
