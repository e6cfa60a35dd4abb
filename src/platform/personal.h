/* What the shop keeps of a person, for him to take along (GDPR, articles 15 and 20).
 *
 * A module that keeps something of users has a row for each kind of it:
 *
 *     static AnyList orders_of(Ctx *cx, Id user) { … }
 *     static const Personal personals[] = {
 *         {"orders", "What he has bought.", &order_type, orders_of},
 *     };
 *
 * A test fails when a table has fields marked `.personal` and its module has no row. What is to be
 * forgotten with the user is a reaction to the event user.deleted. */
#ifndef PLATFORM_PERSONAL_H
#define PLATFORM_PERSONAL_H

#include "platform/module.h"

struct Personal {
    const char *name; /* a member of the export: "orders" */
    const char *doc;
    const Type *type;
    AnyList (*read)(Ctx *cx, Id user); /* all of it, in a READ transaction */
};

/* Takes note of the rows of all modules. Once, before the first export; they must live as long as the
 * program. */
void personal_gather(const Module *const *modules, size_t count);

/* One JSON object with a list for each row of the modules, in their order. */
Str personal_export(Ctx *cx, Id user);

#endif
