/* `souk audit export`: the sealed trail as lines of JSON, for whoever keeps or verifies it elsewhere.
 *
 * First the public keys, a line each; then the entries, as they were hashed, with their hash behind;
 * after those that are covered by a signature that was kept, that signature; last the end, signed anew,
 * since a file that lacks its last half has good signatures too. Values of persons are as they are
 * stored, encrypted: an export forgets whom the shop forgets. */
#include "meta/json.h"
#include "modules/audit/report.h"
#include "platform/api/errors.h"
#include "platform/audit/sealer.h"

#include <assert.h>

enum { PAGE = 500 };

typedef struct Export {
    CommandCall *call;
    Signers signers;
    AuditCheckpoint end; /* what there was when it began */
    int64_t written;     /* the last entry */
    int64_t checkpoint;  /* the last that was written */
    AuditEntryList entries;
    AuditCheckpointList checkpoints;
    Str previous;
    char hash[AUDIT_HASH_LENGTH];
} Export;

static bool read_end(Ctx *cx, void *arg)
{
    Export *all = arg;
    const AuditCheckpoint *newest = audit_checkpoint_newest(cx);
    signers_free(&all->signers);
    signers_read(cx, &all->signers);
    all->end = newest ? *newest : (AuditCheckpoint){0};
    return true;
}

static bool read_page(Ctx *cx, void *arg)
{
    Export *all = arg;
    all->entries = audit_chain_page(cx, all->written, PAGE);
    all->checkpoints = audit_checkpoints_page(cx, all->checkpoint, PAGE);
    return true;
}

static void put_line(Export *all, Buf *line)
{
    buf_char(line, '\n');
    output_put(all->call->out, OUTPUT_RESULT, buf_str(line));
}

static void put_signature(Export *all, Arena *arena, const char *what,
                          const AuditCheckpoint *checkpoint)
{
    const JoseKey *key = signers_key(&all->signers, checkpoint->signer);
    Buf line = buf_new(arena, SIZE_MAX / 2);
    JsonOut out = json_out(&line);
    json_out_begin(&out, '{');
    json_out_key(&out, what), json_out_int(&out, checkpoint->sequence);
    json_out_key(&out, "hash"), json_out_str(&out, checkpoint->hash);
    json_out_key(&out, "at"), json_out_str(&out, time_text(arena, checkpoint->at));
    json_out_key(&out, "key"), json_out_str(&out, key ? jose_thumbprint(arena, key) : S(""));
    json_out_key(&out, "signature"), json_out_str(&out, checkpoint->signature);
    json_out_end(&out, '}');
    put_line(all, &line);
}

static void put_keys(Export *all, Arena *arena)
{
    for (size_t i = 0; i < all->signers.rows.n; i++) {
        Buf line = buf_new(arena, SIZE_MAX / 2);
        if (!all->signers.keys[i]) continue;
        buf_lit(&line, "{\"jwk\":");
        buf_put(&line, jose_jwk(arena, all->signers.keys[i]));
        buf_char(&line, '}');
        put_line(all, &line);
    }
}

static void put_entry(Export *all, Arena *arena, const AuditEntry *entry)
{
    Buf line = buf_new(arena, SIZE_MAX / 2);
    audit_write_line(&line, entry, (Str){all->hash, sizeof all->hash});
    buf_lit(&line, ",\"hash\":");
    json_write_str(&line, entry->hash);
    buf_char(&line, '}');
    put_line(all, &line);
    all->written = entry->sequence;
    memset(all->hash, '0', sizeof all->hash); /* a damaged one: the next line will show it */
    if (entry->hash.n == AUDIT_HASH_LENGTH) memcpy(all->hash, entry->hash.p, AUDIT_HASH_LENGTH);
}

static void put_page(Export *all, Arena *arena)
{
    for (size_t i = 0; i < all->entries.n && all->written < all->end.sequence; i++) {
        const AuditEntry *entry = &all->entries.items[i];
        put_entry(all, arena, entry);
        for (; all->checkpoints.n && all->checkpoints.items[0].sequence <= entry->sequence;
             all->checkpoints.items++, all->checkpoints.n--) {
            put_signature(all, arena, "checkpoint", &all->checkpoints.items[0]);
            all->checkpoint = all->checkpoints.items[0].sequence;
        }
    }
}

static bool put_entries(Export *all)
{
    bool fine = true;
    Arena *arena = arena_new(1 << 16);
    do {
        Ctx cx = *all->call->cx;
        cx.arena = arena;
        fine = db_run(all->call->db, TX_READ, &cx, read_page, all) == DB_FINE;
        if (fine) put_page(all, arena);
        arena_reset(arena);
    } while (fine && all->entries.n && all->written < all->end.sequence &&
             !command_cancelled(all->call));
    arena_free(arena);
    return fine;
}

/* The newest key that the vault knows signs that this is all. */
static bool put_end(Export *all)
{
    Arena *arena = all->call->arena;
    for (size_t i = all->signers.rows.n; i-- > 0;) {
        if (!all->signers.keys[i]) continue;
        AuditCheckpoint end = {.sequence = all->end.sequence,
                               .hash = all->end.hash,
                               .at = ctx_now(all->call->cx),
                               .signer = all->signers.rows.items[i].id};
        audit_sign(arena, all->signers.keys[i], AUDIT_EXPORTED, &end);
        put_signature(all, arena, "end", &end);
        return true;
    }
    return false;
}

int audit_export(CommandCall *call, const void *flags)
{
    (void)flags;
    bool left;
    Export all = {.call = call};
    memcpy(all.hash, audit_no_hash, sizeof all.hash);
    bool fine = audit_seal(call->db, call->cx, &left) &&
                db_run(call->db, TX_READ, call->cx, read_end, &all) == DB_FINE;
    if (fine) put_keys(&all, call->arena);
    fine = fine && put_entries(&all);
    bool ended = fine && !command_cancelled(call) && put_end(&all);
    signers_free(&all.signers);
    if (command_cancelled(call)) return EXIT_CANCELLED;
    if (!fine) return command_fail(call, &error_unavailable, "the trail could not be read");
    if (!ended) return command_fail(call, &error_not_found, "the trail is empty");
    return EXIT_FINE;
}
