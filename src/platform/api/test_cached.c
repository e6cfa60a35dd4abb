/* Answers from memory, over real sockets and on both databases: what is kept and what is not, and what
 * the headers say. The races are in test_cached_races.c. */
#include "platform/api/test_things.h"

/* ---- Hits ---------------------------------------------------------------------------- */

static void test_hit(void **state)
{
    Things *shop = things_open(world_of(state), things_usual);
    things_put(shop, ONE, "tea");
    TestReply miss = things_get(shop, ONE);
    atomic_fetch_add(&things_now_us, 2500000);
    TestReply hit = things_get(shop, ONE);
    things_assert_name(&miss, "tea");
    things_assert_status(&miss, "souk; fwd=miss; stored");
    things_assert_status(&hit, "souk; hit");
    assert_int_equal(atomic_load(&things_reads), 1);
    assert_str_equal(hit.body, miss.body);
    static const char *const same[] = {"ETag", "Content-Type", "Cache-Control", "Vary"};
    for (size_t i = 0; i < ROWS(same); i++)
        assert_str_equal(things_header(&hit, same[i]), things_header(&miss, same[i]));
    assert_str_equal(things_header(&hit, "Cache-Control"), S("public, max-age=0, must-revalidate"));
    assert_str_equal(things_header(&hit, "Vary"), S("Authorization, Cookie"));
    assert_str_equal(things_header(&hit, "Age"), S("2"));
    assert_str_equal(things_header(&miss, "Age"), S("(none)"));
    assert_true(str_starts(things_header(&hit, "X-Request-Id"), S("req_")));
    assert_false(str_eq(things_header(&hit, "X-Request-Id"), things_header(&miss, "X-Request-Id")));
    things_close(shop);
}

/* Each of them means the same, in another order or spelling; the last one does not. */
static void test_one_question_one_entry(void **state)
{
    Things *shop = things_open(world_of(state), things_usual);
    things_put(shop, ONE, "tea");
    static const char *const same[] = {ONE "?pad=3&tint=r%26d",
                                       ONE "?tint=r%26d&pad=3",
                                       ONE "?tint=%72%26d&pad=3&limit=20",
                                       ONE "?limit=20&&pad=3&tint=r%26d",
                                       ONE "?cursor=&pad=3&tint=r%26d",
                                       "/things/thing_%30000000000001?pad=3&tint=r%26d"};
    for (size_t i = 0; i < ROWS(same); i++) {
        TestReply reply = things_get(shop, same[i]);
        things_assert_name(&reply, "tea");
    }
    assert_int_equal(atomic_load(&things_reads), 1);
    things_get(shop, ONE "?pad=3&tint=red");
    things_get(shop, ONE);
    things_get(shop, TWO "?pad=3&tint=r%26d");
    assert_int_equal(atomic_load(&things_reads), 4);
    things_close(shop);
}

/* Refused on the loop, with the same words as ever. */
static void test_wrong_questions_are_refused(void **state)
{
    Things *shop = things_open(world_of(state), things_usual);
    static const char *const wrong[] = {ONE "?pad=x", ONE "?colour=red", EXACT "?pad=1"};
    for (size_t i = 0; i < ROWS(wrong); i++) {
        TestReply reply = things_get(shop, wrong[i]);
        assert_int_equal(reply.status, 422);
        assert_str_equal(things_header(&reply, "Cache-Control"), S("no-store"));
    }
    assert_int_equal(atomic_load(&things_reads), 0);
    things_close(shop);
}

static void test_head_and_get_are_one_question(void **state)
{
    Things *shop = things_open(world_of(state), things_usual);
    things_put(shop, ONE, "tea");
    for (int i = 0; i < 2; i++) {
        int fd = things_ask(shop, "HEAD", ONE, "");
        TestReply head = test_read(shop->arena, fd, true);
        close(fd);
        TestReply whole = things_get(shop, ONE);
        assert_int_equal(head.status, 200);
        assert_str_equal(things_header(&head, "ETag"), things_header(&whole, "ETag"));
        assert_str_equal(things_header(&head, "Content-Length"),
                         things_header(&whole, "Content-Length"));
        things_assert_status(&head, i ? "souk; hit" : "souk; fwd=miss; stored");
        things_assert_status(&whole, "souk; hit");
    }
    assert_int_equal(atomic_load(&things_reads), 1);
    things_close(shop);
}

/* One answer is kept, in whatever forms it is asked for; each has its own tag, and each tag is known
 * again, also when the answer has to be unpacked first. */
static void test_encodings(void **state)
{
    Things *shop = things_open(world_of(state), things_usual);
    things_put(shop, ONE, "tea");
    Str sizes[THINGS_ENCODINGS];
    for (int round = 0; round < 5; round++)
        for (size_t i = 0; i < THINGS_ENCODINGS; i++) {
            TestReply reply = things_get_with(shop, ONE "?pad=5000", things_encodings[i].accept);
            assert_int_equal(reply.status, 200);
            assert_str_equal(things_header(&reply, "Content-Encoding"),
                             str_from(things_encodings[i].encoding));
            assert_true(str_ends(things_header(&reply, "ETag"), str_from(things_encodings[i].tag)));
            assert_true(str_starts(things_header(&reply, "ETag"), S("\"v7.")));
            assert_str_equal(things_header(&reply, "Vary"), S("Accept-Encoding"));
            if (round == 0) sizes[i] = things_header(&reply, "Content-Length");
            assert_str_equal(things_header(&reply, "Content-Length"), sizes[i]);
            char *lines = str_z(shop->arena, str_format(shop->arena, "%sIf-None-Match: %.*s\r\n",
                                                        things_encodings[i].accept,
                                                        STR_ARG(things_header(&reply, "ETag"))));
            TestReply known = things_get_with(shop, ONE "?pad=5000", lines);
            assert_int_equal(known.status, 304);
            assert_str_equal(things_header(&known, "ETag"), things_header(&reply, "ETag"));
            assert_str_equal(things_header(&known, "Cache-Control"),
                             things_header(&reply, "Cache-Control"));
            things_assert_status(&known, "souk; hit");
        }
    assert_int_equal(atomic_load(&things_reads), 1);
    assert_int_equal(cache_totals(shop->cache).entries, 1);
    things_close(shop);
}

/* Long enough to be unpacked in a lane. */
static void test_long_answers(void **state)
{
    Things *shop = things_open(world_of(state), things_usual);
    things_put(shop, ONE, "tea");
    TestReply first = things_get(shop, ONE "?pad=900000");
    for (int i = 0; i < 4; i++) {
        TestReply again = things_get(shop, ONE "?pad=900000");
        things_assert_status(&again, "souk; hit");
        assert_str_equal(again.body, first.body);
    }
    assert_int_equal(atomic_load(&things_reads), 1);
    things_close(shop);
}

/* The link to the next page is made of what the parameters mean, not of how they were written. */
static void test_links_are_kept(void **state)
{
    Things *shop = things_open(world_of(state), things_usual);
    things_put(shop, ONE, "tea");
    things_put(shop, TWO, "oil");
    TestReply miss = things_get(shop, "/things?limi%74=1&tint=a+b&");
    TestReply hit = things_get(shop, "/things?tint=a%20b&limit=1");
    assert_str_equal(things_header(&miss, "Link"),
                     S("</things?tint=a%20b&limit=1&cursor=bmV4dA>; rel=\"next\""));
    assert_str_equal(things_header(&hit, "Link"), things_header(&miss, "Link"));
    things_assert_status(&hit, "souk; hit");
    things_close(shop);
}

/* ---- What is not from memory --------------------------------------------------------- */

static void test_authorization_goes_past(void **state)
{
    Things *shop = things_open(world_of(state), things_usual);
    things_put(shop, ONE, "tea");
    things_get(shop, ONE);
    for (int i = 0; i < 2; i++) {
        TestReply reply = things_get_with(shop, ONE, "Authorization: Bearer good\r\n");
        things_assert_name(&reply, "tea");
        things_assert_status(&reply, "souk; fwd=bypass");
        assert_str_equal(things_header(&reply, "Cache-Control"), S("no-store"));
        assert_str_equal(things_header(&reply, "Age"), S("(none)"));
    }
    assert_int_equal(atomic_load(&things_reads), 3);
    assert_int_equal(things_get_with(shop, ONE, "Authorization: Bearer bad\r\n").status, 401);
    things_close(shop);
}

static void test_refusals_are_not_kept(void **state)
{
    Things *shop = things_open(world_of(state), things_usual);
    for (int i = 1; i <= 2; i++) {
        TestReply reply = things_get(shop, ONE);
        assert_int_equal(reply.status, 404);
        things_assert_status(&reply, "souk; fwd=miss");
        assert_str_equal(things_header(&reply, "Cache-Control"), S("no-store"));
        assert_int_equal(atomic_load(&things_reads), i);
    }
    things_put(shop, ONE, "tea");
    TestReply reply = things_get(shop, ONE);
    things_assert_name(&reply, "tea");
    things_close(shop);
}

static void test_failures_are_not_kept(void **state)
{
    Things *shop = things_open(world_of(state), things_usual);
    things_put(shop, ONE, "tea");
    atomic_store(&things_failures, 1);
    assert_int_equal(things_get(shop, ONE).status, 503);
    TestReply reply = things_get(shop, ONE);
    things_assert_name(&reply, "tea");
    things_close(shop);
}

static void test_what_must_not_be_kept_is_not(void **state)
{
    Things *shop = things_open(
        world_of(state),
        (ThingsOptions){.cache_bytes = 16 << 20, .slow_us = INT64_MAX, .max_age_s = 60});
    static const char *const targets[] = {EXACT, "/unsaid"};
    for (size_t i = 0; i < ROWS(targets); i++)
        for (int round = 1; round <= 2; round++) {
            TestReply reply = things_get(shop, targets[i]);
            assert_int_equal(reply.status, 200);
            things_assert_status(&reply, "souk; fwd=miss");
            assert_str_equal(things_header(&reply, "Cache-Control"),
                             S("public, max-age=0, must-revalidate"));
            assert_int_equal(atomic_load(&things_reads), (int)i * 2 + round);
        }
    things_close(shop);
}

static void test_long_questions_go_past(void **state)
{
    Things *shop = things_open(world_of(state), things_usual);
    things_put(shop, ONE, "tea");
    char *word = arena_alloc(shop->arena, CACHE_KEY_MAX + 1, 1);
    memset(word, 'w', CACHE_KEY_MAX);
    word[CACHE_KEY_MAX] = '\0';
    char *target = str_z(shop->arena, str_format(shop->arena, ONE "?tint=%s", word));
    for (int i = 1; i <= 2; i++) {
        TestReply reply = things_get(shop, target);
        things_assert_name(&reply, "tea");
        things_assert_status(&reply, "souk; fwd=bypass");
        assert_int_equal(atomic_load(&things_reads), i);
    }
    things_close(shop);
}

static void test_without_a_cache(void **state)
{
    Things *shop = things_open(world_of(state), (ThingsOptions){.cache_bytes = 0});
    things_put(shop, ONE, "tea");
    for (int i = 1; i <= 2; i++) {
        TestReply reply = things_get(shop, ONE);
        things_assert_name(&reply, "tea");
        things_assert_status(&reply, "(none)");
        assert_str_equal(things_header(&reply, "Cache-Control"),
                         S("public, max-age=0, must-revalidate"));
        assert_str_equal(things_header(&reply, "Vary"), S("Authorization, Cookie"));
        assert_int_equal(atomic_load(&things_reads), i);
    }
    things_close(shop);
}

/* ---- Ends ---------------------------------------------------------------------------- */

static void test_a_change_ends_it(void **state)
{
    Things *shop = things_open(world_of(state), things_usual);
    things_put(shop, ONE, "tea");
    things_put(shop, TWO, "oil");
    things_get(shop, ONE);
    things_get(shop, TWO);
    things_get(shop, "/things");
    things_put(shop, ONE, "green tea");
    TestReply one = things_get(shop, ONE), two = things_get(shop, TWO),
              all = things_get(shop, "/things");
    things_assert_name(&one, "green tea");
    things_assert_status(&one, "souk; fwd=stale; stored");
    things_assert_status(&two, "souk; hit");
    things_assert_status(&all, "souk; fwd=stale; stored");
    one = things_get(shop, ONE);
    things_assert_status(&one, "souk; hit");
    things_close(shop);
}

static void test_time_ends_it(void **state)
{
    Things *shop = things_open(
        world_of(state),
        (ThingsOptions){.cache_bytes = 16 << 20, .slow_us = INT64_MAX, .max_age_s = 60});
    TestReply first = things_get(shop, "/price");
    assert_str_equal(things_header(&first, "Cache-Control"),
                     S("public, max-age=10, must-revalidate"));
    atomic_fetch_add(&things_now_us, 4000000);
    TestReply hit = things_get(shop, "/price");
    things_assert_status(&hit, "souk; hit");
    assert_str_equal(things_header(&hit, "Age"), S("4"));
    assert_str_equal(things_header(&hit, "Cache-Control"),
                     S("public, max-age=10, must-revalidate"));
    atomic_fetch_add(&things_now_us, 5999999);
    hit = things_get(shop, "/price");
    things_assert_status(&hit, "souk; hit");
    atomic_fetch_add(&things_now_us, 1);
    TestReply late = things_get(shop, "/price");
    things_assert_status(&late, "souk; fwd=stale; stored");
    things_put(shop, ONE, "tea");
    TestReply kept = things_get(shop, ONE);
    assert_str_equal(things_header(&kept, "Cache-Control"),
                     S("public, max-age=60, must-revalidate"));
    atomic_fetch_add(&things_now_us, 5000000);
    kept = things_get(shop, ONE);
    assert_str_equal(things_header(&kept, "Cache-Control"),
                     S("public, max-age=65, must-revalidate"));
    atomic_fetch_add(&things_now_us, 3600000000);
    kept = things_get(shop, ONE);
    things_assert_status(&kept, "souk; fwd=stale; stored");
    things_close(shop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(test_hit),
        ON_BOTH(test_one_question_one_entry),
        ON_SQLITE(test_wrong_questions_are_refused),
        ON_SQLITE(test_head_and_get_are_one_question),
        ON_SQLITE(test_encodings),
        ON_SQLITE(test_long_answers),
        ON_BOTH(test_links_are_kept),
        ON_BOTH(test_authorization_goes_past),
        ON_BOTH(test_refusals_are_not_kept),
        ON_BOTH(test_failures_are_not_kept),
        ON_BOTH(test_what_must_not_be_kept_is_not),
        ON_SQLITE(test_long_questions_go_past),
        ON_BOTH(test_without_a_cache),
        ON_BOTH(test_a_change_ends_it),
        ON_SQLITE(test_time_ends_it),
    };
    return cmocka_run_group_tests(tests, worlds_begin, worlds_end);
}
