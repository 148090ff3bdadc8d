/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recurrence.c - rules of RFC 5545, as a question to one day after the other
 *
 * text -> recurrence_rule_read -> is_of_rule(rule, first day, day) -> local times
 *
 * A rule of ours says of a day by itself whether it is meant: it is in step with the first day
 * (`period_of`), in one of the months, and one of the days that are named, or that the first day
 * stands for.
 */
#include "libcommon/base/recurrence_rule.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/text.h"

enum {
    HOUR = 3600,
    DAY = 24 * HOUR,
    ZONE_AHEAD = 14 * HOUR,  /* the zone that is farthest ahead of UTC */
    ZONE_BEHIND = 12 * HOUR, /* and the one farthest behind */
    LAST_DAY = 84005,        /* 2199-12-31, counted from 1970-01-01 */
    DAY_CHARS = 10,          /* "2026-06-29" */
};

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
    char day[DAY_CHARS + 1];

    if (strlen(local) != LOCAL_CHARS || local[10] != 'T' || local[13] != ':' || local[16] != ':')
        return false;
    snprintf(day, sizeof day, "%.10s", local);
    return text_is_date(day) && two_digits(local + 11, 23) >= 0 &&
           two_digits(local + 14, 59) >= 0 && two_digits(local + 17, 59) >= 0;
}

int64_t recurrence_seconds(const char *local)
{
    char text[CLOCK_TEXT];
    int64_t seconds = 0;
    int32_t nanos;

    snprintf(text, sizeof text, "%.19sZ", local);
    (void)clock_parse(text, &seconds, &nanos);
    return seconds;
}

bool recurrence_local(int64_t seconds, char local[static LOCAL_CHARS + 1])
{
    char text[CLOCK_TEXT];

    if (!clock_format(seconds, 0, text))
        return false;
    memcpy(local, text, LOCAL_CHARS);
    local[LOCAL_CHARS] = '\0';
    return true;
}

/* ---- days ---- */

struct day {
    int number;                /* since 1970-01-01 */
    int year, month, of_month; /* 1-12, 1-31 */
    int weekday;               /* 0: Sunday */
    int of_year;               /* from 1 */
    int month_days, year_days; /* how many the two have */
};

static struct day day_at(int number)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    time_t noon = (time_t)number * DAY + DAY / 2;
    struct tm tm;

    gmtime_r(&noon, &tm);
    int year = tm.tm_year + 1900;
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return (struct day){
        .number = number,
        .year = year,
        .month = tm.tm_mon + 1,
        .of_month = tm.tm_mday,
        .weekday = tm.tm_wday,
        .of_year = tm.tm_yday + 1,
        .month_days = days[tm.tm_mon] + (leap && tm.tm_mon == 1),
        .year_days = leap ? 366 : 365,
    };
}

static int number_of(const char *local)
{
    return (int)(recurrence_seconds(local) / DAY);
}

/* ---- a rule and a day ---- */

/* The number of the day, week, month or year that it lies in. 1970 begins with a Thursday. */
static int period_of(const struct recurrence_rule *rule, const struct day *day)
{
    switch (rule->freq) {
    case WEEKLY:
        return (day->number + (rule->from_sunday ? 4 : 3)) / WEEK_DAYS;
    case MONTHLY:
        return day->year * 12 + day->month;
    case YEARLY:
        return day->year;
    default:
        return day->number;
    }
}

static bool has_bit(uint64_t bits, int bit)
{
    return bits >> bit & 1;
}

/* Is it the first, second, last … such weekday of its month, or of its year? */
static bool is_nth(const struct recurrence_rule *rule, const struct day *day)
{
    const bool in_month = rule->freq == MONTHLY || rule->months;
    const int at = in_month ? day->of_month : day->of_year;
    const int size = in_month ? day->month_days : day->year_days;

    return has_bit(rule->nth[day->weekday], (at - 1) / WEEK_DAYS + 1) ||
           has_bit(rule->nth_last[day->weekday], (size - at) / WEEK_DAYS + 1);
}

/* Where no day is named, the first one says which is meant. */
static bool is_like_first(const struct recurrence_rule *rule, const struct day *first,
                          const struct day *day)
{
    switch (rule->freq) {
    case WEEKLY:
        return day->weekday == first->weekday;
    case MONTHLY:
        return day->of_month == first->of_month;
    case YEARLY:
        return day->of_month == first->of_month && (rule->months || day->month == first->month);
    default:
        return true;
    }
}

static bool names_days(const struct recurrence_rule *rule)
{
    return rule->weekdays || rule->ordinal || rule->month_days || rule->month_days_last;
}

static bool is_named(const struct recurrence_rule *rule, const struct day *day)
{
    if ((rule->month_days || rule->month_days_last) && !has_bit(rule->month_days, day->of_month) &&
        !has_bit(rule->month_days_last, day->month_days - day->of_month + 1))
        return false;
    if (rule->ordinal)
        return is_nth(rule, day);
    return !rule->weekdays || has_bit(rule->weekdays, day->weekday);
}

static bool is_of_rule(const struct recurrence_rule *rule, const struct day *first,
                       const struct day *day)
{
    if (rule->months && !has_bit(rule->months, day->month))
        return false;
    if ((period_of(rule, day) - period_of(rule, first)) % rule->interval != 0)
        return false;
    return names_days(rule) ? is_named(rule, day) : is_like_first(rule, first, day);
}

/* ---- rules ---- */

bool recurrence_is_valid(const char *rrule)
{
    struct recurrence_rule rule;

    return recurrence_rule_read(rrule, &rule);
}

static bool ends_in_utc(const struct recurrence_rule *rule)
{
    return rule->until_text[0] && rule->until_text[strlen(rule->until_text) - 1] == 'Z';
}

/* UNTIL as if it were local; INT64_MAX if there is none. */
static int64_t end_of(const struct recurrence_rule *rule)
{
    char local[LOCAL_CHARS + 1];

    return rule->until && recurrence_rule_until(rule->until_text, local) ? recurrence_seconds(local)
                                                                         : INT64_MAX;
}

int64_t recurrence_until(const char *rrule)
{
    struct recurrence_rule rule;

    return recurrence_rule_read(rrule, &rule) && ends_in_utc(&rule) ? end_of(&rule) : INT64_MAX;
}

bool recurrence_counts(const char *rrule)
{
    struct recurrence_rule rule;

    return recurrence_rule_read(rrule, &rule) && rule.count > 0;
}

static bool needs_first(const struct recurrence_rule *rule)
{
    return rule->interval > 1 || (rule->freq != DAILY && !names_days(rule));
}

bool recurrence_needs_first(const char *rrule)
{
    struct recurrence_rule rule;

    return recurrence_rule_read(rrule, &rule) && needs_first(&rule);
}

bool recurrence_is_over(const char *rrule, int64_t now)
{
    struct recurrence_rule rule;

    return recurrence_rule_read(rrule, &rule) && rule.until && end_of(&rule) + ZONE_BEHIND < now;
}

/* ---- single days ---- */

struct recurrence_days {
    struct recurrence_rule rule;
    struct day first;
    int64_t end; /* local seconds of UNTIL */
};

struct recurrence_days *recurrence_days_new(const void *parent, const char *rrule,
                                            const char *first_on)
{
    char first[LOCAL_CHARS + 1] = "1970-01-01T00:00:00";
    struct recurrence_rule rule;

    if (!recurrence_rule_read(rrule, &rule) || rule.count > 0 ||
        (!first_on[0] && needs_first(&rule)))
        return NULL;
    if (text_is_date(first_on))
        memcpy(first, first_on, DAY_CHARS);
    struct recurrence_days *days = mem_new(parent, struct recurrence_days);
    *days = (struct recurrence_days){rule, day_at(number_of(first)), end_of(&rule)};
    return days;
}

bool recurrence_days_have(const struct recurrence_days *days, int64_t seconds)
{
    const int64_t number = seconds / DAY;

    if (seconds < 0 || number > LAST_DAY || number < days->first.number || number * DAY > days->end)
        return false;
    const struct day day = day_at((int)number);
    return is_of_rule(&days->rule, &days->first, &day);
}

/* ---- expansion ---- */

struct recurrence {
    struct recurrence_rule rule;
    struct day first;
    int next;                   /* day that is looked at next */
    int left;                   /* starts that COUNT leaves; not used without one */
    int64_t time, end;          /* seconds of the day; the last start as local seconds */
    char last[LOCAL_CHARS + 1]; /* starts up to here are passed over */
};

struct recurrence *recurrence_new(const void *parent, const char *rrule, const char *first)
{
    struct recurrence_rule rule;

    if (!recurrence_is_local(first) ||
        !recurrence_rule_read(rrule[0] ? rrule : "FREQ=DAILY;COUNT=1", &rule))
        return NULL;
    struct recurrence *recurrence = mem_new(parent, struct recurrence);
    recurrence->rule = rule;
    recurrence->next = number_of(first);
    recurrence->first = day_at(recurrence->next);
    recurrence->left = rule.count;
    recurrence->time = recurrence_seconds(first) % DAY;
    recurrence->end = end_of(&rule);
    if (ends_in_utc(&rule))
        recurrence->end += ZONE_AHEAD;
    return recurrence;
}

void recurrence_skip(struct recurrence *recurrence, const char *last)
{
    snprintf(recurrence->last, sizeof recurrence->last, "%s", last);
    /* a rule that counts must be walked from its first start */
    if (recurrence_is_local(last) && !recurrence->rule.count && number_of(last) > recurrence->next)
        recurrence->next = number_of(last);
}

/* The next day of the rule; false if there is none. */
static bool next_start(struct recurrence *recurrence, char local[static LOCAL_CHARS + 1])
{
    for (; recurrence->next <= LAST_DAY; recurrence->next++) {
        const struct day day = day_at(recurrence->next);
        if (!is_of_rule(&recurrence->rule, &recurrence->first, &day))
            continue;
        const int64_t start = (int64_t)recurrence->next++ * DAY + recurrence->time;
        if (recurrence->rule.count > 0 && recurrence->left-- <= 0)
            return false;
        return start <= recurrence->end && recurrence_local(start, local);
    }
    return false;
}

bool recurrence_next(struct recurrence *recurrence, char local[static LOCAL_CHARS + 1])
{
    do {
        if (!next_start(recurrence, local))
            return false;
    } while (strcmp(local, recurrence->last) <= 0);
    return true;
}

bool recurrence_has_any(const char *rrule, const char *first_on)
{
    char first[LOCAL_CHARS + 1] = "1970-01-01T00:00:00", local[LOCAL_CHARS + 1];

    if (text_is_date(first_on))
        memcpy(first, first_on, DAY_CHARS);
    struct recurrence *recurrence = recurrence_new(NULL, rrule, first);
    if (!recurrence)
        return false;
    if (ends_in_utc(&recurrence->rule))
        recurrence->end -= ZONE_AHEAD; /* it is read as local */
    bool any = recurrence_next(recurrence, local);
    talloc_free(recurrence);
    return any;
}
