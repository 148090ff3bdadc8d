/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recurrence.c - rules of RFC 5545 by libical, which sees only what passed the check here
 *
 * text -> recurrence_rule_read -> icalrecur_iterator -> local times
 *
 * Times are libical's without a zone, so its iterator counts on the calendar alone. It gives up in
 * the year 2582.
 */
#include "libcommon/base/recurrence_rule.h"

#include <assert.h>
#include <libical/ical.h>
#include <stdio.h>
#include <string.h>

#include "libcommon/base/mem.h"
#include "libcommon/base/text.h"

enum {
    YEAR_LAST = 2500,
    ZONE_HOURS_MAX = 14, /* the zone that is farthest ahead of UTC */
};

#define ANCHOR "2024-01-01T00:00:00"

/* ---- local times ---- */

/* Two digits up to max; -1 if they are none. */
static int two_digits(const char *text, int max)
{
    if (strspn(text, "0123456789") < 2)
        return -1;
    int number = (text[0] - '0') * 10 + text[1] - '0';
    return number <= max ? number : -1;
}

bool recurrence_is_local(const char *local)
{
    char day[11];

    if (strlen(local) != LOCAL_CHARS || local[10] != 'T' || local[13] != ':' || local[16] != ':')
        return false;
    snprintf(day, sizeof day, "%.10s", local);
    return text_is_date(day) && two_digits(local + 11, 23) >= 0 &&
           two_digits(local + 14, 59) >= 0 && two_digits(local + 17, 59) >= 0;
}

static struct icaltimetype to_ical(const char *local)
{
    struct icaltimetype time = icaltime_null_time();

    int fields = sscanf(local, "%4d-%2d-%2dT%2d:%2d:%2d", &time.year, &time.month, &time.day,
                        &time.hour, &time.minute, &time.second);
    assert(fields == 6);
    return time;
}

static void from_ical(struct icaltimetype time, char local[static LOCAL_CHARS + 1])
{
    char text[80]; /* room for six integers of any size */

    snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d", time.year, time.month, time.day,
             time.hour, time.minute, time.second);
    assert(strlen(text) == LOCAL_CHARS);
    memcpy(local, text, LOCAL_CHARS + 1);
}

int64_t recurrence_seconds(const char *local)
{
    return icaltime_as_timet(to_ical(local));
}

void recurrence_local(int64_t seconds, char local[static LOCAL_CHARS + 1])
{
    from_ical(icaltime_from_timet_with_zone(seconds, 0, NULL), local);
}

/* ---- rules ---- */

bool recurrence_is_valid(const char *rrule)
{
    struct recurrence_rule rule;

    return recurrence_rule_read(rrule, &rule);
}

int64_t recurrence_until(const char *rrule)
{
    struct recurrence_rule rule;
    char local[LOCAL_CHARS + 1];

    if (!recurrence_rule_read(rrule, &rule) || strlen(rule.until_text) != 16)
        return INT64_MAX;
    (void)recurrence_rule_until(rule.until_text, local);
    return recurrence_seconds(local);
}

/* ---- expansion ---- */

struct recurrence {
    icalrecur_iterator *iterator; /* NULL: once, or never */
    char once[LOCAL_CHARS + 1];   /* the first start; "" when it was given out, or never comes */
    char last[LOCAL_CHARS +
              1]; /* starts up to here are passed over: the last one that was given out, too, since
                                   * two parts of a rule may mean one day ("4MO,-1MO") */
    bool counts;
};

static int recurrence_destructor(struct recurrence *recurrence)
{
    if (recurrence->iterator)
        icalrecur_iterator_free(recurrence->iterator);
    return 0;
}

/* The end as a local time: of a day its last second, of an instant the latest that it can be
 * anywhere. */
static struct icaltimetype end_of(const struct recurrence_rule *rule)
{
    char local[LOCAL_CHARS + 1];

    (void)recurrence_rule_until(rule->until_text, local);
    struct icaltimetype end = to_ical(local);
    if (strlen(rule->until_text) == 16)
        icaltime_adjust(&end, 0, ZONE_HOURS_MAX, 0, 0);
    return end;
}

/* Where libical is to begin. It takes a rule of Sundays alone as if weeks began with them, and
 * would miss the one at the end of the first week. */
static struct icaltimetype begin_of(const struct recurrence_rule *rule, const char *first)
{
    struct icaltimetype begin = to_ical(first);
    int weekday = icaltime_day_of_week(begin); /* 1: Sunday */

    if (rule->freq == WEEKLY && rule->sundays && !rule->from_sunday && weekday > 1)
        icaltime_adjust(&begin, 8 - weekday, 0, 0, 0);
    return begin;
}

struct recurrence *recurrence_new(const void *parent, const char *rrule, const char *first)
{
    struct recurrence *recurrence = mem_new(parent, struct recurrence);
    struct recurrence_rule rule;

    assert(recurrence_is_local(first));
    memcpy(recurrence->once, first, LOCAL_CHARS + 1);
    if (!rrule[0])
        return recurrence;
    bool valid = recurrence_rule_read(rrule, &rule);
    assert(valid);
    struct icalrecurrencetype recur = icalrecurrencetype_from_string(rrule);
    if (rule.until)
        recur.until = end_of(&rule);
    recurrence->counts = rule.count;
    recurrence->iterator = icalrecur_iterator_new(recur, begin_of(&rule, first));
    if (!recurrence->iterator) /* it found no start at all */
        recurrence->once[0] = '\0';
    talloc_set_destructor(recurrence, recurrence_destructor);
    return recurrence;
}

void recurrence_skip(struct recurrence *recurrence, const char *last)
{
    memcpy(recurrence->last, last, LOCAL_CHARS + 1);
    /* a rule that counts must be walked from its first start */
    if (recurrence->iterator && !recurrence->counts && strcmp(last, recurrence->once) > 0)
        (void)icalrecur_iterator_set_start(recurrence->iterator, to_ical(last));
}

static bool next_start(struct recurrence *recurrence, char local[static LOCAL_CHARS + 1])
{
    if (!recurrence->iterator) {
        memcpy(local, recurrence->once, LOCAL_CHARS + 1);
        recurrence->once[0] = '\0';
        return local[0];
    }
    struct icaltimetype time = icalrecur_iterator_next(recurrence->iterator);
    if (icaltime_is_null_time(time) || time.year > YEAR_LAST)
        return false;
    from_ical(time, local);
    return true;
}

bool recurrence_next(struct recurrence *recurrence, char local[static LOCAL_CHARS + 1])
{
    char start[LOCAL_CHARS + 1];

    do {
        if (!next_start(recurrence, start))
            return false;
    } while (strcmp(start, recurrence->last) <= 0);
    memcpy(recurrence->last, start, sizeof start);
    memcpy(local, start, sizeof start);
    return true;
}

bool recurrence_has_day(const char *rrule, const char *day)
{
    char eve[LOCAL_CHARS + 1], at[LOCAL_CHARS + 1], start[LOCAL_CHARS + 1];
    struct recurrence *recurrence = recurrence_new(NULL, rrule, ANCHOR);

    snprintf(at, sizeof at, "%.10sT00:00:00", day);
    recurrence_local(recurrence_seconds(at) - 1, eve);
    recurrence_skip(recurrence, eve);
    bool has = recurrence_next(recurrence, start) && strcmp(start, at) == 0;
    talloc_free(recurrence);
    return has;
}
