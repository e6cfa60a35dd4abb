/* Permissions: what one may be allowed, as rows; and sets of them, as bits.
 *
 * A permission is a row of the module whose objects it is about. At start every row of every module
 * gets a bit, in the order of the modules, so a set of permissions is a few words of memory and the
 * questions that matter are three instructions each: does this one hold that permission, and is what
 * this one holds all held by that one too?
 *
 * **Strength is set inclusion.** Who may grant, mint, read, change or act as another does so where
 * the other's set is a subset of his own. There are no ranks: "administrator" is a name for a set.
 * Bits are this process's own; what is stored and sent names permissions. */
#ifndef PLATFORM_PERMISSION_H
#define PLATFORM_PERMISSION_H

#include "base/str.h"

typedef struct Module Module;

typedef struct Permission {
    const char *name; /* "products:write" */
    const char *doc;  /* what it allows, one sentence */

    /* The shop's own roles that have it from the start, beside owner and administrator: "manager
     * support". Granted once, when a program first brings the row; after that it is the shop's. */
    const char *roles;
    bool owners_only; /* nor does the administrator */
} Permission;

/* A module has two to six; a shop of fifty modules stays below. More is refused at start. */
enum { PERMISSIONS_MAX = 256, PERMISSION_WORDS = PERMISSIONS_MAX / 64 };

typedef struct PermissionSet {
    uint64_t words[PERMISSION_WORDS];
} PermissionSet;

/* Gives each row its bit. Once, before the first set is made (again with the same modules changes
 * nothing); the rows must live as long as the program. False, and *why in `arena`: there are too
 * many, or two of one name. */
bool permissions_gather(Arena *arena, const Module *const *modules, size_t count, Str *why);

size_t permission_count(void);
const Permission *permission_at(size_t bit); /* bit < permission_count() */

/* The row of that name; NULL: this program has none. */
const Permission *permission_find(Str name);

PermissionSet permission_set_all(void);
void permission_set_add(PermissionSet *set, const Permission *permission);
bool permission_set_has(const PermissionSet *set, const Permission *permission);

static inline bool permission_set_is_empty(const PermissionSet *set)
{
    uint64_t any = 0;
    for (int i = 0; i < PERMISSION_WORDS; i++) any |= set->words[i];
    return any == 0;
}

/* Is all of `small` in `large`? Equal sets: yes. */
static inline bool permission_set_within(const PermissionSet *small, const PermissionSet *large)
{
    uint64_t more = 0;
    for (int i = 0; i < PERMISSION_WORDS; i++) more |= small->words[i] & ~large->words[i];
    return more == 0;
}

static inline PermissionSet permission_set_union(PermissionSet a, PermissionSet b)
{
    for (int i = 0; i < PERMISSION_WORDS; i++) a.words[i] |= b.words[i];
    return a;
}

static inline PermissionSet permission_set_common(PermissionSet a, PermissionSet b)
{
    for (int i = 0; i < PERMISSION_WORDS; i++) a.words[i] &= b.words[i];
    return a;
}

#endif
