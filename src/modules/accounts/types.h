/* Types that only the accounts themselves use: inputs, answers and rows. */
#ifndef MODULES_ACCOUNTS_TYPES_H
#define MODULES_ACCOUNTS_TYPES_H

#include "modules/accounts/accounts.h"
#include "modules/accounts/limits.h"

/* ---- Rows ------------------------------------------------------------------------------------ */

typedef struct Credentials {
    Id user_id;
    Str email_key;
    Str password_hash;
    int64_t generation;
    Str totp_secret; /* sealed; there while it is being set up, too */
    bool totp;       /* is it asked for? */
    int64_t totp_last_step;
    int64_t wrong_codes;
    Time blocked_until;
    Present present;
} Credentials;

typedef struct RecoveryCode {
    Id user_id;
    Str hash;
} RecoveryCode;

typedef struct UserWord {
    Id user_id;
    Str word;
} UserWord;

extern const EnumNames user_status_names;
extern const Type credentials_type, recovery_code_type, user_word_type, login_look_type;

/* ---- What is sent ---------------------------------------------------------------------------- */

typedef struct Registration {
    Str email, password, name, locale;
} Registration;

typedef struct EmailInput {
    Str email;
} EmailInput;

typedef struct TokenInput {
    Str token;
} TokenInput;

typedef struct LoginInput {
    Str email, password;
} LoginInput;

typedef struct SecondInput {
    Str challenge, code;
} SecondInput;

typedef struct NewPassword {
    Str token, password;
} NewPassword;

typedef struct PasswordChange {
    Str password, new_password;
} PasswordChange;

typedef struct EmailChange {
    Str password, email;
} EmailChange;

typedef struct PasswordProof {
    Str password;
} PasswordProof;

typedef struct CodeInput {
    Str code;
} CodeInput;

typedef struct BanInput {
    Str reason;
} BanInput;

extern const Type registration_type, email_input_type, token_input_type, login_input_type,
    second_input_type, new_password_type, password_change_type, email_change_type,
    password_proof_type, code_input_type, ban_input_type;

/* ---- What is answered ------------------------------------------------------------------------ */

typedef struct LoginAnswer {
    Present present;
    User user;
    Str challenge;
    Time challenge_expires_at;
} LoginAnswer;

typedef struct TotpSetup {
    Str secret, uri;
} TotpSetup;

typedef struct RecoveryCodes {
    StrList recovery_codes;
} RecoveryCodes;

typedef struct PublicProfile {
    Present present;
    Id id;
    Str name, avatar_url;
    Time created_at;
} PublicProfile;

extern const Type login_answer_type, totp_setup_type, recovery_codes_type, public_profile_type;

/* ---- Lists ----------------------------------------------------------------------------------- */

typedef struct UserQuery {
    Present present;
    Str q;
    unsigned status; /* UserStatus, when it is there */
    int64_t limit;
    Str cursor;
} UserQuery;

typedef struct UserCursor {
    Id before;
} UserCursor;

extern const Type user_query_type, user_cursor_type;

#endif
