/* Whose credential a request brings, by the database; what was found out is kept in memory for the
 * next requests (recall.c).
 *
 * "Last used" is noted here, since this is where a token that is used comes by about once a minute:
 * when what is written is ten minutes old, a small write of its own is queued. The request does not
 * wait for it, and where the queue is full nobody minds. */
#include "modules/auth/identify.h"

#include "modules/auth/keys.h"
#include "modules/auth/recall.h"
#include "modules/auth/sessions.h"
#include "modules/auth/store.h"
#include "modules/auth/tokens.h"
#include "platform/api/errors.h"

#include <stdatomic.h>

/* ---- Noting use ------------------------------------------------------------------------------ */

/* Of the running server. Kept when it stops: what is under way may still look at it. */
static ModuleWorld world;
static atomic_bool running;

typedef void (*NoteUse)(Ctx *cx, Id id, Time now);

typedef struct Use {
    DbWork work;
    Ctx cx;
    NoteUse note;
    Id id;
    Time now;
} Use;

static Use *use_of(DbWork *work)
{
    return (Use *)(void *)((char *)work - offsetof(Use, work));
}

static bool run_use(DbWork *work)
{
    Use *use = use_of(work);
    use->note(&use->cx, use->id, use->now);
    return true;
}

static void use_done(DbWork *work, DbFailure failure)
{
    (void)failure;
    arena_free(use_of(work)->cx.arena);
}

static void note_use(Ctx *cx, Id id, Time last, NoteUse note)
{
    Time now = ctx_now(cx);
    int64_t every_us = (int64_t)USE_NOTED_S * 1000000,
            part_us = session_times()->idle_us / USE_NOTED_PART;
    if (part_us < every_us) every_us = part_us;
    if (!atomic_load(&running) || now.us - last.us < every_us) return;
    Arena *arena = arena_new(2048);
    Use *use = NEW(arena, Use);
    *use = (Use){.cx = module_ctx(&world, arena), .note = note, .id = id, .now = now};
    use->work = (DbWork){.mode = TX_WRITE, .cx = &use->cx, .run = run_use, .done = use_done};
    if (!db_submit(world.db, DB_LANE_WRITE, &use->work)) arena_free(arena);
}

void identify_start(const ModuleWorld *of_server)
{
    world = *of_server;
    sessions_use(world.config);
    atomic_store(&running, true);
}

void identify_stop(void)
{
    atomic_store(&running, false);
}

/* ---- Keys ------------------------------------------------------------------------------------ */

static const Error *identify_key(Ctx *cx, const Credential *credential, Verified *verified)
{
    const ApiKey *key = key_of_token(cx, credential->token);
    if (!key || !rules_key_works(key, ctx_now(cx), credential->client))
        return &error_unauthenticated;
    verified->actor =
        (Actor){.id = key->id, .prefix = "key", .permissions = rules_set_of(key->scopes, NULL)};
    verified->bound = key->addresses.n > 0;
    if (key->expires_at.us) verified->until = key->expires_at;
    verified_rests_on(verified, "key", key->id);
    note_use(cx, key->id, key->last_used_at, key_note_use);
    return NULL;
}

/* ---- Browsers -------------------------------------------------------------------------------- */

/* A user by his session. A role's change may change what he may do, so he rests on all of them. */
static void take_session(Ctx *cx, const Session *session, Verified *verified)
{
    verified->actor = (Actor){.id = session->user_id,
                              .prefix = "user",
                              .permissions = auth_permissions(cx, session->user_id),
                              .session = session->id,
                              .impersonator = session->impersonator};
    verified->until = rules_session_end(session, session_times());
    verified_rests_on(verified, "session", session->id);
    verified_rests_on(verified, "user", session->user_id);
    verified_rests_on(verified, "role", (Id){0});
    note_use(cx, session->id, session->last_used_at, session_note_use);
}

static const Error *identify_browser(Ctx *cx, const Credential *credential, Verified *verified)
{
    const Session *session = session_of_cookie(cx, credential->token);
    if (!session) return &error_unauthenticated;
    take_session(cx, session, verified);
    return NULL;
}

/* ---- Access tokens --------------------------------------------------------------------------- */

bool (*auth_client_scopes)(Ctx *cx, Id client, StrList *scopes);

/* What its scope names, and no more than `most`. */
static PermissionSet narrowed(Ctx *cx, Str scope, PermissionSet most)
{
    return permission_set_common(rules_set_of(scope_names(cx->arena, scope), NULL), most);
}

/* A program for itself: what it may have by now, narrowed. */
static const Error *take_client(Ctx *cx, const TokenClaims *claims, Verified *verified)
{
    Id client;
    StrList scopes;
    if (!id_parse(claims->sub, "client", &client) || !auth_client_scopes ||
        !auth_client_scopes(cx, client, &scopes))
        return &error_unauthenticated;
    PermissionSet most = rules_set_of(scopes, NULL);
    verified->actor =
        (Actor){.id = client, .prefix = "client", .permissions = narrowed(cx, claims->scope, most)};
    verified_rests_on(verified, "client", client);
    return NULL;
}

/* Has the user let the program at what is his own? */
static bool reaches_own(Ctx *cx, Str scope)
{
    StrList names = scope_names(cx->arena, scope);
    for (size_t i = 0; i < names.n; i++)
        if (str_eq(names.items[i], S("*")) || str_eq(names.items[i], S("account"))) return true;
    return false;
}

static const Error *take_user(Ctx *cx, const TokenClaims *claims, Verified *verified)
{
    Id user, id;
    if (!id_parse(claims->sub, "user", &user) || !id_parse(claims->sid, "sess", &id))
        return &error_unauthenticated;
    const Session *session = session_read(cx, id);
    if (!session_lives(session, ctx_now(cx)) || !id_eq(session->user_id, user))
        return &error_unauthenticated;
    take_session(cx, session, verified);
    verified->actor.permissions = narrowed(cx, claims->scope, verified->actor.permissions);
    verified->actor.limited = !reaches_own(cx, claims->scope);
    return NULL;
}

static const Error *take_claims(Ctx *cx, const TokenClaims *claims, Verified *verified)
{
    bool itself = str_starts(claims->sub, S("client_"));
    return itself ? take_client(cx, claims, verified) : take_user(cx, claims, verified);
}

bool auth_token_look(Ctx *cx, Str token, TokenFacts *out)
{
    Verified verified = {.until = {INT64_MAX}};
    TokenFacts facts = {0};
    const TokenClaims *claims = token_read(cx, token);
    if (!claims || take_claims(cx, claims, &verified)) return false;
    id_parse(claims->sub, "user", &facts.user);
    id_parse(claims->client_id, "client", &facts.client);
    facts.session = verified.actor.session;
    facts.scope = claims->scope;
    facts.id = claims->jti;
    facts.issued_at.us = claims->iat * 1000000;
    facts.expires_at.us = claims->exp * 1000000;
    *out = facts;
    return true;
}

static const Error *identify_token(Ctx *cx, const Credential *credential, Verified *verified)
{
    const TokenClaims *claims = token_read(cx, credential->token);
    if (!claims) return &error_unauthenticated;
    const Error *error = take_claims(cx, claims, verified);
    Time end = {claims->exp * 1000000};
    if (end.us < verified->until.us) verified->until = end;
    return error;
}

/* ---- All ------------------------------------------------------------------------------------- */

static const Error *identify(Ctx *cx, const Credential *credential, Verified *verified)
{
    Str token = credential->token;
    if (credential->kind == CREDENTIAL_COOKIE) return identify_browser(cx, credential, verified);
    if (str_starts(token, S("sk_")) || str_starts(token, S("pk_")))
        return identify_key(cx, credential, verified);
    return identify_token(cx, credential, verified);
}

const Error *auth_identify(Ctx *cx, const Credential *credential, uint64_t moment)
{
    Verified verified = {.moment = moment, .until = {INT64_MAX}};
    const Error *error = identify(cx, credential, &verified);
    if (error) return error;
    if (db_failure(cx)) return NULL; /* the answer says what failed, whoever asked */
    recall_keep(credential, &verified, ctx_now(cx));
    cx->actor = verified.actor;
    return NULL;
}
