/* Between the files of platform/mail. */
#ifndef PLATFORM_MAIL_SEND_H
#define PLATFORM_MAIL_SEND_H

#include "platform/jobs/jobs.h"
#include "platform/mail/mail.h"
#include "platform/mail/message.h"
#include "platform/mail/transport.h"

/* Subject, text and HTML of the message, from template and values. False: the template is unsound, or
 * the message too large. */
bool mail_fill(Arena *arena, const MailTemplate *mail, const void *values, MailMessage *out);

/* Sends it the configured way, and waits. `cancelled` may be NULL. */
MailOutcome mail_deliver(Arena *arena, const Config *config, const MailMessage *message,
                         bool (*cancelled)(void *arg), void *arg, Str *why);

extern const Job mail_send_job;

#endif
