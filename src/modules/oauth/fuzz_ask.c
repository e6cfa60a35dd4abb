/* A request for a code as strangers send it: query, scopes, challenge, and the address that is made of
 * them. */
#include "modules/oauth/ask.h"

#include "meta/query.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Where the browser is sent stands in a header and in a page: it must not end either. */
static void check_return(Arena *arena, const AuthorizeRequest *in)
{
    const Str home = S("https://b.example/back");
    const ReturnParameter parameters[] = {{"state", in->state}, {"error_description", in->scope}};
    Str url = ask_return_url(arena, home, parameters, 2);
    if (!str_starts(url, home)) abort();
    for (size_t i = 0; i < url.n; i++)
        if (url.p[i] <= ' ' || url.p[i] > '~' || url.p[i] == '"' || url.p[i] == '<') abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static Str grants[] = {S_INIT("authorization_code")};
    static Str scopes[] = {S_INIT("openid"), S_INIT("email")};
    const OauthClient client = {.grants = {grants, 1}, .scopes = {scopes, 2}};
    Arena *arena = arena_new(4096);
    Violations bad = violations_new(arena);
    Str text = {(const char *)data, size};
    Ask ask = {0};
    const AuthorizeRequest *in =
        query_read(arena, &authorize_request_type, text, QUERY_LENIENT, &bad);
    if (in) {
        check_return(arena, in);
        Verdict verdict = ask_read(arena, in, &client, &ask);
        bool challenged = in->code_challenge.n == CHALLENGE_LENGTH;
        if (!verdict.error && (!challenged || !ask.scope.n || ask.max_age_s < -1)) abort();
        if (ask_verifier_fits(arena, in->state, in->code_challenge) && !challenged) abort();
    }
    arena_free(arena);
    return 0;
}
