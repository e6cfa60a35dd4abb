/* Verifying an export: a line at a time, whatever the file is. */
#include "meta/json.h"
#include "modules/audit/report.h"

#include <errno.h>
#include <stdlib.h>

enum {
    LINE_MAX = 4 << 20, /* an entry has 64 fields at most, twice 8 KiB each, and as much again
                           encrypted */
    CHUNK = 1 << 16,
    KEYS_MAX = 16,
};

const Type export_line_type = TYPE_WITH_ABSENCE(
    ExportLine, "A line of an export.", FIELD(ExportLine, jwk, ""),
    FIELD(ExportLine, checkpoint, ""), FIELD(ExportLine, end, ""), FIELD(ExportLine, sequence, ""),
    FIELD(ExportLine, previous, ""), FIELD(ExportLine, hash, ""), FIELD(ExportLine, at, ""),
    FIELD(ExportLine, key, ""), FIELD(ExportLine, signature, ""));

#define HAS(line, member) IS_SET(&export_line_type, line, ExportLine, member)

typedef struct File {
    CommandCall *call;
    Arena *scratch; /* of a line */
    char *bytes;
    size_t begin, n; /* what was read and not yet taken */
    int64_t number;  /* of the line */
    StrList trusted;
    JoseKey *keys[KEYS_MAX];
    size_t key_count;
    bool ended;
    Verifier verifier;
} File;

/* ---- Lines ----------------------------------------------------------------------------------- */

/* 1: here is a line; 0: there are no more; -1: errno says why. */
static int next_line(File *file, Str *line)
{
    for (;;) {
        const char *from = file->bytes + file->begin;
        const char *end = memchr(from, '\n', file->n);
        if (end) {
            *line = (Str){from, (size_t)(end - from)};
            file->begin += line->n + 1;
            file->n -= line->n + 1;
            return 1;
        }
        if (file->n > LINE_MAX) {
            errno = EFBIG;
            return -1;
        }
        memmove(file->bytes, from, file->n);
        file->begin = 0;
        ssize_t got = command_read(file->call, 0, file->bytes + file->n, CHUNK);
        if (got < 0) return -1;
        if (got > 0) {
            file->n += (size_t)got;
            continue;
        }
        *line = (Str){file->bytes, file->n}; /* without an end: cut off, or written by hand */
        file->n = 0;
        return line->n > 0;
    }
}

/* ---- What a line is -------------------------------------------------------------------------- */

static void take_key(File *file, const ExportLine *line)
{
    Str why;
    JoseKey *key = jose_key_read(file->scratch, line->jwk.text, &why);
    bool trusted = false;
    for (size_t i = 0; key && i < file->trusted.n; i++)
        trusted = trusted || str_eq(file->trusted.items[i], jose_thumbprint(file->scratch, key));
    if (trusted && file->key_count < KEYS_MAX)
        file->keys[file->key_count++] = key;
    else
        jose_key_free(key);
}

static void take_signature(File *file, const ExportLine *line, AuditClaim claim)
{
    AuditCheckpoint checkpoint = {.sequence =
                                      claim == AUDIT_EXPORTED ? line->end : line->checkpoint,
                                  .hash = line->hash,
                                  .at = line->at,
                                  .signature = line->signature};
    const JoseKey *key = NULL;
    for (size_t i = 0; i < file->key_count; i++)
        if (str_eq(jose_thumbprint(file->scratch, file->keys[i]), line->key)) key = file->keys[i];
    verifier_checkpoint(&file->verifier, file->scratch, claim, &checkpoint, key);
}

/* False when the hash does not stand where it stands in an export: last. */
static bool take_entry(File *file, const ExportLine *line, Str text)
{
    static const char before[] = ",\"hash\":\"", after[] = "\"}";
    size_t tail = sizeof before - 1 + AUDIT_HASH_LENGTH + sizeof after - 1;
    if (text.n < tail || line->hash.n != AUDIT_HASH_LENGTH) return false;
    Str rest = str_slice(text, text.n - tail, text.n);
    if (!str_starts(rest, str_from(before)) || !str_ends(rest, str_from(after))) return false;
    Str hash = str_slice(rest, sizeof before - 1, sizeof before - 1 + AUDIT_HASH_LENGTH);
    if (!str_eq(hash, line->hash)) return false;
    VerifierLine entry = {str_slice(text, 0, text.n - tail), line->sequence, line->previous, hash};
    verifier_line(&file->verifier, file->scratch, &entry);
    return true;
}

static void take_line(File *file, Str text)
{
    Violations violations = violations_new(file->scratch);
    const ExportLine *line =
        json_read(file->scratch, &export_line_type, text, JSON_CREATE | JSON_LENIENT, &violations);
    bool understood = line != NULL;
    if (file->ended)
        verifier_find(&file->verifier, "line %lld stands behind the end", (long long)file->number);
    if (understood && HAS(line, jwk))
        take_key(file, line);
    else if (understood && HAS(line, sequence))
        understood = take_entry(file, line, text);
    else if (understood && HAS(line, checkpoint))
        take_signature(file, line, AUDIT_SEALED);
    else if (understood && HAS(line, end))
        take_signature(file, line, AUDIT_EXPORTED);
    else
        understood = false;
    file->ended = file->ended || (understood && HAS(line, end));
    if (!understood)
        verifier_find(&file->verifier, "line %lld is none of an export", (long long)file->number);
}

int audit_verify_file(CommandCall *call, StrList trusted)
{
    Str text;
    int more;
    File file = {.call = call, .scratch = arena_new(CHUNK), .trusted = trusted};
    file.bytes = arena_alloc(call->arena, LINE_MAX + CHUNK + 1, 1);
    verifier_begin(&file.verifier, call->arena);
    while ((more = next_line(&file, &text)) > 0 && !command_cancelled(call)) {
        file.number++;
        take_line(&file, text);
        arena_reset(file.scratch);
    }
    int error = errno;
    verifier_end(&file.verifier);
    if (!file.ended) verifier_find(&file.verifier, "the file was cut off: it has no end");
    for (size_t i = 0; i < file.key_count; i++) jose_key_free(file.keys[i]);
    arena_free(file.scratch);
    if (command_cancelled(call)) return EXIT_CANCELLED;
    if (more < 0)
        return command_fail(call, &err_file, "line %lld cannot be read: %s",
                            (long long)file.number + 1, strerrordesc_np(error));
    return audit_report(call, &file.verifier, 0);
}
