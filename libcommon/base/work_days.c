/* SPDX-License-Identifier: Apache-2.0 */
/*
 * work_days.c - the announced holidays, and counting by them
 *
 * A row is a holiday: from the first to the last of its days nobody works, and these other days,
 * weekends, are worked for it. At the first use the rows become a list of days for each year.
 * When the next year's notice is out, its number and its holidays become rows here; until a street
 * runs that version, it says the year itself.
 */
#include "libcommon/base/work_days.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "libcommon/base/recurrence.h"

/* 国务院办公厅关于…年部分节假日安排的通知, by its number. */
static const struct {
    int year;
    const char *source;
} notices[] = {
    {2024, "国办发明电〔2023〕7号"},
    {2025, "国办发明电〔2024〕12号"},
    {2026, "国办发明电〔2025〕7号"},
};
enum { YEARS = sizeof notices / sizeof *notices, DAYS_MAX = 64 };

/* clang-format off */
static const struct holiday {
    int year;
    const char *name, *from, *until;
    const char *worked[3]; /* ends with NULL */
} holidays[] = {
    {2024, "元旦", "01-01", "01-01", {NULL}},
    {2024, "春节", "02-10", "02-17", {"02-04", "02-18"}},
    {2024, "清明节", "04-04", "04-06", {"04-07"}},
    {2024, "劳动节", "05-01", "05-05", {"04-28", "05-11"}},
    {2024, "端午节", "06-10", "06-10", {NULL}},
    {2024, "中秋节", "09-15", "09-17", {"09-14"}},
    {2024, "国庆节", "10-01", "10-07", {"09-29", "10-12"}},
    {2025, "元旦", "01-01", "01-01", {NULL}},
    {2025, "春节", "01-28", "02-04", {"01-26", "02-08"}},
    {2025, "清明节", "04-04", "04-06", {NULL}},
    {2025, "劳动节", "05-01", "05-05", {"04-27"}},
    {2025, "端午节", "05-31", "06-02", {NULL}},
    {2025, "国庆节、中秋节", "10-01", "10-08", {"09-28", "10-11"}},
    {2026, "元旦", "01-01", "01-03", {"01-04"}},
    {2026, "春节", "02-15", "02-23", {"02-14", "02-28"}},
    {2026, "清明节", "04-04", "04-06", {NULL}},
    {2026, "劳动节", "05-01", "05-05", {"05-09"}},
    {2026, "端午节", "06-19", "06-21", {NULL}},
    {2026, "中秋节", "09-25", "09-27", {NULL}},
    {2026, "国庆节", "10-01", "10-07", {"09-20", "10-10"}},
};
/* clang-format on */

static struct special_day days[YEARS][DAYS_MAX];
static struct work_year years[YEARS];

static int day_of(const struct holiday *holiday, const char *month_day)
{
    char on[16];

    snprintf(on, sizeof on, "%04d-%s", holiday->year, month_day);
    return work_days_number(on);
}

static void add(struct work_year *year, struct special_day *list, const struct special_day *day)
{
    assert(year->count < DAYS_MAX);
    list[year->count++] = *day;
}

static void list_years(void)
{
    for (size_t i = 0; i < YEARS; i++)
        years[i] = (struct work_year){notices[i].year, notices[i].source, days[i], 0};
    for (size_t i = 0; i < sizeof holidays / sizeof *holidays; i++) {
        const struct holiday *holiday = &holidays[i];
        size_t at = (size_t)(holiday->year - notices[0].year);

        assert(at < YEARS && years[at].year == holiday->year);
        for (int day = day_of(holiday, holiday->from); day <= day_of(holiday, holiday->until);
             day++)
            add(&years[at], days[at], &(struct special_day){day, false, holiday->name});
        for (const char *const *worked = holiday->worked; *worked; worked++)
            add(&years[at], days[at],
                &(struct special_day){day_of(holiday, *worked), true, holiday->name});
    }
}

const struct work_year *work_days_official(int year)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, list_years);
    for (size_t i = 0; i < YEARS; i++)
        if (years[i].year == year)
            return &years[i];
    return NULL;
}

/* ---- counting ---- */

/* 1970-01-01 was a Thursday. */
static bool is_weekday(int day)
{
    return (day + 3) % 7 < 5;
}

static int year_of(int day)
{
    char on[WORK_DAY_CHARS + 1];
    int year = 0;

    work_days_text(day, on);
    for (const char *at = on; *at != '-'; at++)
        year = year * 10 + *at - '0';
    return year;
}

const struct work_year *work_days_find(const struct work_year *own, size_t own_count, int year)
{
    for (size_t i = 0; i < own_count; i++)
        if (own[i].year == year)
            return &own[i];
    return work_days_official(year);
}

static bool is_working(const struct work_year *year, int day)
{
    for (size_t i = 0; year && i < year->count; i++)
        if (year->days[i].day == day)
            return year->days[i].working;
    return is_weekday(day);
}

bool work_days_is_working(const struct work_year *own, size_t own_count, int day,
                          bool *ret_provisional)
{
    const struct work_year *year = work_days_find(own, own_count, year_of(day));

    *ret_provisional = !year;
    return is_working(year, day);
}

int work_days_after(const struct work_year *own, size_t own_count, int day, unsigned count,
                    bool *ret_provisional)
{
    bool provisional = false;

    assert(count <= WORK_DAYS_COUNT_MAX);
    while (count > 0) {
        bool unannounced;

        if (++day > WORK_DAY_LAST)
            return -1;
        count -= work_days_is_working(own, own_count, day, &unannounced);
        provisional |= unannounced;
    }
    *ret_provisional = provisional;
    return day;
}

/* ---- days as text ---- */

enum { DAY_SECONDS = 24 * 3600 };

int work_days_number(const char *on)
{
    char local[LOCAL_CHARS + 1];

    snprintf(local, sizeof local, "%.10sT00:00:00", on);
    return (int)(recurrence_seconds(local) / DAY_SECONDS);
}

void work_days_text(int day, char ret[static WORK_DAY_CHARS + 1])
{
    char local[LOCAL_CHARS + 1];
    bool exists = recurrence_local((int64_t)day * DAY_SECONDS, local);

    assert(exists);
    snprintf(ret, WORK_DAY_CHARS + 1, "%.10s", local);
}
