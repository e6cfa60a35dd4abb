/* Sorting: which of two objects comes first. */
#ifndef PLATFORM_COLUMNS_SORTING_H
#define PLATFORM_COLUMNS_SORTING_H

#include "platform/columns/column.h"
#include "platform/columns/columns.h"
#include "platform/columns/slots.h"

typedef struct Sorting {
    ColumnsOrderBy by;
    bool is_descending;
    const Column *column; /* of ORDER_NUMBER and ORDER_TEXT; NULL: nobody has a value */
    const Slots *slots;
} Sorting;

/* An object's place. `major` decides nearly always: the number, the score or the beginning of the text, such
 * that the smaller one comes first; where it is equal, the rest decides. */
typedef struct SortKey {
    uint64_t major;
    Str text;
    Id id;
    uint32_t slot; /* NO_SLOT for a position */
} SortKey;

/* Not of ORDER_SCORE, whose majors are those of the scores. */
uint64_t sorting_major(const Sorting *sorting, uint32_t slot);
uint64_t sorting_major_of_number(const Sorting *sorting, int64_t number);
uint64_t sorting_major_of_score(int32_t score);

/* The majors of many objects of one page. */
void sorting_majors(const Sorting *sorting, size_t page, const uint16_t *slots, size_t n,
                    uint64_t *majors);

/* Seven bytes of the object's text from 7 * depth on, as a major: exact, so that objects which are equal
 * word for word until one does not go on have equal texts. */
uint64_t sorting_text_word(const Sorting *sorting, uint32_t slot, size_t depth);
bool sorting_text_goes_on(const Sorting *sorting, uint64_t word);

/* The key of the object with this major. Its text is a view that the next change ends. */
SortKey sorting_key(const Sorting *sorting, uint32_t slot, uint64_t major);

SortKey sorting_key_of(const Sorting *sorting, const ColumnsPosition *position);
ColumnsPosition sorting_position(const Sorting *sorting, const SortKey *key, Arena *arena);

int sorting_compare(const Sorting *sorting, const SortKey *a, const SortKey *b);

/* The same, of the object in the slot against a key. */
int sorting_compare_slot(const Sorting *sorting, uint32_t slot, const SortKey *key);

#endif
