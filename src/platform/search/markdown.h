/* Markdown as plain text: for the index and for excerpts. Inside of platform/search. */
#ifndef PLATFORM_SEARCH_MARKDOWN_H
#define PLATFORM_SEARCH_MARKDOWN_H

#include "base/str.h"

/* What a reader sees, without marks, addresses and HTML; blocks are parted by a line's end. */
Str markdown_text(Arena *arena, Str markdown);

#endif
