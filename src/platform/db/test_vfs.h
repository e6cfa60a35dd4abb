/* A disk for SQLite that can lose its power, be full, and fail. For tests.
 *
 * A VFS in front of the real one. What SQLite writes goes through to real files, which all
 * connections of the process see; beside them stands, for each file, what would be left if the
 * power went now: the content as of the last xSync that returned, and the writes since then.
 * vfs_cut_after() pulls the plug at a moment; from then on every operation fails. vfs_salvage()
 * then writes down what a disk may show after that: the synced content, with any of the later
 * writes kept, dropped, or torn at sectors of 512 bytes. A SIGKILL cannot show this, since the
 * kernel still has all. */
#ifndef PLATFORM_DB_TEST_VFS_H
#define PLATFORM_DB_TEST_VFS_H

#include "base/random.h"

#define VFS_NAME "souk-test"

/* Registers it (once) and forgets all files and faults. No connection may be open. What is in a file
 * when it is first opened afterwards counts as synced. */
void vfs_reset(void);

/* The power goes before the operation of that number (writes, truncations and syncs, from now on,
 * count from 1). */
void vfs_cut_after(int64_t operations);
bool vfs_is_cut(void);
int64_t vfs_operations(void); /* since vfs_reset */

/* The disk says that it has synced and has not: what a database without fsync would live on. */
void vfs_ignore_sync(bool ignore);

/* No file may become longer: what would make it so says that the disk is full. 0: no limit. */
void vfs_limit(int64_t bytes);

/* The next `count` syncs fail. */
void vfs_fail_syncs(int count);

/* Writes the files that were in `from` as they are after the loss of power into `to`. */
void vfs_salvage(const char *from, const char *to, const Random *random);

#endif
