/* The SQL of customers. */
#ifndef MODULES_CUSTOMERS_STORE_H
#define MODULES_CUSTOMERS_STORE_H

#include "modules/customers/types.h"
#include "platform/db/db.h"

/* ---- Addresses ------------------------------------------------------------------------------- */

int64_t addresses_count(Ctx *cx, Id user);
CustomerAddress *address_read(Ctx *cx, Id user, Id id);
void address_insert(Ctx *cx, const CustomerAddressRow *row);
void address_update(Ctx *cx, const CustomerAddress *address);
bool address_delete(Ctx *cx, Id user, Id id);

/* None of the user's is the default any more, of the kinds that the address is about to be. */
void defaults_clear(Ctx *cx, Id user, const CustomerAddress *address);

/* ---- Groups ---------------------------------------------------------------------------------- */

CustomerGroupList groups_all(Ctx *cx);
CustomerGroup *group_read(Ctx *cx, Id id);
bool group_insert(Ctx *cx, const CustomerGroup *group); /* false: the name is taken */
bool group_update(Ctx *cx, const CustomerGroup *group); /* the same */
bool group_delete(Ctx *cx, Id id);
int64_t groups_known(Ctx *cx, IdList groups); /* how many of them there are */
void groups_put(Ctx *cx, Id user, IdList groups);

/* ---- Tags, notes ----------------------------------------------------------------------------- */

StrList tags_of(Ctx *cx, Id user);
void tags_put(Ctx *cx, Id user, StrList tags);

void note_insert(Ctx *cx, const CustomerNoteRow *row);
AnyList notes_of(Ctx *cx, Id user, Id before, int64_t limit); /* rows, the newest first */

/* ---- Customers ------------------------------------------------------------------------------- */

/* Users below the id, the newest first. */
IdList users_of_group(Ctx *cx, Id group, Id before, int64_t limit);
IdList users_with_tag(Ctx *cx, Str tag, Id before, int64_t limit);

/* Which of these users are in which groups, and have which tags: by user. */
AnyList members_of(Ctx *cx, IdList users);
AnyList tag_rows_of(Ctx *cx, IdList users);

void customer_forget(Ctx *cx, Id user);

#endif
