/* What travels over the control socket: frames, and the request in the first of them.
 *
 *     frame      1 byte type, 4 bytes length of the payload (little endian), payload
 *
 *     from the command's process        from the server
 *     R  request, once, first           O  bytes for stdout
 *     C  cancel, no payload             E  bytes for stderr
 *                                       X  1 byte: exit code; the last frame
 *
 *     request    1 byte version, 1 byte flags of the output, 2 bytes columns, 1 byte files,
 *                2 bytes count and as many texts: the words of the command line,
 *                2 bytes count and as many pairs of texts: settings that the server must share
 *     text       4 bytes length, bytes without NUL
 *
 * The files' descriptors come beside the first byte of the request (SCM_RIGHTS), in the order of
 * the words. Both ends are the same program, so there is no negotiation: another version is told
 * to restart the server. */
#ifndef PLATFORM_CLI_CONTROL_FRAME_H
#define PLATFORM_CLI_CONTROL_FRAME_H

#include "platform/cli/cli.h"

enum {
    CONTROL_VERSION = 1,
    CONTROL_HEADER = 5,
    CONTROL_PAYLOAD_MAX = 64 * 1024, /* a command line; twice what an output writes at a time */
};

typedef enum ControlFrameType {
    CONTROL_REQUEST = 'R',
    CONTROL_CANCEL = 'C',
    CONTROL_RESULT = 'O',
    CONTROL_NOTE = 'E',
    CONTROL_EXIT = 'X',
} ControlFrameType;

typedef struct ControlFrame {
    ControlFrameType type;
    Str payload; /* a view */
} ControlFrame;

typedef enum ControlStep { CONTROL_FRAME, CONTROL_MORE, CONTROL_BROKEN } ControlStep;

void control_header_write(unsigned char out[static CONTROL_HEADER], ControlFrameType type,
                          size_t payload);

/* The frame that `bytes` begins with, *used long; CONTROL_MORE when it is not complete yet (never
 * for CONTROL_HEADER + CONTROL_PAYLOAD_MAX bytes); CONTROL_BROKEN when it cannot become one. */
ControlStep control_frame_read(Str bytes, ControlFrame *out, size_t *used);

typedef struct ControlRequest {
    OutputShape shape;
    size_t files;
    StrList words;
    ConfigFlagList settings; /* names as in souk.conf, values as config_text reveals them */
} ControlRequest;

/* The payload. False when it is larger than CONTROL_PAYLOAD_MAX. */
bool control_request_write(Buf *out, const ControlRequest *request);

/* Strict: exactly the payload, counts within their limits. Texts are views of `payload`. False, and
 * *detail says why, when it is refused; *out is then untouched. */
bool control_request_read(Arena *arena, Str payload, ControlRequest *out, const char **detail);

#endif
