/* SPDX-License-Identifier: Apache-2.0 */
/* cells.c - what cells that are more than a text or a number say, as JSON of their field */
#include "cells.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "libcommon/base/mem.h"
#include "libcommon/base/phone.h"
#include "libcommon/base/recurrence.h"
#include "libcommon/base/text.h"
#include "options.h"

enum {
    DATE_CHARS = 10,
    DAY_MINUTES = 24 * 60,
    DAY_SECONDS = DAY_MINUTES * 60,
    WEEK_SECONDS = 7 * DAY_SECONDS,
    NUMBER_MAX = 1000000, /* of one part of a duration */
};

static const char day_0[] = "2020-06-29T00:00:00";

int cell_weeks_to(int64_t unix_seconds)
{
    int64_t since = unix_seconds - recurrence_seconds(day_0);

    return (int)((since - ((since % WEEK_SECONDS) + WEEK_SECONDS) % WEEK_SECONDS) / WEEK_SECONDS) +
           1;
}

/* "2020-06-29T09:00:00" so many weeks later; false if it is none, or then beyond what may be. */
static bool move(const char *local, int weeks, char moved[static LOCAL_CHARS + 1])
{
    return recurrence_is_local(local) &&
           recurrence_local(recurrence_seconds(local) + (int64_t)weeks * WEEK_SECONDS, moved) &&
           recurrence_is_local(moved);
}

/* Does a spreadsheet show it so, "1.38E+10", and keep no more than that? */
static bool is_shortened(const char *text)
{
    static const char digits[] = "0123456789";
    size_t whole = strspn(text, digits);

    text += whole;
    if (*text == '.')
        text += 1 + strspn(text + 1, digits);
    return whole > 0 && (*text == 'E' || *text == 'e') && text[1] == '+' &&
           text[2 + strspn(text + 2, digits)] == '\0';
}

json_t *cell_code(const char *text, int weeks, const char **ret_fault)
{
    (void)weeks;
    *ret_fault = "the spreadsheet has shortened this number: make its column one of text, and write"
                 " the number again";
    return is_shortened(text) ? NULL : json_string(text);
}

json_t *cell_phone(const char *text, int weeks, const char **ret_fault)
{
    json_t *code = cell_code(text, weeks, ret_fault);

    if (code == NULL)
        return NULL;
    json_decref(code);
    char *form = phone_form(NULL, text);
    json_t *phone = form == NULL ? NULL : json_string(form);
    talloc_free(form);
    *ret_fault = "it " PHONE_FORMS;
    return phone;
}

/* The day that the text begins with, "2020-6-29", "2020/6/29", "2020.6.29" or "2020年6月29日", as
 * YYYY-MM-DD; returns the rest of the text, NULL if it is none. */
static const char *read_day(const char *text, char day[static DATE_CHARS + 1])
{
    static const char *const signs[][3] = {
        {"-", "-", ""}, {"/", "/", ""}, {".", ".", ""}, {"年", "月", "日"}};
    char first[4], second[4];
    int year, month, date, end = 0;

    if (sscanf(text, "%4d%3[^0-9]%2d%3[^0-9]%2d%n", &year, first, &month, second, &date, &end) != 5)
        return NULL;
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        size_t size = strlen(signs[i][2]);
        if (strcmp(first, signs[i][0]) != 0 || strcmp(second, signs[i][1]) != 0 ||
            strncmp(text + end, signs[i][2], size) != 0 || year < 0 || month < 0 || date < 0)
            continue;
        snprintf(day, DATE_CHARS + 1, "%04u-%02u-%02u", (unsigned)year % 10000,
                 (unsigned)month % 100, (unsigned)date % 100);
        return text_is_date(day) ? text + end + size : NULL;
    }
    return NULL;
}

/* Nothing, or the midnight that Excel puts behind a day. */
static bool is_end_of_day_cell(const char *rest)
{
    static const char *const ends[] = {"", " 0:00", " 00:00", " 0:00:00", " 00:00:00"};

    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (strcmp(rest, ends[i]) == 0)
            return true;
    return false;
}

json_t *cell_day(const char *text, int weeks, const char **ret_fault)
{
    char local[LOCAL_CHARS + 1], moved[LOCAL_CHARS + 1];

    char day[DATE_CHARS + 1];
    *ret_fault = "it must be a day, YYYY-MM-DD";
    const char *rest = read_day(text, day);
    if (rest == NULL || !is_end_of_day_cell(rest))
        return NULL;
    snprintf(local, sizeof local, "%sT00:00:00", day);
    return move(local, weeks, moved) ? json_stringn(moved, DATE_CHARS) : NULL;
}

static int year_of(const char *local)
{
    return (local[0] - '0') * 1000 + (local[1] - '0') * 100 + (local[2] - '0') * 10 + local[3] -
           '0';
}

json_t *cell_year(const char *text, int weeks, const char **ret_fault)
{
    char moved[LOCAL_CHARS + 1];
    int64_t year;

    *ret_fault = "it must be a year";
    if (!options_read_number(text, 1, 9999, &year) || !move(day_0, weeks, moved))
        return NULL;
    return json_integer(year + year_of(moved) - year_of(day_0));
}

/* "2020/7/4 9:00" as "2020-07-04T09:00:00"; false if it is none. */
static bool read_spreadsheet_time(const char *text, char local[static LOCAL_CHARS + 1])
{
    char day[DATE_CHARS + 1];
    const char *rest = read_day(text, day);
    int hour, minute, second = 0, end = 0;

    if (rest == NULL || sscanf(rest, " %2d:%2d%n:%2d%n", &hour, &minute, &end, &second, &end) < 2 ||
        rest[end] != '\0' || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 ||
        second > 59)
        return false;
    snprintf(local, LOCAL_CHARS + 1, "%sT%02d:%02d:%02d", day, hour, minute, second);
    return true;
}

json_t *cell_local(const char *text, int weeks, const char **ret_fault)
{
    char local[LOCAL_CHARS + 1], moved[LOCAL_CHARS + 1];
    int hours, minutes, end = 0;

    *ret_fault = "it must be a local time, YYYY-MM-DDTHH:MM:SS, or one with the zone's offset";
    if (read_spreadsheet_time(text, local))
        return move(local, weeks, moved) ? json_string(moved) : NULL;
    snprintf(local, sizeof local, "%s", text);
    if (strlen(text) > LOCAL_CHARS &&
        (sscanf(text + LOCAL_CHARS, "%*1[+-]%2d:%2d%n", &hours, &minutes, &end) != 2 ||
         text[LOCAL_CHARS + end] != '\0'))
        return NULL;
    return move(local, weeks, moved) ? json_string(moved) : NULL;
}

/* Minutes of "P1W", "P1DT2H30M", …; -1 if it is none. */
static int64_t minutes_of(const char *text)
{
    static const struct {
        char unit;
        bool of_day; /* behind the T */
        int64_t minutes;
    } units[] = {{'W', false, (int64_t)7 * DAY_MINUTES},
                 {'D', false, DAY_MINUTES},
                 {'H', true, 60},
                 {'M', true, 1}};
    enum { UNITS = sizeof units / sizeof *units };
    int64_t sum = 0;
    size_t next = 0; /* units stand in order, each once */
    bool of_day = false;

    if (*text++ != 'P' || *text == '\0')
        return -1;
    while (*text != '\0') {
        int number, size = 0;
        char unit;

        if (*text == 'T' && !of_day) {
            of_day = true;
            text++;
        }
        if (sscanf(text, "%7d%c%n", &number, &unit, &size) != 2 || *text < '0' || *text > '9' ||
            number > NUMBER_MAX)
            return -1;
        while (next < UNITS && (units[next].unit != unit || units[next].of_day != of_day))
            next++;
        if (next == UNITS)
            return -1;
        sum += number * units[next++].minutes;
        text += size;
    }
    return sum;
}

json_t *cell_minutes(const char *text, int weeks, const char **ret_fault)
{
    int64_t minutes = minutes_of(text);

    (void)weeks;
    *ret_fault = "it must be a duration of ISO 8601: PT2H, P1DT30M";
    return minutes < 0 ? NULL : json_integer(minutes);
}

/* The rule with its UNTIL moved, under parent; NULL if that is no time. */
static char *move_until(const void *parent, const char *rule, int weeks)
{
    static const char part[] = "UNTIL=";
    const char *until = strstr(rule, part);
    char local[LOCAL_CHARS + 1], moved[LOCAL_CHARS + 1], date[9], time[7] = "000000";
    int date_end = 0, time_end = 0;

    if (until == NULL)
        return mem_text(parent, rule);
    until += sizeof part - 1;
    if (sscanf(until, "%8[0-9]%n", date, &date_end) != 1 || date_end != 8)
        return NULL;
    const char *rest = until + date_end;
    if (*rest == 'T' && (sscanf(rest, "T%6[0-9]%n", time, &time_end) != 1 || time_end != 7))
        return NULL;
    snprintf(local, sizeof local, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2s", date, date + 4, date + 6, time,
             time + 2, time + 4);
    if (!move(local, weeks, moved))
        return NULL;
    return mem_printf(parent, "%.*s%.4s%.2s%.2s%s", (int)(until - rule), rule, moved, moved + 5,
                      moved + 8, rest); /* the time of day stays */
}

json_t *cell_rule(const char *text, int weeks, const char **ret_fault)
{
    char *moved = move_until(NULL, text, weeks);
    json_t *rule = moved != NULL && recurrence_is_valid(moved) ? json_string(moved) : NULL;

    *ret_fault = "it must be a recurrence rule of RFC 5545: FREQ=WEEKLY;BYDAY=SA;COUNT=26";
    talloc_free(moved);
    return rule;
}

/* The next part of *rest up to the mark, trimmed, in its place; NULL at the end. */
static char *next_part(char **rest, const char *mark)
{
    char *part = strsep(rest, mark);

    if (part == NULL)
        return NULL;
    part += strspn(part, " ");
    for (size_t size = strlen(part); size > 0 && part[size - 1] == ' '; size--)
        part[size - 1] = '\0';
    return part;
}

/* Cuts " YYYY-MM-DD" off the end of the text, moved; NULL if none stands there. */
static json_t *cut_day(char *text, int weeks)
{
    const char *fault;
    char *day = strrchr(text, ' ');
    json_t *moved = day != NULL ? cell_day(day + 1, weeks, &fault) : NULL;

    if (moved != NULL)
        *day = '\0';
    return moved;
}

/* "RULE HH:MM-HH:MM", or "RULE YYYY-MM-DD HH:MM-HH:MM" with its first day; NULL if it is none. */
static json_t *window_of(char *text, int weeks)
{
    const char *fault;
    char from[6] = "", until[6] = "", end;
    char *hours = strrchr(text, ' ');

    if (hours == NULL || sscanf(hours + 1, "%5[0-9:]-%5[0-9:]%c", from, until, &end) != 2 ||
        from[2] != ':' || until[2] != ':')
        return NULL;
    *hours = '\0';
    json_t *first_on = cut_day(text, weeks);
    json_t *rule = cell_rule(next_part(&text, "\n"), weeks, &fault);
    if (rule == NULL) {
        json_decref(first_on);
        return NULL;
    }
    return json_pack("{s:o, s:s, s:s, s:o*}", "rrule", rule, "from", from, "until", until,
                     "firstOn", first_on);
}

json_t *cell_opening(const char *text, int weeks, const char **ret_fault)
{
    char *copy = mem_text(NULL, text), *rest = copy, *part;
    json_t *windows = json_array();

    while (windows != NULL && (part = next_part(&rest, "|")) != NULL) {
        if (json_array_append_new(windows, window_of(part, weeks)) != 0) {
            json_decref(windows);
            windows = NULL;
        }
    }
    *ret_fault = "it must be rules and hours: FREQ=DAILY 08:30-12:00 | FREQ=DAILY 14:00-20:30";
    talloc_free(copy);
    return windows == NULL ? NULL : json_pack("{s:o}", "windows", windows);
}

/* ---- conditions of use: each part sets its fields, or says that it cannot ---- */

static bool set_who(json_t *conditions, char *value)
{
    char *word;

    if (strcmp(value, "*") == 0)
        return json_object_set_new(conditions, "everyone", json_true()) == 0;
    json_t *groups = json_array();
    json_object_set_new(conditions, "groups", groups);
    while ((word = next_part(&value, ",")) != NULL) {
        if (*word == '\0')
            return false;
        json_array_append_new(groups, json_string(word));
    }
    return true;
}

static bool set_minutes(json_t *conditions, const char *key, const char *value)
{
    int64_t minutes = minutes_of(value);

    return minutes >= 0 && json_object_set_new(conditions, key, json_integer(minutes)) == 0;
}

static bool set_notice(json_t *conditions, char *value)
{
    return set_minutes(conditions, "noticeMinutes", value);
}

static bool set_longest(json_t *conditions, char *value)
{
    return set_minutes(conditions, "longestMinutes", value);
}

static bool set_often(json_t *conditions, char *value)
{
    const char *times = next_part(&value, "/");
    int64_t count, minutes = value == NULL ? -1 : minutes_of(value);

    if (!options_read_number(times, 1, NUMBER_MAX, &count) || minutes <= 0 ||
        minutes % DAY_MINUTES != 0)
        return false;
    json_object_set_new(conditions, "oftenTimes", json_integer(count));
    return json_object_set_new(conditions, "oftenDays", json_integer(minutes / DAY_MINUTES)) == 0;
}

static bool set_duty(json_t *conditions, char *value)
{
    return json_object_set_new(conditions, "duty", json_string(value)) == 0;
}

static const struct {
    const char *name;
    bool (*set)(json_t *conditions, char *value);
    const char *fault;
} parts[] = {
    {"who", set_who, "who must be * or names separated by commas"},
    {"notice", set_notice, "notice must be a duration of ISO 8601: P2D"},
    {"longest", set_longest, "longest must be a duration of ISO 8601: PT2H"},
    {"often", set_often, "often must be a number and whole days: 1/P1W"},
    {"duty", set_duty, "duty must be a text"},
};
enum { PARTS = sizeof parts / sizeof *parts };

/* NULL, or what is wrong with "name=value"; *seen has a bit for each part. */
static const char *set_part(json_t *conditions, char *value, unsigned *seen)
{
    const char *name = next_part(&value, "=");

    for (unsigned i = 0; i < PARTS; i++) {
        if (strcmp(parts[i].name, name) != 0)
            continue;
        if ((*seen & 1U << i) != 0)
            return "a part stands twice";
        *seen |= 1U << i;
        char *trimmed = value == NULL ? NULL : next_part(&value, "\n");
        return trimmed == NULL || !parts[i].set(conditions, trimmed) ? parts[i].fault : NULL;
    }
    return "its parts are who, notice, longest, often and duty, each name=value";
}

json_t *cell_conditions(const char *text, int weeks, const char **ret_fault)
{
    char *copy = mem_text(NULL, text), *rest = copy, *part;
    json_t *conditions = json_object();
    unsigned seen = 0;

    (void)weeks;
    *ret_fault = NULL;
    while (*ret_fault == NULL && (part = next_part(&rest, ";")) != NULL)
        if (*part != '\0')
            *ret_fault = set_part(conditions, part, &seen);
    if (*ret_fault == NULL && (seen & 1U) == 0)
        *ret_fault = "who may use it is missing: who=*";
    talloc_free(copy);
    if (*ret_fault == NULL)
        return conditions;
    json_decref(conditions);
    return NULL;
}
