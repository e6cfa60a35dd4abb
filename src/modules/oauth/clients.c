#include "modules/oauth/clients.h"

#include "base/hash.h"
#include "meta/query.h"
#include "modules/oauth/errors.h"
#include "modules/oauth/rules.h"

enum { SECRET_BYTES = 32, HINT_LENGTH = 4 };

/* ---- Secrets --------------------------------------------------------------------------------- */

static Str hash_of(Arena *arena, Str secret)
{
    unsigned char hash[SHA256_BYTES];
    hash_sha256(secret, hash); /* 256 random bits need no salt and no slow hash */
    return hex_text(arena, hash, sizeof hash);
}

void client_renew_secret(Ctx *cx, OauthClient *client)
{
    Str secret = random_token(cx->arena, cx->random, "cs_", SECRET_BYTES);
    client->secret = secret;
    client->secret_hint = str_slice(secret, secret.n - HINT_LENGTH, secret.n);
    client->secret_hash = hash_of(cx->arena, secret);
    MARK_SET(&oauth_client_type, client, OauthClient, secret);
}

/* ---- What a request says --------------------------------------------------------------------- */

static char *letters_of(Arena *arena, Str text)
{
    char *letters = NEW_N(arena, char, text.n + 1);
    if (text.n) memcpy(letters, text.p, text.n);
    return letters;
}

/* Base64 by RFC 4648 §4, with its padding, as Basic has it (RFC 7617 §2). */
static bool read_base64(Arena *arena, Str text, Str *out)
{
    if (text.n % 4) return false;
    for (int i = 0; i < 2 && str_ends(text, S("=")); i++) text.n--;
    char *url = letters_of(arena, text);
    for (size_t i = 0; i < text.n; i++) {
        if (url[i] == '-' || url[i] == '_') return false;
        if (url[i] == '+') url[i] = '-';
        if (url[i] == '/') url[i] = '_';
    }
    return base64url_parse(arena, (Str){url, text.n}, out);
}

/* application/x-www-form-urlencoded, of one value. */
static bool read_form_text(Arena *arena, Str text, Str *out)
{
    char *plain = letters_of(arena, text);
    for (size_t i = 0; i < text.n; i++)
        if (plain[i] == '+') plain[i] = ' ';
    return percent_decode(arena, (Str){plain, text.n}, out);
}

static bool read_basic(Arena *arena, Str value, ClientCredentials *out)
{
    Str scheme, code, text, id, secret;
    if (!str_cut(value, ' ', &scheme, &code) || !str_eq_nocase(scheme, S("Basic"))) return false;
    if (!read_base64(arena, str_trim(code), &text) || !str_cut(text, ':', &id, &secret))
        return false;
    ClientCredentials read = {.basic = true};
    if (!read_form_text(arena, id, &read.id) || !read_form_text(arena, secret, &read.secret))
        return false;
    *out = read;
    return true;
}

static size_t authorizations(const HttpRequest *http, Str *value)
{
    size_t n = 0;
    for (size_t i = 0; i < http->header_count; i++) {
        if (!str_eq_nocase(http->headers[i].name, S("Authorization"))) continue;
        *value = http->headers[i].value;
        n++;
    }
    return n;
}

Verdict client_credentials_read(Arena *arena, const HttpRequest *http, Str form_id, Str form_secret,
                                ClientCredentials *out)
{
    Str value;
    ClientCredentials read = {.id = form_id, .secret = form_secret};
    size_t n = authorizations(http, &value);
    if (n > 1) return (Verdict){&oauth_invalid_request, S("There are two Authorization headers.")};
    if (n == 1) {
        if (!read_basic(arena, value, &read))
            return (Verdict){&oauth_invalid_client,
                             S("The Authorization header is not Basic, or not well-formed.")};
        if (form_secret.n)
            return (Verdict){&oauth_invalid_request,
                             S("The client shows a secret in two ways at once.")};
        if (form_id.n && !str_eq(form_id, read.id))
            return (Verdict){&oauth_invalid_request,
                             S("client_id is another one than in Authorization.")};
    }
    *out = read;
    return (Verdict){0};
}

/* ---- Is it he? ------------------------------------------------------------------------------- */

const OauthClient *client_by_name(Ctx *cx, Str client_id)
{
    Id id;
    return id_parse(client_id, "client", &id) ? client_read(cx, id) : NULL;
}

static bool secret_fits(Arena *arena, const OauthClient *client, Str secret)
{
    Str hash = hash_of(arena, secret);
    return client->secret_hash.n == hash.n &&
           bytes_eq_constant_time(client->secret_hash.p, hash.p, hash.n);
}

/* A public client that shows a secret is mistaken about what it is; refused, so that nobody relies on
 * a secret that nobody looks at. */
Verdict client_check(Ctx *cx, const ClientCredentials *credentials, const OauthClient **out)
{
    if (!credentials->id.n) return (Verdict){&oauth_invalid_client, S("There is no client_id.")};
    const OauthClient *client = client_by_name(cx, credentials->id);
    if (!client) return (Verdict){&oauth_invalid_client, S("There is no such client.")};
    bool public = client->kind == CLIENT_PUBLIC;
    if (public && credentials->secret.n)
        return (Verdict){&oauth_invalid_client, S("A public client has no secret.")};
    if (!public && !secret_fits(cx->arena, client, credentials->secret))
        return (Verdict){&oauth_invalid_client, S("The client's secret is missing or wrong.")};
    *out = client;
    return (Verdict){0};
}

Verdict client_authenticate(Request *rq, Str form_id, Str form_secret, const OauthClient **out)
{
    ClientCredentials credentials;
    Verdict verdict =
        client_credentials_read(rq->cx->arena, rq->http, form_id, form_secret, &credentials);
    return verdict.error ? verdict : client_check(rq->cx, &credentials, out);
}
