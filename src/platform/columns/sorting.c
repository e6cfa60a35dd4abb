#include "platform/columns/sorting.h"

#define ABSENT UINT64_MAX

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

static uint64_t major_of_text(const Sorting *sorting, Str text)
{
    uint64_t first = 0;
    for (size_t i = 0; i < 8; i++) first = first << 8 | (i < text.n ? (unsigned char)text.p[i] : 0);
    return sorting->is_descending ? ~first : first;
}

uint64_t sorting_major(const Sorting *sorting, uint32_t slot)
{
    Str text;
    int64_t number;
    switch (sorting->by) {
    case ORDER_NUMBER:
        return column_number(sorting->column, slot, &number)
                   ? sorting_major_of_number(sorting, number)
                   : ABSENT;
    case ORDER_TEXT:
        return column_text(sorting->column, slot, &text) ? major_of_text(sorting, text) : ABSENT;
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
    if (sorting->by == ORDER_NUMBER) key.is_absent = major == ABSENT;
    if (sorting->by == ORDER_TEXT) key.is_absent = !column_text(sorting->column, slot, &key.text);
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
        key.major = major_of_text(sorting, key.text);
        break;
    }
    key.is_absent = position->is_absent;
    if (key.is_absent) key.major = ABSENT;
    return key;
}

ColumnsPosition sorting_position(const Sorting *sorting, const SortKey *key, Arena *arena)
{
    ColumnsPosition position = {.id = key->id, .is_absent = key->is_absent};
    if (sorting->by == ORDER_SCORE) position.number = INT32_MAX - (int64_t)key->major;
    if (key->is_absent) return position;
    if (sorting->by == ORDER_NUMBER) column_number(sorting->column, key->slot, &position.number);
    if (sorting->by == ORDER_TEXT) position.text = str_copy(arena, key->text);
    return position;
}

/* Where majors are equal. */
static int compare_rest(const Sorting *sorting, const SortKey *a, const SortKey *b)
{
    if (a->is_absent != b->is_absent) return a->is_absent ? 1 : -1;
    if (sorting->by == ORDER_TEXT && !a->is_absent) {
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
