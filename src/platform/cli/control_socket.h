/* What both ends of the control socket do with it: its address, and sending frames. */
#ifndef PLATFORM_CLI_CONTROL_SOCKET_H
#define PLATFORM_CLI_CONTROL_SOCKET_H

#include "platform/cli/control_frame.h"

#include <sys/un.h>

/* Where the socket of a data folder is. */
typedef struct ControlAddress {
    struct sockaddr_un name;
    int folder; /* descriptor that the name goes through when the path is too long; else -1 */
} ControlAddress;

/* Makes the address of `folder`/control.sock. A path that does not fit sun_path (108 bytes) is
 * reached through /proc/self/fd. False with errno when the folder cannot be opened. */
bool control_address_open(Arena *arena, Str folder, ControlAddress *out);
void control_address_close(ControlAddress *address);

/* Sends a frame whole, the descriptors beside its first byte; blocks. False when the peer is gone.
 */
bool control_send(int socket, ControlFrameType type, Str payload, const int *files, size_t count);

#endif
