/* Who sends it: keys, sessions and access tokens, until they end. Over both databases. */
#include "modules/auth/test_shop.h"

/* ---- Keys ------------------------------------------------------------------------------------ */

static bool make_key_in(Ctx *cx, void *arg)
{
    cx->actor = (Actor){0};
    return key_make(cx, arg);
}

static bool revoke_key_in(Ctx *cx, void *arg)
{
    const ApiKey *key = arg;
    WANT(key_delete(cx, key->id));
    changed(cx, "key", key->id);
    return true;
}

static void a_key_is_known_until_it_is_revoked(void **state)
{
    World *w = shop_of(state);
    Str scope = S("tea:pour");
    ApiKey key = {.name = S("a"), .scopes = {&scope, 1}};
    RUN(w, TX_WRITE, make_key_in, &key);
    Asked asked = ask(w, bearer(key.token));
    assert_true(asked.known && !asked.from_memory);
    asked = ask(w, bearer(key.token));
    assert_true(asked.known && asked.from_memory);
    assert_true(id_eq(asked.actor.id, key.id));
    assert_string_equal(asked.actor.prefix, "key");
    assert_true(holds(&asked.actor.permissions, &tea_pour));
    assert_false(holds(&asked.actor.permissions, &tea_drink));
    assert_false(ask(w, cookie(key.token)).known);
    assert_false(ask(w, bearer(S("sk_nobody"))).known);
    RUN(w, TX_WRITE, revoke_key_in, &key);
    assert_false(ask(w, bearer(key.token)).known);
}

static void a_key_is_forgotten_at_its_end_and_elsewhere(void **state)
{
    World *w = shop_of(state);
    Str block = S("192.0.2.0/24");
    ApiKey key = {
        .name = S("a"), .addresses = {&block, 1}, .expires_at = {atomic_load(&now_us) + 30000000}};
    RUN(w, TX_WRITE, make_key_in, &key);
    Credential here = bearer(key.token), there = here;
    assert_true(address_parse(S("192.0.3.7"), &there.client));
    assert_true(ask(w, here).known);
    assert_true(ask(w, here).from_memory);
    assert_false(ask(w, there).known); /* though memory has the token */
    pass(29999999);
    assert_true(ask(w, here).from_memory);
    pass(1);
    assert_false(ask(w, here).known);
}

/* Memory is for a minute: what depends on time alone is looked at again. */
static void memory_lasts_a_minute(void **state)
{
    World *w = shop_of(state);
    ApiKey key = {.name = S("a")};
    RUN(w, TX_WRITE, make_key_in, &key);
    assert_true(ask(w, bearer(key.token)).known);
    pass(59999999);
    assert_true(ask(w, bearer(key.token)).from_memory);
    pass(1);
    Asked asked = ask(w, bearer(key.token));
    assert_true(asked.known && !asked.from_memory);
}

/* ---- Sessions -------------------------------------------------------------------------------- */

typedef struct Login {
    SessionStart start;
    Id id;
    Str token;
} Login;

static bool log_in(Ctx *cx, void *arg)
{
    Login *login = arg;
    login->id = auth_session_start(cx, &login->start, &login->token);
    return true;
}

static Login log_ann_in(World *w)
{
    Login login = {.start = {.user = ann, .user_agent = S("Firefox")}};
    RUN(w, TX_WRITE, log_in, &login);
    return login;
}

static bool make_ann_manager(Ctx *cx, void *arg)
{
    (void)arg;
    WANT(auth_grant(cx, ann, S("manager")));
    return true;
}

static bool drop_pour(Ctx *cx, void *arg)
{
    (void)arg;
    role_put_permissions(cx, (Id){ROLE_MANAGER}, (StrList){0});
    changed(cx, "role", (Id){ROLE_MANAGER});
    return true;
}

static bool end_login(Ctx *cx, void *arg)
{
    const Login *login = arg;
    WANT(auth_session_lives(cx, login->id));
    WANT(auth_session_end(cx, login->id));
    WANT(!auth_session_end(cx, login->id));
    WANT(!auth_session_lives(cx, login->id));
    return true;
}

/* Each change is felt by the very next request. */
static void a_session_feels_every_change(void **state)
{
    World *w = shop_of(state);
    Login login = log_ann_in(w);
    Asked asked = ask(w, cookie(login.token));
    assert_true(asked.known);
    assert_true(id_eq(asked.actor.id, ann) && id_eq(asked.actor.session, login.id));
    assert_string_equal(asked.actor.prefix, "user");
    assert_false(actor_is_staff(&asked.actor));
    assert_true(ask(w, cookie(login.token)).from_memory);
    assert_false(ask(w, bearer(login.token)).known); /* a cookie is no key */
    RUN(w, TX_WRITE, make_ann_manager, NULL);
    asked = ask(w, cookie(login.token));
    assert_false(asked.from_memory);
    assert_true(holds(&asked.actor.permissions, &tea_pour));
    assert_true(ask(w, cookie(login.token)).from_memory);
    RUN(w, TX_WRITE, drop_pour, NULL);
    asked = ask(w, cookie(login.token));
    assert_true(asked.known);
    assert_false(holds(&asked.actor.permissions, &tea_pour));
    RUN(w, TX_WRITE, end_login, &login);
    assert_false(ask(w, cookie(login.token)).known);
}

static void wrong_cookies_are_nobodys(void **state)
{
    World *w = shop_of(state);
    Login login = log_ann_in(w), other = log_ann_in(w);
    Str id, secret, other_id, other_secret;
    assert_true(str_cut(login.token, '.', &id, &secret));
    assert_true(str_cut(other.token, '.', &other_id, &other_secret));
    const Str wrong[] = {
        id,
        str_format(w->arena, "%.*s.", STR_ARG(id)),
        str_format(w->arena, "%.*s.%.*s", STR_ARG(id), STR_ARG(other_secret)),
        str_format(w->arena, "%.*s.%.*sA", STR_ARG(id), STR_ARG(secret)),
        str_format(w->arena, "%.*s.%.*s", STR_ARG(id), (int)secret.n - 1, secret.p),
        secret,
        S("."),
        S("sess_0000000000009.x"),
    };
    for (size_t i = 0; i < ROWS(wrong); i++)
        if (ask(w, cookie(wrong[i])).known) fail_msg("cookie %zu is known", i);
    assert_true(ask(w, cookie(login.token)).known);
    assert_true(ask(w, cookie(other.token)).known);
}

/* Who comes back at once each fortnight stays; who does not is forgotten; after three months all are. */
static bool note_use_in(Ctx *cx, void *arg)
{
    session_note_use(cx, ((Login *)arg)->id, ctx_now(cx));
    return true;
}

static void sessions_end_by_themselves(void **state)
{
    World *w = shop_of(state);
    const SessionTimes *times = session_times();
    Login idle = log_ann_in(w), used = log_ann_in(w);
    for (int64_t passed = 0; passed < times->life_us; passed += times->idle_us / 2) {
        assert_true(ask(w, cookie(used.token)).known);
        assert_int_equal(ask(w, cookie(idle.token)).known, passed < times->idle_us);
        RUN(w, TX_WRITE, note_use_in, &used);
        pass(times->idle_us / 2);
    }
    assert_false(ask(w, cookie(used.token)).known);
}

/* The settings hold for sessions that there are, too. */
static void sessions_end_when_the_settings_say(void **state)
{
    World *w = shop_of(state);
    SessionTimes usual = *session_times();
    Config config = {.accounts = {.session_idle_s = 600, .session_life_s = 1800}};
    Login before = log_ann_in(w);
    sessions_use(&config);
    Login login = log_ann_in(w);
    for (int64_t passed = 0; passed < 3; passed++) {
        assert_true(ask(w, cookie(login.token)).known);
        assert_true(ask(w, cookie(before.token)).known || passed);
        RUN(w, TX_WRITE, note_use_in, &login);
        pass(INT64_C(599) * 1000000);
    }
    assert_false(ask(w, cookie(before.token)).known);
    assert_true(ask(w, cookie(login.token)).known);
    pass(INT64_C(4) * 1000000);
    assert_false(ask(w, cookie(login.token)).known);
    config.accounts = (AccountsConfig){.session_idle_s = usual.idle_us / 1000000,
                                       .session_life_s = usual.life_us / 1000000};
    sessions_use(&config);
}

static bool log_in_often(Ctx *cx, void *arg)
{
    Login *login = arg;
    for (int i = 0; i < SESSIONS_OF_USER_MAX; i++) {
        pass(1000);
        auth_session_start(cx, &login->start, &login->token);
    }
    WANT_INT(sessions_of(cx, ann).n, SESSIONS_OF_USER_MAX);
    WANT(!session_read(cx, login->id)); /* the oldest */
    auth_sessions_end(cx, ann, sessions_of(cx, ann).items[0].id);
    WANT_INT(sessions_of(cx, ann).n, 1);
    return true;
}

static void the_oldest_session_makes_room(void **state)
{
    World *w = shop_of(state);
    Login login = log_ann_in(w);
    RUN(w, TX_WRITE, log_in_often, &login);
}

/* ---- Access tokens --------------------------------------------------------------------------- */

static const Str issuer = S_INIT("https://shop.example");

typedef struct Issue {
    AccessToken token;
    Str text;
} Issue;

static bool issue_in(Ctx *cx, void *arg)
{
    Issue *issue = arg;
    auth_set_issuer(&issuer);
    issue->text = auth_access_token(cx, &issue->token);
    return true;
}

static Str token_for(World *w, Id user, Id session, Str scope)
{
    Issue issue = {.token = {.user = user, .session = session, .scope = scope}};
    RUN(w, TX_WRITE, issue_in, &issue);
    assert_true(issue.text.n > 0);
    return issue.text;
}

static void a_token_is_its_user_narrowed(void **state)
{
    World *w = shop_of(state);
    Login login = log_ann_in(w);
    RUN(w, TX_WRITE, make_ann_manager, NULL);
    Str whole = token_for(w, ann, login.id, S("openid *"));
    Str part = token_for(w, ann, login.id, S("tea:drink profile tea:own"));
    Str none = token_for(w, ann, login.id, S("openid"));
    Asked asked = ask(w, bearer(whole));
    assert_true(asked.known && id_eq(asked.actor.id, ann));
    assert_string_equal(asked.actor.prefix, "user");
    assert_true(holds(&asked.actor.permissions, &tea_pour));
    assert_false(holds(&asked.actor.permissions, &tea_own));
    asked = ask(w, bearer(part));
    assert_true(holds(&asked.actor.permissions, &tea_drink));
    assert_false(holds(&asked.actor.permissions, &tea_pour));
    assert_false(holds(&asked.actor.permissions, &tea_own)); /* she has not got it to give */
    asked = ask(w, bearer(none));
    assert_true(asked.known && !actor_is_staff(&asked.actor));
    assert_true(asked.actor.limited); /* what is her own is not for it */
    asked = ask(w, bearer(token_for(w, ann, login.id, S("openid account"))));
    assert_true(asked.known && !asked.actor.limited);
    asked = ask(w, bearer(token_for(w, ann, login.id, S("accounts"))));
    assert_true(asked.known && asked.actor.limited);
    assert_false(ask(w, bearer(whole)).actor.limited);
    assert_false(ask(w, cookie(login.token)).actor.limited);
    RUN(w, TX_WRITE, drop_pour, NULL);
    asked = ask(w, bearer(whole));
    assert_false(holds(&asked.actor.permissions, &tea_pour));
    assert_true(ask(w, bearer(whole)).from_memory);
    RUN(w, TX_WRITE, end_login, &login);
    assert_false(ask(w, bearer(whole)).known);
    assert_false(ask(w, bearer(none)).known);
}

static Str claims_of(Arena *arena, Str token)
{
    Str head, rest, claims = {0}, signature, text = {0};
    WANT(str_cut(token, '.', &head, &rest) && str_cut(rest, '.', &claims, &signature));
    WANT(base64url_parse(arena, claims, &text));
    return text;
}

/* Whoever acts as her is named by the session and by its tokens, and who she is herself by none. */
static void a_token_says_who_acts(void **state)
{
    World *w = shop_of(state);
    Login own = log_ann_in(w);
    Login acted = {.start = {.user = ann, .impersonator = ben}};
    RUN(w, TX_WRITE, log_in, &acted);
    Str token = token_for(w, ann, acted.id, S("*"));
    Str wanted =
        str_format(w->arena, "\"act\":{\"sub\":\"%.*s\"}", STR_ARG(id_text(w->arena, "user", ben)));
    Str claims = claims_of(w->arena, token);
    assert_true(str_find(claims, wanted) < claims.n);
    assert_true(id_eq(ask(w, bearer(token)).actor.impersonator, ben));
    token = token_for(w, ann, own.id, S("*"));
    claims = claims_of(w->arena, token);
    assert_true(claims.n > 0 && str_find(claims, S("\"act\"")) == claims.n);
    assert_int_equal(ask(w, bearer(token)).actor.impersonator.n, 0);
}

static void a_token_ends(void **state)
{
    World *w = shop_of(state);
    Login login = log_ann_in(w);
    Str token = token_for(w, ann, login.id, S("*"));
    pass((AUTH_TOKEN_LIFE_S - 1) * INT64_C(1000000));
    assert_true(ask(w, bearer(token)).known);
    assert_true(ask(w, bearer(token)).from_memory);
    pass(1000000);
    assert_false(ask(w, bearer(token)).from_memory); /* memory is exact, jose has leeway */
    pass(61 * INT64_C(1000000));
    assert_false(ask(w, bearer(token)).known);
}

static bool sign_wrong(Ctx *cx, void *arg)
{
    Issue *issue = arg;
    Str sess = id_text(cx->arena, "sess", issue->token.session);
    issue->text =
        auth_sign(cx, "JWT",
                  str_format(cx->arena,
                             "{\"iss\":\"https://shop.example\",\"aud\":\"https://shop.example\","
                             "\"sub\":\"user_000000000003x\",\"client_id\":\"souk\",\"jti\":\"1\","
                             "\"sid\":\"%.*s\",\"exp\":9999999999,\"iat\":1}",
                             STR_ARG(sess)));
    return true;
}

/* What we have signed for another purpose, for somebody else's session or for another shop. */
static void other_tokens_of_ours_are_no_access_tokens(void **state)
{
    World *w = shop_of(state);
    static const Str elsewhere = S_INIT("https://other.example");
    Login login = log_ann_in(w);
    Issue issue = {.token = {.user = ann, .session = login.id}};
    RUN(w, TX_WRITE, issue_in, &issue);
    RUN(w, TX_WRITE, sign_wrong, &issue);
    assert_false(ask(w, bearer(issue.text)).known);
    assert_false(ask(w, bearer(token_for(w, ben, login.id, S("*")))).known);
    assert_false(ask(w, bearer(token_for(w, ann, (Id){0}, S("*")))).known);
    Str token = token_for(w, ann, login.id, S("*"));
    auth_set_issuer(&elsewhere);
    assert_false(ask(w, bearer(token)).known);
    auth_set_issuer(&issuer);
    assert_true(ask(w, bearer(token)).known);
}

static StrList scopes_of_seven;

static bool client_scopes(Ctx *cx, Id client, StrList *scopes)
{
    (void)cx;
    *scopes = scopes_of_seven;
    return client.n == 7;
}

static bool change_client(Ctx *cx, void *arg)
{
    scopes_of_seven = *(StrList *)arg;
    changed(cx, "client", (Id){7});
    return true;
}

static void a_client_is_what_its_token_says(void **state)
{
    World *w = shop_of(state);
    Str names[] = {S("tea:drink"), S("tea:pour")};
    auth_client_scopes = NULL;
    Issue issue = {.token = {.client = {7}, .scope = S("tea:pour")}};
    RUN(w, TX_WRITE, issue_in, &issue);
    assert_false(ask(w, bearer(issue.text)).known);
    auth_client_scopes = client_scopes;
    scopes_of_seven = (StrList){names, 2};
    Asked asked = ask(w, bearer(issue.text));
    assert_true(asked.known && asked.actor.id.n == 7);
    assert_string_equal(asked.actor.prefix, "client");
    assert_true(holds(&asked.actor.permissions, &tea_pour));
    assert_false(holds(&asked.actor.permissions, &tea_drink));
    StrList fewer = {names, 1};
    RUN(w, TX_WRITE, change_client, &fewer);
    asked = ask(w, bearer(issue.text)); /* what was taken from the client is gone at once */
    assert_true(asked.known && !actor_is_staff(&asked.actor));
    Issue other = {.token = {.client = {8}, .scope = S("tea:pour")}};
    RUN(w, TX_WRITE, issue_in, &other);
    assert_false(ask(w, bearer(other.text)).known);
}

static bool read_jwks(Ctx *cx, void *arg)
{
    *(Str *)arg = auth_jwks(cx);
    return true;
}

static int keys_published(World *w)
{
    Str jwks;
    int n = 0;
    RUN(w, TX_READ, read_jwks, &jwks);
    for (size_t at; (at = str_find(jwks, S("\"kid\""))) < jwks.n; n++)
        jwks = str_slice(jwks, at + 5, jwks.n);
    return n;
}

/* The header of a token names its key. */
static Str head_of(Str token)
{
    Str head, rest;
    str_cut(token, '.', &head, &rest);
    return head;
}

#define DAY_US (INT64_C(86400) * 1000000)

static void signing_keys_take_turns(void **state)
{
    World *w = shop_of(state);
    assert_int_equal(keys_published(w), 0);
    Str first = token_for(w, ann, (Id){0}, S(""));
    assert_int_equal(keys_published(w), 1);
    pass(29 * DAY_US);
    assert_true(str_eq(head_of(token_for(w, ann, (Id){0}, S(""))), head_of(first)));
    assert_int_equal(keys_published(w), 1);
    pass(2 * DAY_US); /* the next is made and published, but does not sign yet */
    assert_true(str_eq(head_of(token_for(w, ann, (Id){0}, S(""))), head_of(first)));
    assert_int_equal(keys_published(w), 2);
    pass(DAY_US);
    Str second = token_for(w, ann, (Id){0}, S(""));
    assert_false(str_eq(head_of(second), head_of(first)));
    assert_int_equal(keys_published(w), 2); /* the first one's tokens are still verified */
    pass(8 * DAY_US);
    token_for(w, ann, (Id){0}, S(""));
    assert_int_equal(keys_published(w), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(a_key_is_known_until_it_is_revoked),
        ON_BOTH(a_key_is_forgotten_at_its_end_and_elsewhere),
        ON_BOTH(memory_lasts_a_minute),
        ON_BOTH(a_session_feels_every_change),
        ON_BOTH(wrong_cookies_are_nobodys),
        ON_BOTH(sessions_end_by_themselves),
        ON_BOTH(sessions_end_when_the_settings_say),
        ON_BOTH(the_oldest_session_makes_room),
        ON_BOTH(a_token_is_its_user_narrowed),
        ON_BOTH(a_token_says_who_acts),
        ON_BOTH(a_token_ends),
        ON_BOTH(other_tokens_of_ours_are_no_access_tokens),
        ON_BOTH(a_client_is_what_its_token_says),
        ON_BOTH(signing_keys_take_turns),
    };
    return cmocka_run_group_tests(tests, worlds_begin, worlds_end);
}
