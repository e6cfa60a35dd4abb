/* Between the two files of platform/changes: what the listener needs of the table. */
#ifndef PLATFORM_CHANGES_NEWS_H
#define PLATFORM_CHANGES_NEWS_H

#include "platform/changes.h"

/* Inside a READ transaction: tells this process of all changes that it has not been told of yet, and
 * moves the position. When news may have been missed, everything counts as changed. */
bool changes_take_news(Ctx *cx, ChangePosition *position);

#endif
