/* SPDX-License-Identifier: Apache-2.0 */
/* test_clock.c - clocks run forward; RFC 3339 both ways */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <cmocka.h>

#include "libcommon/base/clock.h"

static void agrees_with_the_system(void **state)
{
    int64_t before = (int64_t)time(NULL) - 1, monotonic = clock_monotonic_ms();

    (void)state;
    assert_in_range(clock_unix_us() / 1000000, before, before + 60);
    for (int i = 0; i < 1000; i++) {
        int64_t next = clock_monotonic_ms();
        assert_true(next >= monotonic);
        monotonic = next;
    }
}

static const struct {
    const char *text;
    int64_t seconds;
    int32_t nanos;
} moments[] = {
    {"1970-01-01T00:00:00Z", 0, 0},
    {"1970-01-01T00:00:00.001Z", 0, 1000000},
    {"1970-01-01T00:00:00.000001Z", 0, 1000},
    {"1970-01-01T00:00:00.000000001Z", 0, 1},
    {"2024-02-29T23:59:59.120Z", 1709251199, 120000000},
    {"1969-12-31T23:59:59.999999999Z", -1, 999999999},
    {"0001-01-01T00:00:00Z", -62135596800, 0},
    {"9999-12-31T23:59:59.999999999Z", 253402300799, 999999999},
};

static void writes_and_reads_moments(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
        char text[CLOCK_TEXT];
        int64_t seconds;
        int32_t nanos;

        assert_true(clock_format(moments[i].seconds, moments[i].nanos, text));
        assert_string_equal(text, moments[i].text);
        assert_true(clock_parse(text, &seconds, &nanos));
        assert_int_equal(seconds, moments[i].seconds);
        assert_int_equal(nanos, moments[i].nanos);
    }
}

static void reads_offsets_and_any_number_of_digits(void **state)
{
    int64_t seconds;
    int32_t nanos;

    (void)state;
    assert_true(clock_parse("1970-01-01T08:00:00.5+08:00", &seconds, &nanos));
    assert_int_equal(seconds, 0);
    assert_int_equal(nanos, 500000000);
    assert_true(clock_parse("1969-12-31T20:30:00-03:30", &seconds, &nanos));
    assert_int_equal(seconds, 0);
}

static void refuses_what_is_no_moment(void **state)
{
    static const char *const bad[] = {
        "",
        "1970-01-01",
        "1970-01-01T00:00:00",
        "1970-01-01 00:00:00Z",
        "1970-01-01t00:00:00z",
        "1970-01-01T00:00:00.Z",
        "1970-01-01T00:00:00.1234567890Z",
        "1970-01-01T00:00:00Zx",
        "1970-01-01T00:00:00+0800",
        "1970-01-01T00:00:00+24:00",
        "1970-01-01T00:00:00+08:60",
        "1970-01-01T24:00:00Z",
        "1970-01-01T00:60:00Z",
        "2016-12-31T23:59:60Z",
        "1970-00-01T00:00:00Z",
        "1970-13-01T00:00:00Z",
        "1970-01-00T00:00:00Z",
        "2023-02-29T00:00:00Z",
        "0000-12-31T23:59:59Z",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "19700-01-01T00:00:00Z",
    };
    int64_t seconds = 7;
    int32_t nanos = 7;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (clock_parse(bad[i], &seconds, &nanos))
            fail_msg("took '%s'", bad[i]);
    assert_int_equal(seconds, 7);
    assert_int_equal(nanos, 7);
}

static void refuses_to_write_beyond_the_years(void **state)
{
    char text[CLOCK_TEXT];

    (void)state;
    assert_false(clock_format(-62135596801, 0, text));
    assert_false(clock_format(253402300800, 0, text));
    assert_false(clock_format(INT64_MAX, 0, text));
    assert_false(clock_format(INT64_MIN, 0, text));
    assert_false(clock_format(0, -1, text));
    assert_false(clock_format(0, 1000000000, text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_the_system),
        cmocka_unit_test(writes_and_reads_moments),
        cmocka_unit_test(reads_offsets_and_any_number_of_digits),
        cmocka_unit_test(refuses_what_is_no_moment),
        cmocka_unit_test(refuses_to_write_beyond_the_years),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
