/* Authorization codes, over both databases and by an invented clock: good for a while and for once, for
 * one client, address and verifier, and no longer than the log-in in which they were given. */
#include "modules/auth/auth.h"
#include "modules/oauth/code.h"

#include "platform/audit/audit.h"
#include "platform/changes.h"
#include "platform/jobs/jobs.h"
#include "platform/test_modules.h"

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
    oauth_settle(cx);
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

/* RFC 7636, appendix B. */
#define CHALLENGE "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
#define VERIFIER  "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#define BACK      "https://b.example/back"

typedef struct Given {
    Id login;
    Str code;
} Given;

static bool give_in(Ctx *cx, void *arg)
{
    Str cookie;
    Given *given = arg;
    const OauthClient *client = client_by_name(cx, S(OAUTH_DOCS_CLIENT));
    SessionStart start = {.user = ann, .kind = SESSION_BROWSER};
    given->login = auth_session_start(cx, &start, &cookie);
    const OauthCode code = {.client_id = client->id,
                            .user_id = ann,
                            .login_id = given->login,
                            .redirect_uri = S(BACK),
                            .scope = S("openid"),
                            .challenge = S(CHALLENGE),
                            .auth_time = ctx_now(cx)};
    given->code = code_make(cx, &code);
    return true;
}

static Given give(World *w)
{
    Given given = {0};
    RUN(w, TX_WRITE, give_in, &given);
    return given;
}

typedef struct Taken {
    TokenRequest in;
    Reply reply;
    Id session; /* what the access token carries; 0: none */
} Taken;

static bool take_in(Ctx *cx, void *arg)
{
    Taken *taken = arg;
    TokenFacts facts;
    Request rq = {.cx = cx};
    TokenCall call = {.client = client_by_name(cx, S(OAUTH_DOCS_CLIENT)), .in = &taken->in};
    TokenAnswer *answer = NULL;
    taken->reply = authorization_code_grant.run(&rq, &call, &answer);
    taken->session = (Id){0};
    WANT((answer != NULL) == (taken->reply.status == 0));
    if (answer) {
        WANT(auth_token_look(cx, answer->access_token, &facts));
        WANT(IS_SET(&token_answer_type, answer, TokenAnswer, id_token));
        taken->session = facts.session;
    }
    return !taken->reply.error || taken->reply.kept; /* as api.c has it */
}

/* The session that the code gave; 0: it was refused. */
static Id take(World *w, Str code, const char *redirect_uri, const char *verifier)
{
    Taken taken = {.in = {.code = code,
                          .redirect_uri = str_from(redirect_uri),
                          .code_verifier = str_from(verifier)}};
    RUN(w, TX_WRITE, take_in, &taken);
    if (!taken.session.n) assert_string_equal(taken.reply.error->code, "invalid_grant");
    return taken.session;
}

static bool lives_in(Ctx *cx, void *arg)
{
    Id *session = arg;
    if (!auth_session_lives(cx, *session)) session->n = 0;
    return true;
}

static bool lives(World *w, Id session)
{
    RUN(w, TX_READ, lives_in, &session);
    return session.n != 0;
}

static bool end_in(Ctx *cx, void *arg)
{
    return auth_session_end(cx, *(Id *)arg);
}

/* ---- Tests ----------------------------------------------------------------------------------- */

static void a_code_is_good_for_five_minutes(void **state)
{
    World *w = shop_of(state);
    Given one = give(w), two = give(w);
    pass_s(CODE_S - 1);
    assert_true(take(w, one.code, BACK, VERIFIER).n != 0);
    pass_s(1);
    assert_true(take(w, two.code, BACK, VERIFIER).n == 0);
}

static void a_second_time_it_ends_what_it_gave(void **state)
{
    World *w = shop_of(state);
    Given given = give(w);
    Id session = take(w, given.code, BACK, VERIFIER);
    assert_true(lives(w, session));
    pass_s(CODE_S + 1); /* a copy is known as one after its time as well */
    assert_true(take(w, given.code, BACK, VERIFIER).n == 0);
    assert_false(lives(w, session));
    assert_true(lives(w, given.login));
}

/* Codes pass through histories and logs: who has no more than that does no harm. */
static void the_code_alone_neither_gives_nor_ends(void **state)
{
    World *w = shop_of(state);
    Given given = give(w);
    assert_true(take(w, given.code, BACK, CHALLENGE).n == 0);
    assert_true(take(w, given.code, BACK "/", VERIFIER).n == 0);
    assert_true(take(w, S("ac_made_up"), BACK, VERIFIER).n == 0);
    Id session = take(w, given.code, BACK, VERIFIER);
    assert_true(lives(w, session));
    assert_true(take(w, given.code, BACK, CHALLENGE).n == 0);
    assert_true(lives(w, session));
}

static void it_ends_with_the_log_in(void **state)
{
    World *w = shop_of(state);
    Given given = give(w);
    RUN(w, TX_WRITE, end_in, &given.login);
    assert_true(take(w, given.code, BACK, VERIFIER).n == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(a_code_is_good_for_five_minutes),
        ON_BOTH(a_second_time_it_ends_what_it_gave),
        ON_BOTH(the_code_alone_neither_gives_nor_ends),
        ON_BOTH(it_ends_with_the_log_in),
    };
    return cmocka_run_group_tests(tests, worlds_begin, worlds_end);
}
