/* SPDX-License-Identifier: Apache-2.0 */
/* test_recurrence_any.c - whatever rule it is: its days are those that libical finds, in order,
 * and at once */
#include <libical/ical.h>
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

/* ---- any rule ---- */

/* A rule of parts taken at random; most fit together. */
static const char *random_rule(void)
{
    static const char *const freq[] = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"};
    static const char *const days[] = {"",           ";BYDAY=MO",      ";BYDAY=SU", ";BYDAY=TU,SA",
                                       ";BYDAY=2WE", ";BYDAY=-1FR,1MO"};
    static const char *const others[] = {"",
                                         ";BYMONTHDAY=13",
                                         ";BYMONTHDAY=-1,31",
                                         ";BYMONTH=2",
                                         ";BYMONTH=2,9",
                                         ";WKST=SU",
                                         ";BYMONTH=2;BYMONTHDAY=29",
                                         ";COUNT=40",
                                         ";UNTIL=20330101"};
    static char rule[RRULE_MAX];

    snprintf(rule, sizeof rule, "FREQ=%s;INTERVAL=%d%s%s", freq[rand() % 4],
             rand() % 3 ? rand() % 5 + 1 : rand() % 366 + 1, days[(size_t)rand() % COUNT_OF(days)],
             others[(size_t)rand() % COUNT_OF(others)]);
    return rule;
}

/* Starts rise, no two on one day; and whoever goes on behind one of them sees those that follow. */
static void walk(const char *rule, const char *first)
{
    enum { STARTS = 30 };
    char starts[STARTS][LOCAL_CHARS + 1];
    int count = 0;
    struct recurrence *recurrence = recurrence_new(NULL, rule, first);

    for (; count < STARTS && recurrence_next(recurrence, starts[count]); count++)
        if (count > 0 && strncmp(starts[count - 1], starts[count], 10) >= 0)
            fail_msg("%s from %s: %s, %s", rule, first, starts[count - 1], starts[count]);
    talloc_free(recurrence);
    if (count < 2)
        return;
    int from = rand() % (count - 1);
    recurrence = recurrence_new(NULL, rule, first);
    recurrence_skip(recurrence, starts[from]);
    for (int i = from + 1; i < count; i++) {
        char start[LOCAL_CHARS + 1];
        assert_true(recurrence_next(recurrence, start));
        assert_string_equal(start, starts[i]);
    }
    talloc_free(recurrence);
}

/* ---- beside libical ---- */

enum { ORACLE_YEAR = 2070 }; /* how far the two are compared */

static struct icaltimetype ical_time(const char *local)
{
    struct icaltimetype time = icaltime_null_time();

    assert_int_equal(sscanf(local, "%4d-%2d-%2dT%2d:%2d:%2d", &time.year, &time.month, &time.day,
                            &time.hour, &time.minute, &time.second),
                     6);
    return time;
}

/* libical takes a rule of Sundays alone as if weeks began with them, and would miss the one at the
 * end of the first week. */
static struct icaltimetype ical_first(const char *rule, const char *first)
{
    struct icaltimetype begin = ical_time(first);
    int weekday = icaltime_day_of_week(begin); /* 1: Sunday */

    if (strstr(rule, "WEEKLY") && strstr(rule, "BYDAY=SU") && !strstr(rule, "WKST=SU") &&
        weekday > 1)
        icaltime_adjust(&begin, 8 - weekday, 0, 0, 0);
    return begin;
}

/* Both yield the same starts; of two parts that mean one day ("4MO,-1MO") libical makes two. */
static void compare(const char *rule, const char *first)
{
    struct icalrecurrencetype recur = icalrecurrencetype_from_string(rule);
    if (!icaltime_is_null_time(recur.until) && recur.until.is_date)
        recur.until = ical_time("2033-01-01T23:59:59");
    icalrecur_iterator *theirs = icalrecur_iterator_new(recur, ical_first(rule, first));
    struct recurrence *ours = recurrence_new(NULL, rule, first);
    char start[LOCAL_CHARS + 1], last[LOCAL_CHARS + 1] = "";

    for (int count = 0; theirs && count < 200; count++) {
        struct icaltimetype time = icalrecur_iterator_next(theirs);
        char expected[80];
        snprintf(expected, sizeof expected, "%04d-%02d-%02dT%02d:%02d:%02d", time.year, time.month,
                 time.day, time.hour, time.minute, time.second);
        if (time.year > ORACLE_YEAR)
            break;
        if (strcmp(expected, last) == 0)
            continue;
        bool more = recurrence_next(ours, start);
        if (more != !icaltime_is_null_time(time) || (more && strcmp(start, expected) != 0))
            fail_msg("%s from %s: %s behind %s, libical says %s", rule, first,
                     more ? start : "nothing", last, expected);
        if (!more)
            break;
        memcpy(last, start, sizeof last);
    }
    talloc_free(ours);
    if (theirs)
        icalrecur_iterator_free(theirs);
}

static const char *random_first(void)
{
    static char first[64];

    snprintf(first, sizeof first, "20%02d-%02d-%02dT09:00:00", 24 + rand() % 5, 1 + rand() % 12,
             1 + rand() % 28);
    return first;
}

static void yields_what_libical_yields(void **state)
{
    int compared = 0;

    (void)state;
    srand(13);
    for (int round = 0; round < 1500; round++) {
        const char *rule = random_rule(), *first = random_first();
        if (!recurrence_is_valid(rule))
            continue;
        compare(rule, first);
        compared++;
    }
    assert_in_range(compared, 500, 1500);
}

static void walks_any_rule_in_order_and_at_once(void **state)
{
    int64_t slowest = 0;

    (void)state;
    srand(11);
    for (int round = 0; round < 2000; round++) {
        const char *rule = random_rule(), *first = random_first();
        if (!recurrence_is_valid(rule))
            continue;
        int64_t began = clock_monotonic_ms();
        walk(rule, first);
        if (clock_monotonic_ms() - began > slowest)
            slowest = clock_monotonic_ms() - began;
    }
    assert_in_range(slowest, 0, 3000); /* ms; looks at each day of two centuries, twice at most */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(yields_what_libical_yields),
        cmocka_unit_test(walks_any_rule_in_order_and_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
