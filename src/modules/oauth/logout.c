/* Logging out, when a client asks for it (OpenID Connect RP-Initiated Logout 1.0).
 *
 * Who shows an ID token of the user who is logged in is a client of his, and is believed; anybody else may
 * have sent the browser here, so the user is asked. What ends is the browser's session and what the ID
 * token was given with; other programs that the user has let in go on (they have their own log-out). */
#include "modules/oauth/ask.h"
#include "modules/oauth/clients.h"
#include "modules/oauth/id_token.h"
#include "modules/oauth/rules.h"

#include "meta/query.h"
#include "modules/auth/auth.h"
#include "modules/forms/forms.h"

#define HERE OAUTH_LOGOUT_PATH

typedef struct LogoutRequest {
    Str id_token_hint, client_id, post_logout_redirect_uri, state;
    Str csrf_token;
} LogoutRequest;

static const Type logout_request_type = TYPE(
    LogoutRequest, "A request to log out.",
    FIELD(LogoutRequest, id_token_hint, "An ID token of who is to be logged out; it may be over.",
          .secret = true, .max = FORM_TEXT_MAX),
    FIELD(LogoutRequest, client_id, "Who asks; left out: whom the ID token is for.",
          .max = FORM_TEXT_MAX),
    FIELD(LogoutRequest, post_logout_redirect_uri,
          "Where the browser is sent then: one of the client's.", .max = FORM_TEXT_MAX),
    FIELD(LogoutRequest, state, "Comes back as it is.", .max = FORM_TEXT_MAX),
    FIELD(LogoutRequest, csrf_token, "Of the session, from our own page.", .max = 100));

typedef struct Leaving {
    IdTokenFacts hint;
    Str url; /* where to; empty: nowhere */
} Leaving;

/* False: the client, or where it wants the browser to go, is not known. */
static bool read_leaving(Ctx *cx, const LogoutRequest *in, Leaving *out)
{
    Leaving leaving = {0};
    if (in->id_token_hint.n && !id_token_look(cx, in->id_token_hint, &leaving.hint)) return false;
    const OauthClient *client = in->client_id.n         ? client_by_name(cx, in->client_id)
                                : leaving.hint.client.n ? client_read(cx, leaving.hint.client)
                                                        : NULL;
    bool named = in->client_id.n || leaving.hint.client.n;
    if (named && !client) return false;
    if (leaving.hint.client.n && !id_eq(leaving.hint.client, client->id)) return false;
    Str uri = in->post_logout_redirect_uri;
    if (uri.n) {
        if (!client || !rules_redirect_is_registered(client->post_logout_redirect_uris, uri))
            return false;
        const ReturnParameter state = {"state", in->state};
        leaving.url = ask_return_url(cx->arena, uri, &state, 1);
    }
    *out = leaving;
    return true;
}

static Reply unknown(Request *rq)
{
    return page_saying(rq, 400, S("This cannot go on"),
                       S("The program that has sent you here is not known to this shop, or wants "
                         "you at an address that the shop does not know as its own."));
}

static Reply ask(Request *rq, const LogoutRequest *in)
{
    FormPage page = form_page(rq, 200, S("Log out?"), (Str){0});
    HTML(&page.out, "<p>You will have to log in again to go on.</p>\n");
    form_begin(&page, S("/oauth/logout/confirmation"));
    form_hidden(&page, "id_token_hint", in->id_token_hint);
    form_hidden(&page, "client_id", in->client_id);
    form_hidden(&page, "post_logout_redirect_uri", in->post_logout_redirect_uri);
    form_hidden(&page, "state", in->state);
    form_end(&page, "Log out");
    return form_reply(&page);
}

/* Ends what there is to end. `from_form`: a page of ours was there before. */
static Reply end(Request *rq, const Leaving *leaving, bool from_form)
{
    Ctx *cx = rq->cx;
    Str forget = cx->actor.cookie ? credential_no_cookie(cx->arena, rq->http) : S("");
    if (cx->actor.cookie) auth_session_end(cx, cx->actor.session);
    if (leaving->hint.session.n) auth_session_end(cx, leaving->hint.session);
    Reply reply = !leaving->url.n ? page_saying(rq, 200, S("You are logged out"), S("Goodbye."))
                  : from_form     ? page_leading_to(rq, S("You are logged out"), leaving->url)
                                  : see_other(rq, leaving->url);
    reply.headers = str_format(cx->arena, "%.*s%.*s", STR_ARG(reply.headers), STR_ARG(forget));
    return reply;
}

static Reply log_out_by_client(Request *rq)
{
    Leaving leaving;
    const Ctx *cx = rq->cx;
    const LogoutRequest *in = rq->query;
    if (!read_leaving(rq->cx, in, &leaving)) return unknown(rq);
    bool his = leaving.hint.user.n && id_eq(leaving.hint.user, cx->actor.id);
    if (cx->actor.cookie && !his) return ask(rq, in);
    return end(rq, &leaving, false);
}
HANDLER_PLAIN(log_out_by_client)

/* A form of another site comes without a cookie: it is asked to come again. */
static Reply log_out_by_form(Request *rq, const LogoutRequest *in)
{
    Buf out = buf_new(rq->cx->arena, 4 * FORM_TEXT_MAX);
    query_write(&out, &logout_request_type, in, query_plain(rq->cx->arena, &logout_request_type));
    if (out.full || out.n > LOGOUT_MAX) return unknown(rq);
    return see_other(rq, str_format(rq->cx->arena, HERE "?%.*s", STR_ARG(buf_str(&out))));
}
HANDLER(log_out_by_form, LogoutRequest)

static Reply confirm_log_out(Request *rq, const LogoutRequest *in)
{
    Leaving leaving;
    return read_leaving(rq->cx, in, &leaving) ? end(rq, &leaving, true) : unknown(rq);
}
HANDLER(confirm_log_out, LogoutRequest)

/* ---- The table ----------------------------------------------------------------------------------- */

#define PAGE .lenient = true, .content_type = "text/html", .status_failing = 400

static const Route routes[] = {
    ROUTE(GET, HERE, log_out_by_client, "Logs the browser out, for a client that asks for it.",
          .tx = TX_WRITE, .query = &logout_request_type, PAGE, .status = 303, .status_again = 200,
          .detail = "OpenID Connect RP-Initiated Logout 1.0. Without an `id_token_hint` of who is "
                    "logged in, he is asked."),
    ROUTE(POST, HERE, log_out_by_form, "The same, of a form: leads to it.", .tx = TX_NONE,
          .own_credentials = true, .body = &logout_request_type, .takes = FORM_URLENCODED, PAGE,
          .status = 303),
    ROUTE(POST, "/oauth/logout/confirmation", confirm_log_out, "Yes, log me out.", .tx = TX_WRITE,
          .body = &logout_request_type, .takes = FORM_URLENCODED, PAGE),
};

const Module oauth_logout_module = {
    .name = "oauth-logout",
    .doc = "Pages for people: log out, where a program asks for it.",
    MODULE_ROWS(routes, route),
};
