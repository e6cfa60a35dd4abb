/* The keys of persons: what makes it possible to forget one.
 *
 * A key is random, and stored sealed by the vault; what it encrypts is bound to its entry. Forgetting
 * empties the row and keeps it, so that a later entry does not begin to remember the person anew. The
 * keys are asked for each time and not kept in memory: an entry is written after a read in any case,
 * and a key that another process still held would not be forgotten. */
#include "platform/audit/entry.h"

#include <assert.h>
#include <stdlib.h>

typedef struct Person {
    Id person;
    Str sealed;
    Time made_at;
} Person;

static const Type person_type =
    TYPE(Person, "A person's key.", FIELD(Person, person, "", .prefix = "id"),
         FIELD(Person, sealed, "", .secret = true), FIELD(Person, made_at, ""));

#define PURPOSE "audit-person"

static Str about_person(Arena *arena, Id person)
{
    return id_text(arena, "person", person);
}

static int by_id(const void *a, const void *b)
{
    int64_t x = ((const Id *)a)->n, y = ((const Id *)b)->n;
    return (x > y) - (x < y);
}

/* Ascending and each once: two transactions that make the same keys wait for each other, and not in
 * a circle. */
static IdList sorted(Arena *arena, IdList people)
{
    IdList out = {arena_copy(arena, people.items, people.n * sizeof(Id)), 0};
    if (people.n) qsort(out.items, people.n, sizeof(Id), by_id);
    for (size_t i = 0; i < people.n; i++)
        if (!out.n || out.items[out.n - 1].n != out.items[i].n) out.items[out.n++] = out.items[i];
    return out;
}

static void open_key(Ctx *cx, PersonKey *key, Str sealed)
{
    Str plain;
    key->known = sealed.n &&
                 vault_unseal(cx->arena, cx->vault, PURPOSE, sealed,
                              about_person(cx->arena, key->person), &plain) &&
                 plain.n == sizeof key->key;
    if (!key->known) return;
    memcpy(key->key, plain.p, plain.n);
    explicit_bzero((void *)(uintptr_t)plain.p, plain.n);
}

static void make_key(Ctx *cx, PersonKey *key)
{
    cx->random->fill(cx->random->state, key->key, sizeof key->key);
    key->known = true;
    Str plain = {(const char *)key->key, sizeof key->key};
    Person row = {.person = key->person,
                  .sealed = vault_seal(cx->arena, cx->vault, cx->random, PURPOSE, plain,
                                       about_person(cx->arena, key->person)),
                  .made_at = ctx_now(cx)};
    if (db_put(cx, &person_type, &row,
               "insert into audit_people (person, sealed, made_at) "
               "values (:person, :sealed, :made_at) on conflict (person) do nothing") == 1)
        return;
    open_key(cx, key, /* somebody else was a moment earlier */
             db_text(cx, S(""), "select sealed from audit_people where person = $1", key->person));
}

PersonKeys person_keys(Ctx *cx, IdList people, bool make)
{
    people = sorted(cx->arena, people);
    PersonKeys keys = {NEW_N(cx->arena, PersonKey, people.n), people.n};
    AnyList rows = db_all(cx, &person_type,
                          "select person, sealed from audit_people where person in IDS($1) "
                          "order by person",
                          people);
    const Person *found = rows.items;
    size_t next = 0;
    for (size_t i = 0; i < keys.n; i++) {
        PersonKey *key = &keys.items[i];
        key->person = people.items[i];
        if (next < rows.n && found[next].person.n == key->person.n)
            open_key(cx, key, found[next++].sealed);
        else if (make)
            make_key(cx, key);
    }
    return keys;
}

static const PersonKey *find(const PersonKeys *keys, Id person)
{
    for (size_t i = 0; i < keys->n; i++)
        if (keys->items[i].person.n == person.n) return &keys->items[i];
    return NULL;
}

Str person_seal(Ctx *cx, const PersonKeys *keys, Id person, Str text, Str about)
{
    const PersonKey *key = find(keys, person);
    assert(key);
    return key->known ? key_seal(cx->arena, key->key, cx->random, text, about) : S("");
}

bool person_unseal(Arena *arena, const PersonKeys *keys, Id person, Str sealed, Str about,
                   Str *text)
{
    const PersonKey *key = find(keys, person);
    return key && key->known && key_unseal(arena, key->key, sealed, about, text);
}

void audit_forget(Ctx *cx, Id person)
{
    db_exec(cx,
            "insert into audit_people (person, sealed, made_at) values ($1, '', $2) "
            "on conflict (person) do update set sealed = ''",
            person, ctx_now(cx));
}
