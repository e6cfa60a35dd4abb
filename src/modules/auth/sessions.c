#include "modules/auth/sessions.h"

#include "base/hash.h"
#include "modules/auth/store.h"
#include "platform/changes.h"

enum { SECRET_BYTES = 32 };

/* Set when a server starts, and only read from then on. */
static SessionTimes times = {14 * INT64_C(86400) * 1000000, 90 * INT64_C(86400) * 1000000};

void sessions_use(const Config *config)
{
    times.idle_us = config->accounts.session_idle_s * 1000000;
    times.life_us = config->accounts.session_life_s * 1000000;
}

const SessionTimes *session_times(void)
{
    return &times;
}

int64_t auth_session_life_s(void)
{
    return times.life_us / 1000000;
}

static Str hash_of(Arena *arena, Str secret)
{
    unsigned char hash[SHA256_BYTES];
    hash_sha256(secret, hash);
    return base64url_text(arena, hash, sizeof hash);
}

/* A cut inside of a character would be no text. */
static Str cut_agent(Str agent)
{
    if (!str_is_utf8(agent)) return S("");
    size_t n = 0;
    while (n < agent.n) {
        size_t step = str_utf8_step(str_slice(agent, n, agent.n));
        if (n + step > USER_AGENT_MAX) break;
        n += step;
    }
    return str_slice(agent, 0, n);
}

/* Makes room for one more: the oldest end. Now and then, what is over leaves the table. */
static void make_room(Ctx *cx, Id user)
{
    enum { EVERY = 20 };
    SessionList all = user.n ? sessions_of(cx, user) : (SessionList){0};
    for (size_t i = SESSIONS_OF_USER_MAX - 1; i < all.n; i++) auth_session_end(cx, all.items[i].id);
    if (random_below(cx->random, EVERY) == 0)
        sessions_sweep(cx, id_first_of((Time){ctx_now(cx).us - times.life_us}));
}

Id auth_session_start(Ctx *cx, const SessionStart *start, Str *token)
{
    Id id = ctx_id(cx);
    Time now = ctx_now(cx);
    Session session = {.present = PRESENT_ALL,
                       .id = id,
                       .user_id = start->user,
                       .kind = start->kind,
                       .client_id = start->client,
                       .scope = start->scope,
                       .impersonator = start->impersonator,
                       .user_agent = cut_agent(start->user_agent),
                       .address = cx->actor.address,
                       .last_used_at = now,
                       .expires_at = {now.us + times.life_us}};
    make_room(cx, start->user);
    if (start->kind == SESSION_BROWSER) {
        Str secret = random_token(cx->arena, cx->random, "", SECRET_BYTES);
        session.hash = hash_of(cx->arena, secret);
        *token = str_format(cx->arena, "%.*s.%.*s", STR_ARG(id_text(cx->arena, "sess", id)),
                            STR_ARG(secret));
    }
    session_insert(cx, &session);
    return id;
}

bool auth_session_end(Ctx *cx, Id session)
{
    changed(cx, "session", session);
    return session_delete(cx, session);
}

void auth_sessions_end(Ctx *cx, Id user, Id except)
{
    SessionList all = sessions_of(cx, user);
    for (size_t i = 0; i < all.n; i++)
        if (!id_eq(all.items[i].id, except)) auth_session_end(cx, all.items[i].id);
}

bool session_lives(const Session *session, Time now)
{
    return session && rules_session_end(session, &times).us > now.us;
}

bool auth_session_lives(Ctx *cx, Id session)
{
    return session_lives(session_read(cx, session), ctx_now(cx));
}

void auth_session_use(Ctx *cx, Id session)
{
    session_note_use(cx, session, ctx_now(cx));
}

const Session *session_of_cookie(Ctx *cx, Str cookie)
{
    Str name, secret;
    Id id;
    if (!str_cut(cookie, '.', &name, &secret) || !id_parse(name, "sess", &id)) return NULL;
    const Session *session = session_read(cx, id);
    if (!session_lives(session, ctx_now(cx)) || !session->hash.n) return NULL;
    Str hash = hash_of(cx->arena, secret);
    bool same =
        hash.n == session->hash.n && bytes_eq_constant_time(hash.p, session->hash.p, hash.n);
    return same ? session : NULL;
}
