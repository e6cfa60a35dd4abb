#include "modules/accounts/guard.h"

#include "modules/accounts/limits.h"
#include "modules/accounts/rules.h"

enum { HOUR_S = 3600 };

/* ---- Passwords ------------------------------------------------------------------------------- */

/* OWASP ASVS 5 §6.1.1 and §6.3.1 want guesses limited and nobody locked out. Not more than a hundred
 * an hour at one account, from all addresses together. One address alone gets fewer in the long run
 * (quota - burst + 1 an hour) than the account takes, so it never closes it to others. */
static const LimitClass login_address = {
    .name = "login-address",
    .doc = "Passwords sent, by address. Behind one address may be a whole office.",
    .quota = 600,
    .window_s = HOUR_S,
    .burst = 100};
static const LimitClass login_pair = {.name = "login-pair",
                                      .doc = "Passwords sent for one account, by address.",
                                      .quota = 60,
                                      .window_s = HOUR_S,
                                      .burst = 30};
static const LimitClass login_account = {
    .name = "login-account",
    .doc = "Wrong passwords for one account, from wherever. Does not hold for devices from which "
           "somebody has logged in to it.",
    .quota = 100,
    .window_s = HOUR_S,
    .burst = 50};
static const LimitClass login_device = {
    .name = "login-device",
    .doc = "Wrong passwords for one account, from a device that it knows.",
    .quota = 30,
    .window_s = HOUR_S,
    .burst = 15};

const AttemptLimits guard_logins = {&login_address, &login_pair, &login_account, &login_device};

/* ---- Codes, and what sends mail --------------------------------------------------------------- */

static const LimitClass codes = {.name = "login-codes",
                                 .doc = "Codes of a second factor sent, by address.",
                                 .quota = 200,
                                 .window_s = HOUR_S,
                                 .burst = 50};
static const LimitClass mail_address = {
    .name = "mails-asked",
    .doc = "Mails asked for (registering, a forgotten password), by address.",
    .quota = 120,
    .window_s = HOUR_S,
    .burst = 30};
static const LimitClass mail_welcome = {
    .name = "mails-welcome",
    .doc = "Mails to one address about an account that it shall have.",
    .quota = 10,
    .window_s = HOUR_S,
    .burst = 5};

/* The window is not longer than a link is good. */
static const LimitClass mail_reset = {.name = "mails-reset",
                                      .doc = "Links to set another password, to one address.",
                                      .quota = 6,
                                      .window_s = RESET_LINK_S,
                                      .burst = 4};

const LimitClass *const account_limits[ACCOUNT_LIMITS] = {
    &login_address, &login_pair,   &login_account, &login_device,
    &codes,         &mail_address, &mail_welcome,  &mail_reset};

static Verdict verdict_of(Reply reply)
{
    return (Verdict){reply.error, reply.detail};
}

Verdict guard_code(Request *rq)
{
    return verdict_of(request_take(rq, &codes, request_client(rq), 1));
}

Verdict guard_registration(Request *rq, Str email)
{
    Verdict refused = verdict_of(request_take(rq, &mail_address, request_client(rq), 1));
    return refused.error ? refused : guard_move(rq, email);
}

Verdict guard_reset(Request *rq, Str email, bool *needless)
{
    Verdict refused = verdict_of(request_take(rq, &mail_address, request_client(rq), 1));
    if (refused.error) return refused;
    *needless = request_take(rq, &mail_reset, email_key(rq->cx->arena, email), 1).status != 0;
    return (Verdict){0};
}

Verdict guard_move(Request *rq, Str email)
{
    return verdict_of(request_take(rq, &mail_welcome, email_key(rq->cx->arena, email), 1));
}
