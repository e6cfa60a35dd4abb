/* What lists say of categories, in the memory of the process.
 *
 * Every list names a category by its handle and shows the titles of those that it counts. The tree is
 * small and changes rarely, so all its handles and titles are read at once and kept, for each
 * language, until a category changes; as an answer of the cache they hold when none has changed since
 * before the snapshot that they were read from (platform/cache/tags.h). */
#include "modules/categories/store.h"

#include "platform/cache/tags.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

enum { LOCALES_KEPT = 8 }; /* strangers can name any language */

typedef struct Labels {
    Arena *arena; /* NULL: none */
    uint64_t serial, moment, used;
    Str locale;
    CategoryLabel *by_id, *by_handle;
    size_t n;
} Labels;

static struct {
    pthread_mutex_t lock;
    Labels all[LOCALES_KEPT];
    uint64_t looks;
} kept = {.lock = PTHREAD_MUTEX_INITIALIZER};

static int compare_ids(const void *a, const void *b)
{
    const CategoryLabel *left = a, *right = b;
    return (left->id.n > right->id.n) - (left->id.n < right->id.n);
}

static int compare_handles(const void *a, const void *b)
{
    const CategoryLabel *left = a, *right = b;
    return str_cmp(left->handle, right->handle);
}

static Labels read_labels(Ctx *cx, Str locale)
{
    CategoryList list = categories_all(cx, locale);
    Arena *arena = arena_new(1 << 12);
    Labels labels = {.arena = arena,
                     .serial = db_serial(cx),
                     .moment = db_moment(cx),
                     .locale = str_copy(arena, locale),
                     .by_id = NEW_N(arena, CategoryLabel, list.n),
                     .n = list.n};
    for (size_t i = 0; i < list.n; i++) {
        const Category *category = &list.items[i];
        labels.by_id[i] = (CategoryLabel){category->id, str_copy(arena, category->handle),
                                          str_copy(arena, category->title), category->visible};
    }
    labels.by_handle = arena_copy(arena, labels.by_id, list.n * sizeof(CategoryLabel));
    qsort(labels.by_id, labels.n, sizeof(CategoryLabel), compare_ids);
    qsort(labels.by_handle, labels.n, sizeof(CategoryLabel), compare_handles);
    return labels;
}

static bool holds(const Labels *labels)
{
    TagSlot slot = tag_slot("category", (Id){0});
    return tags_hold(labels->moment, &slot, 1);
}

/* Under the lock. */
static Labels *find(uint64_t serial, Str locale)
{
    for (size_t i = 0; i < LOCALES_KEPT; i++) {
        Labels *labels = &kept.all[i];
        if (!labels->arena || labels->serial != serial || !str_eq(labels->locale, locale)) continue;
        labels->used = ++kept.looks;
        return labels;
    }
    return NULL;
}

/* Under the lock: takes it over. */
static Labels *keep(Labels labels)
{
    Labels *place = find(labels.serial, labels.locale);
    for (size_t i = 0; i < LOCALES_KEPT && !place; i++)
        if (!kept.all[i].arena) place = &kept.all[i];
    for (size_t i = 0; i < LOCALES_KEPT && !place; i++) {
        size_t older = 0;
        for (size_t k = 0; k < LOCALES_KEPT; k++) older += kept.all[k].used < kept.all[i].used;
        if (!older) place = &kept.all[i];
    }
    if (place->arena) arena_free(place->arena);
    labels.used = ++kept.looks;
    *place = labels;
    return place;
}

/* Locked, until labels_end; NULL after a failure. */
static const Labels *labels_begin(Ctx *cx, Str locale)
{
    pthread_mutex_lock(&kept.lock);
    const Labels *found = find(db_serial(cx), locale);
    if (found && holds(found)) return found;
    pthread_mutex_unlock(&kept.lock);
    Labels labels = read_labels(cx, locale);
    if (db_failure(cx)) arena_free(labels.arena);
    pthread_mutex_lock(&kept.lock);
    return db_failure(cx) ? NULL : keep(labels);
}

static void labels_end(void)
{
    pthread_mutex_unlock(&kept.lock);
}

Id category_by_handle(Ctx *cx, Str handle)
{
    if (!db_moment(cx)) return category_stored_by_handle(cx, handle);
    const Labels *labels = labels_begin(cx, S(""));
    CategoryLabel wanted = {.handle = handle}, *found = NULL;
    if (labels)
        found = bsearch(&wanted, labels->by_handle, labels->n, sizeof wanted, compare_handles);
    Id id = found ? found->id : (Id){0};
    labels_end();
    return id;
}

CategoryLabelList category_labels(Ctx *cx, IdList ids, Str locale)
{
    assert(db_moment(cx));
    CategoryLabelList list = {NEW_N(cx->arena, CategoryLabel, ids.n), 0};
    const Labels *labels = labels_begin(cx, locale);
    for (size_t i = 0; labels && i < ids.n; i++) {
        CategoryLabel wanted = {.id = ids.items[i]};
        const CategoryLabel *found =
            bsearch(&wanted, labels->by_id, labels->n, sizeof wanted, compare_ids);
        if (!found) continue;
        CategoryLabel *label = &list.items[list.n++];
        *label = *found;
        label->handle = str_copy(cx->arena, found->handle);
        label->title = str_copy(cx->arena, found->title);
    }
    labels_end();
    return list;
}
