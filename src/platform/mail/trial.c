/* Trying whether mail works: at once by a command, and by the job that sends all other mail. */
#include "platform/mail/send.h"

#include "platform/api/errors.h"

static const Error err_mail = {
    "mail_not_sent", 503, "The message was not sent.", LOG_WARN,
    "The detail has what the mail server said. The settings begin with `mail.`."};

static const MailTemplate test_mail = {
    .name = "mail.test",
    .doc = "What `souk mail test` sends.",
    .subject = "A test of this shop's mail",
    .text = "This message was sent by `souk mail test`.\n",
    .html = "<p>This message was sent by <code>souk mail test</code>.</p>",
};

/* ---- Over the API ---------------------------------------------------------------------------- */

static const Permission mail_try = {"mail:test", "Send a message that shows whether mail works.",
                                    .roles = ""};

typedef struct MailTest {
    Id job;
    Str to;
} MailTest;

static const Type mail_test_type =
    TYPE(MailTest, "A message that shows whether mail works.",
         FIELD(MailTest, job, "What sends it: `GET /v1/jobs/{id}` tells what became of it.",
               .prefix = "job", .read_only = true),
         FIELD(MailTest, to, "Who gets it.", .required = true, .format = FORMAT_EMAIL, .max = 254));

static Reply send_test_mail(Request *rq, const MailTest *in)
{
    MailTest *sent = arena_copy(rq->cx->arena, in, sizeof *in);
    sent->job = mail_send(rq->cx, &test_mail, in->to, NULL);
    Str id = id_text(rq->cx->arena, "job", sent->job);
    return created(&mail_test_type, sent, str_format(rq->cx->arena, "/v1/jobs/%.*s", STR_ARG(id)));
}
HANDLER(send_test_mail, MailTest)

static const Route routes[] = {
    ROUTE(POST, "/v1/mail/test", send_test_mail, "Send a message that shows whether mail works.",
          .tx = TX_WRITE, .needs = &mail_try, .body = &mail_test_type, .reply = &mail_test_type,
          .status = 201),
};

/* ---- souk mail test -------------------------------------------------------------------------- */

typedef struct MailTestFlags {
    bool later;
} MailTestFlags;

static const Type mail_test_flags =
    TYPE(MailTestFlags, "How.",
         FIELD(MailTestFlags, later,
               "Hand it to the job that sends all other mail, instead of sending it now."));

static bool send_later(Ctx *cx, void *arg)
{
    mail_send(cx, &test_mail, *(const Str *)arg, NULL);
    return true;
}

static int send_now(CommandCall *call, Str to)
{
    const Config *config = &call->config->values;
    MailMessage message = {.to = {.address = to},
                           .id = id_text(call->arena, "mail", ctx_id(call->cx)),
                           .date = ctx_now(call->cx)};
    if (!mail_address_parse(config->mail.from, &message.from))
        return command_fail(call, &err_mail, "the setting mail.from is no address");
    Str why = S("");
    if (!mail_fill(call->arena, &test_mail, NULL, &message) ||
        mail_deliver(call->arena, config, &message, NULL, NULL, &why) != MAIL_SENT)
        return command_fail(call, &err_mail, "%.*s", STR_ARG(why));
    if (config->mail.transport == MAIL_TO_FOLDER)
        output_print(call->out, "%.*s/%.*s.eml\n", STR_ARG(mail_folder(call->arena, config)),
                     STR_ARG(message.id));
    else
        output_print(call->out, "sent to %.*s\n", STR_ARG(to));
    return EXIT_FINE;
}

static int mail_test(CommandCall *call, const MailTestFlags *flags)
{
    Str to = call->arguments.items[0];
    if (!mail_address_ok(to))
        return command_fail(call, &err_usage, "\"%.*s\" is no address", STR_ARG(to));
    if (!flags->later) return send_now(call, to);
    if (db_run(call->db, TX_WRITE, call->cx, send_later, &to) != DB_FINE)
        return command_fail(call, &error_unavailable, "the database did not answer");
    output_print(call->out, "`souk jobs list --kind mail.send` shows what becomes of it\n");
    return EXIT_FINE;
}
COMMAND_HANDLER(mail_test, MailTestFlags)

static const Command commands[] = {
    {.name = "mail test",
     .summary = "Send a message, to see whether mail works",
     .doc = "Sends a short message by the way that is set (mail.transport) and says what came of "
            "it.",
     .flags = &mail_test_flags,
     .arguments = {{.name = "ADDRESS", .doc = "Who gets it."}},
     .examples = {{"souk mail test me@example.org", "One message, at once."}},
     .needs = COMMAND_NEEDS_FOLDER,
     .run = COMMAND_RUN(mail_test)},
};

/* ---- The table ------------------------------------------------------------------------------- */

static const Job *const jobs[] = {&mail_send_job};
static const MailTemplate *const mails[] = {&test_mail};
static const Error *const errors[] = {&err_mail};
static const Permission *const permissions[] = {&mail_try};

const Module mail_module = {
    .name = "mail",
    .doc = "Messages that go out.",
    MODULE_ROWS(routes, route),
    MODULE_ROWS(permissions, permission),
    MODULE_ROWS(jobs, job),
    MODULE_ROWS(mails, mail),
    MODULE_ROWS(errors, error),
    MODULE_ROWS(commands, command),
};
