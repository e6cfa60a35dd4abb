/* An entry of the trail as it is stored, and what the files of the trail share. */
#ifndef PLATFORM_AUDIT_ENTRY_H
#define PLATFORM_AUDIT_ENTRY_H

#include "base/buf.h"
#include "base/hash.h"
#include "platform/audit/audit.h"
#include "platform/jose/jose.h"
#include "platform/vault/vault.h"

typedef struct AuditEntry {
    Id id;
    Time at;
    Str action;
    Str actor_kind; /* prefix of the actor's id; empty: nobody was known */
    Id actor;
    Id impersonator; /* the user who acted as the actor */
    Id session;
    Str kind; /* of the subject: the prefix of its id */
    Id subject;
    Str request;      /* req_…; empty: none */
    Str origin;       /* the client's address, encrypted by the key of the one who acted */
    Str changes;      /* JSON: [{"field":…,"before":…,"after":…}] */
    Id person;        /* whose key encrypts `personal`; 0: there is nothing */
    Str personal;     /* JSON as `changes`, encrypted */
    int64_t sequence; /* 0: not sealed yet */
    Str hash;
} AuditEntry;

extern const Type audit_entry_type;

typedef struct AuditEntryList {
    AuditEntry *items;
    size_t n;
} AuditEntryList;

/* Whose key encrypts where the entry came from: who acted, in truth; or who was acted upon, when
 * nobody was known (a password is reset); or nobody else's. Never 0. */
Id audit_origin_person(const AuditEntry *entry);

/* What the entry's ciphertexts are bound to, so that they cannot be exchanged: "origin:aud_…". */
Str audit_about(Arena *arena, const char *what, Id entry);

/* ---- The chain: chain.c ---------------------------------------------------------------------- */

enum {
    AUDIT_FORMAT = 1, /* of the line that is hashed */
    AUDIT_HASH_LENGTH = 2 * SHA256_BYTES,
};

/* What the first entry follows. */
extern const char audit_no_hash[AUDIT_HASH_LENGTH + 1];

/* Appends the entry as one line of JSON, without its end: all of it but `hash`, and in its place in
 * the chain, behind `previous`. */
void audit_write_line(Buf *buf, const AuditEntry *entry, Str previous);

/* The hash of such a line: SHA-256 of it with a "}" behind, hexadecimal. */
Str audit_line_hash(Arena *arena, Str line);

/* The chain was so long, and had this hash: so says who holds the key. */
typedef struct AuditCheckpoint {
    int64_t sequence;
    Str hash;
    Time at;
    Id signer;
    Str signature;
} AuditCheckpoint;

typedef struct AuditCheckpointList {
    AuditCheckpoint *items;
    size_t n;
} AuditCheckpointList;

extern const Type audit_checkpoint_type;

/* What a checkpoint is about: the chain up to here, or an export that ends here. */
typedef enum AuditClaim { AUDIT_SEALED, AUDIT_EXPORTED } AuditClaim;

/* `checkpoint` with its signature. */
void audit_sign(Arena *arena, const JoseKey *key, AuditClaim claim, AuditCheckpoint *checkpoint);
bool audit_signed(Arena *arena, const JoseKey *key, AuditClaim claim,
                  const AuditCheckpoint *checkpoint);

/* Who signs checkpoints. */
typedef struct AuditSigner {
    Id id;
    Str public;  /* its JWK */
    Str private; /* sealed */
    Time made_at;
} AuditSigner;

typedef struct AuditSignerList {
    AuditSigner *items;
    size_t n;
} AuditSignerList;

extern const Type audit_signer_type;

/* The pair, when it is one that this shop's vault has sealed; else NULL. Free it with
 * jose_key_free. */
JoseKey *audit_signer_key(const Ctx *cx, const AuditSigner *signer);

/* The newest signer; made when there is none yet (a WRITE transaction). */
AuditSigner *audit_signer_newest(Ctx *cx);
AuditSigner *audit_signer_make(Ctx *cx);
AuditSignerList audit_signers(Ctx *cx); /* the oldest first */

/* ---- Reading: store.c ------------------------------------------------------------------------ */

/* Sealed entries behind a place in the chain, in its order. */
AuditEntryList audit_chain_page(Ctx *cx, int64_t after, int64_t limit);
AuditCheckpoint *audit_checkpoint_newest(Ctx *cx); /* NULL: nothing is sealed */
AuditCheckpointList audit_checkpoints_page(Ctx *cx, int64_t after, int64_t limit);

/* ---- Keys of persons: people.c --------------------------------------------------------------- */

typedef struct PersonKey {
    Id person;
    bool known; /* false: forgotten, or never there */
    unsigned char key[VAULT_KEY_BYTES];
} PersonKey;

typedef struct PersonKeys {
    PersonKey *items;
    size_t n;
} PersonKeys;

/* Those of the people, each once. `make`: who has none gets one (a WRITE transaction). */
PersonKeys person_keys(Ctx *cx, IdList people, bool make);

/* The text encrypted by that person's key; empty when he was forgotten. */
Str person_seal(Ctx *cx, const PersonKeys *keys, Id person, Str text, Str about);

/* False when it cannot be read any more. */
bool person_unseal(Arena *arena, const PersonKeys *keys, Id person, Str sealed, Str about,
                   Str *text);

#endif
