#include "platform/api/idempotency.h"

#include "base/buf.h"
#include "base/hash.h"

#define KEEP_US (24 * INT64_C(3600) * 1000000)

const Type kept_answer_type =
    TYPE(KeptAnswer, "An answer that was given under an Idempotency-Key.",
         FIELD(KeptAnswer, actor_id, "", .prefix = "key"), FIELD(KeptAnswer, name, ""),
         FIELD(KeptAnswer, fingerprint, ""), FIELD(KeptAnswer, status, ""),
         FIELD(KeptAnswer, location, ""), FIELD(KeptAnswer, etag, ""), FIELD(KeptAnswer, body, ""),
         FIELD(KeptAnswer, created_at, ""));

extern const char api_0001_idempotency[];
const Migration idempotency_migration = {
    .module = "api", .number = 1, .name = "idempotency", .sql = api_0001_idempotency};

bool idempotency_key_ok(Str key)
{
    for (size_t i = 0; i < key.n; i++)
        if (key.p[i] < 0x20 || key.p[i] > 0x7e) return false;
    return key.n >= 1 && key.n <= IDEMPOTENCY_KEY_MAX;
}

Str idempotency_fingerprint(Arena *arena, const HttpRequest *http)
{
    const Str end = S("\n");
    const Str parts[] = {http->method_text, end, http->path, end,
                         http->query,       end, http->body, end};
    unsigned char hash[SHA256_BYTES];
    hash_sha256_parts(parts, sizeof parts / sizeof *parts, hash);
    return hex_text(arena, hash, sizeof hash);
}

/* Now and then, and never many at once: the first request after a quiet day would pay for the whole
 * day before it, and requests at the same time would wait for each other at the same old rows. */
static void forget_old(Ctx *cx)
{
    enum { EVERY = 50, MOST = 500 };
    if (random_below(cx->random, EVERY) > 0) return;
    db_exec(cx,
            "delete from idempotency_keys where (actor_id, name) in (select actor_id, name from "
            "idempotency_keys where created_at < $1 order by created_at limit $2)",
            (Time){ctx_now(cx).us - KEEP_US}, (int64_t)MOST);
}

/* Whoever would wait at the unique index for another transaction to end is told so instead: on
 * PostgreSQL one that claims a key holds a lock of its own, which is only tried. A repetition whose first
 * one has been committed finds its row either way. SQLite has one writer, so there nobody is beside. */
#define CLAIM                                                                                      \
    "insert into idempotency_keys (actor_id, name, fingerprint, status, location, etag, body, "    \
    "created_at) select $1, $2, $3, 0, '', '', '', $4 "

static bool insert_key(Ctx *cx, Str name, Str fingerprint)
{
    if (db_dialect(cx) == DB_SQLITE)
        return db_exec(cx, CLAIM "where true on conflict (actor_id, name) do nothing", cx->actor.id,
                       name, fingerprint, ctx_now(cx)) == 1;
    return db_exec(cx,
                   CLAIM "where pg_try_advisory_xact_lock(hashtextextended('souk.key ' || $2, $1)) "
                         "on conflict (actor_id, name) do nothing",
                   cx->actor.id, name, fingerprint, ctx_now(cx)) == 1;
}

KeyClaim idempotency_claim(Ctx *cx, Str name, Str fingerprint, const KeptAnswer **kept)
{
    forget_old(cx);
    if (insert_key(cx, name, fingerprint)) return KEY_FRESH;
    const KeptAnswer *found =
        db_one(cx, &kept_answer_type,
               "select actor_id, name, fingerprint, status, location, etag, body, created_at "
               "from idempotency_keys where actor_id = $1 and name = $2",
               cx->actor.id, name);
    if (!found) return KEY_IN_FLIGHT;
    *kept = found;
    return KEY_KEPT;
}

void idempotency_keep(Ctx *cx, const KeptAnswer *answer)
{
    db_put(cx, &kept_answer_type, answer,
           "update idempotency_keys set status = :status, location = :location, etag = :etag, "
           "body = :body where actor_id = :actor_id and name = :name");
}

void idempotency_release(Ctx *cx, Str name)
{
    db_post(cx, "delete from idempotency_keys where actor_id = $1 and name = $2", cx->actor.id,
            name);
}
