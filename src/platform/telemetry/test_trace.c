#include "platform/telemetry/trace.h"

#include <setjmp.h>

#include <cmocka.h>

static void a_good_header_is_read(void **state)
{
    (void)state;
    static const unsigned char trace_id[16] = {0x4b, 0xf9, 0x2f, 0x35, 0x77, 0xb3, 0x4d, 0xa6,
                                               0xa3, 0xce, 0x92, 0x9d, 0x0e, 0x0e, 0x47, 0x36};
    static const unsigned char parent_id[8] = {0x00, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 0x02, 0xb7};
    Trace trace = {0};
    assert_true(trace_parse(S("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"), &trace));
    assert_memory_equal(trace.trace_id, trace_id, 16);
    assert_memory_equal(trace.parent_id, parent_id, 8);
    assert_true(trace.sampled);
    assert_true(trace_parse(S("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"), &trace));
    assert_false(trace.sampled);
    assert_true(trace_parse(S("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-fe"), &trace));
    assert_false(trace.sampled); /* only the lowest flag has a meaning */
}

static void later_versions_are_read_by_their_first_fields(void **state)
{
    (void)state;
    Trace trace = {0};
    assert_true(trace_parse(S("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"), &trace));
    assert_true(
        trace_parse(S("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what"), &trace));
    assert_true(trace_parse(S("fe-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-"), &trace));
    assert_false(
        trace_parse(S("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.what"), &trace));
    assert_false(
        trace_parse(S("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-011"), &trace));
}

static void refusals(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "00",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-extra",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01 ",
        " 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "FE-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "0x-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00F067AA0BA902B7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7_01",
        "00-4bf92f3577b34da6a3ce929d0e0e47-3600f067aa0ba902b7-01",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        Trace trace = {.trace_id = {7}, .parent_id = {8}, .sampled = true};
        if (trace_parse(str_from(bad[i]), &trace)) fail_msg("accepted %s", bad[i]);
        assert_int_equal(trace.trace_id[0], 7);
        assert_int_equal(trace.parent_id[0], 8);
        assert_true(trace.sampled);
    }
}

static void work_joins_the_trace_of_its_caller(void **state)
{
    (void)state;
    RandomSeeded seeded;
    Random random = random_seeded(&seeded, 18);
    Str header = S("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    Trace trace, said, next;
    char text[TRACEPARENT_LENGTH];
    trace_begin(&trace, header, &random, (Id){31});
    assert_true(trace_parse(header, &said));
    assert_memory_equal(trace.trace_id, said.trace_id, 16);
    assert_memory_equal(trace.parent_id, said.parent_id, 8);
    assert_memory_not_equal(trace.span_id, said.parent_id, 8);
    assert_string_equal(trace.request_id, "req_000000000000z");
    trace_write(text, &trace);
    assert_true(trace_parse((Str){text, sizeof text}, &next));
    assert_memory_equal(next.trace_id, trace.trace_id, 16);
    assert_memory_equal(next.parent_id, trace.span_id, 8);
    assert_true(next.sampled);
}

static void without_a_header_a_trace_begins(void **state)
{
    (void)state;
    Trace a, b, said;
    char text[TRACEPARENT_LENGTH];
    trace_begin(&a, S(""), &random_system, (Id){1});
    trace_begin(&b, S("nonsense"), &random_system, (Id){2});
    assert_memory_not_equal(a.trace_id, b.trace_id, 16);
    assert_memory_not_equal(a.span_id, b.span_id, 8);
    assert_memory_equal(a.parent_id, "\0\0\0\0\0\0\0\0", 8);
    assert_false(a.sampled);
    trace_write(text, &a);
    assert_true(trace_parse((Str){text, sizeof text}, &said));
    assert_memory_equal(said.trace_id, a.trace_id, 16);
    assert_false(said.sampled);
}

/* A source that gives zeros first. */
static void fill_zeros_then_ones(void *state, void *out, size_t n)
{
    int *calls = state;
    memset(out, (*calls)++ % 2, n);
}

static void ids_are_never_zero(void **state)
{
    (void)state;
    int calls = 0;
    Random random = {fill_zeros_then_ones, &calls};
    Trace trace;
    trace_begin(&trace, S(""), &random, (Id){1});
    assert_int_equal(trace.trace_id[0], 1);
    assert_int_equal(trace.span_id[0], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_header_is_read),
        cmocka_unit_test(later_versions_are_read_by_their_first_fields),
        cmocka_unit_test(refusals),
        cmocka_unit_test(work_joins_the_trace_of_its_caller),
        cmocka_unit_test(without_a_header_a_trace_begins),
        cmocka_unit_test(ids_are_never_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
