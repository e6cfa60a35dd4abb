#include "modules/customers/persons.h"

#include "modules/accounts/accounts.h"
#include "modules/customers/store.h"

static AnyList addresses(Ctx *cx, Id user)
{
    CustomerAddressList all = customer_addresses(cx, user);
    return (AnyList){all.items, all.n};
}

/* What staff have written of him is his to read, too. */
static AnyList notes(Ctx *cx, Id user)
{
    return notes_of(cx, user, (Id){INT64_MAX}, INT64_MAX);
}

static AnyList tags(Ctx *cx, Id user)
{
    return tag_rows_of(cx, (IdList){&user, 1});
}

const Personal customer_personals[CUSTOMER_PERSONALS] = {
    {"addresses", "His addresses.", &customer_address_type, addresses},
    {"customer_tags", "Words by which staff find him.", &customer_tag_row_type, tags},
    {"customer_notes", "What staff have noted of him.", &customer_note_row_type, notes}};

static void forget(Ctx *cx, const UserEvent *event)
{
    customer_forget(cx, event->user);
}
REACTION(forget, UserEvent)

const Reaction customer_reactions[CUSTOMER_REACTIONS] = {ON(user_deleted, forget)};
