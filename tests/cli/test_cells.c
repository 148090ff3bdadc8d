/* SPDX-License-Identifier: Apache-2.0 */
/* test_cells.c - what days, durations, rules, openings and conditions of use say */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "load/cells.h"

/* json NULL: refused. */
struct cell_case {
    const char *text;
    int weeks;
    const char *json;
};

static void check(cell_reader *read, const struct cell_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *fault = NULL;
        json_t *value = read(cases[i].text, cases[i].weeks, &fault);
        char *text = value == NULL
                         ? NULL
                         : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS);

        if (cases[i].json == NULL && text != NULL)
            fail_msg("\"%s\" became %s", cases[i].text, text);
        if (cases[i].json == NULL)
            assert_non_null(fault);
        else if (text == NULL)
            fail_msg("\"%s\" was refused: %s", cases[i].text, fault);
        else
            assert_string_equal(text, cases[i].json);
        free(text);
        json_decref(value);
    }
}
#define CHECK(read, cases) check(read, cases, sizeof(cases) / sizeof *(cases))

static void moves_days_by_whole_weeks(void **state)
{
    static const struct cell_case days[] = {
        {"2020-06-29", 0, "\"2020-06-29\""},
        {"2020-06-29", 334, "\"2026-11-23\""},
        {"2020-06-29", -1, "\"2020-06-22\""},
        {"2024-02-26", 1, "\"2024-03-04\""},
        {"2023-12-31", 1, "\"2024-01-07\""},
        {"2020-02-30", 0, NULL},
        {"29.06.2020", 0, NULL},
        {"2020-06-29T00:00:00", 0, NULL},
        /* as spreadsheets write them */
        {"2020/6/29", 0, "\"2020-06-29\""},
        {"2020/06/29 0:00:00", 0, "\"2020-06-29\""},
        {"2020.6.9", 0, "\"2020-06-09\""},
        {"2020-6-9", 1, "\"2020-06-16\""},
        {"2020年6月29日", 0, "\"2020-06-29\""},
        {"2020年6/29", 0, NULL},
        {"2020年6月29", 0, NULL},
        {"2020/2/30", 0, NULL},
        {"6/29/2020", 0, NULL},
        {"20/6/29", 0, NULL},
        {"2020/6/29 9:00", 0, NULL},
        {"2020/-6/29", 0, NULL},
        {"44011", 0, NULL},
        {"2199-12-24", 1, "\"2199-12-31\""},
        {"2199-12-31", 1, NULL},
        {"1970-01-01", -1, NULL},
        {"9999-12-31", 1, NULL},
    };
    static const struct cell_case years[] = {
        {"2020", 0, "2020"},   {"2020", 334, "2026"}, {"2021", 334, "2027"},
        {"2020", -27, "2019"}, {"MMXX", 0, NULL},
    };
    static const struct cell_case locals[] = {
        {"2020-07-04T09:00:00+08:00", 1, "\"2020-07-11T09:00:00\""},
        {"2020-07-04T09:00:00", 0, "\"2020-07-04T09:00:00\""},
        {"2020-07-04T09:00", 0, NULL},
        {"2020/7/4 9:00", 0, "\"2020-07-04T09:00:00\""},
        {"2020-07-04 09:00:30", 1, "\"2020-07-11T09:00:30\""},
        {"2020/7/4 24:00", 0, NULL},
        {"2020/7/4 9:00 PM", 0, NULL},
        {"2020-07-04T25:00:00", 0, NULL},
        {"2020-07-04T09:00:00+08:00 ", 0, NULL},
        {"2020-07-04T09:00:00x", 0, NULL},
    };

    (void)state;
    CHECK(cell_day, days);
    CHECK(cell_year, years);
    CHECK(cell_local, locals);
}

static void counts_weeks_to_the_next_monday(void **state)
{
    static const struct {
        int64_t seconds;
        int weeks;
    } cases[] = {
        {1592956800, 0},   /* Wednesday 2020-06-24 */
        {1593388799, 0},   /* the second before day 0 begins */
        {1593388800, 1},   /* day 0 itself */
        {1795305599, 334}, /* Sunday 2026-11-22, late: day 0 is tomorrow */
        {0, -2634},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(cell_weeks_to(cases[i].seconds), cases[i].weeks);
}

static void reads_durations_in_minutes(void **state)
{
    static const struct cell_case cases[] = {
        {"PT2H", 0, "120"},       {"PT30M", 0, "30"}, {"P2D", 0, "2880"}, {"P1W", 0, "10080"},
        {"P1DT2H30M", 0, "1590"}, {"PT0M", 0, "0"},   {"P", 0, NULL},     {"PT", 0, NULL},
        {"P1DT", 0, NULL},        {"2H", 0, NULL},    {"PT2", 0, NULL},   {"PT-2H", 0, NULL},
        {"PT30M2H", 0, NULL},     {"P1M", 0, NULL},   {"PT1D", 0, NULL},  {"PT99999999H", 0, NULL},
        {"P1D1D", 0, NULL},       {"PT 2H", 0, NULL}, {"P1.5D", 0, NULL},
    };

    (void)state;
    CHECK(cell_minutes, cases);
}

static void moves_the_end_of_a_rule(void **state)
{
    static const struct cell_case cases[] = {
        {"FREQ=WEEKLY;BYDAY=SA;COUNT=26", 334, "\"FREQ=WEEKLY;BYDAY=SA;COUNT=26\""},
        {"FREQ=DAILY;UNTIL=20200930T160000Z", 1, "\"FREQ=DAILY;UNTIL=20201007T160000Z\""},
        {"FREQ=DAILY;UNTIL=20200930", 1, "\"FREQ=DAILY;UNTIL=20201007\""},
        {"UNTIL=20200930T160000;FREQ=DAILY", 1, "\"UNTIL=20201007T160000;FREQ=DAILY\""},
        {"FREQ=DAILY;UNTIL=tomorrow", 1, NULL},
        {"FREQ=DAILY;UNTIL=20200930T16", 1, NULL},
        {"FREQ=DAILY;UNTIL=20201399", 1, NULL},
        {"FREQ=SECONDLY", 0, NULL},
        {"every day", 0, NULL},
    };

    (void)state;
    CHECK(cell_rule, cases);
}

static void reads_opening_windows(void **state)
{
#define WINDOW(rule, from, until)                                                                  \
    "{\"from\":\"" from "\",\"rrule\":\"" rule "\",\"until\":\"" until "\"}"
    static const struct cell_case cases[] = {
        {"FREQ=WEEKLY;BYDAY=SA,SU 08:00-20:00", 0,
         "{\"windows\":[" WINDOW("FREQ=WEEKLY;BYDAY=SA,SU", "08:00", "20:00") "]}"},
        {"FREQ=DAILY 08:30-12:00 | FREQ=DAILY 14:00-20:30", 0,
         "{\"windows\":[" WINDOW("FREQ=DAILY", "08:30", "12:00") "," WINDOW("FREQ=DAILY", "14:00",
                                                                            "20:30") "]}"},
        {"FREQ=WEEKLY;INTERVAL=2;BYDAY=SA 2026-01-03 08:00-20:00", 1,
         "{\"windows\":[{\"firstOn\":\"2026-01-10\",\"from\":\"08:00\",\"rrule\":\"FREQ=WEEKLY;"
         "INTERVAL=2;BYDAY=SA\",\"until\":\"20:00\"}]}"},
        {"FREQ=DAILY", 0, NULL},
        {"08:00-20:00", 0, NULL},
        {"2026-01-03 08:00-20:00", 0, NULL},
        {"FREQ=DAILY 08:00", 0, NULL},
        {"FREQ=DAILY 8-20", 0, NULL},
        {"FREQ=DAILY 08:00-20:00 |", 0, NULL},
        {"FREQ=HOURLY 08:00-20:00", 0, NULL},
    };

    (void)state;
    CHECK(cell_opening, cases);
}

static void reads_conditions_of_use(void **state)
{
    static const struct cell_case cases[] = {
        {"who=*; notice=P1D; longest=PT4H", 0,
         "{\"everyone\":true,\"longestMinutes\":240,\"noticeMinutes\":1440}"},
        {"who=头格社区居民; notice=P2D; longest=PT2H; often=1/P1W; duty=活动后清扫", 0,
         "{\"duty\":\"活动后清扫\",\"groups\":[\"头格社区居民\"],\"longestMinutes\":120,"
         "\"noticeMinutes\":2880,\"oftenDays\":7,\"oftenTimes\":1}"},
        {"who=环卫工人, 交警,快递员", 0, "{\"groups\":[\"环卫工人\",\"交警\",\"快递员\"]}"},
        {"duty=a=b; who=*;", 0, "{\"duty\":\"a=b\",\"everyone\":true}"},
        {"notice=P1D", 0, NULL},
        {"who=", 0, NULL},
        {"who", 0, NULL},
        {"who=甲,,乙", 0, NULL},
        {"who=*; who=甲", 0, NULL},
        {"who=*; notice=soon", 0, NULL},
        {"who=*; often=1", 0, NULL},
        {"who=*; often=0/P1W", 0, NULL},
        {"who=*; often=1/PT5H", 0, NULL},
        {"who=*; price=5", 0, NULL},
    };

    (void)state;
    CHECK(cell_conditions, cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moves_days_by_whole_weeks),
        cmocka_unit_test(counts_weeks_to_the_next_monday),
        cmocka_unit_test(reads_durations_in_minutes),
        cmocka_unit_test(moves_the_end_of_a_rule),
        cmocka_unit_test(reads_opening_windows),
        cmocka_unit_test(reads_conditions_of_use),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
