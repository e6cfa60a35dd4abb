#include "platform/columns/sorting.h"

#include <endian.h>

#define ABSENT UINT64_MAX /* no value has this major */

uint64_t sorting_major_of_number(const Sorting *sorting, int64_t number)
{
    if (number == INT64_MIN) number++; /* not a value, but a position may come with it */
    uint64_t ascending = (uint64_t)number ^ (uint64_t)1 << 63;
    return sorting->is_descending ? ~ascending : ascending - 1;
}

uint64_t sorting_major_of_score(int32_t score)
{
    return (uint64_t)((int64_t)INT32_MAX - score);
}

/* The last byte tells a text that ends here from one with zero bytes behind: 1 and the number of its bytes in
 * the word, or GOES_ON. It is never 0 or 255, so no word is ABSENT in either direction. */
enum { WORD_BYTES = 7, GOES_ON = 1 + WORD_BYTES + 1 };

static uint64_t word_of(const Sorting *sorting, Str text, size_t depth)
{
    size_t at = depth * WORD_BYTES, left = text.n > at ? text.n - at : 0;
    uint64_t word = 0;
    if (left > WORD_BYTES) left = WORD_BYTES + 1;
    if (left) memcpy(&word, text.p + at, left < WORD_BYTES ? left : WORD_BYTES);
    word = be64toh(word) | (1 + left);
    return sorting->is_descending ? ~word : word;
}

uint64_t sorting_text_word(const Sorting *sorting, uint32_t slot, size_t depth)
{
    Str text;
    return column_text(sorting->column, slot, &text) ? word_of(sorting, text, depth) : ABSENT;
}

bool sorting_text_goes_on(const Sorting *sorting, uint64_t word)
{
    return ((sorting->is_descending ? ~word : word) & 255) == GOES_ON;
}

uint64_t sorting_major(const Sorting *sorting, uint32_t slot)
{
    int64_t number;
    switch (sorting->by) {
    case ORDER_NUMBER:
        return column_number(sorting->column, slot, &number)
                   ? sorting_major_of_number(sorting, number)
                   : ABSENT;
    case ORDER_TEXT:
        return sorting_text_word(sorting, slot, 0);
    case ORDER_NEWEST:
    case ORDER_SCORE:
        break;
    }
    return UINT64_MAX - (uint64_t)slots_id(sorting->slots, slot).n;
}

void sorting_majors(const Sorting *sorting, size_t page, const uint16_t *slots, size_t n,
                    uint64_t *majors)
{
    if (sorting->by != ORDER_NUMBER) {
        for (size_t i = 0; i < n; i++)
            majors[i] = sorting_major(sorting, (uint32_t)(page * PAGE_SLOTS) + slots[i]);
        return;
    }
    segment_read(column_segment(sorting->column, page), slots, n, majors);
    for (size_t i = 0; i < n; i++)
        majors[i] = majors[i] ? sorting_major_of_number(sorting, number_decode(majors[i])) : ABSENT;
}

SortKey sorting_key(const Sorting *sorting, uint32_t slot, uint64_t major)
{
    SortKey key = {.major = major, .id = slots_id(sorting->slots, slot), .slot = slot};
    if (sorting->by == ORDER_TEXT) column_text(sorting->column, slot, &key.text);
    return key;
}

SortKey sorting_key_of(const Sorting *sorting, const ColumnsPosition *position)
{
    SortKey key = {.id = position->id, .slot = NO_SLOT};
    int64_t number = position->number;
    switch (sorting->by) {
    case ORDER_NEWEST:
        key.major = UINT64_MAX - (uint64_t)position->id.n;
        return key;
    case ORDER_SCORE:
        number = number < INT32_MIN ? INT32_MIN : number > INT32_MAX ? INT32_MAX : number;
        key.major = sorting_major_of_score((int32_t)number);
        return key;
    case ORDER_NUMBER:
        key.major = sorting_major_of_number(sorting, number);
        break;
    case ORDER_TEXT:
        key.text = str_slice(position->text, 0, COLUMNS_TEXT_MAX);
        key.major = word_of(sorting, key.text, 0);
        break;
    }
    if (position->is_absent) key.major = ABSENT;
    return key;
}

ColumnsPosition sorting_position(const Sorting *sorting, const SortKey *key, Arena *arena)
{
    ColumnsPosition position = {.id = key->id, .is_absent = key->major == ABSENT};
    if (sorting->by == ORDER_SCORE) position.number = INT32_MAX - (int64_t)key->major;
    if (position.is_absent) return position;
    if (sorting->by == ORDER_NUMBER) column_number(sorting->column, key->slot, &position.number);
    if (sorting->by == ORDER_TEXT) position.text = str_copy(arena, key->text);
    return position;
}

/* Where majors are equal. */
static int compare_rest(const Sorting *sorting, const SortKey *a, const SortKey *b)
{
    if (sorting->by == ORDER_TEXT && sorting_text_goes_on(sorting, a->major)) {
        int by_text = str_cmp(a->text, b->text);
        if (by_text) return sorting->is_descending ? -by_text : by_text;
    }
    return (a->id.n < b->id.n) - (a->id.n > b->id.n);
}

int sorting_compare(const Sorting *sorting, const SortKey *a, const SortKey *b)
{
    if (a->major != b->major) return a->major < b->major ? -1 : 1;
    return compare_rest(sorting, a, b);
}

int sorting_compare_slot(const Sorting *sorting, uint32_t slot, const SortKey *key)
{
    uint64_t major = sorting_major(sorting, slot);
    if (major != key->major) return major < key->major ? -1 : 1;
    SortKey own = sorting_key(sorting, slot, major);
    return compare_rest(sorting, &own, key);
}
