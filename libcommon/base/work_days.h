/* SPDX-License-Identifier: Apache-2.0 */
/*
 * work_days.h - which days are working days in China, and where that is not known yet
 *
 * Monday to Friday, but for public holidays (节假日) and the weekend days that are worked in their
 * place (调休). The State Council's general office announces them a year at a time, each November;
 * the years that this version knows are rows of work_days.c with the notice's number. What a street
 * says of a year itself counts instead. A year of which neither says anything has its weekends
 * only, and whatever was counted in it is provisional.
 *
 * Days are numbers from 1970-01-01 (0) to 2199-12-31. Pure functions, without a clock.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum {
    WORK_DAY_CHARS = 10,      /* "2026-06-29" */
    WORK_DAY_LAST = 84005,    /* 2199-12-31 */
    WORK_DAYS_COUNT_MAX = 366 /* that one may go on at once */
};

/* A day that is not what its weekday says. */
struct special_day {
    int day;
    bool working;
    const char *name; /* "春节"; "" */
};

struct work_year {
    int year;
    const char *source; /* number of the notice, or what the street says */
    const struct special_day *days;
    size_t count;
};

/* NULL: this version does not know the notice for that year. */
const struct work_year *work_days_official(int year);

/* The street's own, else the notice, else NULL. */
const struct work_year *work_days_find(const struct work_year *own, size_t own_count, int year);

/* The count-th working day after `day`, which does not count itself; count is 0 to
 * WORK_DAYS_COUNT_MAX, and 0 is the day itself, whatever it is. `own` are the years that the street
 * says. -1: beyond 2199. *ret_provisional: the way led through a year that nobody has announced. */
int work_days_after(const struct work_year *own, size_t own_count, int day, unsigned count,
                    bool *ret_provisional);
bool work_days_is_working(const struct work_year *own, size_t own_count, int day,
                          bool *ret_provisional);

/* Of a text that text_is_date accepts, and back. */
int work_days_number(const char *on);
void work_days_text(int day, char ret[static WORK_DAY_CHARS + 1]);
