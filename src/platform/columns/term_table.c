#include "platform/columns/term_table.h"

#include "platform/columns/limits.h"
#include "platform/columns/memory.h"

#include <assert.h>

void term_table_init(TermTable *table, SipKey key)
{
    *table = (TermTable){.key = key, .codes = 1};
}

void term_table_clear(TermTable *table)
{
    for (uint32_t code = 1; code < table->codes; code++) {
        free(table->terms[code].text);
        term_index_free(table->terms[code].index);
    }
    free(table->terms);
    free(table->slots);
}

/* Where the term is, or the free place where it belongs. The table has one. */
static uint32_t place_of(const TermTable *table, Str term, uint32_t hash)
{
    uint32_t mask = table->slot_count - 1, at = hash & mask;
    for (; table->slots[at]; at = (at + 1) & mask) {
        uint32_t code = table->slots[at];
        if (table->terms[code].hash == hash && str_eq(term_table_text(table, code), term)) break;
    }
    return at;
}

static uint32_t hash_of(const TermTable *table, Str term)
{
    return (uint32_t)hash_sip(table->key, term);
}

uint32_t term_table_find(const TermTable *table, Str term)
{
    return table->n ? table->slots[place_of(table, term, hash_of(table, term))] : 0;
}

static void grow(TermTable *table)
{
    uint32_t *old = table->slots, count = table->slot_count;
    table->slot_count = count ? count * 2 : 8;
    table->slots = memory_zeroed(table->slot_count, sizeof *table->slots);
    for (uint32_t i = 0; i < count; i++) {
        if (!old[i]) continue;
        uint32_t at = table->terms[old[i]].hash & (table->slot_count - 1);
        while (table->slots[at]) at = (at + 1) & (table->slot_count - 1);
        table->slots[at] = old[i];
    }
    free(old);
}

static uint32_t take_code(TermTable *table)
{
    uint32_t code = table->free_code;
    if (code) {
        table->free_code = table->terms[code].hash;
        return code;
    }
    if (table->codes >= table->capacity) {
        table->capacity = (uint32_t)memory_capacity(table->codes + 1);
        table->terms = memory_resize(table->terms, table->capacity, sizeof *table->terms);
    }
    return table->codes++;
}

uint32_t term_table_add(TermTable *table, Str term)
{
    assert(term.n <= COLUMNS_NAME_MAX);
    if (table->n >= table->slot_count / 4 * 3) grow(table);
    uint32_t hash = hash_of(table, term), at = place_of(table, term, hash);
    if (table->slots[at]) return table->slots[at];
    uint32_t code = take_code(table);
    unsigned char *text = memory_resize(NULL, term.n + 1, 1);
    text[0] = (unsigned char)term.n;
    if (term.n) memcpy(text + 1, term.p, term.n);
    table->terms[code] = (Term){.text = text, .hash = hash};
    table->slots[at] = code;
    table->n++;
    return code;
}

/* Closes the gap, so that no later entry of the same run becomes unreachable (Knuth, The Art of Computer
 * Programming 3, 6.4, algorithm R). */
static void close_gap(TermTable *table, uint32_t gap)
{
    uint32_t mask = table->slot_count - 1;
    for (uint32_t at = (gap + 1) & mask; table->slots[at]; at = (at + 1) & mask) {
        uint32_t home = table->terms[table->slots[at]].hash & mask;
        if (((at - home) & mask) < ((at - gap) & mask)) continue;
        table->slots[gap] = table->slots[at];
        gap = at;
    }
    table->slots[gap] = 0;
}

void term_table_drop(TermTable *table, uint32_t code)
{
    Term *term = &table->terms[code];
    assert(term->text && term->objects == 0);
    close_gap(table, place_of(table, term_table_text(table, code), term->hash));
    free(term->text);
    term_index_free(term->index);
    *term = (Term){.hash = table->free_code};
    table->free_code = code;
    table->n--;
}

size_t term_table_text_bytes(const TermTable *table)
{
    size_t bytes = 0;
    for (uint32_t code = 1; code < table->codes; code++)
        if (table->terms[code].text) bytes += table->terms[code].text[0];
    return bytes;
}

size_t term_table_bytes(const TermTable *table)
{
    enum { MALLOC_LEAST = 24 }; /* what the smallest allocation takes, with its header */
    return table->capacity * sizeof *table->terms + table->slot_count * sizeof *table->slots +
           table->n * (size_t)MALLOC_LEAST + term_table_text_bytes(table);
}
