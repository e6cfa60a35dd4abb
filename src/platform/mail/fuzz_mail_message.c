/* Any texts as names, subject and bodies: the message has the same headers as an innocent one, its
 * lines end in CRLF and nowhere else, none is too long, and the bodies are read as they were. */
#include "platform/mail/message.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void count_headers(Str bytes, bool html)
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
}

/* What stands before the mark; *rest is what stands behind it. */
static Str take_until(Str *rest, Str mark)
{
    size_t at = str_find(*rest, mark);
    assert(at < rest->n);
    Str before = str_slice(*rest, 0, at);
    *rest = str_slice(*rest, at + mark.n, rest->n);
    return before;
}

static int digit_of(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* One line of quoted-printable as RFC 2045 §6.7 wants it read: blanks at its end are not the writer's. */
static void decode_line(Buf *out, Str line)
{
    assert(line.n <= 76);
    while (line.n && (line.p[line.n - 1] == ' ' || line.p[line.n - 1] == '\t')) line.n--;
    bool soft = str_ends(line, S("="));
    if (soft) line.n--;
    for (size_t i = 0; i < line.n; i++) {
        if (line.p[i] != '=') {
            buf_char(out, line.p[i]);
            continue;
        }
        assert(line.n - i >= 3 && digit_of(line.p[i + 1]) >= 0 && digit_of(line.p[i + 2]) >= 0);
        buf_char(out, (char)(digit_of(line.p[i + 1]) << 4 | digit_of(line.p[i + 2])));
        i += 2;
    }
    if (!soft) buf_char(out, '\n');
}

static void check_body(Arena *arena, Str written, Str text)
{
    Buf out = buf_new(arena, written.n + 1);
    while (written.n) decode_line(&out, take_until(&written, S("\r\n")));
    Str read = buf_str(&out);
    if (text.n && !str_ends(text, S("\n"))) {
        assert(str_ends(read, S("\n")));
        read.n--;
    }
    assert(str_eq(read, text));
}

static void check_bodies(Arena *arena, Str bytes, const MailMessage *message)
{
    take_until(&bytes, S("\r\n\r\n"));
    if (!message->html.n) {
        check_body(arena, bytes, message->text);
        return;
    }
    Str texts[] = {message->text, message->html},
        ends[] = {S("--=_job_1\r\n"), S("--=_job_1--\r\n")};
    take_until(&bytes, ends[0]);
    for (int i = 0; i < 2; i++) {
        take_until(&bytes, S("\r\n\r\n"));
        check_body(arena, take_until(&bytes, ends[i]), texts[i]);
    }
    assert(!bytes.n);
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
    check_bodies(arena, buf_str(&out), &message);
    arena_free(arena);
    return 0;
}
