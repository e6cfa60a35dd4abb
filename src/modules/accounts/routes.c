/* What accounts answer to programs and pages; people without a program have pages.c.
 *
 * A request that anybody can send and that would tell something (is there an account?) answers 202
 * with nothing, and leaves the rest to a job (tasks.c). A request that changes what one logs in with
 * wants the password once more: its row looks the hash up, compares on the hash lane, and only then
 * writes. */
#include "modules/accounts/account.h"
#include "modules/accounts/guard.h"
#include "modules/accounts/links.h"
#include "modules/accounts/mails.h"
#include "modules/accounts/rules.h"
#include "modules/accounts/second.h"
#include "modules/accounts/session.h"
#include "modules/accounts/store.h"
#include "modules/accounts/tasks.h"
#include "modules/auth/auth.h"
#include "platform/api/errors.h"
#include "platform/events.h"
#include "platform/personal.h"

/* ---- Registering, and links ------------------------------------------------------------------- */

static Reply hash_registration(Request *rq, const Registration *in)
{
    PasswordMade *made = NEW(rq->cx->arena, PasswordMade);
    Verdict later = guard_registration(rq, in->email);
    if (later.error) return refuse(later);
    *made = account_make_password(rq->cx, in->password, in->email, in->name, S("/password"));
    rq->ahead = made;
    return made->refused ? refuse_violations(made->refused) : (Reply){0};
}
HANDLER(hash_registration, Registration)

static Reply accepted(void)
{
    return (Reply){.status = 202};
}

static Reply register_account(Request *rq, const Registration *in)
{
    const PasswordMade *made = rq->ahead;
    account_ask_registration(rq->cx, in, made->hash);
    return accepted();
}
HANDLER(register_account, Registration)

static Reply verify_account(Request *rq, const TokenInput *in)
{
    Verdict verdict = account_verify(rq->cx, in->token);
    return verdict.error ? refuse(verdict) : no_content();
}
HANDLER(verify_account, TokenInput)

static Reply request_password_reset(Request *rq, const EmailInput *in)
{
    bool needless;
    Verdict later = guard_reset(rq, in->email, &needless);
    if (later.error) return refuse(later);
    if (!needless) account_ask_reset(rq->cx, in->email);
    return accepted();
}
HANDLER(request_password_reset, EmailInput)

static Reply look_at_reset(Request *rq, const NewPassword *in)
{
    rq->looked = account_by_link(rq->cx, LINK_RESET, in->token);
    return rq->looked ? (Reply){0} : refuse((Verdict){&error_bad_link, {0}});
}
HANDLER(look_at_reset, NewPassword)

static Reply hash_reset(Request *rq, const NewPassword *in)
{
    const User *user = rq->looked;
    PasswordMade *made = NEW(rq->cx->arena, PasswordMade);
    *made = account_make_password(rq->cx, in->password, user->email, user->name, S("/password"));
    rq->ahead = made;
    return made->refused ? refuse_violations(made->refused) : (Reply){0};
}
HANDLER(hash_reset, NewPassword)

static Reply reset_password(Request *rq, const NewPassword *in)
{
    const PasswordMade *made = rq->ahead;
    Verdict verdict = account_reset(rq->cx, in->token, made->hash);
    return verdict.error ? refuse(verdict) : no_content();
}
HANDLER(reset_password, NewPassword)

/* ---- Logging in and out ----------------------------------------------------------------------- */

static Reply look_at_login(Request *rq, const LoginInput *in)
{
    rq->looked = (void *)account_look(rq->cx, in->email);
    return (Reply){0};
}
HANDLER(look_at_login, LoginInput)

static Reply check_login(Request *rq, const LoginInput *in)
{
    LoginCheck *check = NEW(rq->cx->arena, LoginCheck);
    *check = account_check(rq, rq->looked, in->password);
    rq->ahead = check;
    return check->refused.error ? refuse(check->refused) : (Reply){0};
}
HANDLER(check_login, LoginInput)

static Reply answer_login(Request *rq, const Login *login)
{
    LoginAnswer *answer = NEW(rq->cx->arena, LoginAnswer);
    Reply reply = ok(&login_answer_type, answer);
    if (login->challenge.n) {
        answer->challenge = login->challenge;
        answer->challenge_expires_at = login->challenge_expires_at;
        MARK_SET(&login_answer_type, answer, LoginAnswer, challenge);
        MARK_SET(&login_answer_type, answer, LoginAnswer, challenge_expires_at);
        return reply;
    }
    reply.headers = session_of_login(rq, login);
    answer->user = *account_read(rq->cx, login->user);
    MARK_SET(&login_answer_type, answer, LoginAnswer, user);
    return reply;
}

static Reply log_in(Request *rq, const LoginInput *in)
{
    (void)in;
    Login login = account_log_in(rq, rq->looked, rq->ahead);
    return login.refused.error ? refuse(login.refused) : answer_login(rq, &login);
}
HANDLER(log_in, LoginInput)

static Reply log_in_second(Request *rq, const SecondInput *in)
{
    Login login = account_second(rq, in->challenge, in->code);
    if (login.refused.error) return refuse_and_keep(refuse(login.refused));
    return answer_login(rq, &login);
}
HANDLER(log_in_second, SecondInput)

static Reply log_out(Request *rq)
{
    Reply reply = no_content();
    reply.headers = session_leave(rq);
    return reply;
}
HANDLER_PLAIN(log_out)

/* ---- One's own account ------------------------------------------------------------------------ */

static Reply show_account(Request *rq)
{
    const User *user = account_read(rq->cx, rq->cx->actor.id);
    return user ? with_version(ok(&user_type, user), user->version) : not_found(rq, "account");
}
HANDLER_PLAIN(show_account)

/* The actor's own row, held until the commit. */
static User *take_account(Request *rq)
{
    Id id = rq->cx->actor.id;
    return user_touch(rq->cx, id) ? user_read(rq->cx, id) : NULL;
}

static Reply change_account(Request *rq, const User *patch)
{
    User *user = take_account(rq);
    if (!user) return not_found(rq, "account");
    if (!version_matches(rq, user->version - 1)) return version_changed(rq);
    account_change(rq->cx, user, patch);
    return show_account(rq);
}
HANDLER(change_account, User)

static Reply export_account(Request *rq)
{
    Reply reply = ok_bytes(personal_export(rq->cx, rq->cx->actor.id), S("application/json"));
    reply.headers = S("Cache-Control: no-store\r\n"
                      "Content-Disposition: attachment; filename=\"account.json\"\r\n");
    return reply;
}
HANDLER_PLAIN(export_account)

/* ---- What wants the password once more -------------------------------------------------------- */

/* Of who is logged in: what `ahead` compares, and whose it is. */
typedef struct Own {
    LoginLook *login;
    const User *user;
} Own;

/* What `ahead` has found. */
typedef struct Proof {
    LoginCheck check;
    Str hash; /* of the new password, where there is one */
} Proof;

/* Who acts as somebody else does not touch what that one logs in with. */
static Reply look_at_own(Request *rq)
{
    const Actor *actor = &rq->cx->actor;
    if (actor->impersonator.n) return refuse((Verdict){&error_impersonated, {0}});
    Own *own = NEW(rq->cx->arena, Own);
    *own = (Own){login_look_of(rq->cx, actor->id), user_read(rq->cx, actor->id)};
    /* By himself: what strangers guess at the door keeps nobody from changing his password. */
    if (own->login) own->login->account = id_text(rq->cx->arena, "user", actor->id);
    rq->looked = own;
    return own->login && own->user ? (Reply){0} : not_found(rq, "account");
}
HANDLER_PLAIN(look_at_own)

/* On the hash lane. */
static Reply prove(Request *rq, Str password)
{
    const Own *own = rq->looked;
    Proof *proof = NEW(rq->cx->arena, Proof);
    proof->check = account_check(rq, own->login, password);
    rq->ahead = proof;
    Verdict refused = proof->check.refused;
    if (refused.error && refused.error != &error_rate_limited)
        refused.error = &error_wrong_password;
    return refused.error ? refuse(refused) : (Reply){0};
}

/* In the handler: the user, held; NULL when it is no longer the password that was proven. */
static User *take_proven(Request *rq)
{
    const Own *own = rq->looked;
    const Proof *proof = rq->ahead;
    bool there = user_touch(rq->cx, own->user->id);
    bool held =
        credentials_hold(rq->cx, own->user->id, own->login->generation, proof->check.new_hash);
    return there && held ? user_read(rq->cx, own->user->id) : NULL;
}

static Reply not_proven(void)
{
    return refuse((Verdict){&error_wrong_password, {0}});
}

static Reply prove_password(Request *rq, const PasswordProof *in)
{
    return prove(rq, in->password);
}
HANDLER(prove_password, PasswordProof)

static Reply prove_and_hash(Request *rq, const PasswordChange *in)
{
    const Own *own = rq->looked;
    Reply refused = prove(rq, in->password);
    if (refused.status) return refused;
    PasswordMade made = account_make_password(rq->cx, in->new_password, own->user->email,
                                              own->user->name, S("/new_password"));
    ((Proof *)rq->ahead)->hash = made.hash;
    return made.refused ? refuse_violations(made.refused) : (Reply){0};
}
HANDLER(prove_and_hash, PasswordChange)

static Reply change_password(Request *rq, const PasswordChange *in)
{
    (void)in;
    const Proof *proof = rq->ahead;
    const User *user = take_proven(rq);
    if (!user) return not_proven();
    account_put_password(rq->cx, user, proof->hash, rq->cx->actor.session);
    return no_content();
}
HANDLER(change_password, PasswordChange)

static Reply prove_for_email(Request *rq, const EmailChange *in)
{
    Reply refused = prove(rq, in->password);
    if (refused.status) return refused;
    Verdict later = guard_move(rq, in->email);
    return later.error ? refuse(later) : (Reply){0};
}
HANDLER(prove_for_email, EmailChange)

static Reply change_email(Request *rq, const EmailChange *in)
{
    if (!take_proven(rq)) return not_proven();
    account_ask_move(rq->cx, rq->cx->actor.id, in->email);
    return accepted();
}
HANDLER(change_email, EmailChange)

static Reply confirm_email(Request *rq, const TokenInput *in)
{
    Verdict verdict = account_move(rq->cx, in->token);
    return verdict.error ? refuse(verdict) : no_content();
}
HANDLER(confirm_email, TokenInput)

static Reply delete_account(Request *rq, const PasswordProof *in)
{
    (void)in;
    const User *user = take_proven(rq);
    if (!user) return not_proven();
    Verdict verdict = account_delete(rq->cx, user);
    if (verdict.error) return refuse(verdict);
    Reply reply = no_content();
    reply.headers = session_forget(rq);
    return reply;
}
HANDLER(delete_account, PasswordProof)

/* ---- The second factor ------------------------------------------------------------------------ */

static Reply begin_totp(Request *rq, const PasswordProof *in)
{
    (void)in;
    const User *user = take_proven(rq);
    if (!user) return not_proven();
    TotpSetup *setup = NEW(rq->cx->arena, TotpSetup);
    Verdict verdict = second_begin(rq->cx, user, setup);
    return verdict.error ? refuse(verdict) : ok(&totp_setup_type, setup);
}
HANDLER(begin_totp, PasswordProof)

static Reply confirm_totp(Request *rq, const CodeInput *in)
{
    if (rq->cx->actor.impersonator.n) return refuse((Verdict){&error_impersonated, {0}});
    RecoveryCodes *codes = NEW(rq->cx->arena, RecoveryCodes);
    const User *user = take_account(rq);
    if (!user) return not_found(rq, "account");
    Verdict verdict = second_confirm(rq->cx, user, in->code, codes);
    return verdict.error ? refuse(verdict) : ok(&recovery_codes_type, codes);
}
HANDLER(confirm_totp, CodeInput)

static Reply remove_totp(Request *rq, const PasswordProof *in)
{
    (void)in;
    const User *user = take_proven(rq);
    if (!user) return not_proven();
    Verdict verdict = second_remove(rq->cx, user);
    return verdict.error ? refuse(verdict) : no_content();
}
HANDLER(remove_totp, PasswordProof)

static Reply renew_recovery_codes(Request *rq, const PasswordProof *in)
{
    (void)in;
    const User *user = take_proven(rq);
    if (!user) return not_proven();
    RecoveryCodes *codes = NEW(rq->cx->arena, RecoveryCodes);
    Verdict verdict = second_renew_codes(rq->cx, user->id, codes);
    return verdict.error ? refuse(verdict) : ok(&recovery_codes_type, codes);
}
HANDLER(renew_recovery_codes, PasswordProof)

/* ---- The table -------------------------------------------------------------------------------- */

static const Error *const link_errors[] = {&error_bad_link, NULL};
static const Error *const move_errors[] = {&error_bad_link, &error_email_taken, NULL};
static const Error *const login_errors[] = {&error_wrong_login, &error_banned, NULL};
static const Error *const second_errors[] = {&error_wrong_code, &error_too_many_codes, NULL};
static const Error *const proof_errors[] = {&error_wrong_password, &error_impersonated, NULL};
static const Error *const delete_errors[] = {&error_wrong_password, &error_impersonated,
                                             &error_last_owner, NULL};
static const Error *const begin_errors[] = {&error_wrong_password, &error_impersonated,
                                            &error_totp_on, NULL};
static const Error *const confirm_errors[] = {&error_impersonated, &error_totp_on, &error_totp_off,
                                              &error_wrong_code, NULL};
static const Error *const totp_errors[] = {&error_wrong_password, &error_impersonated,
                                           &error_totp_off, NULL};

#define HASHED .ahead_lane = ROUTE_LANE_HASH
#define WITH_PASSWORD(ahead_)                                                                      \
    .tx = TX_WRITE, .signed_in = true, .look = look_at_own_handler, .ahead = ahead_##_handler,     \
    HASHED

static const Route routes[] = {
    ROUTE(POST, "/v1/accounts", register_account, "Register.",
          .detail = "Answers the same whether there is such an account or not. A new one begins "
                    "with the link that is mailed to the address; to who has one already a mail "
                    "says that somebody tried.",
          .tx = TX_WRITE, .body = &registration_type, .ahead = hash_registration_handler, HASHED,
          .status = 202),
    ROUTE(POST, "/v1/accounts/verification", verify_account,
          "Confirm the address of a new account by the token of its link.", .tx = TX_WRITE,
          .body = &token_input_type, .errors = link_errors),
    ROUTE(POST, "/v1/password-resets", request_password_reset,
          "Ask for a link by which a forgotten password is replaced.",
          .detail =
              "Answers the same whether there is such an account or not. The link is good for "
              "an hour.",
          .tx = TX_WRITE, .body = &email_input_type, .status = 202),
    ROUTE(POST, "/v1/password-resets/confirmation", reset_password,
          "Set a password by the token of a link; ends all sessions.", .tx = TX_WRITE,
          .body = &new_password_type, .look = look_at_reset_handler, .ahead = hash_reset_handler,
          HASHED, .errors = link_errors),

    ROUTE(POST, "/v1/sessions", log_in, "Log in: a cookie for a browser.",
          .detail = "Answers the user, and sets the cookie of a session; or, where a second factor "
                    "is set up, a `challenge` for `/v1/sessions/second-factor`. Programs that are "
                    "no browser use `/v1/oauth/token`.",
          .tx = TX_WRITE, .secret = true, .body = &login_input_type, .reply = &login_answer_type,
          .look = look_at_login_handler, .ahead = check_login_handler, HASHED,
          .errors = login_errors),
    ROUTE(POST, "/v1/sessions/second-factor", log_in_second,
          "Log in, second step: the code of the telephone, or a recovery code.", .tx = TX_WRITE,
          .secret = true, .body = &second_input_type, .reply = &login_answer_type,
          .errors = second_errors),
    ROUTE(DELETE, "/v1/sessions/current", log_out, "Log out.", .tx = TX_WRITE, .signed_in = true),

    ROUTE(GET, "/v1/account", show_account, "Read one's own account.", .tx = TX_READ,
          .signed_in = true, .reply = &user_type),
    ROUTE(PATCH, "/v1/account", change_account, "Change name, picture or language.", .tx = TX_WRITE,
          .signed_in = true, .body = &user_type, .body_mode = BODY_MERGE_PATCH, .reply = &user_type,
          .if_match = true),
    ROUTE(GET, "/v1/account/export", export_account, "Take everything with you that is one's own.",
          .detail = "One member for each kind of thing that the shop keeps of a user.",
          .tx = TX_READ, .signed_in = true, .content_type = "application/json"),
    ROUTE(POST, "/v1/account/password", change_password,
          "Change the password; ends all other sessions.", WITH_PASSWORD(prove_and_hash),
          .body = &password_change_type, .errors = proof_errors),
    ROUTE(POST, "/v1/account/email", change_email, "Ask for another address.",
          .detail = "Both addresses are told; the new one counts when its link was followed.",
          WITH_PASSWORD(prove_for_email), .body = &email_change_type, .status = 202,
          .errors = proof_errors),
    ROUTE(POST, "/v1/account/email/confirmation", confirm_email,
          "Confirm the new address by the token of its link.", .tx = TX_WRITE,
          .body = &token_input_type, .errors = move_errors),
    ROUTE(POST, "/v1/account/deletion", delete_account, "Delete one's own account, for ever.",
          WITH_PASSWORD(prove_password), .body = &password_proof_type, .errors = delete_errors),

    ROUTE(POST, "/v1/account/totp", begin_totp, "Begin to set up a second factor.",
          .detail = "It is asked for when a code of it has been confirmed.",
          WITH_PASSWORD(prove_password), .secret = true, .body = &password_proof_type,
          .reply = &totp_setup_type, .errors = begin_errors),
    ROUTE(POST, "/v1/account/totp/confirmation", confirm_totp,
          "Finish it, by a first code; answers recovery codes.", .tx = TX_WRITE, .signed_in = true,
          .secret = true, .body = &code_input_type, .reply = &recovery_codes_type,
          .errors = confirm_errors),
    ROUTE(POST, "/v1/account/totp/removal", remove_totp, "Log in without a second factor again.",
          WITH_PASSWORD(prove_password), .body = &password_proof_type, .errors = totp_errors),
    ROUTE(POST, "/v1/account/recovery-codes", renew_recovery_codes,
          "Make new recovery codes in place of the old ones.", WITH_PASSWORD(prove_password),
          .secret = true, .body = &password_proof_type, .reply = &recovery_codes_type,
          .errors = totp_errors),
};

static const Error *const errors[] = {
    &error_wrong_login, &error_banned,      &error_wrong_code,     &error_too_many_codes,
    &error_bad_link,    &error_email_taken, &error_wrong_password, &error_impersonated,
    &error_totp_on,     &error_totp_off};
static AnyList account_of(Ctx *cx, Id user)
{
    return (AnyList){account_read(cx, user), 1};
}

/* That there is a second factor, `account` says; hashes and search words tell nothing more. */
static const Personal personals[] = {
    {"account", "The account itself.", &user_type, account_of},
};

static const Event *const events[] = {&user_deleted};
static const Job *const jobs[] = {&account_register_job, &account_reset_job, &account_move_job,
                                  &account_sweep_job};
static const Cron crons[] = {
    {.name = "accounts.sweep",
     .doc = "Each night: forgets addresses that nobody has confirmed.",
     .schedule = "23 3 * * *",
     .job = &account_sweep_job},
};
static const Table tables[] = {
    {"users", &user_type},
    {"credentials", &credentials_type},
    {"recovery_codes", &recovery_code_type},
    {"user_words", &user_word_type},
};

extern const char accounts_0001_accounts[];
static const Migration migrations[] = {
    {.module = "accounts", .number = 1, .name = "accounts", .sql = accounts_0001_accounts},
};

const Module accounts_module = {
    .name = "accounts",
    .doc = "Accounts: registering, logging in, one's own profile and second factor.",
    MODULE_ROWS(routes, route),
    MODULE_ROWS(errors, error),
    MODULE_ROWS(migrations, migration),
    MODULE_ROWS(tables, table),
    MODULE_ROWS(events, event),
    MODULE_ROWS(jobs, job),
    MODULE_ROWS(crons, cron),
    MODULE_ROWS(personals, personal),
    .mails = account_mails,
    .mail_count = ACCOUNT_MAILS,
    .limits = account_limits,
    .limit_count = ACCOUNT_LIMITS,
    .audits = account_audits,
    .audit_count = ACCOUNT_AUDITS,
    .start = accounts_start,
};
