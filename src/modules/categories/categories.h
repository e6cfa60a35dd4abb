/* Categories: a tree that shoppers walk, and products stand in. Owns the tree and its texts; which
 * products stand where, the catalogue knows, which hears of deletions and moves by the events below. */
#ifndef MODULES_CATEGORIES_CATEGORIES_H
#define MODULES_CATEGORIES_CATEGORIES_H

#include "modules/display/display.h"
#include "platform/events.h"

enum {
    CATEGORIES_MAX = 5000, /* the whole tree is one answer, and stands in the memory of a process */
    CATEGORY_LEVELS_MAX = 10, /* more than breadcrumbs can show */
};

/* One step of the way from the root. */
typedef struct CategoryRef {
    Id id;
    Str handle;
    Str title;
} CategoryRef;

typedef struct CategoryPath {
    CategoryRef *items;
    size_t n;
} CategoryPath;

typedef struct Category {
    Present present;
    Id id;
    Str handle;
    Str title;
    Str description;  /* Markdown */
    Id parent;        /* 0: a root */
    int64_t position; /* among its siblings, from 0, without gaps */
    Image image;      /* may be absent */
    Seo seo;
    bool hidden;
    bool visible;      /* neither it nor one above it is hidden */
    int64_t depth;     /* of a root: 0 */
    CategoryPath path; /* from the root down to itself */
    int64_t version;   /* counts changes of it and its translations */
    Time created_at, updated_at;
} Category;

typedef struct CategoryList {
    Category *items;
    size_t n;
} CategoryList;

/* ---- Reading --------------------------------------------------------------------------------- */

/* All, hidden ones too: each behind its parent and its elder siblings' families (depth first).
 * Texts in the locale where they are translated; empty: in the shop's own language. */
CategoryList categories_all(Ctx *cx, Str locale);

/* Those of these ids, in this order; ids that are none are left out. Two statements, one round
 * trip. */
CategoryList categories_named(Ctx *cx, IdList ids, Str locale);

/* The category of that handle, or 0. In a READ transaction from memory. */
Id category_by_handle(Ctx *cx, Str handle);

/* What lists say of a category. */
typedef struct CategoryLabel {
    Id id;
    Str handle, title;
    bool visible; /* neither it nor one above it is hidden */
} CategoryLabel;

typedef struct CategoryLabelList {
    CategoryLabel *items;
    size_t n;
} CategoryLabelList;

/* Those of these ids, in this order; ids that are none are left out. From memory; in a READ
 * transaction, since what is kept is what all may see. */
CategoryLabelList category_labels(Ctx *cx, IdList ids, Str locale);

/* The category of that title below `parent` (0: among the roots), the first one if there are several;
 * or 0. */
Id category_child(Ctx *cx, Id parent, Str title);

/* True when each id is a category; else *missing is one that is none. */
bool categories_exist(Ctx *cx, IdList ids, Id *missing);

/* ---- The tree in memory ---------------------------------------------------------------------- */

typedef struct CategoryNode {
    Id id;
    size_t parent; /* index of the node above; of a root its own */
    size_t end;    /* its family are the nodes from itself to here, exclusive */
    int64_t depth;
    bool visible;
} CategoryNode;

/* Depth first. No texts, so it can be copied, kept, and shared between threads. */
typedef struct CategoryTree {
    CategoryNode *nodes;
    size_t n;
    size_t *by_id; /* indices of the nodes, ascending by id */
} CategoryTree;

/* Reads it, into `arena`, which may live longer than the transaction. */
CategoryTree category_tree_read(Ctx *cx, Arena *arena);

/* The node of that id, or NULL. */
const CategoryNode *category_node(const CategoryTree *tree, Id id);

/* From the root down to the category itself; empty when there is none of that id. */
IdList category_ancestors(Arena *arena, const CategoryTree *tree, Id id);

/* ---- Changing -------------------------------------------------------------------------------- */

/* Makes a category: `title` must be there; the handle is made from it when left out, and `position`
 * counts only when it is marked as set: else it is the last. Fills in the rest. Nothing was written
 * when it is refused. */
Verdict category_create(Ctx *cx, Category *category);

/* ---- What is announced ----------------------------------------------------------------------- */

/* The payload of both. */
typedef struct CategoryEvent {
    Id category;
} CategoryEvent;

extern const Event category_deleted; /* its row is still there, so that rows may refer to it */
extern const Event category_moved;

extern const Error error_unknown_category; /* 422 */

extern const Type category_type;
extern const Module categories_module;

#endif
