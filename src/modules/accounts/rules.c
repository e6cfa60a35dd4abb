#include "modules/accounts/rules.h"

#include "meta/nfkc.h"

#define ERROR(name_, code_, status_, title_, doc_)                                                 \
    const Error name_ = {code_, status_, title_, LOG_DEBUG, doc_}

ERROR(error_wrong_login, "wrong_login", 401,
      "The address or the password is wrong, or the address is not confirmed.",
      "An address is confirmed by the link that is mailed to it. Which of them is never told, so "
      "that nobody learns who has an account.");
ERROR(error_banned, "banned", 403, "This account is closed.", "Only the shop can open it again.");
ERROR(error_wrong_code, "wrong_code", 403, "The code is wrong.",
      "A code counts for half a minute and once; a recovery code once. A challenge counts for five "
      "minutes: then log in anew.");
ERROR(error_too_many_codes, "too_many_codes", 429, "Too many wrong codes.",
      "No code is taken for a while. A new password (`/v1/password-resets`) ends the wait.");
ERROR(error_bad_link, "bad_link", 410, "The link is not good any more.",
      "It has been used, is too old, or was made before something changed. Ask for another one.");
ERROR(error_email_taken, "email_taken", 409, "Another account has this address.",
      "Log in to that account, or take another address.");
ERROR(error_weak_password, "weak_password", 422, "The password is refused.",
      "It is too short, or among the first that somebody would try.");
ERROR(error_wrong_password, "wrong_password", 403, "The present password is wrong.",
      "Changes of what one logs in with want it once more.");
ERROR(error_out_of_reach, "out_of_reach", 403, "This user may do what you may not.",
      "One can ban or act as those whose permissions one holds all by oneself.");
ERROR(error_not_yourself, "not_yourself", 409, "That cannot be done to oneself.",
      "Let another administrator do it.");
ERROR(error_impersonated, "impersonated", 403, "Only the user himself may do this.",
      "Who acts as somebody else changes nothing of what that one logs in with.");
ERROR(error_totp_on, "second_factor_on", 409, "There is a second factor already.",
      "Remove it before another one is set up.");
ERROR(error_totp_off, "second_factor_off", 409, "There is no second factor.",
      "Begin with `POST /v1/account/totp`.");
ERROR(error_not_active, "not_active", 409, "The account's state does not allow it.",
      "Only active users can be banned or acted as, and only banned ones let in again.");

Str email_key(Arena *arena, Str email)
{
    return str_lower(arena, email);
}

Str user_search_form(Arena *arena, Str text)
{
    Str folded = nfkc(arena, str_trim(text), true);
    return folded.p ? folded : S("");
}

StrList user_words_of(Arena *arena, Str email, Str name)
{
    StrList words = {NEW_N(arena, Str, USER_WORDS_MAX), 0};
    words.items[words.n++] = email_key(arena, email);
    Str rest = user_search_form(arena, name);
    while (rest.n && words.n < USER_WORDS_MAX) {
        words.items[words.n++] = rest;
        size_t blank = str_find_char(rest, ' ');
        rest = str_trim(str_slice(rest, blank, rest.n));
    }
    return words;
}

Verdict user_may_log_in(Arena *arena, const LoginLook *look)
{
    if (look->id.n && look->status == USER_BANNED)
        return (Verdict){&error_banned, str_copy(arena, look->ban_reason)};
    if (!look->id.n || look->status != USER_ACTIVE) return (Verdict){&error_wrong_login, {0}};
    return (Verdict){0};
}

int64_t codes_blocked_s(int64_t wrong_codes)
{
    if (wrong_codes < WRONG_CODES_MAX || wrong_codes % WRONG_CODES_MAX != 0) return 0;
    int64_t block_s = WRONG_CODES_BLOCK_S;
    for (int64_t i = WRONG_CODES_MAX; i < wrong_codes && block_s < WRONG_CODES_BLOCK_MAX_S;
         i += WRONG_CODES_MAX)
        block_s *= 2;
    return block_s < WRONG_CODES_BLOCK_MAX_S ? block_s : WRONG_CODES_BLOCK_MAX_S;
}

Str next_path(Str next, Str otherwise)
{
    return text_is_url_path(next) ? next : otherwise;
}
