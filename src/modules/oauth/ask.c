/* What a request for a code may say, and what is done about it.
 *
 * Everything that is decided on the way from a client's link to a code stands here, as functions of
 * values: so each case can be written down (test_ask.c), and the page (authorize.c) has no opinion. What
 * is optional in the standards and would weaken others is left out: no response type but `code`, no PKCE
 * in the clear, no request as a token or by address (it would have to be fetched, from wherever a
 * stranger says).
 *
 * Rejected: taking no PKCE from clients with a secret, as RFC 7636 would allow (a code put into somebody
 * else's answer is then good: RFC 9700 §4.5). */
#include "modules/oauth/ask.h"

#include "base/hash.h"
#include "meta/query.h"
#include "modules/oauth/errors.h"
#include "modules/oauth/rules.h"

/* ---- Refusals, told to the client by way of the browser (RFC 6749 §4.1.2.1, OIDC Core §3.1.2.6) -- */

#define REFUSAL(variable, code_, title_, doc_)                                                     \
    const Error variable = {code_, 400, title_, LOG_DEBUG, doc_}

REFUSAL(oauth_unsupported_response_type, "unsupported_response_type",
        "There are codes only: response_type=code.",
        "Ask for a code, with PKCE, and get the tokens for it at the token endpoint.");
REFUSAL(oauth_access_denied, "access_denied", "The user does not let the client in.",
        "He said no, or somebody else acts as him at the moment.");
REFUSAL(oauth_login_required, "login_required", "The user would have to log in.",
        "Ask again without `prompt=none`; or he is logged in as somebody else than was expected.");
REFUSAL(oauth_consent_required, "consent_required", "The user has not let the client in yet.",
        "Ask again without `prompt=none`.");
REFUSAL(oauth_request_not_supported, "request_not_supported",
        "The parameter request is not supported.", "Send the parameters by themselves.");
REFUSAL(oauth_request_uri_not_supported, "request_uri_not_supported",
        "The parameter request_uri is not supported.", "Send the parameters by themselves.");
REFUSAL(oauth_registration_not_supported, "registration_not_supported",
        "The parameter registration is not supported.",
        "Clients are registered by the shop's administrators.");

/* ---- The request ------------------------------------------------------------------------------ */

#define TEXT(member, doc) FIELD(AuthorizeRequest, member, doc, .max = FORM_TEXT_MAX)

const Type authorize_request_type = TYPE(
    AuthorizeRequest, "A request for a code.", TEXT(response_type, "`code`."),
    TEXT(client_id, "Who asks."),
    TEXT(redirect_uri, "Where the browser is sent then: one of the client's `redirect_uris`."),
    TEXT(scope, "What for: names with blanks between; left out: all that the client may have."),
    TEXT(state, "Comes back as it is."), TEXT(code_challenge, "PKCE's, by S256 (RFC 7636)."),
    TEXT(code_challenge_method, "`S256`."), TEXT(nonce, "Comes back in the ID token."),
    TEXT(prompt, "`none`: show no page; `login`, `consent`: do show it. Blanks between."),
    TEXT(max_age, "Seconds: a log-in that is older does not count."),
    TEXT(login_hint, "The address that the log-in page begins with."),
    FIELD(AuthorizeRequest, id_token_hint, "An ID token of who is expected to be logged in.",
          .secret = true, .max = FORM_TEXT_MAX),
    TEXT(response_mode, "`query`."), TEXT(request, "Not supported."),
    TEXT(request_uri, "Not supported."), TEXT(registration, "Not supported."),
    TEXT(asked, "The log-in page leads back with it."));

static Verdict wrong(const char *detail)
{
    return (Verdict){&oauth_invalid_request, str_from(detail)};
}

static bool read_prompt(Arena *arena, Str text, unsigned *out)
{
    StrList names;
    unsigned prompt = 0;
    if (!rules_scope_read(arena, text, &names)) return false;
    for (size_t i = 0; i < names.n; i++) {
        Str name = names.items[i];
        if (str_eq(name, S("none")))
            prompt |= PROMPT_NONE;
        else if (str_eq(name, S("login")) || str_eq(name, S("select_account")))
            prompt |= PROMPT_LOGIN; /* whoever logs in selects */
        else if (str_eq(name, S("consent")))
            prompt |= PROMPT_CONSENT;
        else
            return false;
    }
    if ((prompt & PROMPT_NONE) && names.n > 1) return false;
    *out = prompt;
    return true;
}

static bool is_base64url(Str text)
{
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(c >= '0' && c <= '9') && c != '-' && c != '_') return false;
    }
    return true;
}

/* What this server does not do, and is asked to. */
static Verdict check_supported(const AuthorizeRequest *in)
{
    if (in->request.n) return (Verdict){&oauth_request_not_supported, {0}};
    if (in->request_uri.n) return (Verdict){&oauth_request_uri_not_supported, {0}};
    if (in->registration.n) return (Verdict){&oauth_registration_not_supported, {0}};
    if (!in->response_type.n) return wrong("response_type must be there.");
    if (!str_eq(in->response_type, S("code")))
        return (Verdict){&oauth_unsupported_response_type, {0}};
    if (in->response_mode.n && !str_eq(in->response_mode, S("query")))
        return wrong("response_mode is query.");
    return (Verdict){0};
}

/* Always, also of clients with a secret: a code that is stolen on its way, or put into somebody else's
 * answer, is worth nothing then (RFC 9700 §2.1.1). Nobody has a use for `plain`. */
static Verdict check_pkce(const AuthorizeRequest *in)
{
    if (!in->code_challenge.n) return wrong("code_challenge must be there (RFC 7636).");
    if (!str_eq(in->code_challenge_method, S("S256")))
        return wrong("code_challenge_method must be S256.");
    if (in->code_challenge.n != CHALLENGE_LENGTH || !is_base64url(in->code_challenge))
        return wrong("code_challenge has 43 letters of base64url.");
    return (Verdict){0};
}

Verdict ask_read(Arena *arena, const AuthorizeRequest *in, const OauthClient *client, Ask *out)
{
    Ask ask = {.max_age_s = -1};
    Verdict verdict = check_supported(in);
    if (!verdict.error) verdict = check_pkce(in);
    if (verdict.error) return verdict;
    if (!rules_has_grant(client, S("authorization_code")))
        return (Verdict){&oauth_unauthorized_client, {0}};
    if (in->nonce.n > NONCE_MAX) return wrong("nonce is too long.");
    if (!read_prompt(arena, in->prompt, &ask.prompt))
        return wrong("prompt is none, or login and consent.");
    bool aged = in->max_age.n > 0;
    if (aged && (!str_to_int(in->max_age, &ask.max_age_s) || ask.max_age_s < 0))
        return wrong("max_age is a number of seconds.");
    if (ask.max_age_s > MAX_AGE_MAX_S) ask.max_age_s = MAX_AGE_MAX_S;
    verdict = rules_scope_grant(arena, client->scopes, in->scope, &ask.scope);
    if (!verdict.error) *out = ask;
    return verdict;
}

/* ---- What next -------------------------------------------------------------------------------- */

static bool must_log_in(const Ask *ask, const Situation *s)
{
    if (!s->logged_in || s->other) return true;
    if (s->fresh) return false;
    bool old = ask->max_age_s >= 0 && s->now.us - s->logged_in_at.us >= ask->max_age_s * 1000000;
    return old || (ask->prompt & PROMPT_LOGIN);
}

bool ask_is_assured(const OauthClient *client, Str redirect_uri)
{
    return client->kind == CLIENT_CONFIDENTIAL || str_starts(redirect_uri, S("https://"));
}

/* Who cannot be sure of is let in by somebody who is there: not by a cookie alone, whatever was said
 * before. A log-in for this request is enough. */
static bool must_consent(const Ask *ask, const Situation *s)
{
    if (ask->prompt & PROMPT_CONSENT) return true;
    return !(s->first_party || s->consented) || !(s->assured || s->fresh);
}

NextStep ask_next(const Ask *ask, const Situation *s, const Error **error)
{
    bool silent = ask->prompt & PROMPT_NONE;
    const Error *refused = NULL;
    if (s->logged_in && s->impersonated) refused = &oauth_access_denied;
    bool log_in = must_log_in(ask, s);
    bool consent = must_consent(ask, s);
    if (!refused && log_in && (silent || s->fresh)) refused = &oauth_login_required;
    if (!refused && !log_in && consent && silent) refused = &oauth_consent_required;
    if (refused) {
        *error = refused;
        return NEXT_REFUSE;
    }
    return log_in ? NEXT_LOG_IN : consent ? NEXT_CONSENT : NEXT_GIVE;
}

/* ---- The answer ------------------------------------------------------------------------------- */

Str ask_return_url(Arena *arena, Str redirect_uri, const ReturnParameter *parameters, size_t n)
{
    size_t room = redirect_uri.n;
    for (size_t i = 0; i < n; i++)
        room += strlen(parameters[i].name) + 2 + 3 * parameters[i].value.n;
    Buf out = buf_new(arena, room + 1);
    buf_put(&out, redirect_uri);
    bool begun = str_find_char(redirect_uri, '?') < redirect_uri.n;
    for (size_t i = 0; i < n; i++) {
        if (!parameters[i].value.p) continue;
        buf_char(&out, begun ? '&' : '?');
        buf_put(&out, str_from(parameters[i].name));
        buf_char(&out, '=');
        percent_encode(&out, parameters[i].value);
        begun = true;
    }
    return buf_str(&out);
}

static bool is_unreserved(Str text)
{
    for (size_t i = 0; i < text.n; i++) {
        Str one = str_slice(text, i, i + 1);
        if (!is_base64url(one) && text.p[i] != '.' && text.p[i] != '~') return false;
    }
    return true;
}

bool ask_verifier_fits(Arena *arena, Str verifier, Str challenge)
{
    unsigned char hash[SHA256_BYTES];
    if (verifier.n < VERIFIER_MIN || verifier.n > VERIFIER_MAX || !is_unreserved(verifier))
        return false;
    hash_sha256(verifier, hash);
    Str made = base64url_text(arena, hash, sizeof hash);
    return made.n == challenge.n && bytes_eq_constant_time(made.p, challenge.p, made.n);
}
