/* Refresh tokens, over both databases and by an invented clock: each is good for once, a copy ends all,
 * and who asks again because his answer was lost gets the same one. */
#include "modules/auth/auth.h"
#include "modules/oauth/grant.h"
#include "modules/oauth/rules.h"
#include "modules/oauth/tasks.h"

#include "platform/audit/audit.h"
#include "platform/changes.h"
#include "platform/jobs/jobs.h"
#include "platform/telemetry/fault.h"
#include "platform/test_modules.h"

#include <pthread.h>
#include <stdatomic.h>

static const Module *const modules[] = {&changes_module, &audit_trail_module, &jobs_module,
                                        &auth_module, &oauth_module};
static const Id ann = {101};
static _Atomic int64_t now_us;

static Time invented_now(void *state)
{
    (void)state;
    return (Time){atomic_load(&now_us)};
}

static const Clock invented_clock = {invented_now, NULL};

static void pass_s(int64_t s)
{
    atomic_fetch_add(&now_us, s * 1000000);
}

static const Str issuer = S_INIT("https://shop.example");

static bool settle(Ctx *cx, void *arg)
{
    (void)arg;
    WANT(!oauth_is_settled(cx));
    oauth_settle(cx);
    oauth_settle(cx); /* of two processes that start at once, one makes it */
    WANT(oauth_is_settled(cx));
    return true;
}

static World *shop_of(void **state)
{
    World *w = world_with(state, modules, ROWS(modules));
    atomic_store(&now_us, INT64_C(1800000000000000));
    w->cx.clock = &invented_clock;
    auth_set_issuer(&issuer);
    RUN(w, TX_WRITE, settle, NULL);
    return w;
}

/* ---- Asking ---------------------------------------------------------------------------------- */

/* A request for tokens, as the endpoint hands it to a grant. */
typedef struct Asked {
    const char *client;
    Str token, scope; /* what is sent */
    Reply reply;
    TokenAnswer answer;
} Asked;

static bool begin_in(Ctx *cx, void *arg)
{
    Asked *asked = arg;
    const OauthClient *client = client_by_name(cx, str_from(asked->client));
    const OauthGrant *grant = issue_begin(cx, client, ann, S("openid"));
    asked->answer = *issue_tokens(cx, client, grant, grant->scope);
    return true;
}

static bool refresh_in(Ctx *cx, void *arg)
{
    Asked *asked = arg;
    TokenRequest in = {.refresh_token = asked->token, .scope = asked->scope};
    Request rq = {.cx = cx};
    TokenCall call = {.client = client_by_name(cx, str_from(asked->client)), .in = &in};
    TokenAnswer *answer = NULL;
    asked->reply = refresh_token_grant.run(&rq, &call, &answer);
    WANT((answer != NULL) == (asked->reply.status == 0));
    if (answer) asked->answer = *answer;
    return !asked->reply.error || asked->reply.kept; /* as api.c has it */
}

/* The refresh token that a new grant begins with. */
static Str begin(World *w)
{
    Asked asked = {.client = OAUTH_DOCS_CLIENT};
    RUN(w, TX_WRITE, begin_in, &asked);
    return asked.answer.refresh_token;
}

/* The next one; empty: refused. */
static Str refresh(World *w, Str token)
{
    Asked asked = {.client = OAUTH_DOCS_CLIENT, .token = token};
    RUN(w, TX_WRITE, refresh_in, &asked);
    if (asked.reply.status) assert_string_equal(asked.reply.error->code, "invalid_grant");
    return asked.reply.status ? (Str){0} : asked.answer.refresh_token;
}

/* ---- Once ------------------------------------------------------------------------------------ */

static void each_token_is_good_for_once(void **state)
{
    World *w = shop_of(state);
    Str first = begin(w), second = refresh(w, first);
    assert_true(second.n && !str_eq(first, second));
    Str third = refresh(w, second);
    assert_true(third.n && !str_eq(second, third));
    pass_s(1);
    assert_false(refresh(w, first).n); /* two before: a copy */
    assert_false(refresh(w, third).n); /* and that was the end of all */
    assert_false(refresh(w, second).n);
}

/* Its answer was lost: the same token, and no second family. */
static void the_last_one_answers_again_for_a_minute(void **state)
{
    World *w = shop_of(state);
    Str first = begin(w), second = refresh(w, first);
    pass_s(RETRY_S);
    assert_true(str_eq(refresh(w, first), second));
    assert_true(str_eq(refresh(w, first), second));
    Str third = refresh(w, second);
    assert_true(third.n > 0);
    pass_s(RETRY_S);
    assert_true(str_eq(refresh(w, second), third));
    pass_s(1);
    assert_false(refresh(w, second).n); /* a minute is over: a copy */
    assert_false(refresh(w, third).n);
}

static void families_do_not_touch_each_other(void **state)
{
    World *w = shop_of(state);
    Str one = begin(w), other = begin(w);
    Str next = refresh(w, refresh(w, one));
    assert_false(refresh(w, one).n);
    assert_false(refresh(w, next).n);
    assert_true(refresh(w, other).n > 0);
}

static void nobody_makes_one_up(void **state)
{
    World *w = shop_of(state);
    Str first = begin(w), second = refresh(w, first);
    for (size_t i = 0; i < second.n; i++) {
        char *changed = str_z(w->arena, second);
        changed[i] = changed[i] == 'a' ? 'b' : 'a';
        if (refresh(w, str_from(changed)).n) fail_msg("byte %zu does not count", i);
    }
    const Str wrong[] = {str_slice(second, 0, second.n - 1),
                         str_format(w->arena, "%.*sA", STR_ARG(second)),
                         str_slice(second, 3, second.n),
                         S("rt_"),
                         S("rt_.."),
                         S("."),
                         S("rt_sess_0000000000009.1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")};
    for (size_t i = 0; i < ROWS(wrong); i++) assert_false(refresh(w, wrong[i]).n);
    assert_true(refresh(w, second).n > 0); /* none of them ended the session */
}

/* ---- What it hangs on ------------------------------------------------------------------------ */

static bool end_sessions(Ctx *cx, void *arg)
{
    (void)arg;
    auth_sessions_end(cx, ann, (Id){0});
    WANT_INT(db_int(cx, 0, "select count(*) from oauth_grants"), 0);
    return true;
}

static void it_ends_with_the_session(void **state)
{
    World *w = shop_of(state);
    Str token = begin(w);
    RUN(w, TX_WRITE, end_sessions, NULL);
    assert_false(refresh(w, token).n);
}

static void a_session_that_is_refreshed_is_not_idle(void **state)
{
    World *w = shop_of(state);
    Str kept = begin(w), idle = begin(w);
    for (int i = 0; i < 3; i++) {
        pass_s(10 * 86400); /* two weeks are the default of auth */
        kept = refresh(w, kept);
        assert_true(kept.n > 0);
    }
    assert_false(refresh(w, idle).n);
}

static bool make_other(Ctx *cx, void *arg)
{
    static Str grants[] = {S_INIT("password"), S_INIT("refresh_token")};
    OauthClient client = {.present = PRESENT_ALL,
                          .id = {7},
                          .kind = CLIENT_PUBLIC,
                          .name = S("Other"),
                          .grants = {grants, ROWS(grants)},
                          .created_at = ctx_now(cx),
                          .updated_at = ctx_now(cx)};
    (void)arg;
    WANT(client_insert(cx, &client));
    WANT(!client_insert(cx, &client));
    return true;
}

static void it_belongs_to_its_client(void **state)
{
    World *w = shop_of(state);
    RUN(w, TX_WRITE, make_other, NULL);
    Str token = begin(w);
    Asked asked = {.client = "client_0000000000007", .token = token};
    RUN(w, TX_WRITE, refresh_in, &asked);
    assert_string_equal(asked.reply.error->code, "invalid_grant");
    assert_true(refresh(w, token).n > 0);
}

/* ---- At once --------------------------------------------------------------------------------- */

static bool rotate_in(Ctx *cx, void *arg)
{
    const OauthGrant *grant;
    const Str *token = arg;
    WANT_INT(refresh_look(cx, *token, &grant), REFRESH_RIGHT);
    WANT(grant_rotate(cx, grant->session_id, grant->generation, ctx_now(cx)));
    WANT(!grant_rotate(cx, grant->session_id, grant->generation, ctx_now(cx)));
    WANT_INT(refresh_look(cx, *token, &grant), REFRESH_AGAIN);
    return true;
}

/* Of two who come at once the guarded update lets one through, and the other is told the same. */
static void one_of_two_counts_on(void **state)
{
    World *w = shop_of(state);
    Str token = begin(w);
    RUN(w, TX_WRITE, rotate_in, &token);
    Str next = refresh(w, token);
    assert_true(next.n > 0);
    assert_true(str_eq(refresh(w, token), next));
}

enum { SENDERS = 6 };

typedef struct Sender {
    pthread_t thread;
    World *w;
    Asked asked;
    char answer[200];
} Sender;

static void *refresh_by_thread(void *arg)
{
    Sender *sender = arg;
    Ctx cx = world_cx(sender->w);
    WANT_INT(db_run(sender->w->db, TX_WRITE, &cx, refresh_in, &sender->asked), DB_FINE);
    WANT(!sender->asked.reply.status);
    Str token = sender->asked.answer.refresh_token;
    WANT(token.n < sizeof sender->answer);
    memcpy(sender->answer, token.p, token.n);
    arena_free(cx.arena);
    return NULL;
}

/* A page in many tabs: all come with the same token before any commit is through, all get the same next
 * one, and the session goes on. */
static void tabs_that_ask_at_once_get_the_same(void **state)
{
    World *w = shop_of(state);
    static Sender senders[SENDERS];
    Str why, token = begin(w);
    assert_true(fault_arm(w->arena, S("db.commit.before=delay:20"), &why));
    for (int i = 0; i < SENDERS; i++) {
        senders[i] = (Sender){.w = w, .asked = {.client = OAUTH_DOCS_CLIENT, .token = token}};
        assert_int_equal(pthread_create(&senders[i].thread, NULL, refresh_by_thread, &senders[i]),
                         0);
    }
    for (int i = 0; i < SENDERS; i++) {
        pthread_join(senders[i].thread, NULL);
        assert_string_equal(senders[i].answer, senders[0].answer);
    }
    fault_disarm_all();
    Str next = str_from(senders[0].answer);
    assert_false(str_eq(next, token));
    assert_true(refresh(w, next).n > 0);
}

/* ---- A client that is deleted ---------------------------------------------------------------- */

enum { USERS = 230 }; /* more than a page of the job */

static bool begin_many(Ctx *cx, void *arg)
{
    const OauthClient *client = client_by_name(cx, S("client_0000000000007"));
    (void)arg;
    for (int i = 0; i < USERS; i++) issue_begin(cx, client, (Id){1000 + i}, S("openid"));
    WANT_INT(grants_of_client(cx, (Id){7}, 1000).n, USERS);
    return true;
}

static bool delete_other(Ctx *cx, void *arg)
{
    (void)arg;
    WANT(client_delete(cx, (Id){7}));
    client_end_sessions(cx, (Id){7});
    return true;
}

static bool count_sessions(Ctx *cx, void *arg)
{
    *(int64_t *)arg = db_int(cx, 0, "select count(*) from sessions");
    return true;
}

static void what_a_client_was_given_ends_with_it(void **state)
{
    World *w = shop_of(state);
    ModuleWorld world = {.db = w->db,
                         .vault = w->cx.vault,
                         .clock = &invented_clock,
                         .random = &random_system,
                         .ids = &w->ids};
    int64_t sessions = 0, deadline_us = monotonic_us() + TEST_PATIENCE_US;
    Str other = begin(w);
    RUN(w, TX_WRITE, make_other, NULL);
    RUN(w, TX_WRITE, begin_many, NULL);
    jobs_gather(modules, ROWS(modules));
    assert_true(jobs_start(&world, &(JobsOptions){1, 30000000}));
    RUN(w, TX_WRITE, delete_other, NULL);
    do RUN(w, TX_READ, count_sessions, &sessions);
    while (sessions > 1 && monotonic_us() < deadline_us);
    jobs_stop();
    assert_int_equal(sessions, 1);
    assert_true(refresh(w, other).n > 0); /* another client's goes on */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(each_token_is_good_for_once),
        ON_BOTH(the_last_one_answers_again_for_a_minute),
        ON_BOTH(families_do_not_touch_each_other),
        ON_BOTH(nobody_makes_one_up),
        ON_BOTH(it_ends_with_the_session),
        ON_BOTH(a_session_that_is_refreshed_is_not_idle),
        ON_BOTH(it_belongs_to_its_client),
        ON_BOTH(one_of_two_counts_on),
        ON_BOTH(tabs_that_ask_at_once_get_the_same),
        ON_BOTH(what_a_client_was_given_ends_with_it),
    };
    return cmocka_run_group_tests(tests, worlds_begin, worlds_end);
}
