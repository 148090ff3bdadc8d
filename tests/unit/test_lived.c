/* SPDX-License-Identifier: Apache-2.0 */
/* test_lived.c - a leap of the time is believed after an hour, not at once */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "libcommon/service/following/lived.h"

enum { HOUR_MS = 3600 * 1000 };
static const int64_t noon_ms = INT64_C(1782000000000), day_ms = INT64_C(24) * HOUR_MS;

static void believes_time_that_passes(void **state)
{
    struct lived lived = {.until_ms = noon_ms};

    (void)state;
    for (int64_t hours = 0; hours < 1000; hours += 24) /* even once a day is enough */
        assert_true(lived_through(&lived, noon_ms + hours * HOUR_MS, hours * HOUR_MS));
    assert_int_equal(lived.until_ms, noon_ms + INT64_C(984) * HOUR_MS);
}

static void believes_a_leap_after_an_hour(void **state)
{
    struct lived lived = {.until_ms = noon_ms};
    const int64_t leapt_ms = noon_ms + 40 * day_ms;

    (void)state;
    for (int64_t ms = 0; ms < LIVED_WAIT_MS; ms += 1000)
        assert_false(lived_through(&lived, leapt_ms + ms, 5000 + ms));
    assert_int_equal(lived.until_ms, noon_ms);
    assert_true(lived_through(&lived, leapt_ms + LIVED_WAIT_MS, 5000 + LIVED_WAIT_MS));
    assert_true(lived_through(&lived, leapt_ms + LIVED_WAIT_MS + 1000, 6000 + LIVED_WAIT_MS));
}

static void forgets_a_leap_that_was_taken_back(void **state)
{
    struct lived lived = {.until_ms = noon_ms};

    (void)state;
    assert_false(lived_through(&lived, noon_ms + 40 * day_ms, 1000));
    assert_true(lived_through(&lived, noon_ms + 2000, 2000));
    /* another one waits for as long again */
    assert_false(lived_through(&lived, noon_ms + 40 * day_ms, LIVED_WAIT_MS + 1000));
    assert_false(lived_through(&lived, noon_ms + 40 * day_ms, LIVED_WAIT_MS + 3000));
}

static void follows_a_clock_that_is_set_back(void **state)
{
    struct lived lived = {.until_ms = noon_ms};

    (void)state;
    assert_true(lived_through(&lived, noon_ms - 40 * day_ms, 1000));
    assert_int_equal(lived.until_ms, noon_ms - 40 * day_ms);
    assert_false(lived_through(&lived, noon_ms, 2000)); /* which was ahead of that */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(believes_time_that_passes),
        cmocka_unit_test(believes_a_leap_after_an_hour),
        cmocka_unit_test(forgets_a_leap_that_was_taken_back),
        cmocka_unit_test(follows_a_clock_that_is_set_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
