#include "platform/cli/control_socket.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static const char SOCKET_FILE[] = "control.sock";

bool control_address_open(Arena *arena, Str folder, ControlAddress *out)
{
    ControlAddress address = {.name = {.sun_family = AF_UNIX}, .folder = -1};
    char *path = address.name.sun_path;
    size_t room = sizeof address.name.sun_path;
    if (folder.n + sizeof SOCKET_FILE + 1 <= room) {
        snprintf(path, room, "%.*s/%s", STR_ARG(folder), SOCKET_FILE);
    } else {
        address.folder = open(str_z(arena, folder), O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (address.folder < 0) return false;
        snprintf(path, room, "/proc/self/fd/%d/%s", address.folder, SOCKET_FILE);
    }
    *out = address;
    return true;
}

void control_address_close(ControlAddress *address)
{
    if (address->folder >= 0) close(address->folder);
    address->folder = -1;
}

bool control_send(int socket, ControlFrameType type, Str payload, const int *files, size_t count)
{
    assert(payload.n <= CONTROL_PAYLOAD_MAX && count <= COMMAND_FILES_MAX);
    unsigned char header[CONTROL_HEADER];
    control_header_write(header, type, payload.n);
    alignas(struct cmsghdr) char beside[CMSG_SPACE(sizeof(int) * COMMAND_FILES_MAX)] = {0};
    struct iovec parts[] = {{header, sizeof header}, {(void *)(uintptr_t)payload.p, payload.n}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    if (count) {
        message.msg_control = beside;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
        struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(sizeof(int) * count);
        memcpy(CMSG_DATA(rights), files, sizeof(int) * count);
    }
    while (message.msg_iovlen) {
        ssize_t n = sendmsg(socket, &message, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return false;
        message.msg_control = NULL; /* gone with the first bytes */
        message.msg_controllen = 0;
        size_t sent = (size_t)n;
        while (message.msg_iovlen && sent >= message.msg_iov->iov_len) {
            sent -= message.msg_iov->iov_len;
            message.msg_iov++;
            message.msg_iovlen--;
        }
        if (!message.msg_iovlen) break;
        message.msg_iov->iov_base = (char *)message.msg_iov->iov_base + sent;
        message.msg_iov->iov_len -= sent;
    }
    return true;
}
