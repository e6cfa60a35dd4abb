/* What happens to accounts: used by routes, pages, jobs and commands alike. */
#ifndef MODULES_ACCOUNTS_ACCOUNT_H
#define MODULES_ACCOUNTS_ACCOUNT_H

#include "modules/accounts/types.h"

void accounts_start(const ModuleWorld *world);

/* ---- Passwords ------------------------------------------------------------------------------- */

/* The hash of a new password of that owner, or why it is none: a violation at `pointer`. On the hash
 * lane, or in a command. */
typedef struct PasswordMade {
    Str hash;
    Violations *refused; /* NULL: none */
} PasswordMade;
PasswordMade account_make_password(Ctx *cx, Str password, Str email, Str name, Str pointer);

/* Keeps it, tells him, and ends his sessions but `except` (0: all). He was read before. */
void account_put_password(Ctx *cx, const User *user, Str hash, Id except);

/* ---- By links -------------------------------------------------------------------------------- */

/* The user whom the link's text is for and good; NULL: it is not. `purpose`: links.h. */
User *account_by_link(Ctx *cx, const char *purpose, Str text);

/* Each does what its link is for; the user was touched (user_touch) before he was read again. */
Verdict account_verify(Ctx *cx, Str token);
Verdict account_move(Ctx *cx, Str token); /* to the pending address */
Verdict account_reset(Ctx *cx, Str token, Str hash);

/* The token with which a user sets a password: for who is told it by hand. */
Str account_reset_token(Ctx *cx, Id user, int64_t for_s);

/* ---- The rest -------------------------------------------------------------------------------- */

/* The user with his roles, as he is shown. */
User *account_read(Ctx *cx, Id id);

void account_change(Ctx *cx, User *user, const User *patch); /* name, avatar, locale */
Verdict account_delete(Ctx *cx, const User *user);
Verdict account_ban(Ctx *cx, User *user, Str reason);
Verdict account_unban(Ctx *cx, User *user);

enum { ACCOUNT_AUDITS = 12 };
extern const AuditAction user_impersonated;
extern const AuditAction *const account_audits[ACCOUNT_AUDITS];

/* ---- Jobs: what is asked without a word about who has an account ------------------------------ */

void account_ask_registration(Ctx *cx, const Registration *in, Str password_hash);
void account_ask_reset(Ctx *cx, Str email);
void account_ask_move(Ctx *cx, Id user, Str email);

#endif
