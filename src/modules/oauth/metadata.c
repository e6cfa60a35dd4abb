/* What clients find out by themselves: RFC 8414, OpenID Connect Discovery 1.0, and the keys (RFC 7517). */
#include "modules/oauth/endpoints.h"

#include "modules/auth/auth.h"
#include "modules/oauth/grant.h"
#include "modules/oauth/rules.h"
#include "platform/jose/jose.h"

/* A new key is published an hour before it signs (auth/tokens.c): whoever keeps the set for less time
 * has it by then. */
#define KEPT     "Cache-Control: public, max-age=900\r\n"
#define NOT_KEPT "Cache-Control: no-store\r\n"

static Str address_of(Arena *arena, const char *path)
{
    return str_format(arena, "%.*s%s", STR_ARG(auth_issuer()), path);
}

static StrList scopes_of(Arena *arena)
{
    StrList names = {NEW_N(arena, Str, OAUTH_SCOPES + 1), 0};
    for (size_t i = 0; i < OAUTH_SCOPES; i++)
        names.items[names.n++] = str_from(oauth_scopes[i].name);
    names.items[names.n++] = S("*");
    return names;
}

static StrList grant_names(Arena *arena)
{
    GrantList all = grants_all();
    StrList names = {NEW_N(arena, Str, all.n), 0};
    for (size_t i = 0; i < all.n; i++) names.items[names.n++] = str_from(all.items[i]->name);
    return names;
}

/* What the pages take, and tell of a user. */
static void tell_of_pages(ServerMetadata *metadata)
{
    static Str code = S_INIT("code"), query = S_INIT("query"), pkce = S_INIT("S256");
    static Str prompts[] = {S_INIT("none"), S_INIT("login"), S_INIT("consent"),
                            S_INIT("select_account")};
    static Str claims[] = {S_INIT("sub"),        S_INIT("iss"),     S_INIT("aud"),
                           S_INIT("exp"),        S_INIT("iat"),     S_INIT("auth_time"),
                           S_INIT("nonce"),      S_INIT("at_hash"), S_INIT("sid"),
                           S_INIT("name"),       S_INIT("picture"), S_INIT("locale"),
                           S_INIT("updated_at"), S_INIT("email"),   S_INIT("email_verified")};
    metadata->response_types_supported = (StrList){&code, 1};
    metadata->response_modes_supported = (StrList){&query, 1};
    metadata->code_challenge_methods_supported = (StrList){&pkce, 1};
    metadata->prompt_values_supported = (StrList){prompts, ROWS(prompts)};
    metadata->claims_supported = (StrList){claims, ROWS(claims)};
    metadata->authorization_response_iss_parameter_supported = true;
}

static const ServerMetadata *metadata_of(Arena *arena)
{
    static Str methods[] = {S_INIT("client_secret_basic"), S_INIT("client_secret_post"),
                            S_INIT("none")};
    static Str subject = S_INIT("public"), algorithm = S_INIT("EdDSA");
    ServerMetadata *metadata = NEW(arena, ServerMetadata);
    *metadata = (ServerMetadata){.issuer = auth_issuer(),
                                 .authorization_endpoint = address_of(arena, OAUTH_AUTHORIZE_PATH),
                                 .userinfo_endpoint = address_of(arena, OAUTH_USERINFO_PATH),
                                 .end_session_endpoint = address_of(arena, OAUTH_LOGOUT_PATH),
                                 .token_endpoint = address_of(arena, OAUTH_TOKEN_PATH),
                                 .jwks_uri = address_of(arena, OAUTH_KEYS_PATH),
                                 .revocation_endpoint = address_of(arena, OAUTH_REVOKE_PATH),
                                 .introspection_endpoint = address_of(arena, OAUTH_INTROSPECT_PATH),
                                 .scopes_supported = scopes_of(arena),
                                 .grant_types_supported = grant_names(arena),
                                 .token_endpoint_auth_methods_supported = {methods, 3},
                                 .revocation_endpoint_auth_methods_supported = {methods, 3},
                                 .introspection_endpoint_auth_methods_supported = {methods, 2},
                                 .subject_types_supported = {&subject, 1},
                                 .id_token_signing_alg_values_supported = {&algorithm, 1},
                                 .service_documentation = address_of(arena, "/docs/guide")};
    tell_of_pages(metadata);
    return metadata;
}

Reply metadata_show(Request *rq)
{
    Reply reply = ok(&server_metadata_type, metadata_of(rq->cx->arena));
    reply.headers = S(KEPT);
    return reply;
}

/* The same document under OpenID's name. */
Reply configuration_show(Request *rq)
{
    return metadata_show(rq);
}

/* The first key is made with the first token, so that nobody keeps "there are none". */
Reply keys_show(Request *rq)
{
    Str keys = auth_jwks(rq->cx);
    Reply reply = ok_bytes(keys, S("application/json"));
    bool any = str_find(keys, S("\"kid\"")) < keys.n;
    reply.headers = any ? S(KEPT) : S(NOT_KEPT);
    return reply;
}
