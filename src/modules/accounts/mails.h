/* What users are written. Each is a job of the caller's transaction. */
#ifndef MODULES_ACCOUNTS_MAILS_H
#define MODULES_ACCOUNTS_MAILS_H

#include "modules/accounts/types.h"

/* What follows is read from these settings: at the start of a server, or by a command, which may run in
 * a process of its own. The first ones count. */
void accounts_use(const Config *given);
Str accounts_shop_url(void); /* without a slash at its end; empty: unknown */
int64_t accounts_password_min(void);

enum { ACCOUNT_MAILS = 10 };
extern const MailTemplate *const account_mails[ACCOUNT_MAILS];

/* A link that only who reads the mail can follow. */
void mail_verify(Ctx *cx, const User *user, Str token);    /* a new account's address */
void mail_reset(Ctx *cx, const User *user, Str token);     /* a forgotten password */
void mail_new_email(Ctx *cx, const User *user, Str token); /* to the pending address */

/* Notices: what has happened, so that who did not do it can say so. */
void mail_registered_again(Ctx *cx, const User *user);      /* somebody tried his address */
void mail_email_wanted(Ctx *cx, const User *user);          /* to the address that was */
void mail_email_changed(Ctx *cx, const User *user, Str to); /* to both */
void mail_password_changed(Ctx *cx, const User *user);
void mail_second_factor(Ctx *cx, const User *user, bool on);
void mail_deleted(Ctx *cx, const User *user);

#endif
