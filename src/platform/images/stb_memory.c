#include "platform/images/stb.h"

#include <assert.h>
#include <setjmp.h>
#include <stdlib.h>
#include <sys/mman.h>

/* Blocks of a megabyte and more come from the kernel and go back to it: from malloc, a thread that has
 * once decoded a large picture would keep tens of megabytes. A sanitizer is to see the ends of all. */
#ifdef SOUK_ARENA_CHECKED
#define LARGE SIZE_MAX
#else
#define LARGE ((size_t)1 << 20)
#endif

/* Before each allocation; as large as what any type aligns to. */
typedef struct Block {
    alignas(max_align_t) struct Block *next;
    struct Block **place; /* that points to this one */
    size_t size;
} Block;

typedef struct Work {
    jmp_buf escape;
    ImageFault fault;
    Block *blocks;
    size_t used, max;
    bool runs;
} Work;

/* Of its own duration: what has changed since setjmp must still be there after longjmp. */
static _Thread_local Work work;

noreturn void stb_give_up(ImageFault fault)
{
    work.fault = fault;
    longjmp(work.escape, 1);
}

/* ---- Blocks ---------------------------------------------------------------------------------- */

static bool is_large(size_t size)
{
    return size >= LARGE;
}

/* NULL when the machine has no more memory. */
static Block *block_new(size_t size)
{
    size_t whole = sizeof(Block) + size;
    Block *block = is_large(size) ? mmap(NULL, whole, PROT_READ | PROT_WRITE,
                                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                                  : malloc(whole);
    if (!block || block == MAP_FAILED) return NULL;
    block->size = size;
    return block;
}

static void block_free(Block *block)
{
    if (is_large(block->size))
        munmap(block, sizeof *block + block->size);
    else
        free(block);
}

static Block *block_remap(Block *block, size_t size)
{
    Block *moved = mremap(block, sizeof *block + block->size, sizeof *block + size, MREMAP_MAYMOVE);
    return moved == MAP_FAILED ? NULL : moved;
}

static Block *block_copy(Block *block, size_t size)
{
    Block *copy = block_new(size);
    if (!copy) return NULL;
    memcpy(copy + 1, block + 1, size < block->size ? size : block->size);
    block_free(block);
    return copy;
}

/* The block, moved perhaps; NULL, and it is as it was, when there is no more memory. */
static Block *block_resize(Block *block, size_t size)
{
    Block *resized = is_large(block->size) != is_large(size) ? block_copy(block, size)
                     : is_large(size)                        ? block_remap(block, size)
                                                             : realloc(block, sizeof *block + size);
    if (resized) resized->size = size;
    return resized;
}

/* ---- All blocks of the work ------------------------------------------------------------------ */

static Block *block_of(void *p)
{
    return (Block *)p - 1;
}

static void link_block(Block *block)
{
    block->next = work.blocks;
    block->place = &work.blocks;
    if (block->next) block->next->place = &block->next;
    work.blocks = block;
    work.used += block->size;
}

static void unlink_block(Block *block)
{
    *block->place = block->next;
    if (block->next) block->next->place = block->place;
    work.used -= block->size;
}

void *stb_alloc(size_t size)
{
    assert(work.runs);
    if (size > work.max - work.used) stb_give_up(IMAGE_TOO_LARGE);
    Block *block = block_new(size);
    if (!block) stb_give_up(IMAGE_TOO_LARGE);
    link_block(block);
    return block + 1;
}

void stb_free(void *p)
{
    if (!p) return;
    unlink_block(block_of(p));
    block_free(block_of(p));
}

void *stb_grow(void *p, size_t size)
{
    if (!p) return stb_alloc(size);
    Block *block = block_of(p);
    if (size > block->size && size - block->size > work.max - work.used)
        stb_give_up(IMAGE_TOO_LARGE);
    unlink_block(block);
    Block *resized = block_resize(block, size);
    link_block(resized ? resized : block);
    if (!resized) stb_give_up(IMAGE_TOO_LARGE);
    return resized + 1;
}

ImageFault stb_work(size_t memory_max, void (*f)(void *arg), void *arg)
{
    assert(!work.runs);
    work = (Work){.max = memory_max, .runs = true};
    if (setjmp(work.escape) == 0) f(arg);
    for (Block *block = work.blocks, *next; block; block = next) {
        next = block->next;
        block_free(block);
    }
    work.runs = false;
    return work.fault;
}
