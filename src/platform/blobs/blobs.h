/* Blobs: bytes that are kept under the name of what they are, the SHA-256 of their content. See
 * docs/internals/media.md.
 *
 * Here they are files of the data folder, DATA/blobs/ab/cdef…; an object store will stand behind the
 * same functions. A name never means other bytes, so nothing is ever overwritten, copies need no
 * agreement, and whoever refers to a blob only writes down its name. Who refers to what is not known
 * here: the owner looks for those that nobody needs (blobs_list) and has them swept.
 *
 * All functions may be called from any thread. They read and write files: on lanes, never on a loop,
 * and never on the thread that SQLite writes with. */
#ifndef PLATFORM_BLOBS_H
#define PLATFORM_BLOBS_H

#include "base/str.h"

typedef struct Blobs Blobs;

enum {
    BLOB_NAME_LENGTH = 64, /* hexadecimal digits, lower case */
    BLOB_SHARDS = 256,     /* by the first two of them */
};

typedef enum BlobFailure {
    BLOB_FINE,
    BLOB_MISSING,   /* there is none of that name */
    BLOB_FULL,      /* the disk is */
    BLOB_READ_ONLY, /* the folder does not take writes */
    BLOB_BROKEN,    /* anything else that a disk says; errno has it */
} BlobFailure;

/* The store in the folder DATA, which need not have one yet: nothing is made before the first blob.
 * What puts that were cut short have left behind is removed; so the folder belongs to one process.
 * NULL and errno when the folder cannot be opened. */
Blobs *blobs_open(Str folder);
void blobs_close(Blobs *blobs);

/* Keeps the bytes and gives their name, in the arena. They are durable when it is BLOB_FINE, and
 * when it is not there is nothing under their name that was not there before. Bytes that are kept
 * already count as new for blobs_sweep. */
BlobFailure blobs_put(Blobs *blobs, Arena *arena, Str bytes, Str *name);

/* The bytes of a blob, until blob_bytes_free. They stay what they are when it is deleted meanwhile. */
typedef struct BlobBytes {
    Str bytes;
    void *mapping; /* NULL: they lie behind this struct */
} BlobBytes;

BlobFailure blobs_read(Blobs *blobs, Str name, BlobBytes **out);
void blob_bytes_free(void *blob_bytes);

/* Names of one shard (0 to BLOB_SHARDS - 1), in no order; empty when nothing is there. */
StrList blobs_list(Blobs *blobs, Arena *arena, unsigned shard);

/* Deletes the blob if it was put (the last time) at least `age_us` ago. True when it is gone by this
 * call. A put that comes at the same time is either seen, or writes the blob anew. */
bool blobs_sweep(Blobs *blobs, Str name, int64_t age_us);

#endif
