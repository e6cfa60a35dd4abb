/* Rows of an inventory CSV: both generations of names, and what cannot be meant. */
#include "modules/catalog/transfer/stock_csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static Arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = arena_new(4096);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

/* The record of a line without quotes. */
static CsvRecord record_of(const char *text)
{
    CsvRecord record = {.fields = NEW_N(arena, Str, 16), .line = 7};
    Str rest = str_from(text), field;
    for (bool more = true; more;) {
        more = str_cut(rest, ',', &field, &rest);
        record.fields[record.n++] = field;
    }
    return record;
}

/* "handle|sku|options|location|current>on_hand", "nothing", or the code of the refusal. */
static const char *line_of(const char *header, const char *row)
{
    StockColumns columns;
    Str problem = S("");
    CsvRecord names = record_of(header), cells = record_of(row);
    if (!stock_columns_read(arena, &names, &columns, &problem)) return str_z(arena, problem);
    const StockLine *line = stock_line_read(arena, &columns, &cells);
    assert_int_equal(line->line, 7);
    if (line->says_nothing) return "nothing";
    if (line->code) return line->code;
    Str current = line->says_current ? str_format(arena, "%lld", (long long)line->current) : S("");
    return str_z(arena,
                 str_format(arena, "%.*s|%.*s|%.*s|%.*s|%.*s>%lld", STR_ARG(line->handle),
                            STR_ARG(line->sku), STR_ARG(str_join(arena, line->options, S("/"))),
                            STR_ARG(line->location), STR_ARG(current), (long long)line->on_hand));
}

static const char old[] = "Handle,Option1 Value,Option2 Value,SKU,Location,On hand";
static const char new[] = "handle,sku,location,On Hand (Current),on hand (new)";

static void both_generations_are_understood(void **state)
{
    (void)state;
    assert_string_equal(line_of(old, "shirt,Red,M,S-1,Main,12"), "shirt|S-1|Red/M|Main|>12");
    assert_string_equal(line_of(old, "shirt,,,S-1, Main ,0"), "shirt|S-1||Main|>0");
    assert_string_equal(line_of(new, "shirt,S-1,Main,3,12"), "shirt|S-1||Main|3>12");
    assert_string_equal(line_of(new, "shirt,S-1,Main,,12"), "shirt|S-1||Main|>12");
    assert_string_equal(line_of(new, "shirt,S-1,Main,not stocked,12"), "shirt|S-1||Main|>12");
}

static void what_is_left_out_stays(void **state)
{
    (void)state;
    assert_string_equal(line_of(new, "shirt,S-1,Main,3,"), "nothing");
    assert_string_equal(line_of(new, "shirt,S-1,Main,3,Not Stocked"), "nothing");
    assert_string_equal(line_of(new, ",,,,"), "nothing");
}

static void what_cannot_be_meant_is_refused(void **state)
{
    (void)state;
    assert_string_equal(line_of(new, "shirt,S-1,Main,3,-1"), "not_a_count");
    assert_string_equal(line_of(new, "shirt,S-1,Main,3,1.5"), "not_a_count");
    assert_string_equal(line_of(new, "shirt,S-1,Main,3,1000000001"), "not_a_count");
    assert_string_equal(line_of(new, "shirt,S-1,Main,some,1"), "not_a_count");
    assert_string_equal(line_of(new, ",,Main,3,1"), "no_variant");
    assert_string_equal(line_of(new, "shirt,,,3,1"), "no_location");
}

static void a_file_without_what_is_needed_is_none(void **state)
{
    (void)state;
    assert_string_equal(line_of("Handle,Location", "a,b"), "it has no column \"On hand (new)\"");
    assert_string_equal(line_of("Handle,On hand", "a,1"), "it has no column \"Location\"");
    assert_string_equal(line_of("Location,On hand", "a,1"), "it has no column \"SKU\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_generations_are_understood),
        cmocka_unit_test(what_is_left_out_stays),
        cmocka_unit_test(what_cannot_be_meant_is_refused),
        cmocka_unit_test(a_file_without_what_is_needed_is_none),
    };
    return cmocka_run_group_tests_name("transfer_stock", tests, setup, teardown);
}
