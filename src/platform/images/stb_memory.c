#include "platform/images/stb.h"

#include <assert.h>
#include <setjmp.h>
#include <stdlib.h>

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
    Block *block = malloc(sizeof *block + size);
    if (!block) stb_give_up(IMAGE_TOO_LARGE);
    block->size = size;
    link_block(block);
    return block + 1;
}

void stb_free(void *p)
{
    if (!p) return;
    unlink_block(block_of(p));
    free(block_of(p));
}

void *stb_grow(void *p, size_t size)
{
    if (!p) return stb_alloc(size);
    Block *block = block_of(p);
    size_t held = block->size;
    if (size > held && size - held > work.max - work.used) stb_give_up(IMAGE_TOO_LARGE);
    unlink_block(block);
    Block *grown = realloc(block, sizeof *block + size);
    if (!grown) {
        link_block(block);
        stb_give_up(IMAGE_TOO_LARGE);
    }
    grown->size = size;
    link_block(grown);
    return grown + 1;
}

ImageFault stb_work(size_t memory_max, void (*f)(void *arg), void *arg)
{
    assert(!work.runs);
    work = (Work){.max = memory_max, .runs = true};
    if (setjmp(work.escape) == 0) f(arg);
    for (Block *block = work.blocks, *next; block; block = next) {
        next = block->next;
        free(block);
    }
    work.runs = false;
    return work.fault;
}
