/* Two arenas behind one interface. docs/internals/memory.md says what lifetimes there are and who
 * owns what.
 *
 * The first is a chain of blocks, the newest in front: an allocation moves a mark, a reset keeps
 * the first block, and the arena itself lives at the start of that block, so that making one is a
 * single malloc. The second makes a malloc of each allocation; sanitizer builds use it, because a
 * pool hides from them what is read past an end or after a reset.
 *
 * Rejected: poisoning the pool by hand (__asan_poison_memory_region), which finds less, knows
 * nothing of leaks inside the block, and needs marks in each function here; arenas with a free
 * list, which bring back the question of who frees. */
#include "base/arena.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { BLOCK_MAX = 1 << 20 };

static void *must_malloc(size_t size)
{
    void *p = malloc(size);
    if (!p) {
        fprintf(stderr, "souk: out of memory (%zu bytes wanted)\n", size);
        abort();
    }
    return p;
}

#ifndef SOUK_ARENA_CHECKED

typedef struct Block {
    struct Block *before;
    size_t used, size;
    alignas(max_align_t) char bytes[];
} Block;

struct Arena {
    Block *newest;
    size_t sealed; /* bytes used in all blocks but the newest */
};

static Block *block_new(Block *before, size_t size)
{
    Block *block = must_malloc(sizeof *block + size);
    block->before = before;
    block->used = 0;
    block->size = size;
    return block;
}

Arena *arena_new(size_t first_block)
{
    Block *block = block_new(NULL, first_block + sizeof(Arena));
    Arena *arena = (Arena *)(void *)block->bytes;
    block->used = sizeof(Arena);
    *arena = (Arena){.newest = block};
    return arena;
}

void arena_free(Arena *arena)
{
    if (!arena) return;
    for (Block *block = arena->newest; block;) {
        Block *before = block->before;
        free(block); /* the last one holds the arena itself */
        block = before;
    }
}

void arena_reset(Arena *arena)
{
    Block *first = arena->newest;
    while (first->before) first = first->before;
    arena_rewind(arena, (ArenaMark){first, sizeof(Arena)});
}

/* The first free offset of the newest block that is aligned; beyond the block's size when it is
 * full. */
static size_t aligned_offset(const Block *block, size_t align)
{
    uintptr_t at = (uintptr_t)block->bytes + block->used;
    return block->used + (size_t)(-at & (align - 1));
}

static void *alloc_in_new_block(Arena *arena, size_t size, size_t align)
{
    Block *full = arena->newest;
    size_t next = full->size < BLOCK_MAX / 2 ? full->size * 2 : BLOCK_MAX;
    if (next < size + align) next = size + align;
    arena->sealed += full->used;
    arena->newest = block_new(full, next);
    size_t at = aligned_offset(arena->newest, align);
    arena->newest->used = at + size;
    return arena->newest->bytes + at;
}

void *arena_alloc(Arena *arena, size_t size, size_t align)
{
    assert(align && (align & (align - 1)) == 0 && size < SIZE_MAX / 2);
    if (size == 0) size = 1; /* so that its place is its own */
    Block *block = arena->newest;
    size_t at = aligned_offset(block, align);
    if (at > block->size || size > block->size - at) return alloc_in_new_block(arena, size, align);
    block->used = at + size;
    return block->bytes + at;
}

void *arena_grow(Arena *arena, void *p, size_t old_size, size_t new_size, size_t align)
{
    Block *block = arena->newest;
    char *end = block->bytes + block->used;
    bool newest = p && (char *)p + old_size == end;
    if (newest && new_size >= old_size && new_size - old_size <= block->size - block->used) {
        block->used += new_size - old_size;
        return p;
    }
    void *moved = arena_alloc(arena, new_size, align);
    if (p) memcpy(moved, p, old_size < new_size ? old_size : new_size);
    return moved;
}

ArenaMark arena_mark(Arena *arena)
{
    return (ArenaMark){arena->newest, arena->newest->used};
}

void arena_rewind(Arena *arena, ArenaMark mark)
{
    while (arena->newest != mark.block) {
        Block *block = arena->newest;
        arena->newest = block->before;
        arena->sealed -= arena->newest->used;
        free(block);
    }
    arena->newest->used = mark.used;
}

size_t arena_used(const Arena *arena)
{
    return arena->sealed + arena->newest->used - sizeof(Arena);
}

#else /* one malloc an allocation, newest first */

typedef struct Block {
    struct Block *before;
    size_t size;
    void *bytes; /* aligned, so that overruns meet the sanitizer's red zone at once */
} Block;

struct Arena {
    Block *newest;
    size_t used;
};

Arena *arena_new(size_t first_block)
{
    (void)first_block;
    Arena *arena = must_malloc(sizeof *arena);
    *arena = (Arena){0};
    return arena;
}

void arena_free(Arena *arena)
{
    if (!arena) return;
    arena_reset(arena);
    free(arena);
}

void arena_reset(Arena *arena)
{
    arena_rewind(arena, (ArenaMark){NULL, 0});
}

void *arena_alloc(Arena *arena, size_t size, size_t align)
{
    assert(align && (align & (align - 1)) == 0 && size < SIZE_MAX / 2);
    Block *block = must_malloc(sizeof *block);
    *block = (Block){.before = arena->newest, .size = size};
    if (posix_memalign(&block->bytes, align < sizeof(void *) ? sizeof(void *) : align,
                       size ? size : 1) != 0)
        abort();
    arena->newest = block;
    arena->used += size;
    return block->bytes;
}

void *arena_grow(Arena *arena, void *p, size_t old_size, size_t new_size, size_t align)
{
    void *moved = arena_alloc(arena, new_size, align);
    if (p) memcpy(moved, p, old_size < new_size ? old_size : new_size);
    return moved;
}

ArenaMark arena_mark(Arena *arena)
{
    return (ArenaMark){arena->newest, arena->used};
}

void arena_rewind(Arena *arena, ArenaMark mark)
{
    while (arena->newest != mark.block) {
        Block *block = arena->newest;
        arena->newest = block->before;
        free(block->bytes);
        free(block);
    }
    arena->used = mark.used;
}

size_t arena_used(const Arena *arena)
{
    return arena->used;
}

#endif

void *arena_zalloc(Arena *arena, size_t count, size_t size, size_t align)
{
    size_t total;
    if (__builtin_mul_overflow(count, size, &total)) abort();
    return memset(arena_alloc(arena, total, align), 0, total);
}

void *arena_copy(Arena *arena, const void *p, size_t size)
{
    void *copy = arena_alloc(arena, size, alignof(max_align_t));
    return size ? memcpy(copy, p, size) : copy;
}
