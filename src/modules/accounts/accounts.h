/* Accounts: who the shop's people are, and how they prove it. Owns users, passwords, second factors,
 * and the mails about them; what a user may do is auth's. See docs/internals/accounts.md. */
#ifndef MODULES_ACCOUNTS_ACCOUNTS_H
#define MODULES_ACCOUNTS_ACCOUNTS_H

#include "platform/api/request.h"
#include "platform/module.h"

typedef enum UserStatus {
    USER_PENDING, /* has not shown yet that the address is his: cannot log in */
    USER_ACTIVE,
    USER_BANNED,
    USER_DELETED, /* nothing personal is left */
} UserStatus;

typedef struct User {
    Present present;
    Id id;
    Str email;         /* as it was given */
    Str pending_email; /* will be his address when he has followed the link there */
    Str name;
    Str avatar_url;
    Str locale;
    unsigned status; /* UserStatus */
    Str ban_reason;
    Time banned_at;
    Time verified_at;
    bool two_factor;
    StrList roles;
    Time last_login_at;
    int64_t version;
    Time created_at, updated_at;
} User;

typedef struct UserList {
    User *items;
    size_t n;
} UserList;

extern const Type user_type;

/* The user of that id, deleted ones too; NULL when there is none. Without `roles`. */
User *user_read(Ctx *cx, Id id);
UserList users_by_id(Ctx *cx, IdList ids); /* those that there are, the newest first */

/* ---- Logging in: three steps of a write ------------------------------------------------------ */

/* Each step counts what it must (platform/api/attempts.h, guard.h): whoever uses them, a page, a route
 * or another module, cannot be guessed at more than all others together. */

/* What is known of who wants to log in. */
typedef struct LoginLook {
    Id id; /* 0: nobody has this address */
    unsigned status;
    Str ban_reason;
    Str password_hash;
    int64_t generation;
    bool totp;
    Str account; /* by what attempts are counted: the address in its normal form, known or not */
} LoginLook;

/* Step one, in a READ transaction: never NULL, as many statements whoever it is. */
const LoginLook *account_look(Ctx *cx, Str email);

typedef struct LoginCheck {
    Verdict refused; /* why he cannot log in (error_wrong_login, error_banned, error_rate_limited);
                        its error is NULL: the password is right */
    Str new_hash;    /* the password hashed as it is done today; empty: it is already */
} LoginCheck;

/* Step two, on the hash lane, without a transaction. It costs the same whoever it is. Once in a
 * request. */
LoginCheck account_check(Request *rq, const LoginLook *look, Str password);

typedef struct Login {
    Verdict refused;
    Id user;
    Str challenge; /* not empty: he has a second factor, to be sent with this to account_second */
    Time challenge_expires_at;
    Str headers; /* for the answer, when he is logged in: a cookie by which the device is known when
                    strangers guess at his password (attempts.h). A program may ignore it */
} Login;

/* Step three, in a WRITE transaction: he is logged in, but has no session yet (auth_session_start). */
Login account_log_in(Request *rq, const LoginLook *look, const LoginCheck *check);

/* The second factor: a code of the telephone, or a recovery code. In a WRITE transaction, which must
 * commit although it is refused (refuse_and_keep): wrong codes are counted. */
Login account_second(Request *rq, Str challenge, Str code);

/* ---- Making and changing --------------------------------------------------------------------- */

typedef struct NewUser {
    Str email, name, locale;
    Str password_hash; /* empty: none yet, he sets one by a link */
    bool verified;
} NewUser;

/* Makes a user, inside a WRITE transaction; *out is his id. The address is checked by who asks. */
Verdict user_create(Ctx *cx, const NewUser *new, Id *out);

/* ---- The first start -------------------------------------------------------------------------- */

/* On a shop without an owner: makes the one of the settings owner_email and owner_password_file.
 * *path is the page, with its token, that is left to be opened by hand: where the owner sets a
 * password, or, without these settings, where somebody becomes the owner; empty: none. Outside of a
 * transaction; *detail says what failed. */
const Error *account_first_start(Db *db, Ctx *cx, const Config *config, Str *path, Str *detail);

/* ---- What is announced ----------------------------------------------------------------------- */

typedef struct UserEvent {
    Id user;
} UserEvent;

/* Whoever keeps something personal of him forgets it. */
extern const Event user_deleted;

extern const Error error_wrong_login, error_banned, error_wrong_code, error_too_many_codes,
    error_bad_link, error_impersonated;

extern const Module accounts_module, users_module, account_pages_module;

#endif
