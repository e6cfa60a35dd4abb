/* Reading a chunked body, strictly (RFC 9112 §7.1).
 *
 *     chunk-size [BWS ";" BWS name [BWS "=" BWS value]]* CRLF data CRLF … "0" … CRLF trailers CRLF
 *
 * A machine that looks at each byte of the framing and hands data on in whole pieces: unlike a
 * head, a body is used up as it arrives, so that nothing can be gone through twice. Extensions are
 * read by their full grammar, since the attacks of 2025 hide line ends in them; their meaning is
 * dropped, like that of the trailers. */
#include "platform/http/limits.h"
#include "platform/http/parser.h"

enum State {
    SIZE_FIRST, /* a chunk begins; zero, so that a zeroed decoder starts here */
    SIZE,
    BLANK, /* behind a size or a value: an extension must follow */
    EXTENSION_START,
    EXTENSION_NAME,
    EXTENSION_NAME_BLANK,
    EXTENSION_VALUE_START,
    EXTENSION_VALUE,
    EXTENSION_QUOTED,
    EXTENSION_ESCAPE,
    EXTENSION_QUOTED_END,
    SIZE_LF,
    DATA,
    DATA_CR,
    DATA_LF,
    TRAILER_START,
    TRAILER_NAME,
    TRAILER_VALUE,
    TRAILER_LF,
    LAST_LF,
    END
};

static bool is_token(unsigned char c)
{
    if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')) return true;
    return c != 0 && strchr("!#$%&'*+-.^_`|~", c) != NULL;
}

static bool is_blank(unsigned char c)
{
    return c == ' ' || c == '\t';
}

static bool is_text(unsigned char c)
{
    return (c >= 0x20 && c != 0x7f) || c == '\t';
}

static int hex_digit(unsigned char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

static HttpFault go(ChunkDecoder *decoder, enum State state)
{
    decoder->state = (uint8_t)state;
    return HTTP_FINE;
}

/* What may stand behind a size, a name or a value. */
static HttpFault item_end(ChunkDecoder *decoder, unsigned char c)
{
    if (c == '\r') return go(decoder, SIZE_LF);
    if (c == ';') return go(decoder, EXTENSION_START);
    return is_blank(c) ? go(decoder, BLANK) : HTTP_BAD_CHUNK;
}

static HttpFault size_byte(ChunkDecoder *decoder, unsigned char c)
{
    int digit = hex_digit(c);
    if (digit < 0) return decoder->state == SIZE ? item_end(decoder, c) : HTTP_BAD_CHUNK;
    if (decoder->left > (uint64_t)INT64_MAX >> 4) return HTTP_LARGE_BODY;
    decoder->left = decoder->left << 4 | (unsigned)digit;
    return go(decoder, SIZE);
}

static HttpFault extension_name_byte(ChunkDecoder *decoder, unsigned char c)
{
    bool inside = decoder->state == EXTENSION_NAME;
    if (inside && is_token(c)) return HTTP_FINE;
    if (c == '=') return go(decoder, EXTENSION_VALUE_START);
    if (is_blank(c)) return go(decoder, EXTENSION_NAME_BLANK);
    return inside || c == ';' ? item_end(decoder, c) : HTTP_BAD_CHUNK;
}

static HttpFault extension_value_start(ChunkDecoder *decoder, unsigned char c)
{
    if (is_blank(c)) return HTTP_FINE;
    if (c == '"') return go(decoder, EXTENSION_QUOTED);
    return is_token(c) ? go(decoder, EXTENSION_VALUE) : HTTP_BAD_CHUNK;
}

static HttpFault extension_quoted_byte(ChunkDecoder *decoder, unsigned char c)
{
    if (decoder->state == EXTENSION_ESCAPE)
        return is_text(c) ? go(decoder, EXTENSION_QUOTED) : HTTP_BAD_CHUNK;
    if (c == '"') return go(decoder, EXTENSION_QUOTED_END);
    if (c == '\\') return go(decoder, EXTENSION_ESCAPE);
    return is_text(c) ? HTTP_FINE : HTTP_BAD_CHUNK;
}

static HttpFault extension_byte(ChunkDecoder *decoder, unsigned char c)
{
    if (++decoder->extensions > HTTP_CHUNK_EXTENSIONS_MAX) return HTTP_LARGE_CHUNK_LINE;
    switch (decoder->state) {
    case BLANK:
        if (is_blank(c)) return HTTP_FINE;
        return c == ';' ? go(decoder, EXTENSION_START) : HTTP_BAD_CHUNK;
    case EXTENSION_START:
        if (is_blank(c)) return HTTP_FINE;
        return is_token(c) ? go(decoder, EXTENSION_NAME) : HTTP_BAD_CHUNK;
    case EXTENSION_NAME:
    case EXTENSION_NAME_BLANK:
        return extension_name_byte(decoder, c);
    case EXTENSION_VALUE_START:
        return extension_value_start(decoder, c);
    case EXTENSION_VALUE:
        if (is_token(c)) return HTTP_FINE;
        return item_end(decoder, c);
    case EXTENSION_QUOTED:
    case EXTENSION_ESCAPE:
        return extension_quoted_byte(decoder, c);
    default:
        return item_end(decoder, c);
    }
}

static HttpFault size_line_end(ChunkDecoder *decoder, unsigned char c)
{
    if (c != '\n') return HTTP_BAD_CHUNK;
    decoder->line = 0;
    return go(decoder, decoder->left ? DATA : TRAILER_START);
}

static HttpFault trailer_byte(ChunkDecoder *decoder, unsigned char c)
{
    if (++decoder->trailers > HTTP_TRAILERS_MAX) return HTTP_LARGE_TRAILER;
    switch (decoder->state) {
    case TRAILER_START:
        if (c == '\r') return go(decoder, LAST_LF);
        return is_token(c) ? go(decoder, TRAILER_NAME) : HTTP_BAD_TRAILER;
    case TRAILER_NAME:
        if (c == ':') return go(decoder, TRAILER_VALUE);
        return is_token(c) ? HTTP_FINE : HTTP_BAD_TRAILER;
    case TRAILER_VALUE:
        if (c == '\r') return go(decoder, TRAILER_LF);
        return is_text(c) ? HTTP_FINE : HTTP_BAD_TRAILER;
    default:
        if (c != '\n') return HTTP_BAD_TRAILER;
        return go(decoder, decoder->state == LAST_LF ? END : TRAILER_START);
    }
}

static HttpFault framing_byte(ChunkDecoder *decoder, unsigned char c)
{
    unsigned state = decoder->state;
    if (state == DATA_CR) return c == '\r' ? go(decoder, DATA_LF) : HTTP_BAD_CHUNK;
    if (state == DATA_LF) return c == '\n' ? go(decoder, SIZE_FIRST) : HTTP_BAD_CHUNK;
    if (state >= TRAILER_START) return trailer_byte(decoder, c);
    if (++decoder->line > HTTP_CHUNK_LINE_MAX) return HTTP_LARGE_CHUNK_LINE;
    if (state == SIZE_LF) return size_line_end(decoder, c);
    return state <= SIZE ? size_byte(decoder, c) : extension_byte(decoder, c);
}

static Str take(Str *input, size_t n)
{
    Str front = {input->p, n};
    *input = (Str){input->p + n, input->n - n};
    return front;
}

HttpFault http_chunk_decode(ChunkDecoder *decoder, Str *input, Str *data)
{
    *data = (Str){input->p, 0};
    while (input->n > 0) {
        if (decoder->state == DATA) {
            *data = take(input, decoder->left < input->n ? (size_t)decoder->left : input->n);
            decoder->left -= data->n;
            if (decoder->left == 0) go(decoder, DATA_CR);
            return HTTP_FINE;
        }
        HttpFault fault = framing_byte(decoder, (unsigned char)*take(input, 1).p);
        if (fault) return fault;
        if (decoder->state == END) return HTTP_FINE;
    }
    return HTTP_MORE;
}
