/* The ways out. */
#ifndef PLATFORM_MAIL_TRANSPORT_H
#define PLATFORM_MAIL_TRANSPORT_H

#include "platform/config/config.h"

typedef enum MailOutcome {
    MAIL_SENT,
    MAIL_LATER,   /* not now: the server is away, busy, or does not let us in */
    MAIL_REFUSED, /* this message will never be taken */
} MailOutcome;

typedef struct MailEnvelope {
    Str from, to;
    Str id; /* of the message; names its file */
    Str bytes;
    Str subject, text;            /* the same, for people */
    bool (*cancelled)(void *arg); /* asked while it waits for a server */
    void *arg;
} MailEnvelope;

/* Sends it the configured way; waits. *why in the arena says what went wrong, without secrets. */
MailOutcome mail_transport(Arena *arena, const Config *config, const MailEnvelope *mail, Str *why);

MailOutcome mail_by_smtp(Arena *arena, const MailConfig *config, const MailEnvelope *mail,
                         Str *why);

/* What a refusal with this reply code (RFC 5321 §4.2.1) means. 4xx is for now, 5xx for ever; but what
 * is said to us and not of the message (no such log-in, TLS first) is ours to mend, and the message
 * waits. */
MailOutcome mail_outcome_of(long reply);

/* The folder of the transport of that name: the setting, or mail/ in the data folder. */
Str mail_folder(Arena *arena, const Config *config);

#endif
