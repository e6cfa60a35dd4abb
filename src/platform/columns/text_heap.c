#include "platform/columns/text_heap.h"

#include "platform/columns/limits.h"
#include "platform/columns/memory.h"

#include <assert.h>

/* Holes that are not worth looking through a page for. */
enum { HOLES_MIN = 4096 };

static uint32_t append(TextHeap *heap, const unsigned char *p, size_t n)
{
    if (heap->capacity - heap->n < n) {
        heap->capacity = (uint32_t)memory_capacity(heap->n + n);
        heap->bytes = memory_resize(heap->bytes, heap->capacity, 1);
    }
    memcpy(heap->bytes + heap->n, p, n);
    heap->n += (uint32_t)n;
    return heap->n - (uint32_t)n;
}

/* Places are counted from 1, since 0 is "none". */
static const unsigned char *at_place(const TextHeap *heap, uint64_t place)
{
    return heap->bytes + place - 1;
}

static void write_anew(TextHeap *heap, Segment **places)
{
    TextHeap fresh = {0};
    for (unsigned slot = 0; slot < PAGE_SLOTS; slot++) {
        uint64_t place = segment_first(*places, slot);
        if (!place) continue;
        const unsigned char *text = at_place(heap, place);
        place = append(&fresh, text, 1 + (size_t)text[0]) + (uint64_t)1;
        segment_set(places, slot, &place, 1);
    }
    free(heap->bytes);
    *heap = fresh;
}

void text_heap_set(TextHeap *heap, Segment **places, unsigned slot, const Str *text)
{
    uint64_t place = segment_first(*places, slot);
    if (place) heap->holes += 1 + (uint32_t)*at_place(heap, place);
    if (text) {
        assert(text->n <= COLUMNS_TEXT_MAX);
        unsigned char bytes[1 + COLUMNS_TEXT_MAX] = {(unsigned char)text->n};
        if (text->n) memcpy(bytes + 1, text->p, text->n);
        place = append(heap, bytes, 1 + text->n) + (uint64_t)1;
        segment_set(places, slot, &place, 1);
    } else {
        segment_set(places, slot, NULL, 0);
    }
    if (heap->holes > HOLES_MIN && heap->holes > heap->n / 2) write_anew(heap, places);
}

bool text_heap_get(const TextHeap *heap, const Segment *places, unsigned slot, Str *text)
{
    uint64_t place = segment_first(places, slot);
    if (!place) return false;
    const unsigned char *bytes = at_place(heap, place);
    *text = (Str){(const char *)bytes + 1, bytes[0]};
    return true;
}
