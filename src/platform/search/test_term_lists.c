/* What is kept of lists, and until when. */
#include "platform/cache/cache.h"
#include "platform/search/limits.h"
#include "platform/search/term_lists.h"

#include <setjmp.h>
#include <stdlib.h>

#undef fail
#include <cmocka.h>

static Arena *arena;

static int begin(void **state)
{
    (void)state;
    arena = arena_new(1 << 20);
    cache_bump("search", (Id){1}); /* nothing of an earlier test holds */
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static TermMoment moment_now(void)
{
    return (TermMoment){
        .moment = tags_now(), .slots = {tag_slot("search", (Id){0})}, .slot_count = 1};
}

static HitList hits_from(int64_t first, size_t n)
{
    HitList hits = {NEW_N(arena, Hit, n), n};
    for (size_t i = 0; i < n; i++)
        hits.items[i] = (Hit){first + (int64_t)i, TERM_TITLE | (i % 2 ? TERM_LAST : 0)};
    return hits;
}

static void add(const char *key, const TermMoment *read_at, int64_t first, size_t n)
{
    HitList hits = hits_from(first, n);
    const TermList *list = term_lists_add(str_from(key), read_at, &hits);
    assert_int_equal(list->n, n);
    for (size_t i = 0; i < n; i++) assert_int_equal(list->ids[i], first + (int64_t)i);
    term_list_release(list);
}

/* The first id of what is kept; 0: nothing. */
static int64_t first_of(const char *key)
{
    TermMoment now = moment_now();
    const TermList *list = term_lists_get(str_from(key), &now);
    if (!list) return 0;
    int64_t first = list->ids[0];
    term_list_release(list);
    return first;
}

static void what_is_added_is_found(void **state)
{
    (void)state;
    TermMoment now = moment_now();
    add("1 thing/:lamp", &now, 7, 3);
    const TermList *list = term_lists_get(S("1 thing/:lamp"), &now);
    assert_non_null(list);
    assert_int_equal(list->n, 3);
    assert_int_equal(list->ids[2], 9);
    assert_int_equal(list->places[0], TERM_TITLE);
    assert_int_equal(list->places[1], TERM_TITLE | TERM_LAST);
    term_list_release(list);
    assert_int_equal(first_of("1 thing/:lam"), 0);
    assert_int_equal(first_of("2 thing/:lamp"), 0);
}

static void nothing_holds_when_words_have_changed(void **state)
{
    (void)state;
    TermMoment now = moment_now();
    add("1 thing/:lamp", &now, 7, 3);
    const TermList *used = term_lists_get(S("1 thing/:lamp"), &now);
    cache_bump("other", (Id){1});
    assert_int_equal(first_of("1 thing/:lamp"), 7);
    cache_bump("search", (Id){1});
    assert_int_equal(first_of("1 thing/:lamp"), 0);
    assert_int_equal(used->ids[0], 7); /* who has it keeps it */
    term_list_release(used);
}

/* A slow reader's list, of a snapshot from before the change. */
static void what_was_read_before_a_change_is_not_kept_after_it(void **state)
{
    (void)state;
    TermMoment before = moment_now();
    cache_bump("search", (Id){1});
    add("1 thing/:lamp", &before, 7, 3);
    assert_int_equal(first_of("1 thing/:lamp"), 0);
    TermMoment now = moment_now();
    add("1 thing/:lamp", &now, 8, 3);
    add("1 thing/:lamp", &before, 7, 3);
    assert_int_equal(first_of("1 thing/:lamp"), 8);
}

static void a_writer_neither_keeps_nor_takes(void **state)
{
    (void)state;
    TermMoment now = moment_now(), writer = now;
    writer.moment = 0;
    add("1 thing/:lamp", &writer, 7, 3);
    assert_int_equal(first_of("1 thing/:lamp"), 0);
    add("1 thing/:lamp", &now, 8, 3);
    assert_null(term_lists_get(S("1 thing/:lamp"), &writer));
    assert_false(term_lists_wanted(S("1 thing/:oak"), &writer));
    assert_false(term_lists_wanted(S("1 thing/:oak"), &writer));
}

static const char *numbered(size_t i)
{
    return str_z(arena, str_format(arena, "1 thing/:word%zu", i));
}

static void the_least_used_give_way(void **state)
{
    (void)state;
    enum { POSTINGS = 100000, ROOM = SEARCH_LISTS_BYTES / (POSTINGS * 9) };
    TermMoment now = moment_now();
    for (size_t i = 1; i <= ROOM; i++) {
        add(numbered(i), &now, (int64_t)i, POSTINGS);
        assert_int_equal(first_of(numbered(1)), 1); /* is used all the time */
    }
    size_t kept = 0;
    for (size_t i = ROOM + 1; i <= ROOM + 10; i++) add(numbered(i), &now, (int64_t)i, POSTINGS);
    for (size_t i = 1; i <= ROOM + 10; i++) kept += first_of(numbered(i)) > 0;
    assert_in_range(kept, ROOM - 1, ROOM);
    assert_int_equal(first_of(numbered(1)), 1);
    assert_int_equal(first_of(numbered(2)), 0);
    assert_int_equal(first_of(numbered(ROOM + 10)), ROOM + 10);
}

static void what_is_too_large_or_too_much_is_not_kept(void **state)
{
    (void)state;
    TermMoment now = moment_now();
    add("1 thing/:all", &now, 1, SEARCH_LISTS_BYTES / 9 / 4 + 1);
    assert_int_equal(first_of("1 thing/:all"), 0);
    for (size_t i = 1; i <= SEARCH_LISTS_MAX + 10; i++) add(numbered(i), &now, (int64_t)i, 1);
    assert_int_equal(first_of(numbered(1)), 0);
    assert_int_equal(first_of(numbered(10)), 0);
    assert_int_equal(first_of(numbered(11)), 11);
}

static void a_term_is_wanted_again_until_words_change(void **state)
{
    (void)state;
    TermMoment now = moment_now();
    assert_false(term_lists_wanted(S("1 thing/:lamp"), &now));
    assert_true(term_lists_wanted(S("1 thing/:lamp"), &now));
    cache_bump("search", (Id){1});
    now = moment_now();
    assert_false(term_lists_wanted(S("1 thing/:lamp"), &now));
    assert_true(term_lists_wanted(S("1 thing/:lamp"), &now));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_added_is_found, begin, end),
        cmocka_unit_test_setup_teardown(nothing_holds_when_words_have_changed, begin, end),
        cmocka_unit_test_setup_teardown(what_was_read_before_a_change_is_not_kept_after_it, begin,
                                        end),
        cmocka_unit_test_setup_teardown(a_writer_neither_keeps_nor_takes, begin, end),
        cmocka_unit_test_setup_teardown(the_least_used_give_way, begin, end),
        cmocka_unit_test_setup_teardown(what_is_too_large_or_too_much_is_not_kept, begin, end),
        cmocka_unit_test_setup_teardown(a_term_is_wanted_again_until_words_change, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
