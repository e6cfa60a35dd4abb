/* Sockets that outlive their process: handover to a successor under load, socket activation, a
 * successor that fails.
 *
 * The program is its own server: "test_http_handover serve" listens until it is told, by a request,
 * to hand over to a successor and to drain. */
#include "platform/http/testing.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- the server ---- */

static int orders[2]; /* a byte for main: hand over, or end */

static void serve_head(void *app, Exchange *ex)
{
    (void)app;
    (void)ex;
}

static void serve_ready(void *app, Exchange *ex)
{
    (void)app;
    Str body = str_format(ex->arena, "%d", (int)getpid());
    if (str_eq(ex->request.path, S("/handover")) && write(orders[1], "h", 1) != 1) abort();
    exchange_answer(ex, &(Answer){.status = 200, .content_type = S("text/plain"), .body = body});
}

static Answer serve_refusal(void *app, Exchange *ex, Arena *arena, int status, const char *code,
                            Str detail)
{
    (void)app;
    (void)ex;
    (void)arena;
    (void)code;
    (void)detail;
    return (Answer){.status = status};
}

static int serve(char **argv)
{
    HttpApp app = {serve_head, serve_ready, serve_head, serve_refusal, NULL};
    HttpOptions options = test_options();
    HttpServer *server;
    Arena *arena = arena_new(4096);
    Str detail;
    char order = 'e';
    if (pipe2(orders, O_CLOEXEC) != 0 || http_start(arena, &options, &app, &server, &detail))
        return 2;
    Str address = http_address(server, arena);
    if (argv[2] == NULL) printf("%.*s\n", STR_ARG(address));
    fflush(stdout);
    char *successor[] = {argv[0], argv[1], (char *)(uintptr_t) "again", NULL};
    if (read(orders[0], &order, 1) != 1 || order != 'h') return 3;
    if (http_handover(server, successor) < 0) return 4;
    bool whole = http_drain(server, monotonic_us() + INT64_C(60) * 1000000);
    http_free(server);
    arena_free(arena);
    return whole ? 0 : 5;
}

static char own_path[4096];

typedef struct Server {
    pid_t pid;
    int port;
} Server;

/* Starts it; `inherited`, when not -1, becomes descriptor 3, as systemd would pass it. */
static Server start(int inherited)
{
    int out[2];
    char line[64] = "";
    assert_int_equal(pipe(out), 0);
    Server server = {.pid = fork()};
    if (server.pid == 0) {
        char pid[16];
        dup2(out[1], STDOUT_FILENO);
        if (inherited >= 0) {
            int moved = fcntl(inherited, F_DUPFD, 10);
            snprintf(pid, sizeof pid, "%d", (int)getpid());
            setenv("LISTEN_PID", pid, 1);
            setenv("LISTEN_FDS", "1", 1);
            dup2(moved, 3);
        }
        execl(own_path, own_path, "serve", (char *)NULL);
        _exit(127);
    }
    close(out[1]);
    FILE *lines = fdopen(out[0], "r");
    assert_non_null(fgets(line, sizeof line, lines));
    fclose(lines);
    Str host, port;
    str_cut(str_from(line), ':', &host, &port);
    server.port = (int)test_number(str_slice(port, 0, port.n - 1));
    return server;
}

/* ---- clients ---- */

enum { CLIENTS = 4, HANDOVERS = 5 };

typedef struct Client {
    pthread_t thread;
    int port;
    bool keep_alive;
    long answers, retries, lost;
} Client;

static atomic_bool enough;

static int connect_to(int port)
{
    struct sockaddr_in name = {.sin_family = AF_INET,
                               .sin_port = htons((uint16_t)port),
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (struct sockaddr *)&name, sizeof name) == 0) return fd;
    close(fd);
    return -1;
}

/* Sends a request and reads its answer into `reply`; the bytes read, 0 when the connection ended
 * before any, -1 when it ended within the answer or failed. */
static ssize_t ask(int fd, const char *request, char *reply, size_t room)
{
    size_t n = 0, size = strlen(request);
    if (send(fd, request, size, MSG_NOSIGNAL) != (ssize_t)size) return 0;
    for (;;) {
        ssize_t more = recv(fd, reply + n, room - 1 - n, 0);
        if (more <= 0) return n == 0 ? 0 : -1;
        n += (size_t)more;
        reply[n] = '\0';
        const char *end = strstr(reply, "\r\n\r\n"), *length = strstr(reply, "Content-Length: ");
        if (end && length && n == (size_t)(end + 4 - reply) + strtoul(length + 16, NULL, 10))
            return (ssize_t)n;
    }
}

static void *one_request_each(void *arg)
{
    Client *client = arg;
    char reply[1024];
    while (!atomic_load(&enough)) {
        int fd = connect_to(client->port);
        ssize_t n = fd < 0 ? -1
                           : ask(fd, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
                                 reply, sizeof reply);
        if (n > 0)
            client->answers++;
        else
            client->lost++;
        if (fd >= 0) close(fd);
    }
    return NULL;
}

/* A connection that ends before the first byte of an answer was idle when it was closed: every
 * client repeats such a request on a new one (RFC 9112 §9.3.1). On a new connection that is no
 * excuse. */
static void *many_requests(void *arg)
{
    Client *client = arg;
    char reply[1024];
    int fd = -1;
    bool reused = false;
    while (!atomic_load(&enough)) {
        if (fd < 0) {
            fd = connect_to(client->port);
            reused = false;
        }
        ssize_t n = fd < 0 ? -1 : ask(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", reply, sizeof reply);
        if (n > 0)
            client->answers++;
        else if (n == 0 && reused)
            client->retries++;
        else
            client->lost++;
        if (n > 0 && !strstr(reply, "Connection: close")) {
            reused = true;
            continue;
        }
        if (fd >= 0) close(fd);
        fd = -1;
    }
    if (fd >= 0) close(fd);
    return NULL;
}

/* The process that answers a new connection. */
static int pid_of(int port, const char *path)
{
    char request[64], reply[1024];
    int fd = connect_to(port);
    assert_true(fd >= 0);
    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", path);
    assert_true(ask(fd, request, reply, sizeof reply) > 0);
    close(fd);
    return (int)test_number(str_from(strstr(reply, "\r\n\r\n") + 4));
}

static void assert_exits_well(pid_t pid)
{
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void end(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static void test_handover_under_load(void **state)
{
    (void)state;
    Server server = start(-1);
    Client clients[2 * CLIENTS] = {0};
    pid_t present = server.pid;
    atomic_store(&enough, false);
    for (int i = 0; i < 2 * CLIENTS; i++) {
        clients[i].port = server.port;
        pthread_create(&clients[i].thread, NULL, i < CLIENTS ? one_request_each : many_requests,
                       &clients[i]);
    }
    for (int i = 0; i < HANDOVERS; i++) {
        assert_int_equal(pid_of(server.port, "/handover"), present);
        assert_exits_well(present); /* the successors become ours when their parents are gone */
        pid_t next = pid_of(server.port, "/");
        assert_int_not_equal(next, present);
        present = next;
    }
    atomic_store(&enough, true);
    long answers = 0, retries = 0;
    for (int i = 0; i < 2 * CLIENTS; i++) {
        pthread_join(clients[i].thread, NULL);
        assert_int_equal(clients[i].lost, 0);
        assert_true(clients[i].answers > 0);
        answers += clients[i].answers;
        retries += clients[i].retries;
    }
    print_message("%d handovers, %ld answers, %ld retries on reused connections, 0 lost\n",
                  HANDOVERS, answers, retries);
    end(present);
}

/* ---- inherited sockets ---- */

static int listener(int *port)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof name;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&name, size), 0);
    assert_int_equal(listen(fd, 10), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&name, &size), 0);
    *port = ntohs(name.sin_port);
    return fd;
}

static void test_socket_activation(void **state)
{
    (void)state;
    int port, fd = listener(&port);
    Server server = start(fd);
    assert_int_equal(server.port, port);
    assert_int_equal(pid_of(port, "/"), server.pid);
    end(server.pid);
    close(fd);
}

static void test_successor_that_fails(void **state)
{
    (void)state;
    HttpOptions options = test_options();
    TestServer *test = test_start(&options);
    Arena *arena = arena_new(4096);
    char *fails[] = {(char *)(uintptr_t) "false", NULL};
    char *missing[] = {(char *)(uintptr_t) "/nonexistent/souk", NULL};
    assert_int_equal(http_handover(test->server, fails), -1);
    assert_int_equal(http_handover(test->server, missing), -1);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child is left */
    assert_int_equal(ASK(arena, test, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n").status, 200);
    arena_free(arena);
    test_stop(test);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "serve") == 0) return serve(argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_handover_under_load),
        cmocka_unit_test(test_socket_activation),
        cmocka_unit_test(test_successor_that_fails),
    };
    if (readlink("/proc/self/exe", own_path, sizeof own_path - 1) < 0) return 1;
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
