/* A message as mail servers take it (RFC 5322, MIME). Pure: values in, bytes out. */
#ifndef PLATFORM_MAIL_MESSAGE_H
#define PLATFORM_MAIL_MESSAGE_H

#include "base/buf.h"
#include "base/time.h"

typedef struct MailAddress {
    Str name;    /* any text, or empty */
    Str address; /* mail_address_ok */
} MailAddress;

typedef struct MailMessage {
    MailAddress from, to;
    Str id; /* what stands before the @ of its Message-ID: letters, digits, "_" */
    Time date;
    Str subject; /* any text */
    Str text;    /* lines end in \n */
    Str html;    /* a document; empty: none */
} MailMessage;

/* An address that a header can hold: ASCII, without anything that would need quotes. */
bool mail_address_ok(Str address);

/* "Shop <shop@example.org>" or "shop@example.org", views of the text. False: neither. */
bool mail_address_parse(Str text, MailAddress *out);

/* Appends the message, lines ending in CRLF, none longer than 78 bytes but for an address that is.
 * Whatever the texts hold, a header has no line of theirs. The same values give the same bytes. */
void mail_message_write(Buf *out, const MailMessage *message);

#endif
