/* The store, by looking at every row. */
#include "platform/columns/columns.h"

#include "platform/columns/model.h"

#include <pthread.h>
#include <stdlib.h>

struct Columns {
    pthread_rwlock_t lock;
    ColumnsRow *rows;
    Arena **arenas;
    size_t n, capacity;
    int64_t newest;
};

static void *must(void *p)
{
    if (!p) abort();
    return p;
}

Columns *columns_new(void)
{
    Columns *columns = must(calloc(1, sizeof *columns));
    pthread_rwlock_init(&columns->lock, NULL);
    return columns;
}

void columns_free(Columns *columns)
{
    if (!columns) return;
    for (size_t i = 0; i < columns->n; i++) arena_free(columns->arenas[i]);
    free(columns->rows);
    free(columns->arenas);
    pthread_rwlock_destroy(&columns->lock);
    free(columns);
}

static void remove_id(Columns *columns, Id id)
{
    for (size_t i = 0; i < columns->n; i++) {
        if (!id_eq(columns->rows[i].id, id)) continue;
        arena_free(columns->arenas[i]);
        columns->n--;
        columns->rows[i] = columns->rows[columns->n];
        columns->arenas[i] = columns->arenas[columns->n];
        return;
    }
}

static ColumnsRow row_copy(Arena *arena, const ColumnsRow *row)
{
    ColumnsRow copy = *row;
    copy.terms = NEW_N(arena, ColumnTerm, row->term_count);
    for (size_t i = 0; i < row->term_count; i++)
        copy.terms[i] = (ColumnTerm){str_copy(arena, row->terms[i].column),
                                     str_copy(arena, row->terms[i].term)};
    copy.numbers = NEW_N(arena, ColumnNumber, row->number_count);
    for (size_t i = 0; i < row->number_count; i++)
        copy.numbers[i] =
            (ColumnNumber){str_copy(arena, row->numbers[i].column), row->numbers[i].value};
    copy.texts = NEW_N(arena, ColumnText, row->text_count);
    for (size_t i = 0; i < row->text_count; i++)
        copy.texts[i] = (ColumnText){str_copy(arena, row->texts[i].column),
                                     str_copy(arena, row->texts[i].text)};
    return copy;
}

bool columns_put(Columns *columns, const ColumnsRow *row)
{
    return columns_put_all(columns, row, 1);
}

bool columns_put_all(Columns *columns, const ColumnsRow *rows, size_t n)
{
    pthread_rwlock_wrlock(&columns->lock);
    for (size_t i = 0; i < n; i++) {
        if (rows[i].id.n <= columns->newest) remove_id(columns, rows[i].id);
        if (rows[i].id.n > columns->newest) columns->newest = rows[i].id.n;
        if (columns->n == columns->capacity) {
            columns->capacity = columns->capacity * 2 + 64;
            columns->rows = must(realloc(columns->rows, columns->capacity * sizeof *columns->rows));
            columns->arenas =
                must(realloc(columns->arenas, columns->capacity * sizeof *columns->arenas));
        }
        Arena *arena = columns->arenas[columns->n] = arena_new(512);
        columns->rows[columns->n++] = row_copy(arena, &rows[i]);
    }
    pthread_rwlock_unlock(&columns->lock);
    return true;
}

void columns_remove(Columns *columns, Id id)
{
    pthread_rwlock_wrlock(&columns->lock);
    remove_id(columns, id);
    pthread_rwlock_unlock(&columns->lock);
}

static bool is_listed(IdList ids, Id id)
{
    for (size_t i = 0; i < ids.n; i++)
        if (id_eq(ids.items[i], id)) return true;
    return false;
}

void columns_keep(Columns *columns, IdList ids)
{
    pthread_rwlock_wrlock(&columns->lock);
    for (size_t i = columns->n; i-- > 0;)
        if (!is_listed(ids, columns->rows[i].id)) remove_id(columns, columns->rows[i].id);
    pthread_rwlock_unlock(&columns->lock);
}

ColumnsAnswer columns_ask(Columns *columns, Arena *arena, const ColumnsQuestion *question)
{
    pthread_rwlock_rdlock(&columns->lock);
    ColumnsAnswer answer = model_ask(columns->rows, columns->n, arena, question);
    pthread_rwlock_unlock(&columns->lock);
    return answer;
}

ColumnsSize columns_size(Columns *columns)
{
    pthread_rwlock_rdlock(&columns->lock);
    ColumnsSize size = {.objects = columns->n};
    pthread_rwlock_unlock(&columns->lock);
    return size;
}
