/* Links in mails: who has followed one has read the mail.
 *
 * A token says whom it is for and until when, and is signed (platform/vault) together with what it is
 * for and the generation of the user's credentials. So no table holds tokens, nobody can make one, and
 * it is good for once: what it is used for begins another generation. */
#ifndef MODULES_ACCOUNTS_LINKS_H
#define MODULES_ACCOUNTS_LINKS_H

#include "platform/ctx.h"

/* What a link is for: the purposes of the vault's keys. */
#define LINK_VERIFY    "accounts.verify"
#define LINK_EMAIL     "accounts.email"
#define LINK_RESET     "accounts.reset"
#define LINK_CHALLENGE "accounts.challenge"

typedef struct LinkToken {
    Id user;
    int64_t expires_s; /* since 1970 */
    Str signature;
} LinkToken;

/* A token for the user, good for so long and as long as his credentials are of this generation. */
Str link_make(Ctx *cx, const char *purpose, Id user, int64_t generation, int64_t for_s);

/* Takes a token apart; nothing is known of it then but its shape. */
bool link_parse(Str text, LinkToken *out);

/* Is it one of ours, for this, not over, and of this generation? */
bool link_holds(Ctx *cx, const char *purpose, const LinkToken *token, int64_t generation);

#endif
