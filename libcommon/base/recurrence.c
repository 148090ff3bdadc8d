/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recurrence.c - rules of RFC 5545 by libical, which sees only what passed the check here
 *
 * text -> parts (`parts`: one check each) -> do they go together? -> icalrecur_iterator
 *
 * Times are libical's without a zone, so its iterator counts on the calendar alone. It gives up in the year 2582.
 */
#include "libcommon/base/recurrence.h"

#include <assert.h>
#include <inttypes.h>
#include <libical/ical.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/mem.h"
#include "libcommon/base/text.h"

enum {
    INTERVAL_MAX = 366,
    COUNT_MAX = 1000,
    ORDINAL_IN_MONTH = 5,
    ORDINAL_IN_YEAR = 53,
    MONTH_DAYS = 31,
    LIST_MAX = 31, /* entries; libical holds 32 days of a month */
    YEAR_LAST = 2500,
    ZONE_HOURS_MAX = 14, /* the zone that is farthest ahead of UTC */
};

#define ANCHOR "2024-01-01T00:00:00"
static const char weekdays[] = "SU MO TU WE TH FR SA ";

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

/* ---- the parts of a rule ---- */

/* What the parts said, as far as they must fit together. */
struct rule {
    enum { FREQ_NONE, DAILY, WEEKLY, MONTHLY, YEARLY } freq;
    bool count, until, by_day, by_month_day;
    bool plain_day;   /* of BYDAY, without an ordinal */
    bool sundays;     /* BYDAY=SU */
    bool from_sunday; /* WKST=SU */
    int interval;
    int ordinal;         /* the largest of BYDAY, without its sign; 0: none */
    int month_day;       /* the smallest of BYMONTHDAY, without its sign */
    uint32_t months;     /* bit 1-12; 0: all */
    char until_text[17]; /* "20261231", "20261231T180000", "20261231T180000Z" */
};

/* A number min..max without leading zeros; false if the text is none. */
static bool read_number(const char *text, int min, int max, int *ret)
{
    size_t digits = strspn(text, "0123456789");

    if (digits == 0 || digits > 4 || text[digits] || text[0] == '0')
        return false;
    *ret = atoi(text);
    return *ret >= min && *ret <= max;
}

static bool read_signed(const char *text, int max, int *ret)
{
    bool negative = text[0] == '-';

    if (!read_number(text + (text[0] == '-' || text[0] == '+'), 1, max, ret))
        return false;
    *ret = negative ? -*ret : *ret;
    return true;
}

static bool is_weekday(const char *text)
{
    const char *found = strlen(text) == 2 ? strstr(weekdays, text) : NULL;

    return found && (found - weekdays) % 3 == 0;
}

/* Calls `check` with each entry of "1,15,-1"; none may stand there twice. */
static bool each_entry(struct rule *rule, char *list, bool (*check)(struct rule *, const char *))
{
    const char *entries[LIST_MAX];
    int count = 0;

    for (char *next = list; next; count++) {
        const char *entry = strsep(&next, ",");
        if (count == LIST_MAX || !check(rule, entry))
            return false;
        for (int i = 0; i < count; i++)
            if (strcmp(entries[i], entry) == 0)
                return false;
        entries[count] = entry;
    }
    return true;
}

static bool check_freq(struct rule *rule, char *value)
{
    static const char *const names[] = {
        [DAILY] = "DAILY", [WEEKLY] = "WEEKLY", [MONTHLY] = "MONTHLY", [YEARLY] = "YEARLY"};

    for (int freq = DAILY; freq <= YEARLY; freq++)
        if (strcmp(value, names[freq]) == 0)
            rule->freq = freq;
    return rule->freq != FREQ_NONE;
}

static bool check_interval(struct rule *rule, char *value)
{
    return read_number(value, 1, INTERVAL_MAX, &rule->interval);
}

static bool check_count(struct rule *rule, char *value)
{
    int number;

    rule->count = true;
    return read_number(value, 1, COUNT_MAX, &number);
}

/* "20261231", "20261231T180000" or "20261231T180000Z" -> "2026-12-31T18:00:00"; a day's last second. */
static bool until_local(const char *until, char local[static LOCAL_CHARS + 1])
{
    char day[9], time[7] = "235959";
    size_t size = strlen(until);

    if ((size != 8 && size != 15 && size != 16) || (size > 8 && until[8] != 'T') ||
        (size == 16 && until[15] != 'Z'))
        return false;
    snprintf(day, sizeof day, "%.8s", until);
    if (size > 8)
        snprintf(time, sizeof time, "%.6s", until + 9);
    snprintf(local, LOCAL_CHARS + 1, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2s", day, day + 4, day + 6, time,
             time + 2, time + 4);
    return recurrence_is_local(local);
}

static bool check_until(struct rule *rule, char *value)
{
    char local[LOCAL_CHARS + 1];

    rule->until = true;
    snprintf(rule->until_text, sizeof rule->until_text, "%s", value);
    return until_local(value, local);
}

static bool check_day(struct rule *rule, const char *entry)
{
    size_t size = strlen(entry);
    char number[8];
    int ordinal = 0;

    if (size < 2 || size > 5 || !is_weekday(entry + size - 2))
        return false;
    snprintf(number, sizeof number, "%.*s", (int)size - 2, entry);
    if (number[0] && !read_signed(number, ORDINAL_IN_YEAR, &ordinal))
        return false;
    if (abs(ordinal) > rule->ordinal)
        rule->ordinal = abs(ordinal);
    rule->plain_day = rule->plain_day || ordinal == 0;
    return true;
}

static bool check_by_day(struct rule *rule, char *value)
{
    rule->by_day = true;
    rule->sundays = strcmp(value, "SU") == 0;
    return each_entry(rule, value, check_day);
}

static bool check_month_day(struct rule *rule, const char *entry)
{
    int number;

    if (!read_signed(entry, MONTH_DAYS, &number))
        return false;
    if (rule->month_day == 0 || abs(number) < rule->month_day)
        rule->month_day = abs(number);
    return true;
}

static bool check_by_month_day(struct rule *rule, char *value)
{
    rule->by_month_day = true;
    return each_entry(rule, value, check_month_day);
}

static bool check_month(struct rule *rule, const char *entry)
{
    int number;

    if (!read_number(entry, 1, 12, &number))
        return false;
    rule->months |= 1u << number;
    return true;
}

static bool check_by_month(struct rule *rule, char *value)
{
    return each_entry(rule, value, check_month);
}

static bool check_week_start(struct rule *rule, char *value)
{
    rule->from_sunday = strcmp(value, "SU") == 0;
    return rule->from_sunday || strcmp(value, "MO") == 0;
}

static const struct part {
    const char *name;
    bool (*check)(struct rule *rule, char *value);
} parts[] = {
    {"FREQ", check_freq},        {"INTERVAL", check_interval}, {"COUNT", check_count},
    {"UNTIL", check_until},      {"BYDAY", check_by_day},      {"BYMONTHDAY", check_by_month_day},
    {"BYMONTH", check_by_month}, {"WKST", check_week_start},
};
enum { PARTS = sizeof parts / sizeof *parts };

/* "BYDAY=SA"; each part once. */
static bool read_part(struct rule *rule, char *text, uint32_t *seen)
{
    char *value = strchr(text, '=');

    if (!value)
        return false;
    *value++ = '\0';
    for (int i = 0; i < PARTS; i++)
        if (strcmp(text, parts[i].name) == 0) {
            bool again = *seen >> i & 1;
            *seen |= 1u << i;
            return !again && parts[i].check(rule, value);
        }
    return false;
}

static int longest_month(uint32_t months)
{
    static const int days[] = {0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int longest = 0;

    for (int month = 1; month <= 12; month++)
        if (months >> month & 1 && days[month] > longest)
            longest = days[month];
    return longest;
}

/* What RFC 5545 forbids; and where libraries differ from it or from each other: BYMONTHDAY of DAILY, or of YEARLY
 * without BYMONTH, and days with and without an ordinal in one BYDAY. */
static bool is_allowed(const struct rule *rule)
{
    bool in_month = rule->freq == MONTHLY || (rule->freq == YEARLY && rule->months);

    if (rule->freq == FREQ_NONE || (rule->count && rule->until))
        return false;
    if (rule->ordinal && (rule->plain_day || rule->freq == DAILY || rule->freq == WEEKLY))
        return false;
    if (rule->ordinal > ORDINAL_IN_MONTH && in_month)
        return false;
    return !rule->by_month_day || in_month;
}

/* Days that may never come, for which libical would look through five centuries: 30 February, every other month if it
 * is May, every seventh day if it is a Monday, the fifth Monday if it is the first of its month. */
static bool is_sure_to_come(const struct rule *rule)
{
    if (rule->by_month_day && rule->months && rule->month_day > longest_month(rule->months))
        return false;
    if (rule->freq == MONTHLY && rule->interval > 1 && rule->months)
        return false;
    if (rule->freq == DAILY && rule->interval % 7 == 0 && rule->by_day)
        return false;
    return !rule->ordinal || !rule->by_month_day;
}

static bool read_rule(const char *rrule, struct rule *ret)
{
    char text[RRULE_MAX + 1], *next = text;
    uint32_t seen = 0;

    *ret = (struct rule){.interval = 1};
    if (strlen(rrule) > RRULE_MAX)
        return false;
    memcpy(text, rrule, strlen(rrule) + 1);
    while (next)
        if (!read_part(ret, strsep(&next, ";"), &seen))
            return false;
    return is_allowed(ret) && is_sure_to_come(ret);
}

bool recurrence_is_valid(const char *rrule)
{
    struct rule rule;

    return read_rule(rrule, &rule);
}

int64_t recurrence_until(const char *rrule)
{
    struct rule rule;
    char local[LOCAL_CHARS + 1];

    if (!read_rule(rrule, &rule) || strlen(rule.until_text) != 16)
        return INT64_MAX;
    (void)until_local(rule.until_text, local);
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

/* The end as a local time: of a day its last second, of an instant the latest that it can be anywhere. */
static struct icaltimetype end_of(const struct rule *rule)
{
    char local[LOCAL_CHARS + 1];

    (void)until_local(rule->until_text, local);
    struct icaltimetype end = to_ical(local);
    if (strlen(rule->until_text) == 16)
        icaltime_adjust(&end, 0, ZONE_HOURS_MAX, 0, 0);
    return end;
}

/* Where libical is to begin. It takes a rule of Sundays alone as if weeks began with them, and would miss the one at
 * the end of the first week. */
static struct icaltimetype begin_of(const struct rule *rule, const char *first)
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
    struct rule rule;

    assert(recurrence_is_local(first));
    memcpy(recurrence->once, first, LOCAL_CHARS + 1);
    if (!rrule[0])
        return recurrence;
    bool valid = read_rule(rrule, &rule);
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
