/* SPDX-License-Identifier: Apache-2.0 */
/* test_work_days.c - working days as they were announced, as a street says, and as nobody knows */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "libcommon/base/work_days.h"

static const char *after(const struct work_year *own, size_t own_count, const char *on,
                         unsigned count, bool *ret_provisional)
{
    static char text[WORK_DAY_CHARS + 1];
    int day = work_days_after(own, own_count, work_days_number(on), count, ret_provisional);

    if (day < 0)
        return "beyond";
    work_days_text(day, text);
    return text;
}

static void counts_as_announced(void **state)
{
    static const struct {
        const char *on;
        unsigned count;
        const char *working;
        bool provisional;
    } rows[] = {
        {"2026-06-26", 0, "2026-06-26", false},
        {"2026-06-27", 0, "2026-06-27", false}, /* a Saturday: itself, whatever it is */
        {"2026-06-26", 1, "2026-06-29", false}, /* a Friday */
        {"2026-06-27", 1, "2026-06-29", false},
        {"2026-02-13", 1, "2026-02-14", false}, /* a Saturday that is worked for 春节 */
        {"2026-02-14", 1, "2026-02-24", false}, /* and what it is worked for */
        {"2026-02-14", 5, "2026-02-28", false},
        {"2026-09-18", 1, "2026-09-20", false}, /* a Sunday */
        {"2026-09-30", 1, "2026-10-08", false},
        {"2026-10-09", 1, "2026-10-10", false},
        {"2025-12-31", 1, "2026-01-04", false}, /* over the year's end; a Sunday is worked */
        {"2026-12-31", 1, "2027-01-01", true},  /* nobody has announced it: a Friday */
        {"2026-12-30", 1, "2026-12-31", false},
        {"2023-12-29", 1, "2024-01-02", true}, /* that weekend might have been worked */
        {"2023-12-28", 1, "2023-12-29", true},
        {"2026-01-01", 366, "2027-06-15", true},
        {"2199-12-30", 1, "2199-12-31", true},
        {"2199-12-31", 1, "beyond", false},
        {"2199-12-31", 0, "2199-12-31", false},
        {"1970-01-01", 2, "1970-01-05", true},
        {"2024-02-28", 1, "2024-02-29", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool provisional = false;

        assert_string_equal(after(NULL, 0, rows[i].on, rows[i].count, &provisional),
                            rows[i].working);
        assert_int_equal(provisional, rows[i].provisional);
    }
}

static void a_street_may_say_a_year_itself(void **state)
{
    const struct special_day special[] = {{work_days_number("2027-01-01"), false, "元旦"},
                                          {work_days_number("2027-01-03"), true, "元旦"}};
    const struct work_year own[] = {{2027, "国办发明电", special, 2}, {2026, "", NULL, 0}};
    bool provisional;

    (void)state;
    assert_string_equal(after(own, 2, "2026-12-31", 1, &provisional), "2027-01-03");
    assert_false(provisional);
    assert_string_equal(after(own, 2, "2026-12-31", 2, &provisional), "2027-01-04");
    assert_string_equal(after(own, 2, "2026-09-30", 1, &provisional), "2026-10-01");
    assert_false(provisional); /* it says of 2026 that there is nothing special */
    assert_string_equal(after(own, 1, "2026-09-30", 1, &provisional), "2026-10-08");
}

/* The law gives 11 days (13 since 2025), moved weekends come on top; each weekend that is worked
 * frees a weekday. */
static void knows_whole_years(void **state)
{
    static const struct {
        int year, off, worked, working;
    } rows[] = {{2024, 28, 8, 251}, {2025, 28, 5, 248}, {2026, 33, 6, 248}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct work_year *year = work_days_official(rows[i].year);
        int off = 0, working = 0;
        char on[] = "2024-01-01";
        bool provisional;

        assert_non_null(year);
        for (size_t at = 0; at < year->count; at++)
            off += !year->days[at].working;
        assert_int_equal(off, rows[i].off);
        assert_int_equal(year->count - (size_t)off, rows[i].worked);
        on[3] = (char)('0' + rows[i].year % 10);
        for (int day = work_days_number(on), end = day + 365 + (rows[i].year == 2024); day < end;
             day++)
            working += work_days_is_working(NULL, 0, day, &provisional);
        assert_int_equal(working, rows[i].working);
    }
    assert_null(work_days_official(2023));
    assert_null(work_days_official(2027));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_as_announced),
        cmocka_unit_test(a_street_may_say_a_year_itself),
        cmocka_unit_test(knows_whole_years),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
