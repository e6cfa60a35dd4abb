/* Where the checks of `souk doctor` draw their lines. tests/cli/doctor.sh plants the faults. */
#include "app/doctor.h"

#include <linux/magic.h>
#include <setjmp.h>

#include <cmocka.h>

static const uint64_t MIB = (uint64_t)1 << 20;

static void a_disk_is_low_and_then_full(void **state)
{
    (void)state;
    static const struct {
        uint64_t mib, files;
        CheckResult result;
    } rows[] = {
        {1024, 1000, CHECK_OK},    {1023, 1000, CHECK_WARNING}, {64, 1000, CHECK_WARNING},
        {63, 1000, CHECK_FAILURE}, {0, 1000, CHECK_FAILURE},    {1024, 999, CHECK_WARNING},
        {1024, 15, CHECK_FAILURE}, {63, 15, CHECK_FAILURE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(disk_result(rows[i].mib * MIB, rows[i].files), rows[i].result);
}

static void the_cache_may_have_half(void **state)
{
    (void)state;
    assert_int_equal(memory_result(64 * MIB, 128 * MIB), CHECK_OK);
    assert_int_equal(memory_result(64 * MIB + 1, 128 * MIB), CHECK_WARNING);
    assert_int_equal(memory_result(0, 0), CHECK_OK);
}

static void a_slow_line_is_no_skew(void **state)
{
    (void)state;
    assert_int_equal(skew_result(0, 0), CHECK_OK);
    assert_int_equal(skew_result(2000000, 0), CHECK_OK);
    assert_int_equal(skew_result(2000001, 0), CHECK_WARNING);
    assert_int_equal(skew_result(-2000001, 0), CHECK_WARNING);
    assert_int_equal(skew_result(-3000000, 2000000), CHECK_OK);
    assert_int_equal(skew_result(3000001, 2000000), CHECK_WARNING);
}

static void a_clock_that_was_set_back_is_seen(void **state)
{
    (void)state;
    Time now;
    assert_true(time_parse(S("2026-11-21T12:00:00Z"), &now));
    IdMaker maker;
    id_maker_init(&maker, 0, (Id){0});
    assert_int_equal(clock_result(now, (Id){0}), CHECK_OK);
    assert_int_equal(clock_result(now, id_make(&maker, now)), CHECK_OK);
    Time later = {now.us + 119 * (int64_t)1000000};
    assert_int_equal(clock_result(now, id_make(&maker, later)), CHECK_OK);
    later.us += 2 * (int64_t)1000000;
    assert_int_equal(clock_result(now, id_make(&maker, later)), CHECK_WARNING);
    assert_int_equal(clock_result((Time){0}, (Id){0}), CHECK_FAILURE);
}

static void file_systems_are_told_apart(void **state)
{
    (void)state;
    const char *name;
    assert_int_equal(file_system_result(EXT4_SUPER_MAGIC, &name), CHECK_OK);
    assert_int_equal(file_system_result(NFS_SUPER_MAGIC, &name), CHECK_FAILURE);
    assert_string_equal(name, "NFS");
    /* The largest numbers: statfs has them in a signed long. */
    assert_int_equal(file_system_result((int64_t)CIFS_SUPER_MAGIC, &name), CHECK_FAILURE);
    assert_int_equal(file_system_result(TMPFS_MAGIC, &name), CHECK_WARNING);
}

static void addresses_of_everybody_are_known(void **state)
{
    (void)state;
    static const char *const open_to_all[] = {"*:80", "0.0.0.0:8080", "[::]:8080"};
    static const char *const closed[] = {"127.0.0.1:80", "[::1]:80", "unix:/run/*:80", "10.0.0.0:1",
                                         "shop.example:80"};
    for (size_t i = 0; i < sizeof open_to_all / sizeof *open_to_all; i++)
        assert_true(listens_everywhere(str_from(open_to_all[i])));
    for (size_t i = 0; i < sizeof closed / sizeof *closed; i++)
        assert_false(listens_everywhere(str_from(closed[i])));
    static const char *const wide[] = {"0.0.0.0/0", "0.0.0.0/1", "10.0.0.0/7", "::/0", "2000::/3"};
    static const char *const narrow[] = {"10.0.0.0/8", "127.0.0.1",      "fc00::/7",  "::1",
                                         "unix:",      "192.168.0.0/16", "nonsense/0"};
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
        if (!trusts_everybody(str_from(wide[i]))) fail_msg("%s is wide", wide[i]);
    for (size_t i = 0; i < sizeof narrow / sizeof *narrow; i++)
        if (trusts_everybody(str_from(narrow[i]))) fail_msg("%s is narrow", narrow[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_disk_is_low_and_then_full),
        cmocka_unit_test(the_cache_may_have_half),
        cmocka_unit_test(a_slow_line_is_no_skew),
        cmocka_unit_test(a_clock_that_was_set_back_is_seen),
        cmocka_unit_test(file_systems_are_told_apart),
        cmocka_unit_test(addresses_of_everybody_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
