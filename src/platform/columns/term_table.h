/* TermTable: the distinct terms of one column. Each has a code, a small number from 1 on, which is what
 * segments hold; codes of terms that nobody has any more are given out again. */
#ifndef PLATFORM_COLUMNS_TERM_TABLE_H
#define PLATFORM_COLUMNS_TERM_TABLE_H

#include "base/hash.h"
#include "platform/columns/term_index.h"

typedef struct Term {
    unsigned char
        *text;        /* its length (COLUMNS_NAME_MAX at most), its bytes; NULL: the code is free */
    TermIndex *index; /* or NULL */
    uint32_t hash;    /* of a free code: the next free one, 0 at the end */
    uint32_t objects; /* that have it */
} Term;

typedef struct TermTable {
    SipKey key;     /* terms are typed by people: nobody shall choose collisions */
    Term *terms;    /* by code; 0 is no code */
    uint32_t codes; /* that have ever been given out, and 1 */
    uint32_t capacity;
    uint32_t free_code;
    uint32_t n;      /* terms */
    uint32_t *slots; /* open addressing: codes, 0 is free; a power of two */
    uint32_t slot_count;
} TermTable;

void term_table_init(TermTable *table, SipKey key);
void term_table_clear(TermTable *table); /* frees what it holds */

/* The code of the term; 0 when there is none. */
uint32_t term_table_find(const TermTable *table, Str term);

/* The same; makes one when there is none. At most COLUMNS_NAME_MAX bytes. */
uint32_t term_table_add(TermTable *table, Str term);

/* Forgets a term that nobody has, and its index. */
void term_table_drop(TermTable *table, uint32_t code);

static inline Str term_table_text(const TermTable *table, uint32_t code)
{
    const unsigned char *text = table->terms[code].text;
    return (Str){(const char *)text + 1, text[0]};
}

size_t term_table_bytes(const TermTable *table);      /* of memory, without indexes */
size_t term_table_text_bytes(const TermTable *table); /* of these, the texts' own */

#endif
