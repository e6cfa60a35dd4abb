/* Jobs: what registering, resetting and moving really do, behind the requests that asked for it.
 *
 * What a request would do for a known address and for an unknown one differs: a row, a mail, nothing.
 * So it only writes down what was asked, and the job decides. Its writes and its end are one
 * transaction (job_finish_with), so a job that runs twice registers once. A password is hashed before,
 * and its hash waits sealed. */
#include "modules/accounts/tasks.h"

#include "modules/accounts/account.h"
#include "modules/accounts/links.h"
#include "modules/accounts/mails.h"
#include "modules/accounts/rules.h"
#include "modules/accounts/store.h"
#include "platform/changes.h"
#include "platform/vault/vault.h"

#define REGISTRATION_PURPOSE "accounts.registration"

/* Payloads hold what is personal: they are not kept when they are done. */
enum { KEEP_NOT = -1 };

/* ---- Registering ----------------------------------------------------------------------------- */

typedef struct RegisterTask {
    Str email, name, locale;
    Str password_hash; /* sealed */
} RegisterTask;

static const Type register_task_type =
    TYPE(RegisterTask, "Who wants an account.",
         FIELD(RegisterTask, email, "His address.", .personal = true),
         FIELD(RegisterTask, name, "As others see him.", .personal = true),
         FIELD(RegisterTask, locale, "In which language to write to him."),
         FIELD(RegisterTask, password_hash, "A PHC string, sealed.", .secret = true));

static void send_verification(Ctx *cx, Id id)
{
    const User *user = user_read(cx, id);
    const Credentials *row = credentials_read(cx, id);
    if (user && row)
        mail_verify(cx, user, link_make(cx, LINK_VERIFY, id, row->generation, VERIFY_LINK_S));
}

/* Nobody has confirmed the address: the last who asked is the one. */
static void register_again(Ctx *cx, User *user, const RegisterTask *task)
{
    user->name = task->name;
    user->locale = task->locale;
    if (task->locale.n)
        MARK_SET(&user_type, user, User, locale);
    else
        MARK_ABSENT(&user_type, user, User, locale);
    user_update(cx, user);
    user_words_put(cx, user->id, user_words_of(cx->arena, user->email, user->name));
    credentials_put_password(cx, user->id, task->password_hash);
    changed(cx, "user", user->id);
}

static bool do_register(Ctx *cx, void *arg)
{
    const RegisterTask *task = arg;
    Id id = user_by_email(cx, email_key(cx->arena, task->email));
    if (!id.n) {
        NewUser new = {task->email, task->name, task->locale, task->password_hash, false};
        if (user_create(cx, &new, &id).error) return false;
        send_verification(cx, id);
        return true;
    }
    user_touch(cx, id);
    User *user = user_read(cx, id);
    if (user->status == USER_PENDING) {
        register_again(cx, user, task);
        send_verification(cx, id);
    } else {
        mail_registered_again(cx, user);
    }
    return true;
}

static JobEnd run_register(JobRun *run, const RegisterTask *payload)
{
    RegisterTask task = *payload;
    Ctx *cx = run->cx;
    if (!vault_unseal(cx->arena, cx->vault, REGISTRATION_PURPOSE, task.password_hash, task.email,
                      &task.password_hash))
        return job_give_up(run, "the password was sealed by another master key");
    return job_finish_with(run, do_register, &task);
}
JOB_HANDLER(run_register, RegisterTask)

const Job account_register_job = {.name = "accounts.register",
                                  .doc = "Makes an account that somebody has asked for, or tells "
                                         "the owner of the address that somebody has.",
                                  .payload = &register_task_type,
                                  .run = JOB_RUN(run_register),
                                  .keep_s = KEEP_NOT};

void account_ask_registration(Ctx *cx, const Registration *in, Str password_hash)
{
    RegisterTask task = {.email = in->email, .name = in->name, .locale = in->locale};
    task.password_hash = vault_seal(cx->arena, cx->vault, cx->random, REGISTRATION_PURPOSE,
                                    password_hash, in->email);
    job_add(cx, &account_register_job, &task);
}

/* ---- A forgotten password -------------------------------------------------------------------- */

typedef struct ResetTask {
    Str email;
} ResetTask;

static const Type reset_task_type = TYPE(ResetTask, "Who has forgotten a password.",
                                         FIELD(ResetTask, email, "The address.", .personal = true));

static bool do_reset(Ctx *cx, void *arg)
{
    const ResetTask *task = arg;
    Id id = user_by_email(cx, email_key(cx->arena, task->email));
    const User *user = id.n ? user_read(cx, id) : NULL;
    if (user && user->status == USER_PENDING) send_verification(cx, id);
    if (user && user->status == USER_ACTIVE)
        mail_reset(cx, user, account_reset_token(cx, id, RESET_LINK_S));
    return true;
}

static JobEnd run_reset(JobRun *run, const ResetTask *payload)
{
    ResetTask task = *payload;
    return job_finish_with(run, do_reset, &task);
}
JOB_HANDLER(run_reset, ResetTask)

const Job account_reset_job = {.name = "accounts.reset",
                               .doc = "Mails the link by which a user sets another password.",
                               .payload = &reset_task_type,
                               .run = JOB_RUN(run_reset),
                               .keep_s = KEEP_NOT};

void account_ask_reset(Ctx *cx, Str email)
{
    job_add(cx, &account_reset_job, &(ResetTask){email});
}

/* ---- Another address ------------------------------------------------------------------------- */

typedef struct MoveTask {
    Id user;
    Str email;
} MoveTask;

static const Type move_task_type =
    TYPE(MoveTask, "Who wants another address.", FIELD(MoveTask, user, "Who.", .prefix = "user"),
         FIELD(MoveTask, email, "The new one.", .personal = true));

static bool do_move(Ctx *cx, void *arg)
{
    const MoveTask *task = arg;
    if (!user_touch(cx, task->user)) return true;
    User *user = user_read(cx, task->user);
    if (user->status != USER_ACTIVE) return true;
    Id other = user_by_email(cx, email_key(cx->arena, task->email));
    if (other.n && !id_eq(other, user->id)) {
        mail_registered_again(cx, user_read(cx, other));
        return true;
    }
    user->pending_email = task->email;
    MARK_SET(&user_type, user, User, pending_email);
    user_update(cx, user);
    credentials_renew(cx, user->id);
    const Credentials *row = credentials_read(cx, user->id);
    mail_new_email(cx, user, link_make(cx, LINK_EMAIL, user->id, row->generation, EMAIL_LINK_S));
    mail_email_wanted(cx, user);
    changed(cx, "user", user->id);
    return true;
}

static JobEnd run_move(JobRun *run, const MoveTask *payload)
{
    MoveTask task = *payload;
    return job_finish_with(run, do_move, &task);
}
JOB_HANDLER(run_move, MoveTask)

const Job account_move_job = {.name = "accounts.move",
                              .doc = "Mails the link by which a user confirms his new address.",
                              .payload = &move_task_type,
                              .run = JOB_RUN(run_move),
                              .keep_s = KEEP_NOT};

void account_ask_move(Ctx *cx, Id user, Str email)
{
    job_add(cx, &account_move_job, &(MoveTask){user, email});
}

/* ---- Who never came back --------------------------------------------------------------------- */

static bool do_sweep(Ctx *cx, void *arg)
{
    (void)arg;
    users_forget_pending(cx, (Time){ctx_now(cx).us - (int64_t)PENDING_DAYS * 86400 * 1000000});
    return true;
}

static JobEnd run_sweep(JobRun *run, const void *payload)
{
    (void)payload;
    return job_finish_with(run, do_sweep, NULL);
}

const Job account_sweep_job = {.name = "accounts.sweep",
                               .doc = "Forgets addresses that nobody has confirmed for a week.",
                               .run = run_sweep};
