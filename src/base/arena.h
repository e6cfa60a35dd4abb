/* Arena: memory that dies together.
 *
 * Each lifetime of the program (process, connection, request, one page of a command) has one arena.
 * What a request allocates is never freed piece by piece; the arena is reset whole. Allocation
 * cannot fail in the eyes of the caller: whatever a client can grow is bounded before it reaches an
 * arena (body, depth, page size), so running out of memory here is the machine's end, and the
 * program aborts with a message.
 *
 * In sanitizer builds (-DSOUK_ARENA_CHECKED) each allocation is a malloc of its own, so that an
 * overrun or a use after reset is seen; the interface is the same. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdalign.h>
#include <stddef.h>
#include <string.h>

typedef struct Arena Arena;

/* A place in an arena to which arena_rewind returns. */
typedef struct ArenaMark {
    void *block;
    size_t used;
} ArenaMark;

/* A new arena whose first block holds `first_block` bytes; later blocks double up to 1 MiB. Freed
 * with arena_free. */
Arena *arena_new(size_t first_block);
void arena_free(Arena *arena); /* NULL is fine */

/* Forgets every allocation and keeps the first block, so that a recycled arena costs no system
 * call. */
void arena_reset(Arena *arena);

/* `size` bytes, aligned to `align` (a power of two), not initialised. Never NULL; size 0 gives a
 * unique pointer. */
void *arena_alloc(Arena *arena, size_t size, size_t align)
    __attribute__((malloc, returns_nonnull, alloc_size(2)));

/* The same, zeroed, for `count` objects of `size` bytes; aborts when the product overflows. */
void *arena_zalloc(Arena *arena, size_t count, size_t size, size_t align)
    __attribute__((malloc, returns_nonnull, alloc_size(2, 3)));

/* A copy of `size` bytes, aligned for any type; `p` of no bytes may be NULL, as an empty list has it. */
void *arena_copy(Arena *arena, const void *p, size_t size) __attribute__((returns_nonnull));

/* Grows the allocation at `p` from `old_size` to `new_size`, in place when it is the newest one;
 * returns its place. */
void *arena_grow(Arena *arena, void *p, size_t old_size, size_t new_size, size_t align);

/* Everything allocated after the mark is gone after the rewind. Marks nest. */
ArenaMark arena_mark(Arena *arena);
void arena_rewind(Arena *arena, ArenaMark mark);

/* Bytes handed out and not yet forgotten. */
size_t arena_used(const Arena *arena);

#define NEW(arena, T)          ((T *)arena_zalloc((arena), 1, sizeof(T), alignof(T)))
#define NEW_N(arena, T, count) ((T *)arena_zalloc((arena), (count), sizeof(T), alignof(T)))

#endif
