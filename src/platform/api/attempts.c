#include "platform/api/attempts.h"

#include "base/hash.h"
#include "platform/vault/vault.h"

enum { NONCE_BYTES = 16, LIFE_S = 180 * 24 * 3600 };

/* Purposes of the vault. */
static const char purpose[] = "device cookie";

/* ---- The cookie ------------------------------------------------------------------------------ */

/* By https the name binds the cookie to this host (RFC 6265bis, __Host-). */
static Str cookie_name(const Request *rq)
{
    return rq->http->secure ? S("__Host-souk_device") : S("souk_device");
}

static Str cookie_value(const Request *rq)
{
    Str rest = request_header(rq, S("Cookie")), pair, name, value;
    for (bool more = rest.n > 0; more;) {
        more = str_cut(rest, ';', &pair, &rest);
        if (str_cut(str_trim(pair), '=', &name, &value) && str_eq(name, cookie_name(rq)))
            return value;
    }
    return (Str){0};
}

/* What is signed: neither part can be moved into the other, since a nonce has a fixed length. */
static Str message_of(Request *rq, Str account, Str token)
{
    return str_format(rq->cx->arena, "%.*s %.*s", STR_ARG(token), STR_ARG(account));
}

/* "TIME.NONCE.SIGNATURE", of which the first two are the token. Empty: the device is not known. */
static Str device_of(Request *rq, Str account)
{
    Str value = cookie_value(rq), began;
    if (!rq->cx->vault || value.n < VAULT_SIGNATURE_LENGTH + 2) return (Str){0};
    size_t dot = value.n - VAULT_SIGNATURE_LENGTH - 1;
    Str token = str_slice(value, 0, dot), signature = str_slice(value, dot + 1, value.n), nonce;
    int64_t began_s;
    if (value.p[dot] != '.' || !str_cut(token, '.', &began, &nonce)) return (Str){0};
    if (!str_to_int(began, &began_s)) return (Str){0};
    int64_t now_s = ctx_now(rq->cx).us / 1000000;
    if (began_s > now_s || began_s < now_s - LIFE_S) return (Str){0};
    bool ours = vault_signed(rq->cx->vault, purpose, message_of(rq, account, token), signature);
    return ours ? token : (Str){0};
}

Str attempt_cookie(Request *rq, Str account)
{
    Arena *arena = rq->cx->arena;
    unsigned char nonce[NONCE_BYTES];
    rq->cx->random->fill(rq->cx->random->state, nonce, sizeof nonce);
    Str token = str_format(arena, "%lld.%.*s", (long long)(ctx_now(rq->cx).us / 1000000),
                           STR_ARG(base64url_text(arena, nonce, sizeof nonce)));
    Str signature = vault_sign(arena, rq->cx->vault, purpose, message_of(rq, account, token));
    return str_format(
        arena, "Set-Cookie: %.*s=%.*s.%.*s; Path=/; Max-Age=%d; HttpOnly; SameSite=Lax%s\r\n",
        STR_ARG(cookie_name(rq)), STR_ARG(token), STR_ARG(signature), LIFE_S,
        rq->http->secure ? "; Secure" : "");
}

/* ---- The limits ------------------------------------------------------------------------------ */

static Str joined(Request *rq, Str a, Str b)
{
    return str_format(rq->cx->arena, "%.*s %.*s", STR_ARG(a), STR_ARG(b));
}

Reply attempt_begin(Request *rq, const AttemptLimits *limits, Str account)
{
    Str client = request_client(rq), device = device_of(rq, account);
    Reply refused = request_take(rq, limits->address, client, 1);
    if (refused.status) return refused;
    if (device.n) return request_look(rq, limits->device, joined(rq, device, account));
    refused = request_look(rq, limits->account, account);
    return refused.status ? refused
                          : request_take(rq, limits->pair, joined(rq, client, account), 1);
}

void attempt_failed(Request *rq, const AttemptLimits *limits, Str account)
{
    Str device = device_of(rq, account);
    if (device.n)
        request_take(rq, limits->device, joined(rq, device, account), 1);
    else
        request_take(rq, limits->account, account, 1);
}
