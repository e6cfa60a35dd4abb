/* The data folder and who owns it: an exclusive flock on DATA/souk.lock, held while the owner
 * lives. The kernel drops it when the process dies, however it dies; the file stays. */
#ifndef PLATFORM_CLI_FOLDER_H
#define PLATFORM_CLI_FOLDER_H

#include "base/error.h"
#include "base/str.h"

typedef struct FolderLock {
    int fd; /* -1: not held */
} FolderLock;

/* Makes the folder (mode 0700, with missing parents) and takes its lock for `command` ("serve"),
 * waiting up to `wait_us` for another owner to leave. NULL: *lock is held. &err_folder_in_use:
 * *detail names the folder and, as far as it can be known, who has it. &err_folder_unusable:
 * *detail says why. Texts are in `arena`. */
const Error *folder_claim(Arena *arena, Str folder, Str command, int64_t wait_us, FolderLock *lock,
                          Str *detail);

/* Has the folder ever had an owner? False also when it cannot be looked into. */
bool folder_was_owned(Arena *arena, Str folder);
void folder_release(FolderLock *lock);

extern const Error err_folder_in_use, err_folder_unusable;

#endif
