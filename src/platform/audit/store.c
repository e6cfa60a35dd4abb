/* The SQL of the chain. */
#include "platform/audit/store.h"

#define COLUMNS                                                                                    \
    "id, at, action, actor_kind, actor, impersonator, session, kind, subject, request, origin, "   \
    "changes, person, personal, sequence, hash"

void audit_entry_insert(Ctx *cx, const AuditEntry *entry)
{
    db_post_put(cx, &audit_entry_type, entry,
                "insert into audit_entries (id, at, action, actor_kind, actor, impersonator, "
                "session, kind, subject, request, origin, changes, person, personal) "
                "values (:id, :at, :action, :actor_kind, :actor, :impersonator, :session, :kind, "
                ":subject, :request, :origin, :changes, :person, :personal)");
}

/* ---- Sealing --------------------------------------------------------------------------------- */

/* SQLite has one writer, so what it sees is committed, or will be with it. On PostgreSQL an entry
 * may have been written before one that is sealed already, and commit after it; that is no harm, as
 * long as each is sealed when nothing that is older can still come: that is what `place` is for. One
 * that is from the future is of another history of the database (a restored copy). */
AuditEntryList audit_unsealed(Ctx *cx, int64_t limit)
{
    if (db_dialect(cx) == DB_SQLITE)
        return DB_LIST(AuditEntryList,
                       db_all(cx, &audit_entry_type,
                              "select " COLUMNS " from audit_entries where sequence = 0 "
                              "order by id limit $1",
                              limit));
    return DB_LIST(
        AuditEntryList,
        db_all(cx, &audit_entry_type,
               "select " COLUMNS " from audit_entries where sequence = 0 and "
               "(place < cast(cast(pg_snapshot_xmin(pg_current_snapshot()) as text) as bigint) "
               "or place >= cast(cast(pg_snapshot_xmax(pg_current_snapshot()) as text) as bigint)) "
               "order by id limit $1",
               limit));
}

int64_t audit_unsealed_count(Ctx *cx)
{
    return db_int(cx, 0, "select count(*) from audit_entries where sequence = 0");
}

void audit_chain_lock(Ctx *cx)
{
    if (db_dialect(cx) == DB_POSTGRES)
        db_int(cx, 0, "select 1 from pg_advisory_xact_lock(hashtextextended('souk.audit', 0))");
}

void audit_entry_seal(Ctx *cx, Id id, int64_t sequence, Str hash)
{
    db_post(cx, "update audit_entries set sequence = $1, hash = $2 where id = $3", sequence, hash,
            id);
}

void audit_checkpoint_insert(Ctx *cx, const AuditCheckpoint *checkpoint)
{
    db_post_put(cx, &audit_checkpoint_type, checkpoint,
                "insert into audit_checkpoints (sequence, hash, at, signer, signature) "
                "values (:sequence, :hash, :at, :signer, :signature)");
}

void audit_checkpoint_delete(Ctx *cx, int64_t sequence)
{
    db_post(cx, "delete from audit_checkpoints where sequence = $1", sequence);
}

void audit_signer_insert(Ctx *cx, const AuditSigner *signer)
{
    db_post_put(cx, &audit_signer_type, signer,
                "insert into audit_signers (id, public, private, made_at) "
                "values (:id, :public, :private, :made_at)");
}

/* ---- Reading --------------------------------------------------------------------------------- */

AuditEntryList audit_chain_page(Ctx *cx, int64_t after, int64_t limit)
{
    return DB_LIST(AuditEntryList, db_all(cx, &audit_entry_type,
                                          "select " COLUMNS " from audit_entries "
                                          "where sequence > 0 and sequence > $1 "
                                          "order by sequence limit $2",
                                          after, limit));
}

AuditCheckpoint *audit_checkpoint_newest(Ctx *cx)
{
    return db_one(cx, &audit_checkpoint_type,
                  "select sequence, hash, at, signer, signature from audit_checkpoints "
                  "order by sequence desc limit 1");
}

AuditCheckpointList audit_checkpoints_page(Ctx *cx, int64_t after, int64_t limit)
{
    return DB_LIST(AuditCheckpointList,
                   db_all(cx, &audit_checkpoint_type,
                          "select sequence, hash, at, signer, signature from audit_checkpoints "
                          "where sequence > $1 order by sequence limit $2",
                          after, limit));
}

AuditSigner *audit_signer_newest(Ctx *cx)
{
    return db_one(
        cx, &audit_signer_type,
        "select id, public, private, made_at from audit_signers order by id desc limit 1");
}

AuditSignerList audit_signers(Ctx *cx)
{
    return DB_LIST(AuditSignerList, db_all(cx, &audit_signer_type,
                                           "select id, public, private, made_at "
                                           "from audit_signers order by id"));
}
