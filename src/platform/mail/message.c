/* The bytes of a message.
 *
 * Everything that comes from outside passes one of three writers: header_text (letters, digits and
 * blanks as they are, else encoded words), an address that mail_address_ok let through, or quoted-
 * printable for bodies. None of them can write CR or LF of its own accord, so a header cannot be
 * smuggled in, whatever a name or a subject holds.
 *
 * Rejected: UTF-8 in headers (RFC 6532): a server on the way without SMTPUTF8 sends the message back,
 * and encoded words are read by everyone; base64 for bodies, which nobody can read in a folder of
 * test mail, and which spam filters weigh. */
#include "platform/mail/message.h"

#include "meta/check.h"

enum {
    LINE_MAX_BYTES = 76, /* of quoted-printable, RFC 2045 §6.7 */
    WORD_MAX_BYTES = 75, /* of an encoded word, RFC 2047 §2 */
    HEADER_LINE = 76,    /* RFC 2047 §2; RFC 5322 §2.1.1 asks for 78 */
    ADDRESS_MAX = 254,   /* RFC 5321 §4.5.3.1.3, with its <> */
};

static const char hex_digits[] = "0123456789ABCDEF";

/* ---- Addresses ------------------------------------------------------------------------------- */

bool mail_address_ok(Str address)
{
    return address.n <= ADDRESS_MAX && text_is_email(address);
}

bool mail_address_parse(Str text, MailAddress *out)
{
    Str name, rest;
    MailAddress parsed = {.address = str_trim(text)};
    if (str_cut(text, '<', &name, &rest)) {
        rest = str_trim(rest);
        if (!rest.n || rest.p[rest.n - 1] != '>') return false;
        parsed = (MailAddress){str_trim(name), str_slice(rest, 0, rest.n - 1)};
    }
    if (!mail_address_ok(parsed.address)) return false;
    *out = parsed;
    return true;
}

/* ---- Headers --------------------------------------------------------------------------------- */

static bool is_plain(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* May the text stand in a header as it is, as words (RFC 5322 atoms) with single blanks between? */
static bool is_words(Str text, size_t room)
{
    bool blank = true; /* none at the start */
    for (size_t i = 0; i < text.n; i++) {
        bool is_blank = text.p[i] == ' ';
        if (is_blank ? blank : !is_plain(text.p[i]) && text.p[i] != '-') return false;
        blank = is_blank;
    }
    return !blank && text.n <= room;
}

/* Bytes that the character takes in the Q encoding (RFC 2047 §4.2). */
static size_t word_size(Str character)
{
    bool plain = character.n == 1 && (is_plain(character.p[0]) || character.p[0] == ' ');
    return plain ? 1 : 3 * character.n;
}

static void word_put(Buf *out, Str character)
{
    for (size_t i = 0; i < character.n; i++) {
        unsigned char c = (unsigned char)character.p[i];
        if (c == ' ')
            buf_char(out, '_');
        else if (is_plain((char)c))
            buf_char(out, (char)c);
        else
            buf_format(out, "=%c%c", hex_digits[c >> 4], hex_digits[c & 15]);
    }
}

/* Encoded words, each of whole characters, a line for each after the first. `column`: where the
 * first one begins. */
static void header_words(Buf *out, Str text, size_t column)
{
    static const char begin[] = "=?utf-8?Q?", end[] = "?=";
    const size_t frame = sizeof begin + sizeof end - 2;
    size_t used = frame;
    buf_lit(out, "=?utf-8?Q?");
    while (text.n) {
        size_t step = str_utf8_step(text);
        Str character = step ? str_slice(text, 0, step) : S("?");
        if ((unsigned char)character.p[0] < 0x20 || character.p[0] == 0x7f) character = S(" ");
        size_t size = word_size(character);
        if (used + size > WORD_MAX_BYTES || column + used + size > HEADER_LINE) {
            buf_lit(out, "?=\r\n =?utf-8?Q?");
            used = frame;
            column = 1;
        }
        word_put(out, character);
        used += size;
        text = str_slice(text, step ? step : 1, text.n);
    }
    buf_lit(out, "?=");
}

static void header_text(Buf *out, Str text, size_t column)
{
    if (is_words(text, HEADER_LINE - column))
        buf_put(out, text);
    else if (text.n)
        header_words(out, text, column);
}

static void header_address(Buf *out, Str name, const MailAddress *address)
{
    buf_put(out, name);
    buf_lit(out, ": ");
    if (address->name.n) {
        header_text(out, address->name, name.n + 2);
        buf_lit(out, "\r\n ");
    }
    buf_format(out, "<%.*s>\r\n", STR_ARG(address->address));
}

/* RFC 5322 §3.3: as HTTP writes it, but for the zone, which is a number here. */
static void header_date(Buf *out, Time date)
{
    char text[TIME_HTTP_LENGTH];
    time_write_http(text, date);
    buf_format(out, "Date: %.*s+0000\r\n", (int)sizeof text - 3, text);
}

/* ---- Bodies ---------------------------------------------------------------------------------- */

/* Must the byte be written as =XX? A blank only at the end of a line. */
static bool needs_code(Str text, size_t i)
{
    unsigned char c = (unsigned char)text.p[i];
    if (c == ' ') return i + 1 == text.n || text.p[i + 1] == '\n';
    return c < 0x21 || c > 0x7e || c == '=';
}

/* Quoted-printable (RFC 2045 §6.7). A character is not torn in two by the end of a line. */
static void body_put(Buf *out, Str text)
{
    size_t column = 0;
    for (size_t i = 0; i < text.n;) {
        if (text.p[i] == '\n') {
            buf_lit(out, "\r\n");
            column = 0;
            i++;
            continue;
        }
        size_t step = str_utf8_step(str_slice(text, i, text.n)), size = 0;
        if (!step) step = 1;
        for (size_t k = i; k < i + step; k++) size += needs_code(text, k) ? 3 : 1;
        if (column + size > LINE_MAX_BYTES - 1) {
            buf_lit(out, "=\r\n");
            column = 0;
        }
        for (size_t end = i + step; i < end; i++) {
            unsigned char c = (unsigned char)text.p[i];
            if (needs_code(text, i))
                buf_format(out, "=%c%c", hex_digits[c >> 4], hex_digits[c & 15]);
            else
                buf_char(out, (char)c);
        }
        column += size;
    }
    if (column) buf_lit(out, "\r\n");
}

static void part(Buf *out, const char *type, Str body)
{
    buf_format(out,
               "Content-Type: %s; charset=utf-8\r\n"
               "Content-Transfer-Encoding: quoted-printable\r\n\r\n",
               type);
    body_put(out, body);
}

/* "=_" cannot stand in quoted-printable (RFC 2045 §6.7), so no body has it. */
static void alternatives(Buf *out, const MailMessage *message)
{
    buf_format(out, "Content-Type: multipart/alternative; boundary=\"=_%.*s\"\r\n\r\n",
               STR_ARG(message->id));
    buf_format(out, "--=_%.*s\r\n", STR_ARG(message->id));
    part(out, "text/plain", message->text);
    buf_format(out, "--=_%.*s\r\n", STR_ARG(message->id));
    part(out, "text/html", message->html);
    buf_format(out, "--=_%.*s--\r\n", STR_ARG(message->id));
}

void mail_message_write(Buf *out, const MailMessage *message)
{
    Str local, domain;
    str_cut(message->from.address, '@', &local, &domain);
    header_date(out, message->date);
    header_address(out, S("From"), &message->from);
    header_address(out, S("To"), &message->to);
    buf_format(out, "Message-ID:\r\n <%.*s@%.*s>\r\n", STR_ARG(message->id), STR_ARG(domain));
    buf_lit(out, "Subject: ");
    header_text(out, message->subject, sizeof "Subject: " - 1);
    buf_lit(out, "\r\nMIME-Version: 1.0\r\nAuto-Submitted: auto-generated\r\n");
    if (message->html.n)
        alternatives(out, message);
    else
        part(out, "text/plain", message->text);
}
