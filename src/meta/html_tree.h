/* The tree of a Markdown document, made of HTML: part of html_markdown.c. */
#ifndef META_HTML_TREE_H
#define META_HTML_TREE_H

#include "base/str.h"

#include <cmark-gfm.h>

/* Nodes of tables; their types are numbered when the program starts. */
extern cmark_node_type CMARK_NODE_TABLE, CMARK_NODE_TABLE_ROW, CMARK_NODE_TABLE_CELL;

/* The extension of tables. Any thread. */
cmark_syntax_extension *markdown_tables(void);

/* Freed by cmark_node_free. */
cmark_node *html_tree(Arena *arena, Str html);

#endif
