#include "platform/columns/columns.h"

#include <setjmp.h>
#include <stdio.h>

#include <cmocka.h>

/* ---- A small world: "id term…": words are column:term, column=number and column~text --------- */

typedef struct World {
    Arena *arena;
    Columns *columns;
} World;

static int begin(void **state)
{
    static World world;
    world = (World){arena_new(4096), columns_new()};
    *state = &world;
    return 0;
}

static int end(void **state)
{
    World *world = *state;
    columns_free(world->columns);
    arena_free(world->arena);
    return 0;
}

/* The first ':', '=' or '~' of the word, which decides what it is. */
static size_t mark_of(Str word)
{
    for (size_t i = 0; i < word.n; i++)
        if (word.p[i] == ':' || word.p[i] == '=' || word.p[i] == '~') return i;
    fail_msg("no mark in %.*s", STR_ARG(word));
    return 0;
}

static ColumnsRow row_of(Arena *arena, const char *text)
{
    Str rest, word;
    int64_t id = 0;
    bool more = str_cut(str_from(text), ' ', &word, &rest);
    assert_true(str_to_int(word, &id));
    ColumnsRow row = {.id = {id},
                      .terms = NEW_N(arena, ColumnTerm, 16),
                      .numbers = NEW_N(arena, ColumnNumber, 16),
                      .texts = NEW_N(arena, ColumnText, 16)};
    while (more) {
        more = str_cut(rest, ' ', &word, &rest);
        size_t at = mark_of(word);
        Str column = str_slice(word, 0, at), value = str_slice(word, at + 1, word.n);
        if (word.p[at] == ':') row.terms[row.term_count++] = (ColumnTerm){column, value};
        if (word.p[at] == '~') row.texts[row.text_count++] = (ColumnText){column, value};
        if (word.p[at] != '=') continue;
        int64_t number = 0;
        assert_true(str_to_int(value, &number));
        row.numbers[row.number_count++] = (ColumnNumber){column, number};
    }
    return row;
}

static void put(World *world, const char *text)
{
    ColumnsRow row = row_of(world->arena, text);
    assert_true(columns_put(world->columns, &row));
}

static void fill(World *world)
{
    put(world, "1 kind:lamp vendor:Alder color:red color:blue price=300 title~c");
    put(world, "2 kind:lamp vendor:Birch color:red price=100 title~b");
    put(world, "3 kind:desk vendor:Alder color:green price=200 title~a");
    put(world, "4 kind:desk vendor:Cedar price=100 title~d");
    put(world, "5 kind:vase vendor:Alder color:blue title~b");
    put(world, "6 kind:vase price=-5");
}

/* "kind:lamp,desk !color:red price=100..200 kind:lamp|price=7..7" with "*" in front of a fixed clause;
 * the words are clauses. */
static ColumnsCondition condition_of(Arena *arena, Str word)
{
    ColumnsCondition c = {.is_not = str_starts(word, S("!"))};
    if (c.is_not) word = str_slice(word, 1, word.n);
    size_t at = mark_of(word);
    c.column = str_slice(word, 0, at);
    c.is_range = word.p[at] == '=';
    Str value = str_slice(word, at + 1, word.n), head;
    if (c.is_range) {
        size_t dots = str_find(value, S(".."));
        assert_true(str_to_int(str_slice(value, 0, dots), &c.min));
        assert_true(str_to_int(str_slice(value, dots + 2, value.n), &c.max));
        return c;
    }
    c.terms.items = NEW_N(arena, Str, value.n + 1);
    for (bool more = value.n > 0; more; c.terms.items[c.terms.n++] = head)
        more = str_cut(value, ',', &head, &value);
    return c;
}

static ColumnsFilter filter_of(Arena *arena, const char *text)
{
    Str rest = str_from(text), word, part;
    ColumnsFilter filter = {.all = NEW_N(arena, ColumnsClause, 16)};
    for (bool more = rest.n > 0; more;) {
        more = str_cut(rest, ' ', &word, &rest);
        ColumnsClause *clause = &filter.all[filter.n++];
        clause->any = NEW_N(arena, ColumnsCondition, 16);
        clause->is_fixed = str_starts(word, S("*"));
        if (clause->is_fixed) word = str_slice(word, 1, word.n);
        for (bool or = word.n > 0; or ; clause->any[clause->n++] = condition_of(arena, part))
            or = str_cut(word, '|', &part, &word);
    }
    return filter;
}

static const char *ids_text(World *world, const ColumnsAnswer *answer)
{
    Str text = S("");
    for (size_t i = 0; i < answer->n; i++)
        text = str_format(world->arena, "%.*s%s%ld", STR_ARG(text), i ? " " : "",
                          (long)answer->ids[i].n);
    return str_z(world->arena, text);
}

static void expect_filter(World *world, const char *filter, const char *ids)
{
    ColumnsFilter f = filter_of(world->arena, filter);
    ColumnsQuestion q = {.filter = &f, .limit = 100, .wants_total = true};
    ColumnsAnswer answer = columns_ask(world->columns, world->arena, &q);
    assert_string_equal(ids_text(world, &answer), ids);
    assert_int_equal(answer.total, answer.n);
    assert_false(answer.has_more);
}

static void expect_order(World *world, ColumnsOrder order, const char *ids)
{
    ColumnsQuestion q = {.order = order, .limit = 100};
    ColumnsAnswer answer = columns_ask(world->columns, world->arena, &q);
    assert_string_equal(ids_text(world, &answer), ids);
}

/* ---- Filters --------------------------------------------------------------------------------- */

static void an_empty_store_answers_with_nothing(void **state)
{
    World *world = *state;
    ColumnsFacetAsk asks[] = {{.column = S("kind"), .max = 5},
                              {.column = S("price"), .is_number = true, .max = 5}};
    ColumnsQuestion q = {.limit = 10, .wants_total = true, .facets = asks, .facet_count = 2};
    ColumnsAnswer answer = columns_ask(world->columns, world->arena, &q);
    assert_int_equal(answer.n, 0);
    assert_int_equal(answer.total, 0);
    assert_false(answer.has_more);
    assert_int_equal(answer.facet_count, 2);
    assert_int_equal(answer.facets[0].term_count, 0);
    assert_int_equal(answer.facets[1].objects, 0);
    assert_int_equal(columns_size(world->columns).objects, 0);
}

static void clauses_are_joined_by_and_conditions_by_or(void **state)
{
    World *world = *state;
    fill(world);
    expect_filter(world, "", "6 5 4 3 2 1");
    expect_filter(world, "kind:lamp", "2 1");
    expect_filter(world, "kind:lamp,vase", "6 5 2 1");
    expect_filter(world, "kind:lamp,desk vendor:Alder", "3 1");
    expect_filter(world, "kind:lamp|vendor:Cedar", "4 2 1");
    expect_filter(world, "color:red color:blue", "1");
    expect_filter(world, "color:red,blue", "5 2 1");
}

static void nobody_has_what_is_not_there(void **state)
{
    World *world = *state;
    fill(world);
    expect_filter(world, "kind:chair", "");
    expect_filter(world, "shape:round", "");
    expect_filter(world, "weight=0..10", "");
    expect_filter(world, "kind:", "");
    expect_filter(world, "!kind:", "6 5 4 3 2 1");
    expect_filter(world, "!shape:round", "6 5 4 3 2 1");
    expect_filter(world, "kind:chair,lamp", "2 1");
    ColumnsClause nothing = {.any = NULL, .n = 0};
    ColumnsFilter filter = {.all = &nothing, .n = 1};
    ColumnsQuestion q = {.filter = &filter, .limit = 10};
    assert_int_equal(columns_ask(world->columns, world->arena, &q).n, 0);
}

static void not_includes_those_without_a_value(void **state)
{
    World *world = *state;
    fill(world);
    expect_filter(world, "!color:red", "6 5 4 3");
    expect_filter(world, "!color:red,green", "6 5 4");
    expect_filter(world, "!price=0..150", "6 5 3 1");
    expect_filter(world, "kind:vase !vendor:Alder", "6");
}

/* What everybody has needs no index, so beside another term it is looked for in the column. */
static void everybody_may_have_one_of_the_terms(void **state)
{
    World *world = *state;
    for (int64_t id = 1; id <= 300; id++)
        put(world, str_z(world->arena, str_format(world->arena, "%ld all:x kind:k%ld%s", (long)id,
                                                  (long)id % 100, id % 2 ? "" : " all:y")));
    expect_filter(world, "all:x,y kind:k7", "207 107 7");
    expect_filter(world, "!all:x,y", "");
    ColumnsFilter f = filter_of(world->arena, "all:x,y");
    ColumnsQuestion q = {.filter = &f, .wants_total = true};
    assert_int_equal(columns_ask(world->columns, world->arena, &q).total, 300);
}

static void ranges_include_both_ends(void **state)
{
    World *world = *state;
    fill(world);
    expect_filter(world, "price=100..200", "4 3 2");
    expect_filter(world, "price=101..199", "");
    expect_filter(world, "price=-5..-5", "6");
    expect_filter(world, "price=200..100", "");
    expect_filter(world, "price=-9223372036854775808..9223372036854775807", "6 4 3 2 1");
    expect_filter(world, "price=0..150|kind:vase", "6 5 4 2");
}

static void only_what_a_search_found(void **state)
{
    World *world = *state;
    fill(world);
    Id ids[] = {{4}, {99}, {1}, {2}, {1}};
    int32_t scores[] = {10, 50, 30, 10, 99};
    ColumnsHits hits = {ids, scores, 5};
    ColumnsFilter filter = filter_of(world->arena, "price=100..300");
    filter.only = &hits;
    ColumnsQuestion q = {
        .filter = &filter, .order = {.by = ORDER_SCORE}, .limit = 10, .wants_total = true};
    ColumnsAnswer answer = columns_ask(world->columns, world->arena, &q);
    assert_string_equal(ids_text(world, &answer), "1 4 2");
    assert_int_equal(answer.total, 3);
    assert_int_equal(answer.positions[0].number, 30);
    q.after = &answer.positions[1];
    answer = columns_ask(world->columns, world->arena, &q);
    assert_string_equal(ids_text(world, &answer), "2");
    hits.scores = NULL;
    q.after = NULL;
    answer = columns_ask(world->columns, world->arena, &q);
    assert_string_equal(ids_text(world, &answer), "4 2 1");
    hits.n = 0;
    assert_int_equal(columns_ask(world->columns, world->arena, &q).total, 0);
}

/* ---- Orders and pages ------------------------------------------------------------------------ */

static void orders_have_two_directions_and_absent_values_last(void **state)
{
    World *world = *state;
    fill(world);
    expect_order(world, (ColumnsOrder){.by = ORDER_NEWEST}, "6 5 4 3 2 1");
    expect_order(world, (ColumnsOrder){.by = ORDER_NEWEST, .descending = true}, "6 5 4 3 2 1");
    expect_order(world, (ColumnsOrder){ORDER_NUMBER, S("price"), false}, "6 4 2 3 1 5");
    expect_order(world, (ColumnsOrder){ORDER_NUMBER, S("price"), true}, "1 3 4 2 6 5");
    expect_order(world, (ColumnsOrder){ORDER_TEXT, S("title"), false}, "3 5 2 1 4 6");
    expect_order(world, (ColumnsOrder){ORDER_TEXT, S("title"), true}, "4 1 5 2 3 6");
    expect_order(world, (ColumnsOrder){ORDER_NUMBER, S("weight"), false}, "6 5 4 3 2 1");
    expect_order(world, (ColumnsOrder){.by = ORDER_SCORE}, "6 5 4 3 2 1");
}

static void pages_follow_each_other(void **state)
{
    World *world = *state;
    fill(world);
    static const char *const pages[] = {"6 4", "2 3", "1 5"};
    ColumnsQuestion q = {.order = {ORDER_NUMBER, S("price"), false}, .limit = 2};
    ColumnsPosition after;
    for (size_t i = 0; i < 3; i++) {
        ColumnsAnswer answer = columns_ask(world->columns, world->arena, &q);
        assert_string_equal(ids_text(world, &answer), pages[i]);
        assert_int_equal(answer.has_more, i < 2);
        after = answer.positions[1];
        q.after = &after;
    }
    assert_true(after.is_absent);
    assert_int_equal(columns_ask(world->columns, world->arena, &q).n, 0);
}

static void a_position_outlives_its_object(void **state)
{
    World *world = *state;
    fill(world);
    ColumnsQuestion q = {.order = {ORDER_TEXT, S("title"), false}, .limit = 2};
    ColumnsPosition after = columns_ask(world->columns, world->arena, &q).positions[1];
    assert_true(str_eq(after.text, S("b")));
    columns_remove(world->columns, (Id){5});
    put(world, "3 title~z"); /* moves behind the position: may be met again */
    q.after = &after;
    q.limit = 10;
    ColumnsAnswer answer = columns_ask(world->columns, world->arena, &q);
    assert_string_equal(ids_text(world, &answer), "2 1 4 3 6");
}

static void long_texts_are_equal_where_they_are_cut(void **state)
{
    World *world = *state;
    char text[COLUMNS_TEXT_MAX + 10];
    memset(text, 'x', sizeof text);
    for (int64_t id = 1; id <= 2; id++) {
        ColumnText title = {S("title"), {text, sizeof text}};
        text[sizeof text - 1] = id == 1 ? 'z' : 'a';
        ColumnsRow row = {.id = {id}, .texts = &title, .text_count = 1};
        assert_true(columns_put(world->columns, &row));
    }
    ColumnsQuestion q = {.order = {ORDER_TEXT, S("title"), true}, .limit = 1};
    ColumnsAnswer answer = columns_ask(world->columns, world->arena, &q);
    assert_int_equal(answer.ids[0].n, 2);
    assert_int_equal(answer.positions[0].text.n, COLUMNS_TEXT_MAX);
    q.after = &(ColumnsPosition){.id = {2}, .text = {text, sizeof text}};
    answer = columns_ask(world->columns, world->arena, &q);
    assert_string_equal(ids_text(world, &answer), "1");
}

/* ---- Changes --------------------------------------------------------------------------------- */

static void a_row_replaces_the_one_of_its_id(void **state)
{
    World *world = *state;
    fill(world);
    put(world, "2 kind:sofa price=7 title~e");
    expect_filter(world, "kind:lamp", "1");
    expect_filter(world, "vendor:Birch", "");
    expect_filter(world, "kind:sofa price=7..7", "2");
    expect_order(world, (ColumnsOrder){ORDER_TEXT, S("title"), true}, "2 4 1 5 3 6");
    assert_int_equal(columns_size(world->columns).objects, 6);
}

static void what_is_stated_twice_counts_once(void **state)
{
    World *world = *state;
    put(world, "1 color:red color:blue color:red price=3 price=9 title~b title~a");
    put(world, "2 price=5 title~aa");
    expect_filter(world, "price=3..3", "1");
    expect_filter(world, "price=9..9", "");
    expect_order(world, (ColumnsOrder){ORDER_TEXT, S("title"), false}, "2 1");
    ColumnsFacetAsk ask = {.column = S("color"), .max = 9};
    ColumnsQuestion q = {.facets = &ask, .facet_count = 1};
    ColumnsFacet color = columns_ask(world->columns, world->arena, &q).facets[0];
    assert_int_equal(color.term_count, 2);
    assert_int_equal(color.terms[1].count, 1);
}

static void what_is_removed_is_gone(void **state)
{
    World *world = *state;
    fill(world);
    columns_remove(world->columns, (Id){1});
    columns_remove(world->columns, (Id){1});
    columns_remove(world->columns, (Id){77});
    expect_filter(world, "kind:lamp", "2");
    expect_filter(world, "!kind:desk", "6 5 2");
    columns_keep(world->columns, (IdList){(Id[]){{5}, {88}, {2}, {4}, {2}}, 5});
    expect_filter(world, "", "5 4 2");
    columns_keep(world->columns, (IdList){0});
    expect_filter(world, "", "");
    put(world, "1 kind:lamp");
    expect_filter(world, "kind:lamp", "1");
}

/* ---- Facets ---------------------------------------------------------------------------------- */

static const char *facet_text(World *world, const ColumnsFacet *facet)
{
    Str text = str_format(world->arena, "%.*s(%zu):", STR_ARG(facet->column), facet->objects);
    for (size_t i = 0; i < facet->term_count; i++)
        text = str_format(world->arena, "%.*s %.*s%s=%zu", STR_ARG(text),
                          STR_ARG(facet->terms[i].term), facet->terms[i].is_chosen ? "*" : "",
                          facet->terms[i].count);
    for (size_t i = 0; i < facet->bucket_count; i++)
        text = str_format(world->arena, "%.*s %ld..%ld=%zu", STR_ARG(text),
                          (long)facet->buckets[i].min, (long)facet->buckets[i].max,
                          facet->buckets[i].count);
    return str_z(world->arena, text);
}

static void expect_facet(World *world, const char *filter, ColumnsFacetAsk ask,
                         const char *expected)
{
    ColumnsFilter f = filter_of(world->arena, filter);
    ColumnsQuestion q = {.filter = &f, .facets = &ask, .facet_count = 1};
    ColumnsAnswer answer = columns_ask(world->columns, world->arena, &q);
    assert_int_equal(answer.facet_count, 1);
    assert_string_equal(facet_text(world, &answer.facets[0]), expected);
}

static void terms_are_counted_most_first(void **state)
{
    World *world = *state;
    fill(world);
    ColumnsFacetAsk vendor = {.column = S("vendor"), .max = 10},
                    color = {.column = S("color"), .max = 2};
    expect_facet(world, "", vendor, "vendor(5): Alder=3 Birch=1 Cedar=1");
    expect_facet(world, "kind:lamp", vendor, "vendor(2): Alder=1 Birch=1");
    expect_facet(world, "", color, "color(4): blue=2 red=2");
    expect_facet(world, "kind:sofa", color, "color(0):");
    color.column = S("shape");
    expect_facet(world, "", color, "shape(0):");
}

static void a_choice_does_not_narrow_its_own_column(void **state)
{
    World *world = *state;
    fill(world);
    ColumnsFacetAsk vendor = {.column = S("vendor"), .max = 10};
    expect_facet(world, "vendor:Birch", vendor, "vendor(5): Alder=3 Birch*=1 Cedar=1");
    expect_facet(world, "vendor:Birch kind:desk", vendor, "vendor(2): Alder=1 Cedar=1 Birch*=0");
    expect_facet(world, "*vendor:Birch", vendor, "vendor(1): Birch=1");
    expect_facet(world, "vendor:Birch|kind:desk", vendor, "vendor(3): Alder=1 Birch=1 Cedar=1");
    expect_facet(world, "!vendor:Birch", vendor, "vendor(5): Alder=3 Birch=1 Cedar=1");
    vendor.max = 1;
    expect_facet(world, "vendor:Cedar,Elm", vendor, "vendor(5): Alder=3 Cedar*=1 Elm*=0");
    vendor.max = 0;
    expect_facet(world, "", vendor, "vendor(5):");
}

static void numbers_have_bounds_and_buckets(void **state)
{
    World *world = *state;
    fill(world);
    ColumnsFacetAsk price = {.column = S("price"), .is_number = true};
    expect_facet(world, "", price, "price(5):");
    price.max = 5;
    expect_facet(world, "", price, "price(5): -100..-1=1 0..99=0 100..199=2 200..299=1 300..399=1");
    expect_facet(world, "kind:desk", price, "price(2): 100..149=1 150..199=0 200..249=1");
    expect_facet(world, "price=0..150 kind:desk", price,
                 "price(2): 100..149=1 150..199=0 200..249=1");
    expect_facet(world, "*price=0..150 kind:desk", price, "price(1): 100..100=1");
    expect_facet(world, "kind:vase price=5..5", price, "price(1): -5..-5=1");
    ColumnsQuestion q = {.facets = &price, .facet_count = 1};
    ColumnsFacet facet = columns_ask(world->columns, world->arena, &q).facets[0];
    assert_int_equal(facet.min, -5);
    assert_int_equal(facet.max, 300);
}

static void buckets_hold_the_largest_numbers(void **state)
{
    World *world = *state;
    put(world, "1 n=9223372036854775807");
    put(world, "2 n=-9223372036854775807");
    ColumnsFacetAsk n = {.column = S("n"), .is_number = true, .max = 2};
    expect_facet(world, "", n, "n(2): -9223372036854775808..-1=1 0..9223372036854775807=1");
    n.max = 1;
    expect_facet(world, "", n, "n(2):");
}

static void a_prefix_asks_for_many_columns(void **state)
{
    World *world = *state;
    put(world, "2 b:x");
    ColumnTerm terms[] = {{S("attribute:Size"), S("L")}, {S("attribute:Age"), S("4")}};
    ColumnsRow row = {.id = {3}, .terms = terms, .term_count = 2};
    columns_put(world->columns, &row);
    ColumnsFacetAsk asks[] = {{.column = S("b"), .max = 3},
                              {.column = S("attribute:"), .is_prefix = true, .max = 3}};
    ColumnsFilter f = {
        .all = &(ColumnsClause){.any = &(ColumnsCondition){.column = S("b"),
                                                           .terms = {(Str[]){S("x")}, 1}},
                                .n = 1},
        .n = 1};
    ColumnsQuestion q = {.facets = asks, .facet_count = 2};
    ColumnsAnswer answer = columns_ask(world->columns, world->arena, &q);
    assert_int_equal(answer.facet_count, 3);
    assert_string_equal(facet_text(world, &answer.facets[1]), "attribute:Age(1): 4=1");
    assert_string_equal(facet_text(world, &answer.facets[2]), "attribute:Size(1): L=1");
    assert_int_equal(answer.facets[0].ask, 0);
    assert_int_equal(answer.facets[2].ask, 1);
    q.filter = &f;
    assert_int_equal(columns_ask(world->columns, world->arena, &q).facet_count, 1);
}

/* Page, total and facets of one question are about the same objects. */
static void one_question_gives_all(void **state)
{
    World *world = *state;
    fill(world);
    ColumnsFilter f = filter_of(world->arena, "vendor:Alder");
    ColumnsFacetAsk asks[] = {{.column = S("kind"), .max = 9}, {.column = S("vendor"), .max = 1}};
    ColumnsQuestion q = {.filter = &f,
                         .order = {ORDER_NUMBER, S("price"), false},
                         .limit = 2,
                         .wants_total = true,
                         .facets = asks,
                         .facet_count = 2};
    ColumnsAnswer answer = columns_ask(world->columns, world->arena, &q);
    assert_string_equal(ids_text(world, &answer), "3 1");
    assert_true(answer.has_more);
    assert_int_equal(answer.total, 3);
    assert_string_equal(facet_text(world, &answer.facets[0]), "kind(3): desk=1 lamp=1 vase=1");
    assert_string_equal(facet_text(world, &answer.facets[1]), "vendor(5): Alder*=3");
    assert_int_equal(answer.facets[1].distinct, 3);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CASE(an_empty_store_answers_with_nothing),
        CASE(clauses_are_joined_by_and_conditions_by_or),
        CASE(nobody_has_what_is_not_there),
        CASE(not_includes_those_without_a_value),
        CASE(everybody_may_have_one_of_the_terms),
        CASE(ranges_include_both_ends),
        CASE(only_what_a_search_found),
        CASE(orders_have_two_directions_and_absent_values_last),
        CASE(pages_follow_each_other),
        CASE(a_position_outlives_its_object),
        CASE(long_texts_are_equal_where_they_are_cut),
        CASE(a_row_replaces_the_one_of_its_id),
        CASE(what_is_stated_twice_counts_once),
        CASE(what_is_removed_is_gone),
        CASE(terms_are_counted_most_first),
        CASE(a_choice_does_not_narrow_its_own_column),
        CASE(numbers_have_bounds_and_buckets),
        CASE(buckets_hold_the_largest_numbers),
        CASE(a_prefix_asks_for_many_columns),
        CASE(one_question_gives_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
