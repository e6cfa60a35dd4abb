#include "modules/oauth/rules.h"

#include "modules/oauth/errors.h"
#include "modules/oauth/grant.h"

const Error error_unknown_scope = {
    "unknown_scope", 422, "A scope that is named does not exist.", LOG_DEBUG,
    "`GET /v1/permissions` lists the permissions; beside them there are `*`, `openid`, `profile`, "
    "`email`, `account` and `offline_access`."};
const Error error_unknown_grant = {
    "unknown_grant", 422, "A grant that is named does not exist.", LOG_DEBUG,
    "`/.well-known/oauth-authorization-server` lists them as `grant_types_supported`."};
const Error error_client_unsound = {"client_unsound", 422, "There can be no such client.",
                                    LOG_DEBUG,
                                    "The detail says which of its parts do not go together."};
const Error error_bad_redirect_uri = {
    "bad_redirect_uri", 422, "Users cannot be sent to one of the addresses.", LOG_DEBUG,
    "Write absolute addresses without `#`: https; http for `127.0.0.1`, `[::1]` or `localhost`; of "
    "a public client also a scheme of its own like `com.example.app:/back`."};

const OauthScope oauth_scopes[OAUTH_SCOPES] = {
    {"openid", "Who the user is: an ID token.", "Know which account of this shop is yours."},
    {"profile", "The user's name, picture and language.", "See your name, picture and language."},
    {"email", "The user's e-mail address.", "See your e-mail address."},
    {"account", "All that users may do for themselves: their account, their orders.",
     "Do what you can do for yourself: see and change your account and your orders."},
    {"offline_access", "To stay logged in when the user is away.",
     "Go on when you are not there, until you let it in no longer."},
};

/* ---- Scopes ---------------------------------------------------------------------------------- */

static bool has_name(StrList names, Str name)
{
    for (size_t i = 0; i < names.n; i++)
        if (str_eq(names.items[i], name)) return true;
    return false;
}

static bool is_scope_character(char c)
{
    return c > ' ' && c < 0x7f && c != '"' && c != '\\';
}

bool rules_scope_read(Arena *arena, Str scope, StrList *names)
{
    StrList list = {NEW_N(arena, Str, scope.n / 2 + 1), 0};
    for (bool more = scope.n > 0; more;) {
        Str name;
        more = str_cut(scope, ' ', &name, &scope);
        if (!name.n) return false;
        for (size_t i = 0; i < name.n; i++)
            if (!is_scope_character(name.p[i])) return false;
        if (!has_name(list, name)) list.items[list.n++] = name;
    }
    *names = list;
    return true;
}

static bool is_permission(Str name)
{
    return str_eq(name, S("*")) || permission_find(name);
}

bool rules_scope_is_within(StrList scopes, Str name)
{
    return has_name(scopes, name) || (has_name(scopes, S("*")) && is_permission(name));
}

Verdict rules_scope_grant(Arena *arena, StrList scopes, Str asked, Str *granted)
{
    StrList names;
    if (asked.n > SCOPE_MAX || !rules_scope_read(arena, asked, &names))
        return (Verdict){&oauth_invalid_scope,
                         S("scope is names with one blank between, of ASCII.")};
    for (size_t i = 0; i < names.n; i++)
        if (!rules_scope_is_within(scopes, names.items[i]))
            return (Verdict){&oauth_invalid_scope,
                             str_format(arena, "%.*s is more than the client may have.",
                                        STR_ARG(names.items[i]))};
    *granted = str_join(arena, names.n ? names : scopes, S(" "));
    return (Verdict){0};
}

Str rules_scope_common(Arena *arena, StrList scopes, Str scope)
{
    StrList names;
    size_t n = 0;
    if (!rules_scope_read(arena, scope, &names)) return S("");
    for (size_t i = 0; i < names.n; i++)
        if (rules_scope_is_within(scopes, names.items[i])) names.items[n++] = names.items[i];
    names.n = n;
    return str_join(arena, names, S(" "));
}

Str rules_scope_says(Str name)
{
    for (size_t i = 0; i < OAUTH_SCOPES; i++)
        if (str_eq(name, str_from(oauth_scopes[i].name))) return str_from(oauth_scopes[i].says);
    const Permission *permission = permission_find(name);
    return permission ? str_from(permission->doc) : S("Do all that you may do in this shop.");
}

bool rules_scope_has(Str scope, Str name)
{
    for (bool more = scope.n > 0; more;) {
        Str one;
        more = str_cut(scope, ' ', &one, &scope);
        if (str_eq(one, name)) return true;
    }
    return false;
}

/* ---- Clients --------------------------------------------------------------------------------- */

bool rules_has_grant(const OauthClient *client, Str grant)
{
    return has_name(client->grants, grant);
}

static bool is_scope(Str name)
{
    for (size_t i = 0; i < OAUTH_SCOPES; i++)
        if (str_eq(name, str_from(oauth_scopes[i].name))) return true;
    return is_permission(name);
}

static Verdict judge_names(Arena *arena, const OauthClient *client)
{
    for (size_t i = 0; i < client->scopes.n; i++)
        if (!is_scope(client->scopes.items[i]))
            return (Verdict){&error_unknown_scope, str_format(arena, "There is no \"%.*s\".",
                                                              STR_ARG(client->scopes.items[i]))};
    for (size_t i = 0; i < client->grants.n; i++)
        if (!grant_find(client->grants.items[i]))
            return (Verdict){&error_unknown_grant, str_format(arena, "There is no \"%.*s\".",
                                                              STR_ARG(client->grants.items[i]))};
    if (str_join(arena, client->scopes, S(" ")).n > SCOPE_MAX)
        return (Verdict){&error_client_unsound, S("Its scopes are too long together.")};
    return (Verdict){0};
}

static Verdict judge_uris(Arena *arena, StrList uris, bool public)
{
    for (size_t i = 0; i < uris.n; i++)
        if (!rules_redirect_is_sound(uris.items[i], public))
            return (Verdict){&error_bad_redirect_uri,
                             str_format(arena, "\"%.*s\"", STR_ARG(uris.items[i]))};
    return (Verdict){0};
}

/* What goes with what: RFC 6749 §4.3 (whose own program asks for a password?), §4.4 (a secret, to act
 * for oneself), RFC 9700 §2.1. */
static const char *judge_parts(const OauthClient *client)
{
    bool code = rules_has_grant(client, S("authorization_code"));
    bool password = rules_has_grant(client, S("password"));
    if (rules_has_grant(client, S("client_credentials")) && client->kind == CLIENT_PUBLIC)
        return "A public client cannot act for itself: client_credentials takes a secret.";
    if (password && !client->first_party)
        return "Only a program of the shop itself may ask users for their password.";
    if (code && !client->redirect_uris.n)
        return "authorization_code takes an address that users are sent back to.";
    if (rules_has_grant(client, S("refresh_token")) && !code && !password)
        return "refresh_token goes with authorization_code or password.";
    return NULL;
}

Verdict rules_client_is_sound(Arena *arena, const OauthClient *client)
{
    bool public = client->kind == CLIENT_PUBLIC;
    Verdict verdict = judge_names(arena, client);
    if (!verdict.error) verdict = judge_uris(arena, client->redirect_uris, public);
    if (!verdict.error) verdict = judge_uris(arena, client->post_logout_redirect_uris, public);
    const char *why = judge_parts(client);
    if (!verdict.error && why) verdict = (Verdict){&error_client_unsound, str_from(why)};
    return verdict;
}
