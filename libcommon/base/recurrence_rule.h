/* SPDX-License-Identifier: Apache-2.0 */
/* recurrence_rule.h - a rule of recurrence.h, read and checked; for recurrence.c only */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "libcommon/base/recurrence.h"

enum freq { FREQ_NONE, DAILY, WEEKLY, MONTHLY, YEARLY };

enum { WEEK_DAYS = 7 }; /* 0: Sunday */

/* The values of the parts. Sets of numbers are bits: bit 1 is the first, in `…_last` the last. */
struct recurrence_rule {
    enum freq freq;
    int interval;
    int count;        /* 0: none */
    bool from_sunday; /* WKST=SU */
    bool until;
    uint8_t weekdays; /* of BYDAY without an ordinal; bit 0 is Sunday */
    /* of BYDAY with one, which of these weekdays in the month or year */
    uint64_t nth[WEEK_DAYS], nth_last[WEEK_DAYS];
    int ordinal;                          /* the largest of them, without its sign; 0: none */
    uint32_t month_days, month_days_last; /* of BYMONTHDAY */
    uint32_t months;                      /* of BYMONTH; 0: all */
    char until_text[17];                  /* "20261231", "20261231T180000", "20261231T180000Z" */
};

/* False: it is none. Any text may come. */
bool recurrence_rule_read(const char *rrule, struct recurrence_rule *ret);

/* "20261231", "20261231T180000" or "20261231T180000Z" as a local time: "2026-12-31T18:00:00"; of a
 * day its last second. False: it is none of these. */
bool recurrence_rule_until(const char *until, char local[static LOCAL_CHARS + 1]);
