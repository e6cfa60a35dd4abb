/* TextHeap: the texts of one page in one column, one behind the other. What is replaced leaves a hole;
 * when holes are half of it, the heap is written anew. */
#ifndef PLATFORM_COLUMNS_TEXT_HEAP_H
#define PLATFORM_COLUMNS_TEXT_HEAP_H

#include "base/str.h"
#include "platform/columns/segment.h"

typedef struct TextHeap {
    unsigned char *bytes; /* of each text its length (COLUMNS_TEXT_MAX at most) and itself */
    uint32_t n, capacity;
    uint32_t holes; /* bytes of texts that are gone */
} TextHeap;

/* Replaces the slot's text; `places` says where the texts of the page are. NULL: none. */
void text_heap_set(TextHeap *heap, Segment **places, unsigned slot, const Str *text);

/* False when the slot has none; a view that the next change ends. */
bool text_heap_get(const TextHeap *heap, const Segment *places, unsigned slot, Str *text);

#endif
