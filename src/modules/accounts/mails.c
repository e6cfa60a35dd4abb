/* The messages: rows of text, and what fills them.
 *
 * Addresses in them are made of the setting shop.url, never of a request, whose Host anybody can
 * choose. Tokens stand in links to pages that ask once more before anything happens, since programs
 * that look for viruses follow links too. */
#include "modules/accounts/mails.h"

#include "modules/accounts/password.h"
#include "platform/mail/mail.h"

static const Config *config; /* as of the start */

void accounts_use(const Config *given)
{
    if (!config) config = given;
}

Str accounts_shop_url(void)
{
    return config ? config->shop.url : S("");
}

int64_t accounts_password_min(void)
{
    return config ? config->accounts.password_min : PASSWORD_MIN;
}

/* ---- Links ----------------------------------------------------------------------------------- */

typedef struct LinkMail {
    Str name, link;
} LinkMail;

static const Type link_mail_type =
    TYPE(LinkMail, "A mail with a link.", FIELD(LinkMail, name, "To whom.", .personal = true),
         FIELD(LinkMail, link, "What only he can follow.", .secret = true));

static const MailTemplate verify_mail = {
    .name = "accounts.verify",
    .doc = "To who has registered: confirms the address.",
    .values = &link_mail_type,
    .subject = "Please confirm your address",
    .text = "Hello {name},\n\n"
            "somebody has registered with this address; if it was you, confirm it here:\n\n"
            "{link}\n\n"
            "The link is good for a day. If it was not you, do nothing: the account is never "
            "opened,\nand the address is forgotten within a week.\n"};

static const MailTemplate reset_mail = {
    .name = "accounts.reset",
    .doc = "To who has forgotten his password: a link to set another one.",
    .values = &link_mail_type,
    .subject = "A new password",
    .text = "Hello {name},\n\n"
            "here you set a new password:\n\n"
            "{link}\n\n"
            "The link is good for an hour and once. If you did not ask for it, do nothing: your\n"
            "password stays as it is.\n"};

static const MailTemplate new_email_mail = {
    .name = "accounts.new_email",
    .doc = "To a user's new address: confirms it.",
    .values = &link_mail_type,
    .subject = "Please confirm your new address",
    .text = "Hello {name},\n\n"
            "from now on you want to log in with this address; confirm it here:\n\n"
            "{link}\n\n"
            "The link is good for a day. Until then your old address counts.\n"};

/* `path` with the token, where the shop is. */
static void send_link(Ctx *cx, const MailTemplate *mail, Str to, Str name, const char *path,
                      Str token)
{
    Str link = str_format(cx->arena, "%.*s%s?token=%.*s", STR_ARG(accounts_shop_url()), path,
                          STR_ARG(token));
    mail_send(cx, mail, to, &(LinkMail){name, link});
}

void mail_verify(Ctx *cx, const User *user, Str token)
{
    send_link(cx, &verify_mail, user->email, user->name, "/verify", token);
}

void mail_reset(Ctx *cx, const User *user, Str token)
{
    send_link(cx, &reset_mail, user->email, user->name, "/reset", token);
}

void mail_new_email(Ctx *cx, const User *user, Str token)
{
    send_link(cx, &new_email_mail, user->pending_email, user->name, "/new-email", token);
}

/* ---- Notices --------------------------------------------------------------------------------- */

typedef struct NoticeMail {
    Str name, email, shop;
} NoticeMail;

static const Type notice_mail_type =
    TYPE(NoticeMail, "A word about what has happened.",
         FIELD(NoticeMail, name, "To whom.", .personal = true),
         FIELD(NoticeMail, email, "The address of the account.", .personal = true),
         FIELD(NoticeMail, shop, "Where the shop is."));

#define NOT_YOU "If it was not you, set a new password at once: {shop}/forgot\n"

static const MailTemplate registered_again_mail = {
    .name = "accounts.registered_again",
    .doc = "To a user: somebody tried to register or move to his address.",
    .values = &notice_mail_type,
    .subject = "You have an account already",
    .text = "Hello {name},\n\n"
            "somebody has tried to register with this address, or to take it for another account.\n"
            "You have an account already, and nothing has changed.\n\n"
            "If it was you: log in at {shop}/login, or set a new password at {shop}/forgot\n"};

static const MailTemplate email_wanted_mail = {
    .name = "accounts.email_wanted",
    .doc = "To a user's present address: another one was asked for.",
    .values = &notice_mail_type,
    .subject = "Your address is about to change",
    .text = "Hello {name},\n\n"
            "somebody who knows your password has asked that another address take the place of "
            "this one.\nIt does when the link that we have sent there is followed.\n\n" NOT_YOU};

static const MailTemplate email_changed_mail = {
    .name = "accounts.email_changed",
    .doc = "To both addresses of a user: the new one counts.",
    .values = &notice_mail_type,
    .subject = "Your address has changed",
    .text = "Hello {name},\n\n"
            "you log in with the address {email} from now on.\n\n" NOT_YOU};

static const MailTemplate password_mail = {
    .name = "accounts.password_changed",
    .doc = "To a user: he has another password.",
    .values = &notice_mail_type,
    .subject = "Your password has changed",
    .text = "Hello {name},\n\n"
            "your password has changed, and you are logged out everywhere else.\n\n" NOT_YOU};

static const MailTemplate second_on_mail = {
    .name = "accounts.second_factor_on",
    .doc = "To a user: a second factor was set up.",
    .values = &notice_mail_type,
    .subject = "Logging in asks for a code now",
    .text =
        "Hello {name},\n\n"
        "a second factor was set up: logging in asks for a code of your telephone.\n\n" NOT_YOU};

static const MailTemplate second_off_mail = {
    .name = "accounts.second_factor_off",
    .doc = "To a user: the second factor was removed.",
    .values = &notice_mail_type,
    .subject = "Logging in asks for no code any more",
    .text = "Hello {name},\n\n"
            "the second factor was removed: the password alone opens your account.\n\n" NOT_YOU};

static const MailTemplate deleted_mail = {
    .name = "accounts.deleted",
    .doc = "To who had an account: it is gone.",
    .values = &notice_mail_type,
    .subject = "Your account is deleted",
    .text = "Hello {name},\n\n"
            "your account at {shop} is deleted, with everything personal in it.\n"};

static void send_notice(Ctx *cx, const MailTemplate *mail, const User *user, Str to)
{
    mail_send(cx, mail, to, &(NoticeMail){user->name, user->email, accounts_shop_url()});
}

void mail_registered_again(Ctx *cx, const User *user)
{
    send_notice(cx, &registered_again_mail, user, user->email);
}

void mail_email_wanted(Ctx *cx, const User *user)
{
    send_notice(cx, &email_wanted_mail, user, user->email);
}

void mail_email_changed(Ctx *cx, const User *user, Str to)
{
    send_notice(cx, &email_changed_mail, user, to);
}

void mail_password_changed(Ctx *cx, const User *user)
{
    send_notice(cx, &password_mail, user, user->email);
}

void mail_second_factor(Ctx *cx, const User *user, bool on)
{
    send_notice(cx, on ? &second_on_mail : &second_off_mail, user, user->email);
}

void mail_deleted(Ctx *cx, const User *user)
{
    send_notice(cx, &deleted_mail, user, user->email);
}

const MailTemplate *const account_mails[ACCOUNT_MAILS] = {
    &verify_mail,       &reset_mail,         &new_email_mail, &registered_again_mail,
    &email_wanted_mail, &email_changed_mail, &password_mail,  &second_on_mail,
    &second_off_mail,   &deleted_mail};
