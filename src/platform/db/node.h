/* Between the two files that keep node numbers. Inside of platform/db. */
#ifndef PLATFORM_DB_NODE_H
#define PLATFORM_DB_NODE_H

#include "platform/db/driver.h"

typedef struct NodeRow {
    int64_t node;
    int64_t fence;
    int64_t last_id; /* as a number: 0 is not null here */
} NodeRow;

extern const Type node_row_type;

typedef struct NodeWanted {
    Str owner; /* host and process, for whoever reads the table */
    NodeRow got;
    bool found;
} NodeWanted;

int64_t node_last(const Node *node); /* the newest id that was made */

/* One of them: the start and the watch may renew at the same time. */
typedef struct NodeRenewal {
    const Node *node;
    bool kept; /* false: it was another one's by then */
} NodeRenewal;

/* Work for db_run on PostgreSQL: take a number (arg: NodeWanted), renew its lease (NodeRenewal), give
 * it back (Node). */
bool node_lease_take(Ctx *cx, void *wanted);
bool node_lease_renew(Ctx *cx, void *renewal);
bool node_lease_end(Ctx *cx, void *node);

#endif
