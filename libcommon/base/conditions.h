/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conditions.h - may a resource be used like this? The owner's conditions of use and opening
 * windows
 *
 * One pure function, so that every service that asks gets the same answer: no database, no clock.
 * All times are local ones of the street (recurrence.h).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcommon/base/recurrence.h"
#include "libcommon/base/violation.h"
#include "selection_resource.pb-c.h"

/* One use, as it would be. */
struct use {
    const char *community_id, *unit_id; /* for whom; "" both: for the street itself */
    char *const *groups;                /* of people that it is for */
    size_t group_count;
    char *const *organisers; /* ids of units that agreed to organise it, beside those */
    size_t organiser_count;
    int64_t start, end;     /* recurrence_seconds */
    int64_t seconds;        /* that it takes, also where a clock is put forward or back meanwhile */
    int64_t notice_minutes; /* from now to the start */
    /* starts of the other uses by the same community, unit or street, in order; those farther from
     * this start than often_days may be left out */
    const int64_t *others;
    size_t other_count;
};

/* The request's fields that say who, from when and until when, and for which groups, for the
 * violations. */
struct use_fields {
    const char *who, *start, *end, *groups;
};

/* True if nothing stands against it, else with a violation for each condition that is not met, and
 * its numbers:
 *
 *   conditions.who       not everyone may, and neither community, unit nor a group is named
 *   conditions.notice    sooner than notice_minutes ("minutes")
 *   conditions.longest   longer than longest_minutes ("minutes")
 *   conditions.often     more than often_times in some often_days days ("times", "days")
 *   conditions.opening   not within the opening windows, which may follow one another
 *
 * opening may be NULL: always open. */
bool conditions_met(const void *parent, const Selection__ConditionsOfUse *conditions,
                    const Selection__Opening *opening, const struct use *use,
                    const struct use_fields *fields, struct violations *violations);
