/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recurrence_rule.c - the part of RFC 5545 that is let through
 *
 * text -> parts (`parts`: one check each) -> is it allowed, and is it sure to come?
 */
#include "libcommon/base/recurrence_rule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    INTERVAL_MAX = 366,
    COUNT_MAX = 1000,
    ORDINAL_IN_MONTH = 5,
    ORDINAL_IN_YEAR = 53,
    MONTH_DAYS = 31,
    LIST_MAX = RRULE_MAX / 2, /* entries */
};

static const char weekdays[] = "SU MO TU WE TH FR SA ";

/* ---- the parts ---- */

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

/* "SA" -> 6; -1 if it is none. */
static int weekday_of(const char *text)
{
    const char *found = strlen(text) == 2 ? strstr(weekdays, text) : NULL;

    return found && (found - weekdays) % 3 == 0 ? (int)(found - weekdays) / 3 : -1;
}

/* Calls `check` with each entry of "1,15,-1"; none may stand there twice. */
static bool each_entry(struct recurrence_rule *rule, char *list,
                       bool (*check)(struct recurrence_rule *, const char *))
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

static bool check_freq(struct recurrence_rule *rule, char *value)
{
    static const char *const names[] = {
        [DAILY] = "DAILY", [WEEKLY] = "WEEKLY", [MONTHLY] = "MONTHLY", [YEARLY] = "YEARLY"};

    for (int freq = DAILY; freq <= YEARLY; freq++)
        if (strcmp(value, names[freq]) == 0)
            rule->freq = freq;
    return rule->freq != FREQ_NONE;
}

static bool check_interval(struct recurrence_rule *rule, char *value)
{
    return read_number(value, 1, INTERVAL_MAX, &rule->interval);
}

static bool check_count(struct recurrence_rule *rule, char *value)
{
    return read_number(value, 1, COUNT_MAX, &rule->count);
}

/* "20261231", "20261231T180000" or "20261231T180000Z" -> "2026-12-31T18:00:00"; a day's last
 * second. */
bool recurrence_rule_until(const char *until, char local[static LOCAL_CHARS + 1])
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

static bool check_until(struct recurrence_rule *rule, char *value)
{
    char local[LOCAL_CHARS + 1];

    rule->until = true;
    snprintf(rule->until_text, sizeof rule->until_text, "%s", value);
    return recurrence_rule_until(value, local);
}

static bool check_day(struct recurrence_rule *rule, const char *entry)
{
    size_t size = strlen(entry);
    char number[8];
    int ordinal = 0, weekday = size < 2 || size > 5 ? -1 : weekday_of(entry + size - 2);

    if (weekday < 0)
        return false;
    snprintf(number, sizeof number, "%.*s", (int)size - 2, entry);
    if (number[0] && !read_signed(number, ORDINAL_IN_YEAR, &ordinal))
        return false;
    if (ordinal == 0)
        rule->weekdays |= (uint8_t)(1u << weekday);
    else if (ordinal > 0)
        rule->nth[weekday] |= UINT64_C(1) << ordinal;
    else
        rule->nth_last[weekday] |= UINT64_C(1) << -ordinal;
    if (abs(ordinal) > rule->ordinal)
        rule->ordinal = abs(ordinal);
    return true;
}

static bool check_by_day(struct recurrence_rule *rule, char *value)
{
    return each_entry(rule, value, check_day);
}

static bool check_month_day(struct recurrence_rule *rule, const char *entry)
{
    int number;

    if (!read_signed(entry, MONTH_DAYS, &number))
        return false;
    if (number > 0)
        rule->month_days |= 1u << number;
    else
        rule->month_days_last |= 1u << -number;
    return true;
}

static bool check_by_month_day(struct recurrence_rule *rule, char *value)
{
    return each_entry(rule, value, check_month_day);
}

static bool check_month(struct recurrence_rule *rule, const char *entry)
{
    int number;

    if (!read_number(entry, 1, 12, &number))
        return false;
    rule->months |= 1u << number;
    return true;
}

static bool check_by_month(struct recurrence_rule *rule, char *value)
{
    return each_entry(rule, value, check_month);
}

static bool check_week_start(struct recurrence_rule *rule, char *value)
{
    rule->from_sunday = strcmp(value, "SU") == 0;
    return rule->from_sunday || strcmp(value, "MO") == 0;
}

static const struct part {
    const char *name;
    bool (*check)(struct recurrence_rule *rule, char *value);
} parts[] = {
    {"FREQ", check_freq},        {"INTERVAL", check_interval}, {"COUNT", check_count},
    {"UNTIL", check_until},      {"BYDAY", check_by_day},      {"BYMONTHDAY", check_by_month_day},
    {"BYMONTH", check_by_month}, {"WKST", check_week_start},
};
enum { PARTS = sizeof parts / sizeof *parts };

/* "BYDAY=SA"; each part once. */
static bool read_part(struct recurrence_rule *rule, char *text, uint32_t *seen)
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

/* ---- the whole ---- */

static int longest_month(uint32_t months)
{
    static const int days[] = {0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int longest = 0;

    for (int month = 1; month <= 12; month++)
        if (months >> month & 1 && days[month] > longest)
            longest = days[month];
    return longest;
}

static uint32_t month_days_of(const struct recurrence_rule *rule)
{
    return rule->month_days | rule->month_days_last;
}

/* False for what RFC 5545 forbids, and where libraries differ from it or from each other:
 * BYMONTHDAY of DAILY, or of YEARLY without BYMONTH, and days with and without an ordinal in one
 * BYDAY. */
static bool is_allowed(const struct recurrence_rule *rule)
{
    bool in_month = rule->freq == MONTHLY || (rule->freq == YEARLY && rule->months);

    if (rule->freq == FREQ_NONE || (rule->count && rule->until))
        return false;
    if (rule->ordinal && (rule->weekdays || rule->freq == DAILY || rule->freq == WEEKLY))
        return false;
    if (rule->ordinal > ORDINAL_IN_MONTH && in_month)
        return false;
    return !month_days_of(rule) || in_month;
}

/* Days that may never come, of which nobody will know why: 30 February, every other month if it is
 * May, every seventh day if it is a Monday, the fifth Monday if it is the first of its month. */
static bool is_sure_to_come(const struct recurrence_rule *rule)
{
    const uint32_t days = month_days_of(rule);

    if (days && rule->months && __builtin_ctz(days) > longest_month(rule->months))
        return false;
    if (rule->freq == MONTHLY && rule->interval > 1 && rule->months)
        return false;
    if (rule->freq == DAILY && rule->interval % WEEK_DAYS == 0 && rule->weekdays)
        return false;
    return !rule->ordinal || !days;
}

bool recurrence_rule_read(const char *rrule, struct recurrence_rule *ret)
{
    char text[RRULE_MAX + 1], *next = text;
    uint32_t seen = 0;

    *ret = (struct recurrence_rule){.interval = 1};
    if (strlen(rrule) > RRULE_MAX)
        return false;
    memcpy(text, rrule, strlen(rrule) + 1);
    while (next)
        if (!read_part(ret, strsep(&next, ";"), &seen))
            return false;
    return is_allowed(ret) && is_sure_to_come(ret);
}
