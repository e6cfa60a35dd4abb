/* Verifying: each entry against the one before it, and the whole against who has signed it.
 *
 * A fault is told once. So after an entry that was changed the chain is followed by the hash that is
 * stored and not by the one that should be there, and after a gap the next entry is taken as it
 * comes. What somebody made anew from some place on, with hashes that fit, shows at the next
 * signature. */
#include "platform/audit/verify.h"

#include <stdarg.h>

void verifier_begin(Verifier *verifier, Arena *arena)
{
    *verifier = (Verifier){.arena = arena, .known = true};
    verifier->findings.items = NEW_N(arena, Str, VERIFY_FINDINGS_MAX);
    memcpy(verifier->hash, audit_no_hash, AUDIT_HASH_LENGTH);
}

void verifier_find(Verifier *verifier, const char *format, ...)
{
    va_list args;
    if (verifier->faults++ >= VERIFY_FINDINGS_MAX) return;
    va_start(args, format);
    verifier->findings.items[verifier->findings.n++] = str_vformat(verifier->arena, format, args);
    va_end(args);
}

/* Is there anything between the last entry and this one? */
static void place(Verifier *v, int64_t sequence)
{
    long long next = (long long)v->sequence + 1;
    if (sequence == next) return;
    if (sequence < next)
        verifier_find(v, "entry %lld stands behind entry %lld", (long long)sequence, next - 1);
    else if (sequence == next + 1)
        verifier_find(v, "entry %lld is missing", next);
    else
        verifier_find(v, "entries %lld to %lld are missing", next, (long long)sequence - 1);
    v->known = false;
}

static void follow(Verifier *v, int64_t sequence, Str hash)
{
    v->entries++;
    v->sequence = sequence;
    v->known = hash.n == AUDIT_HASH_LENGTH;
    if (v->known) memcpy(v->hash, hash.p, AUDIT_HASH_LENGTH);
}

static Str last_hash(const Verifier *v)
{
    return (Str){v->hash, AUDIT_HASH_LENGTH};
}

void verifier_entry(Verifier *v, Arena *scratch, const AuditEntry *entry)
{
    place(v, entry->sequence);
    if (v->known) {
        Buf line = buf_new(scratch, SIZE_MAX / 2);
        audit_write_line(&line, entry, last_hash(v));
        if (!str_eq(audit_line_hash(scratch, buf_str(&line)), entry->hash))
            verifier_find(v, "entry %lld (%.*s) was changed", (long long)entry->sequence,
                          STR_ARG(id_text(scratch, "aud", entry->id)));
    }
    follow(v, entry->sequence, entry->hash);
}

void verifier_line(Verifier *v, Arena *scratch, const VerifierLine *line)
{
    place(v, line->sequence);
    if (!str_eq(audit_line_hash(scratch, line->line), line->hash))
        verifier_find(v, "entry %lld was changed", (long long)line->sequence);
    else if (v->known && !str_eq(line->previous, last_hash(v)))
        verifier_find(v, "entry %lld does not follow the one before it", (long long)line->sequence);
    follow(v, line->sequence, line->hash);
}

void verifier_checkpoint(Verifier *v, Arena *scratch, AuditClaim claim,
                         const AuditCheckpoint *checkpoint, const JoseKey *key)
{
    long long at = (long long)checkpoint->sequence, last = (long long)v->sequence;
    v->signatures++;
    if (!key || !audit_signed(scratch, key, claim, checkpoint)) {
        verifier_find(v, "the signature at entry %lld is not this shop's", at);
        return;
    }
    if (at > last) {
        verifier_find(v, "the chain ends at entry %lld, and went on to entry %lld", last, at);
        return;
    }
    if (at < last) return; /* its entry is missing, and that was told */
    if (!str_eq(checkpoint->hash, last_hash(v)))
        verifier_find(v, "entries %lld to %lld are not those that were signed",
                      (long long)v->signed_up_to + 1, at);
    v->signed_up_to = at;
}

void verifier_end(Verifier *v)
{
    if (v->signed_up_to < v->sequence)
        verifier_find(v, "nothing behind entry %lld is signed", (long long)v->signed_up_to);
}
