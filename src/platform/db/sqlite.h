/* What the writer thread asks of its SQLite connection beyond the driver's table. Inside of
 * platform/db. */
#ifndef PLATFORM_DB_SQLITE_H
#define PLATFORM_DB_SQLITE_H

#include "platform/db/driver.h"

/* A member of a group commit begins, and ends well or not. False: the connection is in a state that
 * the caller must not build on. */
bool sqlite_savepoint(DbConn *c);
bool sqlite_savepoint_keep(DbConn *c);
bool sqlite_savepoint_undo(DbConn *c);

/* Is the transaction still open? Some failures (disk full, I/O) end it by themselves. */
bool sqlite_in_transaction(DbConn *c);

/* Bytes in the WAL, and those of them that no checkpoint has copied yet. */
int64_t sqlite_wal_bytes(const DbConn *c);
int64_t sqlite_wal_pending_bytes(const DbConn *c);

/* Copies the WAL into the database as far as readers allow; with `restart` it waits for readers of
 * old frames (at most the busy time-out), so that the next commit begins the WAL anew. */
void sqlite_checkpoint(DbConn *c, bool restart);

#endif
