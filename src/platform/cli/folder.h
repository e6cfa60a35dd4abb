/* The data folder and who owns it: an exclusive flock on DATA/souk.lock, held while the owner
 * lives. The kernel drops it when the process dies, however it dies; the file stays. */
#ifndef PLATFORM_CLI_FOLDER_H
#define PLATFORM_CLI_FOLDER_H

#include "base/error.h"
#include "base/str.h"

typedef struct FolderLock {
    int fd; /* -1: not held */
} FolderLock;

typedef struct FolderOwner {
    int64_t pid; /* 0: unknown */
    Str command; /* "serve", "seed" */
} FolderOwner;

/* Makes the folder (mode 0700, with missing parents) and takes its lock for `command`. NULL: *lock
 * is held. &err_folder_in_use: another process has it, *owner is who, as far as it can be known.
 * &err_folder_unusable: *detail says why. Texts are in `arena`. */
const Error *folder_claim(Arena *arena, Str folder, Str command, FolderLock *lock,
                          FolderOwner *owner, Str *detail);
void folder_release(FolderLock *lock);

extern const Error err_folder_in_use, err_folder_unusable;

#endif
