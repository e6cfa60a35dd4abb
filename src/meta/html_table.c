/* Tables: rows of cells, each of which is one line of text, as CommonMark with tables has them. */
#include "meta/html_builder.h"

#include <cmark-gfm-core-extensions.h>

void begin_table(Builder *b)
{
    cmark_syntax_extension *tables =
        markdown_tables(); /* the kinds of nodes have their numbers now */
    b->table = cmark_node_new_with_ext(CMARK_NODE_TABLE, tables);
    b->row = NULL;
    b->widest = 0;
    b->inner = 0;
}

/* Not by cmark_node_new_with_ext, which gives a cell memory that nobody frees. */
static cmark_node *append_cell(cmark_node *row)
{
    cmark_node *cell = append_node(row, CMARK_NODE_TABLE_CELL);
    cmark_node_set_syntax_extension(cell, markdown_tables());
    return cell;
}

void begin_row(Builder *b)
{
    b->row = cmark_node_new_with_ext(CMARK_NODE_TABLE_ROW, markdown_tables());
    cmark_node_append_child(b->table, b->row);
    b->columns = 0;
}

void begin_cell(Builder *b)
{
    if (!b->row) begin_row(b);
    if (b->columns == COLUMNS_MAX) {
        b->leaf = cmark_node_last_child(b->row);
        b->filled = b->space = true;
        return;
    }
    b->leaf = append_cell(b->row);
    if (++b->columns > b->widest) b->widest = b->columns;
}

/* A table of one column is a way of laying out: its cells become paragraphs. */
static void lay_out(Builder *b, cmark_node *table)
{
    for (cmark_node *row = cmark_node_first_child(table); row; row = cmark_node_next(row)) {
        cmark_node *cell = cmark_node_first_child(row);
        if (!cell || !cmark_node_first_child(cell)) continue;
        cmark_node *paragraph = append_node(open_container(b), CMARK_NODE_PARAGRAPH);
        for (cmark_node *child; (child = cmark_node_first_child(cell));)
            cmark_node_append_child(paragraph, child);
    }
    cmark_node_free(table);
}

static void finish_table(Builder *b, cmark_node *table)
{
    uint8_t alignments[COLUMNS_MAX] = {0}; /* none */
    cmark_node *first = cmark_node_first_child(table);
    cmark_gfm_extensions_set_table_columns(table, (uint16_t)b->widest);
    cmark_gfm_extensions_set_table_alignments(table, (uint16_t)b->widest, alignments);
    cmark_gfm_extensions_set_table_row_is_header(first, 1);
    for (cmark_node *row = first; row; row = cmark_node_next(row)) {
        size_t n = 0;
        for (cmark_node *cell = cmark_node_first_child(row); cell; cell = cmark_node_next(cell))
            n++;
        for (; n < b->widest; n++) append_cell(row);
    }
    cmark_node_append_child(open_container(b), table);
}

void end_table(Builder *b)
{
    cmark_node *table = b->table;
    b->table = b->row = NULL;
    end_leaf(b);
    if (b->widest > 1)
        finish_table(b, table);
    else
        lay_out(b, table);
}
