/* Logging in, in the three steps of a write (docs/internals/requests.md).
 *
 * Nothing tells whether an address is known: the look is one statement whoever it is, a hash is
 * computed whoever it is, and there is one refusal for a wrong password, an address that nobody has,
 * and one that is not confirmed. Only who knows the password is told that he is banned.
 *
 * Between the steps anything may change: a new password, a ban. Each of them begins another generation
 * of the credentials, and the last step holds the row of the generation that the first has seen.
 *
 * The second factor comes as a request of its own, with a challenge in place of the password. Wrong
 * codes are counted for each user and not for each challenge, since whoever knows the password has as
 * many challenges as he likes. */
#include "modules/accounts/second.h"

#include "modules/accounts/guard.h"
#include "modules/accounts/links.h"
#include "modules/accounts/password.h"
#include "modules/accounts/rules.h"
#include "modules/accounts/store.h"
#include "modules/accounts/totp.h"
#include "platform/api/errors.h"

#include <inttypes.h>

const LoginLook *account_look(Ctx *cx, Str email)
{
    Str account = email_key(cx->arena, email);
    LoginLook *look = login_look(cx, account);
    if (!look) look = NEW(cx->arena, LoginLook);
    look->account = account;
    return look;
}

static LoginCheck compare(Ctx *cx, const LoginLook *look, Str password)
{
    static const LoginCheck wrong = {.refused = {&error_wrong_login, {0}}};
    Str form = password_form(cx->arena, password);
    PasswordFit fit = password_check(form, look->password_hash);
    if (fit == PASSWORD_WRONG) return wrong;
    LoginCheck check = {.refused = user_may_log_in(cx->arena, look)};
    if (!check.refused.error && fit == PASSWORD_RIGHT_OUTDATED)
        check.new_hash = password_hash(cx->arena, cx->random, form);
    return check;
}

/* What is answered alike is counted alike: whoever is told that it was wrong has failed. */
LoginCheck account_check(Request *rq, const LoginLook *look, Str password)
{
    Reply later = attempt_begin(rq, &guard_logins, look->account);
    if (later.status) return (LoginCheck){.refused = {later.error, later.detail}};
    LoginCheck check = compare(rq->cx, look, password);
    if (check.refused.error == &error_wrong_login) attempt_failed(rq, &guard_logins, look->account);
    return check;
}

static void logged_in(Request *rq, Login *login, Str account)
{
    user_logged_in(rq->cx, login->user);
    login->headers = attempt_cookie(rq, account);
}

Login account_log_in(Request *rq, const LoginLook *look, const LoginCheck *check)
{
    Ctx *cx = rq->cx;
    Login login = {.user = look->id};
    if (!credentials_hold(cx, look->id, look->generation, check->new_hash)) {
        login.refused.error = &error_wrong_login;
    } else if (look->totp) {
        login.challenge = link_make(cx, LINK_CHALLENGE, look->id, look->generation, CHALLENGE_S);
        login.challenge_expires_at.us = ctx_now(cx).us + (int64_t)CHALLENGE_S * 1000000;
    } else {
        logged_in(rq, &login, look->account);
    }
    return login;
}

/* ---- The second factor ----------------------------------------------------------------------- */

static Verdict wrong_code(Ctx *cx, Credentials *row)
{
    row->wrong_codes++;
    int64_t block_s = codes_blocked_s(row->wrong_codes);
    if (block_s) {
        row->blocked_until.us = ctx_now(cx).us + block_s * 1000000;
        MARK_SET(&credentials_type, row, Credentials, blocked_until);
    }
    totp_put(cx, row);
    return (Verdict){&error_wrong_code, {0}};
}

static Verdict is_blocked(Ctx *cx, const Credentials *row)
{
    int64_t left_us = row->blocked_until.us - ctx_now(cx).us;
    if (left_us <= 0) return (Verdict){0};
    return (Verdict){
        &error_too_many_codes,
        str_format(cx->arena, "None is taken for %" PRId64 " seconds.", left_us / 1000000 + 1)};
}

Verdict second_check(Ctx *cx, Credentials *row, Str code)
{
    Verdict blocked = is_blocked(cx, row);
    if (blocked.error) return blocked;
    Str secret, typed = str_trim(code);
    if (typed.n == TOTP_DIGITS && second_secret(cx, row, &secret)) {
        int64_t step = totp_match(secret, ctx_now(cx), row->totp_last_step, typed);
        if (!step) return wrong_code(cx, row);
        row->totp_last_step = step;
    } else {
        Str recovery = recovery_code_form(cx->arena, typed);
        if (!recovery.p ||
            !recovery_code_use(cx, row->user_id, recovery_hash(cx, row->user_id, recovery)))
            return wrong_code(cx, row);
    }
    row->wrong_codes = 0;
    totp_put(cx, row);
    return (Verdict){0};
}

Login account_second(Request *rq, Str challenge, Str code)
{
    static const Login wrong = {.refused = {&error_wrong_code, {0}}};
    Ctx *cx = rq->cx;
    LinkToken token;
    Verdict later = guard_code(rq);
    if (later.error) return (Login){.refused = later};
    if (!link_parse(challenge, &token)) return wrong;
    credentials_take(cx, token.user);
    Credentials *row = credentials_read(cx, token.user);
    if (!row || !row->totp || !link_holds(cx, LINK_CHALLENGE, &token, row->generation))
        return wrong;
    Login login = {.user = token.user, .refused = second_check(cx, row, code)};
    if (!login.refused.error) logged_in(rq, &login, row->email_key);
    return login;
}
