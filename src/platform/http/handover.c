/* Handing the listening sockets to a successor.
 *
 * The successor is the same program, started anew by fork and exec, and finds the sockets as a
 * service that systemd starts would: descriptors from 3 on, LISTEN_FDS and LISTEN_PID. Both
 * processes hold the same sockets, so that no connection falls between them: what waits in a
 * socket's queue is accepted by whichever process asks. The end of a pipe (HANDOVER_READY_FD) tells
 * the old process when it may stop asking.
 *
 * Rejected: SO_REUSEPORT, where each process has a queue of its own, and what waits in the queue of
 * the one that closes is reset; passing descriptors over a unix socket (SCM_RIGHTS), which needs a
 * meeting place and an agreement, where fork has neither. */
#include "platform/http/core.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FIRST_INHERITED = 3 }; /* SD_LISTEN_FDS_START */

static const char ready_name[] = "HANDOVER_READY_FD";

void http_ready(void)
{
    int64_t fd;
    if (!str_to_int(str_from(getenv(ready_name)), &fd)) return;
    unsetenv(ready_name);
    ssize_t written = write((int)fd, "R", 1);
    (void)written; /* whoever started us has given up; that is no concern of ours */
    close((int)fd);
}

/* ---- the child, between fork and exec: only what is safe after fork in a threaded program ---- */

typedef struct Child {
    char *const *argv;
    char **environment;
    char *pid_digits; /* at the end of "LISTEN_PID=" in the environment */
    const Listener *listeners;
    int count, ready_fd;
} Child;

static void write_pid(char *to)
{
    char digits[16];
    int n = 0;
    for (pid_t pid = getpid(); pid > 0; pid /= 10) digits[n++] = (char)('0' + pid % 10);
    while (n > 0) *to++ = digits[--n];
    *to = '\0';
}

static void become_successor(const Child *child)
{
    int moved[HTTP_LISTENERS_MAX + 1], last = child->count, above = FIRST_INHERITED + last + 1;
    sigset_t none;
    /* First out of the way of the numbers that are to be theirs. */
    for (int i = 0; i <= last; i++) {
        int fd = i < last ? child->listeners[i].fd : child->ready_fd;
        moved[i] = fcntl(fd, F_DUPFD_CLOEXEC, above);
        if (moved[i] < 0) _exit(127);
    }
    for (int i = 0; i <= last; i++)
        if (dup2(moved[i], FIRST_INHERITED + i) < 0) _exit(127);
    write_pid(child->pid_digits);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execvpe(child->argv[0], child->argv, child->environment);
    _exit(127);
}

/* ---- the parent ---- */

static bool is_ours(const char *variable)
{
    static const char *const names[] = {
        "LISTEN_PID=", "LISTEN_FDS=", "LISTEN_FDNAMES=", "HANDOVER_READY_FD="};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strncmp(variable, names[i], strlen(names[i])) == 0) return true;
    return false;
}

static void prepare_environment(Arena *arena, Child *child)
{
    enum { OURS = 3 };
    static const char pid_name[] = "LISTEN_PID=";
    size_t n = 0, at = 0;
    while (environ[n]) n++;
    child->environment = NEW_N(arena, char *, n + OURS + 1);
    for (size_t i = 0; i < n; i++)
        if (!is_ours(environ[i])) child->environment[at++] = environ[i];
    char *pid = arena_alloc(arena, sizeof pid_name + 16, 1);
    memcpy(pid, pid_name, sizeof pid_name);
    child->pid_digits = pid + sizeof pid_name - 1;
    child->environment[at++] = pid;
    child->environment[at++] = str_z(arena, str_format(arena, "LISTEN_FDS=%d", child->count));
    child->environment[at] =
        str_z(arena, str_format(arena, "%s=%d", ready_name, FIRST_INHERITED + child->count));
}

/* True when the successor has said that it is ready; false when it ended, or took too long. */
static bool wait_until_ready(int fd)
{
    int64_t deadline_us = monotonic_us() + HTTP_HANDOVER_US, left_us;
    while ((left_us = deadline_us - monotonic_us()) > 0) {
        struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
        char byte;
        if (poll(&poll_fd, 1, (int)(left_us / 1000) + 1) <= 0) continue;
        ssize_t n = read(fd, &byte, 1);
        if (n == 1) return true;
        if (n == 0 || errno != EINTR) return false;
    }
    return false;
}

int http_handover(HttpServer *server, char *const argv[])
{
    int ready[2];
    if (pipe2(ready, O_CLOEXEC) != 0) return -1;
    Arena *arena = arena_new(HTTP_ARENA_FIRST);
    Child child = {
        .argv = argv,
        .listeners = server->listeners,
        .count = server->listener_count,
        .ready_fd = ready[1],
    };
    prepare_environment(arena, &child);
    pid_t pid = fork();
    if (pid == 0) become_successor(&child);
    close(ready[1]);
    bool taken_over = pid > 0 && wait_until_ready(ready[0]);
    close(ready[0]);
    arena_free(arena);
    if (taken_over) {
        server->handed_over = true;
        return pid;
    }
    if (pid > 0) {
        kill(pid, SIGKILL);
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) continue;
    }
    return -1;
}
