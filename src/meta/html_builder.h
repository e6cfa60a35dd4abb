/* What html_tree.c (tags), html_leaf.c (texts) and html_table.c share: what is open while HTML becomes a
 * tree, and what may be done to it. */
#ifndef META_HTML_BUILDER_H
#define META_HTML_BUILDER_H

#include "base/buf.h"
#include "meta/html.h"
#include "meta/html_tree.h"

typedef enum Role {
    ROLE_NOTHING, /* no element that means anything: its text stays */
    ROLE_BLOCK,   /* begins and ends paragraphs */
    ROLE_STRONG,
    ROLE_EMPHASIS,
    ROLE_CODE,
    ROLE_LINK,
    ROLE_IMAGE,
    ROLE_BREAK,
    ROLE_RULE,
    ROLE_HEADING,
    ROLE_QUOTE,
    ROLE_BULLETS,
    ROLE_NUMBERS,
    ROLE_ITEM,
    ROLE_PRE,
    ROLE_TABLE,
    ROLE_ROW,
    ROLE_CELL,
    ROLE_DROPPED, /* with what is in it */
} Role;

typedef struct Element {
    const char *name;
    Role role;
} Element;

/* Not larger than the bits of Builder.never_closed. */
enum { HTML_ELEMENTS_MAX = 128 };

enum {
    OPEN_MAX = 48,    /* elements in each other; those inside are passed over */
    COLUMNS_MAX = 50, /* of a table; what is beyond joins the last */
};

typedef struct Open {
    size_t element; /* index; ELEMENTS: a list that nobody has opened, around an item */
    Role role;
    cmark_node
        *node; /* of a container: when it has content; of an inline: in the present paragraph */
    const char *url; /* of a link */
    int number;      /* ROLE_NUMBERS: of the first item; ROLE_HEADING: its level */
} Open;

typedef struct Builder {
    Arena *arena;
    cmark_node *document;
    Open open[OPEN_MAX];
    size_t n;
    cmark_node *leaf; /* paragraph, heading or cell that takes text; NULL: none yet */
    bool filled;      /* there is text in it, and it does not end with a break */
    bool space;       /* one is due before the next text */
    int breaks;       /* as many as were met since the last text */
    cmark_node *table, *row;
    size_t columns, widest;
    int inner;   /* tables that are open in a cell: their rows and cells are none of ours */
    Buf literal; /* of code under way */
    uint64_t never_closed[HTML_ELEMENTS_MAX / 64];
} Builder;

static inline bool is_inline(Role role)
{
    return role == ROLE_STRONG || role == ROLE_EMPHASIS || role == ROLE_LINK || role == ROLE_CODE;
}

static inline bool is_list(Role role)
{
    return role == ROLE_BULLETS || role == ROLE_NUMBERS;
}

static inline bool is_container(Role role)
{
    return role == ROLE_QUOTE || is_list(role) || role == ROLE_ITEM;
}

/* The innermost open element of that role, or NULL. */
Open *open_of(Builder *b, Role role);

/* ---- html_leaf.c ---- */

/* A node of its own at the end of the parent. */
cmark_node *append_node(cmark_node *parent, cmark_node_type type);

/* The innermost container that is open, made if it is not there yet. Never a list. */
cmark_node *open_container(Builder *b);

/* Where the next piece of text goes, behind the blanks and breaks that are due. */
cmark_node *text_place(Builder *b);

void take_text(Builder *b, Str raw);
void add_text(Builder *b, cmark_node *parent, Str text);

/* The code under way is complete. */
void flush_code(Builder *b);

/* What comes next begins a paragraph of its own; in a cell, which holds none, it is set off. */
void end_leaf(Builder *b);

/* The same, of a cell too. */
void leave_leaf(Builder *b);

/* The text with each run of blanks as one, and none at its ends; whether there were some. */
Str collapse_blanks(Arena *arena, Str text, bool *before, bool *after);

/* ---- html_table.c ---- */

void begin_table(Builder *b);
void begin_row(Builder *b);
void begin_cell(Builder *b);
void end_table(Builder *b);

#endif
