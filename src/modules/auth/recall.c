/* The cache of verified tokens: who sends a token, without a look at the database and without a
 * signature to verify.
 *
 * An entry holds as long as nothing has changed on which it rests, by the same slots and epoch as the
 * answer cache (platform/cache/tags.c): the key, or the session, its user and all roles. So a key that
 * is revoked is refused by the next request of this process, and within a quarter of a second by
 * others on the same PostgreSQL. It never outlives the token, and a minute at most, so that what
 * depends on time alone (idle sessions, "last used") is looked at now and then.
 *
 * The table is a fixed one: sets of four places, the set by the token's hash. In a full set the entry
 * that ends first makes room. Strangers can fill nothing, because only what was verified is kept.
 *
 * Tokens themselves are not in it: SipHash-2-4 of 128 bits with a key of this process names a token.
 * Who does not know the key can neither find a second token of the same name nor learn a token from
 * the memory of the table. SHA-256 would do too, and takes several times as long.
 *
 * Rejected: the actor inside of a signed token alone (a role's change would be felt when the token
 * ends), a list of revoked tokens (grows, and must be complete), an LRU list (a lock for all readers
 * to keep an order that nobody needs). */
#include "modules/auth/recall.h"

#include "base/hash.h"
#include "base/random.h"

#include <pthread.h>

/* Some 3 MB when all are used, and nothing of it before: a shop's staff, programs and signed-in
 * customers of a minute. Beyond, tokens are verified more often. */
enum { SETS = 4096, WAYS = 4, LOCKS = 64 };

#define KEPT_US (INT64_C(60) * 1000000)

typedef SipHash128 Name;

typedef struct Entry {
    Name name;
    Verified verified;
    NetAddress client; /* of a bound one */
} Entry;

static struct {
    pthread_once_t once;
    SipKey key;
    pthread_mutex_t locks[LOCKS];
    Entry sets[SETS][WAYS];
} table = {.once = PTHREAD_ONCE_INIT};

static void make_table(void)
{
    random_system.fill(random_system.state, &table.key, sizeof table.key);
    for (int i = 0; i < LOCKS; i++) pthread_mutex_init(&table.locks[i], NULL);
}

static Name name_of(const Credential *credential)
{
    pthread_once(&table.once, make_table);
    Name name = hash_sip128(table.key, credential->token);
    if (credential->kind == CREDENTIAL_COOKIE) name.b = ~name.b; /* is none as a bearer token */
    return name;
}

static Entry *set_of(Name name)
{
    return table.sets[name.a % SETS];
}

static pthread_mutex_t *lock_of(Name name)
{
    return &table.locks[name.a % LOCKS];
}

_Static_assert(SETS % LOCKS == 0, "a set has one lock");

static bool is_named(const Entry *entry, Name name)
{
    return entry->name.a == name.a && entry->name.b == name.b;
}

static bool holds(const Entry *entry, const Credential *credential, Time now)
{
    const Verified *verified = &entry->verified;
    return verified->until.us > now.us &&
           (!verified->bound ||
            memcmp(&entry->client, &credential->client, sizeof entry->client) == 0) &&
           tags_hold(verified->moment, verified->tags, verified->tag_count);
}

bool auth_recall(const Credential *credential, Time now, Actor *actor)
{
    Name name = name_of(credential);
    Entry *set = set_of(name);
    bool found = false;
    pthread_mutex_lock(lock_of(name));
    for (int i = 0; i < WAYS && !found; i++) {
        found = is_named(&set[i], name) && holds(&set[i], credential, now);
        if (found) *actor = set[i].verified.actor;
    }
    pthread_mutex_unlock(lock_of(name));
    return found;
}

/* The token's own place, or that of the entry which ends first. */
static Entry *place_for(Entry *set, Name name)
{
    Entry *place = &set[0];
    for (int i = 0; i < WAYS; i++) {
        if (is_named(&set[i], name)) return &set[i];
        if (set[i].verified.until.us < place->verified.until.us) place = &set[i];
    }
    return place;
}

void recall_keep(const Credential *credential, const Verified *verified, Time now)
{
    Name name = name_of(credential);
    Time most = {now.us + KEPT_US};
    Entry entry = {.name = name, .verified = *verified, .client = credential->client};
    if (entry.verified.until.us > most.us) entry.verified.until = most;
    entry.verified.actor.address = (Str){0}; /* of one request */
    pthread_mutex_lock(lock_of(name));
    *place_for(set_of(name), name) = entry;
    pthread_mutex_unlock(lock_of(name));
}

void verified_rests_on(Verified *verified, const char *kind, Id id)
{
    verified->tags[verified->tag_count++] = tag_slot(kind, id);
}
