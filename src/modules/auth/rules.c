#include "modules/auth/rules.h"

#include "platform/http/address.h"
#include "platform/permission.h"

#include <stdlib.h>

const Error error_too_strong = {
    "too_strong", 403, "Nobody gives, makes, reads or changes more than he has himself.", LOG_INFO,
    "The detail names a permission that is missing. Somebody who has it must do this."};
const Error error_unknown_permission = {"unknown_permission", 422,
                                        "A permission that is named does not exist.", LOG_DEBUG,
                                        "GET /v1/permissions lists all."};
const Error error_bad_address_block = {
    "bad_address_block", 422, "An address that is named is none.", LOG_DEBUG,
    "Write `192.0.2.1`, `192.0.2.0/24` or `2001:db8::/32`; bits behind the prefix must be zero."};
const Error error_public_key_scopes = {
    "public_key_scopes", 422, "A public key has no permissions.", LOG_DEBUG,
    "It stands in pages, where everybody reads it. Leave `scopes` out, or make a secret key."};

/* ---- Sets ------------------------------------------------------------------------------------ */

PermissionSet rules_set_of(StrList names, Str *unknown)
{
    PermissionSet set = {{0}};
    for (size_t i = 0; i < names.n; i++) {
        const Permission *permission = permission_find(names.items[i]);
        if (str_eq(names.items[i], S("*")))
            set = permission_set_all();
        else if (permission)
            permission_set_add(&set, permission);
        else if (unknown && !unknown->p)
            *unknown = names.items[i];
    }
    return set;
}

static int by_name(const void *a, const void *b)
{
    return str_cmp(*(const Str *)a, *(const Str *)b);
}

StrList rules_names_of(Arena *arena, const PermissionSet *set)
{
    StrList names = {NEW_N(arena, Str, permission_count() + 1), 0};
    for (size_t i = 0; i < permission_count(); i++)
        if (permission_set_has(set, permission_at(i)))
            names.items[names.n++] = str_from(permission_at(i)->name);
    qsort(names.items, names.n, sizeof *names.items, by_name);
    return names;
}

/* The first permission of `set` that `mine` lacks. */
static const char *lacking(const PermissionSet *set, const PermissionSet *mine)
{
    for (size_t i = 0; i < permission_count(); i++)
        if (permission_set_has(set, permission_at(i)) &&
            !permission_set_has(mine, permission_at(i)))
            return permission_at(i)->name;
    abort();
}

Verdict rules_within(Arena *arena, const PermissionSet *set, const PermissionSet *mine)
{
    if (permission_set_within(set, mine)) return (Verdict){0};
    return (Verdict){&error_too_strong, str_format(arena, "This takes %s, which you do not have.",
                                                   lacking(set, mine))};
}

Verdict rules_may_give(Arena *arena, const PermissionSet *mine, const PermissionSet *role,
                       const PermissionSet *theirs)
{
    PermissionSet both = permission_set_union(*role, *theirs);
    return rules_within(arena, &both, mine);
}

/* ---- Keys ------------------------------------------------------------------------------------ */

Verdict rules_key_is_sound(Arena *arena, const ApiKey *key)
{
    Str unknown = {0};
    Cidr block;
    rules_set_of(key->scopes, &unknown);
    if (unknown.p)
        return (Verdict){&error_unknown_permission,
                         str_format(arena, "There is no \"%.*s\".", STR_ARG(unknown))};
    if (key->kind == KEY_PUBLIC && key->scopes.n) return (Verdict){&error_public_key_scopes, {0}};
    for (size_t i = 0; i < key->addresses.n; i++)
        if (!cidr_parse(key->addresses.items[i], &block))
            return (Verdict){&error_bad_address_block,
                             str_format(arena, "\"%.*s\" is no address and no block of them.",
                                        STR_ARG(key->addresses.items[i]))};
    return (Verdict){0};
}

static bool block_has(Str text, NetAddress address)
{
    Cidr block;
    CidrList one = {&block, 1};
    return cidr_parse(text, &block) && cidr_list_has(&one, address);
}

/* Is every address of the first block in one of the others? */
static bool block_within(Str text, StrList blocks)
{
    Cidr small, large;
    if (!cidr_parse(text, &small)) return false;
    for (size_t i = 0; i < blocks.n; i++)
        if (cidr_parse(blocks.items[i], &large) && large.bits <= small.bits &&
            block_has(blocks.items[i], small.base))
            return true;
    return false;
}

static bool blocks_within(StrList small, StrList large)
{
    if (!large.n) return true;
    for (size_t i = 0; i < small.n; i++)
        if (!block_within(small.items[i], large)) return false;
    return small.n > 0;
}

Verdict rules_key_within(Arena *arena, const ApiKey *key, const PermissionSet *mine,
                         const ApiKey *own)
{
    PermissionSet set = rules_set_of(key->scopes, NULL);
    Verdict verdict = rules_within(arena, &set, mine);
    if (verdict.error || !own) return verdict;
    if (own->expires_at.us && (!key->expires_at.us || key->expires_at.us > own->expires_at.us))
        return (Verdict){&error_too_strong, S("The key would outlive yours.")};
    if (!blocks_within(key->addresses, own->addresses))
        return (Verdict){&error_too_strong, S("The key would work from where yours does not.")};
    return verdict;
}

bool rules_key_works(const ApiKey *key, Time now, NetAddress client)
{
    if (key->expires_at.us && key->expires_at.us <= now.us) return false;
    for (size_t i = 0; i < key->addresses.n; i++)
        if (block_has(key->addresses.items[i], client)) return true;
    return key->addresses.n == 0;
}

/* ---- Sessions and roles ---------------------------------------------------------------------- */

static Time earlier(Time a, Time b)
{
    return a.us < b.us ? a : b;
}

Time rules_session_end(const Session *session, const SessionTimes *times)
{
    Time idle = {session->last_used_at.us + times->idle_us};
    Time old = {id_time(session->id).us + times->life_us};
    return earlier(idle, earlier(old, session->expires_at));
}

bool rules_role_begins_with(const Permission *permission, Id role, Str name)
{
    if (role.n == ROLE_ADMINISTRATOR) return !permission->owners_only;
    Str list = str_from(permission->roles);
    for (bool more = true; more;) {
        Str one;
        more = str_cut(list, ' ', &one, &list);
        if (one.n && str_eq(one, name)) return true;
    }
    return false;
}
