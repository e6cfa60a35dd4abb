#include "meta/query.h"
#include "meta/test_types.h"
#include "meta/text.h"

#include <setjmp.h>

#include <cmocka.h>

typedef struct Filter {
    int64_t limit;
    Str q;
    bool archived;
    Id after;
    Time since;
    Status status;
    Currency currency;
    double ratio;
    Money floor;
    StrList tag;
    StrList fields;
    IdList ids;
} Filter;

static const Type filter_type =
    TYPE(Filter, "One of each kind that a query can have.",
         FIELD(Filter, limit, "Page size.", .min = 1, .max = 100, .initial = "20"),
         FIELD(Filter, q, "Words.", .max = 10), FIELD(Filter, archived, "Those too?"),
         FIELD(Filter, after, "Begin behind it.", .prefix = "prod"),
         FIELD(Filter, since, "Changed after."),
         ENUM(Filter, status, "Stage.", status_names, .initial = "active"),
         FIELD(Filter, currency, "Of prices."), FIELD(Filter, ratio, "A number."),
         FIELD(Filter, floor, "Least price."), FIELD(Filter, tag, "Any of these.", .max = 2),
         FIELD(Filter, fields, "Only these.", .commas = true, .max = 3, .item_max = 5),
         FIELD(Filter, ids, "These.", .prefix = "prod", .commas = true));

static Violations read_filter(Arena *arena, const char *query, unsigned flags, Filter **out)
{
    Violations violations = violations_new(arena);
    *out = query_read(arena, &filter_type, str_from(query), flags, &violations);
    assert_int_equal(*out == NULL, violations.n > 0);
    return violations;
}

static void every_kind_is_read(void **state)
{
    Arena *arena = *state;
    Filter *f;
    Violations violations =
        read_filter(arena,
                    "limit=5&q=a+b%2B%C3%BC&archived=true&after=prod_0000000000010"
                    "&since=2026-11-21T11%3A58%3A19Z&status=archived&currency=EUR&ratio=-0.5"
                    "&floor=-7&tag=a,b&tag=c%26&fields=id,name&ids=prod_0000000000001&",
                    QUERY_STRICT, &f);
    assert_string_equal(summary(&violations), "");
    assert_int_equal(f->limit, 5);
    assert_string_equal(str_z(arena, f->q), "a b+\xC3\xBC");
    assert_true(f->archived);
    assert_int_equal(f->after.n, 32);
    assert_true(f->since.us == 1795262299000000);
    assert_int_equal(f->status, STATUS_ARCHIVED);
    assert_string_equal(f->currency.code, "EUR");
    assert_true(f->ratio == -0.5);
    assert_int_equal(f->floor.minor, -7);
    assert_int_equal(f->tag.n, 2);
    assert_string_equal(str_z(arena, f->tag.items[0]), "a,b");
    assert_string_equal(str_z(arena, f->tag.items[1]), "c&");
    assert_int_equal(f->fields.n, 2);
    assert_string_equal(str_z(arena, f->fields.items[1]), "name");
    assert_int_equal(f->ids.n, 1);
}

static void defaults_fill_the_rest(void **state)
{
    Filter *f;
    read_filter(*state, "", QUERY_STRICT, &f);
    assert_int_equal(f->limit, 20);
    assert_int_equal(f->status, STATUS_ACTIVE);
    assert_int_equal(f->tag.n, 0);
    assert_int_equal(f->after.n, 0);
}

static void each_violation_names_its_parameter(void **state)
{
    static const struct {
        const char *query, *summary, *message;
    } rows[] = {
        {"limit=0", "?limit too_small", "must be at least 1, is 0"},
        {"limit=x", "?limit wrong_type", "must be an integer, written with digits only, is x"},
        {"limit=", "?limit wrong_type", NULL},
        {"limit", "?limit wrong_type", NULL},
        {"limit=+5", "?limit wrong_type", NULL},
        {"limit=05", "?limit wrong_type", NULL},
        {"limit=99999999999999999999", "?limit too_large", "must be at most 9223372036854775807"},
        {"limit=5&limit=5", "?limit duplicate", "stands twice"},
        {"lim%69t=5&limit=5", "?limit duplicate", "stands twice"},
        {"Limit=5", "?Limit unknown_parameter", "is not a parameter of this request"},
        {"utm_source=x&b=1", "?utm_source unknown_parameter, ?b unknown_parameter", NULL},
        {"=5", "? unknown_parameter", NULL},
        {"q=%", "?q encoding", NULL},
        {"q=%2", "?q encoding", NULL},
        {"q=%g0", "?q encoding", NULL},
        {"q=a%00", "?q encoding", "must be UTF-8 without NUL, with whole %XX escapes"},
        {"q=%FF", "?q encoding", NULL},
        {"q=%C3", "?q encoding", NULL},
        {"q=\xC3", "?q encoding", NULL},
        {"q=12345678901", "?q too_long", "must have at most 10 characters, has 11"},
        {"%FF=1", "?%FF encoding", NULL},
        {"archived=1", "?archived wrong_type", "must be true or false"},
        {"archived", "?archived wrong_type", NULL},
        {"after=cat_0000000000010", "?after invalid_id", NULL},
        {"since=yesterday", "?since invalid_time", NULL},
        {"status=x", "?status not_one_of", "must be one of draft, active, archived; is \"x\""},
        {"currency=eur", "?currency invalid_currency", NULL},
        {"ratio=nan", "?ratio wrong_type", "must be a number"},
        {"ratio=inf", "?ratio wrong_type", NULL},
        {"ratio=0x10", "?ratio wrong_type", NULL},
        {"ratio=+1", "?ratio wrong_type", NULL},
        {"ratio=1e999", "?ratio too_large", NULL},
        {"tag=a&tag=b&tag=c", "?tag too_many", "must have at most 2 items, has 3"},
        {"fields=a,b,c,d", "?fields too_many", "must have at most 3 items, has 4"},
        {"fields=a,toolong", "?fields too_long", NULL},
        {"fields=a&fields=b", "?fields duplicate", NULL},
        {"ids=prod_0000000000001,x", "?ids invalid_id", NULL},
        {"limit=0&q=%&x=1", "?limit too_small, ?q encoding, ?x unknown_parameter", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Filter *filter;
        Violations violations = read_filter(*state, rows[i].query, QUERY_STRICT, &filter);
        assert_string_equal(summary(&violations), rows[i].summary);
        if (rows[i].message) assert_string_equal(first_message(&violations), rows[i].message);
    }
}

static void pages_ignore_what_they_do_not_know(void **state)
{
    Filter *f;
    read_filter(*state, "utm_source=%&limit=7&%=1", QUERY_LENIENT, &f);
    assert_non_null(f);
    assert_int_equal(f->limit, 7);
}

static void required_parameters_are_missed(void **state)
{
    Violations violations = violations_new(*state);
    assert_null(query_read(*state, &price_type, S("amount=5"), QUERY_STRICT, &violations));
    assert_string_equal(summary(&violations), "?currency required");
}

static void absence_is_marked(void **state)
{
    Violations violations = violations_new(*state);
    Address *address = query_read(*state, &address_type, S("city=Ulm"), QUERY_STRICT, &violations);
    assert_non_null(address);
    assert_true(IS_SET(&address_type, address, Address, city));
    assert_false(IS_SET(&address_type, address, Address, email));
}

static void parameters_are_counted(void **state)
{
    Arena *arena = *state;
    Buf query = buf_new(arena, 10000);
    for (int i = 0; i < QUERY_PARAMETERS_MAX; i++) buf_lit(&query, "x=1&");
    Filter *filter;
    read_filter(arena, str_z(arena, buf_str(&query)), QUERY_LENIENT, &filter);
    assert_non_null(filter);
    buf_lit(&query, "x=1");
    Violations violations =
        read_filter(arena, str_z(arena, buf_str(&query)), QUERY_LENIENT, &filter);
    assert_string_equal(first_message(&violations), "must have at most 100 query parameters");
}

static void path_segments_are_decoded_strictly(void **state)
{
    Arena *arena = *state;
    Str out;
    assert_true(percent_decode(arena, S("a+b%2Fc%c3%bc"), &out));
    assert_string_equal(str_z(arena, out), "a+b/c\xC3\xBC");
    assert_true(percent_decode(arena, S(""), &out));
    assert_int_equal(out.n, 0);
    static const char *const bad[] = {"%", "a%2", "%zz", "%00", "%FF", "%ED%A0%80", "\xFF"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        out = S("untouched");
        assert_false(percent_decode(arena, str_from(bad[i]), &out));
        assert_true(str_eq(out, S("untouched")));
    }
}

static void what_is_encoded_decodes(void **state)
{
    Arena *arena = *state;
    char text[255];
    for (int i = 0; i < 127; i++) text[i] = (char)(i + 1);
    Buf buf = buf_new(arena, 1000);
    Str out;
    percent_encode(&buf, (Str){text, 127});
    assert_true(percent_decode(arena, buf_str(&buf), &out));
    assert_true(str_eq(out, (Str){text, 127}));
    Buf shown = buf_new(arena, 100);
    percent_encode(&shown, S("a-Z.0_~ /\xC3\xBC+"));
    assert_string_equal(str_z(arena, buf_str(&shown)), "a-Z.0_~%20%2F%C3%BC%2B");
}

/* ---- Texts ---- */

static void texts_of_fields_read_back(void **state)
{
    Arena *arena = *state;
    static const struct {
        const char *field, *text;
    } rows[] = {{"name", "abc"},
                {"stock", "42"},
                {"active", "false"},
                {"weight", "0.25"},
                {"cost", "-1"},
                {"currency", "JPY"},
                {"status", "draft"},
                {"tags", "a,b"},
                {"tags", ""},
                {"site", "http://a"},
                {"id", "thing_0000000000001"},
                {"created_at", "2026-11-21T11:58:19Z"},
                {"metadata", "{\"a\":[1]}"},
                {"parents", "thing_0000000000001,thing_0000000000002"},
                {"size", "{\"width\":1,\"height\":2}"},
                {"prices", "[]"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Thing thing = {0};
        Violations violations = violations_new(arena);
        const Field *field = type_field(&thing_type, str_from(rows[i].field));
        void *member = (char *)&thing + field->offset;
        if (!text_read(arena, field, str_from(rows[i].text), NULL, member, &violations))
            fail_msg("%s: %s", rows[i].field, first_message(&violations));
        assert_string_equal(str_z(arena, text_write(arena, field, member)), rows[i].text);
    }
}

static void a_bad_text_leaves_the_member_alone(void **state)
{
    static const char *const rows[][2] = {
        {"name", ""},    {"stock", "1001"},  {"active", "TRUE"},    {"metadata", "{"},
        {"tags", "a,B"}, {"prices", "[{}]"}, {"status", "nothing"}, {"id", "x"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Thing thing, before;
        memset(&thing, 0x5A, sizeof thing);
        before = thing;
        Violations violations = violations_new(*state);
        const Field *field = type_field(&thing_type, str_from(rows[i][0]));
        assert_false(text_read(*state, field, str_from(rows[i][1]), NULL,
                               (char *)&thing + field->offset, &violations));
        assert_true(violations.n > 0);
        assert_memory_equal(&thing, &before, sizeof thing);
    }
}

/* ---- Two types ---- */

static void parameters_of_two_types_stand_in_one_query(void **state)
{
    Arena *arena = *state;
    void *size = NULL;
    Violations none = violations_new(arena);
    Filter *f = query_read_with(arena, &filter_type, &size_type, &size,
                                S("height=3&limit=5&width=2"), QUERY_STRICT, &none);
    assert_int_equal(none.n, 0);
    assert_int_equal(f->limit, 5);
    assert_int_equal(((Size *)size)->width, 2);
    assert_int_equal(((Size *)size)->height, 3);
    query_read_with(arena, &filter_type, &size_type, &size, S(""), QUERY_STRICT, &none);
    assert_int_equal(((Size *)size)->height, 1); /* its .initial */
}

/* What is wrong with one of them leaves nothing of both. */
static void a_violation_of_either_type_refuses_the_query(void **state)
{
    Arena *arena = *state;
    static const char *const rows[][2] = {
        {"height=0", "?height too_small"},
        {"limit=x&width=1", "?limit wrong_type"},
        {"depth=1", "?depth unknown_parameter"},
        {"width=1&width=1", "?width duplicate"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        void *size = &size;
        Violations bad = violations_new(arena);
        assert_null(query_read_with(arena, &filter_type, &size_type, &size, str_from(rows[i][0]),
                                    QUERY_STRICT, &bad));
        assert_null(size);
        assert_string_equal(summary(&bad), rows[i][1]);
    }
}

#define WITH_ARENA(test) cmocka_unit_test_setup_teardown(test, setup_arena, teardown_arena)

/* ---- Writing ---- */

static Str canonical(Arena *arena, const char *query)
{
    Filter *f;
    Violations violations = read_filter(arena, query, QUERY_LENIENT, &f);
    assert_string_equal(summary(&violations), "");
    Buf out = buf_new(arena, 10000);
    query_write(&out, &filter_type, f, query_plain(arena, &filter_type));
    return buf_str(&out);
}

static void a_question_has_one_text(void **state)
{
    static const struct {
        const char *query, *text;
    } rows[] = {
        {"", ""},
        {"limit=20&status=active&q=&fields=&ids=&archived=false&utm_source=x", ""},
        {"q=a+b%26&limit=5", "limit=5&q=a%20b%26"},
        {"%6cimit=5&q=a%20b%26", "limit=5&q=a%20b%26"},
        {"tag=b&archived=true&tag=a", "archived=true&tag=b&tag=a"},
        {"tag=b%26tag%3Da", "tag=b%26tag%3Da"},
        {"ids=prod_0000000000001,prod_0000000000002&fields=id,name&ratio=-0.50",
         "ratio=-0.5&fields=id,name&ids=prod_0000000000001,prod_0000000000002"},
        {"after=prod_0000000000010&since=2026-11-21T12:58:19%2B01:00&currency=EUR&floor=-7",
         "after=prod_0000000000010&since=2026-11-21T11%3A58%3A19Z&currency=EUR&floor=-7"},
    };
    Arena *arena = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_string_equal(str_z(arena, canonical(arena, rows[i].query)), rows[i].text);
        assert_string_equal(str_z(arena, canonical(arena, rows[i].text)), rows[i].text);
    }
}

/* A zero that was sent is another question than none where the type can tell them apart. */
static void what_was_sent_is_written(void **state)
{
    Arena *arena = *state;
    Str texts[2];
    static const char *const queries[] = {"name=a", "name=a&status=draft"};
    for (int i = 0; i < 2; i++) {
        Violations violations = violations_new(arena);
        const Thing *thing =
            query_read(arena, &thing_type, str_from(queries[i]), QUERY_STRICT, &violations);
        Buf out = buf_new(arena, 1000);
        query_write(&out, &thing_type, thing, query_plain(arena, &thing_type));
        texts[i] = buf_str(&out);
        assert_string_equal(str_z(arena, texts[i]), queries[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(every_kind_is_read),
        WITH_ARENA(defaults_fill_the_rest),
        WITH_ARENA(each_violation_names_its_parameter),
        WITH_ARENA(pages_ignore_what_they_do_not_know),
        WITH_ARENA(required_parameters_are_missed),
        WITH_ARENA(absence_is_marked),
        WITH_ARENA(parameters_are_counted),
        WITH_ARENA(path_segments_are_decoded_strictly),
        WITH_ARENA(what_is_encoded_decodes),
        WITH_ARENA(texts_of_fields_read_back),
        WITH_ARENA(a_bad_text_leaves_the_member_alone),
        WITH_ARENA(a_question_has_one_text),
        WITH_ARENA(what_was_sent_is_written),
        WITH_ARENA(parameters_of_two_types_stand_in_one_query),
        WITH_ARENA(a_violation_of_either_type_refuses_the_query),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
