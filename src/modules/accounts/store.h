/* The accounts' SQL: every statement of the module is in store.c. */
#ifndef MODULES_ACCOUNTS_STORE_H
#define MODULES_ACCOUNTS_STORE_H

#include "modules/accounts/types.h"

/* ---- Users ----------------------------------------------------------------------------------- */

/* Counts a change of the user, and holds him until the commit: first, where one decides on what he
 * reads. False: there is none of that id. */
bool user_touch(Ctx *cx, Id id);

void user_insert(Ctx *cx, const User *user);
void user_update(Ctx *cx, const User *user); /* all but id, version and times */
void user_logged_in(Ctx *cx, Id id);

/* Those that fit, newest first, one more than the page has. */
UserList users_page(Ctx *cx, const UserQuery *query, Id before);

/* Rows of `user_words`: replaces them. */
void user_words_put(Ctx *cx, Id user, StrList words);

/* Deletes users who were made before and have never confirmed their address. */
int64_t users_forget_pending(Ctx *cx, Time before);

/* ---- Credentials ----------------------------------------------------------------------------- */

Id user_by_email(Ctx *cx, Str email_key);      /* 0: nobody */
LoginLook *login_look(Ctx *cx, Str email_key); /* NULL: nobody */
LoginLook *login_look_of(Ctx *cx, Id user);
Credentials *credentials_read(Ctx *cx, Id user); /* NULL: deleted, or nobody */
void credentials_insert(Ctx *cx, const Credentials *credentials);
void credentials_delete(Ctx *cx, Id user);

/* Begins another generation, and keeps the new hash; wrong codes are forgiven. */
void credentials_put_password(Ctx *cx, Id user, Str password_hash);

/* Begins another generation. */
void credentials_renew(Ctx *cx, Id user);

/* The same with another address. */
void credentials_put_email(Ctx *cx, Id user, Str email_key);

/* Holds the row until the commit, and keeps the new hash if there is one; false when the generation is
 * another one by now. */
bool credentials_hold(Ctx *cx, Id user, int64_t generation, Str new_hash);

/* Holds the row until the commit. */
void credentials_take(Ctx *cx, Id user);

void totp_put(Ctx *cx, const Credentials *credentials); /* the members of the second factor */

void recovery_codes_put(Ctx *cx, Id user, const StrList *hashes); /* in place of those there were */
bool recovery_code_use(Ctx *cx, Id user, Str hash);               /* false: there is none such */
int64_t recovery_codes_left(Ctx *cx, Id user);

#endif
