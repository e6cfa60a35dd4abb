/* What an answer depends on, and when it does not hold any more. */
#include "platform/api/request.h"
#include "platform/cache/note.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const Id nobody = {0};

static void test_a_change_is_seen_by_what_was_made_before(void **state)
{
    (void)state;
    TagSlot tea = tag_slot("product", (Id){1}), oil = tag_slot("product", (Id){2});
    uint64_t before = tags_now();
    cache_bump("product", (Id){1});
    assert_false(tags_hold(before, &tea, 1));
    assert_true(tags_hold(before, &oil, 1));
    assert_true(tags_hold(tags_now(), &tea, 1));
}

static void test_a_change_is_one_of_the_kind(void **state)
{
    (void)state;
    TagSlot products = tag_slot("product", nobody), variants = tag_slot("variant", nobody);
    uint64_t before = tags_now();
    cache_bump("product", (Id){3});
    assert_false(tags_hold(before, &products, 1));
    assert_true(tags_hold(before, &variants, 1));
}

/* One that has changed among many that have not. */
static void test_each_tag_counts(void **state)
{
    (void)state;
    enum { TAGS = 5 };
    for (int changed = 1; changed <= TAGS; changed++) {
        TagSlot slots[TAGS];
        uint64_t before = tags_now();
        for (int i = 0; i < TAGS; i++) slots[i] = tag_slot("page", (Id){i + 1});
        assert_true(tags_hold(before, slots, TAGS));
        cache_bump("page", (Id){changed});
        assert_false(tags_hold(before, slots, TAGS));
    }
}

static void test_everything_changes(void **state)
{
    (void)state;
    TagSlot tea = tag_slot("product", (Id){1});
    uint64_t before = tags_now();
    cache_bump_all();
    assert_false(tags_hold(before, &tea, 1));
    assert_false(tags_hold(before, NULL, 0));
    assert_true(tags_hold(tags_now(), &tea, 1));
}

/* ---- Notes ---- */

static bool holds(const CacheNote *note, uint64_t moment)
{
    return tags_hold(moment, note->slots, note->tag_count);
}

static void test_what_names_nothing_is_not_kept(void **state)
{
    (void)state;
    CacheNote note = {0};
    Request rq = {.cache = &note};
    assert_false(cache_note_keeps(&note));
    cache_depends(&rq, "product", (Id){1});
    assert_true(cache_note_keeps(&note));
    cache_never(&rq);
    assert_false(cache_note_keeps(&note));
}

static void test_the_earliest_end_counts(void **state)
{
    (void)state;
    CacheNote note = {0};
    Request rq = {.cache = &note};
    cache_expires(&rq, (Time){30});
    cache_expires(&rq, (Time){10});
    cache_expires(&rq, (Time){20});
    assert_int_equal(note.expires.us, 10);
    assert_true(cache_note_keeps(&note));
}

static void test_what_is_said_twice_counts_once(void **state)
{
    (void)state;
    CacheNote note = {0};
    Request rq = {.cache = &note};
    for (int i = 0; i < 3; i++) cache_depends(&rq, "product", (Id){7});
    assert_int_equal(note.tag_count, 1);
    cache_depends(&rq, "product", nobody);
    assert_int_equal(note.tag_count, 1); /* the whole kind stands for its objects */
    cache_depends(&rq, "product", (Id){8});
    assert_int_equal(note.tag_count, 1);
}

/* More objects than there is room for: whichever of them changes is seen, and what else was named
 * stays. */
static void test_many_objects_become_their_kind(void **state)
{
    (void)state;
    enum { MANY = CACHE_TAGS_MAX * 3 };
    CacheNote note = {0};
    Request rq = {.cache = &note};
    cache_depends(&rq, "category", (Id){5});
    for (int i = 1; i <= MANY; i++) cache_depends(&rq, "product", (Id){i});
    assert_true(note.tag_count <= CACHE_TAGS_MAX);
    for (int i = 1; i <= MANY; i++) {
        uint64_t before = tags_now();
        assert_true(holds(&note, before));
        cache_bump("product", (Id){i});
        assert_false(holds(&note, before));
    }
    uint64_t before = tags_now();
    cache_bump("category", (Id){5});
    assert_false(holds(&note, before));
}

static void test_too_many_kinds_are_not_kept(void **state)
{
    (void)state;
    char names[CACHE_TAGS_MAX + 1][8];
    CacheNote note = {0};
    Request rq = {.cache = &note};
    for (int i = 0; i <= CACHE_TAGS_MAX; i++) {
        names[i][0] = (char)('A' + i);
        names[i][1] = '\0';
        assert_true(i == 0 || cache_note_keeps(&note));
        cache_depends(&rq, names[i], nobody);
    }
    assert_false(cache_note_keeps(&note));
}

static void test_nobody_listens(void **state)
{
    (void)state;
    Request rq = {0};
    cache_depends(&rq, "product", (Id){1});
    cache_expires(&rq, (Time){1});
    cache_never(&rq);
    assert_null(rq.cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_change_is_seen_by_what_was_made_before),
        cmocka_unit_test(test_a_change_is_one_of_the_kind),
        cmocka_unit_test(test_each_tag_counts),
        cmocka_unit_test(test_everything_changes),
        cmocka_unit_test(test_what_names_nothing_is_not_kept),
        cmocka_unit_test(test_the_earliest_end_counts),
        cmocka_unit_test(test_what_is_said_twice_counts_once),
        cmocka_unit_test(test_many_objects_become_their_kind),
        cmocka_unit_test(test_too_many_kinds_are_not_kept),
        cmocka_unit_test(test_nobody_listens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
