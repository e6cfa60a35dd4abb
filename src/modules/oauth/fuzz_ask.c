/* A request for a code as strangers send it: query, scopes, challenge, the address that is made of them,
 * and what comes next in any situation. */
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

static void check_next(const Ask *ask, const Situation *s)
{
    const Error *error = NULL;
    NextStep next = ask_next(ask, s, &error);
    if ((next == NEXT_REFUSE) != (error != NULL)) abort();
    bool shown = next == NEXT_LOG_IN || next == NEXT_CONSENT;
    if (shown && (ask->prompt & PROMPT_NONE)) abort();
    if (next != NEXT_GIVE) return;
    if (!s->logged_in || s->impersonated || s->other) abort();
    if ((ask->prompt & PROMPT_LOGIN) && !s->fresh) abort();
    if ((ask->prompt & PROMPT_CONSENT) || !(s->consented || s->first_party)) abort();
}

/* In each situation, half an hour after the log-in. */
static void check_situations(const Ask *ask)
{
    for (unsigned bits = 0; bits < 1u << 7; bits++) {
        Situation s = {.logged_in = bits & 1,
                       .impersonated = bits >> 1 & 1,
                       .fresh = bits >> 2 & 1,
                       .other = bits >> 3 & 1,
                       .consented = bits >> 4 & 1,
                       .first_party = bits >> 5 & 1,
                       .assured = bits >> 6 & 1,
                       .logged_in_at = {INT64_C(1700000000000000)},
                       .now = {INT64_C(1700001800000000)}};
        check_next(ask, &s);
    }
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
        if (!verdict.error && ask.max_age_s > MAX_AGE_MAX_S) abort();
        if (!verdict.error) check_situations(&ask);
        if (ask_verifier_fits(arena, in->state, in->code_challenge) && !challenged) abort();
    }
    arena_free(arena);
    return 0;
}
