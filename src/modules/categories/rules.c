/* What the categories decide, without asking anybody.
 *
 * The whole tree is small (CATEGORIES_MAX), so every decision is made over all of it: a flat array in
 * the order in which one walks it, depth first, where a node's family (itself and all below it) is
 * one run. Whether one stands below another, how high a family is, and what belongs to a subtree are
 * then comparisons of indices. */
#include "modules/categories/rules.h"

#include "meta/merge.h"

#include <stdlib.h>

const Error error_category_handle_taken = {
    "category_handle_taken", 409, "Another category has this handle.", LOG_DEBUG,
    "Choose another handle, or leave it out and one is made from the title."};
const Error error_unknown_category = {
    "unknown_category", 422, "A category that is named does not exist.", LOG_DEBUG,
    "GET /v1/categories lists all; it may have been deleted meanwhile."};
const Error error_category_has_children = {
    "category_has_children", 409, "There are categories below this one.", LOG_DEBUG,
    "Move them elsewhere or delete them first; `hidden` hides all of them at once."};
const Error error_category_below_itself = {
    "category_below_itself", 409, "A category cannot stand below itself.", LOG_DEBUG,
    "Move the categories between the two first, or choose another parent."};
const Error error_category_too_deep = {
    "category_too_deep", 409, "The tree would have too many levels.", LOG_DEBUG,
    "Breadcrumbs show 10 levels; use tags or attributes for finer distinctions."};
const Error error_categories_full = {"categories_full", 409,
                                     "The shop has as many categories as it can have.", LOG_DEBUG,
                                     "Delete categories, or use collections, tags or attributes."};

/* ---- Making the tree ------------------------------------------------------------------------- */

/* The first of the rows below `parent`, or where it would be. */
static size_t first_child(CategoryRowList rows, Id parent)
{
    size_t from = 0, to = rows.n;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (rows.items[middle].parent.n < parent.n)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static void add_children(CategoryTree *tree, CategoryRowList rows, Id parent, size_t parent_index)
{
    for (size_t i = first_child(rows, parent); i < rows.n; i++) {
        const CategoryRow *row = &rows.items[i];
        if (!id_eq(row->parent, parent)) return;
        size_t at = tree->n++;
        bool root = !parent.n;
        const CategoryNode *above = &tree->nodes[parent_index];
        tree->nodes[at] = (CategoryNode){.id = row->id,
                                         .parent = root ? at : parent_index,
                                         .depth = root ? 0 : above->depth + 1,
                                         .visible = !row->hidden && (root || above->visible)};
        add_children(tree, rows, row->id, at);
        tree->nodes[at].end = tree->n;
    }
}

static int by_id(const void *a, const void *b, void *tree)
{
    const CategoryNode *nodes = ((const CategoryTree *)tree)->nodes;
    int64_t x = nodes[*(const size_t *)a].id.n, y = nodes[*(const size_t *)b].id.n;
    return (x > y) - (x < y);
}

CategoryTree category_tree_make(Arena *arena, CategoryRowList rows)
{
    CategoryTree tree = {.nodes = NEW_N(arena, CategoryNode, rows.n + 1),
                         .by_id = NEW_N(arena, size_t, rows.n + 1)};
    add_children(&tree, rows, (Id){0}, 0);
    for (size_t i = 0; i < tree.n; i++) tree.by_id[i] = i;
    qsort_r(tree.by_id, tree.n, sizeof *tree.by_id, by_id, &tree);
    return tree;
}

/* ---- Finding in it --------------------------------------------------------------------------- */

const CategoryNode *category_node(const CategoryTree *tree, Id id)
{
    size_t from = 0, to = tree->n;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        const CategoryNode *node = &tree->nodes[tree->by_id[middle]];
        if (id_eq(node->id, id)) return node;
        if (node->id.n < id.n)
            from = middle + 1;
        else
            to = middle;
    }
    return NULL;
}

static size_t index_of(const CategoryTree *tree, const CategoryNode *node)
{
    return (size_t)(node - tree->nodes);
}

IdList category_ancestors(Arena *arena, const CategoryTree *tree, Id id)
{
    const CategoryNode *node = category_node(tree, id);
    if (!node) return (IdList){0};
    IdList ids = {NEW_N(arena, Id, (size_t)node->depth + 1), (size_t)node->depth + 1};
    for (size_t i = ids.n; i-- > 0; node = &tree->nodes[node->parent]) ids.items[i] = node->id;
    return ids;
}

/* ---- Changes of its structure ---------------------------------------------------------------- */

static Verdict unknown(Arena *arena, Id id)
{
    return (Verdict){&error_unknown_category, str_format(arena, "There is no category \"%.*s\".",
                                                         STR_ARG(id_text(arena, "cat", id)))};
}

/* Below `parent` something of so many levels. */
static Verdict check_levels(Arena *arena, const CategoryNode *parent, int64_t levels)
{
    int64_t all = (parent ? parent->depth + 1 : 0) + levels;
    if (all <= CATEGORY_LEVELS_MAX) return (Verdict){0};
    return (Verdict){&error_category_too_deep, str_format(arena, "It would have %lld, at most %d.",
                                                          (long long)all, CATEGORY_LEVELS_MAX)};
}

Verdict category_may_add(Arena *arena, const CategoryTree *tree, Id parent)
{
    const CategoryNode *above = category_node(tree, parent);
    if (parent.n && !above) return unknown(arena, parent);
    if (tree->n >= CATEGORIES_MAX)
        return (Verdict){&error_categories_full, str_format(arena, "It has %zu.", tree->n)};
    return check_levels(arena, above, 1);
}

Verdict category_may_move(Arena *arena, const CategoryTree *tree, Id id, Id parent)
{
    const CategoryNode *node = category_node(tree, id), *above = category_node(tree, parent);
    if (!node) return unknown(arena, id);
    if (parent.n && !above) return unknown(arena, parent);
    size_t self = index_of(tree, node);
    if (above && index_of(tree, above) >= self && index_of(tree, above) < node->end)
        return (Verdict){&error_category_below_itself,
                         str_format(arena, "\"%.*s\" is in its own family.",
                                    STR_ARG(id_text(arena, "cat", parent)))};
    int64_t lowest = node->depth;
    for (size_t i = self; i < node->end; i++)
        if (tree->nodes[i].depth > lowest) lowest = tree->nodes[i].depth;
    return check_levels(arena, above, lowest - node->depth + 1);
}

Verdict category_may_delete(const CategoryTree *tree, Id id)
{
    const CategoryNode *node = category_node(tree, id);
    if (!node || node->end == index_of(tree, node) + 1) return (Verdict){0};
    return (Verdict){.error = &error_category_has_children};
}

int64_t category_position(const CategoryTree *tree, Id self, Id parent, int64_t wanted)
{
    const CategoryNode *above = category_node(tree, parent);
    size_t from = above ? index_of(tree, above) + 1 : 0, to = above ? above->end : tree->n;
    int64_t siblings = 0;
    for (size_t i = from; i < to; i = tree->nodes[i].end)
        siblings += !id_eq(tree->nodes[i].id, self);
    return wanted < siblings ? wanted : siblings;
}

/* ---- Lists ----------------------------------------------------------------------------------- */

/* The way to the node: that to the node above it, and one step more. */
static CategoryPath path_to(Arena *arena, const Category *above, const Category *self)
{
    size_t n = above ? above->path.n : 0;
    CategoryPath path = {NEW_N(arena, CategoryRef, n + 1), n + 1};
    if (n) memcpy(path.items, above->path.items, n * sizeof *path.items);
    path.items[n] = (CategoryRef){self->id, self->handle, self->title};
    return path;
}

CategoryList category_arrange(Arena *arena, const CategoryTree *tree, CategoryList list)
{
    CategoryList arranged = {NEW_N(arena, Category, tree->n), tree->n};
    for (size_t i = 0; i < list.n; i++) {
        const CategoryNode *node = category_node(tree, list.items[i].id);
        if (node) arranged.items[index_of(tree, node)] = list.items[i];
    }
    for (size_t i = 0; i < tree->n; i++) {
        const CategoryNode *node = &tree->nodes[i];
        Category *category = &arranged.items[i];
        category->depth = node->depth;
        category->visible = node->visible;
        category->path =
            path_to(arena, node->parent == i ? NULL : &arranged.items[node->parent], category);
        merge_complete(&category_type, category);
    }
    return arranged;
}

CategoryList category_part(Arena *arena, CategoryList all, const CategoryQuery *query,
                           bool everybody)
{
    CategoryList part = {NEW_N(arena, Category, all.n), 0};
    bool limited = IS_SET(&category_query_type, query, CategoryQuery, depth);
    int64_t top = -1; /* the depth of the root that is asked for, once it was met */
    for (size_t i = 0; i < all.n; i++) {
        const Category *category = &all.items[i];
        if (query->root.n && top >= 0 && category->depth <= top) break;
        if (id_eq(category->id, query->root)) top = category->depth;
        bool inside = !query->root.n || top >= 0;
        int64_t level = category->depth - (top > 0 ? top : 0);
        if (inside && (!limited || level < query->depth) && (category->visible || !everybody))
            part.items[part.n++] = *category;
    }
    return part;
}
