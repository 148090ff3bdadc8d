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

/* A use of a resource that somebody plans. */
struct use {
    const char *community_id, *unit_id; /* who uses it; both "": the street itself */
    char *const *groups;                /* groups of people that it is for */
    size_t group_count;
    char *const *organisers; /* ids of units that agreed to organise it, beside those */
    size_t organiser_count;
    int64_t start, end;     /* recurrence_seconds */
    int64_t seconds;        /* its length, even where a clock is put forward or back meanwhile */
    int64_t notice_minutes; /* from now to the start */
    /* starts of the other uses by the same community, unit or street, in order; those farther from
     * this start than often_days may be left out */
    const int64_t *others;
    size_t other_count;
};

/* Names the request's fields for user, start, end and groups; violations point to them. */
struct use_fields {
    const char *who, *start, *end, *groups;
};

/* Returns true if the use meets every condition, or else adds a violation, with its numbers, for
 * each that it does not meet:
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
