/* Which way a message goes; and the two ways that need no server. A folder of files is what tests and
 * trials read, and where a program of another mail system may fetch them. */
#include "platform/mail/transport.h"

#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CONSOLE_MAX = 1 << 20 };

Str mail_folder(Arena *arena, const Config *config)
{
    if (config->mail.folder.n) return config->mail.folder;
    return str_format(arena, "%.*s/mail", STR_ARG(config->data));
}

/* 0, or errno. */
static int write_all(int fd, Str bytes)
{
    while (bytes.n) {
        ssize_t n = write(fd, bytes.p, bytes.n);
        if (n < 0 && errno != EINTR) return errno;
        if (n > 0) bytes = str_slice(bytes, (size_t)n, bytes.n);
    }
    return 0;
}

static int write_file(const char *path, Str bytes)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return errno;
    int error = write_all(fd, bytes);
    if (!error && fsync(fd) != 0) error = errno;
    close(fd);
    return error;
}

/* The name is there with the whole message, or not at all. */
static MailOutcome to_folder(Arena *arena, Str folder, const MailEnvelope *mail, Str *why)
{
    char *path =
        str_z(arena, str_format(arena, "%.*s/%.*s.eml", STR_ARG(folder), STR_ARG(mail->id)));
    char *half =
        str_z(arena, str_format(arena, "%.*s/.%.*s.part", STR_ARG(folder), STR_ARG(mail->id)));
    int error = mkdir(str_z(arena, folder), 0700) == 0 || errno == EEXIST ? 0 : errno;
    if (!error) error = write_file(half, mail->bytes);
    if (!error && rename(half, path) != 0) error = errno;
    if (!error) return MAIL_SENT;
    *why = str_format(arena, "%s: %s", path, strerrordesc_np(error));
    return MAIL_LATER;
}

/* In one write, without what could steer a terminal. */
static MailOutcome to_console(Arena *arena, const MailEnvelope *mail, Str *why)
{
    Buf out = buf_new(arena, CONSOLE_MAX);
    buf_format(&out, "--- mail to %.*s: %.*s\n%.*s\n---\n", STR_ARG(mail->to),
               STR_ARG(mail->subject), STR_ARG(mail->text));
    for (size_t i = 0; i < out.n; i++) {
        unsigned char c = (unsigned char)out.p[i];
        if ((c < 0x20 && c != '\n') || c == 0x7f) out.p[i] = ' ';
    }
    int error = write_all(STDOUT_FILENO, buf_str(&out));
    if (!error) return MAIL_SENT;
    *why = str_from(strerrordesc_np(error));
    return MAIL_LATER;
}

MailOutcome mail_transport(Arena *arena, const Config *config, const MailEnvelope *mail, Str *why)
{
    switch (config->mail.transport) {
    case MAIL_BY_SMTP:
        return mail_by_smtp(arena, &config->mail, mail, why);
    case MAIL_TO_CONSOLE:
        return to_console(arena, mail, why);
    case MAIL_TO_FOLDER:
        break;
    }
    return to_folder(arena, mail_folder(arena, config), mail, why);
}
