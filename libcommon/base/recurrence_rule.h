/* SPDX-License-Identifier: Apache-2.0 */
/* recurrence_rule.h - a rule of recurrence.h, read and checked; for recurrence.c only */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "libcommon/base/recurrence.h"

/* What the parts said, as far as they must fit together. */
enum freq { FREQ_NONE, DAILY, WEEKLY, MONTHLY, YEARLY };

struct recurrence_rule {
    enum freq freq;
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

/* False: it is none. Any text may come. */
bool recurrence_rule_read(const char *rrule, struct recurrence_rule *ret);

/* "20261231", "20261231T180000" or "20261231T180000Z" as a local time: "2026-12-31T18:00:00"; of a
 * day its last second. False: it is none of these. */
bool recurrence_rule_until(const char *until, char local[static LOCAL_CHARS + 1]);
