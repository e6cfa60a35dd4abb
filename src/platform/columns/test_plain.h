/* The plain way to answer a question: look at every row. */
#ifndef PLATFORM_COLUMNS_TEST_PLAIN_H
#define PLATFORM_COLUMNS_TEST_PLAIN_H

#include "platform/columns/columns.h"

/* The answer to the question over these rows, of which each id occurs once. */
ColumnsAnswer plain_ask(const ColumnsRow *rows, size_t n, Arena *arena,
                        const ColumnsQuestion *question);

#endif
