/* The store against the plain way: random rows come, change and go, and random questions must be
 * answered alike. */
#include "base/buf.h"
#include "base/random.h"
#include "platform/columns/test_plain.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { TERM_ROOM = 24, NUMBER_ROOM = 6, TEXT_ROOM = 3, NAME_ROOM = 24 };

/* A row that owns its words. */
typedef struct Owned {
    ColumnsRow row;
    ColumnTerm terms[TERM_ROOM];
    ColumnNumber numbers[NUMBER_ROOM];
    ColumnText texts[TEXT_ROOM];
    char words[TERM_ROOM + TEXT_ROOM][NAME_ROOM];
    size_t word_count;
} Owned;

typedef struct World {
    Random random;
    RandomSeeded seeded;
    Columns *columns;
    Arena *arena;
    Owned *rows;    /* the model */
    size_t n, most; /* rows there are, and at most */
    int64_t ids;    /* ids lie in 1 … ids */
    uint64_t seed;
    size_t questions, with_hits, with_more;
} World;

static size_t below(World *world, size_t bound)
{
    return (size_t)random_below(&world->random, bound);
}

static bool one_in(World *world, size_t n)
{
    return below(world, n) == 0;
}

/* ---- Rows ------------------------------------------------------------------------------------ */

static Str word(Owned *owned, const char *stem, size_t n)
{
    char *place = owned->words[owned->word_count++];
    return (Str){place, (size_t)snprintf(place, NAME_ROOM, "%s%zu", stem, n)};
}

static void add_term(Owned *owned, Str column, const char *stem, size_t n)
{
    owned->terms[owned->row.term_count++] = (ColumnTerm){column, word(owned, stem, n)};
}

/* Skewed, as vendors and tags are: small numbers are frequent. */
static size_t skewed(World *world, size_t bound)
{
    return below(world, 1 + below(world, bound));
}

static void make_terms(World *world, Owned *owned)
{
    add_term(owned, S("all"), "x", 0);
    add_term(owned, S("kind"), "k", skewed(world, 9));
    if (!one_in(world, 10)) add_term(owned, S("vendor"), "v", skewed(world, 700));
    for (size_t i = below(world, 6); i > 0; i--) add_term(owned, S("tag"), "t", skewed(world, 60));
    if (one_in(world, 3)) add_term(owned, S("a:wide"), "w", below(world, 5));
    if (one_in(world, 40)) add_term(owned, S("a:rare"), "r", below(world, 3));
    if (one_in(world, 200)) add_term(owned, S("a:rarest"), "s", below(world, 2));
    if (one_in(world, 4)) add_term(owned, S("a:mixed"), "m", below(world, 300));
    if (one_in(world, 20)) add_term(owned, S("a:mixed"), "m", below(world, 300));
}

static void add_number(Owned *owned, Str column, int64_t value)
{
    owned->numbers[owned->row.number_count++] = (ColumnNumber){column, value};
}

static void make_numbers(World *world, Owned *owned)
{
    static const int64_t extremes[] = {INT64_MAX, INT64_MIN + 1, 0, -1, 1};
    if (!one_in(world, 12)) add_number(owned, S("price"), (int64_t)below(world, 2000) - 20);
    add_number(owned, S("age"), (int64_t)skewed(world, 50));
    if (one_in(world, 30)) add_number(owned, S("weight"), (int64_t)below(world, 100) * 1000000000);
    if (one_in(world, 5)) add_number(owned, S("limit"), extremes[below(world, 5)]);
}

static void make_texts(World *world, Owned *owned)
{
    static const char *const stems[] = {"", "a", "same beginning ", "same beginning b", "\xff\xff"};
    if (one_in(world, 4)) {
        char *place = owned->words[owned->word_count++];
        size_t n = (size_t)snprintf(place, NAME_ROOM, "%zu and %zu", below(world, 500),
                                    1000000 + below(world, 500));
        owned->texts[owned->row.text_count++] = (ColumnText){S("title"), {place, n}};
    } else if (!one_in(world, 9))
        owned->texts[owned->row.text_count++] =
            (ColumnText){S("title"), word(owned, stems[below(world, 5)], below(world, 500))};
    if (one_in(world, 6)) owned->texts[owned->row.text_count++] = (ColumnText){S("note"), S("")};
}

static void make_row(World *world, Owned *owned, int64_t id)
{
    owned->word_count = 0;
    owned->row = (ColumnsRow){
        .id = {id}, .terms = owned->terms, .numbers = owned->numbers, .texts = owned->texts};
    if (one_in(world, 50)) return; /* a row that says nothing */
    make_terms(world, owned);
    make_numbers(world, owned);
    make_texts(world, owned);
}

/* The model's rows lie in one array and point into themselves. */
static void move_row(Owned *to, const Owned *from)
{
    *to = *from;
    to->row.terms = to->terms;
    to->row.numbers = to->numbers;
    to->row.texts = to->texts;
    for (size_t i = 0; i < to->row.term_count; i++)
        to->terms[i].term.p =
            (const char *)to->words + (from->terms[i].term.p - (const char *)from->words);
    for (size_t i = 0; i < to->row.text_count; i++)
        if (to->texts[i].text.n)
            to->texts[i].text.p =
                (const char *)to->words + (from->texts[i].text.p - (const char *)from->words);
}

static Owned *find_row(World *world, int64_t id)
{
    for (size_t i = 0; i < world->n; i++)
        if (world->rows[i].row.id.n == id) return &world->rows[i];
    return NULL;
}

static void put_one(World *world)
{
    int64_t id = 1 + (int64_t)below(world, (size_t)world->ids);
    Owned *owned = find_row(world, id);
    if (!owned && world->n == world->most) return;
    if (!owned) owned = &world->rows[world->n++];
    if (owned->row.id.n == id && one_in(world, 2)) {
        /* Most changes are small: one number. */
        if (owned->row.number_count) owned->numbers[0].value++;
    } else {
        make_row(world, owned, id);
    }
    assert_true(columns_put(world->columns, &owned->row));
}

static void put_many(World *world, size_t n)
{
    ColumnsRow *rows = NEW_N(world->arena, ColumnsRow, n);
    size_t first = world->n, count = 0;
    for (int64_t id = world->ids; id > 0 && count < n && world->n < world->most; id--) {
        if (!one_in(world, 2) || find_row(world, id)) continue;
        make_row(world, &world->rows[world->n], id);
        rows[count++] = world->rows[world->n++].row;
    }
    assert_true(columns_put_all(world->columns, rows, count));
    assert_int_equal(world->n, first + count);
}

static void remove_at(World *world, size_t at)
{
    world->n--;
    if (at != world->n) move_row(&world->rows[at], &world->rows[world->n]);
}

static void remove_one(World *world)
{
    int64_t id = 1 + (int64_t)below(world, (size_t)world->ids);
    Owned *owned = find_row(world, id);
    columns_remove(world->columns, (Id){id});
    if (owned) remove_at(world, (size_t)(owned - world->rows));
}

static void keep_some(World *world)
{
    IdList ids = {NEW_N(world->arena, Id, world->n), 0};
    size_t share = 2 + below(world, 20);
    for (size_t i = world->n; i-- > 0;) {
        if (one_in(world, share))
            remove_at(world, i);
        else
            ids.items[ids.n++] = world->rows[i].row.id;
    }
    columns_keep(world->columns, ids);
}

/* ---- Questions ------------------------------------------------------------------------------- */

static Str number_word(World *world, const char *stem, size_t n)
{
    return str_format(world->arena, "%s%zu", stem, n);
}

static ColumnsCondition random_condition(World *world)
{
    static const struct {
        const char *column, *stem;
        size_t terms;
    } words[] = {{"all", "x", 1},    {"kind", "k", 9},    {"vendor", "v", 700},  {"tag", "t", 60},
                 {"a:wide", "w", 6}, {"a:rare", "r", 4},  {"a:mixed", "m", 300}, {"none", "n", 2},
                 {"tag", "t", 4},    {"a:rarest", "s", 2}};
    static const char *const numbers[] = {"price", "age", "weight", "limit", "nothing"};
    ColumnsCondition condition = {.is_not = one_in(world, 6), .is_range = one_in(world, 4)};
    if (condition.is_range) {
        condition.column = str_from(numbers[below(world, 5)]);
        condition.min = (int64_t)below(world, 2000) - 30;
        condition.max = condition.min + (int64_t)below(world, one_in(world, 2) ? 2000 : 50) - 1;
        if (one_in(world, 9)) condition.min = INT64_MIN;
        if (one_in(world, 9)) condition.max = INT64_MAX;
        return condition;
    }
    size_t which = below(world, sizeof words / sizeof words[0]);
    condition.column = str_from(words[which].column);
    condition.terms.n = one_in(world, 30) ? 0 : 1 + below(world, 3);
    condition.terms.items = NEW_N(world->arena, Str, 3);
    for (size_t i = 0; i < condition.terms.n; i++)
        condition.terms.items[i] =
            number_word(world, words[which].stem, skewed(world, words[which].terms));
    return condition;
}

static const ColumnsHits *random_hits(World *world)
{
    ColumnsHits *hits = NEW(world->arena, ColumnsHits);
    hits->n = below(world, 1 + below(world, world->n * 2 + 2));
    hits->ids = NEW_N(world->arena, Id, hits->n);
    if (!one_in(world, 5)) hits->scores = NEW_N(world->arena, int32_t, hits->n);
    for (size_t i = 0; i < hits->n; i++) {
        hits->ids[i] = (Id){1 + (int64_t)below(world, (size_t)world->ids)};
        if (hits->scores) hits->scores[i] = (int32_t)below(world, 40) - 5;
    }
    return hits;
}

static ColumnsFilter *random_filter(World *world)
{
    ColumnsFilter *filter = NEW(world->arena, ColumnsFilter);
    filter->n = below(world, 5);
    filter->all = NEW_N(world->arena, ColumnsClause, filter->n);
    for (size_t i = 0; i < filter->n; i++) {
        ColumnsClause *clause = &filter->all[i];
        clause->n = one_in(world, 40) ? 0 : one_in(world, 4) ? 1 + below(world, 3) : 1;
        clause->is_fixed = one_in(world, 3);
        clause->any = NEW_N(world->arena, ColumnsCondition, clause->n);
        for (size_t k = 0; k < clause->n; k++) clause->any[k] = random_condition(world);
    }
    if (one_in(world, 5)) filter->only = random_hits(world);
    return filter;
}

static ColumnsOrder random_order(World *world)
{
    static const ColumnsOrder orders[] = {
        {.by = ORDER_NEWEST},
        {ORDER_NUMBER, S_INIT("price"), false},
        {.by = ORDER_SCORE},
        {ORDER_TEXT, S_INIT("title"), false},
        {ORDER_TEXT, S_INIT("note"), false},
        {ORDER_NUMBER, S_INIT("age"), false},
        {ORDER_NUMBER, S_INIT("limit"), false},
        {ORDER_NUMBER, S_INIT("nothing"), false},
    };
    ColumnsOrder order = orders[below(world, sizeof orders / sizeof orders[0])];
    order.descending = one_in(world, 2);
    return order;
}

static const ColumnsFacetAsk *random_asks(World *world, size_t *n)
{
    static const ColumnsFacetAsk asks[] = {
        {S_INIT("all"), false, false, 3},     {S_INIT("kind"), false, false, 5},
        {S_INIT("vendor"), false, false, 9},  {S_INIT("tag"), false, false, 1000000},
        {S_INIT("a:"), true, false, 4},       {S_INIT("none"), false, false, 4},
        {S_INIT("price"), false, true, 7},    {S_INIT("limit"), false, true, 64},
        {S_INIT(""), true, true, 3},          {S_INIT("weight"), false, true, 0},
        {S_INIT("a:mixed"), false, false, 0},
    };
    ColumnsFacetAsk *some = NEW_N(world->arena, ColumnsFacetAsk, 4);
    *n = one_in(world, 2) ? 0 : 1 + below(world, 4);
    for (size_t i = 0; i < *n; i++) some[i] = asks[below(world, sizeof asks / sizeof asks[0])];
    return some;
}

/* A place of an object, of one that is gone, or of one that never was. */
static const ColumnsPosition *random_position(World *world)
{
    ColumnsPosition *at = NEW(world->arena, ColumnsPosition);
    at->id = (Id){1 + (int64_t)below(world, (size_t)world->ids)};
    at->is_absent = one_in(world, 6);
    at->number = (int64_t)below(world, 100);
    at->text = one_in(world, 2) ? S("same beginning ") : number_word(world, "a", below(world, 500));
    if (at->is_absent) {
        at->number = 0;
        at->text = S("");
    }
    return at;
}

/* ---- Comparing ------------------------------------------------------------------------------- */

static void write_answer(Buf *out, const ColumnsAnswer *a)
{
    buf_format(out, "total %zu, more %d\n", a->total, a->has_more);
    for (size_t i = 0; i < a->n; i++) {
        const ColumnsPosition *at = &a->positions[i];
        buf_format(out, "%ld: %ld %d %ld %.*s\n", (long)a->ids[i].n, (long)at->id.n, at->is_absent,
                   (long)at->number, STR_ARG(at->text));
    }
    for (size_t i = 0; i < a->facet_count; i++) {
        const ColumnsFacet *f = &a->facets[i];
        buf_format(out, "facet %zu %.*s: %zu objects, %zu distinct, %ld to %ld\n", f->ask,
                   STR_ARG(f->column), f->objects, f->distinct, (long)f->min, (long)f->max);
        for (size_t k = 0; k < f->term_count; k++)
            buf_format(out, "  %.*s %zu %d\n", STR_ARG(f->terms[k].term), f->terms[k].count,
                       f->terms[k].is_chosen);
        for (size_t k = 0; k < f->bucket_count; k++)
            buf_format(out, "  %ld..%ld %zu\n", (long)f->buckets[k].min, (long)f->buckets[k].max,
                       f->buckets[k].count);
    }
}

static ColumnsAnswer plain_answer(World *world, const ColumnsQuestion *q)
{
    ColumnsRow *rows = NEW_N(world->arena, ColumnsRow, world->n);
    for (size_t i = 0; i < world->n; i++) rows[i] = world->rows[i].row;
    return plain_ask(rows, world->n, world->arena, q);
}

static void expect_same_answer(World *world, const ColumnsQuestion *q)
{
    ColumnsAnswer real = columns_ask(world->columns, world->arena, q);
    ColumnsAnswer plain = plain_answer(world, q);
    Arena *scratch = arena_new(65536);
    Buf a = buf_new(scratch, 64 << 20), b = buf_new(scratch, 64 << 20);
    write_answer(&a, &real);
    write_answer(&b, &plain);
    if (!str_eq(buf_str(&a), buf_str(&b)))
        fail_msg("seed %lu, question %zu\n-- store\n%.*s\n-- plain\n%.*s\n",
                 (unsigned long)world->seed, world->questions, STR_ARG(buf_str(&a)),
                 STR_ARG(buf_str(&b)));
    arena_free(scratch);
    world->questions++;
    world->with_hits += real.n > 0;
    world->with_more += real.has_more;
}

/* By price within prices: the walk begins and ends where the range does. */
static void ask_by_price(World *world)
{
    ColumnsCondition range = {.column = S("price"), .is_range = true};
    range.min = (int64_t)below(world, 1500);
    range.max = range.min + (int64_t)below(world, 600);
    ColumnsClause clause = {&range, 1, false};
    ColumnsFilter filter = {&clause, 1, NULL};
    ColumnsPosition after = {.id = {1 + (int64_t)below(world, (size_t)world->ids)},
                             .number = (int64_t)below(world, 2000)};
    ColumnsQuestion q = {.filter = &filter,
                         .order = {ORDER_NUMBER, S("price"), one_in(world, 2)},
                         .after = one_in(world, 2) ? &after : NULL,
                         .limit = 1 + skewed(world, 30)};
    expect_same_answer(world, &q);
}

static void ask_something(World *world)
{
    if (one_in(world, 10)) {
        ask_by_price(world);
        return;
    }
    ColumnsQuestion q = {.filter = one_in(world, 8) ? NULL : random_filter(world),
                         .order = random_order(world),
                         .limit = one_in(world, 8) ? 0 : 1 + skewed(world, 30),
                         .wants_total = one_in(world, 3)};
    if (one_in(world, 50)) q.limit = COLUMNS_PAGE_MAX + 5;
    q.facets = random_asks(world, &q.facet_count);
    if (one_in(world, 3)) q.after = random_position(world);
    expect_same_answer(world, &q);
}

/* ---- Runs ------------------------------------------------------------------------------------ */

static void begin(World *world, uint64_t seed, size_t most, int64_t ids)
{
    *world = (World){.columns = columns_new(),
                     .arena = arena_new(1 << 20),
                     .rows = calloc(most, sizeof(Owned)),
                     .most = most,
                     .ids = ids,
                     .seed = seed};
    assert_non_null(world->rows);
    world->random = random_seeded(&world->seeded, seed);
}

static void end(World *world)
{
    /* A run that met nothing has shown nothing. */
    assert_true(world->with_hits > world->questions / 8);
    assert_true(world->with_more > 0);
    columns_keep(world->columns, (IdList){0});
    ColumnsSize size = columns_size(world->columns);
    assert_int_equal(size.objects, 0);
    assert_int_equal(size.columns, 0);
    assert_int_equal(size.terms, 0);
    columns_free(world->columns);
    arena_free(world->arena);
    free(world->rows);
}

static void change_something(World *world)
{
    size_t dice = below(world, 100);
    if (dice < 70)
        put_one(world);
    else if (dice < 97)
        remove_one(world);
    else if (dice < 98)
        keep_some(world);
    else
        put_many(world, below(world, 60));
    assert_int_equal(columns_size(world->columns).objects, world->n);
}

static void few_objects_many_seeds(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        World world;
        begin(&world, seed, 120, 200);
        for (int i = 0; i < 400; i++) {
            if (one_in(&world, 3))
                ask_something(&world);
            else
                change_something(&world);
            arena_reset(world.arena);
        }
        end(&world);
    }
}

/* Several pages of slots, so that columns take every form, and walks are worth while. */
static void many_objects(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        World world;
        begin(&world, seed * 1000, 10000, 20000);
        put_many(&world, 9000);
        for (int i = 0; i < 200; i++) {
            for (int k = 0; k < 10; k++) change_something(&world);
            ask_something(&world);
            arena_reset(world.arena);
        }
        assert_true(columns_size(world.columns).order_bytes > 0);
        assert_true(columns_size(world.columns).index_bytes > 0);
        end(&world);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_objects_many_seeds),
        cmocka_unit_test(many_objects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
