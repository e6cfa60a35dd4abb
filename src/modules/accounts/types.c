#include "modules/accounts/types.h"

#include "modules/accounts/password.h"
#include "platform/api/limits.h"

const EnumNames user_status_names = ENUM_NAMES("pending", "active", "banned", "deleted");

const Type user_type = TYPE_WITH_ABSENCE(
    User, "Somebody who has an account.",
    FIELD(User, id, "Identifier.", .prefix = "user", .read_only = true),
    FIELD(User, email, "The address, as it was given.", .read_only = true, .personal = true),
    FIELD(User, pending_email, "The address that it will be when the link there was followed.",
          .read_only = true, .nullable = true, .personal = true),
    FIELD(User, name, "As others see it.", .min = 1, .max = USER_NAME_MAX, .personal = true),
    FIELD(User, avatar_url, "A picture.", .format = FORMAT_URL_REFERENCE, .max = USER_AVATAR_MAX,
          .nullable = true, .personal = true),
    FIELD(User, locale, "In which language he wants to be written to; null: the shop's own.",
          .format = FORMAT_LOCALE, .max = 35, .nullable = true, .personal = true),
    ENUM(User, status, "pending: the address is not confirmed.", user_status_names,
         .read_only = true),
    FIELD(User, ban_reason, "Why he is banned.", .read_only = true, .nullable = true),
    FIELD(User, banned_at, "Since when.", .read_only = true, .nullable = true),
    FIELD(User, verified_at, "When the address was confirmed.", .read_only = true,
          .nullable = true),
    FIELD(User, two_factor, "Does he log in with a second factor?", .read_only = true,
          .derived = true),
    FIELD(User, roles, "Names of his roles, beside `customer`; null in lists.", .read_only = true,
          .nullable = true, .derived = true),
    FIELD(User, last_login_at, "When he last logged in.", .read_only = true, .nullable = true),
    FIELD(User, version, "Counts its changes.", .read_only = true),
    FIELD(User, created_at, "When the account was made.", .read_only = true),
    FIELD(User, updated_at, "When it last changed.", .read_only = true));

/* ---- Rows ------------------------------------------------------------------------------------ */

const Type credentials_type = TYPE_WITH_ABSENCE(
    Credentials, "What a user logs in with.",
    FIELD(Credentials, user_id, "Whose.", .prefix = "user"),
    FIELD(Credentials, email_key, "The address in the form that is compared.", .personal = true),
    FIELD(Credentials, password_hash, "A PHC string.", .nullable = true, .secret = true),
    FIELD(Credentials, generation, "Counts changes of it."),
    FIELD(Credentials, totp_secret, "Of the second factor, sealed.", .nullable = true,
          .secret = true),
    FIELD(Credentials, totp, "Is the second factor asked for?"),
    FIELD(Credentials, totp_last_step, "The step of the code that was used last."),
    FIELD(Credentials, wrong_codes, "In a row."),
    FIELD(Credentials, blocked_until, "No code is taken before.", .nullable = true));

const Type recovery_code_type = TYPE(RecoveryCode, "A recovery code that is not used yet.",
                                     FIELD(RecoveryCode, user_id, "Whose.", .prefix = "user"),
                                     FIELD(RecoveryCode, hash, "HMAC of it.", .secret = true));

const Type user_word_type =
    TYPE(UserWord, "By what a user is found.", FIELD(UserWord, user_id, "Who.", .prefix = "user"),
         FIELD(UserWord, word, "Folded.", .personal = true));

const Type login_look_type =
    TYPE(LoginLook, "Who wants to log in.", FIELD(LoginLook, id, "", .prefix = "user"),
         ENUM(LoginLook, status, "", user_status_names),
         FIELD(LoginLook, ban_reason, "", .nullable = true),
         FIELD(LoginLook, password_hash, "", .nullable = true, .secret = true),
         FIELD(LoginLook, generation, ""), FIELD(LoginLook, totp, ""),
         FIELD(LoginLook, account, "", .personal = true));

/* ---- What is sent ---------------------------------------------------------------------------- */

/* A password is judged by rules of its own; here only that it is no novel. */
#define PASSWORD_FIELD(T, member, doc)                                                             \
    FIELD(T, member, doc, .required = true, .max = PASSWORD_INPUT_MAX, .write_only = true,         \
          .secret = true)
#define EMAIL_FIELD(T, doc)                                                                        \
    FIELD(T, email, doc, .required = true, .format = FORMAT_EMAIL, .max = USER_EMAIL_MAX,          \
          .personal = true)
#define OWN_PASSWORD(T) PASSWORD_FIELD(T, password, "The present password.")

const Type registration_type =
    TYPE(Registration, "Who wants an account.",
         EMAIL_FIELD(Registration, "An address that mail reaches: an account begins with a link."),
         PASSWORD_FIELD(Registration, password,
                        "8 to 128 characters (the setting accounts.password_min may ask for more), "
                        "none that everybody uses, not the name or address."),
         FIELD(Registration, name, "As others see it.", .required = true, .min = 1,
               .max = USER_NAME_MAX, .personal = true),
         FIELD(Registration, locale, "In which language to write to him.", .format = FORMAT_LOCALE,
               .max = 35));

const Type email_input_type =
    TYPE(EmailInput, "An address.", EMAIL_FIELD(EmailInput, "The account's address."));

const Type token_input_type =
    TYPE(TokenInput, "What a link carries.",
         FIELD(TokenInput, token, "The `token` of the link.", .required = true, .max = 200,
               .write_only = true, .secret = true));

const Type login_input_type = TYPE(LoginInput, "Who wants to log in.",
                                   FIELD(LoginInput, email, "The account's address.",
                                         .required = true, .max = USER_EMAIL_MAX, .personal = true),
                                   PASSWORD_FIELD(LoginInput, password, "The password."));

const Type second_input_type =
    TYPE(SecondInput, "The second factor.",
         FIELD(SecondInput, challenge, "As the first step has answered it.", .required = true,
               .max = 200, .write_only = true, .secret = true),
         FIELD(SecondInput, code, "Six digits of the telephone, or a recovery code.",
               .required = true, .max = 40, .write_only = true, .secret = true));

const Type new_password_type =
    TYPE(NewPassword, "A password in place of the forgotten one.",
         FIELD(NewPassword, token, "The `token` of the link.", .required = true, .max = 200,
               .write_only = true, .secret = true),
         PASSWORD_FIELD(NewPassword, password, "The new password."));

const Type password_change_type =
    TYPE(PasswordChange, "Another password.", OWN_PASSWORD(PasswordChange),
         PASSWORD_FIELD(PasswordChange, new_password, "The new password."));

const Type email_change_type = TYPE(EmailChange, "Another address.", OWN_PASSWORD(EmailChange),
                                    EMAIL_FIELD(EmailChange, "The new address."));

const Type password_proof_type =
    TYPE(PasswordProof, "That it is really him.", OWN_PASSWORD(PasswordProof));

const Type code_input_type = TYPE(CodeInput, "A code.",
                                  FIELD(CodeInput, code, "Six digits.", .required = true, .max = 40,
                                        .write_only = true, .secret = true));

const Type ban_input_type = TYPE(BanInput, "Why somebody is banned.",
                                 FIELD(BanInput, reason, "He is told when he tries to log in.",
                                       .required = true, .min = 1, .max = BAN_REASON_MAX));

/* ---- What is answered ------------------------------------------------------------------------ */

const Type login_answer_type = TYPE_WITH_ABSENCE(
    LoginAnswer, "Logged in, or asked for the second factor.",
    OBJECT(LoginAnswer, user, "Who is logged in; null: a code is wanted.", user_type,
           .nullable = true),
    FIELD(LoginAnswer, challenge,
          "To be sent with the code to `/v1/sessions/second-factor`; null: he is logged in.",
          .nullable = true),
    FIELD(LoginAnswer, challenge_expires_at, "Until then.", .nullable = true));

const Type totp_setup_type = TYPE(TotpSetup, "What an authenticator needs; shown once.",
                                  FIELD(TotpSetup, secret, "In base32, for who types it."),
                                  FIELD(TotpSetup, uri, "`otpauth://totp/…`, for a QR code."));

const Type recovery_codes_type =
    TYPE(RecoveryCodes, "Codes for the day that the telephone is lost; shown once.",
         FIELD(RecoveryCodes, recovery_codes, "Each is good for once.", .max = 10, .item_max = 40));

const Type public_profile_type =
    TYPE_WITH_ABSENCE(PublicProfile, "What everybody may know of a user.",
                      FIELD(PublicProfile, id, "Identifier.", .prefix = "user"),
                      FIELD(PublicProfile, name, "As he calls himself."),
                      FIELD(PublicProfile, avatar_url, "A picture.", .nullable = true),
                      FIELD(PublicProfile, created_at, "Since when he has an account."));

/* ---- Lists ----------------------------------------------------------------------------------- */

const Type user_query_type = TYPE_WITH_ABSENCE(
    UserQuery, "A page of users, the newest first.",
    FIELD(UserQuery, q, "How the address, the name or a word of it begins.", .max = USER_NAME_MAX),
    ENUM(UserQuery, status, "Only these.", user_status_names),
    FIELD(UserQuery, limit, "Objects on a page.", .min = 1, .max = LIMIT_PAGE, .initial = "20"),
    FIELD(UserQuery, cursor, "`next_cursor` of the page before.", .max = 1400));

const Type user_cursor_type = TYPE(
    UserCursor, "Where the list of users goes on.",
    FIELD(UserCursor, before, "Users made before this one.", .prefix = "user", .required = true));
