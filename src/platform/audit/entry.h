/* An entry of the trail as it is stored, and what the files of the trail share. */
#ifndef PLATFORM_AUDIT_ENTRY_H
#define PLATFORM_AUDIT_ENTRY_H

#include "base/hash.h"
#include "platform/audit/audit.h"
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
