/* Pages for people: log in, register, confirm, set a new password, set the shop up.
 *
 * Each is a form that works without a script, and does through the same functions what the API's routes
 * do; so what holds there (nothing tells who has an account) holds here. A link of a mail opens a page
 * with a button, and only the button does something: programs that look into mails follow links.
 *
 * What is wrong with a form is said on the page, with what was typed, except passwords. A form that
 * another site sends is refused: it would log somebody in as somebody else. */
#include "modules/accounts/account.h"
#include "modules/accounts/guard.h"
#include "modules/accounts/links.h"
#include "modules/accounts/mails.h"
#include "modules/accounts/password.h"
#include "modules/accounts/rules.h"
#include "modules/accounts/session.h"
#include "modules/accounts/setup.h"
#include "modules/auth/auth.h"
#include "modules/forms/forms.h"
#include "platform/api/csrf.h"
#include "platform/api/errors.h"

/* ---- What the forms send ---------------------------------------------------------------------- */

typedef struct PageQuery {
    Str token, next, email;
} PageQuery;

/* All forms' fields: each form sends some. */
typedef struct PageForm {
    Str email, password, name, token, code, challenge, next;
    Str csrf_token;
} PageForm;

#define TEXT(member, doc) FIELD(PageForm, member, doc, .max = 2000)

static const Type page_query_type =
    TYPE(PageQuery, "Of a page of accounts.",
         FIELD(PageQuery, token, "What a link of a mail carries.", .max = 2000, .secret = true),
         FIELD(PageQuery, next, "The path where it goes on.", .max = URL_MAX),
         FIELD(PageQuery, email, "Who is expected to log in.", .max = 2000));

static const Type page_form_type = TYPE(
    PageForm, "What a form of accounts sends.", TEXT(email, "The address."),
    FIELD(PageForm, password, "The password.", .max = 4096, .write_only = true, .secret = true),
    TEXT(name, "As others see it."),
    FIELD(PageForm, token, "Of the link.", .max = 2000, .write_only = true, .secret = true),
    FIELD(PageForm, code, "The second factor.", .max = 2000, .write_only = true, .secret = true),
    FIELD(PageForm, challenge, "Of the first step.", .max = 2000, .write_only = true,
          .secret = true),
    FIELD(PageForm, next, "The path where it goes on.", .max = URL_MAX),
    TEXT(csrf_token, "Of the session."));

/* Of a form that was sent and is not in order: its page again, with what is wrong. */
enum { PROBLEM = 422 };

static Str next_of(Str next)
{
    return next_path(next, S("/account"));
}

static Reply bad_link(Request *rq, int status)
{
    return page_saying(rq, status, S("This link is not good any more"),
                       S("It has been used, or is too old. Ask for another one."));
}

static Reply cross_site(Request *rq)
{
    return page_saying(rq, PROBLEM, S("This form comes from elsewhere"),
                       S("Open the page of this shop, and try again."));
}

/* ---- Log in ------------------------------------------------------------------------------------ */

static Reply login_page(Request *rq, int status, Str problem, Str email, Str next)
{
    FormPage page = form_page(rq, status, S("Log in"), problem);
    form_begin(&page, S("/login"));
    form_hidden(&page, "next", next);
    form_field(&page, "email", "E-mail", "email", "username", email);
    form_field(&page, "password", "Password", "password", "current-password", (Str){0});
    form_end(&page, "Log in");
    HTML(&page.out, "<p><a href=\"/forgot\">Forgot the password?</a> "
                    "<a href=\"/register\">Register</a></p>\n");
    return form_reply(&page);
}

static Reply show_login(Request *rq)
{
    const PageQuery *query = rq->query;
    return login_page(rq, 200, (Str){0}, query->email, query->next);
}
HANDLER_PLAIN(show_login)

static Reply look_at_login_form(Request *rq, const PageForm *in)
{
    if (!csrf_same_origin(rq->http)) return cross_site(rq);
    rq->looked = (void *)account_look(rq->cx, in->email);
    return (Reply){0};
}
HANDLER(look_at_login_form, PageForm)

/* The title, and what there is to say of this occurrence. */
static Str in_words(Request *rq, Verdict refused)
{
    return str_format(rq->cx->arena, "%s%s%.*s", refused.error->title, refused.detail.n ? " " : "",
                      STR_ARG(refused.detail));
}

static Reply login_refused(Request *rq, const PageForm *in, Verdict refused)
{
    if (refused.error == &error_rate_limited)
        return login_page(rq, PROBLEM, in_words(rq, refused), in->email, in->next);
    if (refused.error == &error_banned) {
        Str reason =
            str_format(rq->cx->arena, "This account is closed: %.*s", STR_ARG(refused.detail));
        return login_page(rq, PROBLEM, reason, in->email, in->next);
    }
    return login_page(rq, PROBLEM,
                      S("The address or the password is wrong, or the address has not been "
                        "confirmed yet."),
                      in->email, in->next);
}

static Reply check_login_form(Request *rq, const PageForm *in)
{
    LoginCheck *check = NEW(rq->cx->arena, LoginCheck);
    *check = account_check(rq, rq->looked, in->password);
    rq->ahead = check;
    return check->refused.error ? login_refused(rq, in, check->refused) : (Reply){0};
}
HANDLER(check_login_form, PageForm)

static Reply second_page(Request *rq, int status, Str problem, Str challenge, Str next)
{
    FormPage page = form_page(rq, status, S("Your code"), problem);
    form_begin(&page, S("/login/code"));
    form_hidden(&page, "next", next);
    form_hidden(&page, "challenge", challenge);
    form_field(&page, "code", "Code of your telephone, or a recovery code", "text", "one-time-code",
               (Str){0});
    form_end(&page, "Log in");
    return form_reply(&page);
}

static Reply logged_in(Request *rq, const Login *login, Str next)
{
    Reply reply = see_other(rq, next_of(next));
    reply.headers = session_of_login(rq, login);
    return reply;
}

static Reply take_login_form(Request *rq, const PageForm *in)
{
    Login login = account_log_in(rq, rq->looked, rq->ahead);
    if (login.refused.error) return login_refused(rq, in, login.refused);
    if (login.challenge.n) return second_page(rq, 200, (Str){0}, login.challenge, in->next);
    return logged_in(rq, &login, in->next);
}
HANDLER(take_login_form, PageForm)

/* A page is no refusal to the framework, so what was written stays: wrong codes are counted. */
static Reply take_code_form(Request *rq, const PageForm *in)
{
    if (!csrf_same_origin(rq->http)) return cross_site(rq);
    Login login = account_second(rq, in->challenge, in->code);
    if (!login.refused.error) return logged_in(rq, &login, in->next);
    return second_page(rq, PROBLEM, in_words(rq, login.refused), in->challenge, in->next);
}
HANDLER(take_code_form, PageForm)

/* ---- Register, confirm ------------------------------------------------------------------------- */

static Reply register_page(Request *rq, int status, Str problem, const PageForm *in)
{
    FormPage page = form_page(rq, status, S("Register"), problem);
    form_begin(&page, S("/register"));
    form_field(&page, "name", "Name", "text", "name", in->name);
    form_field(&page, "email", "E-mail", "email", "username", in->email);
    form_field(&page, "password", "Password", "password", "new-password", (Str){0});
    form_end(&page, "Register");
    HTML(&page.out, "<p><a href=\"/login\">I have an account</a></p>\n");
    return form_reply(&page);
}

static Reply show_register(Request *rq)
{
    return register_page(rq, 200, (Str){0}, &(PageForm){0});
}
HANDLER_PLAIN(show_register)

static Str password_problem(Arena *arena, const PasswordMade *made)
{
    return str_format(arena, "The password %.*s.", STR_ARG(made->refused->items[0].message));
}

static Reply check_register_form(Request *rq, const PageForm *in)
{
    Ctx *cx = rq->cx;
    if (!csrf_same_origin(rq->http)) return cross_site(rq);
    if (!text_is_email(in->email))
        return register_page(rq, PROBLEM, S("This is no e-mail address."), in);
    if (!in->name.n || str_utf8_length(in->name) > USER_NAME_MAX)
        return register_page(rq, PROBLEM, S("Please tell a name of at most 200 characters."), in);
    Verdict later = guard_registration(rq, in->email);
    if (later.error) return register_page(rq, PROBLEM, in_words(rq, later), in);
    PasswordMade *made = NEW(cx->arena, PasswordMade);
    *made = account_make_password(cx, in->password, in->email, in->name, S("/password"));
    rq->ahead = made;
    if (made->refused) return register_page(rq, PROBLEM, password_problem(cx->arena, made), in);
    return (Reply){0};
}
HANDLER(check_register_form, PageForm)

static Reply look_into_mail(Request *rq)
{
    return page_saying(rq, 200, S("Please look into your mail"),
                       S("If the address is right, there is a message on its way to it, with what "
                         "to do next."));
}

static Reply take_register_form(Request *rq, const PageForm *in)
{
    const PasswordMade *made = rq->ahead;
    Registration asked = {.email = in->email, .name = in->name};
    account_ask_registration(rq->cx, &asked, made->hash);
    return look_into_mail(rq);
}
HANDLER(take_register_form, PageForm)

/* A button for a link: nothing happens before it is pressed. */
static Reply button_page(Request *rq, Str title, const char *action, const char *button)
{
    const PageQuery *query = rq->query;
    FormPage page = form_page(rq, 200, title, (Str){0});
    form_begin(&page, str_from(action));
    form_hidden(&page, "token", query->token);
    form_end(&page, button);
    return form_reply(&page);
}

static Reply show_verify(Request *rq)
{
    return button_page(rq, S("Confirm your address"), "/verify", "Yes, this is my address");
}
HANDLER_PLAIN(show_verify)

static Reply take_verify_form(Request *rq, const PageForm *in)
{
    if (account_verify(rq->cx, in->token).error) return bad_link(rq, PROBLEM);
    return login_page(rq, 200, S("The address is confirmed: you can log in."), (Str){0}, (Str){0});
}
HANDLER(take_verify_form, PageForm)

static Reply show_new_email(Request *rq)
{
    return button_page(rq, S("Confirm your new address"), "/new-email", "Yes, take this address");
}
HANDLER_PLAIN(show_new_email)

static Reply take_new_email_form(Request *rq, const PageForm *in)
{
    if (account_move(rq->cx, in->token).error) return bad_link(rq, PROBLEM);
    return page_saying(rq, 200, S("Your address has changed"),
                       S("You log in with the new one from now on."));
}
HANDLER(take_new_email_form, PageForm)

/* ---- A new password ---------------------------------------------------------------------------- */

static Reply forgot_page(Request *rq, int status, Str problem, Str email)
{
    FormPage page = form_page(rq, status, S("A new password"), problem);
    form_begin(&page, S("/forgot"));
    form_field(&page, "email", "E-mail", "email", "username", email);
    form_end(&page, "Send me a link");
    return form_reply(&page);
}

static Reply show_forgot(Request *rq)
{
    return forgot_page(rq, 200, (Str){0}, (Str){0});
}
HANDLER_PLAIN(show_forgot)

static Reply take_forgot_form(Request *rq, const PageForm *in)
{
    if (!csrf_same_origin(rq->http)) return cross_site(rq);
    bool needless;
    Str email = str_slice(in->email, 0, USER_EMAIL_MAX);
    Verdict later = guard_reset(rq, email, &needless);
    if (later.error) return forgot_page(rq, PROBLEM, in_words(rq, later), email);
    if (!needless) account_ask_reset(rq->cx, email);
    return look_into_mail(rq);
}
HANDLER(take_forgot_form, PageForm)

static Reply reset_page(Request *rq, int status, Str problem, Str token)
{
    FormPage page = form_page(rq, status, S("A new password"), problem);
    form_begin(&page, S("/reset"));
    form_hidden(&page, "token", token);
    form_field(&page, "password", "New password", "password", "new-password", (Str){0});
    form_end(&page, "Set the password");
    return form_reply(&page);
}

static Reply show_reset(Request *rq)
{
    const PageQuery *query = rq->query;
    if (!account_by_link(rq->cx, LINK_RESET, query->token)) return bad_link(rq, 410);
    return reset_page(rq, 200, (Str){0}, query->token);
}
HANDLER_PLAIN(show_reset)

static Reply look_at_reset_form(Request *rq, const PageForm *in)
{
    rq->looked = account_by_link(rq->cx, LINK_RESET, in->token);
    return rq->looked ? (Reply){0} : bad_link(rq, PROBLEM);
}
HANDLER(look_at_reset_form, PageForm)

static Reply check_reset_form(Request *rq, const PageForm *in)
{
    const User *user = rq->looked;
    PasswordMade *made = NEW(rq->cx->arena, PasswordMade);
    *made = account_make_password(rq->cx, in->password, user->email, user->name, S("/password"));
    rq->ahead = made;
    if (!made->refused) return (Reply){0};
    return reset_page(rq, PROBLEM, password_problem(rq->cx->arena, made), in->token);
}
HANDLER(check_reset_form, PageForm)

static Reply take_reset_form(Request *rq, const PageForm *in)
{
    const PasswordMade *made = rq->ahead;
    if (account_reset(rq->cx, in->token, made->hash).error) return bad_link(rq, PROBLEM);
    return login_page(rq, 200, S("The new password is set: you can log in."), (Str){0}, (Str){0});
}
HANDLER(take_reset_form, PageForm)

/* ---- One's own page ---------------------------------------------------------------------------- */

static Reply show_account_page(Request *rq)
{
    Ctx *cx = rq->cx;
    const User *user = cx->actor.cookie ? user_read(cx, cx->actor.id) : NULL;
    if (!user) return see_other(rq, S("/login"));
    FormPage page = form_page(rq, 200, user->name, (Str){0});
    HTML(&page.out, "<p>{}</p>\n", user->email);
    if (cx->actor.impersonator.n)
        HTML(&page.out, "<p class=\"notice\">You act as this user.</p>\n");
    HTML(&page.out, "<p><a href=\"/account/programs\">Programs that you have let in</a></p>\n");
    form_begin(&page, S("/logout"));
    form_end(&page, "Log out");
    return form_reply(&page);
}
HANDLER_PLAIN(show_account_page)

static Reply take_logout_form(Request *rq, const PageForm *in)
{
    (void)in;
    Reply reply = see_other(rq, S("/login"));
    reply.headers = session_leave(rq);
    return reply;
}
HANDLER(take_logout_form, PageForm)

/* ---- The first start --------------------------------------------------------------------------- */

static Reply setup_page(Request *rq, int status, Str problem, const PageForm *in)
{
    FormPage page = form_page(rq, status, S("Set up your shop"), problem);
    HTML(&page.out, "<p>Whoever fills this in owns the shop.</p>\n");
    form_begin(&page, S("/setup"));
    form_hidden(&page, "token", in->token);
    form_field(&page, "name", "Your name", "text", "name", in->name);
    form_field(&page, "email", "E-mail", "email", "username", in->email);
    form_field(&page, "password", "Password", "password", "new-password", (Str){0});
    form_end(&page, "This is my shop");
    return form_reply(&page);
}

static Reply show_setup(Request *rq)
{
    const PageQuery *query = rq->query;
    if (!setup_link_holds(rq->cx, query->token)) return bad_link(rq, 410);
    return setup_page(rq, 200, (Str){0}, &(PageForm){.token = query->token});
}
HANDLER_PLAIN(show_setup)

static Reply look_at_setup_form(Request *rq, const PageForm *in)
{
    static bool found = true;
    rq->looked = &found;
    return setup_link_holds(rq->cx, in->token) ? (Reply){0} : bad_link(rq, PROBLEM);
}
HANDLER(look_at_setup_form, PageForm)

static Reply check_setup_form(Request *rq, const PageForm *in)
{
    Ctx *cx = rq->cx;
    PasswordMade *made = NEW(cx->arena, PasswordMade);
    if (!text_is_email(in->email))
        return setup_page(rq, PROBLEM, S("This is no e-mail address."), in);
    if (!in->name.n || str_utf8_length(in->name) > USER_NAME_MAX)
        return setup_page(rq, PROBLEM, S("Please tell a name of at most 200 characters."), in);
    *made = account_make_password(cx, in->password, in->email, in->name, S("/password"));
    rq->ahead = made;
    if (made->refused) return setup_page(rq, PROBLEM, password_problem(cx->arena, made), in);
    return (Reply){0};
}
HANDLER(check_setup_form, PageForm)

static Reply take_setup_form(Request *rq, const PageForm *in)
{
    Id owner;
    const PasswordMade *made = rq->ahead;
    if (!setup_link_holds(rq->cx, in->token)) return bad_link(rq, PROBLEM);
    Verdict verdict = setup_owner(rq->cx, in->email, in->name, made->hash, &owner);
    if (verdict.error == &error_bad_link) return bad_link(rq, PROBLEM);
    if (verdict.error) return setup_page(rq, PROBLEM, str_from(verdict.error->title), in);
    return logged_in(rq, &(Login){.user = owner}, S("/"));
}
HANDLER(take_setup_form, PageForm)

/* ---- The table --------------------------------------------------------------------------------- */

#define PAGE       .lenient = true, .content_type = "text/html"
#define SHOWN(tx_) .tx = tx_, .query = &page_query_type, PAGE
#define FORM                                                                                       \
    .tx = TX_WRITE, .body = &page_form_type, .takes = FORM_URLENCODED, PAGE,                       \
    .status_failing = PROBLEM
#define HASHED(ahead_) .ahead = ahead_##_handler, .ahead_lane = ROUTE_LANE_HASH, .secret = true

static const Route routes[] = {
    ROUTE(GET, "/login", show_login, "The page to log in.", SHOWN(TX_NONE)),
    ROUTE(POST, "/login", take_login_form, "Logs in, or asks for the second factor.", FORM,
          .status = 303, .status_again = 200, .look = look_at_login_form_handler,
          HASHED(check_login_form)),
    ROUTE(POST, "/login/code", take_code_form, "Logs in by the second factor.", FORM,
          .status = 303),
    ROUTE(POST, "/logout", take_logout_form, "Logs out.", FORM, .status = 303, .signed_in = true),
    ROUTE(GET, "/account", show_account_page, "One's own page.", SHOWN(TX_READ),
          .status_again = 303),
    ROUTE(GET, "/register", show_register, "The page to register.", SHOWN(TX_NONE)),
    ROUTE(POST, "/register", take_register_form, "Registers.", FORM, HASHED(check_register_form)),
    ROUTE(GET, "/verify", show_verify, "Where the link to a new address leads.", SHOWN(TX_NONE)),
    ROUTE(POST, "/verify", take_verify_form, "Confirms the address.", FORM),
    ROUTE(GET, "/new-email", show_new_email, "Where the link to a changed address leads.",
          SHOWN(TX_NONE)),
    ROUTE(POST, "/new-email", take_new_email_form, "Confirms the changed address.", FORM),
    ROUTE(GET, "/forgot", show_forgot, "The page for who has forgotten his password.",
          SHOWN(TX_NONE)),
    ROUTE(POST, "/forgot", take_forgot_form, "Asks for a link to set another one.", FORM),
    ROUTE(GET, "/reset", show_reset, "Where that link leads.", SHOWN(TX_READ),
          .status_failing = 410),
    ROUTE(POST, "/reset", take_reset_form, "Sets the password.", FORM,
          .look = look_at_reset_form_handler, HASHED(check_reset_form)),
    ROUTE(GET, "/setup", show_setup, "The page of the first start.", SHOWN(TX_READ),
          .status_failing = 410),
    ROUTE(POST, "/setup", take_setup_form, "Makes the owner.", FORM, .status = 303,
          .look = look_at_setup_form_handler, HASHED(check_setup_form)),
};

const Module account_pages_module = {
    .name = "account-pages",
    .doc = "Pages for people: log in, register, a new password, the first start.",
    MODULE_ROWS(routes, route),
};
