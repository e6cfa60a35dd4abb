/* Mail: a row says what a message looks like, mail_send writes down that it is to go out. See
 * docs/internals/mail.md.
 *
 *     typedef struct VerifyMail {
 *         Str name, link;
 *     } VerifyMail;
 *     static const Type verify_mail_type =
 *         TYPE(VerifyMail, "…", FIELD(VerifyMail, name, "Whose account.", .personal = true),
 *              FIELD(VerifyMail, link, "Proves the address.", .secret = true));
 *     static const MailTemplate verify_mail = {
 *         .name = "accounts.verify", .doc = "Asks whether an address is right.",
 *         .values = &verify_mail_type, .subject = "Is this your address?",
 *         .text = "Hello {name},\n\nopen this page: {link}\n"};
 *     static const MailTemplate *const mails[] = {&verify_mail};        Module.mails
 *
 *     mail_send(cx, &verify_mail, user->email, &(VerifyMail){user->name, link});
 *
 * Sending is a job: it happens if the transaction commits, is tried again while the mail server does
 * not take it, and costs the caller one row whether or not the address exists. A message may come
 * twice after a crash; then both have the same Message-ID. */
#ifndef PLATFORM_MAIL_MAIL_H
#define PLATFORM_MAIL_MAIL_H

#include "platform/module.h"

struct MailTemplate {
    const char *name; /* "accounts.verify": kept in the database while a message waits */
    const char *doc;
    const Type *values; /* scalar fields; those with .secret are sealed while the message waits */
    /* With {field} for each value; a place that is no field is a mistake that a test finds. */
    const char *subject; /* one line */
    const char *text;    /* lines end in \n; long ones are for the reader to wrap */
    const char *html;    /* what stands inside of <body>; values are escaped. NULL: text only */
};

/* In the WRITE transaction of `cx`. `to` was checked to be an address (FORMAT_EMAIL); what is none
 * becomes a dead letter. The job's id. */
Id mail_send(Ctx *cx, const MailTemplate *mail, Str to, const void *values);

/* Takes note of the templates of all modules, and how mail is sent. Once, before jobs run; `config`
 * lives as long. */
void mail_gather(const Module *const *modules, size_t count);
void mail_configure(const Config *config);

/* Can mail go out as it is configured? An empty text, or what is wrong. Nothing is sent or made. */
Str mail_problem(Arena *arena, const Config *config);

/* What is wrong with the template: a place that is no field, an end that is missing. Empty when it is
 * sound. For a test of all. */
Str mail_template_problem(Arena *arena, const MailTemplate *mail);

extern const Module mail_module;

#endif
