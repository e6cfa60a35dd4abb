/* The pages of the documentation: the guide, as it was written, and the reference, which is made of
 * the rows. Both are Markdown; page_html.c makes HTML of it. */
#ifndef APP_PAGES_H
#define APP_PAGES_H

#include "base/buf.h"

typedef struct Page {
    const char *folder; /* "guide", "reference" */
    Str name;           /* "install": of the file, and of the last part of its address */
    Str title;          /* its first heading */
    Str summary;        /* its first sentence */
    Str markdown;
} Page;

typedef struct PageList {
    Page *items;
    size_t n;
} PageList;

/* All pages, in the order in which they are read. */
PageList pages_make(Arena *arena);

/* The first one of that folder and name, or NULL. */
const Page *page_find(const PageList *pages, const char *folder, Str name);

/* "/docs/guide/install", with `ending` behind it. */
Str page_path(Arena *arena, const Page *page, const char *ending);

/* /llms.txt (llmstxt.org): what this is, and a link and a sentence for each page. Markdown. */
Str pages_index(Arena *arena, const PageList *pages);

/* The Markdown of a page of the guide, which must be there. */
Str guide_text(Str name);

/* The page as HTML. Links to other pages lose their ".md", so that a reader stays among readable
 * ones. */
Str page_html(Arena *arena, const PageList *pages, Str title, Str markdown);

/* The frame of every page around `content`, which is HTML. */
Str page_frame(Arena *arena, const PageList *pages, Str title, Str content);

#endif
