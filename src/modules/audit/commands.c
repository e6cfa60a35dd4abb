/* `souk audit verify` and `souk audit key`.
 *
 * The database is read in pages of their own transactions, so that verifying a long trail holds nobody
 * up; a page and its signatures are of one snapshot, and what is sealed meanwhile is verified too. The
 * state that the folder remembers is read first, for the same reason: the trail may only be longer.
 *
 * A signer counts when this shop's vault can open the private half. Taking the public halves as they
 * stand in the database was rejected: whoever can change entries can change those as well. */
#include "modules/audit/commands.h"

#include "modules/audit/report.h"
#include "platform/api/errors.h"
#include "platform/audit/sealer.h"
#include "platform/audit/store.h"

enum { PAGE = 500 };

/* ---- Signers --------------------------------------------------------------------------------- */

void signers_read(Ctx *cx, Signers *out)
{
    out->rows = audit_signers(cx);
    out->keys = NEW_N(cx->arena, JoseKey *, out->rows.n);
    for (size_t i = 0; i < out->rows.n; i++)
        out->keys[i] = audit_signer_key(cx, &out->rows.items[i]);
}

void signers_free(Signers *signers)
{
    for (size_t i = 0; i < signers->rows.n; i++) jose_key_free(signers->keys[i]);
    *signers = (Signers){0};
}

const JoseKey *signers_key(const Signers *signers, Id id)
{
    for (size_t i = 0; i < signers->rows.n; i++)
        if (id_eq(signers->rows.items[i].id, id)) return signers->keys[i];
    return NULL;
}

/* May run again: what the run before has read is freed. */
static bool read_signers(Ctx *cx, void *arg)
{
    signers_free(arg);
    signers_read(cx, arg);
    return true;
}

/* ---- The report ------------------------------------------------------------------------------ */

typedef struct Report {
    bool whole;
    int64_t entries, signatures, unsealed, faults;
    Str hash;
    StrList findings;
} Report;

static const Type report_type =
    TYPE(Report, "Whether the audit trail is what it was.",
         FIELD(Report, whole, "Nothing was changed, dropped, reordered or cut off."),
         FIELD(Report, entries, "Entries that were looked at."),
         FIELD(Report, signatures, "Signatures that were looked at."),
         FIELD(Report, unsealed, "Entries that have no place in the chain yet."),
         FIELD(Report, faults, "Faults that were found."),
         FIELD(Report, hash, "The hash of the last entry."),
         FIELD(Report, findings, "The first hundred of them."));

int audit_report(CommandCall *call, const Verifier *verifier, int64_t unsealed)
{
    Report report = {.whole = verifier->faults == 0,
                     .entries = verifier->entries,
                     .signatures = verifier->signatures,
                     .unsealed = unsealed,
                     .faults = (int64_t)verifier->faults,
                     .hash = {verifier->hash, AUDIT_HASH_LENGTH},
                     .findings = verifier->findings};
    output_object(call->out, &report_type, &report);
    return report.whole ? EXIT_FINE : EXIT_FAILED;
}

/* ---- The database ---------------------------------------------------------------------------- */

typedef struct Walk {
    int64_t entry, checkpoint; /* the last ones that were given to the verifier */
    AuditEntryList entries;
    AuditCheckpointList checkpoints;
} Walk;

static bool read_page(Ctx *cx, void *arg)
{
    Walk *walk = arg;
    walk->entries = audit_chain_page(cx, walk->entry, PAGE);
    walk->checkpoints = audit_checkpoints_page(cx, walk->checkpoint, PAGE);
    return true;
}

/* The checkpoints up to that entry. */
static void give_checkpoints(Walk *walk, Verifier *verifier, Arena *scratch, const Signers *signers,
                             int64_t up_to)
{
    while (walk->checkpoints.n && walk->checkpoints.items[0].sequence <= up_to) {
        const AuditCheckpoint *next = walk->checkpoints.items++;
        walk->checkpoints.n--;
        walk->checkpoint = next->sequence;
        verifier_checkpoint(verifier, scratch, AUDIT_SEALED, next,
                            signers_key(signers, next->signer));
    }
}

static void give_page(Walk *walk, Verifier *verifier, Arena *scratch, const Signers *signers)
{
    for (size_t i = 0; i < walk->entries.n; i++) {
        const AuditEntry *entry = &walk->entries.items[i];
        give_checkpoints(walk, verifier, scratch, signers, entry->sequence - 1);
        verifier_entry(verifier, scratch, entry);
        walk->entry = entry->sequence;
        give_checkpoints(walk, verifier, scratch, signers, entry->sequence);
    }
    if (!walk->entries.n) give_checkpoints(walk, verifier, scratch, signers, INT64_MAX);
}

/* False when the database does not answer. */
static bool walk_chain(CommandCall *call, Verifier *verifier, const Signers *signers)
{
    Walk walk = {0};
    bool fine, more = true;
    Arena *arena = arena_new(1 << 16);
    do {
        Ctx cx = *call->cx;
        cx.arena = arena;
        fine = db_run(call->db, TX_READ, &cx, read_page, &walk) == DB_FINE;
        if (!fine) break;
        more = walk.entries.n || walk.checkpoints.n;
        give_page(&walk, verifier, arena, signers);
        arena_reset(arena);
    } while (more && !command_cancelled(call));
    arena_free(arena);
    return fine;
}

typedef struct Remembered {
    int64_t sequence;
    Str hash; /* of the entry with that number; empty: there is none */
    int64_t unsealed;
} Remembered;

static bool read_remembered(Ctx *cx, void *arg)
{
    Remembered *remembered = arg;
    AuditEntryList one = remembered->sequence ? audit_chain_page(cx, remembered->sequence - 1, 1)
                                              : (AuditEntryList){0};
    bool found = one.n && one.items[0].sequence == remembered->sequence;
    remembered->hash = found ? str_copy(cx->arena, one.items[0].hash) : S("");
    remembered->unsealed = audit_unsealed_count(cx);
    return true;
}

/* Is what this machine has seen still there? */
static void compare_head(Verifier *verifier, const Signers *signers, Arena *arena,
                         const AuditCheckpoint *head, const Remembered *now)
{
    const JoseKey *key = signers_key(signers, head->signer);
    if (!key || !audit_signed(arena, key, AUDIT_SEALED, head))
        verifier_find(verifier, AUDIT_HEAD_FILE " was not signed by this shop");
    else if (!now->hash.n)
        verifier_find(
            verifier,
            "the end was cut off: this machine has seen entry %lld, on %.*s, as " AUDIT_HEAD_FILE
            " says",
            (long long)head->sequence, STR_ARG(time_text(arena, head->at)));
    else if (!str_eq(now->hash, head->hash))
        verifier_find(verifier,
                      "entry %lld is not the one that this machine has seen, as " AUDIT_HEAD_FILE
                      " says",
                      (long long)head->sequence);
}

static int verify_database(CommandCall *call)
{
    bool left, damaged;
    Verifier verifier;
    Signers signers = {0};
    AuditCheckpoint *head = audit_head_read(call->arena, call->config->values.data, &damaged);
    Remembered now = {.sequence = head ? head->sequence : 0};
    verifier_begin(&verifier, call->arena);
    bool fine = audit_seal(call->db, call->cx, &left) &&
                db_run(call->db, TX_READ, call->cx, read_signers, &signers) == DB_FINE &&
                walk_chain(call, &verifier, &signers) &&
                db_run(call->db, TX_READ, call->cx, read_remembered, &now) == DB_FINE;
    verifier_end(&verifier);
    if (damaged) verifier_find(&verifier, AUDIT_HEAD_FILE " cannot be read");
    if (fine && head) compare_head(&verifier, &signers, call->arena, head, &now);
    signers_free(&signers);
    if (command_cancelled(call)) return EXIT_CANCELLED;
    if (!fine) return command_fail(call, &error_unavailable, "the trail could not be read");
    return audit_report(call, &verifier, now.unsealed);
}

typedef struct VerifyFlags {
    StrList key;
} VerifyFlags;

static const Type verify_flags =
    TYPE(VerifyFlags, "What is verified, and by what.",
         FIELD(VerifyFlags, key,
               "Thumbprint of a key that may have signed the file: `souk audit key` prints it.",
               .max = 16, .item_max = 43, .pattern = "^[A-Za-z0-9_-]{43}$"));

static int verify(CommandCall *call, const VerifyFlags *flags)
{
    if (call->files[0] < 0) {
        if (!flags->key.n) return verify_database(call);
        return command_fail(call, &err_usage, "--key goes with a FILE");
    }
    if (flags->key.n) return audit_verify_file(call, flags->key);
    return command_fail(call, &err_usage, "a FILE needs --key: `souk audit key` prints it");
}
COMMAND_HANDLER(verify, VerifyFlags)

/* ---- souk audit key -------------------------------------------------------------------------- */

typedef struct KeyRow {
    Str key;
    Time made_at;
    Str jwk;
} KeyRow;

static const Type key_row_type = TYPE(
    KeyRow, "A key that signs the audit trail.", FIELD(KeyRow, key, "Its thumbprint (RFC 7638)."),
    FIELD(KeyRow, made_at, "When it was made."), FIELD(KeyRow, jwk, "Its public half."));

static int key(CommandCall *call, const void *flags)
{
    (void)flags;
    Signers signers = {0};
    if (db_run(call->db, TX_READ, call->cx, read_signers, &signers) != DB_FINE)
        return command_fail(call, &error_unavailable, "the keys could not be read");
    KeyRow *rows = NEW_N(call->arena, KeyRow, signers.rows.n);
    size_t n = 0;
    for (size_t i = 0; i < signers.rows.n; i++)
        if (signers.keys[i])
            rows[n++] = (KeyRow){jose_thumbprint(call->arena, signers.keys[i]),
                                 signers.rows.items[i].made_at, signers.rows.items[i].public};
    output_table(call->out, &key_row_type, (AnyList){rows, n});
    signers_free(&signers);
    return EXIT_FINE;
}

const Command audit_commands[AUDIT_COMMANDS] = {
    {.name = "audit verify",
     .summary = "Tell whether the audit trail is what it was",
     .doc = "Goes through the whole trail and says which entries were changed, dropped, reordered "
            "or cut off. Ends with 1 when there are any. With a FILE it verifies an export, on any "
            "machine, without the shop.",
     .flags = &verify_flags,
     .arguments = {{.name = "FILE",
                    .doc = "An export to verify instead of the database.",
                    .optional = true,
                    .file = true}},
     .examples =
         {{"souk audit verify", "The database."},
          {"souk audit verify trail.jsonl --key kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
           "An export, by the key that was noted down."}},
     .needs = COMMAND_NEEDS_FOLDER,
     .alone = true,
     .run = COMMAND_RUN(verify)},
    {.name = "audit export",
     .summary = "Write the audit trail as lines of JSON",
     .doc = "Writes all sealed entries with their hashes and signatures, so that `souk audit "
            "verify FILE` can tell on any machine whether it is whole. Values of persons stay "
            "encrypted.",
     .examples = {{"souk audit export > trail.jsonl", "All of it."}},
     .needs = COMMAND_NEEDS_FOLDER,
     .run = audit_export},
    {.name = "audit key",
     .summary = "Show the keys that sign the audit trail",
     .doc = "The thumbprint is what `souk audit verify` asks for to verify an export elsewhere. "
            "Note it down where nobody who can change the shop can change it.",
     .needs = COMMAND_NEEDS_FOLDER,
     .run = key},
};
