/* Steps that keep CSV what it is.
 *
 * Bytes that change break the number of cells, or the quotes, and then nothing of a row is read. What
 * is checked behind that needs rows that are nearly alike: a third value of an option, a SKU that
 * stands twice. So three steps of four take the text as rows and cells: a row is copied behind another
 * one, or goes; a cell is copied over another one of its column, or changes inside. */
#include "mutator.h"

#include <stdlib.h>

enum { CELLS_MAX = 1024 }; /* what is behind them in a long text stays as it is */

typedef struct Cell {
    size_t from, to, row, column;
} Cell;

typedef struct Sheet {
    size_t n; /* at least one */
    Cell cells[CELLS_MAX];
} Sheet;

/* Where the cell ends that begins there: quotes count at its beginning alone, and doubled within. */
static size_t end_of_cell(const uint8_t *text, size_t n, size_t at)
{
    if (at < n && text[at] == '"')
        for (at++; at < n; at++) {
            if (text[at] != '"') continue;
            if (at + 1 == n || text[at + 1] != '"') break;
            at++;
        }
    while (at < n && text[at] != ',' && text[at] != '\n') at++;
    return at;
}

static void scan(Sheet *sheet, const uint8_t *text, size_t n)
{
    size_t at = 0, row = 0, column = 0;
    sheet->n = 0;
    while (sheet->n < CELLS_MAX) {
        size_t end = end_of_cell(text, n, at);
        sheet->cells[sheet->n++] = (Cell){at, end, row, column++};
        if (end + 1 >= n) return; /* there is nothing behind it, or the last end of a line */
        if (text[end] == '\n') {
            row++;
            column = 0;
        }
        at = end + 1;
    }
}

static const Cell *any_cell(const Sheet *sheet, const Random *random)
{
    return &sheet->cells[random_below(random, sheet->n)];
}

/* The row of the cell, from its first cell to its last. */
static Cell row_of(const Sheet *sheet, const Cell *cell)
{
    Cell row = *cell;
    for (size_t i = 0; i < sheet->n; i++) {
        if (sheet->cells[i].row != cell->row) continue;
        if (sheet->cells[i].from < row.from) row.from = sheet->cells[i].from;
        if (sheet->cells[i].to > row.to) row.to = sheet->cells[i].to;
    }
    return row;
}

/* A row of `source` behind one of the text; of the same text as often as not behind itself. */
static bool insert_row(FuzzText *t, const Sheet *here, const Sheet *source, const uint8_t *text)
{
    const Cell *cell = any_cell(source, t->random), *behind = any_cell(here, t->random);
    if (source == here && random_below(t->random, 2) == 0) behind = cell;
    Cell what = row_of(source, cell), where = row_of(here, behind);
    uint8_t *bytes = fuzz_copy(text, what.from, what.to, 1);
    bytes[0] = '\n';
    bool fine = fuzz_replace(t, where.to, where.to, bytes, what.to - what.from + 1);
    free(bytes);
    return fine;
}

static bool take_row(FuzzText *t, const Sheet *here)
{
    Cell row = row_of(here, any_cell(here, t->random));
    return fuzz_replace(t, row.from, row.to + (row.to < t->n), NULL, 0);
}

/* A cell of `source` over one of its column. */
static bool overwrite(FuzzText *t, const Sheet *here, const Sheet *source, const uint8_t *text)
{
    const Cell *what = any_cell(source, t->random), *where = NULL;
    size_t first = random_below(t->random, here->n);
    for (size_t i = 0; i < here->n && !where; i++) {
        const Cell *cell = &here->cells[(first + i) % here->n];
        if (cell->column == what->column && (source != here || cell != what)) where = cell;
    }
    if (!where) return false;
    uint8_t *bytes = fuzz_copy(text, what->from, what->to, 0);
    bool fine = fuzz_replace(t, where->from, where->to, bytes, what->to - what->from);
    free(bytes);
    return fine;
}

static bool step(FuzzText *t)
{
    Sheet here;
    scan(&here, t->p, t->n);
    const Cell *cell = any_cell(&here, t->random);
    switch (random_below(t->random, 5)) {
    case 0:
        return insert_row(t, &here, &here, t->p);
    case 1:
        return take_row(t, &here);
    case 2:
        return overwrite(t, &here, &here, t->p);
    default:
        return fuzz_change(t, cell->from, cell->to);
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    RandomSeeded state;
    Random random = random_seeded(&state, seed);
    FuzzText text = {data, size, max_size, &random};
    if (random_below(&random, 4) > 0 && step(&text)) return text.n;
    return LLVMFuzzerMutate(data, size, max_size);
}

/* Seldom, as in json_mutator.c. */
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2,
                                 size_t size2, uint8_t *out, size_t max_out, unsigned seed)
{
    Sheet here, other;
    RandomSeeded state;
    Random random = random_seeded(&state, seed);
    if (size1 > max_out) return 0;
    if (size1) memcpy(out, data1, size1);
    if (random_below(&random, 8) > 0)
        return LLVMFuzzerCustomMutator(out, size1, max_out, (unsigned)random_u64(&random));
    FuzzText text = {out, size1, max_out, &random};
    scan(&here, out, size1);
    scan(&other, data2, size2);
    bool fine = random_below(&random, 2) == 0 ? insert_row(&text, &here, &other, data2)
                                              : overwrite(&text, &here, &other, data2);
    return fine ? text.n : 0;
}
