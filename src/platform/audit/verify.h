/* Is the trail what it was? Entries and signatures are given one after the other, from the database or
 * from a file; memory does not grow with them. */
#ifndef PLATFORM_AUDIT_VERIFY_H
#define PLATFORM_AUDIT_VERIFY_H

#include "platform/audit/entry.h"

enum { VERIFY_FINDINGS_MAX = 100 }; /* that are told; all are counted */

typedef struct Verifier {
    Arena *arena;     /* of what is found */
    StrList findings; /* sentences, without their full stops */
    size_t faults;
    int64_t entries, signatures;
    int64_t sequence;             /* of the last entry; */
    char hash[AUDIT_HASH_LENGTH]; /* and its hash, as it is stored */
    bool known;           /* nothing is missing before it: `hash` is what the next one follows */
    int64_t signed_up_to; /* by a good signature */
} Verifier;

void verifier_begin(Verifier *verifier, Arena *arena);
void verifier_find(Verifier *verifier, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The next entry of the database. `scratch` is the caller's to reset. */
void verifier_entry(Verifier *verifier, Arena *scratch, const AuditEntry *entry);

/* The same of a file: its line without its end and hash, and what it says of itself. */
typedef struct VerifierLine {
    Str line; /* up to and without ,"hash": */
    int64_t sequence;
    Str previous, hash;
} VerifierLine;
void verifier_line(Verifier *verifier, Arena *scratch, const VerifierLine *line);

/* A checkpoint of the entry that came last, or of one that never came. `key`: of its signer; NULL: he
 * is nobody who may sign. */
void verifier_checkpoint(Verifier *verifier, Arena *scratch, AuditClaim claim,
                         const AuditCheckpoint *checkpoint, const JoseKey *key);

/* All has been given: is the last entry signed? */
void verifier_end(Verifier *verifier);

#endif
