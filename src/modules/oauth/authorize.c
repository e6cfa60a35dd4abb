/* The page at which a user lets a client in (RFC 6749 §4.1, OpenID Connect Core §3.1.2).
 *
 *     GET /oauth/authorize ── client or redirect URI unknown ──▶ a page that says so
 *       │      ├── anything else wrong ──────▶ back to the client, with an error
 *       │      ├── not logged in ────────────▶ /login, and from there here again
 *       │      └── not let in yet ───────────▶ a page with a form ──▶ POST /oauth/consent
 *       └──▶ a code, back to the client                                └──▶ the same
 *
 * Nothing is remembered of a request under way: it is a path, with which the log-in page leads back and
 * which the form brings along, and each step judges it anew. What it must not be able to say by itself
 * is "he has logged in for this" (prompt=login, max_age): that follows from `asked`, by which the vault
 * has signed the request and the session that was not enough. Another session is an answer.
 *
 * The browser leaves by a redirect when it came from the client without a page of ours between, else by
 * a page that leads on (page_leading_to says why). `iss` is in every answer, so that a client that has
 * several servers is not mixed up about whose answer it is (RFC 9207).
 *
 * Rejected: requests kept in a table (anybody could fill it without a log-in), consent by a link (GET
 * changes nothing that lasts; a code is one), response modes with fragments or forms (codes in a query
 * are worth nothing to who sees them, by PKCE). */
#include "modules/oauth/ask.h"
#include "modules/oauth/audits.h"
#include "modules/oauth/clients.h"
#include "modules/oauth/code.h"
#include "modules/oauth/errors.h"
#include "modules/oauth/id_token.h"
#include "modules/oauth/rules.h"

#include "meta/query.h"
#include "modules/accounts/accounts.h"
#include "modules/auth/auth.h"
#include "modules/forms/forms.h"
#include "platform/vault/vault.h"

#define HERE    OAUTH_AUTHORIZE_PATH
#define PURPOSE "oauth.asked"

/* ---- A request under way ----------------------------------------------------------------------- */

/* It is read in each step, from what the browser brings. */
typedef struct Visit {
    const AuthorizeRequest *in;
    const OauthClient *client;
    Str question;   /* the request as a query, always written in the same way */
    bool from_form; /* a page of ours was between the client and here */
    bool fresh;     /* he has logged in for it */
    Ask ask;
} Visit;

static Reply say_no(Request *rq, Str sentence)
{
    return page_saying(rq, 400, S("This cannot go on"), sentence);
}

static Str question_of(Ctx *cx, const AuthorizeRequest *in)
{
    AuthorizeRequest plain = *in;
    Buf out = buf_new(cx->arena, 3 * FORM_TEXT_MAX);
    plain.asked = (Str){0};
    query_write(&out, &authorize_request_type, &plain,
                query_plain(cx->arena, &authorize_request_type));
    return out.full || out.n > QUESTION_MAX ? (Str){0} : buf_str(&out);
}

static bool is_logged_in(const Ctx *cx)
{
    return cx->actor.cookie && str_eq(str_from(cx->actor.prefix), S("user"));
}

/* A mark names the session that is not enough, or "-", and is signed for the request. */
static Str signed_text(Ctx *cx, Str session, Str question)
{
    return str_format(cx->arena, "%.*s %.*s", STR_ARG(session), STR_ARG(question));
}

static Str session_name(Ctx *cx)
{
    return is_logged_in(cx) ? id_text(cx->arena, "sess", cx->actor.session) : S("-");
}

static Str mark_of(Ctx *cx, Str question)
{
    Str session = session_name(cx);
    Str signature = vault_sign(cx->arena, cx->vault, PURPOSE, signed_text(cx, session, question));
    return str_format(cx->arena, "%.*s.%.*s", STR_ARG(session), STR_ARG(signature));
}

/* Is it ours, for this request? *session is what it names. */
static bool read_mark(Ctx *cx, Str mark, Str question, Str *session)
{
    Str signature;
    return str_cut(mark, '.', session, &signature) && signature.n == VAULT_SIGNATURE_LENGTH &&
           vault_signed(cx->vault, PURPOSE, signed_text(cx, *session, question), signature);
}

/* ---- Leaving ------------------------------------------------------------------------------------ */

static Reply leave(Request *rq, const Visit *visit, Str url)
{
    if (!visit->from_form) return see_other(rq, url);
    Str title = str_format(rq->cx->arena, "Back to %.*s", STR_ARG(visit->client->name));
    return page_leading_to(rq, title, url);
}

static Reply leave_with_code(Request *rq, const Visit *visit, Str code)
{
    const ReturnParameter parameters[] = {
        {"code", code}, {"state", visit->in->state}, {"iss", auth_issuer()}};
    return leave(
        rq, visit,
        ask_return_url(rq->cx->arena, visit->in->redirect_uri, parameters, ROWS(parameters)));
}

static Reply leave_with_error(Request *rq, const Visit *visit, Verdict verdict)
{
    Str why = verdict.detail.n ? verdict.detail : str_from(verdict.error->title);
    const ReturnParameter parameters[] = {{"error", str_from(verdict.error->code)},
                                          {"error_description", why},
                                          {"state", visit->in->state},
                                          {"iss", auth_issuer()}};
    return leave(
        rq, visit,
        ask_return_url(rq->cx->arena, visit->in->redirect_uri, parameters, ROWS(parameters)));
}

/* ---- Judging ------------------------------------------------------------------------------------ */

/* As much of a request as decides whether its client may be told anything. */
static Reply visit_begin(Request *rq, const AuthorizeRequest *in, bool from_form, Visit *visit)
{
    Ctx *cx = rq->cx;
    *visit = (Visit){.in = in, .client = client_by_name(cx, in->client_id), .from_form = from_form};
    if (!visit->client)
        return say_no(rq, S("The program that has sent you here is not known to this shop."));
    if (!rules_redirect_is_registered(visit->client->redirect_uris, in->redirect_uri))
        return say_no(rq, S("The program that has sent you here wants you back at an address that "
                            "this shop does not know as its own."));
    visit->question = question_of(cx, in);
    if (!visit->question.p)
        return leave_with_error(rq, visit,
                                (Verdict){&oauth_invalid_request, S("The request is too long.")});
    Str session;
    if (in->asked.n && read_mark(cx, in->asked, visit->question, &session)) {
        visit->from_form = true;
        visit->fresh = is_logged_in(cx) && !str_eq(session, session_name(cx));
    }
    Verdict verdict = ask_read(cx->arena, in, visit->client, &visit->ask);
    return verdict.error ? leave_with_error(rq, visit, verdict) : (Reply){0};
}

static bool is_consented(Ctx *cx, const Visit *visit)
{
    const OauthConsent *consent = consent_read(cx, cx->actor.id, visit->client->id);
    StrList names;
    if (!consent || !rules_scope_read(cx->arena, visit->ask.scope, &names)) return false;
    for (size_t i = 0; i < names.n; i++)
        if (!rules_scope_is_within(consent->scopes, names.items[i])) return false;
    return true;
}

/* False: the hint is no ID token of ours. */
static bool read_situation(Ctx *cx, const Visit *visit, Situation *out)
{
    IdTokenFacts hint = {0};
    if (visit->in->id_token_hint.n && !id_token_look(cx, visit->in->id_token_hint, &hint))
        return false;
    bool in = is_logged_in(cx);
    *out = (Situation){.logged_in = in,
                       .impersonated = cx->actor.impersonator.n != 0,
                       .fresh = visit->fresh,
                       .other = in && hint.user.n && !id_eq(hint.user, cx->actor.id),
                       .consented = in && is_consented(cx, visit),
                       .first_party = visit->client->first_party,
                       .assured = ask_is_assured(visit->client, visit->in->redirect_uri),
                       .logged_in_at = in ? id_time(cx->actor.session) : (Time){0},
                       .now = ctx_now(cx)};
    return true;
}

static Reply to_login(Request *rq, const Visit *visit)
{
    Arena *arena = rq->cx->arena;
    Str next = str_format(arena, HERE "?%.*s&asked=%.*s", STR_ARG(visit->question),
                          STR_ARG(mark_of(rq->cx, visit->question)));
    const ReturnParameter parameters[] = {
        {"next", next},
        {"email", text_is_email(visit->in->login_hint) ? visit->in->login_hint : (Str){0}}};
    return see_other(rq, ask_return_url(arena, S("/login"), parameters, ROWS(parameters)));
}

static Reply ask_for_consent(Request *rq, const Visit *visit);

/* What there is to do but for giving the code: then a reply of {0}. */
static Reply visit_judge(Request *rq, const Visit *visit, bool said_yes)
{
    Situation situation;
    const Error *error;
    if (!read_situation(rq->cx, visit, &situation))
        return leave_with_error(
            rq, visit,
            (Verdict){&oauth_invalid_request, S("id_token_hint is no ID token of this shop.")});
    switch (ask_next(&visit->ask, &situation, &error)) {
    case NEXT_REFUSE:
        return leave_with_error(rq, visit, (Verdict){error, {0}});
    case NEXT_LOG_IN:
        return to_login(rq, visit);
    case NEXT_CONSENT:
        return said_yes ? (Reply){0} : ask_for_consent(rq, visit);
    case NEXT_GIVE:
        break;
    }
    return (Reply){0};
}

/* ---- The page ----------------------------------------------------------------------------------- */

/* The redirect URI up to its path, which says to a reader whose it is. */
static Str place_of(Str uri)
{
    size_t colon = str_find(uri, S("://"));
    if (colon == uri.n) return str_slice(uri, 0, str_find_char(uri, ':'));
    Str rest = str_slice(uri, colon + 3, uri.n);
    size_t end = 0;
    while (end < rest.n && !memchr("/?", rest.p[end], 2)) end++;
    return str_slice(rest, 0, end);
}

static void write_scopes(FormPage *page, Str scope)
{
    HTML(&page->out, "<ul>\n");
    for (bool more = scope.n > 0; more;) {
        Str name;
        more = str_cut(scope, ' ', &name, &scope);
        HTML(&page->out, "<li>{}</li>\n", rules_scope_says(name));
    }
    HTML(&page->out, "</ul>\n");
}

static Reply ask_for_consent(Request *rq, const Visit *visit)
{
    Ctx *cx = rq->cx;
    const User *user = user_read(cx, cx->actor.id);
    Str name = visit->client->name, mark = mark_of(cx, visit->question);
    Str request = visit->in->asked.n
                      ? str_format(cx->arena, "%.*s&asked=%.*s", STR_ARG(visit->question),
                                   STR_ARG(visit->in->asked))
                      : visit->question;
    FormPage page =
        form_page(rq, 200, str_format(cx->arena, "Let %.*s in?", STR_ARG(name)), (Str){0});
    HTML(&page.out, "<p>{} asks to act for you, {}. It could then:</p>\n", name,
         user ? user->email : S(""));
    write_scopes(&page, visit->ask.scope);
    HTML(&page.out,
         "<p>It stays let in until you take that back, on the page of your account.</p>\n"
         "<p>You will be sent back to {}.</p>\n",
         place_of(visit->in->redirect_uri));
    form_begin(&page, S("/oauth/consent"));
    form_hidden(&page, "request", request);
    form_end_with_choice(&page, "answer", "Let it in", "No");
    Buf next = buf_new(cx->arena, 3 * URL_MAX);
    percent_encode(&next, str_format(cx->arena, HERE "?%.*s&asked=%.*s", STR_ARG(visit->question),
                                     STR_ARG(mark)));
    HTML(&page.out, "<p><a href=\"/login?next={}\">I am somebody else</a></p>\n", buf_str(&next));
    return form_reply(&page);
}

/* ---- Giving the code ---------------------------------------------------------------------------- */

static Reply give(Request *rq, const Visit *visit)
{
    Ctx *cx = rq->cx;
    const OauthCode code = {.client_id = visit->client->id,
                            .user_id = cx->actor.id,
                            .login_id = cx->actor.session,
                            .redirect_uri = visit->in->redirect_uri,
                            .scope = visit->ask.scope,
                            .challenge = visit->in->code_challenge,
                            .nonce = visit->in->nonce,
                            .auth_time = id_time(cx->actor.session)};
    return leave_with_code(rq, visit, code_make(cx, &code));
}

/* Most requests end without writing anything: they need not wait for the writer. */
static Reply look_at_authorize(Request *rq)
{
    Visit visit;
    Reply reply = visit_begin(rq, rq->query, false, &visit);
    return reply.status ? reply : visit_judge(rq, &visit, false);
}
HANDLER_PLAIN(look_at_authorize)

static Reply authorize(Request *rq)
{
    Visit visit;
    Reply reply = visit_begin(rq, rq->query, false, &visit);
    if (!reply.status) reply = visit_judge(rq, &visit, false);
    return reply.status ? reply : give(rq, &visit);
}
HANDLER_PLAIN(authorize)

/* OpenID Connect wants POST as well (Core §3.1.2.1). A browser sends no cookie with what another site
 * posts, so it is asked to come again. */
static Reply authorize_by_form(Request *rq, const AuthorizeRequest *in)
{
    Str question = question_of(rq->cx, in);
    if (!question.n) return say_no(rq, S("The request is empty, or too long."));
    return see_other(rq, str_format(rq->cx->arena, HERE "?%.*s", STR_ARG(question)));
}
HANDLER(authorize_by_form, AuthorizeRequest)

/* ---- Consent ------------------------------------------------------------------------------------ */

typedef struct ConsentForm {
    Str request, answer, csrf_token;
} ConsentForm;

static const Type consent_form_type =
    TYPE(ConsentForm, "The page that asks whether a client is let in.",
         FIELD(ConsentForm, request, "The request for a code, as a query.", .max = FORM_TEXT_MAX),
         FIELD(ConsentForm, answer, "`yes`, or anything else.", .max = 100),
         FIELD(ConsentForm, csrf_token, "Of the session.", .max = 100));

/* What he has agreed to before stays agreed to. */
static void keep_consent(Ctx *cx, const Visit *visit)
{
    Time now = ctx_now(cx);
    StrList names = {0};
    rules_scope_read(cx->arena, visit->ask.scope, &names);
    const OauthConsent *before = consent_read(cx, cx->actor.id, visit->client->id);
    if (before) {
        Str all =
            str_format(cx->arena, "%.*s %.*s", STR_ARG(str_join(cx->arena, before->scopes, S(" "))),
                       STR_ARG(visit->ask.scope));
        rules_scope_read(cx->arena, str_trim(all), &names);
    }
    OauthConsent consent = {.user_id = cx->actor.id,
                            .client_id = visit->client->id,
                            .scopes = names,
                            .created_at = now,
                            .updated_at = now};
    consent_put(cx, &consent);
    audit(cx, &consent_given, "client", visit->client->id, &oauth_consent_type, before, &consent);
}

static Reply take_consent(Request *rq, const ConsentForm *in)
{
    Visit visit;
    Ctx *cx = rq->cx;
    Violations bad = violations_new(cx->arena);
    const AuthorizeRequest *request =
        query_read(cx->arena, &authorize_request_type, in->request, QUERY_LENIENT, &bad);
    if (!request) return say_no(rq, S("The form is not as this shop has made it."));
    Reply reply = visit_begin(rq, request, true, &visit);
    if (reply.status) return reply;
    if (!str_eq(in->answer, S("yes")))
        return leave_with_error(rq, &visit, (Verdict){&oauth_access_denied, {0}});
    reply = visit_judge(rq, &visit, true);
    if (reply.status) return reply;
    keep_consent(cx, &visit);
    return give(rq, &visit);
}
HANDLER(take_consent, ConsentForm)

/* ---- The table ---------------------------------------------------------------------------------- */

#define PAGE .lenient = true, .content_type = "text/html", .status_failing = 400

static const Route routes[] = {
    ROUTE(GET, HERE, authorize, "Asks a user to let a client in, and sends him back with a code.",
          .tx = TX_WRITE, .query = &authorize_request_type, .look = look_at_authorize_handler, PAGE,
          .status = 303, .status_again = 200,
          .detail = "RFC 6749 §4.1.1 with PKCE (RFC 7636, S256 only) and OpenID Connect Core "
                    "§3.1.2. The answer to the client has `iss` (RFC 9207); it has `error` instead "
                    "of `code` where something is refused."),
    ROUTE(POST, HERE, authorize_by_form, "The same, of a form: leads to it.", .tx = TX_NONE,
          .own_credentials = true, .body = &authorize_request_type, .takes = FORM_URLENCODED, PAGE,
          .status = 303),
    ROUTE(POST, "/oauth/consent", take_consent, "Lets a client in, or does not.", .tx = TX_WRITE,
          .body = &consent_form_type, .takes = FORM_URLENCODED, PAGE, .status = 303,
          .status_again = 200, .secret = true),
};

static const Error *const errors[] = {&oauth_unsupported_response_type,
                                      &oauth_access_denied,
                                      &oauth_login_required,
                                      &oauth_consent_required,
                                      &oauth_request_not_supported,
                                      &oauth_request_uri_not_supported,
                                      &oauth_registration_not_supported};

const Module oauth_pages_module = {
    .name = "oauth-pages",
    .doc = "Pages for people: let a program in.",
    MODULE_ROWS(routes, route),
    MODULE_ROWS(errors, error),
};
