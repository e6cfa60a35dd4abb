#include "modules/accounts/second.h"

#include "modules/accounts/mails.h"
#include "modules/accounts/rules.h"
#include "modules/accounts/store.h"
#include "modules/accounts/totp.h"
#include "platform/audit/audit.h"
#include "platform/vault/vault.h"

const AuditAction second_on = {"user.second_factor_on", "A user logs in with a second factor."};
const AuditAction second_off = {"user.second_factor_off",
                                "A user logs in without a second factor."};
const AuditAction second_codes = {"user.recovery_codes_made",
                                  "A user has other recovery codes than before."};

/* Purposes of the vault. */
#define TOTP_PURPOSE     "accounts.totp"
#define RECOVERY_PURPOSE "accounts.recovery"

bool second_secret(Ctx *cx, const Credentials *row, Str *secret)
{
    if (!row->totp_secret.n) return false;
    return vault_unseal(cx->arena, cx->vault, TOTP_PURPOSE, row->totp_secret,
                        id_text(cx->arena, "user", row->user_id), secret);
}

Str recovery_hash(Ctx *cx, Id user, Str code)
{
    Str whose = id_text(cx->arena, "user", user);
    return vault_sign(cx->arena, cx->vault, RECOVERY_PURPOSE,
                      str_format(cx->arena, "%.*s:%.*s", STR_ARG(whose), STR_ARG(code)));
}

static Credentials *take(Ctx *cx, Id user)
{
    credentials_take(cx, user);
    return credentials_read(cx, user);
}

static void put_codes(Ctx *cx, Id user, RecoveryCodes *out)
{
    StrList hashes = {NEW_N(cx->arena, Str, RECOVERY_CODES), RECOVERY_CODES};
    out->recovery_codes = (StrList){NEW_N(cx->arena, Str, RECOVERY_CODES), RECOVERY_CODES};
    for (size_t i = 0; i < RECOVERY_CODES; i++) {
        Str code = recovery_code_new(cx->arena, cx->random);
        out->recovery_codes.items[i] = code;
        hashes.items[i] = recovery_hash(cx, user, code);
    }
    recovery_codes_put(cx, user, &hashes);
}

/* The host of shop.url, for the list in the telephone. */
static Str issuer(void)
{
    Str url = accounts_shop_url(), scheme, host;
    str_cut(url, '/', &scheme, &host);
    return str_starts(host, S("/")) ? str_slice(host, 1, host.n) : S("Souk");
}

Verdict second_begin(Ctx *cx, const User *user, TotpSetup *out)
{
    unsigned char bytes[TOTP_SECRET_BYTES];
    Credentials *row = take(cx, user->id);
    if (row->totp) return (Verdict){&error_totp_on, {0}};
    cx->random->fill(cx->random->state, bytes, sizeof bytes);
    Str secret = str_copy(cx->arena, (Str){(const char *)bytes, sizeof bytes});
    row->totp_secret = vault_seal(cx->arena, cx->vault, cx->random, TOTP_PURPOSE, secret,
                                  id_text(cx->arena, "user", user->id));
    row->totp_last_step = 0;
    MARK_SET(&credentials_type, row, Credentials, totp_secret);
    totp_put(cx, row);
    out->secret = base32_text(cx->arena, secret);
    out->uri = totp_uri(cx->arena, secret, issuer(), user->email);
    return (Verdict){0};
}

/* In the trail, and to himself. */
static void tell(Ctx *cx, const User *user, const AuditAction *action)
{
    credentials_renew(cx, user->id);
    audit(cx, action, "user", user->id, NULL, NULL, NULL);
    mail_second_factor(cx, user, action == &second_on);
}

Verdict second_confirm(Ctx *cx, const User *user, Str code, RecoveryCodes *out)
{
    Str secret;
    Credentials *row = take(cx, user->id);
    if (row->totp) return (Verdict){&error_totp_on, {0}};
    if (!second_secret(cx, row, &secret)) return (Verdict){&error_totp_off, {0}};
    row->totp_last_step = totp_match(secret, ctx_now(cx), row->totp_last_step, str_trim(code));
    if (!row->totp_last_step) return (Verdict){&error_wrong_code, {0}};
    row->totp = true;
    totp_put(cx, row);
    put_codes(cx, user->id, out);
    tell(cx, user, &second_on);
    return (Verdict){0};
}

Verdict second_remove(Ctx *cx, const User *user)
{
    Credentials *row = take(cx, user->id);
    if (!row->totp) return (Verdict){&error_totp_off, {0}};
    row->totp = false;
    row->totp_secret = (Str){0};
    MARK_ABSENT(&credentials_type, row, Credentials, totp_secret);
    totp_put(cx, row);
    recovery_codes_put(cx, user->id, &(StrList){0});
    tell(cx, user, &second_off);
    return (Verdict){0};
}

Verdict second_renew_codes(Ctx *cx, Id user, RecoveryCodes *out)
{
    if (!take(cx, user)->totp) return (Verdict){&error_totp_off, {0}};
    put_codes(cx, user, out);
    audit(cx, &second_codes, "user", user, NULL, NULL, NULL);
    return (Verdict){0};
}
