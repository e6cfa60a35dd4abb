/* Refusals as OAuth's clients read them.
 *
 * A handler refuses by a row of errors.c, whose code and status are the protocol's. What the frame refuses
 * before a handler is asked (a form that is none, a parameter twice, too many requests) has rows of its
 * own; here they become what RFC 6749 has for them. */
#include "modules/oauth/errors.h"
#include "platform/api/errors.h"

const Type oauth_error_type =
    TYPE(OauthError, "A refusal by RFC 6749.",
         FIELD(OauthError, error, "What programs branch on: `invalid_grant`, …"),
         FIELD(OauthError, error_description, "For who writes the client."));

static const Error *const rows[] = {&oauth_invalid_request,        &oauth_invalid_client,
                                    &oauth_invalid_grant,          &oauth_unauthorized_client,
                                    &oauth_unsupported_grant_type, &oauth_invalid_scope,
                                    &oauth_mfa_required,           &oauth_unsupported_token_type};

static bool is_own(const Error *error)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i] == error) return true;
    return false;
}

/* 400, unless the protocol or HTTP says more. */
static int status_of(const Error *error)
{
    bool more = is_own(error) || error->status == 429 || error->status >= 500;
    return more ? error->status : 400;
}

static const char *code_of(const Error *error)
{
    if (is_own(error)) return error->code;
    if (error->status == 429 || error->status == 503) return "temporarily_unavailable";
    return error->status >= 500 ? "server_error" : "invalid_request";
}

/* %x20-21 / %x23-5B / %x5D-7E: no quotes, no backslash, nothing but ASCII. */
static Str described(Arena *arena, Str text)
{
    char *out = NEW_N(arena, char, text.n + 1);
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        bool plain = c >= ' ' && c < 0x7f && c != '"' && c != '\\';
        out[i] = c == '"' ? '\'' : plain ? c : '?';
    }
    return (Str){out, text.n};
}

static Str first_violation(Arena *arena, const Violations *violations)
{
    const Violation *first = &violations->items[0];
    Str name = str_slice(first->pointer, 1, first->pointer.n); /* "/scope" */
    return str_format(arena, "%.*s: %.*s", STR_ARG(name), STR_ARG(first->message));
}

static const void *document_of(Arena *arena, const Error *error, Str detail,
                               const Violations *violations)
{
    OauthError *document = NEW(arena, OauthError);
    Str text = detail.n ? detail : str_from(error->title);
    if (violations && violations->n) text = first_violation(arena, violations);
    *document = (OauthError){str_from(code_of(error)), described(arena, text)};
    return document;
}

const RefusalForm oauth_refusals = {
    .type = &oauth_error_type,
    .status = status_of,
    .document = document_of,
    .challenge = "Basic realm=\"souk\", charset=\"UTF-8\", error=\"invalid_client\""};
