/* SPDX-License-Identifier: Apache-2.0 */
/* test_recurrence.c - which rules there are, and which days they yield */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/recurrence.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* ---- rules ---- */

static void takes_the_rules_that_people_use(void **state)
{
    static const char *const good[] = {
        "FREQ=DAILY",
        "FREQ=WEEKLY;BYDAY=SA,SU",
        "FREQ=WEEKLY;BYDAY=SA;COUNT=26",
        "BYDAY=MO;FREQ=WEEKLY;INTERVAL=2;WKST=SU",
        "FREQ=DAILY;UNTIL=20200930T160000Z",
        "FREQ=DAILY;UNTIL=20200930T160000",
        "FREQ=DAILY;UNTIL=20200930",
        "FREQ=MONTHLY;BYDAY=2SA",
        "FREQ=MONTHLY;BYDAY=-1FR,+1MO",
        "FREQ=MONTHLY;BYMONTHDAY=1,15,-1",
        "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
        "FREQ=YEARLY;BYDAY=53MO",
        "FREQ=DAILY;INTERVAL=366;COUNT=1000",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(good); i++)
        if (!recurrence_is_valid(good[i]))
            fail_msg("%s was refused", good[i]);
}

static const char *const no_rules[] = {
    "",
    ";",
    "=",
    "FREQ",
    "FREQ=",
    "daily",
    "freq=daily",
    "BYDAY=MO",
    "FREQ=DAILY;",
    ";FREQ=DAILY",
    "FREQ=DAILY;;COUNT=1",
    "FREQ=DAILY;FREQ=DAILY",
    " FREQ=DAILY",
    "FREQ=HOURLY",
    "FREQ=SECONDLY",
    "FREQ=DAILY;BYHOUR=9",
    "FREQ=DAILY;BYSETPOS=1",
    "FREQ=YEARLY;BYWEEKNO=20",
    "FREQ=DAILY;INTERVAL=0",
    "FREQ=DAILY;INTERVAL=367",
    "FREQ=DAILY;INTERVAL=-1",
    "FREQ=DAILY;INTERVAL=01",
    "FREQ=DAILY;INTERVAL=1e2",
    "FREQ=DAILY;COUNT=0",
    "FREQ=DAILY;COUNT=1001",
    "FREQ=DAILY;COUNT=99999999999999999999",
    "FREQ=DAILY;COUNT=3;UNTIL=20300101",
    "FREQ=DAILY;UNTIL=20300230",
    "FREQ=DAILY;UNTIL=20300101T",
    "FREQ=DAILY;UNTIL=20300101T250000",
    "FREQ=DAILY;UNTIL=20300101T120000+",
    "FREQ=DAILY;UNTIL=2030-01-01",
    "FREQ=WEEKLY;BYDAY=",
    "FREQ=WEEKLY;BYDAY=XX",
    "FREQ=WEEKLY;BYDAY=U ",
    "FREQ=WEEKLY;BYDAY=MO,",
    "FREQ=WEEKLY;BYDAY=MO,MO",
    "FREQ=WEEKLY;BYDAY=1MO",
    "FREQ=WEEKLY;WKST=WE",
    "FREQ=MONTHLY;BYDAY=0MO",
    "FREQ=MONTHLY;BYDAY=6MO",
    "FREQ=MONTHLY;BYDAY=-6MO",
    "FREQ=YEARLY;BYDAY=54MO",
    "FREQ=YEARLY;BYMONTH=5;BYDAY=6MO",
    "FREQ=MONTHLY;BYMONTHDAY=0",
    "FREQ=MONTHLY;BYMONTHDAY=32",
    "FREQ=MONTHLY;BYMONTH=13",
    /* what libraries take for different days, or what never comes */
    "FREQ=WEEKLY;BYMONTHDAY=1",
    "FREQ=DAILY;BYMONTHDAY=-1",
    "FREQ=YEARLY;BYMONTHDAY=9",
    "FREQ=MONTHLY;BYDAY=SA,2SU",
    "FREQ=MONTHLY;BYDAY=5MO;BYMONTHDAY=1",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=YEARLY;BYMONTH=4,6;BYMONTHDAY=-31",
    "FREQ=MONTHLY;INTERVAL=12;BYMONTH=2",
    "FREQ=DAILY;INTERVAL=14;BYDAY=TU",
};

static void refuses_everything_else(void **state)
{
    char longest[RRULE_MAX + 2] = "FREQ=DAILY;INTERVAL=";

    (void)state;
    for (size_t i = 0; i < COUNT_OF(no_rules); i++)
        if (recurrence_is_valid(no_rules[i]))
            fail_msg("%s was taken", no_rules[i]);
    memset(longest + strlen(longest), '1', sizeof longest - strlen(longest) - 1);
    longest[sizeof longest - 1] = '\0';
    assert_false(recurrence_is_valid(longest));
}

static void survives_garbage(void **state)
{
    static const char letters[] = "FREQ=DAILYWEKMONTH;BYUSP,-+0123456789TZ\x80\xff ";
    char text[64];

    (void)state;
    srand(7);
    for (int round = 0; round < 200000; round++) {
        size_t size = (size_t)rand() % (sizeof text - 1);
        for (size_t i = 0; i < size; i++)
            text[i] = letters[(size_t)rand() % (sizeof letters - 1)];
        text[size] = '\0';
        (void)recurrence_is_valid(text);
        (void)recurrence_is_local(text);
    }
}

/* ---- local times ---- */

static void knows_local_times(void **state)
{
    static const char *const bad[] = {
        "",
        "2026-06-29",
        "2026-06-29 09:00:00",
        "2026-06-29T09:00",
        "2026-06-29T09:00:00Z",
        "2026-06-31T09:00:00",
        "2026-06-29T24:00:00",
        "2026-06-29T09:60:00",
        "2026-06-29T09:00:60",
        "2026-06-29T9:00:000",
        "2026-06-29T-9:00:00",
        "1969-12-31T23:59:59",
        "2200-01-01T00:00:00",
        "9999-12-31T23:59:59",
    };
    char local[LOCAL_CHARS + 1];

    (void)state;
    assert_true(recurrence_is_local("2026-06-29T09:00:00"));
    assert_true(recurrence_is_local("2028-02-29T23:59:59"));
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (recurrence_is_local(bad[i]))
            fail_msg("%s was taken", bad[i]);
    assert_int_equal(recurrence_seconds("1970-01-02T00:00:01"), 86401);
    assert_true(recurrence_local(recurrence_seconds("2028-02-29T23:59:59") + 1, local));
    assert_string_equal(local, "2028-03-01T00:00:00");
}

static void has_an_answer_to_any_number_of_seconds(void **state)
{
    static const int64_t beyond[] = {INT64_MIN, -62135596801, 253402300800, INT64_MAX};
    char local[LOCAL_CHARS + 1];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(beyond); i++)
        assert_false(recurrence_local(beyond[i], local));
    assert_true(recurrence_local(253402300799, local));
    assert_string_equal(local, "9999-12-31T23:59:59");
}

static void takes_nothing_that_is_no_rule_or_no_start(void **state)
{
    (void)state;
    assert_null(recurrence_new(NULL, "FREQ=HOURLY", "2026-06-29T09:00:00"));
    assert_null(recurrence_new(NULL, "FREQ=DAILY", "2200-01-01T00:00:00"));
    assert_null(recurrence_new(NULL, "", "tomorrow"));
}

static void ends_with_the_years_of_the_contract(void **state)
{
    static const char *const rules[] = {"FREQ=DAILY", "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=31"};
    char start[LOCAL_CHARS + 1];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rules); i++) {
        struct recurrence *recurrence = recurrence_new(NULL, rules[i], "2199-12-31T23:59:59");
        assert_true(recurrence_next(recurrence, start));
        assert_string_equal(start, "2199-12-31T23:59:59");
        assert_false(recurrence_next(recurrence, start));
        assert_false(recurrence_next(recurrence, start));
        talloc_free(recurrence);
    }
}

/* ---- starts ---- */

/* The first six starts behind `last` as one text of days: "0704 0711 …". */
static const char *days_of(const char *rrule, const char *first, const char *last)
{
    static char text[64];
    char start[LOCAL_CHARS + 1];
    struct recurrence *recurrence = recurrence_new(NULL, rrule, first);

    text[0] = '\0';
    if (last)
        recurrence_skip(recurrence, last);
    for (int i = 0; i < 6 && recurrence_next(recurrence, start); i++) {
        assert_string_equal(start + 10, first + 10);
        sprintf(text + strlen(text), "%s%.2s%.2s", i ? " " : "", start + 5, start + 8);
    }
    talloc_free(recurrence);
    return text;
}

static void yields_the_days_of_each_rule(void **state)
{
    static const struct {
        const char *rrule, *first, *last, *days;
    } cases[] = {
        {"", "2026-07-03T09:00:00", NULL, "0703"},
        {"", "2026-07-03T09:00:00", "2026-07-03T09:00:00", ""},
        {"FREQ=WEEKLY;BYDAY=SA;COUNT=3", "2026-07-03T09:00:00", NULL, "0704 0711 0718"},
        {"FREQ=WEEKLY;BYDAY=SA;COUNT=3", "2026-07-03T09:00:00", "2026-07-04T09:00:00", "0711 0718"},
        {"FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE", "2026-07-01T09:00:00", NULL,
         "0701 0713 0715 0727 0729 0810"},
        {"FREQ=WEEKLY;INTERVAL=2;BYDAY=SU", "2026-07-06T09:00:00", NULL,
         "0712 0726 0809 0823 0906 0920"},
        {"FREQ=WEEKLY;INTERVAL=2;BYDAY=SU;WKST=SU", "2026-07-06T09:00:00", NULL,
         "0719 0802 0816 0830 0913 0927"},
        {"FREQ=DAILY;UNTIL=20260705", "2026-07-03T09:00:00", NULL, "0703 0704 0705"},
        {"FREQ=DAILY;UNTIL=20260705T085959", "2026-07-03T09:00:00", NULL, "0703 0704"},
        {"FREQ=DAILY;INTERVAL=3", "2026-07-03T09:00:00", "2026-07-08T23:00:00",
         "0709 0712 0715 0718 0721 0724"},
        {"FREQ=MONTHLY", "2026-01-31T09:00:00", NULL, "0131 0331 0531 0731 0831 1031"},
        {"FREQ=MONTHLY;BYDAY=2SA", "2026-07-03T09:00:00", NULL, "0711 0808 0912 1010 1114 1212"},
        {"FREQ=MONTHLY;BYDAY=4MO,-1MO", "2026-02-01T09:00:00", NULL,
         "0223 0323 0330 0427 0525 0622"},
        {"FREQ=MONTHLY;BYMONTHDAY=-1", "2026-01-15T09:00:00", NULL,
         "0131 0228 0331 0430 0531 0630"},
        {"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;COUNT=2", "2026-01-15T09:00:00", NULL, "0229 0229"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_string_equal(days_of(cases[i].rrule, cases[i].first, cases[i].last), cases[i].days);
}

static void leaves_an_end_in_utc_to_those_who_know_the_zone(void **state)
{
    (void)state;
    assert_int_equal(recurrence_until("FREQ=DAILY;UNTIL=20200930T160000Z"), 1601481600);
    assert_int_equal(recurrence_until("FREQ=DAILY;UNTIL=20200930T160000"), INT64_MAX);
    assert_int_equal(recurrence_until("FREQ=DAILY"), INT64_MAX);
    /* 22:00 in UTC may be as late as 12:00 of the next day */
    assert_string_equal(days_of("FREQ=DAILY;UNTIL=20260704T220000Z", "2026-07-03T12:00:00", NULL),
                        "0703 0704 0705");
    assert_string_equal(days_of("FREQ=DAILY;UNTIL=20260704T220000Z", "2026-07-03T12:00:01", NULL),
                        "0703 0704");
}

static bool has_day(const char *rrule, const char *first_on, const char *day)
{
    char local[LOCAL_CHARS + 1];
    struct recurrence_days *days = recurrence_days_new(NULL, rrule, first_on);

    snprintf(local, sizeof local, "%.10sT00:00:00", day);
    bool has = days && recurrence_days_have(days, recurrence_seconds(local));
    talloc_free(days);
    return has;
}

static void tells_a_rules_days_from_others(void **state)
{
    static const struct {
        const char *rrule, *first_on, *day;
        bool has;
    } cases[] = {
        {"FREQ=DAILY", "", "2026-07-04", true},
        {"FREQ=DAILY", "", "1970-01-01", true},
        {"FREQ=DAILY", "", "2199-12-31", true},
        {"FREQ=DAILY", "2026-07-05", "2026-07-04", false},
        {"FREQ=DAILY", "2026-07-05", "2026-07-05", true},
        {"FREQ=DAILY;COUNT=3", "2026-07-04", "2026-07-04", false}, /* counted by nobody */
        {"FREQ=WEEKLY", "2026-07-06", "2026-07-13", true},         /* a Monday */
        {"FREQ=WEEKLY", "2026-07-06", "2026-07-14", false},
        {"FREQ=WEEKLY", "", "2026-07-06", false}, /* which day? */
        {"FREQ=WEEKLY;BYDAY=SA,SU", "", "2026-07-05", true},
        {"FREQ=WEEKLY;BYDAY=SA,SU", "", "2026-07-06", false},
        {"FREQ=WEEKLY;INTERVAL=2;BYDAY=SA", "2026-07-04", "2026-07-18", true},
        {"FREQ=WEEKLY;INTERVAL=2;BYDAY=SA", "2026-07-04", "2026-07-11", false},
        {"FREQ=WEEKLY;INTERVAL=2;BYDAY=SA", "", "2026-07-11", false}, /* which weeks? */
        {"FREQ=MONTHLY", "2026-07-01", "2026-08-01", true},
        {"FREQ=MONTHLY;BYDAY=2SA", "", "2026-07-11", true},
        {"FREQ=MONTHLY;BYDAY=2SA", "", "2026-07-18", false},
        {"FREQ=DAILY;UNTIL=20260704", "", "2026-07-04", true},
        {"FREQ=DAILY;UNTIL=20260704", "", "2026-07-05", false},
        {"FREQ=DAILY;BYDAY=MO;BYMONTH=2", "", "2199-02-04", true},
        {"FREQ=HOURLY", "", "2026-07-04", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if (has_day(cases[i].rrule, cases[i].first_on, cases[i].day) != cases[i].has)
            fail_msg("%s from %s: %s", cases[i].rrule, cases[i].first_on, cases[i].day);
}

static void has_no_day_outside_the_years_of_the_contract(void **state)
{
    static const int64_t outside[] = {INT64_MIN, -1, INT64_C(84006) * 86400, INT64_MAX};
    struct recurrence_days *days = recurrence_days_new(NULL, "FREQ=DAILY", "");

    (void)state;
    for (size_t i = 0; i < COUNT_OF(outside); i++)
        assert_false(recurrence_days_have(days, outside[i]));
    assert_true(recurrence_days_have(days, 0));
    assert_true(recurrence_days_have(days, INT64_C(84006) * 86400 - 1));
    talloc_free(days);
}

static void knows_whose_days_depend_on_the_first(void **state)
{
    static const struct {
        const char *rrule;
        bool needs, counts;
    } cases[] = {
        {"FREQ=DAILY", false, false},
        {"FREQ=DAILY;INTERVAL=2", true, false},
        {"FREQ=DAILY;COUNT=3", false, true},
        {"FREQ=WEEKLY", true, false},
        {"FREQ=WEEKLY;BYDAY=SA", false, false},
        {"FREQ=MONTHLY;BYMONTH=3", true, false},
        {"FREQ=MONTHLY;BYMONTHDAY=-1", false, false},
        {"FREQ=YEARLY;BYDAY=1MO", false, false},
        {"FREQ=HOURLY", false, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(recurrence_needs_first(cases[i].rrule), cases[i].needs);
        assert_int_equal(recurrence_counts(cases[i].rrule), cases[i].counts);
    }
}

static void is_over_when_it_is_over_everywhere(void **state)
{
    enum { HALF_DAY = 12 * 3600 };
    const int64_t end = recurrence_seconds("2026-07-04T23:59:59");

    (void)state;
    assert_false(recurrence_is_over("FREQ=DAILY", INT64_MAX));
    assert_false(recurrence_is_over("FREQ=DAILY;UNTIL=20260704", end + HALF_DAY));
    assert_true(recurrence_is_over("FREQ=DAILY;UNTIL=20260704", end + HALF_DAY + 1));
}

/* A resource with twenty windows is asked of a date in two centuries as fast as of tomorrow's. */
static void answers_for_a_day_without_walking_there(void **state)
{
    int64_t began = clock_monotonic_ms();

    (void)state;
    for (int i = 0; i < 100000; i++)
        assert_false(has_day("FREQ=DAILY;BYDAY=MO;BYMONTH=2", "", "2199-07-01"));
    assert_in_range(clock_monotonic_ms() - began, 0, 20000); /* libical took 25 ms for each */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_the_rules_that_people_use),
        cmocka_unit_test(refuses_everything_else),
        cmocka_unit_test(survives_garbage),
        cmocka_unit_test(knows_local_times),
        cmocka_unit_test(yields_the_days_of_each_rule),
        cmocka_unit_test(leaves_an_end_in_utc_to_those_who_know_the_zone),
        cmocka_unit_test(tells_a_rules_days_from_others),
        cmocka_unit_test(has_no_day_outside_the_years_of_the_contract),
        cmocka_unit_test(has_an_answer_to_any_number_of_seconds),
        cmocka_unit_test(takes_nothing_that_is_no_rule_or_no_start),
        cmocka_unit_test(ends_with_the_years_of_the_contract),
        cmocka_unit_test(knows_whose_days_depend_on_the_first),
        cmocka_unit_test(is_over_when_it_is_over_everywhere),
        cmocka_unit_test(answers_for_a_day_without_walking_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
