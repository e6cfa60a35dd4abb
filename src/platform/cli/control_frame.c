#include "platform/cli/control_frame.h"

enum {
    FLAG_RESULT_TERMINAL = 1,
    FLAG_NOTE_TERMINAL = 2,
    FLAG_JSON = 4,
    FLAG_COLOURS = 8,
    FLAGS_ALL = 15,
};

static void put_number(unsigned char *out, size_t bytes, size_t value)
{
    for (size_t i = 0; i < bytes; i++) out[i] = (unsigned char)(value >> (8 * i));
}

static size_t get_number(const char *p, size_t bytes)
{
    size_t value = 0;
    for (size_t i = 0; i < bytes; i++) value |= (size_t)(unsigned char)p[i] << (8 * i);
    return value;
}

void control_header_write(unsigned char out[static CONTROL_HEADER], ControlFrameType type,
                          size_t payload)
{
    out[0] = (unsigned char)type;
    put_number(out + 1, 4, payload);
}

ControlStep control_frame_read(Str bytes, ControlFrame *out, size_t *used)
{
    if (bytes.n == 0) return CONTROL_MORE;
    if (!bytes.p[0] || !strchr("RCOEX", bytes.p[0])) return CONTROL_BROKEN;
    if (bytes.n < CONTROL_HEADER) return CONTROL_MORE;
    size_t length = get_number(bytes.p + 1, 4);
    if (length > CONTROL_PAYLOAD_MAX) return CONTROL_BROKEN;
    if (bytes.p[0] == CONTROL_CANCEL && length != 0) return CONTROL_BROKEN;
    if (bytes.p[0] == CONTROL_EXIT && length != 1) return CONTROL_BROKEN;
    if (bytes.n - CONTROL_HEADER < length) return CONTROL_MORE;
    *out = (ControlFrame){(ControlFrameType)bytes.p[0],
                          str_slice(bytes, CONTROL_HEADER, CONTROL_HEADER + length)};
    *used = CONTROL_HEADER + length;
    return CONTROL_FRAME;
}

/* ---- Request ----------------------------------------------------------------------------- */

static void write_number(Buf *out, size_t bytes, size_t value)
{
    unsigned char number[4];
    put_number(number, bytes, value);
    buf_bytes(out, (const char *)number, bytes);
}

static void write_text(Buf *out, Str text)
{
    write_number(out, 4, text.n);
    buf_put(out, text);
}

bool control_request_write(Buf *out, const ControlRequest *request)
{
    const OutputShape *shape = &request->shape;
    if (request->words.n > COMMAND_WORDS_MAX || request->settings.n > CONFIG_SETTINGS_MAX)
        return false;
    write_number(out, 1, CONTROL_VERSION);
    write_number(out, 1,
                 (size_t)((shape->terminal[OUTPUT_RESULT] ? FLAG_RESULT_TERMINAL : 0) |
                          (shape->terminal[OUTPUT_NOTE] ? FLAG_NOTE_TERMINAL : 0) |
                          (shape->json ? FLAG_JSON : 0) | (shape->colours ? FLAG_COLOURS : 0)));
    write_number(out, 2, (size_t)shape->columns);
    write_number(out, 1, request->files);
    write_number(out, 2, request->words.n);
    for (size_t i = 0; i < request->words.n; i++) write_text(out, request->words.items[i]);
    write_number(out, 2, request->settings.n);
    for (size_t i = 0; i < request->settings.n; i++) {
        write_text(out, request->settings.items[i].name);
        write_text(out, request->settings.items[i].value);
    }
    return !out->full && out->n <= CONTROL_PAYLOAD_MAX;
}

/* Reading keeps what is left; once something was missing, everything reads as zero. */
typedef struct Reader {
    Str rest;
    bool broken;
} Reader;

static size_t read_number(Reader *in, size_t bytes)
{
    if (in->broken || in->rest.n < bytes) {
        in->broken = true;
        return 0;
    }
    size_t value = get_number(in->rest.p, bytes);
    in->rest = str_slice(in->rest, bytes, in->rest.n);
    return value;
}

static Str read_text(Reader *in)
{
    size_t length = read_number(in, 4);
    if (in->broken || in->rest.n < length) {
        in->broken = true;
        return S("");
    }
    Str text = str_slice(in->rest, 0, length);
    in->rest = str_slice(in->rest, length, in->rest.n);
    if (str_find_char(text, 0) < text.n) in->broken = true;
    return text;
}

/* A count of things of which each takes at least `least` bytes: what cannot be there is refused
 * before memory is taken for it. */
static size_t read_count(Reader *in, size_t max, size_t least)
{
    size_t count = read_number(in, 2);
    if (count > max || count > in->rest.n / least) in->broken = true;
    return in->broken ? 0 : count;
}

static void read_shape(Reader *in, OutputShape *shape)
{
    size_t flags = read_number(in, 1), columns = read_number(in, 2);
    if (flags > FLAGS_ALL || columns > OUTPUT_COLUMNS_MAX) in->broken = true;
    shape->terminal[OUTPUT_RESULT] = flags & FLAG_RESULT_TERMINAL;
    shape->terminal[OUTPUT_NOTE] = flags & FLAG_NOTE_TERMINAL;
    shape->json = flags & FLAG_JSON;
    shape->colours = flags & FLAG_COLOURS;
    shape->columns = (int)columns;
}

bool control_request_read(Arena *arena, Str payload, ControlRequest *out, const char **detail)
{
    Reader in = {.rest = payload};
    ControlRequest request = {.files = 0};
    if (read_number(&in, 1) != CONTROL_VERSION) {
        *detail = "the server that owns the data folder is of another version: restart it";
        return false;
    }
    read_shape(&in, &request.shape);
    request.files = read_number(&in, 1);
    if (request.files > COMMAND_FILES_MAX) in.broken = true;
    request.words.n = read_count(&in, COMMAND_WORDS_MAX, 4);
    request.words.items = NEW_N(arena, Str, request.words.n + 1);
    for (size_t i = 0; i < request.words.n; i++) request.words.items[i] = read_text(&in);
    request.settings.n = read_count(&in, CONFIG_SETTINGS_MAX, 8);
    request.settings.items = NEW_N(arena, ConfigFlag, request.settings.n + 1);
    for (size_t i = 0; i < request.settings.n; i++) {
        request.settings.items[i].name = read_text(&in);
        request.settings.items[i].value = read_text(&in);
    }
    if (in.broken || in.rest.n) {
        *detail = "the request cannot be read";
        return false;
    }
    *out = request;
    return true;
}
