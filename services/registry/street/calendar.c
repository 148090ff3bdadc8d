/* SPDX-License-Identifier: Apache-2.0 */
/* calendar.c - what a street's own calendar may hold */
#include <stdio.h>
#include <string.h>

#include "libcommon/base/mem.h"
#include "services/registry/street/street.h"

static const struct rule day_rules[] = {
    RULE_DATE(on),
    RULE_ANY(working),
    RULE_TEXT(name, 0, 60),
    RULES_END,
};

static const struct rule year_rules[] = {
    RULE_INT(year, 1970, 2199),
    RULE_TEXT(source, 0, 120),
    RULE_MESSAGES(days, 0, 120, day_rules),
    RULES_END,
};

const struct rule calendar_rules[] = {
    RULE_MESSAGES(years, 0, 5, year_rules),
    RULES_END,
};

/* "street.calendar.years[0].days[3].on" */
static const char *day_field(struct call *call, size_t year, size_t day)
{
    return mem_printf(call, "street.calendar.years[%zu].days[%zu].on", year, day);
}

static enum status check_day(struct call *call, const Registry__CalendarYear *year, size_t at,
                             size_t day)
{
    const char *on = year->days[day]->on;
    char begin[16];

    snprintf(begin, sizeof begin, "%04u-", year->year);
    if (strncmp(on, begin, strlen(begin)) != 0) {
        (void)!call_fail(call, STATUS_INVALID_ARGUMENT, day_field(call, at, day), "of_year",
                         "it is no day of %u", year->year);
        return call_add_param(call, (struct violation_param){"year", year->year});
    }
    for (size_t i = 0; i < day; i++)
        if (strcmp(year->days[i]->on, on) == 0)
            return call_fail(call, STATUS_INVALID_ARGUMENT, day_field(call, at, day), "duplicate",
                             "this day stands there twice");
    return STATUS_OK;
}

static enum status check_year(struct call *call, const Registry__Calendar *calendar, size_t at)
{
    enum status status = STATUS_OK;

    for (size_t i = 0; i < at; i++)
        if (calendar->years[i]->year == calendar->years[at]->year)
            return call_fail(call, STATUS_INVALID_ARGUMENT,
                             mem_printf(call, "street.calendar.years[%zu].year", at), "duplicate",
                             "this year stands there twice");
    for (size_t day = 0; status == STATUS_OK && day < calendar->years[at]->n_days; day++)
        status = check_day(call, calendar->years[at], at, day);
    return status;
}

enum status calendar_check(struct call *call, const Registry__Street *street)
{
    enum status status = STATUS_OK;

    for (size_t i = 0; status == STATUS_OK && street->calendar && i < street->calendar->n_years;
         i++)
        status = check_year(call, street->calendar, i);
    return status;
}
