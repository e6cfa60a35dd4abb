/* The server's end of the control socket.
 *
 * One thread looks after the socket and all connections: it accepts, gathers requests, notices
 * "cancel" and clients that are gone, and joins what has ended. Each command runs as plain blocking
 * code on a thread of its own, and writes its output straight to its connection: a client that
 * does not read holds up its own command only. Commands are few (an operator at a terminal, a cron
 * job), so threads are made for them and not kept.
 *
 * Why not HTTP on the server's own port: the socket's file mode and SO_PEERCRED say who is there
 * without any key, a descriptor can be handed over, and it works while no port is open.
 *
 * A connection belongs to the looking thread but for what the command's thread uses while it runs
 * (CONTROL_RUNNING): socket for writing, arena, request, files. The two meet in `cancel` and
 * `done`. */
#include "platform/cli/control.h"

#include "base/time.h"
#include "platform/cli/control_socket.h"
#include "platform/cli/run.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    REQUEST_US = 10 * 1000 * 1000, /* for a request to arrive; it is sent in one go */
    STOP_US = 2 * 1000 * 1000,     /* for the last output to be read, when the server stops */
    BACKLOG = 16,
    ARENA_FIRST = 64 * 1024,
};

typedef enum ConnectionState { CONTROL_FREE, CONTROL_READING, CONTROL_RUNNING } ConnectionState;

typedef struct Connection {
    ControlServer *server;
    ConnectionState state;
    int socket;
    bool deaf;           /* the client is gone, or said what it may not: nothing is read any more */
    int64_t deadline_us; /* of CONTROL_READING */
    Arena *arena;
    char *bytes; /* CONTROL_HEADER + CONTROL_PAYLOAD_MAX, in the arena */
    size_t used;
    Str request; /* view of bytes */
    int files[COMMAND_FILES_MAX];
    size_t file_count;
    pthread_t thread;
    _Atomic bool cancel, done;
} Connection;

struct ControlServer {
    const CommandTable *table;
    CommandWorld world;
    ConfigLoaded config;
    ControlAddress address;
    int listener, wake;
    pthread_t thread;
    _Atomic bool stopping;
    Connection connections[CONTROL_COMMANDS_MAX];
};

const Error err_control = {
    .code = "control_socket",
    .status = 500,
    .title = "The control socket of the data folder does not work.",
    .level = LOG_ERROR,
    .doc = "Commands reach the server through control.sock in the data folder, which must be on a "
           "file system that knows unix sockets.",
};

const Error err_control_refused = {
    .code = "control_refused",
    .status = 503,
    .title = "The server that owns the data folder does not run the command.",
    .level = LOG_DEBUG,
    .doc = "The detail says why.",
};

static int64_t patience_or(const ControlServer *server, int64_t usual_us)
{
    return server->table->patience_us ? server->table->patience_us : usual_us;
}

static void wake(ControlServer *server)
{
    uint64_t one = 1;
    ssize_t n = write(server->wake, &one, sizeof one);
    (void)n; /* full means that it is awake already */
}

/* ---- The command's thread ---------------------------------------------------------------- */

static bool write_to_client(void *state, OutputStream stream, Str bytes)
{
    Connection *connection = state;
    ControlFrameType type = stream == OUTPUT_RESULT ? CONTROL_RESULT : CONTROL_NOTE;
    return control_send(connection->socket, type, bytes, NULL, 0);
}

/* The first setting of the caller's that is not as the server's, as a sentence; else empty. The
 * caller's database may be another one than the server's, and it should not be taken silently. */
static Str disagreement(Arena *arena, const ConfigLoaded *config, const ControlRequest *request)
{
    for (size_t i = 0; i < request->settings.n; i++) {
        const ConfigFlag *asked = &request->settings.items[i];
        const Setting *setting = NULL;
        for (size_t k = 0; k < config->settings.n && !setting; k++)
            if (str_eq(config->settings.items[k].name, asked->name))
                setting = &config->settings.items[k];
        if (setting && str_eq(config_text(arena, setting, &config->values, true), asked->value))
            continue;
        Str runs = setting ? config_text(arena, setting, &config->values, false) : S("");
        return str_format(arena,
                          "the server that owns the data folder runs with %.*s = \"%.*s\": leave "
                          "the setting out, or stop the server",
                          STR_ARG(asked->name), STR_ARG(runs));
    }
    return S("");
}

static int refuse(Output *out, Str detail)
{
    output_error(out, &err_control_refused, detail);
    return EXIT_NOT_NOW;
}

static int run_line(Connection *connection, Output *out, const CommandLine *line)
{
    ControlServer *server = connection->server;
    if (!line->command || line->help || command_line_needs(line) != COMMAND_NEEDS_FOLDER)
        return refuse(out, S("it is no command that runs inside a server"));
    if (command_files_count(line) != connection->file_count)
        return refuse(out, S("the files do not fit the arguments"));
    CommandCall call = {
        .table = server->table,
        .command = line->command,
        .out = out,
        .arena = connection->arena,
        .arguments = line->arguments,
        .config = &server->config,
        .in_server = true,
        .cancel = &connection->cancel,
    };
    memcpy(call.files, connection->files, sizeof call.files);
    return command_execute(&call, &server->world, line);
}

static int run_request(Connection *connection)
{
    ControlRequest request;
    const char *detail = NULL;
    OutputShape plain = {.columns = 80};
    bool readable = control_request_read(connection->arena, connection->request, &request, &detail);
    Output out = output_new(connection->arena, readable ? request.shape : plain, write_to_client,
                            connection);
    if (!readable) return refuse(&out, str_from(detail));
    if (request.files != connection->file_count)
        return refuse(&out, S("the files of the request did not arrive"));
    Str differs = disagreement(connection->arena, &connection->server->config, &request);
    if (differs.n) return refuse(&out, differs);
    CommandLine line;
    StrList problems;
    if (!command_line_parse(connection->arena, connection->server->table, request.words, &line,
                            &problems))
        return command_usage(&out, connection->server->table, &line, &problems);
    return run_line(connection, &out, &line);
}

static void *connection_thread(void *arg)
{
    Connection *connection = arg;
    char code = (char)run_request(connection);
    control_send(connection->socket, CONTROL_EXIT, (Str){&code, 1}, NULL, 0);
    atomic_store(&connection->done, true);
    wake(connection->server);
    return NULL;
}

/* ---- Connections ------------------------------------------------------------------------- */

static void close_connection(Connection *connection)
{
    command_files_close(connection->files);
    close(connection->socket);
    arena_free(connection->arena);
    *connection = (Connection){.server = connection->server};
}

static bool is_trusted(int socket)
{
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0) return false;
    return peer.uid == geteuid() || peer.uid == 0;
}

static void turn_away(int socket)
{
    char code = EXIT_NOT_NOW;
    control_send(socket, CONTROL_NOTE,
                 S("souk: the server runs as many commands as it may; try again later\n"), NULL, 0);
    control_send(socket, CONTROL_EXIT, (Str){&code, 1}, NULL, 0);
}

static void accept_connection(ControlServer *server)
{
    int socket = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC);
    if (socket < 0) return;
    if (!is_trusted(socket)) {
        close(socket);
        return;
    }
    Connection *connection = server->connections;
    Connection *end = connection + CONTROL_COMMANDS_MAX;
    while (connection < end && connection->state != CONTROL_FREE) connection++;
    if (connection == end) {
        turn_away(socket);
        close(socket);
        return;
    }
    connection->state = CONTROL_READING;
    connection->socket = socket;
    connection->deadline_us = monotonic_us() + patience_or(server, REQUEST_US);
    connection->arena = arena_new(ARENA_FIRST);
    connection->bytes = arena_alloc(connection->arena, CONTROL_HEADER + CONTROL_PAYLOAD_MAX, 1);
    for (int i = 0; i < COMMAND_FILES_MAX; i++) connection->files[i] = -1;
}

static void take_files(Connection *connection, struct msghdr *message)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
        size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
            if (connection->file_count < COMMAND_FILES_MAX)
                connection->files[connection->file_count++] = fd;
            else
                close(fd);
        }
    }
}

static void start_command(Connection *connection, Str request)
{
    connection->request = request;
    connection->state = CONTROL_RUNNING;
    if (pthread_create(&connection->thread, NULL, connection_thread, connection) == 0) return;
    turn_away(connection->socket);
    close_connection(connection);
}

/* Gathers the request. */
static void read_request(Connection *connection)
{
    alignas(struct cmsghdr) char beside[CMSG_SPACE(sizeof(int) * COMMAND_FILES_MAX)];
    struct iovec part = {connection->bytes + connection->used,
                         CONTROL_HEADER + CONTROL_PAYLOAD_MAX - connection->used};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = beside, .msg_controllen = sizeof beside};
    ssize_t n = recvmsg(connection->socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n > 0) take_files(connection, &message);
    ControlFrame frame;
    size_t used = 0;
    ControlStep step = CONTROL_BROKEN;
    if (n > 0) {
        connection->used += (size_t)n;
        step = control_frame_read((Str){connection->bytes, connection->used}, &frame, &used);
    }
    if (step == CONTROL_MORE) return;
    bool fine = step == CONTROL_FRAME && frame.type == CONTROL_REQUEST && used == connection->used;
    if (fine)
        start_command(connection, frame.payload);
    else
        close_connection(connection);
}

/* While the command runs its client says nothing but "cancel"; whatever else it does (go away, talk
 * nonsense) cancels the command too. */
static void hear_cancel(Connection *connection)
{
    char byte[CONTROL_HEADER];
    ssize_t n = recv(connection->socket, byte, sizeof byte, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0) connection->deaf = true;
    atomic_store(&connection->cancel, true);
}

/* ---- The looking thread ------------------------------------------------------------------ */

static void tend(Connection *connection, bool readable, int64_t now_us)
{
    if (connection->state == CONTROL_RUNNING && atomic_load(&connection->done)) {
        pthread_join(connection->thread, NULL);
        close_connection(connection);
    } else if (connection->state == CONTROL_RUNNING && readable) {
        hear_cancel(connection);
    } else if (connection->state == CONTROL_READING && readable) {
        read_request(connection);
    } else if (connection->state == CONTROL_READING && now_us > connection->deadline_us) {
        close_connection(connection);
    }
}

/* When the server stops: requests that are not complete are forgotten, commands are cancelled; once
 * the time for last words is over, those that nobody reads are cut. True when none is left. */
static bool wind_up(ControlServer *server, bool cut)
{
    bool none = true;
    for (size_t i = 0; i < CONTROL_COMMANDS_MAX; i++) {
        Connection *connection = &server->connections[i];
        if (connection->state == CONTROL_READING) close_connection(connection);
        if (connection->state != CONTROL_RUNNING) continue;
        atomic_store(&connection->cancel, true);
        if (cut) shutdown(connection->socket, SHUT_RDWR);
        none = false;
    }
    return none;
}

/* Milliseconds until the looking thread must look by itself. */
static int patience(const ControlServer *server, int64_t now_us, int64_t stop_us)
{
    int64_t until = stop_us > now_us ? stop_us : INT64_MAX;
    for (size_t i = 0; i < CONTROL_COMMANDS_MAX; i++) {
        const Connection *connection = &server->connections[i];
        if (connection->state == CONTROL_READING && connection->deadline_us < until)
            until = connection->deadline_us;
    }
    if (until == INT64_MAX) return -1;
    return until <= now_us ? 0 : (int)((until - now_us) / 1000 + 1);
}

static void *server_thread(void *arg)
{
    ControlServer *server = arg;
    struct pollfd wait[CONTROL_COMMANDS_MAX + 2];
    int64_t stop_us = 0;
    for (;;) {
        int64_t now_us = monotonic_us();
        bool stopping = atomic_load(&server->stopping);
        if (stopping && !stop_us) stop_us = now_us + patience_or(server, STOP_US);
        if (stopping && wind_up(server, now_us >= stop_us)) return NULL;
        for (size_t i = 0; i < CONTROL_COMMANDS_MAX; i++) {
            const Connection *connection = &server->connections[i];
            bool heard = connection->state != CONTROL_FREE && !connection->deaf;
            wait[i] = (struct pollfd){.fd = heard ? connection->socket : -1, .events = POLLIN};
        }
        struct pollfd *bell = &wait[CONTROL_COMMANDS_MAX], *door = bell + 1;
        *bell = (struct pollfd){.fd = server->wake, .events = POLLIN};
        *door = (struct pollfd){.fd = stopping ? -1 : server->listener, .events = POLLIN};
        poll(wait, CONTROL_COMMANDS_MAX + 2, patience(server, now_us, stop_us));
        uint64_t rung;
        if (bell->revents && read(server->wake, &rung, sizeof rung) < 0) continue;
        now_us = monotonic_us();
        for (size_t i = 0; i < CONTROL_COMMANDS_MAX; i++)
            tend(&server->connections[i], wait[i].revents != 0, now_us);
        if (door->revents) accept_connection(server);
    }
}

/* ---- Start and stop ---------------------------------------------------------------------- */

/* The mode is set between bind and listen: before listen nobody can connect. */
static int listen_at(const ControlAddress *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -1;
    bool gone = unlink(address->name.sun_path) == 0 || errno == ENOENT;
    if (gone && bind(fd, (const struct sockaddr *)&address->name, sizeof address->name) == 0 &&
        chmod(address->name.sun_path, 0600) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}

/* Signals are for the main thread. */
static bool start_thread(ControlServer *server)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    int wrong = pthread_create(&server->thread, NULL, server_thread, server);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = wrong;
    return wrong == 0;
}

const Error *control_start(Arena *arena, Str folder, const CommandTable *table,
                           const CommandWorld *world, const ConfigLoaded *config,
                           ControlServer **out, Str *detail)
{
    ControlServer *server = NEW(arena, ControlServer);
    *server = (ControlServer){
        .table = table, .world = *world, .config = *config, .listener = -1, .wake = -1};
    for (size_t i = 0; i < CONTROL_COMMANDS_MAX; i++) server->connections[i].server = server;
    server->address.folder = -1;
    if (control_address_open(arena, folder, &server->address))
        server->listener = listen_at(&server->address);
    if (server->listener >= 0) server->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (server->wake >= 0 && start_thread(server)) {
        *out = server;
        return NULL;
    }
    *detail = str_format(arena, "%.*s/control.sock: %s", STR_ARG(folder), strerrordesc_np(errno));
    if (server->wake >= 0) close(server->wake);
    if (server->listener >= 0) close(server->listener);
    control_address_close(&server->address);
    return &err_control;
}

void control_stop(ControlServer *server)
{
    if (!server) return;
    unlink(server->address.name.sun_path);
    atomic_store(&server->stopping, true);
    wake(server);
    pthread_join(server->thread, NULL);
    close(server->listener);
    close(server->wake);
    control_address_close(&server->address);
}
