/* From mail_send to the transport. The payload of the job is the template's name, the address and the
 * values; the message itself is made when it goes out, so that a message that has waited for hours is
 * the new program's, and the database holds no finished texts. Values of a type that has secrets are
 * sealed as a whole: which of them is secret is nobody's business who reads the table. */
#include "platform/mail/mail.h"

#include "platform/jobs/jobs.h"
#include "platform/mail/send.h"
#include "platform/mail/template.h"
#include "platform/telemetry/fault.h"
#include "platform/vault/vault.h"

#include <assert.h>

enum {
    MAILS_MAX = 256,
    VALUES_MAX = 32 * 1024,    /* of one message, as JSON */
    MESSAGE_MAX = 1024 * 1024, /* of one message, encoded */
    SEND_LIMIT_S = 120,        /* a mail server may take its time */
};

#define SEAL_PURPOSE "mail"

FAULT_POINT(fault_sent, "mail.sent",
            "A mail server has taken a message; that it is sent is not noted.");

static struct {
    const MailTemplate *items[MAILS_MAX];
    size_t n;
    const Config *config;
} all;

void mail_gather(const Module *const *modules, size_t count)
{
    all.n = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < modules[i]->mail_count; k++) {
            assert(all.n < MAILS_MAX);
            all.items[all.n++] = modules[i]->mails[k];
        }
}

void mail_configure(const Config *config)
{
    all.config = config;
}

static const MailTemplate *template_of(Str name)
{
    for (size_t i = 0; i < all.n; i++)
        if (str_eq(name, str_from(all.items[i]->name))) return all.items[i];
    return NULL;
}

/* ---- What waits ------------------------------------------------------------------------------ */

typedef struct MailJob {
    Str mail;
    Str to;
    Json values; /* empty: they are sealed, or there are none */
    Str sealed;
} MailJob;

static const Type mail_job_type =
    TYPE(MailJob, "A message that is to go out.",
         FIELD(MailJob, mail, "Which one: the name of its template."),
         FIELD(MailJob, to, "The address.", .personal = true),
         FIELD(MailJob, values, "What it says.", .personal = true, .nullable = true),
         FIELD(MailJob, sealed, "The same, sealed.", .personal = true, .secret = true));

static bool has_secrets(const Type *type)
{
    for (size_t i = 0; type && i < type->field_count; i++)
        if (type->fields[i].secret) return true;
    return false;
}

static Str values_text(Arena *arena, const Type *type, const void *values)
{
    Buf text = buf_new(arena, VALUES_MAX);
    json_write_stored(&text, type, values);
    assert(!text.full);
    return buf_str(&text);
}

/* The values, sealed or not. NULL: they are not ours, or not of this type. */
static const void *values_of(Ctx *cx, const MailTemplate *mail, const MailJob *job)
{
    static const char none;
    Str text = job->values.text;
    if (!mail->values) return &none;
    if (job->sealed.n &&
        !vault_unseal(cx->arena, cx->vault, SEAL_PURPOSE, job->sealed, str_from(mail->name), &text))
        return NULL;
    Violations violations = violations_new(cx->arena);
    return json_read(cx->arena, mail->values, text, JSON_STORED, &violations);
}

/* ---- Sending --------------------------------------------------------------------------------- */

bool mail_fill(Arena *arena, const MailTemplate *mail, const void *values, MailMessage *out)
{
    Buf subject = buf_new(arena, MESSAGE_MAX), text = buf_new(arena, MESSAGE_MAX),
        html = buf_new(arena, MESSAGE_MAX);
    bool fine = template_fill(&subject, mail->subject, mail->values, values, false) &&
                template_fill(&text, mail->text, mail->values, values, false);
    if (mail->html) {
        buf_lit(&html, "<!doctype html>\n<html>\n<head><meta charset=\"utf-8\"></head>\n<body>\n");
        fine = fine && template_fill(&html, mail->html, mail->values, values, true);
        buf_lit(&html, "\n</body>\n</html>\n");
    }
    out->subject = buf_str(&subject);
    out->text = buf_str(&text);
    out->html = buf_str(&html);
    return fine && !subject.full && !text.full && !html.full;
}

MailOutcome mail_deliver(Arena *arena, const Config *config, const MailMessage *message,
                         bool (*cancelled)(void *arg), void *arg, Str *why)
{
    Buf bytes = buf_new(arena, MESSAGE_MAX);
    mail_message_write(&bytes, message);
    if (bytes.full) {
        *why = S("the message is too large");
        return MAIL_REFUSED;
    }
    MailEnvelope envelope = {.from = message->from.address,
                             .to = message->to.address,
                             .id = message->id,
                             .bytes = buf_str(&bytes),
                             .subject = message->subject,
                             .text = message->text,
                             .cancelled = cancelled,
                             .arg = arg};
    return mail_transport(arena, config, &envelope, why);
}

static bool run_is_cancelled(void *arg)
{
    return job_cancelled(arg);
}

static JobEnd send(JobRun *run, const MailJob *job)
{
    Arena *arena = run->cx->arena;
    const MailTemplate *mail = template_of(job->mail);
    MailMessage message = {
        .to = {.address = job->to}, .id = id_text(arena, "job", run->id), .date = id_time(run->id)};
    if (!mail) return job_retry(run, "this program has no such template");
    const void *values = values_of(run->cx, mail, job);
    if (!values) return job_give_up(run, "its values cannot be unsealed or read");
    if (!mail_address_ok(job->to)) return job_give_up(run, "the address cannot be written to");
    if (!mail_address_parse(all.config->mail.from, &message.from))
        return job_retry(run, "the setting mail.from is no address");
    if (!mail_fill(arena, mail, values, &message)) return job_give_up(run, "it cannot be composed");
    Str why = S("");
    MailOutcome outcome = mail_deliver(arena, all.config, &message, run_is_cancelled, run, &why);
    FAULT(&fault_sent);
    if (outcome == MAIL_SENT) return job_done();
    if (outcome == MAIL_REFUSED) return job_give_up(run, "refused: %.*s", STR_ARG(why));
    return job_retry(run, "%.*s", STR_ARG(why));
}
JOB_HANDLER(send, MailJob)

const Job mail_send_job = {.name = "mail.send",
                           .doc = "Hands a message to the mail server.",
                           .payload = &mail_job_type,
                           .run = JOB_RUN(send),
                           .limit_s = SEND_LIMIT_S};

Id mail_send(Ctx *cx, const MailTemplate *mail, Str to, const void *values)
{
    MailJob job = {.mail = str_from(mail->name), .to = to};
    if (mail->values) job.values.text = values_text(cx->arena, mail->values, values);
    if (has_secrets(mail->values)) {
        job.sealed =
            vault_seal(cx->arena, cx->vault, cx->random, SEAL_PURPOSE, job.values.text, job.mail);
        job.values = (Json){0};
    }
    return job_add(cx, &mail_send_job, &job);
}

Str mail_problem(Arena *arena, const Config *config)
{
    MailAddress from;
    const MailConfig *mail = &config->mail;
    if (!mail_address_parse(mail->from, &from))
        return str_format(arena, "mail.from: \"%.*s\" is no address", STR_ARG(mail->from));
    if (mail->transport != MAIL_BY_SMTP) return S("");
    if (!mail->url.n) return S("mail.transport is smtp, and mail.url is not set");
    if (str_ends(from.address, S("@localhost")))
        return S("mail.from is an address that nobody can answer");
    return S("");
}
