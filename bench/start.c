/* start: how long a server needs from exec to its first 200, in milliseconds; the median of some
 * runs.
 *
 * usage: start RUNS ADDRESS:PORT PATH COMMAND…      prints one JSON object
 *
 * The command is started, asked for PATH again and again (a refused connection is tried anew after
 * 100 µs), and told to end with SIGTERM after it has answered. An exit other than 0 voids the
 * measurement. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { RUNS_MAX = 1000 };
static const double patience_s = 60;

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* One request; true when the answer begins as a 200 does. */
static bool answers(const struct sockaddr_in *server, const char *request)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval second = {1, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof second);
    char head[12] = {0};
    bool ok = connect(fd, (const struct sockaddr *)server, sizeof *server) == 0 &&
              send(fd, request, strlen(request), MSG_NOSIGNAL) > 0 &&
              recv(fd, head, sizeof head, MSG_WAITALL) == sizeof head &&
              memcmp(head, "HTTP/1.1 200", sizeof head) == 0;
    close(fd);
    return ok;
}

/* Milliseconds, or -1 after saying why. */
static double run_once(const struct sockaddr_in *server, const char *request, char **command)
{
    const struct timespec pause = {0, 100000};
    pid_t pid;
    int status;
    double began = now_s();
    int failed = posix_spawnp(&pid, command[0], NULL, NULL, command, environ);
    if (failed) {
        fprintf(stderr, "void: %s: %s\n", command[0], strerror(failed));
        return -1;
    }
    while (!answers(server, request)) {
        if (waitpid(pid, &status, WNOHANG) == pid || now_s() - began > patience_s) {
            fprintf(stderr, "void: %s ended, or did not answer within %.0f s\n", command[0],
                    patience_s);
            kill(pid, SIGKILL);
            return -1;
        }
        nanosleep(&pause, NULL);
    }
    double ms = (now_s() - began) * 1e3;
    kill(pid, SIGTERM);
    if (waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0) return ms;
    fprintf(stderr, "void: %s did not exit with 0 after SIGTERM\n", command[0]);
    return -1;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    int runs = argc > 4 ? atoi(argv[1]) : 0;
    char *colon = argc > 4 ? strrchr(argv[2], ':') : NULL;
    struct sockaddr_in server = {.sin_family = AF_INET};
    if (colon) {
        *colon = 0;
        server.sin_port = htons((uint16_t)atoi(colon + 1));
    }
    if (runs < 1 || runs > RUNS_MAX || !colon ||
        inet_pton(AF_INET, argv[2], &server.sin_addr) != 1) {
        fputs("usage: start RUNS ADDRESS:PORT PATH COMMAND…\n", stderr);
        return 2;
    }
    char request[2048];
    snprintf(request, sizeof request,
             "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", argv[3]);
    if (answers(&server, request)) {
        fputs("void: somebody else answers on that port\n", stderr);
        return 1;
    }
    double all[RUNS_MAX];
    for (int i = 0; i < runs; i++) {
        all[i] = run_once(&server, request, argv + 4);
        if (all[i] < 0) return 1;
    }
    qsort(all, (size_t)runs, sizeof *all, ascending);
    printf("{\"median_ms\": %.2f, \"min_ms\": %.2f, \"max_ms\": %.2f, \"runs\": %d}\n",
           all[runs / 2], all[0], all[runs - 1], runs);
    return 0;
}
