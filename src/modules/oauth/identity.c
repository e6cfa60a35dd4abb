/* What clients learn of a user (userinfo), and what a user learns of clients, and can end (consents).
 *
 * A client is told by the scope of the very token that it shows, which may be less than what it was
 * given; what is not known is left out rather than null, as OpenID Connect Core §5.3.2 wants it. Names
 * and addresses are told here and not by ID tokens: those are kept in logs and sessions of others, and
 * grow old.
 *
 * A consent that is taken back ends everything that came of it at once: a user who takes back does not
 * mean "from the next refresh on". The API and the page do it by one function.
 *
 * Rejected: taking single scopes back (a program that loses one of them begins anew, and asks). */
#include "modules/oauth/audits.h"
#include "modules/oauth/errors.h"
#include "modules/oauth/rules.h"
#include "modules/oauth/store.h"

#include "modules/accounts/accounts.h"
#include "modules/auth/auth.h"
#include "modules/forms/forms.h"
#include "platform/personal.h"

/* ---- userinfo (OpenID Connect Core §5.3) -------------------------------------------------------- */

typedef struct UserInfo {
    Present present;
    Str sub;
    Str name, picture, locale;
    int64_t updated_at;
    Str email;
    bool email_verified;
} UserInfo;

static const Type user_info_type = TYPE_WITH_ABSENCE(
    UserInfo, "What a client is told of a user.", FIELD(UserInfo, sub, "His id."),
    FIELD(UserInfo, name, "`profile`: as others see him.", .optional = true, .personal = true),
    FIELD(UserInfo, picture, "`profile`: the address of one.", .optional = true, .personal = true),
    FIELD(UserInfo, locale, "`profile`: in which language he wants to be written to.",
          .optional = true, .personal = true),
    FIELD(UserInfo, updated_at, "`profile`: when that last changed, in seconds since 1970.",
          .optional = true),
    FIELD(UserInfo, email, "`email`: the address.", .optional = true, .personal = true),
    FIELD(UserInfo, email_verified, "`email`: has he shown that it is his?", .optional = true));

#define SET(member) MARK_SET(&user_info_type, info, UserInfo, member)

static void tell_profile(Ctx *cx, const User *user, UserInfo *info)
{
    info->name = user->name;
    info->updated_at = user->updated_at.us / 1000000;
    SET(name);
    SET(updated_at);
    if (user->locale.n) {
        info->locale = user->locale;
        SET(locale);
    }
    if (!user->avatar_url.n) return;
    bool here = str_starts(user->avatar_url, S("/"));
    Str shop = here ? auth_issuer() : S("");
    info->picture = str_format(cx->arena, "%.*s%.*s", STR_ARG(shop), STR_ARG(user->avatar_url));
    SET(picture);
}

static void tell_email(const User *user, UserInfo *info)
{
    info->email = user->email;
    info->email_verified = user->verified_at.us != 0;
    SET(email);
    SET(email_verified);
}

/* The framework knows the token; what it may be told is by the token's own scope, which may be less
 * than what the client was given. A browser's session has none. */
static Reply show_user_info(Request *rq)
{
    Ctx *cx = rq->cx;
    TokenFacts token;
    Credential credential = credential_of(rq->http);
    bool by_token = credential.kind == CREDENTIAL_BEARER &&
                    auth_token_look(cx, credential.token, &token) &&
                    rules_scope_has(token.scope, S("openid"));
    const User *user = by_token ? user_read(cx, token.user) : NULL;
    if (!user) {
        Reply refused = fail(rq, &oauth_insufficient_scope, "The token has no scope openid.");
        refused.headers = S("WWW-Authenticate: Bearer realm=\"souk\", "
                            "error=\"insufficient_scope\", scope=\"openid\"\r\n");
        return refused;
    }
    UserInfo *info = NEW(cx->arena, UserInfo);
    info->sub = id_text(cx->arena, "user", user->id);
    SET(sub);
    if (rules_scope_has(token.scope, S("profile"))) tell_profile(cx, user, info);
    if (rules_scope_has(token.scope, S("email"))) tell_email(user, info);
    return ok(&user_info_type, info);
}
HANDLER_PLAIN(show_user_info)

/* OpenID Connect Core §5.3.1 wants both methods. */
static Reply show_user_info_by_post(Request *rq)
{
    return show_user_info(rq);
}
HANDLER_PLAIN(show_user_info_by_post)

/* ---- Consents ------------------------------------------------------------------------------------ */

typedef struct ConsentShown {
    Id client_id;
    Str client_name;
    StrList scopes;
    Time created_at, updated_at;
} ConsentShown;

static const Type consent_shown_type =
    TYPE(ConsentShown, "A program that one has let in.",
         FIELD(ConsentShown, client_id, "The program.", .prefix = "client"),
         FIELD(ConsentShown, client_name, "What it is called."),
         FIELD(ConsentShown, scopes, "What it may have."),
         FIELD(ConsentShown, created_at, "When one first said yes."),
         FIELD(ConsentShown, updated_at, "When one last did."));

static Reply list_consents(Request *rq)
{
    Ctx *cx = rq->cx;
    OauthConsentList all = consents_of(cx, cx->actor.id);
    ConsentShown *shown = NEW_N(cx->arena, ConsentShown, all.n + 1);
    for (size_t i = 0; i < all.n; i++) {
        const OauthConsent *one = &all.items[i];
        const OauthClient *client = client_read(cx, one->client_id);
        shown[i] = (ConsentShown){.client_id = one->client_id,
                                  .client_name = client ? client->name : S(""),
                                  .scopes = one->scopes,
                                  .created_at = one->created_at,
                                  .updated_at = one->updated_at};
    }
    return ok_list(&consent_shown_type, (AnyList){shown, all.n}, (Str){0});
}
HANDLER_PLAIN(list_consents)

/* The actor's. What hangs on it ends with it: codes that were not used yet, and the sessions of what was
 * given. False: there is none. */
static bool withdraw(Ctx *cx, Id client)
{
    Id user = cx->actor.id;
    const OauthConsent *before = consent_read(cx, user, client);
    if (!before || !consent_delete(cx, user, client)) return false;
    codes_forget(cx, user, client);
    IdList sessions = grants_of_user(cx, user, client);
    for (size_t i = 0; i < sessions.n; i++) auth_session_end(cx, sessions.items[i]);
    audit(cx, &consent_withdrawn, "client", client, &oauth_consent_type, before, NULL);
    return true;
}

static Reply withdraw_consent(Request *rq)
{
    return withdraw(rq->cx, rq->id) ? no_content() : not_found(rq, "consent");
}
HANDLER_PLAIN(withdraw_consent)

/* ---- The same as a page -------------------------------------------------------------------------- */

#define PROGRAMS_PATH "/account/programs"

static void write_program(FormPage *page, const OauthConsent *consent, const OauthClient *client)
{
    Str since = str_slice(time_text(page->rq->cx->arena, consent->created_at), 0, 10);
    HTML(&page->out, "<h2>{}</h2>\n<p>Let in on {}. It may:</p>\n<ul>\n", client->name, since);
    for (size_t i = 0; i < consent->scopes.n; i++)
        HTML(&page->out, "<li>{}</li>\n", rules_scope_says(consent->scopes.items[i]));
    HTML(&page->out, "</ul>\n");
    form_begin(page, S(PROGRAMS_PATH));
    form_hidden(page, "client", id_text(page->rq->cx->arena, "client", client->id));
    form_end(page, "Let it in no longer");
}

static Reply show_programs(Request *rq)
{
    Ctx *cx = rq->cx;
    if (!cx->actor.cookie) return see_other(rq, S("/login?next=" PROGRAMS_PATH));
    OauthConsentList all = consents_of(cx, cx->actor.id);
    FormPage page = form_page(rq, 200, S("Programs that you have let in"), (Str){0});
    if (!all.n) HTML(&page.out, "<p>There are none.</p>\n");
    for (size_t i = 0; i < all.n; i++)
        write_program(&page, &all.items[i], client_read(cx, all.items[i].client_id));
    return form_reply(&page);
}
HANDLER_PLAIN(show_programs)

typedef struct ProgramForm {
    Id client;
    Str csrf_token;
} ProgramForm;

static const Type program_form_type =
    TYPE(ProgramForm, "The form of a program that is let in no longer.",
         FIELD(ProgramForm, client, "Which one.", .prefix = "client", .required = true),
         FIELD(ProgramForm, csrf_token, "Of the session.", .max = 100));

/* Of one that is gone already there is nothing to say. */
static Reply take_program_form(Request *rq, const ProgramForm *in)
{
    withdraw(rq->cx, in->client);
    return see_other(rq, S(PROGRAMS_PATH));
}
HANDLER(take_program_form, ProgramForm)

/* ---- The table ----------------------------------------------------------------------------------- */

static const Error *const scope_errors[] = {&oauth_insufficient_scope, NULL};

#define USER_INFO                                                                                  \
    .tx = TX_READ, .signed_in = true, .any_scope = true, .reply = &user_info_type,                 \
    .lenient = true, .errors = scope_errors
#define USER_INFO_DETAIL                                                                           \
    "OpenID Connect Core §5.3. For an access token whose scope has `openid`; `profile` and "      \
    "`email` in it say what more than `sub` is told."

static const Route routes[] = {
    ROUTE(GET, OAUTH_USERINFO_PATH, show_user_info, "Tells a client who the user is.", USER_INFO,
          .detail = USER_INFO_DETAIL),
    ROUTE(POST, OAUTH_USERINFO_PATH, show_user_info_by_post, "The same.", USER_INFO),
    ROUTE(GET, "/v1/account/consents", list_consents, "List the programs that one has let in.",
          .tx = TX_READ, .signed_in = true, .reply = &consent_shown_type, .list = true),
    ROUTE(DELETE, "/v1/account/consents/{id:client}", withdraw_consent,
          "Let a program in no longer.", .tx = TX_WRITE, .signed_in = true,
          .detail = "What it was given ends at once, its tokens too."),
    ROUTE(GET, PROGRAMS_PATH, show_programs, "The page of the programs that one has let in.",
          .tx = TX_READ, .lenient = true, .content_type = "text/html", .status_again = 303),
    ROUTE(POST, PROGRAMS_PATH, take_program_form, "Lets a program in no longer.", .tx = TX_WRITE,
          .signed_in = true, .body = &program_form_type, .takes = FORM_URLENCODED, .lenient = true,
          .content_type = "text/html", .status = 303),
};

static const Error *const errors[] = {&oauth_insufficient_scope};

static AnyList export_consents(Ctx *cx, Id user)
{
    OauthConsentList all = consents_of(cx, user);
    return (AnyList){all.items, all.n};
}

static const Personal personals[] = {
    {"consents", "Programs that he has let in.", &oauth_consent_type, export_consents},
};

const Module oauth_identity_module = {
    .name = "oauth-identity",
    .doc = "Who a user is to a program, and what he has let programs do.",
    MODULE_ROWS(routes, route),
    MODULE_ROWS(errors, error),
    MODULE_ROWS(personals, personal),
};
