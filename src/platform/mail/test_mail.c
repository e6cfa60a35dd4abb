/* Messages as bytes, templates, and mail_send from the transaction to the file. */
#include "platform/mail/mail.h"

#include "base/hash.h"
#include "platform/db/test_world.h"
#include "platform/jobs/jobs.h"
#include "platform/jobs/store.h"
#include "platform/mail/message.h"
#include "platform/mail/template.h"
#include "platform/mail/transport.h"
#include "platform/vault/vault.h"

#include <dirent.h>
#include <sched.h>
#include <sys/stat.h>

/* ---- Messages -------------------------------------------------------------------------------- */

static Str write_message(Arena *arena, const char *name, const char *subject, const char *text,
                         const char *html)
{
    Buf out = buf_new(arena, 1 << 20);
    MailMessage message = {.from = {S("Tea & Co"), S("shop@example.org")},
                           .to = {str_from(name), S("ann@example.com")},
                           .id = S("job_1"),
                           .date = {INT64_C(1767225600) * 1000000},
                           .subject = str_from(subject),
                           .text = str_from(text),
                           .html = str_from(html)};
    mail_message_write(&out, &message);
    assert_false(out.full);
    return buf_str(&out);
}

static void test_a_plain_message_reads_as_it_was_meant(void **state)
{
    (void)state;
    Arena *arena = arena_new(4096);
    Str bytes = write_message(arena, "Ann", "Your tea", "Hello,\n\nit is ready. \n", "");
    assert_string_equal(str_z(arena, bytes),
                        "Date: Thu, 01 Jan 2026 00:00:00 +0000\r\n"
                        "From: =?utf-8?Q?Tea_=26_Co?=\r\n <shop@example.org>\r\n"
                        "To: Ann\r\n <ann@example.com>\r\n"
                        "Message-ID:\r\n <job_1@example.org>\r\n"
                        "Subject: Your tea\r\n"
                        "MIME-Version: 1.0\r\n"
                        "Auto-Submitted: auto-generated\r\n"
                        "Content-Type: text/plain; charset=utf-8\r\n"
                        "Content-Transfer-Encoding: quoted-printable\r\n"
                        "\r\n"
                        "Hello,\r\n\r\nit is ready.=20\r\n");
    arena_free(arena);
}

/* Each line by itself: its end is CRLF, no CR or LF stands elsewhere, none is too long, and all is
 * ASCII. The number of header lines that begin a field. */
static int check_lines(Str bytes)
{
    int fields = 0;
    bool body = false;
    while (bytes.n) {
        Str line;
        assert_true(str_cut(bytes, '\n', &line, &bytes));
        assert_true(line.n > 0 && line.p[line.n - 1] == '\r');
        line.n--;
        assert_true(line.n <= 78);
        for (size_t i = 0; i < line.n; i++)
            assert_true(line.p[i] == '\t' || (line.p[i] >= ' ' && line.p[i] <= '~'));
        if (!line.n) body = true;
        if (!body && line.p[0] != ' ') fields++;
    }
    return fields;
}

static void test_no_text_can_add_a_header(void **state)
{
    (void)state;
    static const char *const nasty[] = {
        "a\r\nBcc: eve@example.net",
        "a\nBcc: eve@example.net\n\nbody",
        "\r\r\n\n",
        "=?utf-8?Q?x?=",
        "\xff\xfe",
        "\x01\x7f",
        "\"quoted\" <eve@example.net>",
        "caf\xc3\xa9",
        "",
        " ",
        "a very long subject that has to be folded at some place because it is really much longer "
        "than seventy-six characters, and with \xe2\x82\xac signs \xe2\x82\xac\xe2\x82\xac\xe2\x82"
        "\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac",
    };
    Arena *arena = arena_new(4096);
    int fields = check_lines(write_message(arena, "Ann", "Tea", "x\n", ""));
    assert_int_equal(fields, 9);
    for (size_t i = 0; i < ROWS(nasty); i++) {
        assert_int_equal(check_lines(write_message(arena, nasty[i], nasty[i], nasty[i], "")),
                         fields);
        check_lines(write_message(arena, nasty[i], nasty[i], nasty[i], nasty[i]));
    }
    arena_free(arena);
}

static void test_addresses(void **state)
{
    (void)state;
    MailAddress address;
    assert_true(mail_address_parse(S("Shop of Tea <shop@example.org>"), &address));
    assert_true(str_eq(address.name, S("Shop of Tea")));
    assert_true(str_eq(address.address, S("shop@example.org")));
    assert_true(mail_address_parse(S(" shop@example.org "), &address));
    assert_int_equal(address.name.n, 0);
    static const char *const wrong[] = {"",
                                        "shop",
                                        "<shop@example.org",
                                        "shop@example.org>",
                                        "a <b@c> d",
                                        "a@b\r\nBcc: c@d",
                                        "<a@b> <c@d>",
                                        "\"a b\"@c"};
    for (size_t i = 0; i < ROWS(wrong); i++)
        assert_false(mail_address_parse(str_from(wrong[i]), &address));
}

static void test_what_a_reply_code_means(void **state)
{
    (void)state;
    assert_int_equal(mail_outcome_of(421), MAIL_LATER);
    assert_int_equal(mail_outcome_of(450), MAIL_LATER);
    assert_int_equal(mail_outcome_of(550), MAIL_REFUSED);
    assert_int_equal(mail_outcome_of(554), MAIL_REFUSED);
    assert_int_equal(mail_outcome_of(535), MAIL_LATER); /* our log-in, not the message */
    assert_int_equal(mail_outcome_of(0), MAIL_LATER);
}

/* ---- Templates ------------------------------------------------------------------------------- */

typedef struct TeaMail {
    Str name;
    Str link;
    int64_t cups;
} TeaMail;

static const Type tea_mail_type =
    TYPE(TeaMail, "Tea.", FIELD(TeaMail, name, "Whose.", .personal = true),
         FIELD(TeaMail, link, "Where.", .secret = true), FIELD(TeaMail, cups, "How many."));

static const MailTemplate tea_mail = {.name = "tea.ready",
                                      .doc = "Tea is ready.",
                                      .values = &tea_mail_type,
                                      .subject = "{cups} cups for {name}",
                                      .text = "Hello {name},\n\n{link}\n",
                                      .html = "<p>Hello {name}, <a href=\"{link}\">come</a></p>"};

static void test_values_fill_their_places(void **state)
{
    (void)state;
    Arena *arena = arena_new(4096);
    TeaMail tea = {S("Ann <b>"), S("https://x/?a=1&b=2"), 3};
    Buf text = buf_new(arena, 1000), html = buf_new(arena, 1000);
    assert_true(template_fill(&text, tea_mail.subject, &tea_mail_type, &tea, false));
    assert_true(str_eq(buf_str(&text), S("3 cups for Ann <b>")));
    assert_true(template_fill(&html, tea_mail.html, &tea_mail_type, &tea, true));
    assert_true(
        str_eq(buf_str(&html), S("<p>Hello Ann &lt;b&gt;, <a href=\"https://x/?a=1&amp;b=2\">"
                                 "come</a></p>")));
    assert_int_equal(mail_template_problem(arena, &tea_mail).n, 0);
    MailTemplate wrong = tea_mail;
    wrong.text = "Hello {nmae}";
    assert_true(mail_template_problem(arena, &wrong).n > 0);
    wrong.text = "Hello {name";
    assert_true(mail_template_problem(arena, &wrong).n > 0);
    arena_free(arena);
}

/* ---- From the transaction to the file -------------------------------------------------------- */

static const MailTemplate *const mails[] = {&tea_mail};
static const Module tea = {.name = "tea", MODULE_ROWS(mails, mail)};
static const Module *const modules[] = {&tea, &mail_module};

typedef struct Post {
    Config config;
    char folder[256];
    World *w;
} Post;

static void post_begin(Post *post, void **state)
{
    World *w = world_of(state);
    int applied;
    Str detail = S("");
    const Error *error = db_migrate(w->db, &w->cx, jobs_module.migrations,
                                    jobs_module.migration_count, &applied, &detail);
    if (error) fail_msg("%s: %.*s", error->code, STR_ARG(detail));
    Vault *vault;
    unsigned char bytes[VAULT_KEY_BYTES];
    random_system.fill(random_system.state, bytes, sizeof bytes);
    error = vault_open(w->arena, S("/nonexistent"), hex_text(w->arena, bytes, sizeof bytes),
                       &random_system, &vault, &detail);
    if (error) fail_msg("%s: %.*s", error->code, STR_ARG(detail));
    w->cx.vault = vault;
    const char *parent = getenv("SOUK_TEST_DIR");
    snprintf(post->folder, sizeof post->folder, "%s/souk-mail-XXXXXX", parent ? parent : "/tmp");
    assert_non_null(mkdtemp(post->folder));
    post->config =
        (Config){.mail = {.from = S("Tea <tea@example.org>"), .folder = str_from(post->folder)}};
    post->w = w;
    jobs_gather(modules, ROWS(modules));
    mail_gather(modules, ROWS(modules));
    mail_configure(&post->config);
}

static void post_run(Post *post)
{
    World *w = post->w;
    ModuleWorld world = {.db = w->db,
                         .vault = w->cx.vault,
                         .clock = &clock_system,
                         .random = &random_system,
                         .ids = &w->ids};
    assert_true(jobs_start(&world, &(JobsOptions){1, 30000000}));
}

/* The only message of the folder, and takes it away; NULL: there is none. */
static char *take_message(Post *post)
{
    DIR *folder = opendir(post->folder);
    char *found = NULL;
    for (struct dirent *entry; (entry = readdir(folder));) {
        if (entry->d_name[0] == '.') continue;
        char path[600];
        snprintf(path, sizeof path, "%s/%s", post->folder, entry->d_name);
        FILE *file = fopen(path, "r");
        char *bytes = arena_zalloc(post->w->arena, 65536, 1, 1);
        assert_true(fread(bytes, 1, 65535, file) > 0);
        fclose(file);
        unlink(path);
        assert_null(found);
        found = bytes;
    }
    closedir(folder);
    return found;
}

static void post_end(Post *post)
{
    jobs_stop();
    vault_close((Vault *)(uintptr_t)post->w->cx.vault);
    assert_int_equal(rmdir(post->folder), 0);
}

typedef struct Sending {
    const char *to;
    JobState state;
    JobEntry found;
} Sending;

static bool send_in_tx(Ctx *cx, void *arg)
{
    const Sending *sending = arg;
    mail_send(cx, &tea_mail, str_from(sending->to), &(TeaMail){S("Ann"), S("https://x/t0ken"), 2});
    return true;
}

static bool find_in_tx(Ctx *cx, void *arg)
{
    Sending *sending = arg;
    JobEntryList list =
        jobs_list(cx, &(JobFilter){.by_state = true, .state = sending->state, .limit = 10});
    if (list.n) sending->found = *job_by_id(cx, list.items[0].id);
    return list.n == 1;
}

static JobEntry wait_for(Post *post, JobState wanted)
{
    Sending sending = {.state = wanted};
    while (!sending.found.id.n) {
        RUN(post->w, TX_READ, find_in_tx, &sending);
        sched_yield();
    }
    return sending.found;
}

static void test_a_message_goes_out_after_the_commit(void **state)
{
    Post post;
    post_begin(&post, state);
    RUN(post.w, TX_WRITE, send_in_tx, (&(Sending){.to = "ann@example.com"}));
    JobEntry waits = wait_for(&post, JOB_WAITING);
    assert_true(str_find(waits.payload.text, S("ann@example.com")) < waits.payload.text.n);
    assert_true(str_find(waits.payload.text, S("t0ken")) == waits.payload.text.n);
    post_run(&post);
    JobEntry done = wait_for(&post, JOB_FINISHED);
    assert_int_equal(done.payload.text.n, 0); /* nothing personal is kept of it */
    char *message = take_message(&post);
    assert_non_null(message);
    assert_non_null(strstr(message, "To: <ann@example.com>\r\n"));
    assert_non_null(strstr(message, "Subject: 2 cups for Ann\r\n"));
    assert_non_null(strstr(message, "https://x/t0ken\r\n"));
    assert_non_null(strstr(message, "<a href=3D\"https://x/t0ken\">"));
    post_end(&post);
}

static void test_a_message_to_no_address_is_a_dead_letter(void **state)
{
    Post post;
    post_begin(&post, state);
    post_run(&post);
    RUN(post.w, TX_WRITE, send_in_tx,
        (&(Sending){.to = "ann@example.com\r\nBcc: eve@example.net"}));
    JobEntry dead = wait_for(&post, JOB_DEAD);
    assert_true(str_eq(dead.error, S("the address cannot be written to")));
    assert_null(take_message(&post));
    post_end(&post);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_plain_message_reads_as_it_was_meant),
        cmocka_unit_test(test_no_text_can_add_a_header),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_what_a_reply_code_means),
        cmocka_unit_test(test_values_fill_their_places),
        ON_BOTH(test_a_message_goes_out_after_the_commit),
        ON_BOTH(test_a_message_to_no_address_is_a_dead_letter),
    };
    return cmocka_run_group_tests_name("mail", tests, worlds_begin, worlds_end);
}
