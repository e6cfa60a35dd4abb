/* Any texts as names, subject and bodies: the message has the same headers as an innocent one, its
 * lines end in CRLF and nowhere else, and none is too long. */
#include "platform/mail/message.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int count_headers(Str bytes, bool html)
{
    int fields = 0;
    bool body = false;
    while (bytes.n) {
        Str line;
        bool ended = str_cut(bytes, '\n', &line, &bytes);
        assert(ended && line.n && line.p[line.n - 1] == '\r' && line.n <= 79);
        for (size_t i = 0; i + 1 < line.n; i++)
            assert(line.p[i] == '\t' || (line.p[i] >= ' ' && line.p[i] <= '~'));
        if (line.n == 1) body = true;
        if (!body && line.p[0] != ' ') fields++;
    }
    assert(fields == (html ? 8 : 9));
    return fields;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena *arena = arena_new(4096);
    Str rest = {(const char *)data, size}, name, subject, text;
    str_cut(rest, '\0', &name, &rest);
    str_cut(rest, '\0', &subject, &rest);
    str_cut(rest, '\0', &text, &rest);
    MailAddress from = {name, S("shop@example.org")}, parsed;
    if (mail_address_parse(name, &parsed)) from = parsed;
    MailMessage message = {.from = from,
                           .to = {subject, S("ann@example.com")},
                           .id = S("job_1"),
                           .date = {0},
                           .subject = subject,
                           .text = text,
                           .html = rest};
    Buf out = buf_new(arena, size * 16 + 4096);
    mail_message_write(&out, &message);
    assert(!out.full);
    if (from.address.n <= 40) count_headers(buf_str(&out), rest.n > 0);
    arena_free(arena);
    return 0;
}
