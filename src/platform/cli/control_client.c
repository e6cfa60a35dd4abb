#include "platform/cli/control_client.h"

#include "platform/cli/control_socket.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct Client {
    Output *out;
    int socket, signals;
    bool cancelled; /* the server was told */
    bool ended;     /* exit_code holds */
    int exit_code;
    size_t used;
    char bytes[CONTROL_HEADER + CONTROL_PAYLOAD_MAX];
} Client;

static int connect_to(Arena *arena, Str folder)
{
    ControlAddress address;
    if (!control_address_open(arena, folder, &address)) return -1;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address.name, sizeof address.name) < 0) {
        int why = errno;
        close(fd);
        errno = why;
        fd = -1;
    }
    control_address_close(&address);
    return fd;
}

static void cancel(Client *client)
{
    if (!client->cancelled) control_send(client->socket, CONTROL_CANCEL, S(""), NULL, 0);
    client->cancelled = true;
}

static void take_signal(Client *client)
{
    struct signalfd_siginfo info;
    if (read(client->signals, &info, sizeof info) != sizeof info) return;
    if (client->cancelled) {
        client->ended = true;
        client->exit_code = EXIT_CANCELLED;
    }
    cancel(client);
}

/* False on a frame that a server does not send. */
static bool take_frame(Client *client, const ControlFrame *frame)
{
    if (frame->type == CONTROL_EXIT) {
        client->ended = true;
        client->exit_code = (unsigned char)frame->payload.p[0];
        return true;
    }
    if (frame->type != CONTROL_RESULT && frame->type != CONTROL_NOTE) return false;
    output_put(client->out, frame->type == CONTROL_RESULT ? OUTPUT_RESULT : OUTPUT_NOTE,
               frame->payload);
    if (!output_flush(client->out)) cancel(client); /* nobody reads the results any more */
    return true;
}

/* Reads what is there and takes the frames that are complete. False when the server is gone, or
 * says what no server says. */
static bool take_bytes(Client *client)
{
    ssize_t n =
        recv(client->socket, client->bytes + client->used, sizeof client->bytes - client->used, 0);
    if (n < 0) return errno == EINTR;
    if (n == 0) return false;
    client->used += (size_t)n;
    size_t at = 0, used;
    ControlFrame frame;
    while (!client->ended) {
        Str rest = {client->bytes + at, client->used - at};
        ControlStep step = control_frame_read(rest, &frame, &used);
        if (step == CONTROL_MORE) break;
        if (step == CONTROL_BROKEN || !take_frame(client, &frame)) return false;
        at += used;
    }
    memmove(client->bytes, client->bytes + at, client->used - at);
    client->used -= at;
    return true;
}

static bool converse(Client *client)
{
    struct pollfd wait[] = {{.fd = client->socket, .events = POLLIN},
                            {.fd = client->signals, .events = POLLIN}};
    while (!client->ended) {
        if (poll(wait, 2, -1) < 0 && errno != EINTR) return false;
        if (wait[1].revents) take_signal(client);
        if (!client->ended && wait[0].revents && !take_bytes(client)) return false;
    }
    return true;
}

static ControlOutcome call_over(int socket, Output *out, Str payload, const ControlRequest *request,
                                const int *files, int *exit_code, Str *detail)
{
    sigset_t signals, before;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigprocmask(SIG_BLOCK, &signals, &before);
    Client *client = NEW(out->arena, Client);
    client->out = out;
    client->socket = socket;
    client->signals = signalfd(-1, &signals, SFD_CLOEXEC);
    /* A server that refuses may have answered and closed before it took all: read in any case. */
    control_send(socket, CONTROL_REQUEST, payload, files, request->files);
    bool fine = converse(client);
    if (client->signals >= 0) close(client->signals);
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (!fine) {
        *detail = S("the server that owns the data folder went away; the command may be half done");
        return CONTROL_FAILED;
    }
    *exit_code = client->exit_code;
    return CONTROL_RAN;
}

ControlOutcome control_call(Output *out, Str folder, const ControlRequest *request,
                            const int *files, int *exit_code, Str *detail)
{
    Buf payload = buf_new(out->arena, CONTROL_PAYLOAD_MAX);
    if (!control_request_write(&payload, request)) {
        *detail = S("the command line is too long for the server that owns the data folder");
        return CONTROL_FAILED;
    }
    int socket = connect_to(out->arena, folder);
    if (socket < 0) {
        if (errno == ENOENT || errno == ECONNREFUSED) return CONTROL_ABSENT;
        *detail = str_format(out->arena, "the server that owns %.*s cannot be reached: %s",
                             STR_ARG(folder), strerrordesc_np(errno));
        return CONTROL_FAILED;
    }
    ControlOutcome outcome =
        call_over(socket, out, buf_str(&payload), request, files, exit_code, detail);
    close(socket);
    return outcome;
}
